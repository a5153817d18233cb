"""Which row is which: content beats id (``design.md`` 3, Identity).

People sort ranges without the ID column, copy rows, clear and undo.  Before anything is planned, every row that counts
gets the id of the row it *is*, judged by its content against what the ledger remembers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .columns import READ_TABS, CellType, Owner, Tab
from .ports import Cell, CellEdit, RowMemory, RowRef, Snapshot, TabRead

CORE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "meetings": ("contact", "date", "time"),
    "contacts": ("name", "email"),
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

    1. a copy whose original is gone is the original;
    2. a row whose id and content are both as remembered is that row (the topmost, when it was copied);
    3. a row with the content of a remembered id that is not settled yet is that row, wherever its id went;
    4. a row whose id and core cells are as remembered keeps the id: somebody edited the rest;
    5. a row with the core cells of a remembered id is that row: a range was sorted, or an id was lost;
    6. a row with a remembered id keeps it, or gets the id of the row that took its own: somebody edited it;
    7. a row without an id, beside the contact id of the one row that just vanished, is that row;
    8. an id that nobody remembers counts as it stands (the ledger was lost);
    9. every other row is new; with the core cells of another row it is a copy and stays silent.
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
        self.taken: dict[str, int] = {}

    def run(self) -> None:
        """Do the steps of :func:`identify`; nearly all rows are settled by the second."""
        self._settle_heirs()
        self._settle_unchanged()
        if self._open():
            self._settle_moved(str)
            self._settle_edited(same_core=True)
            self._settle_moved(core_of)
            self._settle_edited(same_core=False)
            self._settle_displaced()
            self._settle_beside()
            self._settle_unknown()
            for index in self._open():
                self._take(index, next(self.fresh))
        self._find_copies()

    def _take(self, index: int, row_id: str) -> None:
        self.ids[index] = row_id
        self.taken[row_id] = index

    def _open(self) -> list[int]:
        return [index for index in self.counting if not self.ids[index]]

    def _core(self, index: int) -> str:
        return core_of(self.prints[index])

    def _is_copy(self, index: int) -> bool:
        """Whether the id in this row is a copy's and its core cells are still those of the original."""
        known = self.memory.get(self.shown[index])
        return known is not None and known.copied and core_of(known.fingerprint) == self._core(index)

    def _settle_heirs(self) -> None:
        copies = [index for index in self.counting if self._is_copy(index)]
        if not copies:
            return
        there = {self._core(index) for index in self.counting if not self._is_copy(index)}
        shown = {self.shown[index] for index in self.counting}
        gone = {core_of(m.fingerprint): i for i, m in self.memory.items() if i not in shown and not m.copied}
        for index in copies:
            row_id = gone.get(self._core(index), "")
            if row_id and self._core(index) not in there and row_id not in self.taken:
                self._take(index, row_id)

    def _settle_unchanged(self) -> None:
        for index in self.counting:
            row_id = self.shown[index]
            known = self.memory.get(row_id)
            if known and row_id not in self.taken and known.fingerprint == self.prints[index] and not self.ids[index]:
                self._take(index, row_id)

    def _settle_moved(self, part: Callable[[str], str]) -> None:
        """Settle rows by the content that ``part`` picks from a fingerprint."""
        by_content: dict[str, list[str]] = {}
        for row_id, known in self.memory.items():
            if row_id not in self.taken and part(known.fingerprint):
                by_content.setdefault(part(known.fingerprint), []).append(row_id)
        for index in self._open():
            found = [i for i in by_content.get(part(self.prints[index]), ()) if self._may_become(index, i)]
            if len(found) == 1 or (found and self._core(index)):
                self._take(index, min(found, key=self._likely))

    def _may_become(self, index: int, row_id: str) -> bool:
        """Whether a row may be ``row_id`` although its cell shows another id.

        An id that is known and free is given up only for one that was in the last read, too, or by a row that was
        still being typed; so a meeting that is moved to where a deleted one was stays itself.
        """
        own = self.shown[index]
        known = self.memory.get(own)
        if row_id in self.taken:
            return False
        if own == row_id or known is None or own in self.taken:
            return True
        if self._is_copy(index):
            return False
        return self.memory[row_id].missing_reads == 0 or not core_of(known.fingerprint)

    def _likely(self, row_id: str) -> tuple[bool, int]:
        return self.memory[row_id].copied, self.memory[row_id].missing_reads

    def _settle_edited(self, *, same_core: bool) -> None:
        for index in self._open():
            row_id = self.shown[index]
            known = self.memory.get(row_id)
            if known is None or row_id in self.taken:
                continue
            if not same_core or (self._core(index) and core_of(known.fingerprint) == self._core(index)):
                self._take(index, row_id)

    def _settle_displaced(self) -> None:
        """Give a row whose id went to another the id that the other one had: two rows were edited in a chain."""
        for index in self._open():
            at, seen = index, {index}
            while self.shown[at] in self.memory and self.taken.get(self.shown[at], at) not in seen:
                at = self.taken[self.shown[at]]
                seen.add(at)
            row_id = self.shown[at]
            if at != index and row_id in self.memory and row_id not in self.taken:
                self._take(index, row_id)

    def _settle_beside(self) -> None:
        """Settle rows that lost their id and were edited, by the contact id beside them."""
        claims: dict[str, list[int]] = {}
        for index in self._open():
            beside = self.read.cell(self.read.rows[index], "contact_id")
            if self.shown[index] not in self.memory and isinstance(beside, str):
                claims.setdefault(beside, []).append(index)
        lost: dict[str, list[str]] = {}
        for row_id, known in self.memory.items() if claims else ():
            if row_id not in self.taken and known.missing_reads == 0 and known.contact_id in claims:
                lost.setdefault(known.contact_id, []).append(row_id)
        for beside, rows in claims.items():
            if len(rows) == 1 and len(lost.get(beside, ())) == 1:
                self._take(rows[0], lost[beside][0])

    def _settle_unknown(self) -> None:
        for index in self._open():
            row_id = self.shown[index]
            if row_id and row_id not in self.memory and row_id not in self.taken:
                self._take(index, row_id)

    def _find_copies(self) -> None:
        """Find the rows that have the core cells of another row and had not before: only one of them speaks."""
        holders: dict[str, int] = {}
        for settled in (True, False):
            for index in self.counting:
                core = self._core(index)
                known = self.memory.get(self.ids[index])
                kept = known is not None and core_of(known.fingerprint) == core
                if not core or kept != settled:
                    continue
                if holders.setdefault(core, index) != index and not kept:
                    self.copies.add(index)

    def edits(self) -> list[CellEdit]:
        """Return the edits that put the ID cells right, also those of rows that no longer count."""
        first = self.tab.required[0].key
        result: list[CellEdit] = []
        if "id" not in self.read.columns:
            return result
        for index, row in enumerate(self.read.rows):
            raw = self.read.cell(row, "id")
            if (raw or "") != self.ids[index] and not self._is_resting(index):
                number = self.read.first_row + index
                ref = RowRef(self.tab.key, raw if isinstance(raw, str) else "", number, self.read.cell(row, first))
                result.append(CellEdit(ref, "id", self.ids[index]))
        return result

    def _is_resting(self, index: int) -> bool:
        """Whether a row that does not count keeps its id: its first cell is empty, but the meeting is still there."""
        row, row_id = self.read.rows[index], self.shown[index]
        if self.ids[index] or row_id in self.taken or row_id not in self.memory:
            return False
        return any(_normal(self.read.cell(row, key)) is not None for key in CORE_COLUMNS[self.tab.key])

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
            known, fingerprint=content, copied=(known.copied and untouched) or index in self.copies,
            adopted=known.adopted and untouched, shown=known.shown or self._is_shown(index), missing_reads=0,
        )  # fmt: skip

    def _is_shown(self, index: int) -> bool:
        return self.shown[index] == self.ids[index]


def id_column(tab: Tab) -> str:
    """Return the key of the tab's ID column."""
    return next(column.key for column in tab.columns if column.type is CellType.ID and column.key == "id")
