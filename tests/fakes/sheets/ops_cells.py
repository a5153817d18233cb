"""batchUpdate: the contents of cells."""

from __future__ import annotations

from typing import Any

from . import masks
from .a1 import Rect
from .book import Book
from .cells import MAX_TEXT, Attr, Formula, Value
from .errors import bad_request
from .grid import Tab
from .writing import Guard, check_validation, too_long

Json = dict[str, Any]
Leaves = list[list[str]]
_READ_ONLY = {"effectiveValue", "effectiveFormat", "formattedValue", "hyperlink"}


def entered(given: Json) -> Value:
    """An ExtendedValue as a cell stores it."""
    if len(given) > 1:
        raise bad_request("Only one kind of value may be set.")
    if "errorValue" in given:
        raise bad_request("errorValue is read-only.")
    if "formulaValue" in given:
        if not given["formulaValue"].startswith("="):
            raise bad_request("Formula must start with '='.")
        return Formula(given["formulaValue"])
    for name in ("stringValue", "numberValue", "boolValue"):
        if name in given:
            value: Value = given[name]
            if isinstance(value, str) and len(value) > MAX_TEXT:
                raise too_long()
            return None if value == "" and isinstance(value, str) else value
    return None


class CellWriter:
    """Sets the parts of cells a field mask names."""

    def __init__(self, book: Book, tab: Tab, fields: str | None):
        self.book, self.tab = book, tab
        self.leaves = masks.paths(fields, "CellData")
        names = {path[0] for path in self.leaves}
        self.value = names & {"*", "userEnteredValue"}
        self.attrs: Leaves = [p for p in self.leaves if p[0] not in _READ_ONLY | {"userEnteredValue", "*"}]
        self.all = names == {"*"}
        self.guard = Guard(book, tab)

    def set(self, row: int, column: int, cell: Json) -> None:
        """Write one cell."""
        self.guard.check(row, column)
        tab = self.tab
        if self.value:
            value = entered(cell.get("userEnteredValue") or {})
            if self.book.switches.validation_refuses_api and value is not None:
                check_validation(tab, row, column, value)
            tab.put(row, column, value)
        if self.all or self.attrs:
            tab.put_attr(row, column, self._dressed(tab.attr(row, column), cell))

    def repeat(self, rect: Rect, cell: Json) -> None:
        """Write the same cell everywhere in a rectangle."""
        if self.value or self.guard.closed:
            for row, column in rect.cells():
                self.set(row, column, cell)
        elif self.attrs:
            self.tab.map_attrs(rect, lambda old: self._dressed(old, cell))

    def _dressed(self, attr: Attr | None, cell: Json) -> Attr:
        if self.all:
            skip = _READ_ONLY | {"userEnteredValue"}
            return {k: v for k, v in cell.items() if k not in skip}
        new = masks.apply(dict(attr or {}), cell, self.attrs)
        return {k: v for k, v in new.items() if v not in ({}, "")}


def _block(body: Json) -> list[list[Json]]:
    return [row.get("values") or [] for row in body.get("rows") or []]


def update_cells(book: Book, body: Json) -> Json:
    """updateCells: rows into a range (the rest of it is cleared) or from a start cell."""
    rows = _block(body)
    if body.get("range") is not None:
        tab, rect = book.rect(body["range"])
        _check_inside(rows, rect)
    else:
        start = body.get("start") or {}
        tab = book.sheet(start.get("sheetId"))
        top, left = start.get("rowIndex", 0), start.get("columnIndex", 0)
        rect = Rect(top, left, top + len(rows), left + max((len(r) for r in rows), default=0))
        _check_grid(tab, rect)
    writer = CellWriter(book, tab, body.get("fields"))
    whole = body.get("range") is not None
    for r in range(rect.height):
        line = rows[r] if r < len(rows) else []
        for c in range(rect.width if whole else len(line)):
            writer.set(rect.top + r, rect.left + c, line[c] if c < len(line) else {})
    return {}


def _check_inside(rows: list[list[Json]], rect: Rect) -> None:
    if len(rows) > rect.height:
        raise bad_request(
            f"Attempting to write row: {rect.bottom}, beyond the last requested row of: {rect.bottom - 1}"
        )
    if any(len(r) > rect.width for r in rows):
        raise bad_request(
            f"Attempting to write column: {rect.right}, beyond the last requested column of: {rect.right - 1}"
        )


