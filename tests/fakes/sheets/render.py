"""The spreadsheet resource: what `spreadsheets.get` answers."""

from __future__ import annotations

from typing import Any

from .a1 import Rect
from .book import Book
from .cells import Attr, CellError, Formula, Plain, Value
from .display import shown as text_of
from .grid import Row, Tab
from .ranges import shown

Json = dict[str, Any]

_WHITE = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT: Json = {
    "backgroundColor": _WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": _WHITE},
}


def _rgb(red: float, green: float, blue: float) -> Json:
    parts = {"red": red, "green": green, "blue": blue}
    return {"rgbColor": {k: v for k, v in parts.items() if v}}


_THEME = {
    "TEXT": (0, 0, 0),
    "BACKGROUND": (1, 1, 1),
    "ACCENT1": (0.25882354, 0.52156866, 0.95686275),
    "ACCENT2": (0.91764706, 0.2627451, 0.20784314),
    "ACCENT3": (0.9843137, 0.7372549, 0.015686275),
    "ACCENT4": (0.20392157, 0.65882355, 0.3254902),
    "ACCENT5": (1, 0.42745098, 0.003921569),
    "ACCENT6": (0.27450982, 0.7411765, 0.7764706),
    "LINK": (0.06666667, 0.33333334, 0.8),
}
THEME: Json = {
    "primaryFontFamily": "Arial",
    "themeColors": [{"colorType": k, "color": _rgb(*v)} for k, v in _THEME.items()],
}


def spreadsheet(book: Book, areas: list[tuple[Tab, Rect]] | None, data: bool) -> Json:
    """The resource; `areas` limits tabs and cells, `data` adds the cells."""
    state = book.state
    answer: Json = {"spreadsheetId": book.id}
    answer["properties"] = state.props | {"defaultFormat": DEFAULT_FORMAT, "spreadsheetTheme": THEME}
    chosen = [(t, [t.whole]) for t in state.tabs] if areas is None else _grouped(state.tabs, areas)
    answer["sheets"] = [sheet(book, tab, rects, data, limited=areas is not None) for tab, rects in chosen]
    if state.named:
        answer["namedRanges"] = [shown(n) for n in state.named.values()]
    answer["spreadsheetUrl"] = f"https://docs.google.com/spreadsheets/d/{book.id}/edit"
    found = _metadata(book, "SPREADSHEET", None)
    if found:
        answer["developerMetadata"] = found
    return answer


def _grouped(tabs: list[Tab], areas: list[tuple[Tab, Rect]]) -> list[tuple[Tab, list[Rect]]]:
    pairs = [(tab, [rect for other, rect in areas if other is tab]) for tab in tabs]
    return [(tab, rects) for tab, rects in pairs if rects]


def sheet_properties(book: Book, tab: Tab) -> Json:
    """A tab's SheetProperties."""
    answer: Json = {"sheetId": tab.sheet_id, "title": tab.title}
    answer["index"] = book.tabs.index(tab)
    answer["sheetType"] = "GRID"
    grid = {"rowCount": tab.row_count, "columnCount": tab.column_count}
    answer["gridProperties"] = grid | tab.grid
    return answer | tab.props


def sheet(book: Book, tab: Tab, rects: list[Rect], data: bool, *, limited: bool) -> Json:
    """One tab with its objects; of the merges only those that touch the ranges asked for."""
    merges = tab.merges
    if limited:
        merges = [m for m in merges if any(tab.clamp(book.area(m)[1]).meets(r) for r in rects)]
    answer: Json = {"properties": sheet_properties(book, tab)}
    if data:
        answer["data"] = [grid_data(book, tab, rect) for rect in rects]
    parts: list[tuple[str, list[Any]]] = [
        ("merges", merges),
        ("conditionalFormats", tab.conditional),
        ("filterViews", list(tab.views.values())),
        ("protectedRanges", [protected(p) for p in tab.protected.values()]),
    ]
    for name, items in parts:
        if items:
            answer[name] = shown(items)
    if tab.basic_filter is not None:
        answer["basicFilter"] = shown(tab.basic_filter)
    more: list[tuple[str, list[Any]]] = [
        ("charts", list(tab.charts.values())),
        ("bandedRanges", list(tab.bandings.values())),
        ("rowGroups", tab.groups["ROWS"]),
        ("columnGroups", tab.groups["COLUMNS"]),
        ("developerMetadata", _metadata(book, "SHEET", tab.sheet_id)),
    ]
    for name, items in more:
        if items:
            answer[name] = shown(items)
    return answer


