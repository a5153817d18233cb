"""Typing into the team's own cells of a workbook, as people do between two saves: for the demo and for importing."""

from __future__ import annotations

import datetime as dt
import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import TAB, Owner, Tab
from sync.core.errors import ServiceUnreachable
from sync.core.headers import bind
from sync.core.ports import Cell

from . import look
from .files import check_closed, read_file, replace_file
from .names import bound_columns, find_tab
from .reading import cell_of, open_book, translate, understandable
from .splice import carried_over, write_cells

Value = Cell | dt.date | dt.time
"""What people type; dates and times become real ones, as a spreadsheet program makes them."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What is typed into one row of the tab ``tab`` (key): column key → value, ``None`` empties.

    ``at`` says which row: the first whose cells are these (column key → value); without it the first free one.
    """

    tab: str
    cells: Mapping[str, Value]
    at: Mapping[str, Cell] = field(default_factory=dict)


def type_in(path: Path, typed: Sequence[Typed]) -> None:
    """Type into the tables of a workbook that was set up, and save it once.

    Raises :class:`ServiceUnreachable` while it is open, :class:`SheetUnusable` when it cannot be read,
    :class:`LookupError` for a tab, column or row that is not there, and :class:`ValueError` for a column of ours.
    """
    check_closed(path)
    old = read_file(path)
    with understandable(path), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = open_book(old, to_write=True)
    texts: dict[str, dict[int, dict[int, str]]] = {}
    for one in typed:
        title, number = _type(book, one)
        texts.setdefault(title, {})[number] = _wrapped(book[title], number)
    out = io.BytesIO()
    book.save(out)
    new = write_cells(carried_over(old, out.getvalue()), {}, texts, translate)
    if not replace_file(path, new, old):
        raise ServiceUnreachable(f"{path.name} was changed just now.", "Try again.")


def _type(book: Workbook, typed: Typed) -> tuple[str, int]:
    """Type into one row; returns the tab's title and the row's number."""
    tab, names = TAB[typed.tab], _names(book)
    title = find_tab(tab, book.sheetnames, names)
    if title is None:
        raise LookupError(f"there is no tab {tab.title}")
    sheet: Worksheet = book[title]
    columns = bind(tab, [cell_of(cell.value) for cell in sheet[1]], bound_columns(tab, title, names)).columns
    number = _row(sheet, columns, typed)
    for key, value in typed.cells.items():
        if tab.column(key).owner is not Owner.TEAM:
            raise ValueError(f"{typed.tab}.{key} is ours; nobody types there")
        _put(sheet, number, columns[key] + 1, value, tab, key)
    return title, number


def _names(book: Workbook) -> dict[str, str]:
    return {name: defined.attr_text or "" for name, defined in book.defined_names.items()}


def _row(sheet: Worksheet, columns: Mapping[str, int], typed: Typed) -> int:
    """Return the number of the row that is meant."""
    if not typed.at:
        filled = (row for row in sheet.iter_rows() if any(cell.value not in (None, "") for cell in row))
        return 1 + max((row[0].row or 1 for row in filled), default=1)
    for number in range(2, sheet.max_row + 1):
        if all(cell_of(sheet.cell(number, columns[key] + 1).value) == value for key, value in typed.at.items()):
            return number
    raise LookupError(f"no row of {typed.tab} is {dict(typed.at)}")


def _wrapped(sheet: Worksheet, number: int) -> dict[int, str]:
    """Return the texts of a row that run over several lines, by column: the row must be high enough for them."""
    return {cell.column: str(cell.value) for cell in sheet[number] if cell.value and cell.alignment.wrap_text}


def _put(sheet: Worksheet, row: int, column: int, value: Value, tab: Tab, key: str) -> None:
    cell = sheet.cell(row, column)
    cell.value = value
    look.format_cell(cell, tab.column(key))
    if isinstance(value, str):
        cell.data_type = "s"  # openpyxl would make a formula of a text that begins with =
