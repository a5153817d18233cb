"""Values on the wire: data filters, answers by filter, rows found again, bodies of writes, echoes compared.  Pure.

Reading and writing go by data filter (``values:batchGetByDataFilter``, ``values:batchUpdateByDataFilter``): tabs by
``gridRange.sheetId``, our columns by ``developerMetadataLookup``, so that the server finds the column at the very
moment of the write.  https://developers.google.com/workspace/sheets/api/reference/rest/v4/DataFilter
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ..core.columns import TAB, Tab
from ..core.ports import Cell, CellEdit, RowRef
from .google_layout import Json, Mark

PIECE = 1_900_000
"""Bytes of one write; Google recommends at most 2 MB a request (Sheets API "Usage limits")."""

_ROW = re.compile(r"^\$?[A-Z]{1,3}\$?(\d+)(?::|$)")
LABEL_ROWS = 30
"""Rows of ``Start here`` in which labels are looked for."""


def whole(sheet: int) -> Json:
    """Return the filter for a whole sheet."""
    return {"gridRange": {"sheetId": sheet}}


def block(sheet: int, top: int, bottom: int, left: int, right: int) -> Json:
    """Return the filter for a rectangle; 0-based, ends exclusive."""
    return {"gridRange": {"sheetId": sheet, "startRowIndex": top, "endRowIndex": bottom,
                          "startColumnIndex": left, "endColumnIndex": right}}  # fmt: skip


def header_row(sheet: int, row: int) -> Json:
    """Return the filter for one whole row (0-based)."""
    return {"gridRange": {"sheetId": sheet, "startRowIndex": row, "endRowIndex": row + 1}}


def column_at(sheet: int, index: int) -> Json:
    """Return the filter for one whole column by its place (0-based); only for reading."""
    return {"gridRange": {"sheetId": sheet, "startColumnIndex": index, "endColumnIndex": index + 1}}


def marked(mark: Mark) -> Json:
    """Return the filter for what carries exactly this mark: its id is unique in the spreadsheet."""
    return {"developerMetadataLookup": {
        "metadataId": mark.id, "metadataKey": mark.key, "metadataValue": mark.value}}  # fmt: skip


def get_body(filters: Sequence[Json], major: str = "ROWS") -> Json:
    """Return the body of ``values:batchGetByDataFilter``: unformatted values, dates as serial numbers."""
    return {"dataFilters": list(filters), "majorDimension": major, "valueRenderOption": "UNFORMATTED_VALUE",
            "dateTimeRenderOption": "SERIAL_NUMBER"}  # fmt: skip


def _key(data: Json) -> tuple[object, ...]:
    grid = data.get("gridRange")
    if isinstance(grid, Mapping):
        starts = tuple(int(grid.get(name) or 0) for name in ("sheetId", "startRowIndex", "startColumnIndex"))
        return ("grid", *starts, grid.get("endRowIndex"), grid.get("endColumnIndex"))
    lookup = data.get("developerMetadataLookup")
    if isinstance(lookup, Mapping):
        return ("mark", lookup.get("metadataId"))
    return ("a1", data.get("a1Range"))


def answered(filters: Sequence[Json], answer: Json) -> list[Json | None]:
    """Return the ``valueRange`` of each filter, ``None`` where nothing matched it.

    The echoed filters decide; their order only where a server echoes none and answers one range per filter.
    """
    listed = list(answer.get("valueRanges") or ())
    found: dict[tuple[object, ...], Json] = {}
    for item in listed:
        for data in item.get("dataFilters") or ():
            found.setdefault(_key(data), item.get("valueRange") or {})
    if not found and len(listed) == len(filters):
        return [item.get("valueRange") or {} for item in listed]
    return [found.get(_key(data)) for data in filters]


def rows_of(value_range: Json | None) -> list[list[Cell]]:
    """Return the rows (or, asked for COLUMNS, the columns) of an answered range; none when it is empty."""
    values = (value_range or {}).get("values")
    return values if isinstance(values, list) else []


def column_of(value_range: Json | None) -> list[Cell]:
    """Return the cells of one column, top to bottom from row 1, of a range read by COLUMNS."""
    columns = rows_of(value_range)
    return list(columns[0]) if columns else []


def row_of(value_range: Json | None) -> list[Cell]:
    """Return the cells of one row, left to right, of a range read by COLUMNS."""
    return [column[0] if column else None for column in rows_of(value_range)]


# --- finding rows again ----------------------------------------------------------------------------------------------


def same(one: Cell, other: Cell) -> bool:
    """Whether two cells hold the same; blank is blank, and a tick is not the number 1."""
    blank = ("", None)
    if one in blank or other in blank:
        return one in blank and other in blank
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@dataclass(slots=True)
class Rows:
    """The ids and first cells of a tab, as they stand right before the write; positions are 0-based row indexes.

    ``top`` is the first row below the header.  ``named``: the first cell names the row for ever (``Settings``), so that
    a row without an id may be looked for.
    """

    ids: Sequence[Cell]
    firsts: Sequence[Cell]
    top: int = 1
    named: bool = False
    _by_id: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at, cell in enumerate(self.ids):
            if at >= self.top and cell not in ("", None):
                self._by_id.setdefault(str(cell), []).append(at)

    def find(self, ref: RowRef) -> int | None:
        """Return where the row is now, ``None`` when it is gone or cannot be told from another.

        By its id; of several with one id (a copied row) the one at the remembered number.  Without an id only at the
        remembered number, when that row still has no id and the same first cell: two people may have one name.
        """
        was = ref.number - 1
        if ref.id:
            places = self._by_id.get(ref.id, [])
            if was in places:
                return was
            return places[0] if len(places) == 1 else None
        if self._new(was, ref.first):
            return was
        places = [at for at in range(self.top, len(self.firsts)) if self.named and self._new(at, ref.first)]
        return places[0] if len(places) == 1 else None

    def _new(self, at: int, first: Cell) -> bool:
        if not self.top <= at < len(self.firsts):
            return False
        blank = at >= len(self.ids) or self.ids[at] in ("", None)
        return blank and same(self.firsts[at], first)


@dataclass(frozen=True, slots=True)
class Put:
    """One cell to write: which column (by mark), which row (0-based), what, and for which edit."""

    mark: Mark
    row: int
    value: str
    edit: CellEdit


def place(edits: Iterable[CellEdit], rows: Mapping[str, Rows], marks: Mapping[str, Mapping[str, Mark]]
          ) -> tuple[list[Put], int]:  # fmt: skip
    """Return the cells to write and how many edits found no row or no bound column."""
    puts: dict[tuple[int, int], Put] = {}
    lost = 0
    found: dict[RowRef, int | None] = {}
    for edit in edits:
        tab = edit.row.tab
        mark = marks.get(tab, {}).get(edit.column)
        if edit.row not in found and tab in rows:
            found[edit.row] = rows[tab].find(edit.row)
        at = found.get(edit.row)
        if mark is None or at is None:
            lost += 1
        else:
            puts[mark.id, at] = Put(mark, at, edit.value, edit)
    return list(puts.values()), lost


def anchor(tab: Tab) -> str:
    """Return the key of the column whose text tells new rows apart: the first required one, else the first."""
    return (tab.required or tab.columns)[0].key


# --- writing ---------------------------------------------------------------------------------------------------------


def put_body(puts: Iterable[Put], echo: Iterable[Mark], live: Mapping[Mark, str],
             columns: Mapping[Mark, Mapping[int, Cell]] = MappingProxyType({})) -> Json:  # fmt: skip
    """Return the body of ``values:batchUpdateByDataFilter``.

    RAW: what is written stays text ("The values the user has entered will not be parsed", ValueInputOption).  ``null``
    skips a cell (ValueRange).  ``echo`` are columns of which nothing is written, only the answer is wanted.  ``live``
    lines go into column B of the row that carries the mark; ``columns`` are cells by mark and row (0-based).
    """
    by_mark: dict[Mark, dict[int, Cell]] = {mark: dict(cells) for mark, cells in columns.items()}
    for put in puts:
        by_mark.setdefault(put.mark, {})[put.row] = put.value
    data = [
        {"dataFilter": marked(mark), "majorDimension": "COLUMNS",
         "values": [[cells.get(row) for row in range(max(cells) + 1)]]}
        for mark, cells in by_mark.items()
    ]  # fmt: skip
    data += [{"dataFilter": marked(mark), "majorDimension": "COLUMNS", "values": [[None]]}
             for mark in echo if mark not in by_mark]  # fmt: skip
    data += [{"dataFilter": marked(mark), "majorDimension": "ROWS", "values": [[None, text]]}
             for mark, text in live.items()]  # fmt: skip
    return {"valueInputOption": "RAW", "data": data, "includeValuesInResponse": True,
            "responseValueRenderOption": "UNFORMATTED_VALUE",
            "responseDateTimeRenderOption": "SERIAL_NUMBER"}  # fmt: skip


def pieces(edits: Sequence[CellEdit], limit: int = PIECE) -> Iterator[list[CellEdit]]:
    """Yield the edits in pieces that make bodies below ``limit`` bytes; edits of one row stay together.

    A cell costs its JSON text; the nulls above the lowest cell of a column cost five bytes each.
    """
    piece: list[CellEdit] = []
    size, depth = 0, dict[tuple[str, str], int]()
    ordered = sorted(edits, key=lambda edit: (edit.row.tab, edit.row.number, edit.row.id))
    for at, edit in enumerate(ordered):
        cost = len(json.dumps(edit.value)) + 8
        column = (edit.row.tab, edit.column)
        nulls = 5 * edit.row.number - depth.get(column, -200)
        if piece and size + cost + max(nulls, 0) > limit and ordered[at - 1].row != edit.row:
            yield piece
            piece, size, depth = [], 0, {}
            nulls = 5 * edit.row.number + 200
        piece.append(edit)
        depth[column] = max(depth.get(column, 0), 5 * edit.row.number)
        size += cost + max(nulls, 0)
    if piece:
        yield piece


# --- the echo --------------------------------------------------------------------------------------------------------


def echoed(answer: Json) -> dict[object, list[Cell]]:
    """Return metadata id → the column after the write, from row 1 on."""
    found: dict[object, list[Cell]] = {}
    for response in answer.get("responses") or ():
        lookup = (response.get("dataFilter") or {}).get("developerMetadataLookup") or {}
        data = response.get("updatedData")
        if lookup.get("metadataId") is not None and isinstance(data, Mapping):
            found[lookup["metadataId"]] = _top_down(data)
    return found


def _top_down(data: Mapping[str, Any]) -> list[Cell]:
    values = data.get("values") or []
    by_column = data.get("majorDimension") == "COLUMNS"
    cells = list(values[0]) if by_column and values else [row[0] if row else None for row in values]
    start = _ROW.search(str(data.get("range") or "").rpartition("!")[2])
    return [None] * (int(start.group(1)) - 1 if start else 0) + cells


def strayed(puts: Sequence[Put], ids: Mapping[str, Mark], answer: Json) -> int:
    """Return how many cells landed beside another row: the echoed id column does not hold their row's id.

    ``ids`` maps tab keys to the mark of the id column.  A server that echoes nothing is believed.
    """
    echo = echoed(answer)
    given = {(put.edit.row.tab, put.row): put.value for put in puts if put.edit.column == "id"}
    count = 0
    for put in puts:
        tab = put.edit.row.tab
        column = echo.get(ids[tab].id) if tab in ids else None
        expected = given.get((tab, put.row), put.edit.row.id)
        if column is not None and expected:
            stands = column[put.row] if put.row < len(column) else None
            count += str(stands if stands is not None else "") != expected
    return count


def landed(puts: Sequence[Put], answer: Json) -> list[Put]:
    """Return the cells whose column was there: a filter that matches nothing is answered by nothing."""
    lookups = [(response.get("dataFilter") or {}).get("developerMetadataLookup") or {}
               for response in answer.get("responses") or ()]  # fmt: skip
    there = {lookup.get("metadataId") for lookup in lookups} - {None}
    return [put for put in puts if put.mark.id in there] if there else list(puts)


def stop_row(rows: Sequence[Sequence[Cell]], words: str) -> int | None:
    """Return the row (0-based) of ``Start here`` whose first cell is ``words``; people may insert rows above it."""
    for at, row in enumerate(rows[:LABEL_ROWS]):
        if row and isinstance(row[0], str) and row[0].strip().casefold() == words.casefold():
            return at
    return None


def service_only(edits: Iterable[CellEdit]) -> None:
    """Raise :class:`ValueError` when an edit names a column that is not ours (``design.md`` P5)."""
    for edit in edits:
        column = TAB[edit.row.tab].column(edit.column)
        if column.owner != "service":
            raise ValueError(f"{edit.row.tab}.{edit.column} belongs to the team and is never written")
