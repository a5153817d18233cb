"""Hand-written doubles for the ports: a sheet in memory with a human hand, a mailer that keeps what it is given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from types import MappingProxyType

from sync.core.columns import READ_TABS, TAB, Owner
from sync.core.errors import ServiceUnreachable
from sync.core.ports import (
    Cell,
    CellEdit,
    LogLine,
    LogRow,
    Receipt,
    Repair,
    Snapshot,
    TabRead,
    Verdict,
    Written,
)

EPOCH = date(1899, 12, 30)


def serial(value: object) -> Cell:
    """Return a date, time or datetime as a sheet holds it; anything else as it is."""
    if isinstance(value, datetime):
        return (value.date() - EPOCH).days + _fraction(value.time())
    if isinstance(value, date):
        return (value - EPOCH).days
    if isinstance(value, time):
        return _fraction(value)
    return value  # type: ignore[return-value]


def _fraction(value: time) -> float:
    return (value.hour * 3600 + value.minute * 60 + value.second) / 86400


class ToyClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.at = now
        self.seconds = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, step: timedelta) -> None:
        self.at += step
        self.seconds += step.total_seconds()

    def to(self, moment: datetime) -> None:
        self.advance(moment.astimezone(UTC) - self.at)


class ToySheet:
    """A spreadsheet in memory.  ``rows[tab]`` is a list of dicts by column key: that is the human hand."""

    def __init__(self, zone: str = "Europe/Bratislava", locale: str = "en_GB") -> None:
        self.zone, self.locale = zone, locale
        self.rows: dict[str, list[dict[str, Cell]]] = {tab.key: [] for tab in READ_TABS}
        self.stop_all: Cell = False
        self.reads = self.writes = 0
        self.live: dict[str, str] = {}
        self.log: list[dict[str, Cell]] = []
        self.down: Exception | None = None
        self.fails_writing = False
        self.between: Callable[[], None] = lambda: None

    def add(self, tab: str, **cells: object) -> dict[str, Cell]:
        """Type a new row; dates and times as dates and times."""
        row = {key: serial(value) for key, value in cells.items()}
        assert set(row) <= {column.key for column in TAB[tab].columns}
        self.rows[tab].append(row)
        return row

    def set(self, row: dict[str, Cell], **cells: object) -> None:
        """Type into cells of a row."""
        row.update({key: serial(value) for key, value in cells.items()})

    def read(self) -> Snapshot:
        if self.down:
            raise self.down
        self.reads += 1
        tabs = {}
        for tab in READ_TABS:
            keys = [column.key for column in tab.columns]
            rows = tuple(tuple(row.get(key) for key in keys) for row in self.rows[tab.key])
            tabs[tab.key] = TabRead(tab.key, {key: at for at, key in enumerate(keys)}, rows)
        numbered = [(number, row) for number, row in enumerate(self.log, 2) if row.get("key")]
        log = tuple(LogRow(number, str(row["key"]), row.get("decision")) for number, row in numbered)
        shown = (self.zone, self.locale, sorted(tabs.items()), self.stop_all, log)
        digest = hashlib.sha256(repr(shown).encode()).hexdigest()
        return Snapshot("toy", self.zone, self.locale, tabs, self.stop_all, digest, log=log)

    def write(self, edits: Sequence[CellEdit], live: Mapping[str, str], log: Sequence[LogLine] = ()) -> Written:
        if self.down or self.fails_writing:
            raise ServiceUnreachable("The sheet does not answer.")
        self.between()
        self.writes += 1
        self.live.update(live)
        done = lost = 0
        targets = [(edit, self._find(edit)) for edit in edits]
        for edit, row in targets:
            column = TAB[edit.row.tab].column(edit.column)
            assert column.owner is Owner.SERVICE, f"a team column was written: {edit}"
            if row is None:
                lost += 1
                continue
            row[edit.column] = edit.value or None
            done += 1
        return Written(done, lost, logged=frozenset(self._log_line(line) for line in log))

    def _log_line(self, line: LogLine) -> int:
        number = line.key.split(" ", 1)[0]
        row = next((r for r in self.log if str(r.get("key")).split(" ", 1)[0] == number), None)
        if row is None:
            row = {}
            self.log.append(row)
        row.update({name: text for name in LogLine.__slots__ if (text := getattr(line, name))})
        return int(number)

    def read_log(self) -> tuple[LogLine, ...]:
        self.reads += 1
        return tuple(LogLine(**{name: str(row.get(name) or "") for name in LogLine.__slots__}) for row in self.log)

    def read_marks(self) -> Mapping[str, str]:
        self.reads += 1
        return dict(self.live)

    def _find(self, edit: CellEdit) -> dict[str, Cell] | None:
        rows, ref = self.rows[edit.row.tab], edit.row
        index = ref.number - 2
        at = rows[index] if 0 <= index < len(rows) else None
        anchor = TAB[ref.tab].anchor
        if ref.id:
            same = [row for row in rows if row.get("id") == ref.id]
            return at if at in same and at is not None else (same[0] if same else None)
        return at if at is not None and not at.get("id") and at.get(anchor) == ref.first else None

    def repair(self, values: Mapping[str, str] = MappingProxyType({})) -> tuple[Repair, ...]:
        return ()

    def where(self) -> str:
        return "toy"

    def link(self, tab: str, row_id: str) -> str:
        return ""


class ToyMailer:
    """Keeps every message whose dot was sent; ``answer`` may return another receipt for a message."""

    def __init__(self) -> None:
        self.out: list[tuple[str, EmailMessage]] = []
        self.answer: Callable[[EmailMessage, str], Receipt | None] = lambda message, to: None
        self.refuses: Exception | None = None

    def open(self) -> None:
        if self.refuses:
            raise self.refuses

    def send(self, message: EmailMessage, recipient: str, before_dot: Callable[[], bool]) -> Receipt:
        other = self.answer(message, recipient)
        if other is not None and other.verdict is not Verdict.UNKNOWN:
            return other
        if not before_dot():
            return Receipt(Verdict.LATER)
        self.out.append((recipient, message))
        return other or Receipt(Verdict.ACCEPTED)

    def close(self) -> None: ...

    def kinds(self, to: str = "") -> list[str]:
        """Return the kinds that left, in order, to one address or to all."""
        return [str(m["X-CommonGround-Kind"]) for who, m in self.out if not to or who == to]
