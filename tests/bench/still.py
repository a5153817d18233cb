"""A sheet without a network: its read costs the decoding of one answer, its write nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sync.core.columns import READ_TABS, TAB
from sync.core.ports import Cell, CellEdit, LogLine, Repair, Snapshot, TabRead, Written
from sync.core.settings import SETTING_ROWS
from tests.bench.people import Row


class StillSheet:
    """All tables as one JSON text, as Google would answer; :meth:`settle` makes it anew from what was written."""

    def __init__(self, rows: Mapping[str, Iterable[Row]]) -> None:
        self._columns = {tab.key: {column.key: at for at, column in enumerate(tab.columns)} for tab in READ_TABS}
        self._tables: dict[str, list[list[Cell]]] = {
            tab.key: [_line([column.header for column in tab.columns], row) for row in rows.get(tab.key, ())]
            for tab in READ_TABS
        }
        self._tables["settings"] = [[row.label, row.default] for row in SETTING_ROWS]
        self._columns["settings"] = {"setting": 0, "value": 1, "next": 2}
        self._snapshot: Snapshot | None = None
        self.edits = 0
        self.answer = b""
        self.settle()

    def settle(self) -> None:
        """Make the answer anew: what was written and typed is read from now on."""
        self.answer = json.dumps(self._tables, ensure_ascii=False, separators=(",", ":")).encode()
        self._snapshot = None

    def type(self, tab: str, index: int, column: str, text: str) -> None:
        """Type into a cell; read after :meth:`settle`."""
        self._put(tab, index, column, text)

    def add(self, tab: str, rows: Iterable[Row]) -> None:
        """Type rows below the others; read after :meth:`settle`."""
        headers = [column.header for column in TAB[tab].columns]
        self._tables[tab] += [_line(headers, row) for row in rows]

    def choose(self, label: str, value: str) -> None:
        """Type the value of a setting; read after :meth:`settle`."""
        next(row for row in self._tables["settings"] if row[0] == label)[1:] = [value]

    def _put(self, tab: str, index: int, column: str, text: str) -> None:
        row, at = self._tables[tab][index], self._columns[tab][column]
        row.extend([""] * (at + 1 - len(row)))
        row[at] = text

    def read(self) -> Snapshot:
        """Decode the answer, unless it is the one that was read last."""
        if self._snapshot is None:
            tables: dict[str, list[list[Cell]]] = json.loads(self.answer)
            tabs = {key: TabRead(key, self._columns[key], rows) for key, rows in tables.items()}
            digest = hashlib.blake2b(self.answer, digest_size=16).hexdigest()
            self._snapshot = Snapshot("still", "Europe/Bratislava", "en_GB", tabs, False, digest)
        return self._snapshot

    def write(self, edits: Sequence[CellEdit], live: Mapping[str, str], log: Sequence[LogLine] = ()) -> Written:
        """Take the cells; they are read after :meth:`settle`."""
        self.edits += len(edits)
        for edit in edits:
            self._put(edit.row.tab, edit.row.number - 2, edit.column, edit.value)
        return Written(len(edits), logged=frozenset(int(line.key.split(" ")[0]) for line in log))

    def read_log(self) -> tuple[LogLine, ...]:
        """Return no line: nothing was mailed from here."""
        return ()

    def read_marks(self) -> Mapping[str, str]:
        """Return no mark."""
        return {}

    def repair(self) -> tuple[Repair, ...]:
        """Nothing breaks here."""
        return ()

    def where(self) -> str:
        """Return a name instead of an address."""
        return "still"

    def link(self, tab: str, row_id: str) -> str:
        """Return no link."""
        return ""


def _line(headers: Sequence[str], row: Mapping[str, Any]) -> list[Cell]:
    cells: list[Cell] = ["" if row.get(header) is None else row[header] for header in headers]
    while cells and cells[-1] == "":
        cells.pop()
    return cells