def protected(stored: Json) -> Json:
    """A protected range as the caller sees it."""
    answer = {k: v for k, v in stored.items() if not k.startswith("_")}
    if stored.get("_robot", True):
        answer["requestingUserCanEdit"] = True
        answer.setdefault("editors", {})
        answer["editors"] = answer.pop("editors")
    else:
        answer.pop("editors", None)
    found: Json = shown(answer)
    return found


def _metadata(book: Book, kind: str, sheet_id: int | None, index: int | None = None) -> list[Any]:
    found = []
    for entry in book.state.metadata.values():
        location = entry["location"]
        if location["locationType"] != kind:
            continue
        span = location.get("dimensionRange") or {}
        same_tab = sheet_id is None or sheet_id in (location.get("sheetId"), span.get("sheetId"))
        if same_tab and (index is None or span.get("startIndex") == index):
            found.append(shown(entry))
    return found


def grid_data(book: Book, tab: Tab, rect: Rect) -> Json:
    """GridData of a rectangle: rows up to the last one that holds anything."""
    answer: Json = {}
    if rect.top:
        answer["startRow"] = rect.top
    if rect.left:
        answer["startColumn"] = rect.left
    rows = [_row_data(book, tab, index, rect) for index in range(rect.top, rect.bottom)]
    while rows and not rows[-1]:
        rows.pop()
    if rows:
        answer["rowData"] = rows
    at = _by_index(book, tab)
    answer["rowMetadata"] = [
        _dimension(tab.rows[i].props, 21, at.get(("ROWS", i))) for i in range(rect.top, rect.bottom)
    ]
    answer["columnMetadata"] = [
        _dimension(tab.columns[i], 100, at.get(("COLUMNS", i))) for i in range(rect.left, rect.right)
    ]
    return answer


def _by_index(book: Book, tab: Tab) -> dict[tuple[str, int], list[Any]]:
    found: dict[tuple[str, int], list[Any]] = {}
    for entry in book.state.metadata.values():
        span = entry["location"].get("dimensionRange")
        if span and span["sheetId"] == tab.sheet_id:
            found.setdefault((span["dimension"], span["startIndex"]), []).append(shown(entry))
    return found


def _dimension(props: Json, size: int, metadata: list[Any] | None) -> Json:
    answer: Json = {}
    if props.get("hiddenByFilter"):
        answer["hiddenByFilter"] = True
    if props.get("hiddenByUser"):
        answer["hiddenByUser"] = True
    answer["pixelSize"] = props.get("pixelSize", size)
    if metadata:
        answer["developerMetadata"] = metadata
    return answer


def _row_data(book: Book, tab: Tab, index: int, rect: Rect) -> Json:
    row: Row = tab.rows[index]
    width = min(rect.right, max(len(row.cells), len(row.attrs)))
    cells = [
        cell_data(book, tab, index, column, tab.get(index, column), tab.attr(index, column))
        for column in range(rect.left, width)
    ]
    while cells and not cells[-1]:
        cells.pop()
    return {"values": cells} if cells else {}


def extended(value: Value | Plain) -> Json:
    """An ExtendedValue."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": value}
    if isinstance(value, Formula):
        return {"formulaValue": value.text}
    if isinstance(value, CellError):
        error = {"type": value.kind}
        return {"errorValue": error | ({"message": value.message} if value.message else {})}
    return {"stringValue": value}


def cell_data(book: Book, tab: Tab, row: int, column: int, value: Value, attr: Attr | None) -> Json:
    """CellData: entered and effective value and format, note, validation."""
    answer: Json = {}
    if value is not None:
        answer["userEnteredValue"] = extended(value)
        result = book.value(tab, row, column)
        if result is not None:
            answer["effectiveValue"] = extended(result)
            answer["formattedValue"] = text_of(result, attr, book.locale)
    if attr and attr.get("userEnteredFormat"):
        answer["userEnteredFormat"] = _ordered(attr["userEnteredFormat"])
    if value is not None or (attr and attr.get("userEnteredFormat")):
        answer["effectiveFormat"] = _effective(attr)
    for name, item in (attr or {}).items():
        if name != "userEnteredFormat":
            answer[name] = shown(item)
    return answer


def _ordered(shape: Json) -> Json:
    """With the newer twin of the background colour last, where Google prints it."""
    last = {k: v for k, v in shape.items() if k == "backgroundColorStyle"}
    return {k: v for k, v in shape.items() if k not in last} | last


def _effective(attr: Attr | None) -> Json:
    own = (attr or {}).get("userEnteredFormat") or {}
    merged = DEFAULT_FORMAT | own
    if "textFormat" in own:
        merged["textFormat"] = DEFAULT_FORMAT["textFormat"] | own["textFormat"]
    merged.setdefault("hyperlinkDisplayType", "PLAIN_TEXT")
    return merged
