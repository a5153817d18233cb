"""Sheets made of facts: rows by column key become a read, as a backend would hand it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sync.core.columns import READ_TABS, TAB, Tab
from sync.core.model import Book, Problem
from sync.core.parse import parse
from sync.core.ports import Cell, Snapshot, TabRead
from sync.core.say import words

NOW = datetime(2027, 3, 1, 11, tzinfo=UTC)
"""A Monday, noon in Bratislava."""

ANNA = {"name": "Anna Kováčová", "reach": "E-mail is fine", "email": "anna@example.org", "phone": "0903 123 456"}
JANA = {"name": "Jana", "email": "jana@example.org", "phone": "0903 111 222"}
MEETING = {
    "contact": "Anna Kováčová", "stage": "Agreed", "date": "11.3.2027", "time": "17:30", "place": "Café Dobre",
    "purpose": "I want to hear you.", "organizer": "Jana",
}  # fmt: skip
PROMISE = {"contact": "Anna Kováčová", "side": "We", "what": "send you the minutes", "due": "14.3.2027"}

Rows = Sequence[Mapping[str, Cell]]


def table(tab: Tab, rows: Rows, **changes: Any) -> TabRead:
    """Return a tab with all its columns in order; ``changes`` replace fields of the read."""
    cells = [[row.get(column.key) for column in tab.columns] for row in rows]
    parts: dict[str, Any] = {
        "columns": {column.key: at for at, column in enumerate(tab.columns)},
        "found": tuple(column.header for column in tab.columns),
    }
    return TabRead(tab.key, rows=cells, **(parts | changes))


def snapshot(
    *, contacts: Rows | TabRead = (ANNA,), meetings: Rows | TabRead = (), promises: Rows | TabRead = (),
    team: Rows | TabRead = (JANA,), settings: Rows | TabRead = (), zone: str = "Europe/Bratislava",
    locale: str = "en_GB", stop_all: Cell = None, lost: tuple[str, ...] = (),
) -> Snapshot:  # fmt: skip
    """Return a whole sheet; each tab is given as rows, or as it was read."""
    given = {"contacts": contacts, "meetings": meetings, "promises": promises, "team": team, "settings": settings}
    made = {}
    for tab in READ_TABS:
        content = given[tab.key]
        if tab.key not in lost:
            made[tab.key] = content if isinstance(content, TabRead) else table(tab, content)
    return Snapshot("sheet", zone, locale, made, stop_all, "digest", lost)


def ids_of(read: Snapshot) -> dict[str, list[str]]:
    """Return an id for every row: what stands in its ID cell, else one made of tab and number."""
    ids = {}
    for key, tab in read.tabs.items():
        if TAB[key].identified:
            ids[key] = [str(tab.cell(row, "id") or f"r{key}{at + 2}") for at, row in enumerate(tab.rows)]
    return ids


def book(read: Snapshot, **options: Any) -> Book:
    """Return the book of a sheet at :data:`NOW`."""
    return parse(read, ids_of(read), **({"now": NOW} | options))


def text(problem: Problem) -> str:
    """Return a problem's sentence as people read it."""
    return words(problem.sentence, NOW)


def problems(made: Book, tab: str, *, hints: bool = False) -> list[str]:
    """Return the sentences about one tab, without or with only the hints."""
    return [text(problem) for problem in made.problems if problem.tab == tab and problem.hint is hints]


def meeting_with(**changes: Cell) -> Book:
    """Return the book of a sheet with one meeting."""
    return book(snapshot(meetings=[MEETING | changes]))


def contact_with(**changes: Cell) -> Book:
    """Return the book of a sheet with one contact."""
    return book(snapshot(contacts=[ANNA | changes]))
