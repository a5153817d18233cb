"""Filling a workbook with rows, as a person would type them: for ``sync demo`` and for importing."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import TAB, Tab
from sync.core.errors import ServiceUnreachable
from sync.core.headers import bind
from sync.core.ports import Cell

from . import look
from .files import check_closed, read_file, replace_file
from .names import WRAPPED, bound_columns, find_tab
from .reading import cell_of, translate, understandable
from .splice import carry_results, write_cells

Rows = Mapping[str, Sequence[Mapping[str, Cell]]]
"""Tab key → rows → column key → value; dates and times as days since 1899-12-30."""


def fill_rows(path: Path, rows: Rows) -> None:
    """Add ``rows`` below what stands in the tables of a workbook that was set up.

    Raises :class:`ServiceUnreachable` while it is open, :class:`SheetUnusable` when it cannot be read, and
    :class:`KeyError` for a tab or column that is not there.
    """
    check_closed(path)
    old = read_file(path)
    with understandable(path):
        new = _filled(old, rows)
    if not replace_file(path, new, old):
        raise ServiceUnreachable(f"{path.name} was changed just now.", "Try again.")


def _filled(old: bytes, rows: Rows) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(old), rich_text=True)
        names = {name: defined.attr_text or "" for name, defined in book.defined_names.items()}
        texts: dict[str, dict[int, dict[int, str]]] = {}
        for key, own in rows.items():
            title = find_tab(TAB[key], book.sheetnames, names)
            if title is None:
                raise KeyError(key)
            texts[title] = _fill_tab(book[title], TAB[key], own, bound_columns(TAB[key], title, names))
        out = io.BytesIO()
        book.save(out)
    return carry_results(old, write_cells(out.getvalue(), {}, texts, translate))


def _fill_tab(
    sheet: Worksheet, tab: Tab, rows: Sequence[Mapping[str, Cell]], bound: Mapping[str, int]
) -> dict[int, dict[int, str]]:
    """Write ``rows`` into a table; return their wrapped texts, by row and column."""
    columns = bind(tab, [cell_of(cell.value) for cell in sheet[1]], bound).columns
    last = max((cell.row for row in sheet.iter_rows() for cell in row if cell.value not in (None, "")), default=1)
    wrapped: dict[int, dict[int, str]] = {}
    for number, row in enumerate(rows, last + 1):
        for name, value in row.items():
            column, at = tab.column(name), columns[name] + 1
            cell = sheet.cell(number, at, value)
            look.format_cell(cell, column)
            if isinstance(value, str):
                cell.data_type = "s"  # openpyxl would make a formula of a text that begins with =
                if column.type in WRAPPED:
                    wrapped.setdefault(number, {})[at] = value
    return wrapped
