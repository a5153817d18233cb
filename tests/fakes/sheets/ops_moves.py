"""batchUpdate: sorting, cutting, copying, finding."""

from __future__ import annotations

import re
from typing import Any

from .a1 import Rect
from .book import Book
from .cells import Attr, Formula, Plain, Value
from .errors import bad_request
from .grid import Tab
from .typed import parse
from .writing import Guard

Json = dict[str, Any]
Cell = tuple[Value, Attr | None]


def sort_range(book: Book, body: Json) -> Json:
    """sortRange."""
    given = body.get("range") or {}
    tab = book.sheet(given.get("sheetId"))
    if given.get("startRowIndex", 0) >= tab.row_count:
        raise bad_request(f"range.startRowIndex is larger than current grid size ({tab.row_count})")
    tab, rect = book.rect(given)
    specs = [(s.get("dimensionIndex", 0), s.get("sortOrder") == "DESCENDING")
             for s in body.get("sortSpecs") or []]  # fmt: skip
    if not specs:
        raise bad_request("No sort specs were specified.")
    if any(not rect.left <= column < rect.right for column, _ in specs):
        raise bad_request("Sort column must be inside the sorted range.")
    Guard(book, tab).check_rect(rect)
    sort(book, tab, rect, specs)
    return {}


def sort(book: Book, tab: Tab, rect: Rect, specs: list[tuple[int, bool]]) -> None:
    """Sort the cells of a rectangle; blanks go last, hidden rows and validation stay in place."""
    for merge in tab.merges:
        area = tab.clamp(book.area(merge)[1])
        if area.height > 1 and area.meets(rect):
            raise bad_request(
                "You can't sort a range containing vertical merges. There is a vertical merge at "
                + area.a1(tab.title).rpartition("!")[2]
            )
    last = min(rect.bottom, _last_filled(tab, rect) + 1)
    places = [r for r in range(rect.top, last) if not _hidden(tab, r)]
    order = list(places)
    for column, down in reversed(specs):
        filled = [r for r in order if book.value(tab, r, column) is not None]
        empty = [r for r in order if book.value(tab, r, column) is None]
        keys = {r: _key(book.value(tab, r, column)) for r in filled}
        order = sorted(filled, key=keys.__getitem__, reverse=down) + empty
    width = range(rect.left, rect.right)
    lines = {r: [tab.get(r, c) for c in width] for r in order}
    attrs = {r: [tab.attr(r, c) for c in width] if any(tab.rows[r].attrs) else None for r in order}
    for row, old in zip(places, order, strict=True):
        if old == row:
            continue
        tab.put_line(row, rect.left, lines[old])
        if attrs[old] or attrs[row]:
            for column, attr in zip(width, attrs[old] or [None] * rect.width, strict=True):
                _put_look(tab, row, column, attr)
    if book.switches.metadata_follows_sort and rect.width == tab.column_count:
        _carry_metadata(book, tab, dict(zip(order, places, strict=True)))


def _hidden(tab: Tab, row: int) -> bool:
    props = tab.rows[row].props
    return bool(props.get("hiddenByUser") or props.get("hiddenByFilter"))


def _last_filled(tab: Tab, rect: Rect) -> int:
    for row in range(min(rect.bottom, tab.row_count) - 1, rect.top - 1, -1):
        if tab.line(row, rect.left, rect.right) or any(tab.rows[row].attrs[rect.left : rect.right]):
            return row
    return rect.top - 1


def _key(value: Plain) -> tuple[int, float, str]:
    """Numbers before texts before truth values before errors."""
    if isinstance(value, bool):
        return 2, int(value), ""
    if isinstance(value, int | float):
        return 0, value, ""
    return (1, 0, value.casefold()) if isinstance(value, str) else (3, 0, "")


