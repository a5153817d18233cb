"""Writing service cells into a Google spreadsheet: rows found again, columns resolved by the server, echo compared."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..core.columns import MAIL_LOG, TAB, Owner
from ..core.headers import fold_header
from ..core.log_rows import TEXTS, log_rows, number_of
from ..core.ports import Cell, CellEdit, LogLine, Written
from . import google_looks as looks
from . import google_wire as wire
from .google_layout import COLUMN_KEY, Json, Mark, names
from .google_log import LogWrite, arranged, as_meant, growth, made_good, standing, table, undoing, untorn
from .google_patience import BrokenError
from .google_reading import Bound, Line, Reading, decoded

SPLITS = 40
"""Requests at most for finding the cells that a protection keeps from us, in one piece of one write."""


@dataclass(slots=True)
class Writing:
    """Writes through ``line`` what ``reading`` has bound.

    ``_closed`` are cells that Google refused lately, ``_shut`` says that it refused the log.  ``_open`` is a write of
    log lines of which nobody knows yet whether it hit the right rows.
    """

    line: Line
    reading: Reading
    log: logging.Logger
    _closed: set[tuple[int, str]] = field(default_factory=set)
    _closed_at: int = -1
    _left: int = 0
    _shut: bool = False
    _open: LogWrite | None = None

    def piece(self, edits: Sequence[CellEdit], live: Mapping[str, str], log: Sequence[LogLine] = ()) -> Written:
        """Write one piece: one read, one write.  Safe to repeat as a whole; raises :class:`BrokenError`.

        1. columns of ours that only their heading tells are bound first, so that the server can find them;
        2. ids, first cells, headings and the log are read again, and the rows found in them;
        3. everything is written in one request, each column by its mark;
        4. the echoed ids and keys say whether a row moved in the very moment of the write.
        """
        if self._closed_at != self.reading.looks:
            self._closed, self._closed_at = set(), self.reading.looks
        lines = self._lines(live)
        if not edits and not log:
            if lines:
                self._alone(lines)
            return Written()
        if log and self._shut:
            logged = self._log_apart(log)
            return replace(self.piece(edits, live), logged=logged)
        try:
            return self._attempt(edits, lines, log)
        except BrokenError as broken:
            if not broken.fault.rejected:
                raise
        # A tab, column or row may have gone in between: look once more, then find out which cells are closed to us.
        self.reading.forget()
        self.reading.read()
        self._closed_at = self.reading.looks
        lines = self._lines(live)
        try:
            return self._attempt(edits, lines, log)
        except BrokenError as broken:
            if not broken.fault.rejected:
                raise
        if lines:
            self._alone(lines)
        logged = self._log_apart(log) if log else frozenset()
        ready = self._prepare(edits, None)
        self._left = SPLITS
        return replace(self._split(ready.puts, ready.ids, ready.lost), logged=logged)

    def _attempt(self, edits: Sequence[CellEdit], lines: Mapping[Mark, str], log: Sequence[LogLine]) -> Written:
        return self._send(self._prepare(edits, log or None), lines)

    def _prepare(self, edits: Sequence[CellEdit], log: Sequence[LogLine] | None) -> _Ready:
        """Find the rows of everything, and make room in the log; ``None``: the log is not wanted at all."""
        bound = dict(self.reading.bound)
        fresh = self._bind(_unmarked(edits, log is not None, bound), bound)
        ready = self._place(edits, log, bound, fresh)
        about = self.reading.layout
        if ready.log is not None and about is not None:
            sheet = about.tabs[MAIL_LOG.key]
            if ready.log.last_row > sheet.rows:
                requests, rows = growth(ready.log, sheet.id, sheet.rows)
                self.line.batch(requests)
                self.reading.grown(MAIL_LOG.key, rows)
        return ready

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

    def _bind(self, wanted: Sequence[tuple[str, str]], bound: Mapping[str, Bound]) -> dict[str, dict[str, Mark]]:
        """Return the marks made just now, by tab and column; they count only once the heading under them is seen."""
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
                    int(data["metadataId"]),
                    COLUMN_KEY,
                    f"{key}.{column}",
                    "COLUMN",
                    bound[key].sheet,
                    bound[key].columns[column],
                )
        self.reading.forget()
        return made

    # --- rows found again --------------------------------------------------------------------------------------------

    def _place(
        self, edits: Sequence[CellEdit], log: Sequence[LogLine] | None, bound: Mapping[str, Bound],
        fresh: Mapping[str, Mapping[str, Mark]],
    ) -> _Ready:  # fmt: skip
        """Return where everything goes, from one read."""
        asked = [self._ask(key, bound[key], fresh.get(key, {})) for key in _tabs(edits) if key in bound]
        key = MAIL_LOG.key
        log_asked = self._ask_log(bound[key], fresh.get(key, {})) if log is not None and key in bound else None
        if log is not None and log_asked is None:
            self.reading.forget()  # mail waits for the log, so a tab that set-up makes again is found at once
        filters = [data for ask in (*asked, *([log_asked] if log_asked else ())) for data in ask.filters]
        answer = decoded(self.line.values(wire.get_body(filters, "COLUMNS"))) if filters else {}
        answers = iter(wire.answered(filters, answer))
        rows: dict[str, wire.Rows] = {}
        usable: dict[str, dict[str, Mark]] = {}
        for ask in asked:
            got = dict(zip(ask.names, [next(answers) for _ in ask.filters], strict=True))
            usable[ask.tab] = _ours(ask.tab, self._usable(ask, got))
            top = ask.bound.header_at + 1
            firsts = wire.column_of(got.get("first"))
            ids = wire.column_of(got.get("id")) if "id" in usable[ask.tab] else []
            rows[ask.tab] = wire.Rows(ids, firsts, top, not TAB[ask.tab].identified)
        write = self._place_log(log_asked, list(answers), log or ()) if log_asked else None
        puts, lost = wire.place(edits, rows, usable)
        marks = {key: found["id"] for key, found in usable.items() if "id" in found}
        return _Ready(puts, lost, marks, write)

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

    def _ask_log(self, bound: Bound, fresh: Mapping[str, Mark]) -> _Ask:
        """Ask for the whole log: where new lines go depends on everything that stands there."""
        filters = {"whole": wire.whole(bound.sheet)} | {f"new {n}": wire.marked(mark) for n, mark in fresh.items()}
        marks = {**bound.marks, **fresh}
        return _Ask(MAIL_LOG.key, bound, marks, fresh, tuple(filters), tuple(filters.values()))

    def _place_log(self, ask: _Ask, answers: Sequence[Json | None], lines: Sequence[LogLine]) -> LogWrite | None:
        """Return where log lines go; ``None`` when the tab or its ``Key`` column is not there."""
        got = dict(zip(ask.names, answers, strict=True))
        if got["whole"] is None:
            self.reading.forget()
            return None
        columns, at = wire.rows_of(got["whole"]), ask.bound.header_at
        got["header"] = {"values": [[_at(column, at)] for column in columns]}
        marks = self._usable(ask, got)
        read = table(columns, at, {name: mark.index for name, mark in marks.items()})
        ours = _ours(ask.tab, marks)
        if "key" not in ours:
            self.reading.forget()
            return None
        if self._open is not None and lines:
            lines = made_good(lines, self._open, read)
        return arranged(lines, read, ours)

    def _usable(self, ask: _Ask, got: Mapping[str, Json | None]) -> dict[str, Mark]:
        """Return the marks that surely stand on their own columns right now, with their place.

        The headings are as they were when the marks were bound; else the marks are read once more, and those count
        over which the same heading stands as before.  A mark made just now counts when its column shows its heading.
        """
        header, before = wire.row_of(got.get("header")), list(ask.bound.header)
        usable = dict(ask.bound.marks)
        now: dict[int, Mark] = {}
        if not _alike(header, before):
            self.reading.forget()
            now = {mark.id: mark for mark in self.reading.remark()}
            usable = {name: now[mark.id] for name, mark in usable.items() if mark.id in now
                      and wire.same(_at(header, now[mark.id].index), _at(before, mark.index))}  # fmt: skip
        for name, mark in ask.fresh.items():
            column = wire.column_of(got.get(f"new {name}"))
            if looks_like(TAB[ask.tab].key, name, _at(column, ask.bound.header_at)):
                usable[name] = now.get(mark.id, mark)
            else:
                self.line.batch([looks.unbind(mark.id)])
        return usable

    # --- sending -----------------------------------------------------------------------------------------------------

    def _send(self, ready: _Ready, lines: Mapping[Mark, str]) -> Written:
        open_ = [put for put in ready.puts if _name(put) not in self._closed]
        lost = ready.lost + len(ready.puts) - len(open_)
        columns = ready.log.columns(ready.log.cells) if ready.log is not None else {}
        if not open_ and not lines and not columns:
            return Written(lost=lost)
        tabs = {put.edit.row.tab for put in open_}
        echo = [mark for key, mark in ready.ids.items() if key in tabs]
        answer = self._put(wire.put_body(open_, echo, lines, columns), ready.log if columns else None)
        landed = wire.landed(open_, answer)
        if len(landed) < len(open_):
            self.reading.forget()  # a column was deleted in the very moment of the write
        strayed = wire.strayed(landed, ready.ids, answer)
        if strayed:
            self.log.warning("google: %d cells landed beside another row; the next cycle mends them", strayed)
        logged = self._logged(ready.log, answer) if ready.log is not None and columns else frozenset()
        return Written(len(landed), lost + len(open_) - len(landed), strayed, logged)

    def _split(self, puts: Sequence[wire.Put], ids: Mapping[str, Mark], lost: int) -> Written:
        """Send halves, columns apart first, until only the cells that Google refuses are left."""
        if not puts:
            return Written(lost=lost)
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
                part = self._send(_Ready(half, 0, ids), {})
            except BrokenError as broken:
                if not broken.fault.rejected:
                    raise
                part = self._split(half, ids, 0)
            total = add(total, part)
        return total

    # --- the log -----------------------------------------------------------------------------------------------------

    def _put(self, body: Json, log: LogWrite | None) -> Json:
        if log is None:
            return self.line.put(body)
        before, self._open = self._open, log
        try:
            return self.line.put(body)
        except BrokenError as broken:
            if broken.fault.rejected or broken.fault.unsent:
                self._open = before
            raise

    def _logged(self, write: LogWrite, answer: Json) -> frozenset[int]:
        """Return the numbers of the lines that surely stand in the log, after undoing what hit other lines."""
        keys = wire.echoed(answer).get(write.marks["key"].id)
        if keys is None:  # the column was deleted in the very moment of the write
            self.reading.forget()
            self._open = None
            return frozenset()
        if as_meant(write, write.cells, keys):
            self._open = None
            return write.numbers()
        self.log.warning("google: rows of the Mail log moved in the very moment of the write; putting them right")
        self.reading.forget()
        now = self._prepare((), ()).log
        if now is None:
            return frozenset()
        back = undoing(write, now)
        keys = now.key_column()
        if back:
            found = wire.echoed(self.line.put(wire.put_body((), (), {}, now.columns(back)))).get(now.marks["key"].id)
            if found is None or not as_meant(now, back, found):
                return frozenset()
            keys = found
        if untorn(write, keys):
            self._open = None
        return standing(write, keys)

    def _log_apart(self, log: Sequence[LogLine]) -> frozenset[int]:
        """Write the log by itself: new lines, then those that replace; Google may refuse either (a protected row)."""
        old = {number_of(row.key) for row in log_rows(self.reading.log)} if self.reading.log is not None else set()
        groups = [[line for line in log if (number_of(line.key) in old) is standing_] for standing_ in (False, True)]
        logged: frozenset[int] = frozenset()
        self._shut = False
        for group in filter(None, groups):
            try:
                logged |= self._send(self._prepare((), group), {}).logged
            except BrokenError as broken:
                if not broken.fault.rejected:
                    raise
                self._shut = True
                self.log.warning("google: %d lines cannot be written into the Mail log", len(group))
        return logged


@dataclass(frozen=True, slots=True)
class _Ready:
    """Where everything goes: cells, how many edits are lost, the marks of the id columns by tab, the log."""

    puts: Sequence[wire.Put]
    lost: int
    ids: Mapping[str, Mark]
    log: LogWrite | None = None


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
    return Written(
        one.cells + other.cells, one.lost + other.lost, one.strayed + other.strayed, one.logged | other.logged
    )


def looks_like(tab: str, column: str, heading: Cell) -> bool:
    """Whether ``heading`` is one of the names of a column."""
    return fold_header(heading) in names(TAB[tab].column(column))


def _ours(tab: str, marks: Mapping[str, Mark]) -> dict[str, Mark]:
    return {name: mark for name, mark in marks.items() if TAB[tab].column(name).owner is Owner.SERVICE}


def _unmarked(edits: Sequence[CellEdit], log: bool, bound: Mapping[str, Bound]) -> list[tuple[str, str]]:
    """Return (tab, column) of what is written, and of the ids beside it, where only a heading tells the column."""
    wanted = {(edit.row.tab, edit.column) for edit in edits}
    wanted |= {(key, "id") for key, _ in wanted if TAB[key].identified}
    wanted |= {(MAIL_LOG.key, name) for name in TEXTS if log}
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
