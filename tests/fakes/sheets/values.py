"""The endpoints under `/values`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import filters
from .a1 import Open, Rect
from .book import Book
from .errors import ApiError, bad_request
from .grid import Tab
from .reading import Reader, last_table, readable
from .writing import Guard, Writer

Json = dict[str, Any]
Query = dict[str, list[str]]


def first(query: Query, name: str) -> str | None:
    """The last value of a query parameter, as Google takes it."""
    values = query.get(name)
    return values[-1] if values else None


def flag(query: Query, name: str) -> bool:
    """A boolean query parameter, written True or true."""
    return (first(query, name) or "").lower() == "true"


def _reader(book: Book, source: Query | Json) -> Reader:
    def value(name: str) -> str | None:
        found = source.get(name)
        return found[-1] if isinstance(found, list) else found

    return Reader(book, value("valueRenderOption"), value("dateTimeRenderOption"), value("majorDimension"))


def _echo(book: Book, source: Query | Json) -> Reader:
    """The reader for `includeValuesInResponse`."""

    def value(name: str) -> str | None:
        found = source.get(name)
        return found[-1] if isinstance(found, list) else found

    render, dates = value("responseValueRenderOption"), value("responseDateTimeRenderOption")
    return Reader(book, render, dates, "ROWS")


def get(book: Book, text: str, query: Query) -> Json:
    """values.get."""
    tab, area = book.locate(text)
    return _reader(book, query).value_range(tab, readable(tab, area))


def batch_get(book: Book, query: Query) -> Json:
    """values.batchGet."""
    reader = _reader(book, query)
    found = []
    for text in query.get("ranges", []):
        tab, area = book.locate(text)
        found.append(reader.value_range(tab, readable(tab, area)))
    return {"spreadsheetId": book.id, "valueRanges": found} if found else {"spreadsheetId": book.id}


def batch_get_by_filter(book: Book, body: Json) -> Json:
    """values.batchGetByDataFilter: one entry per matched range with the filters that found it."""
    reader = _reader(book, body)
    found: dict[tuple[int, Rect], Json] = {}
    for data_filter in body.get("dataFilters") or []:
        for tab, area in filters.places(book, data_filter):
            rect = readable(tab, area)
            key = (tab.sheet_id, rect)
            if key not in found:
                found[key] = {"valueRange": reader.value_range(tab, rect), "dataFilters": []}
            found[key]["dataFilters"].append(filters.echoed(data_filter))
    answer: Json = {"spreadsheetId": book.id}
    if found:
        answer["valueRanges"] = list(found.values())
    return answer


def _finish(book: Book, tab: Tab, answer: Json, echo: Reader | None) -> Json:
    rect = answer.pop("_requested")
    answer.pop("_touched")
    if echo:
        answer["updatedData"] = echo.value_range(tab, rect)
    return {"spreadsheetId": book.id} | answer


def update(book: Book, text: str, query: Query, body: Json) -> Json:
    """values.update."""
    inner = body.get("range")
    if inner and inner != text:
        raise bad_request(f"Requested writing within range [{text}], but the body names range [{inner}]")
    tab, area = book.locate(text)
    writer = Writer(book, first(query, "valueInputOption"))
    answer = writer.write(tab, area, body.get("values") or [], body.get("majorDimension"), text)
    echo = _echo(book, query) if flag(query, "includeValuesInResponse") else None
    return _finish(book, tab, answer, echo)


def batch_update(book: Book, body: Json) -> Json:
    """values.batchUpdate."""
    writer = Writer(book, body.get("valueInputOption"))
    echo = _echo(book, body) if body.get("includeValuesInResponse") else None
    done: list[tuple[Tab, Json]] = []
    for index, data in enumerate(body.get("data") or []):
        with _labelled(index):
            tab, area = book.locate(data.get("range") or "")
            values, major = data.get("values") or [], data.get("majorDimension")
            done.append((tab, writer.write(tab, area, values, major, data.get("range") or "")))
    return _totals(book, done) | _responses([_finish(book, t, a, echo) for t, a in done])


def batch_update_by_filter(book: Book, body: Json) -> Json:
    """values.batchUpdateByDataFilter: writes to every match of every filter."""
    writer = Writer(book, body.get("valueInputOption"))
    echo = _echo(book, body) if body.get("includeValuesInResponse") else None
    done: list[tuple[Tab, Json]] = []
    chosen: list[Json] = []
    for index, data in enumerate(body.get("data") or []):
        with _labelled(index):
            data_filter = data.get("dataFilter") or {}
            for tab, area in filters.places(book, data_filter):
                rect = readable(tab, area)
                fixed = Open(rect.top, rect.left, rect.bottom, rect.right)
                values, major = data.get("values") or [], data.get("majorDimension")
                done.append((tab, writer.write(tab, fixed, values, major)))
                chosen.append(data_filter)
    answers = []
    for (tab, answer), data_filter in zip(done, chosen, strict=True):
        finished = _finish(book, tab, dict(answer), echo) | {"dataFilter": filters.echoed(data_filter)}
        answers.append({k: v for k, v in finished.items() if k != "spreadsheetId"})
    return _totals(book, done) | _responses(answers)


def _responses(answers: list[Json]) -> Json:
    return {"responses": answers} if answers else {}


def _totals(book: Book, done: list[tuple[Tab, Json]]) -> Json:
    """Sums; rows and columns that were written twice count once per tab."""
    rows, columns, cells, tabs = set(), set(), 0, set()
    for tab, answer in done:
        count = answer.get("updatedCells", 0)
        if not count:
            continue
        touched = answer["_touched"]
        rows |= {(tab.sheet_id, row) for row in touched[0]}
        columns |= {(tab.sheet_id, column) for column in touched[1]}
        cells += count
        tabs.add(tab.sheet_id)
    totals = {
        "totalUpdatedRows": len(rows),
        "totalUpdatedColumns": len(columns),
        "totalUpdatedCells": cells,
        "totalUpdatedSheets": len(tabs),
    }
    return {"spreadsheetId": book.id} | {k: v for k, v in totals.items() if v}


@contextmanager
def _labelled(index: int, name: str = "data") -> Iterator[None]:
    """Prefix a refusal with the number of the range it came from."""
    try:
        yield
    except ApiError as error:
        if error.code != 400:
            raise
        raise bad_request(f"Invalid {name}[{index}]: {error.message}") from error


def append(book: Book, text: str, query: Query, body: Json) -> Json:
    """values.append: after the last table that has a cell in the range, else at its start."""
    tab, area = book.locate(text)
    rect = readable(tab, area)
    writer = Writer(book, first(query, "valueInputOption"))
    values, major = body.get("values") or [], body.get("majorDimension")
    table = last_table(tab, rect)
    top, left = (table.bottom, table.left) if table else (rect.top, rect.left)
    height, width = _size(values, major)
    if first(query, "insertDataOption") == "INSERT_ROWS" and table and top < tab.row_count:
        book.insert(tab, "ROWS", top, height, inherit=True)
    for dimension, need in (("ROWS", top + height), ("COLUMNS", left + width)):
        size = tab.row_count if dimension == "ROWS" else tab.column_count
        if need > size:
            book.check_size(tab, dimension, need - size)
            tab.extend(dimension, need - size)
    place = Open(top, left, top + 1, left + 1)
    answer = writer.write(tab, place, values, major)
    echo = _echo(book, query) if flag(query, "includeValuesInResponse") else None
    updates = _finish(book, tab, answer, echo)
    found = {"tableRange": table.a1(tab.title)} if table else {}
    return {"spreadsheetId": book.id} | found | {"updates": updates}


def _size(values: list[list[Any]], major: str | None) -> tuple[int, int]:
    outer, inner = len(values), max((len(v) for v in values), default=0)
    return (inner, outer) if major == "COLUMNS" else (outer, inner)


def _wipe(book: Book, tab: Tab, rect: Rect) -> str:
    Guard(book, tab).check_rect(rect)
    for row in range(rect.top, rect.bottom):
        for column in range(rect.left, min(rect.right, len(tab.rows[row].cells))):
            if tab.get(row, column) is not None:
                tab.put(row, column, None)
    return rect.a1(tab.title)


def clear(book: Book, text: str) -> Json:
    """values.clear: values go, formats stay."""
    tab, area = book.locate(text)
    return {"spreadsheetId": book.id, "clearedRange": _wipe(book, tab, readable(tab, area))}


def batch_clear(book: Book, body: Json) -> Json:
    """values.batchClear."""
    found = []
    for index, text in enumerate(body.get("ranges") or []):
        with _labelled(index, "range"):
            tab, area = book.locate(text)
            found.append(_wipe(book, tab, readable(tab, area)))
    return {"spreadsheetId": book.id} | ({"clearedRanges": found} if found else {})


def batch_clear_by_filter(book: Book, body: Json) -> Json:
    """values.batchClearByDataFilter."""
    found = []
    for data_filter in body.get("dataFilters") or []:
        for tab, area in filters.places(book, data_filter):
            found.append(_wipe(book, tab, readable(tab, area)))
    return {"spreadsheetId": book.id} | ({"clearedRanges": found} if found else {})
