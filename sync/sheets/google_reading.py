"""Reading a Google spreadsheet: one request when nothing changed, and columns bound in one consistent moment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from ..core import headers
from ..core.columns import LIVE_LINES, MAIL_LOG, READ_TABS, START_HERE, STOP_WORDS, TAB, Tab
from ..core.errors import ServiceUnreachable, SheetUnusable
from ..core.log_rows import log_lines, log_rows
from ..core.ports import Cell, LogLine, Snapshot, TabRead
from . import google_wire as wire
from .google_errors import Fault, nonsense
from .google_layout import FIELDS, Json, Layout, Mark, choose, header_at, layout, marks, tidy
from .google_patience import BrokenError

T = TypeVar("T")
LOOK_AGAIN = 600.0
"""Seconds after which tabs, zone and bindings are looked at again although no heading changed."""


class Line(Protocol):
    """One spreadsheet's requests.  Every method is one attempt and raises :class:`BrokenError`."""

    def about(self, fields: str, ranges: Sequence[str] = ()) -> Json:
        """``spreadsheets.get`` with a field mask."""

    def search(self) -> Json:
        """``developerMetadata:search`` for all our marks."""

    def values(self, body: Json) -> bytes:
        """``values:batchGetByDataFilter``: the answer as it came, not yet decoded."""

    def put(self, body: Json) -> Json:
        """``values:batchUpdateByDataFilter``."""

    def batch(self, requests: Sequence[Json]) -> Json:
        """``spreadsheets.batchUpdate``: all of the requests or none."""


