"""One tab: rows of cells that are shared between snapshots until somebody writes to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .a1 import Open, Rect
from .cells import Attr, Formula, Value

Json = dict[str, Any]
Change = tuple[int, int, Value, Value, Value]
"""Row, column, header at that time, old value, new value."""


class Row:
    """The cells of one row, their attributes, and the properties of the row itself."""

    __slots__ = ("attrs", "cells", "props", "stamp")

    def __init__(self, cells: list[Value], attrs: list[Attr | None], props: Json, stamp: object):
        self.cells, self.attrs, self.props, self.stamp = cells, attrs, props, stamp


_EMPTY = Row([], [], {}, None)


class Tab:
    """A grid sheet with everything that lives on it. Copies are cheap: see `copy`."""

    def __init__(self, sheet_id: int, title: str, rows: int = 1000, columns: int = 26):
        self.sheet_id = sheet_id
        self.title = title
        self.props: Json = {}
        self.grid: Json = {}
        self.rows: list[Row] = [_EMPTY] * rows
        self.columns: list[Json] = [{} for _ in range(columns)]
        self.merges: list[Json] = []
        self.protected: dict[int, Json] = {}
        self.conditional: list[Json] = []
        self.basic_filter: Json | None = None
        self.views: dict[int, Json] = {}
        self.bandings: dict[int, Json] = {}
        self.charts: dict[int, Json] = {}
        self.groups: dict[str, list[Json]] = {"ROWS": [], "COLUMNS": []}
        self.formulas = False
        self.journal: list[Change] | None = None
        self.stamp = object()

    def copy(self) -> Tab:
        """A snapshot: rows are shared and copied by whoever writes first; O(number of rows)."""
        twin = Tab.__new__(Tab)
        twin.__dict__.update(self.__dict__)
        twin.rows = list(self.rows)
        twin.columns = list(self.columns)
        for name in ("props", "grid", "protected", "views", "bandings", "charts"):
            setattr(twin, name, dict(getattr(self, name)))
        twin.merges, twin.conditional = list(self.merges), list(self.conditional)
        twin.groups = {k: list(v) for k, v in self.groups.items()}
        twin.journal = None
        twin.stamp = object()
        return twin

    @property
    def row_count(self) -> int:
        """Height of the grid."""
        return len(self.rows)

    @property
    def column_count(self) -> int:
        """Width of the grid."""
        return len(self.columns)

    @property
    def whole(self) -> Rect:
        """The whole grid."""
        return Rect(0, 0, len(self.rows), len(self.columns))

    def clamp(self, area: Open) -> Rect:
        """An open rectangle with its sides cut to the grid (it may become empty)."""
        bottom = self.row_count if area.bottom is None else min(area.bottom, self.row_count)
        right = self.column_count if area.right is None else min(area.right, self.column_count)
        return Rect(area.top or 0, area.left or 0, bottom, right)

    def get(self, row: int, column: int) -> Value:
        """The entered value of a cell, None when empty or outside."""
        if row >= len(self.rows):
            return None
        cells = self.rows[row].cells
        return cells[column] if column < len(cells) else None

    def attr(self, row: int, column: int) -> Attr | None:
        """The attributes of a cell."""
        if row >= len(self.rows):
            return None
        attrs = self.rows[row].attrs
        return attrs[column] if column < len(attrs) else None

    def own(self, row: int) -> Row:
        """The row, safe to change."""
        found = self.rows[row]
        if found.stamp is not self.stamp:
            found = Row(list(found.cells), list(found.attrs), dict(found.props), self.stamp)
            self.rows[row] = found
        return found

    def put(self, row: int, column: int, value: Value) -> None:
        """Write one value and note it in the journal."""
        owned = self.own(row)
        cells = owned.cells
        if isinstance(value, Formula):
            self.formulas = True
        if column >= len(cells):
            if value is None:
                return
            cells.extend([None] * (column + 1 - len(cells)))
        old = cells[column]
        if self.journal is not None and (old != value or type(old) is not type(value)):
            self.journal.append((row, column, self.get(0, column), old, value))
        cells[column] = value
        if value is None:
            while cells and cells[-1] is None:
                cells.pop()

    def put_line(self, row: int, left: int, values: list[Value]) -> None:
        """Write neighbouring values of one row, faster than one by one when nobody keeps a journal."""
        if self.journal is not None:
            for column, value in enumerate(values, left):
                self.put(row, column, value)
            return
        self.formulas = self.formulas or any(isinstance(value, Formula) for value in values)
        cells = self.own(row).cells
        cells.extend([None] * (left - len(cells)))
        cells[left : left + len(values)] = values
        while cells and cells[-1] is None:
            cells.pop()

    def put_attr(self, row: int, column: int, attr: Attr | None) -> None:
        """Replace the attributes of one cell."""
        if not attr and self.attr(row, column) is None:
            return
        attrs = self.own(row).attrs
        if column >= len(attrs):
            attrs.extend([None] * (column + 1 - len(attrs)))
        attrs[column] = attr or None

    def map_attrs(self, rect: Rect, change: Callable[[Attr | None], Attr | None]) -> None:
        """Replace the attributes of every cell of a rectangle.

        Cells that were alike share one new object, and so do whole rows: set-up formats 68 columns of 999 rows.
        """
        known: dict[int, tuple[Attr | None, Attr | None]] = {}
        made: dict[int, tuple[Row, Row]] = {}  # the old objects are kept, so that their numbers stay theirs

        def changed(old: Attr | None) -> Attr | None:
            if id(old) not in known:
                known[id(old)] = (old, change(old) or None)
            return known[id(old)][1]

        for index in range(rect.top, rect.bottom):
            row = self.rows[index]
            if id(row) not in made:
                attrs = row.attrs + [None] * (rect.right - len(row.attrs))
                attrs[rect.left : rect.right] = [changed(old) for old in attrs[rect.left : rect.right]]
                same = not any(attrs[len(row.attrs) :]) and attrs[: len(row.attrs)] == row.attrs
                made[id(row)] = (row, row if same else Row(row.cells, attrs, row.props, None))
            self.rows[index] = made[id(row)][1]

    def insert(self, dimension: str, at: int, count: int, inherit: bool = False) -> None:
        """New empty rows or columns before `at`; formats come from before or after."""
        if dimension == "ROWS":
            model = self.rows[at - 1 if inherit else at] if self._has_model(at, inherit) else _EMPTY
            blank = self._blank_like(model)
            self.rows[at:at] = [blank] * count
            return
        model_column = at - 1 if inherit else at
        self.columns[at:at] = [{} for _ in range(count)]
        for index, row in enumerate(self.rows):
            if len(row.cells) > at or len(row.attrs) > model_column:
                owned = self.own(index)
                if len(owned.cells) > at:
                    owned.cells[at:at] = [None] * count
                if len(owned.attrs) > model_column:
                    owned.attrs[at:at] = [_bare(owned.attrs[model_column])] * count

    def _has_model(self, at: int, inherit: bool) -> bool:
        return 0 <= (at - 1 if inherit else at) < len(self.rows)

    def _blank_like(self, model: Row) -> Row:
        attrs = [_bare(a) for a in model.attrs]
        return Row([], attrs, {}, None) if any(attrs) else _EMPTY

    def remove(self, dimension: str, first: int, last: int) -> None:
        """Delete rows or columns; cells that go are noted in the journal."""
        self._note_loss(dimension, first, last)
        if dimension == "ROWS":
            del self.rows[first:last]
            return
        del self.columns[first:last]
        for index, row in enumerate(self.rows):
            if len(row.cells) > first or len(row.attrs) > first:
                owned = self.own(index)
                del owned.cells[first:last]
                del owned.attrs[first:last]
                while owned.cells and owned.cells[-1] is None:
                    owned.cells.pop()

    def _note_loss(self, dimension: str, first: int, last: int) -> None:
        if self.journal is None:
            return
        rows = range(first, last) if dimension == "ROWS" else range(self.row_count)
        for index in rows:
            for column, value in enumerate(self.rows[index].cells):
                lost = dimension == "ROWS" or first <= column < last
                if lost and value is not None:
                    self.journal.append((index, column, self.get(0, column), value, None))

    def move(self, dimension: str, first: int, last: int, target: int) -> None:
        """Move rows or columns before `target`, an index counted before the move."""
        landing = target if target <= first else target - (last - first)
        if dimension == "ROWS":
            block = self.rows[first:last]
            del self.rows[first:last]
            self.rows[landing:landing] = block
            return
        _shuffle(self.columns, first, last, landing)
        for index, row in enumerate(self.rows):
            if len(row.cells) > min(first, landing) or len(row.attrs) > min(first, landing):
                owned = self.own(index)
                for line in (owned.cells, owned.attrs):
                    line.extend([None] * (len(self.columns) - len(line)))
                    _shuffle(line, first, last, landing)
                while owned.cells and owned.cells[-1] is None:
                    owned.cells.pop()

    def extend(self, dimension: str, count: int) -> None:
        """New rows or columns at the end."""
        if dimension == "ROWS":
            self.rows.extend([_EMPTY] * count)
        else:
            self.columns.extend({} for _ in range(count))

    def used(self) -> Rect:
        """The smallest rectangle from A1 that holds every value."""
        bottom = 0
        for index in range(len(self.rows) - 1, -1, -1):
            if self.rows[index].cells:
                bottom = index + 1
                break
        right = max((len(r.cells) for r in self.rows[:bottom]), default=0)
        return Rect(0, 0, bottom, right)

    def line(self, row: int, left: int, right: int) -> Sequence[Value]:
        """The values of one row between two columns, without trailing empty ones."""
        cells = self.rows[row].cells[left:right]
        while cells and cells[-1] is None:
            cells.pop()
        return cells


def _bare(attr: Attr | None) -> Attr | None:
    """What a new row or column inherits: format and validation, not the note."""
    if not attr:
        return None
    kept = {k: v for k, v in attr.items() if k in {"userEnteredFormat", "dataValidation"}}
    return kept or None


def _shuffle(line: list[Any], first: int, last: int, landing: int) -> None:
    block = line[first:last]
    del line[first:last]
    line[landing:landing] = block
