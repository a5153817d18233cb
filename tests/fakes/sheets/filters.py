"""Developer metadata and the data filters that look it up."""

from __future__ import annotations

from typing import Any

from .a1 import Open
from .book import Book
from .clean import clean
from .errors import ApiError, bad_request
from .grid import Tab
from .ranges import KEYS, shown

Json = dict[str, Any]
Place = tuple[Tab, Open]


def stored_location(book: Book, location: Json) -> Json:
    """A location as kept inside, checked; 400 when it names no or more than one place."""
    given = [k for k in ("spreadsheet", "sheetId", "dimensionRange") if location.get(k) is not None]
    if len(given) != 1:
        raise bad_request("Exactly one location must be specified.")
    if "spreadsheet" in given:
        return {"locationType": "SPREADSHEET", "spreadsheet": True}
    if "sheetId" in given:
        return {"locationType": "SHEET", "sheetId": book.sheet(location["sheetId"]).sheet_id}
    span = location["dimensionRange"]
    tab = book.sheet(span.get("sheetId"))
    dimension = span.get("dimension")
    if dimension not in KEYS:
        raise bad_request("Developer metadata must have a dimension.")
    start, end = int(span.get("startIndex") or 0), span.get("endIndex")
    size = tab.row_count if dimension == "ROWS" else tab.column_count
    if end is None or int(end) - start != 1:
        raise bad_request("Developer metadata can only be associated with a single row or column.")
    if start >= size:
        raise bad_request(f"Dimension index {start} is outside of the grid of size {size}.")
    place = {"sheetId": tab.sheet_id, "dimension": dimension, "startIndex": start, "endIndex": int(end)}
    kind = "ROW" if dimension == "ROWS" else "COLUMN"
    return {"locationType": kind, "dimensionRange": place}


def printed(entry: Json) -> Json:
    """An entry as it appears in answers."""
    found: Json = shown(entry)
    return found


def echoed(data_filter: Json) -> Json:
    """A filter as an answer repeats it."""
    found: Json = shown(clean("DataFilter", data_filter))
    return found


def matches(book: Book, lookup: Json) -> list[Json]:
    """The entries a DeveloperMetadataLookup finds, oldest first."""
    wanted_place = lookup.get("metadataLocation")
    place = _lookup_place(book, wanted_place) if wanted_place else None
    strategy = lookup.get("locationMatchingStrategy")
    if strategy and not wanted_place:
        raise bad_request("locationMatchingStrategy requires a metadataLocation.")
    exact = strategy == "EXACT_LOCATION"
    everything, number = book.state.metadata, lookup.get("metadataId")
    if number is not None:
        everything = {k: everything[k] for k in [int(number)] if k in everything}
    if exact and lookup.get("locationType"):
        raise bad_request("locationType cannot be specified when matching exact locations.")
    return [
        entry
        for entry in everything.values()
        if _fits(entry, lookup) and (place is None or _near(entry["location"], place, exact))
    ]


def _fits(entry: Json, lookup: Json) -> bool:
    for name in ("metadataKey", "metadataValue", "visibility"):
        if lookup.get(name) is not None and entry.get(name) != lookup[name]:
            return False
    kind = lookup.get("locationType")
    return kind is None or entry["location"]["locationType"] == kind


def _lookup_place(book: Book, location: Json) -> Json:
    span = location.get("dimensionRange")
    if span is None:
        return stored_location(book, {k: v for k, v in location.items() if k != "locationType"})
    tab = book.sheet(span.get("sheetId"))
    place = {"sheetId": tab.sheet_id, "dimension": span.get("dimension", "ROWS")}
    place["startIndex"] = int(span.get("startIndex") or 0)
    size = tab.row_count if place["dimension"] == "ROWS" else tab.column_count
    place["endIndex"] = size if span.get("endIndex") is None else int(span["endIndex"])
    return {"locationType": "ROW" if place["dimension"] == "ROWS" else "COLUMN", "dimensionRange": place}


def _near(own: Json, place: Json, exact: bool) -> bool:
    if exact or own["locationType"] == "SPREADSHEET" or place["locationType"] == "SPREADSHEET":
        return own == place
    if _sheet_of(own) != _sheet_of(place):
        return False
    one, other = own.get("dimensionRange"), place.get("dimensionRange")
    if not one or not other or one["dimension"] != other["dimension"]:
        return True
    meets: bool = one["startIndex"] < other["endIndex"] and other["startIndex"] < one["endIndex"]
    return meets


def _sheet_of(location: Json) -> int:
    span = location.get("dimensionRange")
    found: int = span["sheetId"] if span else location["sheetId"]
    return found


