# What can be done here.  Needs Python 3.11 or newer with venv and pip, and GNU make; `make` alone lists the targets.
# After the first run nothing here needs a network until a lock changes.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
# How many processes share the tests.
JOBS ?= logical
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
# The uv that writes the locks; only `make lock` fetches it.
UV := uv==0.13.9
COMPILE := .venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml --all-extras

.PHONY: help demo test check bench soak mutations example lock clean

help: ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 16

demo: .venv/.run ## a week of sample mail in the folder FOLDER (default: one it makes); no network, no account
	$(BIN)/sync demo $(FOLDER)

test: check ## all checks, then all tests, one process for each processor (ARGS="-k word" picks some; JOBS=0: one process)
	$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

check: .venv/.dev ## style, types, floors, spelling
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell

bench: .venv/.dev ## side by side with what a user would write instead (ARGS=--quick takes half a minute)
	$(BIN)/python -m tests.bench $(ARGS)

soak: .venv/.dev ## the promises, proven: a million steps and 700 kills (ARGS="--minutes 5" bounds it, "--seed 7" chooses)
	$(BIN)/python -m tests.soak $(ARGS)

mutations: .venv/.dev ## take each promise's guard out of a copy of the tree and see a test fail (ARGS="--only P11")
	$(BIN)/python -m tests.mutations $(ARGS)

example: .venv/.run ## write config.example.yaml and the pages of docs/ that the code knows by itself anew
	$(call write,config.example.yaml,sync.core.config,render_example)
	$(call write,docs/configuration.md,sync.core.config,render_table)
	$(call write,docs/commands.md,sync.cli.pages,commands_page)
	$(call write,docs/sheet.md,sync.core.sheet_page,sheet_page)

# $(call write,FILE,MODULE,FUNCTION) puts the text that a function returns into a file, all of it or nothing.
define write
mkdir -p $(dir $(1))
$(BIN)/python -c 'from $(2) import $(3); print($(3)(), end="")' > $(1).new
mv $(1).new $(1)
endef

lock: .venv/.base ## resolve all dependencies anew and write both locks
	$(PYTHON) -m venv .venv/lock
	.venv/lock/bin/python -m pip --disable-pip-version-check install --quiet '$(UV)'
	$(COMPILE) --group build --upgrade --output-file requirements.lock
	$(COMPILE) --group dev --upgrade --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove the environment and everything made
	rm -rf .venv build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# The environment, in three steps with a stamp each: pip alone, what the service needs, what the checks need.
.venv/.base:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo 'This needs Python 3.11 or newer; name one: make PYTHON=python3.12 …' >&2; exit 1; }
	$(PYTHON) -m venv .venv \
		|| { echo 'Python has no venv here; on Debian: apt-get install python3-venv' >&2; exit 1; }
	@touch $@

.venv/.run: requirements.lock pyproject.toml | .venv/.base
	$(PIP) install --quiet --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-index --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements-dev.lock .venv/.run
	$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@