def _carry_metadata(book: Book, tab: Tab, moved: dict[int, int]) -> None:
    for number, entry in list(book.state.metadata.items()):
        span = entry["location"].get("dimensionRange")
        if not span or span["sheetId"] != tab.sheet_id or span["dimension"] != "ROWS":
            continue
        new = moved.get(span["startIndex"], span["startIndex"])
        place = span | {"startIndex": new, "endIndex": new + 1}
        location = entry["location"] | {"dimensionRange": place}
        book.state.metadata[number] = entry | {"location": location}


def _put_look(tab: Tab, row: int, column: int, attr: Attr | None) -> None:
    """Give a cell the look of another; the validation rule of the place stays."""
    rule = (tab.attr(row, column) or {}).get("dataValidation")
    new = {k: v for k, v in (attr or {}).items() if k != "dataValidation"}
    tab.put_attr(row, column, new if rule is None else new | {"dataValidation": rule})


def cut_paste(book: Book, body: Json) -> Json:
    """cutPaste."""
    tab, rect = book.rect(body.get("source") or {})
    place = body.get("destination") or {}
    target = book.sheet(place.get("sheetId"))
    top, left = place.get("rowIndex", 0), place.get("columnIndex", 0)
    landing = Rect(top, left, top + rect.height, left + rect.width)
    _check_landing(target, landing)
    Guard(book, tab).check_rect(rect)
    Guard(book, target).check_rect(landing)
    cut(book, tab, rect, target, top, left, body.get("pasteType", "PASTE_NORMAL"))
    return {}


def _check_landing(tab: Tab, rect: Rect) -> None:
    if rect.bottom > tab.row_count or rect.right > tab.column_count:
        raise bad_request("The destination range is outside of the grid.")


def cut(book: Book, tab: Tab, rect: Rect, target: Tab, top: int, left: int, kind: str) -> None:
    """Move cells; merges inside the source move along, metadata does not."""
    block = _copy_block(tab, rect)
    for row, column in rect.cells():
        tab.put(row, column, None)
        tab.put_attr(row, column, None)
    _paste_block(book, target, block, Rect(top, left, top + rect.height, left + rect.width), kind)


def _copy_block(tab: Tab, rect: Rect) -> list[list[Cell]]:
    return [[(tab.get(r, c), tab.attr(r, c)) for c in range(rect.left, rect.right)]
            for r in range(rect.top, rect.bottom)]  # fmt: skip


