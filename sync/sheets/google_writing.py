"""Writing service cells into a Google spreadsheet: rows found again, columns resolved by the server, echo compared."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..core.columns import TAB
from ..core.headers import fold_header
from ..core.ports import Cell, CellEdit, Written
from . import google_looks as looks
from . import google_wire as wire
from .google_layout import COLUMN_KEY, Json, Mark, names
from .google_patience import BrokenError
from .google_reading import Bound, Line, Reading, decoded

SPLITS = 40
"""Requests at most for finding the cells that a protection keeps from us, in one piece of one write."""


@dataclass(slots=True)
class Writing:
    """Writes through ``line`` what ``reading`` has bound.  ``_closed`` are cells that Google refused lately."""

    line: Line
    reading: Reading
    log: logging.Logger
    _closed: set[tuple[int, str]] = field(default_factory=set)
    _closed_at: int = -1
    _left: int = 0

    def piece(self, edits: Sequence[CellEdit], live: Mapping[str, str]) -> Written:
        """Write one piece: one read, one write.  Safe to repeat as a whole; raises :class:`BrokenError`.

        1. columns of ours that only their heading tells are bound first, so that the server can find them;
        2. ids, first cells and headings are read again, and the rows found in them;
        3. everything is written in one request, each column by its mark;
        4. the echoed ids say whether a row moved in the very moment of the write.
        """
        if self._closed_at != self.reading.looks:
            self._closed, self._closed_at = set(), self.reading.looks
        lines = self._lines(live)
        if not edits:
            if lines:
                self._alone(lines)
            return Written()
        bound = dict(self.reading.bound)
        puts, lost, ids = self._place(edits, bound, self._bind(edits, bound))
        try:
            return self._send(puts, ids, lines, lost)
        except BrokenError as broken:
            if not broken.fault.rejected:
                raise
        # A column or row may have gone in between: look once more, then find out which cells are closed to us.
        self.reading.remark()
        puts, lost, ids = self._place(edits, dict(self.reading.bound), {})
        try:
            return self._send(puts, ids, lines, lost)
        except BrokenError as broken:
            if not broken.fault.rejected:
                raise
        if lines:
            self._alone(lines)
        self._left = SPLITS
        return self._split(puts, ids, lost)

    def _lines(self, live: Mapping[str, str]) -> dict[Mark, str]:
        about = self.reading.layout
        bound = about.lines() if about is not None and live else {}
        return {bound[name]: text for name, text in live.items() if name in bound}

    def _alone(self, lines: Mapping[Mark, str]) -> None:
        try:
            self.line.put(wire.put_body((), (), lines))
        except BrokenError as broken:
            if not broken.fault.rejected:
                raise
            self.reading.forget()
            self.log.warning("google: the live lines of Start here cannot be written")

    # --- binding columns that only their heading tells ---------------------------------------------------------------

    def _bind(self, edits: Sequence[CellEdit], bound: Mapping[str, Bound]) -> dict[str, dict[str, Mark]]:
        """Return the marks made just now, by tab and column; they count only once the heading under them is seen."""
        wanted = _unmarked(edits, bound)
        if not wanted:
            return {}
        self.reading.remark()  # a binding whose answer was lost is there already
        about = self.reading.layout
        marked = {key: about.marked(key) for key, _ in wanted} if about is not None else {}
        made: dict[str, dict[str, Mark]] = {}
        new = []
        for key, column in wanted:
            there = [m for m in marked[key].get(column, ()) if m.index == bound[key].columns[column]]
            if there:
                made.setdefault(key, {})[column] = there[0]
            else:
                new.append((key, column))
        requests = [looks.bind_column(TAB[key], TAB[key].column(column), bound[key].sheet,
                                      bound[key].columns[column]) for key, column in new]  # fmt: skip
        replies = self.line.batch(requests).get("replies") or () if requests else ()
        for (key, column), reply in zip(new, replies, strict=False):
            data = (reply.get("createDeveloperMetadata") or {}).get("developerMetadata") or {}
            if data.get("metadataId") is not None:
                made.setdefault(key, {})[column] = Mark(
                    int(data["metadataId"]), COLUMN_KEY, f"{key}.{column}", "COLUMN", bound[key].sheet
                )
        self.reading.forget()
        return made

    # --- rows found again --------------------------------------------------------------------------------------------

    def _place(
        self, edits: Sequence[CellEdit], bound: Mapping[str, Bound], fresh: Mapping[str, Mapping[str, Mark]]
    ) -> tuple[list[wire.Put], int, dict[str, Mark]]:
        """Return the cells to write, how many edits are lost, and the marks of the id columns by tab."""
        asked = [self._ask(key, bound[key], fresh.get(key, {})) for key in _tabs(edits) if key in bound]
        filters = [data for ask in asked for data in ask.filters]
        answer = decoded(self.line.values(wire.get_body(filters, "COLUMNS"))) if filters else {}
        answers = iter(wire.answered(filters, answer))
        rows: dict[str, wire.Rows] = {}
        usable: dict[str, dict[str, Mark]] = {}
        for ask in asked:
            got = dict(zip(ask.names, [next(answers) for _ in ask.filters], strict=True))
            usable[ask.tab] = self._usable(ask, got)
            top = ask.bound.header_at + 1
            firsts = wire.column_of(got.get("first"))
            ids = wire.column_of(got.get("id")) if "id" in usable[ask.tab] else []
            rows[ask.tab] = wire.Rows(ids, firsts, top, not TAB[ask.tab].identified)
        puts, lost = wire.place(edits, rows, usable)
        marks = {key: found["id"] for key, found in usable.items() if "id" in found}
        return puts, lost, marks

    def _ask(self, key: str, bound: Bound, fresh: Mapping[str, Mark]) -> _Ask:
        marks = {**bound.marks, **fresh}
        first = wire.anchor(TAB[key])
        filters: dict[str, Json] = {"header": wire.header_row(bound.sheet, bound.header_at)}
        if "id" in marks:
            filters["id"] = wire.marked(marks["id"])
        if first in marks:
            filters["first"] = wire.marked(marks[first])
        elif first in bound.columns:
            filters["first"] = wire.column_at(bound.sheet, bound.columns[first])
        filters |= {f"new {name}": wire.marked(mark) for name, mark in fresh.items()}
        return _Ask(key, bound, marks, fresh, tuple(filters), tuple(filters.values()))

    def _usable(self, ask: _Ask, got: Mapping[str, Json | None]) -> dict[str, Mark]:
        """Return the marks that surely stand on their own columns right now.

        The headings are as they were when the marks were bound; else the marks are read once more, and those count
        over which the same heading stands as before.  A mark made just now counts when its column shows its heading.
        """
        header, before = wire.row_of(got.get("header")), list(ask.bound.header)
        service = {c.key for c in TAB[ask.tab].columns if c.owner == "service"} | {wire.anchor(TAB[ask.tab])}
        usable = {name: mark for name, mark in ask.bound.marks.items() if name in service}
        if not _alike(header, before):
            self.reading.forget()
            now = {mark.id: mark for mark in self.reading.remark()}
            usable = {name: mark for name, mark in usable.items() if mark.id in now
                      and wire.same(_at(header, now[mark.id].index), _at(before, mark.index))}  # fmt: skip
        for name, mark in ask.fresh.items():
            column = wire.column_of(got.get(f"new {name}"))
            if looks_like(TAB[ask.tab].key, name, _at(column, ask.bound.header_at)):
                usable[name] = mark
            else:
                self.line.batch([looks.unbind(mark.id)])
        return {name: mark for name, mark in usable.items() if TAB[ask.tab].column(name).owner == "service"}

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send(self, puts: Sequence[wire.Put], ids: Mapping[str, Mark], lines: Mapping[Mark, str], lost: int) -> Written:
        open_ = [put for put in puts if _name(put) not in self._closed]
        lost += len(puts) - len(open_)
        if not open_ and not lines:
            return Written(lost=lost)
        tabs = {put.edit.row.tab for put in open_}
        answer = self.line.put(wire.put_body(open_, [mark for key, mark in ids.items() if key in tabs], lines))
        landed = wire.landed(open_, answer)
        if len(landed) < len(open_):
            self.reading.forget()  # a column was deleted in the very moment of the write
        strayed = wire.strayed(landed, ids, answer)
        if strayed:
            self.log.warning("google: %d cells landed beside another row; the next cycle mends them", strayed)
        return Written(len(landed), lost + len(open_) - len(landed), strayed)

    def _split(self, puts: Sequence[wire.Put], ids: Mapping[str, Mark], lost: int) -> Written:
        """Send halves, columns apart first, until only the cells that Google refuses are left."""
        if self._left <= 0 or len(puts) == 1:
            self._closed |= {_name(put) for put in puts}
            self.log.warning("google: %d cells are protected against us; we leave them for ten minutes", len(puts))
            return Written(lost=lost + len(puts))
        columns = sorted({put.mark.id for put in puts})
        left = set(columns[: len(columns) // 2])
        middle = len(puts) // 2
        halves = ([p for p in puts if p.mark.id in left], [p for p in puts if p.mark.id not in left]
                  ) if left else (list(puts[:middle]), list(puts[middle:]))  # fmt: skip
        total = Written(lost=lost)
        for half in halves:
            self._left -= 1
            try:
                part = self._send(half, ids, {}, 0)
            except BrokenError as broken:
                if not broken.fault.rejected:
                    raise
                part = self._split(half, ids, 0)
            total = add(total, part)
        return total


@dataclass(frozen=True, slots=True)
class _Ask:
    tab: str
    bound: Bound
    marks: Mapping[str, Mark]
    fresh: Mapping[str, Mark]
    names: tuple[str, ...]
    filters: tuple[Json, ...]


def add(one: Written, other: Written) -> Written:
    """Return both together."""
    return Written(one.cells + other.cells, one.lost + other.lost, one.strayed + other.strayed)


def looks_like(tab: str, column: str, heading: Cell) -> bool:
    """Whether ``heading`` is one of the names of a column."""
    return fold_header(heading) in names(TAB[tab].column(column))


def _unmarked(edits: Sequence[CellEdit], bound: Mapping[str, Bound]) -> list[tuple[str, str]]:
    """Return (tab, column) of what is written, and of the ids beside it, where only a heading tells the column."""
    wanted = {(edit.row.tab, edit.column) for edit in edits}
    wanted |= {(key, "id") for key, _ in wanted if TAB[key].identified}
    return sorted((key, column) for key, column in wanted
                  if key in bound and column in bound[key].columns and column not in bound[key].marks)  # fmt: skip


def _tabs(edits: Sequence[CellEdit]) -> list[str]:
    return list(dict.fromkeys(edit.row.tab for edit in edits))


def _name(put: wire.Put) -> tuple[int, str]:
    return put.mark.id, put.edit.row.id or str(put.row)


def _at(cells: Sequence[Cell], index: int) -> Cell:
    return cells[index] if index < len(cells) else None


def _alike(one: Sequence[Cell], other: Sequence[Cell]) -> bool:
    return all(wire.same(_at(one, at), _at(other, at)) for at in range(max(len(one), len(other))))
