"""The harness of ``tests/contract`` for Google Sheets: the real backend over HTTP, against the emulator."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sync.core.columns import TAB, TABS, Owner
from sync.core.ports import Cell
from sync.sheets.google import GoogleBackend
from tests.fakes.sheets import Emulator, Spreadsheet
from tests.fakes.sheets.a1 import column_letters
from tests.fakes.sheets.book import State

BOOK = "1HarbourStreet" + "0" * 30
"""The spreadsheet's id: always the same, so that a prepared state can be put into a new emulator."""


def quick(emulator: Emulator, book: Spreadsheet, folder: Path, **options: Any) -> GoogleBackend:
    """Return a backend that waits for nobody: its sleeps pass at once, on a clock of their own."""
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    settings: dict[str, Any] = {"sleep": sleep, "monotonic": lambda: clock[0], "random": lambda: 1.0} | options
    return GoogleBackend(book.id, emulator.key_file(folder), emulator.url, **settings)


class GoogleHarness:
    """One empty Google spreadsheet and a hand that edits it."""

    zone = "Europe/Bratislava"
    locale = "en_GB"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.emulator = Emulator().start()
        self.book = self.emulator.new_spreadsheet("Harbour Street", locale=self.locale, zone=self.zone, book_id=BOOK)
        self.hand = self.book.hand
        self._backends: list[GoogleBackend] = []

    def backend(self, **options: Any) -> GoogleBackend:
        """Return a new backend, with no memory of earlier reads."""
        backend = quick(self.emulator, self.book, self.folder, **options)
        self._backends.append(backend)
        return backend

    def titles(self) -> list[str]:
        """Return the titles of all tabs, in order."""
        return [tab.title for tab in self.book.tabs]

    def header(self, tab: str) -> list[str]:
        """Return the texts of row 1."""
        found = list(self.hand.headers(tab))
        while found and not found[-1]:
            found.pop()
        return found

    def cell(self, tab: str, row: int, header: str) -> Cell:
        """Return what stands in a cell."""
        return _plain(self.hand.under(tab, header, row))

    def at(self, tab: str, address: str) -> Cell:
        """Return what stands at an address."""
        return _plain(self.hand.value(tab, address))

    def is_text(self, tab: str, row: int, header: str) -> bool:
        """Return whether the cell holds text and no formula."""
        return isinstance(self.book.tab(tab).get(row - 1, self.hand.column(tab, header)), str)

    def type(self, tab: str, row: int, header: str, value: Cell) -> None:
        """Put a value into the cell under ``header``."""
        self.hand.put(tab, f"{column_letters(self.hand.column(tab, header))}{row}", value)

    def insert_row(self, tab: str, before: int) -> None:
        """Insert a blank row above row ``before``."""
        self.hand.insert_rows(tab, before)

    def delete_row(self, tab: str, row: int) -> None:
        """Delete the row."""
        self.hand.delete_rows(tab, row)

    def sort(self, tab: str, header: str, *, descending: bool = False) -> None:
        """Sort whole rows by a column."""
        self.hand.sort(tab, header, descending=descending)

    def insert_column(self, tab: str, before: str, title: str = "") -> None:
        """Insert a column left of the one headed ``before``."""
        index = self.hand.column(tab, before)
        self.hand.insert_columns(tab, before)
        if title:
            self.hand.put(tab, f"{column_letters(index)}1", title)

    def delete_column(self, tab: str, header: str) -> None:
        """Delete the column."""
        self.hand.delete_columns(tab, header)

    def move_column(self, tab: str, header: str, before: str) -> None:
        """Move a column to the left of the one headed ``before``."""
        self.hand.move_column(tab, header, before)

    def rename_header(self, tab: str, header: str, title: str) -> None:
        """Type another text over a header."""
        self.hand.rename_column(tab, header, title)

    def rename_tab(self, tab: str, title: str) -> None:
        """Give a tab another title."""
        self.hand.rename_tab(tab, title)

    def delete_tab(self, tab: str) -> None:
        """Delete a tab."""
        self.hand.delete_tab(tab)

    def set_stop_all(self, value: Cell) -> None:
        """Put a value into the cell beside ``Stop all mail``."""
        self.hand.put("Start here", "B1", value)

    def team_cells(self) -> dict[tuple[str, str, int], Cell]:
        """Return every cell that is the team's, headings included."""
        found: dict[tuple[str, str, int], Cell] = {}
        for sheet in self.book.tabs:
            tab = self._tab(sheet.sheet_id, sheet.title)
            if tab == "start_here":
                found[sheet.title, "B", 1] = self.at(sheet.title, "B1")
                continue
            ours = self._service(sheet.sheet_id, tab)
            for number, row in enumerate(self.hand.rows(sheet.title), 1):
                for index, value in enumerate(row):
                    if value is not None and (number == 1 or index not in ours):
                        header = self.hand.headers(sheet.title)[index] if index < len(self.header(sheet.title)) else ""
                        found[sheet.title, header or column_letters(index), number] = _plain(value)
        return found

    def _tab(self, sheet_id: int, title: str) -> str:
        """The key of a tab, also of one that people have renamed since set-up bound it."""
        for mark in self.book.state.metadata.values():
            if mark["metadataKey"] == "commonground.tab" and mark["location"].get("sheetId") == sheet_id:
                return str(mark["metadataValue"])
        return next((tab.key for tab in TABS if tab.title == title), "")

    def _service(self, sheet_id: int, tab: str) -> set[int]:
        ours = {column.key: column for column in TAB[tab].columns if column.owner is Owner.SERVICE} if tab else {}
        found = {index for index, text in enumerate(self.hand.headers(sheet_id))
                 if text in {column.header for column in ours.values()}}  # fmt: skip
        for mark in self.book.state.metadata.values():
            span = mark["location"].get("dimensionRange", {})
            name = str(mark.get("metadataValue", ""))
            if span.get("sheetId") == sheet_id and name.startswith(f"{tab}.") and name.partition(".")[2] in ours:
                found.add(span["startIndex"])
        return found

    def rows(self, tab: str) -> Sequence[Sequence[Cell]]:
        """Return all cells below the header."""
        return [[_plain(value) for value in row] for row in self.hand.rows(tab)[1:]]

    def hidden_rows(self, tab: str) -> list[int]:
        """Return the numbers of the rows that nobody sees."""
        rows = self.book.tab(tab).rows
        return [number for number, row in enumerate(rows, 1) if row.props.get("hiddenByUser")]

    def state(self) -> State:
        """Return everything the spreadsheet holds."""
        return self.book.state.copy()

    def restore(self, state: State) -> None:
        """Make the spreadsheet hold what another one held."""
        self.book.state = state.copy()

    def close(self) -> None:
        """Close the connections and the emulator; its own defects fail the test."""
        for backend in self._backends:
            backend.close()
        self.emulator.stop()
        assert self.emulator.bugs == []


def _plain(value: object) -> Cell:
    if value is None or isinstance(value, str | int | float):
        return value
    return str(getattr(value, "shown", value))


def open_harness(folder: Path) -> GoogleHarness:
    """Return the harness on a new spreadsheet."""
    return GoogleHarness(folder)
