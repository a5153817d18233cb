"""batchUpdate: tabs and the spreadsheet's own properties."""

from __future__ import annotations

from typing import Any

from . import formulas, masks, ranges
from .book import Book, cell_limit
from .cells import MAX_CELLS
from .errors import bad_request
from .grid import Tab
from .render import sheet_properties

Json = dict[str, Any]
_OWN = {"title", "index", "sheetId", "gridProperties", "sheetType"}


def add_sheet(book: Book, body: Json) -> Json:
    """addSheet."""
    props = body.get("properties") or {}
    taken = {t.sheet_id for t in book.tabs}
    number = props.get("sheetId")
    if number in taken:
        raise bad_request(f"A sheet with id {number} already exists.")
    grid = dict(props.get("gridProperties") or {})
    rows, columns = grid.pop("rowCount", 1000), grid.pop("columnCount", 26)
    _check_counts(rows, columns)
    tab = Tab(book.new_id(taken) if number is None else number, "", rows, columns)
    _rename(book, tab, props.get("title") or _free_title(book))
    total = sum(t.row_count * t.column_count for t in book.tabs) + rows * columns
    if total > MAX_CELLS:
        raise cell_limit()
    tab.grid = {k: v for k, v in grid.items() if v}
    tab.props = {k: v for k, v in props.items() if k not in _OWN}
    index = props.get("index")
    book.adopt(tab, len(book.tabs) if index is None else index)
    return {"addSheet": {"properties": sheet_properties(book, tab)}}


def _check_counts(rows: int, columns: int) -> None:
    if rows < 1 or columns < 1:
        raise bad_request("Grid must have at least one row and one column.")


def _free_title(book: Book) -> str:
    titles = {t.title for t in book.tabs}
    number = len(titles) + 1
    while f"Sheet{number}" in titles:
        number += 1
    return f"Sheet{number}"


def _rename(book: Book, tab: Tab, title: str) -> None:
    if any(t is not tab and t.title.casefold() == title.casefold() for t in book.tabs):
        raise bad_request(f'A sheet with the name "{title}" already exists. Please enter another name.')
    tab.title = title


def rename(book: Book, tab: Tab, title: str) -> None:
    """Rename a tab; formulas follow."""
    if not title:
        raise bad_request("Sheet title cannot be empty.")
    old = tab.title
    _rename(book, tab, title)
    book.rewrite(lambda text, home: formulas.renamed(text, old, title))


def delete_sheet(book: Book, body: Json) -> Json:
    """deleteSheet."""
    remove_tab(book, book.sheet(body.get("sheetId")))
    return {}


def remove_tab(book: Book, tab: Tab) -> None:
    """Delete a tab with its metadata; named ranges on it break."""
    if len(book.tabs) == 1:
        raise bad_request("You can't remove all the sheets in a document.")
    if all(t.props.get("hidden") for t in book.tabs if t is not tab):
        raise bad_request("You can't remove all the visible sheets in a document.")
    book.tabs.remove(tab)
    state = book.state
    state.metadata = {k: v for k, v in state.metadata.items() if not _lives_on(v["location"], tab.sheet_id)}
    state.named = {
        k: {n: v[n] for n in v if n != "range"} if v.get("range", {}).get("sheetId") == tab.sheet_id else v
        for k, v in state.named.items()
    }


def _lives_on(location: Json, sheet_id: int) -> bool:
    span = location.get("dimensionRange") or location
    return bool(span.get("sheetId") == sheet_id and "spreadsheet" not in location)


def duplicate_sheet(book: Book, body: Json) -> Json:
    """duplicateSheet."""
    source = book.sheet(body.get("sourceSheetId"))
    number, name = body.get("newSheetId"), body.get("newSheetName")
    if any(t.sheet_id == number for t in book.tabs):
        raise bad_request(f"A sheet with id {number} already exists.")
    index = body.get("insertSheetIndex", 0)
    tab = copy_tab(book, source, number, name or copy_title(book, source.title), index)
    return {"duplicateSheet": {"properties": sheet_properties(book, tab)}}


def copy_title(book: Book, title: str) -> str:
    """`Copy of X`, with a number when that is taken."""
    titles = {t.title for t in book.tabs}
    wanted, number = f"Copy of {title}", 2
    while wanted in titles:
        wanted, number = f"Copy of {title} {number}", number + 1
    return wanted


