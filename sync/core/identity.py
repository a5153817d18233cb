"""Which row is which: content beats id (``design.md`` 3, Identity).

People sort ranges without the ID column, copy rows, clear and undo.  Before anything is planned, every row that counts
gets the id of the row it *is*, judged by its content against what the ledger remembers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .columns import READ_TABS, CellType, Owner, Tab
from .ports import Cell, CellEdit, RowMemory, RowRef, Snapshot, TabRead

CORE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "meetings": ("contact", "date", "time"),
    "contacts": ("name", "email", "phone"),
    "promises": ("contact", "side", "what"),
    "team": ("name", "email"),
}
"""The cells that make a row the thing it is; a copy stays silent until one of them changes."""


@dataclass(frozen=True, slots=True)
class Identified:
    """What :func:`identify` found out.

    ``ids`` and ``fingerprints`` hold one text per row of each tab (``""`` for rows that do not count); ``edits`` put
    the ID cells right; ``memory`` is what to remember, only rows whose memory changed.
    """

    ids: Mapping[str, tuple[str, ...]]
    fingerprints: Mapping[str, tuple[str, ...]]
    edits: tuple[CellEdit, ...]
    memory: tuple[RowMemory, ...]


def counts(read: TabRead, row: Sequence[Cell], tab: Tab) -> bool:
    """Return whether ``row`` counts: its first required cell holds text."""
    value = read.cell(row, tab.required[0].key)
    return isinstance(value, str) and bool(value.strip())


def _normal(value: Cell) -> object:
    if value is None or value is False or value == "":
        return None
    if isinstance(value, str):
        return value.strip() or None
    return value if isinstance(value, bool) else float(value)


def _digest(values: list[object]) -> str:
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class _Printer:
    """Fingerprints of one tab's rows: of all team cells, and of the core cells (``full.core``)."""

    def __init__(self, tab: Tab, read: TabRead) -> None:
        owned = [column.key for column in tab.columns if column.owner is Owner.TEAM]
        self._all = [read.columns.get(key) for key in owned]
        self._core = [read.columns.get(key) for key in CORE_COLUMNS[tab.key]]

    def __call__(self, row: Sequence[Cell]) -> str:
        width = len(row)

        def pick(positions: list[int | None]) -> list[object]:
            return [None if at is None or at >= width else _normal(row[at]) for at in positions]

        core = pick(self._core)
        whole = "" if None in core else _digest(core)
        return f"{_digest(pick(self._all))}.{whole}"


def core_of(fingerprint: str) -> str:
    """Return the part of a fingerprint that stands for the core cells; empty while one of them is blank."""
    return fingerprint.partition(".")[2]


def identify(snapshot: Snapshot, memory: Mapping[str, RowMemory], fresh: Iterator[str], *, adopt: bool) -> Identified:
    """Return the effective id of every row.

    Takes one read, the rows the ledger remembers (by id), an endless supply of new ids, and whether this is first
    contact (rows are then remembered as adopted).  The steps, for each tab:

    1. a row whose id and content are both as remembered is that row (the topmost, when it was copied);
    2. a row with the content of a remembered id that is not settled yet is that row, wherever its id went;
    3. a row with a remembered or unclaimed id keeps it: somebody edited it;
    4. every other row is new; with the core cells of another row it is a copy and stays silent.
    """
    ids: dict[str, tuple[str, ...]] = {}
    prints: dict[str, tuple[str, ...]] = {}
    edits: list[CellEdit] = []
    remembered: list[RowMemory] = []
    for tab in READ_TABS:
        read = snapshot.tabs.get(tab.key)
        if read is None or not tab.identified:
            continue
        work = _TabWork(tab, read, {k: m for k, m in memory.items() if m.tab == tab.key}, fresh, adopt)
        work.run()
        ids[tab.key] = tuple(work.ids)
        prints[tab.key] = tuple(work.prints)
        edits += work.edits()
        remembered += work.remember()
    return Identified(ids, prints, tuple(edits), tuple(remembered))


