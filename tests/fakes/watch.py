"""A watch at the mailbox: judges every mail by what the sheet says at that moment, with rules of its own.

It knows nothing of the service's ids, plans or ledgers: only the cells people filled, the clock, and the mails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from icalendar import Calendar

from sync.core.ports import Cell
from tests.fakes.toy import EPOCH

Table = list[dict[str, Cell]]
Tables = Mapping[str, Table]
TELLING = ("confirmation", "change", "cancellation")
ONCE = ("reminder_2d", "reminder_day", "thank_you")
BY_MAIL = {"E-mail is fine", "E-mail again, they asked"}
AHEAD = {"Agreed", "Confirmed"}
USEFUL = timedelta(days=7)


def start_of(row: Mapping[str, Cell], zone: ZoneInfo) -> datetime | None:
    """Return when a meeting's row says it starts; ``None`` unless date and time are numbers."""
    day, clock = row.get("date"), row.get("time")
    if isinstance(day, bool) or isinstance(clock, bool) or not isinstance(day, int | float):
        return None
    if not isinstance(clock, int | float):
        return None
    seconds = round(clock * 86400)
    moment = time(seconds // 3600 % 24, seconds // 60 % 60)
    return datetime.combine(EPOCH + timedelta(days=int(day)), moment, zone)


def _first_name(cell: Cell) -> str:
    return str(cell or "").strip().partition(" ")[0]


def invite(message: EmailMessage) -> tuple[str, int, datetime] | None:
    """Return UID, SEQUENCE and start of a mail's calendar part, if it has one."""
    for part in message.walk():
        if part.get_content_type() == "text/calendar":
            event = next(iter(Calendar.from_ical(str(part.get_content())).walk("VEVENT")))
            return str(event["UID"]), int(event["SEQUENCE"]), event["DTSTART"].dt.astimezone(UTC)
    return None


@dataclass
class Watch:
    """Collects in ``wrong`` what no mail may do.

    ``tables`` returns the states of the sheet that the service may have read for this cycle, newest last; a mail is
    right when it is right by one of them.  ``lenient`` drops what a person's OK overrides.
    """

    now: Callable[[], datetime]
    tables: Callable[[], Iterable[Tables]]
    zone: ZoneInfo
    stopped: Callable[[], Iterable[Cell]] = lambda: (False,)
    lenient: bool = False
    wrong: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    _keys: set[str] = field(default_factory=set)
    _once: set[tuple[str, str, datetime]] = field(default_factory=set)
    on: dict[tuple[str, datetime], str] = field(default_factory=dict)
    _sequence: dict[tuple[str, str], int] = field(default_factory=dict)

    def see(self, to: str, message: EmailMessage) -> None:
        """Judge one mail that a server was handed."""
        kind = str(message["X-CommonGround-Kind"])
        self.kinds.append(kind)
        for header in ("X-CommonGround-Key", "Message-ID"):
            if str(message[header]) in self._keys:
                self._complain(kind, to, f"{header} a second time")
            self._keys.add(str(message[header]))
        if all(stop is not False and stop is not None for stop in self.stopped()):
            self._complain(kind, to, "while all mail is stopped")
        body = message.get_body(("plain",))
        text = str(body.get_content()) if body else ""
        if "zz-secret" in text or "zz-secret" in str(message["Subject"]):
            self._complain(kind, to, "a note left the house")
        reasons = [self._judge(kind, to, text, message, tables) for tables in self.tables()]
        if all(reasons):
            self._complain(kind, to, str(reasons[-1]))
        self._history(kind, to, message)

    def _complain(self, kind: str, to: str, what: str) -> None:
        self.wrong.append(f"{self.now():%a %d %b %H:%M} {kind} to {to}: {what}")

    def _judge(self, kind: str, to: str, text: str, message: EmailMessage, tables: Tables) -> str:
        """Return what is wrong with this mail by one state of the sheet, ``""`` when nothing is."""
        people = [row for row in tables["contacts"] if str(row.get("email") or "").casefold() == to.casefold()]
        allowed = BY_MAIL | ({"Few e-mails"} if kind in (*TELLING, "reminder_day") else set())
        people = [row for row in people if row.get("reach") in allowed and not self._quiet(row)]
        if not people:
            return "without consent"
        names = {_first_name(row.get("name")) for row in people}  # a corrected name keeps its meetings
        rows = [row for row in tables["meetings"] if _first_name(row.get("contact")) in names]
        calendar = invite(message)
        if kind == "cancellation":
            return self._judge_cancellation(to, rows, calendar)
        wanted = {"Took place"} if kind == "thank_you" else AHEAD
        rows = [row for row in rows if row.get("stage") in wanted and row.get("hold") in (None, False)]
        starts = [start for row in rows if (start := start_of(row, self.zone)) and self._in_time(kind, start)]
        if calendar is not None:
            starts = [start for start in starts if start == calendar[2]]
        elif kind != "thank_you":
            said = [s for s in starts if f"{s.hour}:{s:%M}" in text]
            starts = said if kind == "reminder_day" else [s for s in said if f"{s.day} " in text]
        return "" if starts else f"no row says so: {rows}"

    def _judge_cancellation(self, to: str, rows: Table, calendar: tuple[str, int, datetime] | None) -> str:
        if calendar is None:
            return "no calendar part"
        if calendar[2] <= self.now():
            return "after the start"
        if (to, calendar[2]) not in self.on:
            return "of something that was never told"
        on = [row for row in rows if row.get("stage") in AHEAD and start_of(row, self.zone) == calendar[2]]
        return f"but the row still stands: {on}" if on and not self.lenient else ""

    def _in_time(self, kind: str, start: datetime) -> bool:
        if kind == "thank_you":
            return start < self.now() < start + USEFUL + timedelta(hours=2)
        return self.now() < start

    def _quiet(self, row: Mapping[str, Cell]) -> bool:
        until = row.get("quiet_until")
        today = self.now().astimezone(self.zone).date()
        return isinstance(until, int | float) and today < EPOCH + timedelta(days=int(until))

    def _history(self, kind: str, to: str, message: EmailMessage) -> None:
        """Judge a mail by the mails before it: nothing twice for one start, SEQUENCE always rises."""
        calendar = invite(message)
        if kind in TELLING and calendar is not None:
            uid, sequence, start = calendar
            if sequence <= self._sequence.get((uid, to), -1):
                self._complain(kind, to, f"SEQUENCE {sequence} does not rise")
            self._sequence[uid, to] = sequence
            if kind == "confirmation" and (to, start) in self.on and not self.lenient:
                self._complain(kind, to, f"{start} was confirmed before")
            for key in [key for key, mine in self.on.items() if mine == uid and key[0] == to]:
                del self.on[key]
            if kind != "cancellation":
                self.on[to, start] = uid
        elif kind in ONCE and not self.lenient:
            body = message.get_body(("plain",))
            text = str(body.get_content()) if body else ""
            mark = (kind + text, to, self.now().replace(hour=0, minute=0, second=0, microsecond=0))
            if mark in self._once:
                self._complain(kind, to, "the same words twice on one day")
            self._once.add(mark)
