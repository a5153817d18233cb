"""The workbook's harness: a hand that does with openpyxl what people do in Excel or LibreOffice.

Where a program moves something along (defined names, dropdowns, widths), the hand moves it too.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Sequence
from copy import copy
from pathlib import Path

import openpyxl
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import STOP_WORDS, TABS, Owner
from sync.core.ports import Cell, CellEdit, RowRef
from sync.sheets.workbook import WorkbookBackend
from sync.sheets.workbook.hand import Typed, type_in


def open_harness(folder: Path) -> WorkbookHarness:
    """Return a harness on a workbook in ``folder`` that is not there yet."""
    return WorkbookHarness(folder / "people.xlsx")


def plain(value: object) -> Cell:
    """Return a value of openpyxl as a cell."""
    if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
        return float(to_excel(value))
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value) or None


GOES = CellEdit(RowRef("contacts", "ranna234567", 2, "Anna"), "next", "Goes")
"""An edit beside Anna of :func:`with_anna`."""


def with_anna(folder: Path) -> WorkbookHarness:
    """Return a workbook that was set up, with Anna and her id in row 2 of Contacts."""
    made = open_harness(folder)
    made.backend().repair()
    type_in(made.path, [Typed("contacts", {"name": "Anna", "email": "anna@example.org"})])
    made.backend().write([CellEdit(RowRef("contacts", "", 2, "Anna"), "id", GOES.row.id)], {})
    return made


def parts(path: Path) -> dict[str, bytes]:
    """Return the parts of a workbook by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change parts of the workbook as another program might have written them."""
    all_parts = parts(path)
    change(all_parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in all_parts.items():
            archive.writestr(name, data)


def part_of(path: Path, title: str) -> str:
    """Return the name of a sheet's part, in a workbook that openpyxl wrote."""
    return f"xl/worksheets/sheet{openpyxl.load_workbook(path).sheetnames.index(title) + 1}.xml"