def _valid(value: Cell) -> str:
    """Return the id in a cell, or ``""`` when it holds something that cannot be one of ours."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    return text if 9 <= len(text) <= 64 and text[0].isalpha() and text.isalnum() else ""


class _TabWork:
    """The state of one tab while its rows are told apart."""

    def __init__(
        self, tab: Tab, read: TabRead, memory: Mapping[str, RowMemory], fresh: Iterator[str], adopt: bool
    ) -> None:
        self.tab, self.read, self.memory, self.fresh, self.adopt = tab, read, memory, fresh, adopt
        printer = _Printer(tab, read)
        self.counting = [index for index, row in enumerate(read.rows) if counts(read, row, tab)]
        self.shown = [_valid(read.cell(row, "id")) for row in read.rows]
        self.prints = [""] * len(read.rows)
        for index in self.counting:
            self.prints[index] = printer(read.rows[index])
        self.ids = [""] * len(read.rows)
        self.copies: set[int] = set()
        self.taken: set[str] = set()

    def run(self) -> None:
        """Do the four steps of :func:`identify`."""
        self._settle_unchanged()
        self._settle_moved()
        self._settle_edited()
        self._name_new()

    def _take(self, index: int, row_id: str) -> None:
        self.ids[index] = row_id
        self.taken.add(row_id)

    def _open(self) -> list[int]:
        return [index for index in self.counting if not self.ids[index]]

    def _settle_unchanged(self) -> None:
        for index in self.counting:
            row_id = self.shown[index]
            known = self.memory.get(row_id)
            if known and row_id not in self.taken and known.fingerprint == self.prints[index]:
                self._take(index, row_id)

    def _settle_moved(self) -> None:
        by_content: dict[str, list[str]] = {}
        for row_id, known in self.memory.items():
            if row_id not in self.taken:
                by_content.setdefault(known.fingerprint, []).append(row_id)
        for index in self._open():
            candidates = [row_id for row_id in by_content.get(self.prints[index], ()) if row_id not in self.taken]
            if len(candidates) == 1 or (candidates and core_of(self.prints[index])):
                self._take(index, candidates[0])

    def _settle_edited(self) -> None:
        for index in self._open():
            row_id = self.shown[index]
            if row_id and row_id not in self.taken:
                self._take(index, row_id)

    def _name_new(self) -> None:
        cores = {core_of(self.prints[index]) for index in self.counting if self.ids[index]} - {""}
        for index in self._open():
            core = core_of(self.prints[index])
            if core in cores:
                self.copies.add(index)
            elif core:
                cores.add(core)
            self._take(index, next(self.fresh))

    def edits(self) -> list[CellEdit]:
        """Return the edits that put the ID cells right, also those of rows that no longer count."""
        first = self.tab.required[0].key
        result: list[CellEdit] = []
        if "id" not in self.read.columns:
            return result
        for index, row in enumerate(self.read.rows):
            raw = self.read.cell(row, "id")
            if (raw or "") != self.ids[index]:
                number = self.read.first_row + index
                ref = RowRef(self.tab.key, raw if isinstance(raw, str) else "", number, self.read.cell(row, first))
                result.append(CellEdit(ref, "id", self.ids[index]))
        return result

    def remember(self) -> list[RowMemory]:
        """Return the rows whose memory changes, those that vanished from this read among them."""
        changed: list[RowMemory] = []
        for index in self.counting:
            new = self._memory(index)
            if new != self.memory.get(new.id):
                changed.append(new)
        for row_id, known in self.memory.items():
            if row_id not in self.taken and known.missing_reads < 2:
                changed.append(replace(known, missing_reads=known.missing_reads + 1))
        return changed

    def _memory(self, index: int) -> RowMemory:
        row_id, content = self.ids[index], self.prints[index]
        known = self.memory.get(row_id)
        if known is None:
            return RowMemory(self.tab.key, row_id, content, self.adopt, index in self.copies, self._is_shown(index))
        untouched = core_of(known.fingerprint) == core_of(content)
        return replace(
            known, fingerprint=content, copied=known.copied and untouched, adopted=known.adopted and untouched,
            shown=known.shown or self._is_shown(index), missing_reads=0,
        )  # fmt: skip

    def _is_shown(self, index: int) -> bool:
        return self.shown[index] == self.ids[index]


def id_column(tab: Tab) -> str:
    """Return the key of the tab's ID column."""
    return next(column.key for column in tab.columns if column.type is CellType.ID and column.key == "id")
