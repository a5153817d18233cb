"""Writing values: input options, protection, validation, limits of the grid."""

from __future__ import annotations

import json
from typing import Any

from .a1 import Open, Rect, column_letters
from .book import Book, grid_limits
from .cells import MAX_TEXT, Attr, Value, number_format, with_number_format
from .display import DATE_KINDS
from .errors import bad_request
from .grid import Tab
from .typed import parse

Json = dict[str, Any]
PROTECTED = (
    "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to "
    "remove protection if you need to edit."
)


def entered(book: Book, attr: Attr | None, text: str) -> tuple[Value, Attr | None]:
    """What typing a text into a cell leaves there: value and attributes."""
    shape = number_format(attr)
    if shape.get("type") == "TEXT" or shape.get("pattern") == "@":
        return text or None, attr
    found = parse(text, book.locale, book.today())
    if found.kind is None:
        return found.value, attr
    kind = shape.get("type")
    if kind and (kind in DATE_KINDS) == (found.kind in DATE_KINDS):
        return found.value, attr
    return found.value, with_number_format(attr, found.kind, found.pattern)


def raw(value: Any, row: int, column: int) -> Value:
    """A JSON value as RAW stores it; 400 for lists and objects."""
    if isinstance(value, dict | list):
        kind = "struct_value" if isinstance(value, dict) else "list_value"
        raise bad_request(f"Invalid values[{row}][{column}]: {kind} {json.dumps(value)}")
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            raise too_long()
        return value or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    stored: Value = value
    return stored


def too_long() -> Exception:
    """400 for a cell of more than 50,000 characters."""
    return bad_request(f"Your input contains more than the maximum of {MAX_TEXT} characters in a single cell.")


class Writer:
    """Writes blocks of values with one input option, by the API (guarded) or by hand."""

    def __init__(self, book: Book, option: str | None):
        if option not in {"RAW", "USER_ENTERED"}:
            raise bad_request("'valueInputOption' is required but not specified")
        self.book, self.typed = book, option == "USER_ENTERED"

    def write(self, tab: Tab, area: Open, values: list[list[Any]], major: str | None, name: str = "") -> Json:
        """One UpdateValuesResponse without the spreadsheet id.

        Rows and columns count when a cell in them was written. `_requested` is the range of the
        request, `_touched` the rows and columns; both are taken off before the answer leaves.
        """
        rows = _turn(values) if major == "COLUMNS" else values
        height, width = len(rows), max((len(r) for r in rows), default=0)
        rect = self._target(tab, area, (height, width), name)
        written = Rect(rect.top, rect.left, rect.top + height, rect.left + width)
        guard = Guard(self.book, tab)
        count, touched = 0, (set[int](), set[int]())
        for r, line in enumerate(rows):
            for c, value in enumerate(line):
                if value is None:
                    continue
                count += 1
                touched[0].add(rect.top + r)
                touched[1].add(rect.left + c)
                guard.check(rect.top + r, rect.left + c)
                self._put(tab, rect.top + r, rect.left + c, value, (r, c))
        answer: Json = {"updatedRange": written.a1(tab.title), "_requested": rect, "_touched": touched}
        if count:
            rows_columns = {"updatedRows": len(touched[0]), "updatedColumns": len(touched[1])}
            answer |= rows_columns | {"updatedCells": count}
        return answer

    def _put(self, tab: Tab, row: int, column: int, value: Any, place: tuple[int, int]) -> None:
        stored = raw(value, *place)
        if self.typed and isinstance(value, str):
            attr = tab.attr(row, column)
            stored, new_attr = entered(self.book, attr, value)
            if new_attr is not attr:
                tab.put_attr(row, column, new_attr)
        if self.book.switches.validation_refuses_api and stored is not None:
            check_validation(tab, row, column, stored)
        tab.put(row, column, stored)

    def _target(self, tab: Tab, area: Open, size: tuple[int, int], name: str) -> Rect:
        """The cells to write; `name` is the range as the request wrote it, for the refusal."""
        height, width = size
        top, left = area.top or 0, area.left or 0
        one_cell = area.bottom == top + 1 and area.right == left + 1
        bottom, right = (top + height, left + width) if one_cell else (area.bottom, area.right)
        wanted, name = Open(top, left, bottom, right), name or area.a1(tab.title)
        if self.book.switches.values_extend_grid:
            self._grow(tab, top + height, left + width)
        if top >= tab.row_count or left >= tab.column_count:
            raise grid_limits(tab, area)
        rect = tab.clamp(wanted)
        if one_cell:
            rect = Rect(top, left, max(top + 1, rect.bottom), max(left + 1, rect.right))
        if height > rect.height or width > rect.width:
            raise _outside(name, rect, height)
        return rect

    def _grow(self, tab: Tab, bottom: int, right: int) -> None:
        if bottom > tab.row_count:
            tab.extend("ROWS", bottom - tab.row_count)
        if right > tab.column_count:
            tab.extend("COLUMNS", right - tab.column_count)


def _outside(name: str, rect: Rect, height: int) -> Exception:
    low = height > rect.height
    over = f"row [{rect.bottom + 1}]" if low else f"column [{column_letters(rect.right)}]"
    return bad_request(f"Requested writing within range [{name}], but tried writing to {over}")


def _turn(columns: list[list[Any]]) -> list[list[Any]]:
    height = max((len(c) for c in columns), default=0)
    return [[c[r] if r < len(c) else None for c in columns] for r in range(height)]


class Guard:
    """Refuses writes of the API to cells that are protected against it."""

    def __init__(self, book: Book, tab: Tab):
        self.closed: list[Rect] = []
        self.open: list[Rect] = []
        if book.actor != "robot":
            return
        for protected in tab.protected.values():
            if protected.get("warningOnly") or protected.get("_robot", True):
                continue
            if "range" in protected:
                self.closed.append(tab.clamp(book.area(protected["range"])[1]))
            for hole in protected.get("unprotectedRanges") or []:
                self.open.append(tab.clamp(book.area(hole)[1]))

    def check(self, row: int, column: int) -> None:
        """400 when the cell is closed."""
        if self.closed:
            self.check_rect(Rect(row, column, row + 1, column + 1))

    def check_rect(self, rect: Rect) -> None:
        """400 when a cell of the rectangle is closed."""
        for closed in self.closed:
            if closed.meets(rect) and not any(hole.holds(rect) for hole in self.open):
                raise bad_request(PROTECTED)


def check_validation(tab: Tab, row: int, column: int, value: Value) -> None:
    """400 when a strict rule of the cell forbids the value (a switch: see Switches)."""
    rule = (tab.attr(row, column) or {}).get("dataValidation") or {}
    if not rule.get("strict"):
        return
    condition = rule.get("condition") or {}
    allowed = [v.get("userEnteredValue") for v in condition.get("values") or []]
    kind = condition.get("type")
    bad = (kind == "ONE_OF_LIST" and value not in allowed) or (
        kind == "BOOLEAN" and not isinstance(value, bool) and value not in allowed
    )
    if bad:
        cell = f"{column_letters(column)}{row + 1}"
        raise bad_request(f"The data you entered in cell {cell} violates the data validation rules set on this cell.")
