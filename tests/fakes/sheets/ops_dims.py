"""batchUpdate: rows and columns."""

from __future__ import annotations

from typing import Any

from . import masks
from .a1 import Rect
from .book import Book
from .errors import bad_request
from .grid import Tab
from .ranges import KEYS, shown
from .writing import Guard

Json = dict[str, Any]
Span = tuple[Tab, str, int, int]


def span(book: Book, given: Json | None, *, inside: bool = True) -> Span:
    """Tab, dimension, start and end of a DimensionRange; 400 when it is not in the grid."""
    found = given or {}
    tab = book.sheet(found.get("sheetId"))
    dimension = found.get("dimension")
    if dimension not in KEYS:
        raise bad_request("No dimension specified.")
    size = tab.row_count if dimension == "ROWS" else tab.column_count
    start, end = found.get("startIndex", 0), found.get("endIndex")
    end = size if end is None else end
    if start < 0 or end < 0:
        raise bad_request("DimensionRange indexes must be >= 0")
    if end <= start:
        raise bad_request(f"endIndex[{end}] must be greater than startIndex[{start}].")
    if inside and end > size:
        raise bad_request(f"range.endIndex[{end}] must be at most the grid size ({size}).")
    return tab, dimension, start, end


def insert_dimension(book: Book, body: Json) -> Json:
    """insertDimension."""
    tab, dimension, start, end = span(book, body.get("range"), inside=False)
    inherit = bool(body.get("inheritFromBefore"))
    size = tab.row_count if dimension == "ROWS" else tab.column_count
    if inherit and start == 0:
        raise bad_request("inheritFromBefore cannot be true if inserting at the start.")
    if start > size:
        raise bad_request(f"range.startIndex is larger than current grid size ({size})")
    if not inherit and start >= size:
        raise bad_request(f"range.startIndex must be less than the grid size ({size}) if inheritFromBefore is false.")
    book.insert(tab, dimension, start, end - start, inherit=inherit)
    return {}


def delete_dimension(book: Book, body: Json) -> Json:
    """deleteDimension."""
    given = body.get("range") or {}
    tab = book.sheet(given.get("sheetId"))
    kind = "row" if given.get("dimension") == "ROWS" else "column"
    size = tab.row_count if kind == "row" else tab.column_count
    last = given.get("endIndex", size)
    if last > size:
        raise bad_request(
            f"Cannot delete a {kind} that doesn't exist. Tried to delete {kind} index {last - 1} "
            f"but there are only {size} {kind}s."
        )
    tab, dimension, start, end = span(book, given)
    if end - start == size:
        raise bad_request(f"You can't delete all the {kind}s on the sheet.")
    frozen = tab.grid.get("frozenRowCount" if kind == "row" else "frozenColumnCount", 0)
    if frozen and start <= frozen and end == size:
        raise bad_request(f"Sorry, it is not possible to delete all non-frozen {kind}s.")
    whole = tab.whole
    area = Rect(start, 0, end, whole.right) if kind == "row" else Rect(0, start, whole.bottom, end)
    Guard(book, tab).check_rect(area)
    book.delete(tab, dimension, start, end)
    return {}


def move_dimension(book: Book, body: Json) -> Json:
    """moveDimension."""
    tab, dimension, start, end = span(book, body.get("source"))
    target = body.get("destinationIndex", 0)
    size = tab.row_count if dimension == "ROWS" else tab.column_count
    if target < 0 or target > size:
        raise bad_request(f"destinationIndex[{target}] must be between 0 and the grid size ({size}).")
    for merge in tab.merges:
        first, last = (merge[key] for key in KEYS[dimension])
        if last - first > 1 and any(first < edge < last for edge in (start, end, target)):
            kind = "row" if dimension == "ROWS" else "column"
            raise bad_request(
                f"Sorry, it is not possible to move a {kind} to a position that crosses a merged cell. "
                "Please unmerge and try again."
            )
    if not start <= target <= end:
        book.move(tab, dimension, start, end, target)
    return {}


def append_dimension(book: Book, body: Json) -> Json:
    """appendDimension."""
    tab, dimension, count = book.sheet(body.get("sheetId")), body.get("dimension"), body.get("length", 0)
    if dimension not in KEYS:
        raise bad_request("No dimension specified.")
    if count < 1:
        raise bad_request("length must be positive.")
    book.check_size(tab, dimension, count)
    tab.extend(dimension, count)
    return {}


