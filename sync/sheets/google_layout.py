"""What stands where in a Google spreadsheet, from its answers.  Pure.

Tabs and columns are bound by developer metadata (https://developers.google.com/workspace/sheets/api/guides/metadata):
key :data:`TAB_KEY` with the tab's key on the sheet, key :data:`COLUMN_KEY` with ``meetings.date`` on the column.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..core.columns import TABS, Column, Owner, Tab
from ..core.headers import fold_header
from ..core.ports import Cell

TAB_KEY = "commonground.tab"
COLUMN_KEY = "commonground.column"
LINE_KEY = "commonground.line"
SHEET_KEY = "commonground.sheet"
KEYS = (TAB_KEY, COLUMN_KEY, LINE_KEY, SHEET_KEY)

Json = Mapping[str, Any]

FIELDS = (
    "properties(title,timeZone,locale),"
    "sheets(properties(sheetId,title,index,sheetType,gridProperties(rowCount,columnCount)))"
)
"""The field mask of a regular look at the spreadsheet."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One developer metadata entry of ours.  ``index`` is the 0-based row or column, for places ROW and COLUMN."""

    id: int
    key: str
    value: str
    place: str
    sheet: int = 0
    index: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet (tab) as it is; ``facts`` is Google's whole answer about it."""

    id: int
    title: str
    index: int
    rows: int
    columns: int
    facts: Json = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Layout:
    """The spreadsheet: its zone (IANA) and locale (``en_US``), its sheets, our marks, and which sheet is which tab."""

    title: str
    zone: str
    locale: str
    sheets: tuple[Sheet, ...]
    marks: tuple[Mark, ...]
    tabs: Mapping[str, Sheet]

    def marked(self, tab: str) -> dict[str, list[Mark]]:
        """Return column key → its marks on the tab's own sheet, oldest first."""
        found: dict[str, list[Mark]] = {}
        sheet = self.tabs[tab]
        for mark in self.marks:
            if mark.key == COLUMN_KEY and mark.place == "COLUMN" and mark.sheet == sheet.id:
                owner, _, column = mark.value.partition(".")
                if owner == tab:
                    found.setdefault(column, []).append(mark)
        return found

    def lines(self) -> dict[str, Mark]:
        """Return name of a live line → the mark on its row of ``Start here``."""
        sheet = self.tabs.get("start_here")
        if sheet is None:
            return {}
        ours = [m for m in self.marks if m.key == LINE_KEY and m.place == "ROW" and m.sheet == sheet.id]
        return {mark.value: mark for mark in reversed(ours)}

    def born_as(self) -> frozenset[str]:
        """Return the spreadsheet ids that set-up stored in it; a copied file carries its original's."""
        return frozenset(mark.value for mark in self.marks if mark.key == SHEET_KEY and mark.value)


def search_body() -> Json:
    """Return the body of ``developerMetadata:search`` for all our marks."""
    return {"dataFilters": [{"developerMetadataLookup": {"metadataKey": key}} for key in KEYS]}


def marks(answer: Json) -> tuple[Mark, ...]:
    """Return our marks in an answer of ``developerMetadata:search``, oldest id first, each once."""
    found: dict[int, Mark] = {}
    for matched in answer.get("matchedDeveloperMetadata") or ():
        data = matched.get("developerMetadata") or {}
        if data.get("metadataKey") in KEYS and data.get("metadataId") is not None:
            mark = _mark(data)
            found[mark.id] = mark
    return tuple(found[number] for number in sorted(found))


def _mark(data: Json) -> Mark:
    where = data.get("location") or {}
    span = where.get("dimensionRange")
    common = (int(data["metadataId"]), str(data["metadataKey"]), str(data.get("metadataValue") or ""))
    if isinstance(span, Mapping):
        place = "ROW" if span.get("dimension") == "ROWS" else "COLUMN"
        return Mark(*common, place, int(span.get("sheetId") or 0), int(span.get("startIndex") or 0))
    if where.get("spreadsheet"):
        return Mark(*common, "SPREADSHEET")
    return Mark(*common, "SHEET", int(where.get("sheetId") or 0))


