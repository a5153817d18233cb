"""Reading a workbook with openpyxl: what stands in the cells, as the core understands it."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from openpyxl.formula.translate import Translator
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.datetime import WINDOWS_EPOCH
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook

from sync.core.columns import TABS
from sync.core.errors import ServiceUnreachable, SheetUnusable
from sync.core.ports import Cell

from .files import lock_file
from .names import find_tab

DAMAGE = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, EOFError, KeyError, ValueError, TypeError, AttributeError,
    IndexError, SyntaxError, NotImplementedError, RuntimeError, OSError, ExpatError,
)  # fmt: skip
"""What openpyxl and the standard library raise for files that are not, or only partly, a workbook."""

_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - cells know no zone


@dataclass(frozen=True, slots=True)
class RawTab:
    """One tab: its title, and all rows from row 1 on; rows end with their last cell that is not blank."""

    title: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """A workbook as read: titles in order, defined names → what they refer to, and tabs by key."""

    titles: tuple[str, ...]
    names: Mapping[str, str]
    tabs: Mapping[str, RawTab]


@contextmanager
def understandable(path: Path) -> Iterator[None]:
    """Turn what damaged files raise into one sentence: a file that is being saved just now gets another chance."""
    try:
        yield
    except DAMAGE as error:
        if lock_file(path) is not None:
            raise ServiceUnreachable(
                f"{path.name} is being saved just now.", "It is read again in the next round."
            ) from error
        raise SheetUnusable(
            f"{path.name} cannot be read: it is damaged, or locked with a password.",
            "Open it in your spreadsheet program and save it anew as .xlsx without a password.",
        ) from error


class _AsStored(ExcelReader):
    """Reads numbers as they stand in the file, also in cells that show a date.

    openpyxl makes dates of them and loses some: in the first two months of 1900 it counts a day more, and what is too
    large for a date becomes the error ``#VALUE!``, which it would then write back over what somebody typed.
    """

    def read_worksheets(self) -> None:
        if self.wb.epoch == WINDOWS_EPOCH:  # where days count from 1904 openpyxl's dates say when they are meant
            for formats in ("_date_formats", "_timedelta_formats"):
                setattr(self.wb, formats, set())
        super().read_worksheets()


def open_book(data: bytes, *, to_write: bool, keep_vba: bool = False) -> Workbook:
    """Return the workbook: everything in it ``to_write`` it again, else results of formulas, row after row.

    Raises what :data:`DAMAGE` names.
    """
    reader = _AsStored(io.BytesIO(data), read_only=not to_write, keep_vba=keep_vba, data_only=not to_write,
                       keep_links=to_write, rich_text=to_write)  # fmt: skip
    reader.read()
    book: Workbook = reader.wb
    return book


def load(data: bytes, wanted: Collection[str]) -> Raw:
    """Return the tabs whose keys are ``wanted`` and that are there.  Raises what :data:`DAMAGE` names.

    Formulas count as their last results; a formula that was never calculated is blank.
    """
    # What openpyxl would drop on saving is nothing to warn of here: nothing is saved from this.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = open_book(data, to_write=False)
        try:
            sheets = {sheet.title: sheet for sheet in book.worksheets}
            names = {name: defined.attr_text or "" for name, defined in book.defined_names.items()}
            tabs = {}
            for tab in TABS:
                title = find_tab(tab, tuple(sheets), names) if tab.key in wanted else None
                if title is not None:
                    tabs[tab.key] = RawTab(title, tuple(_rows(sheets[title])))
            return Raw(tuple(sheets), names, tabs)
        finally:
            book.close()


def _rows(sheet: Any) -> list[tuple[Cell, ...]]:
    sheet.reset_dimensions()  # files made by other programs claim wrong sizes
    rows = [_trimmed(row) for row in sheet.iter_rows(values_only=True)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def _trimmed(row: tuple[object, ...]) -> tuple[Cell, ...]:
    width = len(row)
    while width and row[width - 1] in (None, ""):
        width -= 1
    return tuple([value if type(value) is int or value is None else cell_of(value) for value in row[:width]])


def cell_of(value: object) -> Cell:
    """Return a value of openpyxl as a cell: dates, times and durations become days since 1899-12-30.

    They come from workbooks that count from 1904, and from the rare cells that hold a date as text (ISO 8601).
    """
    if isinstance(value, str):
        # Excel writes a carriage return inside a text as this escape (ECMA-376 Part 1, 22.4.2.4).
        return value.replace("_x000D_", "") if "_x000D_" in value else value or None
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dt.datetime):
        return _days(value - _EPOCH)
    if isinstance(value, dt.date):
        return float((value - _EPOCH.date()).days)
    if isinstance(value, dt.time):
        return _days(dt.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second,
                                  microseconds=value.microsecond))  # fmt: skip
    if isinstance(value, dt.timedelta):
        return _days(value)
    return str(value)


def _days(span: dt.timedelta) -> float:
    return span / dt.timedelta(days=1)


def translate(formula: str, origin: str, there: str) -> str:
    """Return ``formula`` of the cell ``origin`` as it reads in the cell ``there``."""
    return str(Translator(formula, origin).translate_formula(there))
