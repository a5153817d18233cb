"""Reading values: rendering, trimming, and finding the table an append goes to."""

from __future__ import annotations

from typing import Any

from .a1 import Open, Rect
from .book import Book, grid_limits
from .cells import CellError, Formula, Plain, Value, number_format
from .display import DATE_KINDS, shown
from .grid import Tab

Json = dict[str, Any]
FORMATTED, UNFORMATTED, FORMULA = "FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"
_CHEAP = (str, int, float, bool)


class Reader:
    """Reads ranges with one choice of render options."""

    def __init__(self, book: Book, render: str | None, dates: str | None, major: str | None):
        self.book = book
        self.render = render or FORMATTED
        self.date_text = dates == "FORMATTED_STRING"
        self.columns = major == "COLUMNS"

    def value_range(self, tab: Tab, rect: Rect) -> Json:
        """A ValueRange without trailing empty rows and cells."""
        answer: Json = {"range": rect.a1(tab.title)}
        answer["majorDimension"] = "COLUMNS" if self.columns else "ROWS"
        values = self.rows(tab, rect)
        if self.columns:
            values = _turned(values)
        if values:
            answer["values"] = values
        return answer

    def rows(self, tab: Tab, rect: Rect) -> list[list[Any]]:
        """The rendered rows of a rectangle."""
        found: list[list[Any]] = []
        last = 0
        plain = self.render != FORMATTED and not self.date_text
        for index in range(rect.top, rect.bottom):
            line = tab.line(index, rect.left, rect.right)
            if not line:
                found.append([])
                continue
            if plain:
                found.append([
                    "" if v is None else v if isinstance(v, _CHEAP)
                    else self.one(tab, index, rect.left + c, v)
                    for c, v in enumerate(line)
                ])  # fmt: skip
            else:
                found.append([
                    "" if v is None else v if isinstance(v, str)
                    else self.one(tab, index, rect.left + c, v)
                    for c, v in enumerate(line)
                ])  # fmt: skip
            last = len(found)
        return found[:last]

    def one(self, tab: Tab, row: int, column: int, value: Value) -> Any:
        """One cell that is not empty and not a plain text."""
        if isinstance(value, Formula):
            if self.render == FORMULA:
                return value.text
            value = self.book.value(tab, row, column)
        plain: Plain = value
        if plain is None:
            return ""
        attr = tab.attr(row, column)
        if self.render == FORMATTED:
            return shown(plain, attr, self.book.locale)
        if isinstance(plain, CellError):
            return plain.shown
        number = isinstance(plain, int | float) and not isinstance(plain, bool)
        if number and self.date_text and number_format(attr).get("type") in DATE_KINDS:
            return shown(plain, attr, self.book.locale)
        return plain


def _turned(rows: list[list[Any]]) -> list[list[Any]]:
    width = max((len(r) for r in rows), default=0)
    columns: list[list[Any]] = []
    for index in range(width):
        column = [r[index] if index < len(r) else None for r in rows]
        while column and (column[-1] is None or column[-1] == ""):
            column.pop()
        columns.append(["" if v is None else v for v in column])
    return columns


def readable(tab: Tab, area: Open) -> Rect:
    """The area cut to the grid; 400 when it starts outside."""
    if (area.top or 0) >= tab.row_count or (area.left or 0) >= tab.column_count:
        raise grid_limits(tab, area)
    return tab.clamp(area)


def last_table(tab: Tab, rect: Rect) -> Rect | None:
    """The last block of filled cells that has a cell in the rectangle."""
    for row in range(rect.bottom - 1, rect.top - 1, -1):
        line = tab.line(row, rect.left, rect.right)
        if line:
            column = rect.left + len(line) - 1
            return _grown(tab, Rect(row, column, row + 1, column + 1))
    return None


def _grown(tab: Tab, rect: Rect) -> Rect:
    """The rectangle grown until a frame of empty cells surrounds it."""
    while True:
        left, right = max(0, rect.left - 1), min(tab.column_count, rect.right + 1)
        top, bottom = max(0, rect.top - 1), min(tab.row_count, rect.bottom + 1)
        new_top = top if top < rect.top and tab.line(top, left, right) else rect.top
        grows = bottom > rect.bottom and tab.line(rect.bottom, left, right)
        new_bottom = bottom if grows else rect.bottom
        rows = range(top, bottom)
        new_left = left if left < rect.left and _any(tab, rows, left) else rect.left
        new_right = right if right > rect.right and _any(tab, rows, rect.right) else rect.right
        grown = Rect(new_top, new_left, new_bottom, new_right)
        if grown == rect:
            return rect
        rect = grown


def _any(tab: Tab, rows: range, column: int) -> bool:
    return any(tab.get(row, column) is not None for row in rows)