def place_of(book: Book, entry: Json) -> list[Place]:
    """The cells an entry stands on."""
    location = entry["location"]
    if location["locationType"] == "SPREADSHEET":
        return [(tab, Open()) for tab in book.tabs]
    if location["locationType"] == "SHEET":
        return [(book.sheet(location["sheetId"]), Open())]
    span = location["dimensionRange"]
    tab, start, end = book.sheet(span["sheetId"]), span["startIndex"], span["endIndex"]
    if span["dimension"] == "ROWS":
        return [(tab, Open(top=start, bottom=end))]
    return [(tab, Open(left=start, right=end))]


def places(book: Book, data_filter: Json) -> list[Place]:
    """The cells a DataFilter selects, one place per match."""
    kinds = [k for k, v in data_filter.items() if v is not None]
    if len(kinds) != 1:
        raise bad_request("Must specify exactly one filter in a DataFilter.")
    if kinds == ["a1Range"]:
        return [book.locate(data_filter["a1Range"])]
    if kinds == ["gridRange"]:
        return [book.area(data_filter["gridRange"])]
    found: list[Place] = []
    for entry in matches(book, data_filter["developerMetadataLookup"]):
        found += place_of(book, entry)
    return found


def entries(book: Book, data_filter: Json) -> list[Json]:
    """The metadata a DataFilter selects; a range selects what lies on it."""
    lookup = data_filter.get("developerMetadataLookup")
    if lookup is not None:
        return matches(book, lookup)
    found: list[Json] = []
    for tab, area in places(book, data_filter):
        rect = tab.clamp(area)
        for entry in book.state.metadata.values():
            if entry["location"]["locationType"] == "SPREADSHEET":
                continue
            on_it = any(t is tab and t.clamp(a).meets(rect) for t, a in place_of(book, entry))
            if on_it and entry not in found:
                found.append(entry)
    return found


def create(book: Book, body: Json) -> Json:
    """createDeveloperMetadata."""
    given = body.get("developerMetadata") or {}
    if not given.get("metadataKey"):
        raise bad_request("Developer metadata must have a metadataKey.")
    if given.get("visibility") not in {"DOCUMENT", "PROJECT"}:
        raise bad_request("Developer metadata must specify a visibility.")
    location = stored_location(book, given.get("location") or {})
    taken = book.state.metadata
    number = given.get("metadataId")
    if number is not None and int(number) in taken:
        raise bad_request(
            f"Cannot add developer metadata with ID [{number}] because developer metadata with that ID already exists."
        )
    entry: Json = {"metadataId": int(number) if number is not None else book.new_id(taken)}
    entry["metadataKey"] = given["metadataKey"]
    if given.get("metadataValue"):
        entry["metadataValue"] = given["metadataValue"]
    entry |= {"location": location, "visibility": given["visibility"]}
    book.state.metadata[entry["metadataId"]] = entry
    return {"createDeveloperMetadata": {"developerMetadata": printed(entry)}}


def update(book: Book, body: Json, leaves: list[list[str]]) -> Json:
    """updateDeveloperMetadata: every entry the filters find."""
    given = body.get("developerMetadata") or {}
    chosen = {e["metadataId"]: e for f in body.get("dataFilters") or [] for e in entries(book, f)}
    if not chosen and book.switches.metadata_update_needs_match:
        raise bad_request("No developer metadata matched the filters.")
    names = {path[0] for path in leaves}
    if names == {"*"}:
        names = {n for n in given if n != "metadataId"}
    changed = []
    for number, entry in chosen.items():
        new = dict(entry)
        for name in names:
            if name == "location":
                new[name] = stored_location(book, given.get("location") or {})
            elif given.get(name):
                new[name] = given[name]
            else:
                new.pop(name, None)
        book.state.metadata[number] = new
        changed.append(printed(new))
    return {"updateDeveloperMetadata": {"developerMetadata": changed} if changed else {}}


def delete(book: Book, body: Json) -> Json:
    """deleteDeveloperMetadata."""
    gone = entries(book, body.get("dataFilter") or {})
    for entry in gone:
        del book.state.metadata[entry["metadataId"]]
    listed = [printed(entry) for entry in gone]
    return {"deleteDeveloperMetadata": {"deletedDeveloperMetadata": listed} if listed else {}}


def get(book: Book, number: int) -> Json:
    """developerMetadata.get."""
    if number not in book.state.metadata:
        raise ApiError(404, f"No developer metadata found with the given ID: {number}")
    return printed(book.state.metadata[number])


def search(book: Book, body: Json) -> Json:
    """developerMetadata.search."""
    found: dict[int, Json] = {}
    for data_filter in body.get("dataFilters") or []:
        for entry in entries(book, data_filter):
            number = entry["metadataId"]
            match = found.setdefault(number, {"developerMetadata": printed(entry), "dataFilters": []})
            match["dataFilters"].append(echoed(data_filter))
    return {"matchedDeveloperMetadata": list(found.values())} if found else {}