def copy_paste(book: Book, body: Json) -> Json:
    """copyPaste: the source is repeated when the destination is a multiple of it."""
    tab, rect = book.rect(body.get("source") or {})
    target, wanted = book.area(body.get("destination") or {})
    block = _copy_block(tab, rect)
    if body.get("pasteOrientation") == "TRANSPOSE":
        block = [list(line) for line in zip(*block, strict=True)]
    height, width = len(block), len(block[0]) if block else 0
    top, left = wanted.top or 0, wanted.left or 0
    bottom = target.row_count if wanted.bottom is None else wanted.bottom
    right = target.column_count if wanted.right is None else wanted.right
    tall = max(height, (bottom - top) // height * height) if height else 0
    wide = max(width, (right - left) // width * width) if width else 0
    landing = Rect(top, left, top + tall, left + wide)
    _check_landing(target, landing)
    Guard(book, target).check_rect(landing)
    _paste_block(book, target, block, landing, body.get("pasteType", "PASTE_NORMAL"))
    return {}


def copy(book: Book, tab: Tab, rect: Rect, target: Tab, top: int, left: int) -> None:
    """Copy cells with format, note and validation."""
    landing = Rect(top, left, top + rect.height, left + rect.width)
    _paste_block(book, target, _copy_block(tab, rect), landing, "PASTE_NORMAL")


def _paste_block(book: Book, tab: Tab, block: list[list[Cell]], landing: Rect, kind: str) -> None:
    for row in range(landing.top, landing.bottom):
        line = block[(row - landing.top) % len(block)]
        for column in range(landing.left, landing.right):
            _paste(tab, row, column, line[(column - landing.left) % len(line)], kind)


def _paste(tab: Tab, row: int, column: int, cell: Cell, kind: str) -> None:
    value, attr = cell
    if kind in {"PASTE_NORMAL", "PASTE_NO_BORDERS"}:
        tab.put(row, column, value)
        tab.put_attr(row, column, attr)
    elif kind in {"PASTE_VALUES", "PASTE_FORMULA"}:
        tab.put(row, column, value)
    elif kind in {"PASTE_FORMAT", "PASTE_DATA_VALIDATION"}:
        name = "userEnteredFormat" if kind == "PASTE_FORMAT" else "dataValidation"
        new = dict(tab.attr(row, column) or {})
        new.pop(name, None)
        if attr and name in attr:
            new[name] = attr[name]
        tab.put_attr(row, column, new)


class _Finder:
    """One findReplace request."""

    def __init__(self, body: Json):
        find = body.get("find") or ""
        if not find:
            raise bad_request("The find value cannot be empty.")
        pattern = find if body.get("searchByRegex") else re.escape(find)
        if body.get("matchEntireCell"):
            pattern = rf"\A(?:{pattern})\Z"
        try:
            self.pattern = re.compile(pattern, 0 if body.get("matchCase") else re.IGNORECASE)
        except re.error:
            raise bad_request(f"Invalid regular expression: {find}") from None
        replacement = body.get("replacement") or ""
        self.replacement = re.sub(r"\$(\d)", r"\\\1", replacement) if body.get("searchByRegex") else None
        self.plain = replacement
        self.formulas = bool(body.get("includeFormulas"))
        self.count = dict.fromkeys(("values", "formulas", "occurrences"), 0)
        self.rows: set[tuple[int, int]] = set()

    def cell(self, book: Book, tab: Tab, row: int, column: int) -> None:
        value = tab.get(row, column)
        if value is None or (isinstance(value, Formula) and not self.formulas):
            return
        text = value.text if isinstance(value, Formula) else book.text(tab, row, column)
        new, times = self.pattern.subn(self.replacement or (lambda _: self.plain), text)
        if not times:
            return
        self.count["formulas" if isinstance(value, Formula) else "values"] += 1
        self.count["occurrences"] += times
        self.rows.add((tab.sheet_id, row))
        Guard(book, tab).check(row, column)
        tab.put(row, column, _replaced(book, value, new))


def _replaced(book: Book, old: Value, text: str) -> Value:
    if isinstance(old, Formula):
        return Formula(text) if text.startswith("=") else text or None
    if isinstance(old, str):
        return text or None
    return parse(text, book.locale, book.today()).value


def find_replace(book: Book, body: Json) -> Json:
    """findReplace: reports what changed; zero counts are left out."""
    finder = _Finder(body)
    for tab, rect in _search_area(book, body):
        for row in range(rect.top, min(rect.bottom, tab.row_count)):
            width = min(rect.right, len(tab.rows[row].cells))
            for column in range(rect.left, width):
                finder.cell(book, tab, row, column)
    counts = {
        "valuesChanged": finder.count["values"],
        "formulasChanged": finder.count["formulas"],
        "rowsChanged": len(finder.rows),
        "sheetsChanged": len({sheet for sheet, _ in finder.rows}),
        "occurrencesChanged": finder.count["occurrences"],
    }
    return {"findReplace": {k: v for k, v in counts.items() if v}}


def _search_area(book: Book, body: Json) -> list[tuple[Tab, Rect]]:
    given = [k for k in ("range", "sheetId", "allSheets") if body.get(k) is not None and body[k] is not False]
    if len(given) != 1:
        raise bad_request("Exactly one of range, sheetId or allSheets must be specified.")
    if given == ["range"]:
        return [book.rect(body["range"])]
    tabs = book.tabs if given == ["allSheets"] else [book.sheet(body["sheetId"])]
    return [(tab, tab.whole) for tab in tabs]