def sheets(answer: Json) -> tuple[Sheet, ...]:
    """Return the grid sheets in an answer of ``spreadsheets.get``, in their order."""
    found = []
    for position, facts in enumerate(answer.get("sheets") or ()):
        data = facts.get("properties") or {}
        if data.get("sheetType", "GRID") == "GRID":
            grid = data.get("gridProperties") or {}
            found.append(Sheet(int(data.get("sheetId") or 0), str(data.get("title") or ""),
                               int(data.get("index") or position), int(grid.get("rowCount") or 1000),
                               int(grid.get("columnCount") or 26), facts))  # fmt: skip
    return tuple(found)


def layout(answer: Json, ours: tuple[Mark, ...]) -> Layout:
    """Return the layout from an answer of ``spreadsheets.get`` and our marks."""
    about = answer.get("properties") or {}
    grid = sheets(answer)
    return Layout(str(about.get("title") or ""), str(about.get("timeZone") or ""), str(about.get("locale") or ""),
                  grid, ours, find_tabs(grid, ours))  # fmt: skip


def find_tabs(grid: Sequence[Sheet], ours: Iterable[Mark]) -> dict[str, Sheet]:
    """Return tab key → its sheet: by mark, else by title or alias.

    Of two marked sheets (one was copied) the one with the tab's title counts, else the one further left.
    """
    by_id = {sheet.id: sheet for sheet in grid}
    marked: dict[str, list[Sheet]] = {}
    for mark in ours:
        if mark.key == TAB_KEY and mark.place == "SHEET" and mark.sheet in by_id:
            marked.setdefault(mark.value, []).append(by_id[mark.sheet])
    found: dict[str, Sheet] = {}
    for tab in TABS:
        if tab.key in marked:
            found[tab.key] = min(marked[tab.key], key=partial(_rank, tab))
    claimed = {sheet.id for listed in marked.values() for sheet in listed}
    for tab in TABS:
        free = [sheet for sheet in grid if sheet.id not in claimed and _called(sheet, tab)]
        if tab.key not in found and free:
            found[tab.key] = free[0]
            claimed.add(free[0].id)
    return found


def _rank(tab: Tab, sheet: Sheet) -> tuple[bool, int]:
    return not _called(sheet, tab), sheet.index


def _called(sheet: Sheet, tab: Tab) -> bool:
    return fold_header(sheet.title) in {fold_header(name) for name in (tab.title, *tab.aliases)}


def names(column: Column) -> frozenset[str]:
    """Return the folded headings under which ``column`` is known."""
    return frozenset(fold_header(name) for name in (column.header, *column.aliases))


def header_at(tab: Tab, rows: Sequence[Sequence[Cell]]) -> int:
    """Return the 0-based row of the headings: of the first ten rows the one with most of our headings, else the first.

    People put a title row above a table.
    """
    known = {name for column in tab.columns for name in names(column)}
    counts = [len({fold_header(cell) for cell in row} & known) for row in rows[:10]]
    return counts.index(max(counts)) if counts else 0


def choose(tab: Tab, marked: Mapping[str, Sequence[Mark]], header: Sequence[Cell]) -> dict[str, Mark]:
    """Return column key → its one mark.

    Of doubled marks the one under the column's own heading counts, else the oldest.  A mark under the heading of
    another column is none, nor one whose heading was cut and now stands elsewhere: people moved the contents.  For a
    column of ours any other heading is enough when its own stands elsewhere: better not written than written over.
    """
    found: dict[str, Mark] = {}
    texts = [fold_header(cell) for cell in header]
    for column in tab.columns:
        own = names(column)
        ranked = sorted(marked.get(column.key, ()), key=lambda m: (_text(texts, m) not in own, m.id))
        if ranked and not _moved(tab, column, _text(texts, ranked[0]), texts):
            found[column.key] = ranked[0]
    return found


def _text(texts: Sequence[str], mark: Mark) -> str:
    return texts[mark.index] if mark.index < len(texts) else ""


def _moved(tab: Tab, column: Column, text: str, texts: Sequence[str]) -> bool:
    if text in names(column):
        return False
    if text in {name for other in tab.columns if other.key != column.key for name in names(other)}:
        return True
    elsewhere = any(name in texts for name in names(column))
    return elsewhere and (not text or column.owner is Owner.SERVICE)


def tidy(tab: Tab, marked: Mapping[str, Sequence[Mark]], header: Sequence[Cell]) -> bool:
    """Whether every mark stands under a heading of its own column: then marks and header are of one moment."""
    texts = [fold_header(cell) for cell in header]
    known = {column.key: names(column) for column in tab.columns}
    return all(_text(texts, mark) in known[key] for key, listed in marked.items() if key in known for mark in listed)