def update_dimension_properties(book: Book, body: Json) -> Json:
    """updateDimensionProperties."""
    tab, dimension, start, end = span(book, body.get("range"))
    props = body.get("properties") or {}
    leaves = masks.paths(body.get("fields"), "DimensionProperties", "properties")
    for index in range(start, end):
        change_dimension(tab, dimension, index, props, leaves)
    return {}


def change_dimension(tab: Tab, dimension: str, index: int, props: Json, leaves: list[list[str]]) -> None:
    """Set properties of one row or column."""
    if dimension == "ROWS":
        row = tab.own(index)
        row.props = masks.apply(row.props, props, leaves)
    else:
        tab.columns[index] = masks.apply(tab.columns[index], props, leaves)


def auto_resize(book: Book, body: Json) -> Json:
    """autoResizeDimensions: widths from the longest text, about as wide as Arial 10."""
    tab, dimension, start, end = span(book, body.get("dimensions"))
    for index in range(start, end):
        size = 21
        if dimension == "COLUMNS":
            texts = [book.text(tab, r, index) for r in range(tab.used().bottom)
                     if tab.get(r, index) is not None]  # fmt: skip
            size = max([round(len(t) * 6.7) + 6 for t in texts], default=100)
        change_dimension(tab, dimension, index, {"pixelSize": size}, [["pixelSize"]])
    return {}


# groups: a group of depth d covers every run of indexes that lies in at least d groups


def add_group(book: Book, body: Json) -> Json:
    """addDimensionGroup."""
    reply = {"addDimensionGroup": _regroup(book, body, 1)}
    tab, dimension, _, _ = span(book, body.get("range"))
    tab.grid["rowGroupControlAfter" if dimension == "ROWS" else "columnGroupControlAfter"] = True
    return reply


def delete_group(book: Book, body: Json) -> Json:
    """deleteDimensionGroup."""
    return {"deleteDimensionGroup": _regroup(book, body, -1)}


def _regroup(book: Book, body: Json, step: int) -> Json:
    tab, dimension, start, end = span(book, body.get("range"))
    groups = tab.groups[dimension]
    size = max([end, *(g["range"]["endIndex"] for g in groups)])
    depths = [0] * size
    for group in groups:
        for index in range(group["range"].get("startIndex", 0), group["range"]["endIndex"]):
            depths[index] += 1
    for index in range(start, end):
        depths[index] += step
        if depths[index] < 0:
            raise bad_request("Cannot delete a group that does not exist.")
    if max(depths) > 8:
        raise bad_request("Cannot nest more than 8 groups.")
    closed = {_group_key(g) for g in groups if g.get("collapsed")}
    tab.groups[dimension] = _groups_of(depths, tab.sheet_id, dimension, closed)
    listed = shown(tab.groups[dimension])
    return {"dimensionGroups": listed} if listed else {}


def _group_key(group: Json) -> tuple[int, int, int]:
    place = group["range"]
    return place.get("startIndex", 0), place["endIndex"], group["depth"]


def _groups_of(depths: list[int], sheet_id: int, dimension: str, closed: set[Any]) -> list[Json]:
    found: list[Json] = []
    for depth in range(1, max(depths) + 1):
        start = None
        for index, value in enumerate([*depths, 0]):
            if value >= depth and start is None:
                start = index
            elif value < depth and start is not None:
                place = {"sheetId": sheet_id, "dimension": dimension,
                         "startIndex": start, "endIndex": index}  # fmt: skip
                group: Json = {"range": place, "depth": depth}
                if _group_key(group) in closed:
                    group["collapsed"] = True
                found.append(group)
                start = None
    return found


def update_group(book: Book, body: Json) -> Json:
    """updateDimensionGroup: opens or closes a group, which shows or hides what is in it."""
    given = body.get("dimensionGroup") or {}
    tab, dimension, start, end = span(book, given.get("range"))
    leaves = masks.paths(body.get("fields"), "DimensionGroup", "dimensionGroup")
    wanted = (start, end, given.get("depth", 0))
    for index, group in enumerate(tab.groups[dimension]):
        if _group_key(group) == wanted:
            if ["collapsed"] in leaves or leaves == [["*"]]:
                tab.groups[dimension][index] = masks.apply(group, given, [["collapsed"]])
                hidden = {"hiddenByUser": True} if given.get("collapsed") else {}
                for place in range(start, end):
                    change_dimension(tab, dimension, place, hidden, [["hiddenByUser"]])
            return {}
    raise bad_request("No dimension group with the given range and depth.")