def _check_grid(tab: Tab, rect: Rect) -> None:
    if rect.bottom > tab.row_count:
        raise bad_request(
            f"Attempting to write row: {tab.row_count}, beyond the last requested row of: {tab.row_count - 1}"
        )
    if rect.right > tab.column_count:
        raise bad_request(
            f"Attempting to write column: {tab.column_count}, beyond the last requested column of: "
            f"{tab.column_count - 1}"
        )


def repeat_cell(book: Book, body: Json) -> Json:
    """repeatCell: the same cell over a range."""
    tab, rect = book.rect(body.get("range") or {})
    CellWriter(book, tab, body.get("fields")).repeat(rect, body.get("cell") or {})
    return {}


def append_cells(book: Book, body: Json) -> Json:
    """appendCells: after the last row with data, growing the grid as needed."""
    tab, rows = book.sheet(body.get("sheetId")), _block(body)
    top = tab.used().bottom
    if top + len(rows) > tab.row_count:
        more = top + len(rows) - tab.row_count
        book.check_size(tab, "ROWS", more)
        tab.extend("ROWS", more)
    _check_grid(tab, Rect(top, 0, top, max((len(r) for r in rows), default=0)))
    writer = CellWriter(book, tab, body.get("fields"))
    for r, line in enumerate(rows):
        for c, cell in enumerate(line):
            writer.set(top + r, c, cell)
    return {}


def set_data_validation(book: Book, body: Json) -> Json:
    """setDataValidation: a rule for every cell of a range, or none."""
    tab, rect = book.rect(body.get("range") or {})
    rule = body.get("rule")
    if rule is not None and not (rule.get("condition") or {}).get("type"):
        raise bad_request("A data validation rule must have a condition.")
    _check_condition(rule)

    def ruled(old: Attr | None) -> Attr:
        attr = {k: v for k, v in (old or {}).items() if k != "dataValidation"}
        return attr if rule is None else attr | {"dataValidation": rule}

    tab.map_attrs(rect, ruled)
    return {}


def _check_condition(rule: Json | None) -> None:
    condition = (rule or {}).get("condition") or {}
    kind, values = condition.get("type"), condition.get("values") or []
    need = {"ONE_OF_RANGE": 1, "CUSTOM_FORMULA": 1, "NUMBER_BETWEEN": 2, "DATE_BETWEEN": 2}
    if kind in need and len(values) != need[kind]:
        raise bad_request(f"Condition type {kind} requires {need[kind]} values.")
    if kind == "ONE_OF_LIST" and not values:
        raise bad_request("Condition type ONE_OF_LIST requires at least one value.")
    if kind == "BOOLEAN" and len(values) > 2:
        raise bad_request("Condition type BOOLEAN takes at most two values.")


def merge_cells(book: Book, body: Json) -> Json:
    """mergeCells: values survive only in the first cell of each merge."""
    tab, rect = book.rect(body.get("range") or {})
    kind = body.get("mergeType", "MERGE_ALL")
    _drop_merges(book, tab, rect)
    if kind == "MERGE_ROWS":
        parts = [Rect(r, rect.left, r + 1, rect.right) for r in range(rect.top, rect.bottom)]
    elif kind == "MERGE_COLUMNS":
        parts = [Rect(rect.top, c, rect.bottom, c + 1) for c in range(rect.left, rect.right)]
    else:
        parts = [rect]
    for part in parts:
        if not part.single:
            tab.merges.append(grid_range(tab, part))
            for row, column in part.cells():
                if (row, column) != (part.top, part.left) and tab.get(row, column) is not None:
                    tab.put(row, column, None)
    return {}


def _drop_merges(book: Book, tab: Tab, rect: Rect) -> None:
    kept = []
    for merge in tab.merges:
        other = tab.clamp(book.area(merge)[1])
        if not rect.meets(other):
            kept.append(merge)
        elif not rect.holds(other):
            raise bad_request("You must select all cells in a merged range to merge or unmerge them.")
    tab.merges = kept


def unmerge_cells(book: Book, body: Json) -> Json:
    """unmergeCells."""
    tab, rect = book.rect(body.get("range") or {})
    _drop_merges(book, tab, rect)
    return {}


def grid_range(tab: Tab, rect: Rect) -> Json:
    """A stored GridRange."""
    return {
        "sheetId": tab.sheet_id,
        "startRowIndex": rect.top,
        "endRowIndex": rect.bottom,
        "startColumnIndex": rect.left,
        "endColumnIndex": rect.right,
    }
