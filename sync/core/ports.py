"""What the core and the edges say to each other: plain values and the protocols of the edges.

Backends move cells, the ledger remembers mails, mailers hand over finished messages.  None of them decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from enum import StrEnum
from typing import Protocol

from .sheet_port import (
    Backend,
    Cell,
    CellEdit,
    LogLine,
    LogRow,
    Repair,
    RowRef,
    Snapshot,
    TabRead,
    Written,
)

# --- the ledger ------------------------------------------------------------------------------------------------------


class EntryState(StrEnum):
    """States of one mail in the ledger (``design.md`` 2).  Only ``planned`` may ever be tried again."""

    PLANNED = "planned"  # tried and surely not handed over; a later cycle may try again
    SENDING = "sending"  # committed before the final dot; after a crash this means: nobody knows
    SENT = "sent"
    REFUSED = "refused"
    UNSURE = "unsure"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"


SETTLED = frozenset({EntryState.SENDING, EntryState.SENT, EntryState.UNSURE})
"""States in which the recipient has, or may have, the mail."""


@dataclass(frozen=True, slots=True)
class MailKey:
    """What makes two mails different (``design.md`` 3); unique for ever in the ledger.

    ``about`` is the row id, ``recipient`` a keyed hash of the case-folded address, ``copy`` grows only by a person's
    decision.
    """

    about: str
    kind: str
    revision: int
    occasion: str
    recipient: str
    copy: int = 0

    def __str__(self) -> str:
        return "/".join((self.about, self.kind, str(self.revision), self.occasion, self.recipient, str(self.copy)))


@dataclass(frozen=True, slots=True)
class Told:
    """What a confirmation, change or cancellation said: the facts that a later change is compared with.

    ``start`` is aware (in ``zone``); ``start_revision`` is the revision at which this start was first told, and keys
    the reminders; ``uid`` is the calendar UID; ``organizer`` and ``contact`` are row ids, ``address`` where it went.
    """

    revision: int
    start_revision: int
    start: datetime
    zone: str
    minutes: int
    place: str
    organizer: str
    contact: str
    address: str
    uid: str
    cancelled: bool = False
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail's row in the ledger.  Times are aware, UTC."""

    key: MailKey
    state: EntryState
    message_id: str
    opens: datetime
    closes: datetime
    at: datetime  # of the last change of state
    not_before: datetime | None = None  # next try, for a planned entry that a server asked to come later
    attempts: int = 0
    reason: str = ""  # in words, for refused, unsure, skipped, planned
    told: Told | None = None
    fingerprint: str = ""
    practice: bool = False
    seq: int = 0  # number of its line in the Mail log; 0: it has none
    logged: str = ""  # what that line says as far as we know; compared with what it should say


@dataclass(frozen=True, slots=True)
class Watch:
    """Since when (UTC) the cells that a mail uses have been seen unchanged: the settle time's memory."""

    about: str
    kind: str
    digest: str
    since: datetime


@dataclass(frozen=True, slots=True)
class RowMemory:
    """What the ledger knows of one row: its id, the fingerprint of its team cells, and how it came to us.

    ``adopted``: found at first contact.  ``copied``: a copy of another row, silent until its content differs from
    ``fingerprint``.  ``shown``: a read has shown the id in the sheet.  ``contact_id``: whom its name meant.
    ``missing_reads``: how many reads in a row did not show it.
    """

    tab: str
    id: str
    fingerprint: str
    adopted: bool = False
    copied: bool = False
    shown: bool = False
    contact_id: str = ""
    missing_reads: int = 0


@dataclass(frozen=True, slots=True)
class LedgerView:
    """All that planning may know of the past, taken once per cycle."""

    entries: Mapping[MailKey, Entry] = field(default_factory=dict)
    watches: Mapping[tuple[str, str], Watch] = field(default_factory=dict)
    rows: Mapping[str, RowMemory] = field(default_factory=dict)  # by row id
    first_contact: datetime | None = None
    codes: Mapping[str, Approval] = field(default_factory=dict)
    last_cycle: datetime | None = None
    log_seq: int = 0  # the highest number that a log line of this sheet was given


@dataclass(frozen=True, slots=True)
class Approval:
    """Mails that wait under one short code (``K7-120``): which keys, since when, and whether it was typed."""

    code: str
    keys: frozenset[str]
    since: datetime
    released: bool = False


