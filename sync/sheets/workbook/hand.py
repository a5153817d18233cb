"""Typing into the team's own cells of a workbook, as people do between two saves: for the demo and for importing."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import TAB, TABS, Owner, Tab
from sync.core.errors import ServiceUnreachable
from sync.core.headers import bind
from sync.core.ports import Cell

from . import look
from .files import check_closed, read_file, replace_file
from .names import bound_columns, find_tab
from .reading import cell_of, translate, understandable
from .splice import carry_results, sheet_parts, write_cells

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
        book = openpyxl.load_workbook(io.BytesIO(old), rich_text=True)
    for one in typed:
        _type(book, one)
    texts = _grown(book, _chosen_heights(old))
    out = io.BytesIO()
    book.save(out)
    new = carry_results(old, write_cells(out.getvalue(), {}, texts, translate))
    if not replace_file(path, new, old):
        raise ServiceUnreachable(f"{path.name} was changed just now.", "Try again.")


def _type(book: Workbook, typed: Typed) -> None:
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


def _put(sheet: Worksheet, row: int, column: int, value: Value, tab: Tab, key: str) -> None:
    cell = sheet.cell(row, column)
    cell.value = value
    look.format_cell(cell, tab.column(key))
    if isinstance(value, str):
        cell.data_type = "s"  # openpyxl would make a formula of a text that begins with =


# --- heights ---------------------------------------------------------------------------------------------------------

_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)""")
_CHOSEN = re.compile(rb"""\scustomHeight\s*=\s*["'](?:1|true)""")


def _chosen_heights(data: bytes) -> dict[str, set[int]]:
    """Return sheet title → rows whose height a person chose; openpyxl writes every height as chosen."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        tags = {title: _ROW.findall(archive.read(name)) for title, name in sheet_parts(archive).items()}
    return {
        title: {int(number[1]) for tag in found if _CHOSEN.search(tag) and (number := _NUMBER.search(tag))}
        for title, found in tags.items()
    }


def _grown(book: Workbook, chosen: Mapping[str, set[int]]) -> dict[str, dict[int, dict[int, str]]]:
    """Forget the heights nobody chose in our tabs; return what they are measured by: title → row → column → text."""
    texts: dict[str, dict[int, dict[int, str]]] = {}
    names = _names(book)
    titles = [title for tab in TABS if (title := find_tab(tab, book.sheetnames, names)) is not None]
    for title in titles:
        sheet: Worksheet = book[title]
        for row in sheet.iter_rows():
            number = row[0].row or 0
            if number not in chosen.get(title, ()):
                sheet.row_dimensions[number].height = None
                shown = {cell.column: str(cell.value) for cell in row if cell.value and cell.alignment.wrap_text}
                texts.setdefault(title, {})[number] = shown
    return texts
