"""The package as others get it: the example, the option table, the locks, the Makefile, the wheel."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from sync.app.load import load
from sync.core.config import render_example, render_table
from tests.house.tree import ROOT, files

LOCKS = ("requirements.lock", "requirements-dev.lock")


def test_the_example_is_what_the_schema_says() -> None:
    """Run `make example` when this fails."""
    assert (ROOT / "config.example.yaml").read_text(encoding="utf-8") == render_example()


def test_the_example_loads() -> None:
    (team,) = load(ROOT / "config.example.yaml").teams()
    assert (team.sheet.type, team.mail.type, team.replies.type) == ("google", "smtp", "none")
    assert team.mail.practice


def test_the_option_table_is_what_the_schema_says() -> None:
    """Run `make example` when this fails."""
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == render_table()


# --- locks -----------------------------------------------------------------------------------------------------------


def locked(name: str) -> dict[str, tuple[str, set[str]]]:
    """Return version and hashes of each distribution in a lock."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    pins = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            pin = re.match(r"([a-z0-9-]+)==(\S+)", line)
            assert pin, f"{name}: not an exact version: {line[:60]}"
            pins[pin[1]] = (pin[2], set(re.findall(r"--hash=sha256:([0-9a-f]{64})(?:\s|$)", line)))
    return pins


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_versions_by_hash_and_names_no_place(name: str) -> None:
    pins = locked(name)
    assert pins
    assert [package for package, (_, hashes) in pins.items() if not hashes] == []
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://| @ |^\s*-(?:i|f|-index-url|-extra-index-url|-find-links|-trusted-host)\b", text, re.M)


def test_both_locks_agree() -> None:
    run, dev = (locked(name) for name in LOCKS)
    assert {package: pin for package, pin in run.items() if dev.get(package) != pin} == {}
    assert not {"pytest", "mypy", "ruff"} & set(run), "what only tests need is not for the people who run the service"


def test_the_locks_hold_what_is_declared() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [line for lines in told["project"]["optional-dependencies"].values() for line in lines]
    wanted = [*told["project"]["dependencies"], *extras, *told["dependency-groups"]["build"]]
    dev = [line for line in told["dependency-groups"]["dev"] if isinstance(line, str)]
    for name, lines in ((LOCKS[0], wanted), (LOCKS[1], [*wanted, *dev])):
        names = {re.split(r"[\[<>=;\s]", line)[0].lower().replace("_", "-") for line in lines}
        assert names - set(locked(name)) == set()


# --- make and CI -----------------------------------------------------------------------------------------------------


def test_make_has_its_targets_and_says_what_they_do() -> None:
    said = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = {line.split()[1] for line in said.splitlines() if line.startswith("make ")}
    assert {"demo", "test", "check", "lock", "example"} <= targets


def test_check_runs_before_the_tests() -> None:
    steps = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    order = [steps.index(word) for word in ("ruff check", "mypy", "lint-imports", "codespell", "pytest")]
    assert order == sorted(order)


def test_the_ci_script_can_be_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    assert script.read_text(encoding="utf-8").rstrip().endswith("make test")


# --- the wheel -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from a copy of the project's files without asking any network."""
    if not (ROOT / "README.md").exists():
        pytest.skip("README.md is missing")
    copy = tmp_path_factory.mktemp("copy")
    for path in files():
        place = copy / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    made = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)], cwd=copy, check=True,
                   capture_output=True)  # fmt: skip
    (built,) = made.glob("commonground-*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_all_code_and_all_templates(wheel: zipfile.ZipFile) -> None:
    names = set(wheel.namelist())
    ours = {path.relative_to(ROOT).as_posix() for path in files()}
    code = {name for name in ours if name.startswith("sync/")}
    templates = {f"sync/_{name}" for name in ours if name.startswith("templates/")}
    assert templates
    assert code - names == set()
    assert templates - names == set()
    assert {name for name in names if not name.startswith(("sync/", "commonground-"))} == set()


def test_the_wheel_has_both_commands(wheel: zipfile.ZipFile) -> None:
    (entry,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    lines = wheel.read(entry).decode().split("\n")
    assert {"sync = sync.cli:main", "commonground = sync.cli:main"} <= set(lines)


def test_the_wheel_reads_its_own_templates(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Installed somewhere else, without the checkout beside it, the mails are there."""
    wheel.extractall(tmp_path)
    code = "from sync.app.wire import read_templates; print(len(read_templates()))"
    done = subprocess.run([sys.executable, "-P", "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)},
                          check=False, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len([path for path in files() if path.is_relative_to(ROOT / "templates")])