@dataclass(frozen=True, slots=True)
class CycleReport:
    """One cycle in figures, for ``status``."""

    started: datetime
    ended: datetime
    outcome: str  # "ok", or one sentence of what stopped it
    sent: int = 0
    refused: int = 0
    unsure: int = 0
    waiting: int = 0
    problems: int = 0
    edits: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to hand over one mail now; made by ``Ledger.claim`` and spent by ``Ledger.settle``."""

    key: MailKey
    token: str


class Ledger(Protocol):
    """The memory of mails.  Every method commits before it returns and raises ``LedgerError`` when it cannot.

    All times are aware UTC.  ``sheet`` scopes everything but the lock: several teams share one ledger.
    """

    def view(self, sheet: str) -> LedgerView: ...

    def observe(
        self,
        sheet: str,
        *,
        rows: Iterable[RowMemory] = (),
        gone: Iterable[str] = (),
        watches: Iterable[Watch] = (),
        approvals: Iterable[Approval] = (),
        first_contact: datetime | None = None,
    ) -> None:
        """Remember rows, watches and codes in one transaction; ``first_contact`` is kept when already set."""

    def intend(self, sheet: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Record mails as planned and give each the next number of the ``Mail log``, in one transaction.

        Returns those that are planned now, with their numbers; one that was planned before keeps its own number.
        """

    def logged(self, sheet: str, marks: Mapping[MailKey, str]) -> None:
        """Remember what the log lines of these mails say now."""

    def restore(self, sheet: str, entries: Iterable[Entry], *, first_contact: datetime | None, highest: int,
                gap: bool = False) -> int:
        """Take over mails from the ``Mail log``; returns how many were news.

        A mail that is unknown, or only planned, is recorded as the log says; any other stays as it is.  Numbers that
        are given later begin after ``highest``; with ``gap`` that is left to the call that says what is presumed.
        """

    def claim(self, sheet: str, entry: Entry) -> Claim | None:
        """Record ``entry`` as planned unless its key is there in another state; ``None`` says: not yours to send."""

    def sending(self, claim: Claim, at: datetime) -> bool:
        """Commit planned → sending.  ``False``: somebody else has it; the final dot must not be sent."""

    def settle(self, claim: Claim, state: EntryState, at: datetime, *, reason: str = "",
               not_before: datetime | None = None) -> None:
        """Commit the outcome of a claim: sent, refused, unsure, or planned again with a time of the next try."""

    def skip(self, sheet: str, entries: Iterable[Entry]) -> None:
        """Record mails that are never sent (state skipped or superseded); keys already there stay as they are."""

    def sweep(self, sheet: str, at: datetime) -> int:
        """Turn ``sending`` rows left by a dead process into ``unsure``; returns how many."""

    def sent_since(self, sheet: str, since: datetime) -> int:
        """Return how many mails were handed over since then (sent, sending or unsure, practice too)."""

    def record_cycle(self, sheet: str, report: CycleReport) -> None: ...

    def cycles(self, sheet: str, limit: int = 10) -> tuple[CycleReport, ...]:
        """Return the latest cycles, newest first."""

    def close(self) -> None: ...


# --- mail ------------------------------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What the mail edge came back with."""

    ACCEPTED = "accepted"
    LATER = "try later"  # surely not handed over; may be tried again
    REFUSED = "refused"  # surely not handed over; never again, or (scope account) not before a person has helped
    UNKNOWN = "unknown"  # the line broke after the final dot: nobody can tell


class Scope(StrEnum):
    """Whom a verdict concerns: this mail, this address, or the whole account (then sending stops for this cycle)."""

    MAIL = "mail"
    ADDRESS = "address"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one attempt: ``words`` is one sentence for people without addresses or secrets, ``code`` the
    server's (``550 5.1.1``), for the operator."""

    verdict: Verdict
    scope: Scope = Scope.MAIL
    words: str = ""
    code: str = ""


class Mailer(Protocol):
    """A way out for finished messages."""

    def open(self) -> None:
        """Connect and log in (or make the folder).  Raises ``ServiceRefused`` (bad password, bad certificate) or
        ``ServiceUnreachable``; then nothing was claimed and nothing is lost."""

    def send(self, message: EmailMessage, recipient: str, before_dot: Callable[[], bool]) -> Receipt:
        """Hand over one message to one address in exactly one attempt.

        ``before_dot`` is called after the body and before the final dot; when it answers ``False`` the mail is
        abandoned without its dot (verdict ``LATER``).  Never raises for trouble with this mail or the line.
        """

    def close(self) -> None: ...


__all__ = [
    "SETTLED",
    "Approval",
    "Backend",
    "Cell",
    "CellEdit",
    "Claim",
    "CycleReport",
    "Entry",
    "EntryState",
    "Ledger",
    "LedgerView",
    "LogLine",
    "LogRow",
    "MailKey",
    "Mailer",
    "Receipt",
    "Repair",
    "RowMemory",
    "RowRef",
    "Scope",
    "Snapshot",
    "TabRead",
    "Told",
    "Verdict",
    "Watch",
    "Written",
]
