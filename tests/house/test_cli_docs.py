"""The help of every command, and docs/commands.md, which is made of it."""

from __future__ import annotations

import re

import click
import pytest

from sync.cli import main
from sync.cli.pages import commands_page
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "commands.md"


@pytest.mark.parametrize("name", list(main.commands))
def test_every_command_says_what_it_does_and_shows_an_example(name: str) -> None:
    command = main.commands[name]
    text = command.help or ""
    assert command.short_help
    assert command.short_help.endswith(".")
    assert re.search(r"Examples?:\n", text), name
    assert re.search(rf"^\s+sync (-\S+ \S+ )?{name}\b", text, re.MULTILINE), name


@pytest.mark.parametrize("command", [main, *main.commands.values()], ids=lambda command: command.name)
def test_every_option_says_what_it_is(command: click.Command) -> None:
    silent = [p.name for p in command.params if isinstance(p, click.Option) and not (p.help and p.help.endswith("."))]
    assert silent == []


def test_the_page_of_commands_is_the_help() -> None:
    assert PAGE.read_text(encoding="utf-8") == commands_page(), "write it anew with `make example`"


def test_every_option_is_on_the_page() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for command in (main, *main.commands.values()):
        for option in command.params:
            for word in option.opts if isinstance(option, click.Option) else ():
                assert word in page, word


def test_the_exit_codes_are_on_the_page_and_in_the_help() -> None:
    for text in (PAGE.read_text(encoding="utf-8"), main.epilog or ""):
        for code in range(6):
            assert re.search(rf"^ *{code}  \w", text, re.MULTILINE)
