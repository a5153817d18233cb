"""A judge who remembers everything: the history checker of the soak (``reliability.md`` 1.12 and 3).

Three histories are held against each other: what people typed (the last read), what the ledger says, and what the mail
server took.  The rules here are written from ``design.md`` and know nothing of plans.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from sync.core.maillog import read_key
from sync.core.ports import Cell, Entry, EntryState, LogLine, MailKey
from tests.fakes.toy import EPOCH
from tests.fakes.watch import AHEAD, BY_MAIL, TELLING, invite, start_of

FRESH = timedelta(seconds=60)
FEW = {"Few e-mails"}
SECRET = "zz-secret"

Base = tuple[str, str, int, str, str]
"""What makes two mails different, without the number of the copy: about, kind, revision, occasion, address."""


def base_of(key: MailKey, address: str) -> Base:
    """Return the key by the address itself: two services hash addresses with different secrets."""
    return key.about, key.kind, key.revision, key.occasion, address.casefold()


@dataclass
class Seen:
    """One read: the rows of people and meetings, the switch, and when."""

    at: datetime
    people: list[dict[str, Cell]]
    meetings: list[dict[str, Cell]]
    stop: Cell


@dataclass
class Judge:
    """Collects in ``wrong`` what must never happen; ``now`` is the service's clock."""

    now: Callable[[], datetime]
    zone: ZoneInfo
    wrong: list[str] = field(default_factory=list)
    copies: Counter[tuple[Base, int]] = field(default_factory=Counter)
    keys: dict[tuple[Base, int], MailKey] = field(default_factory=dict)
    decided: Counter[tuple[str, str, int, str]] = field(default_factory=Counter)
    sent: int = 0
    seen: Seen | None = None
    unsure: dict[str, frozenset[MailKey]] = field(default_factory=dict)  # by machine
    told: dict[tuple[str, str], tuple[object, ...]] = field(default_factory=dict)  # by UID and address
    sequence: dict[str, tuple[int, tuple[object, ...]]] = field(default_factory=dict)  # by UID
    starts: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))  # told, by meeting
    once: set[tuple[object, ...]] = field(default_factory=set)
    numbers: dict[int, str] = field(default_factory=dict)
    logged: set[str] = field(default_factory=set)  # keys that have stood in the log
    forgiven: bool = False  # a log that people damaged was all that was left of the memory

    def complain(self, what: str) -> None:
        """Note something that must never happen."""
        self.wrong.append(f"{self.now():%a %d %b %H:%M:%S} {what}")

    # --- what is read and written ------------------------------------------------------------------------------------

    def saw(self, rows: Mapping[str, list[dict[str, Cell]]], stop: Cell) -> None:
        """Remember one read: mail may leave by this one only."""
        people = [dict(row) for row in rows["contacts"]]
        self.seen = Seen(self.now(), people, [dict(row) for row in rows["meetings"]], stop)

    def logs(self, lines: Iterable[LogLine]) -> None:
        """Judge lines of the log: a number is one mail's for ever."""
        for line in lines:
            found = read_key(line.key)
            if found is None:
                self.complain(f"an unreadable key was logged: {line.key}")
                continue
            known = self.numbers.get(found.seq)
            if known is not None and known != str(found.key):
                self.complain(f"log number {found.seq} was {known} and becomes {found.key}")
            self.numbers[found.seq] = str(found.key)
            self.logged.add(str(found.key))

    # --- mails -------------------------------------------------------------------------------------------------------

    def leaves(self, entry: Entry, to: str, message: EmailMessage) -> None:
        """Judge one mail in the instant between the commit and the final dot."""
        kind, seen = entry.key.kind, self.seen
        about = f"{kind} to {to}"
        if seen is None or abs(self.now() - seen.at) > FRESH:
            self.complain(f"{about}: by a read that is too old")
            return
        if str(entry.key) not in self.logged:
            self.complain(f"{about}: it does not stand in the log")
        if seen.stop is not False and seen.stop is not None:
            self.complain(f"{about}: while all mail is stopped")
        body = message.get_body(("plain",))
        if SECRET in f"{message['Subject']} {body.get_content() if body else ''}":
            self.complain(f"{about}: a note left the house")
        if str(message["To"]).casefold().count("@") != 1 or to.casefold() not in str(message["To"]).casefold():
            self.complain(f"{about}: the header says {message['To']}")
        self._wanted(entry, to, seen, about)
        if kind in TELLING:
            self._telling(entry, to, message, about)
        else:
            self._following(entry, to, about)

    def takes(self, entry: Entry, to: str) -> None:
        """Count one copy that the mail server has."""
        base = base_of(entry.key, to)
        self.sent += 1
        self.copies[base, entry.key.copy] += 1
        self.keys[base, entry.key.copy] = entry.key
        if self.copies[base, entry.key.copy] > 1:
            self.complain(f"TWICE: {entry.key} to {to}")
        if entry.key.copy > self.decided[base[:4]]:
            self.complain(f"{entry.key} to {to}: once more without a decision")

    def _wanted(self, entry: Entry, to: str, seen: Seen, about: str) -> None:
        """Judge by the read: consent, the row, the start."""
        kind, now = entry.key.kind, self.now()
        few = FEW if kind in (*TELLING, "reminder_day") else set()
        whom = entry.told.contact if kind == "cancellation" and entry.told else "nobody"
        people = [row for row in seen.people if row.get("id") == whom
                  or str(row.get("email") or "").strip().casefold() == to.casefold()]  # fmt: skip
        people = [row for row in people if row.get("reach") in BY_MAIL | few and not self._quiet(row)]
        if not people:
            self.complain(f"{about}: without consent")
        if kind == "cancellation":
            if entry.told is None or entry.told.start <= now:
                self.complain(f"{about}: after the start")
            return
        names = {str(row.get("name") or "").strip() for row in people}
        rows = [row for row in seen.meetings if str(row.get("contact") or "").strip() in names]
        wanted = {"Took place"} if kind == "thank_you" else AHEAD
        rows = [row for row in rows if row.get("stage") in wanted and row.get("hold") in (None, False)]
        starts = [start for row in rows if (start := start_of(row, self.zone))]
        if entry.told is not None:
            starts = [start for start in starts if start == entry.told.start]
        if not starts:
            self.complain(f"{about}: no row of the last read wants it")
        elif not any(start < now if kind == "thank_you" else start > now for start in starts):
            self.complain(f"{about}: out of its time")

    def _quiet(self, row: Mapping[str, Cell]) -> bool:
        until = row.get("quiet_until")
        today = self.now().astimezone(self.zone).date()
        return isinstance(until, int | float) and today < EPOCH + timedelta(int(until))

    def _telling(self, entry: Entry, to: str, message: EmailMessage, about: str) -> None:
        """Judge what says when and where: never the same to the same person in a row, and SEQUENCE rises."""
        calendar = invite(message)
        if calendar is None or entry.told is None:
            self.complain(f"{about}: no calendar part")
            return
        uid, sequence, start = calendar
        told = entry.told
        if start != told.start or sequence != told.revision:
            self.complain(f"{about}: the calendar says {start} #{sequence}, the ledger {told.start} #{told.revision}")
        content = (told.start, told.zone, told.minutes, told.place, told.organizer, told.cancelled)
        if entry.key.copy == 0 and self.told.get((uid, to)) == content and not self.forgiven:
            self.complain(f"{about}: told the same before: {told.start}")
        last, before = self.sequence.get(uid, (-1, ()))
        if not self.forgiven and (sequence < last or (content != before and sequence == last)):
            self.complain(f"{about}: SEQUENCE {sequence} after {last}")
        self.sequence[uid] = (sequence, content)
        self.told[uid, to] = content
        starts = self.starts[entry.key.about]
        if not starts or starts[-1] != start:
            starts.append(start)

    def _following(self, entry: Entry, to: str, about: str) -> None:
        """Judge what follows from a told start: once for each."""
        mark = (entry.key.about, entry.key.kind, to, entry.key.occasion, len(self.starts[entry.key.about]))
        if entry.key.copy == 0 and mark in self.once and not self.forgiven:
            self.complain(f"{about}: the second for this start")
        self.once.add(mark)

    # --- the ledger --------------------------------------------------------------------------------------------------

    def decides(self, key: MailKey) -> None:
        """Note that a person chose ``Send again`` for this mail."""
        mark = (key.about, key.kind, key.revision, key.occasion)
        self.decided[mark] = max(self.decided[mark], key.copy + 1)

    def audits(self, machine: str, entries: Mapping[MailKey, Entry], *, swapped: bool) -> None:
        """Hold a machine's ledger against the server: sent is one copy, unsure none or one, anything else none."""
        copies: Counter[MailKey] = Counter()
        for (base, copy), number in self.copies.items():
            copies[self.keys[base, copy]] += number
        for key, entry in entries.items():
            number = copies[key]
            if entry.state is EntryState.SENT and number != 1 and not self.forgiven:
                self.complain(f"the ledger says sent, the server has {number}: {key}")
            never = entry.state not in (EntryState.SENT, EntryState.UNSURE, EntryState.SENDING)
            if never and number and not (self.forgiven and entry.state is EntryState.SKIPPED):
                self.complain(f"the ledger says {entry.state}, the server has {number}: {key}")
        now_unsure = frozenset(key for key, entry in entries.items() if entry.state is EntryState.UNSURE)
        if not swapped and not self.unsure.get(machine, frozenset()) <= now_unsure:
            self.complain(f"no longer unsure: {self.unsure[machine] - now_unsure}")
        self.unsure[machine] = now_unsure