def decoded(body: bytes) -> Json:
    """Return the JSON object in ``body``; raises :class:`BrokenError` for a cut or foreign answer."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BrokenError(nonsense())
    return found


@dataclass(frozen=True, slots=True)
class Bound:
    """One table as bound: which sheet, which header row (0-based) with which cells, where each column stands."""

    sheet: int
    header_at: int
    header: tuple[Cell, ...]
    columns: Mapping[str, int]
    marks: Mapping[str, Mark]
    doubled: tuple[str, ...] = ()


@dataclass(slots=True)
class _Values:
    """One answer of all tables, decoded."""

    body: bytes
    tables: dict[str, list[list[Cell]]]
    stop: list[Cell]


@dataclass(slots=True)
class Reading:
    """What is remembered from read to read.  ``spreadsheet`` is Google's id, ``log`` the ``Mail log`` as last read."""

    line: Line
    spreadsheet: str
    monotonic: Callable[[], float]
    layout: Layout | None = None
    bound: dict[str, Bound] = field(default_factory=dict)
    looks: int = 0
    log: TabRead | None = None
    _looked: float = 0.0
    _stale: bool = True
    _body: bytes = b""
    _snapshot: Snapshot | None = None
    _stop_row: int = 0
    _stop_label: str = STOP_WORDS

    def forget(self) -> None:
        """Look at tabs and bindings again in the next read."""
        self._stale = True

    def look(self) -> Layout:
        """Return the layout as it is now (two requests); raises :class:`SheetUnusable` for a copied file."""
        found = layout(self.line.about(FIELDS), marks(self.line.search()))
        self._take(found)
        self._looked, self._stale = self.monotonic(), False
        self.looks += 1
        born = found.born_as()
        if born and self.spreadsheet not in born:
            raise SheetUnusable(
                "This sheet is a copy of another one, so nothing is sent from it.",
                "Run `sync setup` once if you mean to work with this copy.",
            )
        return found

    def _take(self, found: Layout) -> None:
        if found != self.layout:
            self._body, self.bound = b"", {}
        self.layout = found

    def grown(self, tab: str, rows: int) -> None:
        """Remember that a tab's grid has ``rows`` rows now, because we made it so."""
        about = self._layout()
        tall = replace(about.tabs[tab], rows=rows)
        sheets = tuple(tall if sheet.id == tall.id else sheet for sheet in about.sheets)
        self.layout = replace(about, sheets=sheets, tabs={**about.tabs, tab: tall})

    def remark(self) -> tuple[Mark, ...]:
        """Return our marks as they are now (one request)."""
        found = marks(self.line.search())
        if self.layout is not None:
            now = self.layout
            self._take(Layout(now.title, now.zone, now.locale, now.sheets, found, now.tabs))
        return found

    def read(self) -> Snapshot:
        """Return all tables; the very same object as before when not a byte of the answer changed."""
        fresh = self.layout is None or self._stale or self.monotonic() - self._looked > LOOK_AGAIN
        if fresh:
            self.look()
        before: Mapping[str, tuple[Cell, ...]] | None = None
        for _ in range(4):
            values, fresh = self._values(fresh)
            if values is None and self._snapshot is not None:
                return self._snapshot
            if values is None or self._moved_stop(values):
                continue
            tops = {key: self._header(TAB[key], rows) for key, rows in values.tables.items()}
            if not self._settled(tops, before, fresh):
                self.remark()
                before, fresh = {key: top[1] for key, top in tops.items()}, True
                if not self._all_tidy(tops):
                    continue
            self._bind(tops)
            self._snapshot, self._body = self._made(values), values.body
            return self._snapshot
        self._body = b""
        raise BrokenError(Fault(ServiceUnreachable(
            "The headings of the sheet kept changing while we read it.", "We read it again in a moment."),
            again=True))  # fmt: skip

    def _settled(self, tops: Mapping[str, tuple[int, tuple[Cell, ...]]], before: object, fresh: bool) -> bool:
        """Whether bindings and headings are of one moment.

        They are when no heading differs from the bound ones; or when the marks were just read and every mark stands
        under its own heading; or when the headings were the same before and after the marks were read.
        """
        known = {key: (bound.header_at, bound.header) for key, bound in self.bound.items()}
        if known == dict(tops):
            return True
        return fresh and (before == {key: top[1] for key, top in tops.items()} or self._all_tidy(tops))

    def _all_tidy(self, tops: Mapping[str, tuple[int, tuple[Cell, ...]]]) -> bool:
        layout_ = self._layout()
        return all(tidy(TAB[key], layout_.marked(key), header) for key, (_, header) in tops.items())

    def _layout(self) -> Layout:
        if self.layout is None:
            return self.look()
        return self.layout

    # --- one answer --------------------------------------------------------------------------------------------------

    def _filters(self) -> tuple[list[str], list[Json]]:
        tabs = self._layout().tabs
        keys = [tab.key for tab in (*READ_TABS, MAIL_LOG) if tab.key in tabs]
        if not set(keys) - {MAIL_LOG.key}:
            self._stale = True
            raise SheetUnusable("None of our tabs is in this sheet.", "Run `sync setup`; it makes them.")
        filters = [wire.whole(tabs[key].id) for key in keys]
        if START_HERE.key in tabs:
            filters.append(wire.block(tabs[START_HERE.key].id, self._stop_row, self._stop_row + 1, 0, 2))
        return keys, filters

    def _values(self, fresh: bool) -> tuple[_Values | None, bool]:
        """Return the values (``None``: not a byte changed) and whether the layout is fresh.

        A refused request, or a tab without an answer, means that tabs were deleted: then we look once and ask again.
        """
        for last in (fresh, True):
            keys, filters = self._filters()
            try:
                body = self.line.values(wire.get_body(filters))
            except BrokenError as broken:
                if last or not broken.fault.rejected:
                    raise
            else:
                if body == self._body and self._snapshot is not None:
                    return None, last
                answers = wire.answered(filters, decoded(body))
                if last or all(answer is not None for answer in answers[: len(keys)]):
                    return self._decode(body, keys, answers), last
            self._body = b""
            self.look()
        raise AssertionError("unreachable")

    def _decode(self, body: bytes, keys: list[str], answers: list[Json | None]) -> _Values:
        tables = {key: wire.rows_of(answer) for key, answer in zip(keys, answers, strict=False) if answer is not None}
        stop = wire.rows_of(answers[-1]) if len(answers) > len(keys) else []
        return _Values(body, tables, stop[0] if stop else [])

    def _header(self, tab: Tab, rows: Sequence[Sequence[Cell]]) -> tuple[int, tuple[Cell, ...]]:
        known = self.bound.get(tab.key)
        if known is not None and known.header_at < len(rows) and tuple(rows[known.header_at]) == known.header:
            return known.header_at, known.header
        at = header_at(tab, rows)
        return at, tuple(rows[at]) if rows else ()

    def _bind(self, tops: Mapping[str, tuple[int, tuple[Cell, ...]]]) -> None:
        about = self._layout()
        for key, (at, header) in tops.items():
            known = self.bound.get(key)
            if known is not None and (known.header_at, known.header) == (at, header):
                continue
            chosen = choose(TAB[key], about.marked(key), header)
            binding = headers.bind(TAB[key], header, {name: mark.index for name, mark in chosen.items()})
            kept = {name: mark for name, mark in chosen.items() if binding.columns.get(name) == mark.index}
            self.bound[key] = Bound(about.tabs[key].id, at, header, dict(binding.columns), kept, binding.doubled)
        self.bound = {key: self.bound[key] for key in tops}

    def _made(self, values: _Values) -> Snapshot:
        about = self._layout()
        tabs = {}
        for key, rows in values.tables.items():
            bound = self.bound[key]
            found = tuple("" if cell is None else str(cell) for cell in bound.header)
            tabs[key] = TabRead(key, bound.columns, rows[bound.header_at + 1 :], bound.header_at + 2, found,
                                bound.doubled)  # fmt: skip
        lost = tuple(tab.key for tab in (START_HERE, *READ_TABS, MAIL_LOG) if tab.key not in about.tabs or (
            tab.key not in tabs and tab is not START_HERE))  # fmt: skip
        self.log = tabs.pop(MAIL_LOG.key, None)
        log = log_rows(self.log) if self.log is not None else ()
        stop = values.stop[1] if len(values.stop) > 1 and values.stop[1] != "" else None
        digest = hashlib.blake2b(f"{about.zone} {about.locale} ".encode(), digest_size=16)
        digest.update(values.body)
        return Snapshot(self.spreadsheet, about.zone, about.locale, tabs, stop, digest.hexdigest(), lost, log)

    # --- the log and the live lines ----------------------------------------------------------------------------------

    def read_log(self) -> tuple[LogLine, ...]:
        """Return the whole ``Mail log`` as it is now."""
        self.read()
        return log_lines(self.log) if self.log is not None else ()

    def read_marks(self) -> dict[str, str]:
        """Return name → text of the live lines (one request): by the mark on the row, else by the label in it."""
        for last in (False, True):
            about = self._layout()
            start = about.tabs.get(START_HERE.key)
            if start is None:
                return {}
            marked = about.lines()
            names = [name for name in LIVE_LINES if name in marked]
            filters = [wire.block(start.id, 0, wire.LABEL_ROWS, 0, 2), *(wire.marked(marked[name]) for name in names)]
            try:
                answers = wire.answered(filters, decoded(self.line.values(wire.get_body(filters))))
            except BrokenError as broken:
                if last or not broken.fault.rejected:
                    raise
                self.look()
                continue
            labelled = wire.rows_of(answers[0])
            rows = {name: (wire.rows_of(found) or [[]])[0] for name, found in zip(names, answers[1:], strict=True)
                    if found is not None}  # fmt: skip
            return {name: _second(rows[name] if name in rows else _row_named(labelled, name)) for name in LIVE_LINES}
        raise AssertionError("unreachable")

    # --- the switch that stops all mail ------------------------------------------------------------------------------

    def _moved_stop(self, values: _Values) -> bool:
        """Whether ``Stop all mail`` has moved to another row of its tab; then the values must be read again.

        Its words tell: when they are not where they were, they are looked for (one request).
        """
        start = self._layout().tabs.get(START_HERE.key)
        label = values.stop[0] if values.stop else None
        if start is None or str(label or "").strip() == self._stop_label:
            return False
        body = self.line.values(wire.get_body([wire.block(start.id, 0, 30, 0, 2)]))
        rows = wire.rows_of(wire.answered([wire.block(start.id, 0, 30, 0, 2)], decoded(body))[0])
        found = [wire.stop_row(rows, words) for words in (self._stop_label, STOP_WORDS) if words]
        ticks = [at for at, row in enumerate(rows) if len(row) > 1 and isinstance(row[1], bool)]
        at = next((row for row in [*found, *ticks[:1]] if row is not None), 0)
        self._stop_label = str(rows[at][0] if at < len(rows) and rows[at] else "").strip()
        moved, self._stop_row = at != self._stop_row, at
        if moved:
            self._body = b""
        return moved


def _row_named(rows: Sequence[Sequence[Cell]], name: str) -> Sequence[Cell]:
    at = wire.stop_row(rows, name)
    return () if at is None else rows[at]


def _second(row: Sequence[Cell]) -> str:
    return str(row[1]) if len(row) > 1 and row[1] is not None else ""