class WorkbookHarness:
    """See :class:`contract.harness.Harness`."""

    zone, locale = "Europe/Bratislava", "sk_SK"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._book: Workbook | None = None
        self._saved = b""
        self._ours = {
            tab.title: {column.header for column in tab.columns if column.owner is Owner.SERVICE}
            for tab in TABS
            if tab.table
        }

    def close(self) -> None:
        """Nothing to let go of."""

    def hidden_rows(self, tab: str) -> list[int]:
        return [number for number, row in self._open()[tab].row_dimensions.items() if row.hidden]

    def state(self) -> bytes:
        return self.path.read_bytes()

    def restore(self, state: bytes) -> None:
        self.path.write_bytes(state)

    def backend(self) -> WorkbookBackend:
        return WorkbookBackend(self.path, self.zone, self.locale)

    # --- looking ---

    def titles(self) -> list[str]:
        return [sheet.title for sheet in self._open().worksheets if sheet.sheet_state == "visible"]

    def header(self, tab: str) -> list[str]:
        return _header(self._open()[tab])

    def cell(self, tab: str, row: int, header: str) -> Cell:
        return plain(self._open()[tab].cell(row, self._column(tab, header)).value)

    def at(self, tab: str, address: str) -> Cell:
        return plain(self._open()[tab][address].value)

    def is_text(self, tab: str, row: int, header: str) -> bool:
        return self._open()[tab].cell(row, self._column(tab, header)).data_type == "s"

    def rows(self, tab: str) -> Sequence[Sequence[Cell]]:
        return [[plain(cell.value) for cell in row] for row in self._open()[tab].iter_rows(min_row=2)]

    def team_cells(self) -> dict[tuple[str, str, int], Cell]:
        found: dict[tuple[str, str, int], Cell] = {("Start here", "B", 1): self.at("Start here", "B1")}
        for tab, ours in self._ours.items():
            if tab not in self.titles():
                continue
            sheet = self._open()[tab]
            for column in sheet.iter_cols():
                header = plain(column[0].value)
                if header in ours:
                    continue
                name = f"{header} in {column[0].column_letter}" if header is None else str(header)
                found |= {(tab, name, cell.row): plain(cell.value) for cell in column if cell.value is not None}
        return found

    # --- the hand ---

    def type(self, tab: str, row: int, header: str, value: Cell) -> None:
        cell = self._open()[tab].cell(row, self._column(tab, header))
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"  # text that begins with = is typed with an apostrophe before it
        self._save()

    def insert_row(self, tab: str, before: int) -> None:
        self._open()[tab].insert_rows(before)
        self._save()

    def delete_row(self, tab: str, row: int) -> None:
        self._open()[tab].delete_rows(row)
        self._save()

    def sort(self, tab: str, header: str, *, descending: bool = False) -> None:
        sheet, at = self._open()[tab], self._column(tab, header) - 1
        rows = [[(cell.value, cell.data_type, copy(cell._style)) for cell in row] for row in sheet.iter_rows(min_row=2)]
        filled = [row for row in rows if row[at][0] is not None]
        filled.sort(key=lambda row: str(row[at][0]), reverse=descending)
        for number, row in enumerate(filled + [row for row in rows if row[at][0] is None], 2):
            for column, (value, kind, style) in enumerate(row, 1):
                cell = sheet.cell(number, column)
                cell.value, cell._style = value, style
                cell.data_type = kind
        self._save()

    def insert_column(self, tab: str, before: str, title: str = "") -> None:
        at = self._column(tab, before)
        order: list[int] = list(range(1, self._open()[tab].max_column + 1))
        self._reorder(tab, [*order[: at - 1], 0, *order[at - 1 :]])
        self._open()[tab].cell(1, at).value = title or None
        self._save()

    def delete_column(self, tab: str, header: str) -> None:
        at = self._column(tab, header)
        self._reorder(tab, [old for old in range(1, self._open()[tab].max_column + 1) if old != at])
        self._save()

    def move_column(self, tab: str, header: str, before: str) -> None:
        at, goal = self._column(tab, header), self._column(tab, before)
        order = [old for old in range(1, self._open()[tab].max_column + 1) if old != at]
        order.insert(order.index(goal), at)
        self._reorder(tab, order)
        self._save()

    def rename_header(self, tab: str, header: str, title: str) -> None:
        self._open()[tab].cell(1, self._column(tab, header)).value = title
        ours = self._ours.get(tab, set())
        if header in ours:
            ours.remove(header)
            ours.add(title)
        self._save()

    def rename_tab(self, tab: str, title: str) -> None:
        book = self._open()
        book[tab].title = title
        self._rewrite_names(tab, lambda letter: letter, title)
        self._ours = {title if key == tab else key: ours for key, ours in self._ours.items()}
        self._save()

    def delete_tab(self, tab: str) -> None:
        book = self._open()
        book.remove(book[tab])
        self._rewrite_names(tab, lambda _: "", tab)
        self._save()

    def set_stop_all(self, value: Cell) -> None:
        sheet = self._open()["Start here"]
        row = next(cell.row for cell in sheet["A"] if cell.value == STOP_WORDS)
        sheet.cell(row, 2).value = value
        self._save()

    # --- the file ---

    def book(self) -> Workbook:
        """Return the workbook to look at, as it is in the file."""
        return self._open()

    def save(self) -> None:
        """Save what a test did to :meth:`book`, as a person does."""
        self._save()

    def _open(self) -> Workbook:
        data = self.path.read_bytes()
        if self._book is None or data != self._saved:
            self._book, self._saved = openpyxl.load_workbook(self.path), data
        return self._book

    def _save(self) -> None:
        assert self._book is not None
        self._book.save(self.path)
        self._saved = self.path.read_bytes()

    def _column(self, tab: str, header: str) -> int:
        return self.header(tab).index(header) + 1

    def _reorder(self, tab: str, order: list[int]) -> None:
        """Put the columns in another order; 0 stands for a new blank one, a number that is missing is deleted."""
        sheet = self._open()[tab]
        cells = {(c.row, c.column): (c.value, c.data_type, copy(c._style)) for row in sheet.iter_rows() for c in row}
        dimensions = {number: sheet.column_dimensions.get(get_column_letter(number)) for number in order if number}
        height, width = sheet.max_row, max(sheet.max_column, len(order))
        for number in range(1, width + 1):
            sheet.column_dimensions.pop(get_column_letter(number), None)
        for new in range(1, width + 1):
            old = order[new - 1] if new <= len(order) else 0
            _carry_dimension(sheet, dimensions.get(old), new)
            for row in range(1, height + 1):
                cell = sheet.cell(row, new)
                value, kind, style = cells.get((row, old), (None, "n", None))
                cell.comment = None
                cell.value = value
                cell.data_type = kind
                if style is not None:
                    cell._style = style
        places = {get_column_letter(old): get_column_letter(new) for new, old in enumerate(order, 1) if old}
        self._rewrite_names(tab, lambda letter: places.get(letter, ""), tab)
        _carry_dropdowns(sheet, places)

    def _rewrite_names(self, tab: str, place: Callable[[str], str], title: str) -> None:
        book = self._open()
        pattern = re.compile(rf"(?:'{re.escape(tab)}'|{re.escape(tab)})!((?:\$[A-Z]+\$?\d*)(?::\$[A-Z]+\$?\d*)?)")

        def moved(match: re.Match[str]) -> str:
            gone = False

            def one(part: re.Match[str]) -> str:
                nonlocal gone
                gone = gone or not place(part[1])
                return f"${place(part[1])}"

            cells = re.sub(r"\$([A-Z]+)", one, match[1])
            return "#REF!" if gone else f"'{title}'!{cells}"

        for name, defined in list(book.defined_names.items()):
            book.defined_names[name] = DefinedName(name, attr_text=pattern.sub(moved, defined.attr_text))


def _header(sheet: Worksheet) -> list[str]:
    cells = [plain(cell.value) for cell in sheet[1]]
    while cells and cells[-1] is None:
        cells.pop()
    return ["" if cell is None else str(cell) for cell in cells]


def _carry_dimension(sheet: Worksheet, old: object, new: int) -> None:
    if old is not None:
        made = sheet.column_dimensions[get_column_letter(new)]
        for part in ("width", "hidden", "outlineLevel", "number_format", "alignment", "fill", "font"):
            setattr(made, part, copy(getattr(old, part)))


def _carry_dropdowns(sheet: Worksheet, places: dict[str, str]) -> None:
    for rule in list(sheet.data_validations.dataValidation):
        ranges = []
        for span in rule.sqref.ranges:
            for number in range(span.min_col, span.max_col + 1):
                letter = places.get(get_column_letter(number))
                if letter:
                    ranges.append(f"{letter}{span.min_row}:{letter}{span.max_row}")
        if ranges:
            rule.sqref = " ".join(ranges)
        else:
            sheet.data_validations.dataValidation.remove(rule)
    last = re.search(r":[A-Z]+(\d+)$", sheet.auto_filter.ref or "")
    if last:
        columns = [column_index_from_string(letter) for letter in places.values()]
        sheet.auto_filter.ref = f"{get_column_letter(min(columns))}1:{get_column_letter(max(columns))}{last[1]}"
