"""``docs/commands.md``, made of the help texts."""

from __future__ import annotations

import click

from .main import main

_HEAD = """\
# The commands

Global options stand before the command: `sync -c FILE preview`. Results go to stdout, talk goes to stderr. The same
command is called `commonground` where another program is called `sync`. This page is made from the help texts by
`make example`.
"""
_WIDTH = 100


def commands_page() -> str:
    """Return the text of ``docs/commands.md``: the help of the program and of every command."""
    parts = [_HEAD, _section("sync", main, None)]
    top = _context(main, "sync", None)
    parts += [_section(f"sync {name}", command, top) for name, command in main.commands.items()]
    return "\n".join(parts)


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    settings = {**command.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
    return click.Context(command, info_name=name.rpartition(" ")[2], parent=parent, **settings)


def _section(title: str, command: click.Command, parent: click.Context | None) -> str:
    with _context(command, title, parent) as context:
        return f"## `{title}`\n\n```text\n{command.get_help(context).rstrip()}\n```\n"
