"""Intent, Decision and Plan: what planning says and what delivery, preview and the sentences read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .model import Commitment, Contact, Meeting, Organizer
from .ports import Approval, Entry, MailKey, Told, Watch
from .say import Say


@dataclass(frozen=True, slots=True)
class Intent:
    """One mail that is due, or will be.

    ``opens`` and ``closes`` are aware, in the row's zone.  ``told`` is what this mail says (only confirmation, change
    and cancellation have it), ``before`` what was told last.  ``variant`` picks a text inside the template:
    cancellation ``we``/``they``/``postponed``, change ``we``/``they``, reminder_2d ``ask``/``confirmed``,
    thank_you ``own``/``plain``.  ``first`` says that it is the person's first mail.  ``digest`` is of the cells used.
    """

    key: MailKey
    kind: str
    meeting: Meeting
    contact: Contact
    organizer: Organizer
    address: str
    opens: datetime
    closes: datetime
    digest: str = ""
    told: Told | None = None
    before: Told | None = None
    variant: str = ""
    first: bool = False
    promises: tuple[Commitment, ...] = ()
    message_id: str = ""  # of the unsure mail that is sent once more by a person's decision


class Fate(StrEnum):
    """What becomes of an intent in this cycle; the words of ``preview --json``."""

    DUE = "due"
    PLANNED = "planned"
    WAITS = "waits"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Decision:
    """One intent and its fate.  ``at``: when it goes or is looked at again; ``reason`` says why it does not go now.

    ``code`` names the reason for the machine (``settling``, ``hours``, ``code``, ``hold`` …), so that sentences and
    tests need not read prose.
    """

    intent: Intent
    fate: Fate
    at: datetime | None = None
    code: str = ""
    reason: Say | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What one cycle does: decisions in the order of sending, and what to remember.

    ``record`` are entries to write as skipped; ``watches`` what has been seen; ``approvals`` the codes that are
    waiting (or were released now); ``wake`` the next instant at which something changes by itself;
    ``notes`` one sentence per meeting (row id) about why nothing goes, where no decision tells it.
    """

    decisions: tuple[Decision, ...] = ()
    record: tuple[Entry, ...] = ()
    watches: tuple[Watch, ...] = ()
    approvals: tuple[Approval, ...] = ()
    wake: datetime | None = None
    notes: tuple[tuple[str, Say], ...] = ()
    shrunk: bool = False  # many told meetings vanished from the sheet: nothing new is mailed without an OK

    @property
    def due(self) -> tuple[Decision, ...]:
        """The decisions to carry out now, in order."""
        return tuple(decision for decision in self.decisions if decision.fate is Fate.DUE)