def copy_tab(book: Book, source: Tab, number: int | None, title: str, index: int) -> Tab:
    """A copy of a tab in the book; its developer metadata is copied under new ids."""
    taken = {t.sheet_id for t in book.tabs}
    tab = source.copy()
    old = source.sheet_id
    tab.sheet_id = book.new_id(taken) if number is None else number
    tab.props = {k: v for k, v in tab.props.items() if k != "hidden"}
    _retarget(book, tab, old)
    _rename(book, tab, title)
    book.adopt(tab, min(index, len(book.tabs)))
    for entry in list(book.state.metadata.values()):
        if _lives_on(entry["location"], old):
            twin = dict(entry, metadataId=book.new_id(book.state.metadata))
            twin["location"] = ranges.retargeted(entry["location"], old, tab.sheet_id)
            book.state.metadata[twin["metadataId"]] = twin
    return tab


def _retarget(book: Book, tab: Tab, old: int) -> None:
    def move(value: Any) -> Any:
        return ranges.retargeted(value, old, tab.sheet_id)

    tab.merges, tab.conditional = move(tab.merges), move(tab.conditional)
    tab.basic_filter = move(tab.basic_filter)
    tab.groups = {k: move(v) for k, v in tab.groups.items()}
    keys = {
        "protected": "protectedRangeId",
        "views": "filterViewId",
        "bandings": "bandedRangeId",
        "charts": "chartId",
    }
    for name, key in keys.items():
        fresh: dict[int, Json] = {}
        for item in getattr(tab, name).values():
            number = book.new_id(fresh)
            fresh[number] = move(item) | {key: number}
        setattr(tab, name, fresh)


def update_sheet_properties(book: Book, body: Json) -> Json:
    """updateSheetProperties."""
    props = body.get("properties") or {}
    tab = book.sheet(props.get("sheetId"))
    leaves = masks.paths(body.get("fields"), "SheetProperties", "properties")
    if leaves == [["*"]]:
        leaves = [[k] for k in ("title", "index", "hidden", "gridProperties", "tabColorStyle", "rightToLeft")
                  if k in props]  # fmt: skip
    for path in leaves:
        _update_property(book, tab, props, path)
    return {}


def _update_property(book: Book, tab: Tab, props: Json, path: list[str]) -> None:
    name = path[0]
    if name == "title":
        rename(book, tab, props.get("title") or "")
    elif name == "index":
        _reorder(book, tab, props.get("index", 0))
    elif name == "gridProperties":
        grid = props.get("gridProperties") or {}
        _update_grid(book, tab, grid, path[1:] or list(grid))
    elif name == "hidden":
        others = [t for t in book.tabs if t is not tab and not t.props.get("hidden")]
        if props.get("hidden") and not others:
            raise bad_request("You can't hide all the sheets in a document.")
        tab.props = masks.apply(tab.props, props, [path])
    elif name in {"tabColor", "tabColorStyle"}:
        tab.props = masks.apply(tab.props, props, [["tabColor"], ["tabColorStyle"]])
    elif name not in {"sheetId", "sheetType"}:
        tab.props = masks.apply(tab.props, props, [path])


def _reorder(book: Book, tab: Tab, index: int) -> None:
    """`index` counts before the move, as Google documents."""
    now = book.tabs.index(tab)
    if index in (now, now + 1):
        return
    book.tabs.remove(tab)
    book.tabs.insert(index if index < now else index - 1, tab)


def _update_grid(book: Book, tab: Tab, grid: Json, names: list[str]) -> None:
    for name in names:
        if name == "rowCount":
            resize(book, tab, "ROWS", grid.get(name, 0))
        elif name == "columnCount":
            resize(book, tab, "COLUMNS", grid.get(name, 0))
        else:
            tab.grid = masks.apply(tab.grid, {k: v for k, v in grid.items() if v}, [[name]])
    for name, count in (("frozenRowCount", tab.row_count), ("frozenColumnCount", tab.column_count)):
        if tab.grid.get(name, 0) >= count and name in names:
            kind = "rows" if "Row" in name else "columns"
            raise bad_request(f"You can't freeze all visible {kind} on the sheet.")


def resize(book: Book, tab: Tab, dimension: str, count: int) -> None:
    """Grow at the end, or delete from the end."""
    now = tab.row_count if dimension == "ROWS" else tab.column_count
    _check_counts(count, 1)
    if count > now:
        book.check_size(tab, dimension, count - now)
        tab.extend(dimension, count - now)
    elif count < now:
        book.delete(tab, dimension, count, now)


def update_spreadsheet_properties(book: Book, body: Json) -> Json:
    """updateSpreadsheetProperties."""
    props = body.get("properties") or {}
    leaves = masks.paths(body.get("fields"), "SpreadsheetProperties", "properties")
    if leaves == [["*"]]:
        leaves = [[k] for k in props]
    if ["title"] in leaves and not props.get("title"):
        raise bad_request("Spreadsheet title cannot be empty.")
    book.state.props = masks.apply(book.state.props, props, leaves)
    return {}
