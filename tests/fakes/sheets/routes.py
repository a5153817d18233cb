"""Which path means which method, and what each method does."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from . import batch, discovery, errors, filters, ops_tabs, render, values
from .a1 import Rect
from .book import Book
from .errors import bad_request
from .grid import Tab
from .masks import Mask
from .reading import readable
from .values import flag

if TYPE_CHECKING:
    from .emulator import Emulator

Json = dict[str, Any]
Query = dict[str, list[str]]
_READS = {"getByDataFilter", "values.batchGetByDataFilter", "developerMetadata.search"}
_SHAPES = {"spreadsheetId": r"[^/:]+", "range": r".+?", "metadataId": r"-?\d+", "sheetId": r"-?\d+"}


@dataclass(frozen=True)
class Route:
    """A method of the discovery document and the variable parts of the path."""

    name: str
    method: Json
    parts: dict[str, str]


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], str, Json]]:
    found = []
    for name, method in discovery.methods().items():
        pattern = re.escape(method["path"])
        for part, shape in _SHAPES.items():
            pattern = pattern.replace(re.escape("{" + part + "}"), f"(?P<{part}>{shape})")
        found.append((method["httpMethod"], re.compile(f"/{pattern}"), name, method))
    return found


def find(method: str, path: str) -> Route | None:
    """The method a path belongs to."""
    for verb, pattern, name, described in _patterns():
        match = pattern.fullmatch(path) if verb == method else None
        if match:
            return Route(name, described, match.groupdict())
    return None


def kind_of(method: str, path: str) -> str:
    """read, write, token or drive: what the quota counts a request as."""
    if path == "/token":
        return "token"
    if path.startswith(("/drive/", "/upload/")):
        return "drive"
    route = find(method, path)
    return "read" if method == "GET" or (route and route.name in _READS) else "write"


def run(emulator: Emulator, book: Book, route: Route, query: Query, body: Json, mask: Mask) -> Json:
    """Carry out a method on a book; the caller holds lock and transaction."""
    text = unquote(route.parts.get("range", ""))
    work: dict[str, Callable[[], Json]] = {
        "get": lambda: _get(book, query, mask),
        "getByDataFilter": lambda: _get_by_filter(book, body, mask),
        "batchUpdate": lambda: batch.run(book, body),
        "values.get": lambda: values.get(book, text, query),
        "values.update": lambda: values.update(book, text, query, body),
        "values.append": lambda: values.append(book, text, query, body),
        "values.clear": lambda: values.clear(book, text),
        "values.batchGet": lambda: values.batch_get(book, query),
        "values.batchUpdate": lambda: values.batch_update(book, body),
        "values.batchClear": lambda: values.batch_clear(book, body),
        "values.batchGetByDataFilter": lambda: values.batch_get_by_filter(book, body),
        "values.batchUpdateByDataFilter": lambda: values.batch_update_by_filter(book, body),
        "values.batchClearByDataFilter": lambda: values.batch_clear_by_filter(book, body),
        "developerMetadata.get": lambda: filters.get(book, int(route.parts["metadataId"])),
        "developerMetadata.search": lambda: filters.search(book, body),
        "sheets.copyTo": lambda: _copy_to(emulator, book, int(route.parts["sheetId"]), body),
    }
    return work[route.name]()


def resource(book: Book, mask: Mask, areas: list[tuple[Tab, Rect]] | None, *, data: bool) -> Json:
    """The spreadsheet resource; a mask decides whether cells are included."""
    if mask:
        sheets = mask.get("sheets", {"properties": {}} if "*" not in mask else {})
        data = not sheets or "data" in sheets or "*" in sheets
    return render.spreadsheet(book, areas, data)


def _get(book: Book, query: Query, mask: Mask) -> Json:
    areas = None
    if query.get("ranges"):
        found = [book.locate(text) for text in query["ranges"]]
        areas = [(tab, readable(tab, area)) for tab, area in found]
    return resource(book, mask, areas, data=flag(query, "includeGridData"))


def _get_by_filter(book: Book, body: Json, mask: Mask) -> Json:
    chosen = body.get("dataFilters") or []
    areas = [(t, readable(t, a)) for f in chosen for t, a in filters.places(book, f)]
    data = bool(body.get("includeGridData"))
    return resource(book, mask, areas if chosen else None, data=data)


def _copy_to(emulator: Emulator, book: Book, sheet_id: int, body: Json) -> Json:
    """sheets.copyTo, within one spreadsheet or into another one the robot may edit."""
    target_id = body.get("destinationSpreadsheetId")
    if not target_id:
        raise bad_request("destinationSpreadsheetId is required.")
    source = book.sheet(sheet_id)
    if target_id == book.id:
        title = ops_tabs.copy_title(book, source.title)
        tab = ops_tabs.copy_tab(book, source, None, title, len(book.tabs))
        return render.sheet_properties(book, tab)
    target = emulator.spreadsheets.get(target_id)
    if target is None:
        raise errors.not_found()
    if target.role != "writer":
        raise errors.not_shared()
    with target.transaction(0):
        title = ops_tabs.copy_title(target, source.title)
        tab = ops_tabs.copy_tab(target, source, None, title, len(target.tabs))
        return render.sheet_properties(target, tab)
