"""Results as a table: with lines and colours for a terminal, as plain aligned text for everything else."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under one title.  Each row has a text for every header."""

    title: str
    rows: Sequence[Sequence[str]]


def show(headers: Sequence[str], groups: Sequence[Group]) -> None:
    """Print ``groups`` on stdout.  Text of cells is text: nothing in it is understood as markup or as a command."""
    if sys.stdout.isatty():
        _show_rich(headers, groups)
    else:
        _show_plain(headers, groups)


def _show_plain(headers: Sequence[str], groups: Sequence[Group]) -> None:
    lines = [headers, *(row for group in groups for row in group.rows)]
    widths = [max(_width(line[at]) for line in lines) for at in range(len(headers))]
    for number, group in enumerate(groups):
        if number:
            click.echo()
        click.echo(group.title)
        for row in group.rows:
            cells = [text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True)]
            click.echo(f"  {'  '.join(cells)}".rstrip())


def _width(text: str) -> int:
    from rich.cells import cell_len

    return cell_len(text)


def _show_rich(headers: Sequence[str], groups: Sequence[Group]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    lines = [headers, *(row for group in groups for row in group.rows)]
    widths = _fitted([max(_width(line[at]) for line in lines) for at in range(len(headers))], console.width)
    for number, group in enumerate(groups):
        console.print(Text(group.title, style="bold"))
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_header=not number and any(headers), show_edge=False)
        for header, width in zip(headers, widths, strict=True):
            table.add_column(header, overflow="fold", width=width)
        for row in group.rows:
            table.add_row(*(Text(text) for text in row))
        console.print(table)
        console.print()


def _fitted(widths: list[int], room: int) -> list[int]:
    """Return the widths of columns so that they fit side by side, the widest made narrower first."""
    left = max(room - 2 * len(widths), 10 * len(widths))
    while sum(widths) > left:
        widths[widths.index(max(widths))] -= 1
    return widths
