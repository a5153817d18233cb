"""What a kind of mail is made of, and all that it may look at: one meeting's :class:`Scene`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from ..intent import Intent
from ..keys import Keyring, fold
from ..model import Commitment, Contact, Meeting, Organizer, Reach, Stage
from ..ports import SETTLED, Entry, EntryState, MailKey, RowMemory, Told
from ..say import Say
from ..settings import Settings

TELLING = ("confirmation", "change", "cancellation")
"""The kinds that say when and where; only these raise the revision."""
AHEAD = frozenset({Stage.AGREED, Stage.CONFIRMED})
OFF = frozenset({Stage.THEY_CALLED_OFF, Stage.WE_CALLED_OFF, Stage.POSTPONED})


class Hours(StrEnum):
    """How a kind obeys sending hours."""

    SETTLED = "settled"  # as soon as settled; ignores the hours when waiting would bring it near the start
    MORNING = "morning"  # at a clock hour; moved to the next allowed time, or before
    DAY_OF = "day of"  # as MORNING, but days without mail never move it


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of mail.

    ``propose`` looks at a scene and returns the mail (already keyed, with the times at which it opens and closes), a
    :class:`Blocked` with the one thing that a person must do first, a :class:`Passed` for a mail that is too late, or
    ``None`` when this kind has no business here.  ``settle`` multiplies the settle time, ``rest`` is a least number of
    minutes.  ``brake``: counts for "Ask me before sending more than".  ``single``: at most one such mail to one
    address a day.  ``reach``: the choices of ``How to reach them`` that allow it.
    """

    name: str
    propose: Callable[[Scene], Intent | Blocked | Passed | None]
    hours: Hours
    settle: int = 1
    rest: int = 0
    brake: bool = False
    single: bool = False
    reach: frozenset[Reach] = frozenset({Reach.EMAIL, Reach.AGAIN})
    uses: tuple[str, ...] = ()  # columns of Meetings whose unreadable cells stop it
    status: str = ""  # the status column that shows it


@dataclass(frozen=True, slots=True)
class Blocked:
    """A mail that cannot be made before a person does something; ``column`` is where."""

    column: str
    sentence: Say


@dataclass(frozen=True, slots=True)
class Passed:
    """A mail that never goes, although it would have been due at ``intent.opens``."""

    intent: Intent
    code: str
    reason: Say


@dataclass(frozen=True, slots=True)
class Scene:
    """One meeting and all that deciding about its mails may look at.  ``now`` is aware, in the row's zone."""

    meeting: Meeting
    contact: Contact
    organizer: Organizer
    settings: Settings
    now: datetime
    keyring: Keyring
    domain: str
    practice: bool
    memory: RowMemory
    entries: tuple[Entry, ...] = ()
    promises: tuple[Commitment, ...] = ()
    known: bool = False  # the contact has had a mail from us before
    contacts: dict[str, Contact] = field(default_factory=dict)
    pending: Pending | None = None
    first_contact: datetime | None = None

    # --- what was told -------------------------------------------------------------------------------------------

    @property
    def telling(self) -> tuple[Entry, ...]:
        """Entries of the telling kinds about this meeting, in this mode (practice or not)."""
        return tuple(e for e in self.entries if e.key.kind in TELLING and e.practice == self.practice)

    def last_told(self, contact_id: str) -> Entry | None:
        """Return the latest telling mail that this person has, or may have."""
        told = [e for e in self.telling if e.state in SETTLED and e.told and e.told.contact == contact_id]
        return max(told, key=lambda e: (e.key.revision, e.at), default=None)

    @property
    def told(self) -> Told | None:
        """What this contact was told last about this meeting."""
        entry = self.last_told(self.contact.id)
        return entry.told if entry else None

    @property
    def next_revision(self) -> int:
        """The revision of the next telling mail: one more than the highest that was used up."""
        used = [e.key.revision for e in self.telling if e.state is not EntryState.PLANNED]
        return 1 + max(used) if used else 0

    def given_up(self, kind: str, digest: str) -> bool:
        """Return whether this very mail was refused or skipped for good, with the same cells."""
        return any(
            e.key.kind == kind and e.fingerprint == digest and e.state in (EntryState.REFUSED, EntryState.SKIPPED)
            for e in self.telling
        )

    # --- making intents ------------------------------------------------------------------------------------------

    def recipient(self, address: str) -> str:
        """Return the hash of ``address`` for keys; practice mails have keys of their own."""
        mark = self.keyring.recipient(address)
        return f"practice-{mark}" if self.practice else mark

    def key(self, kind: str, revision: int, address: str = "", occasion: str = "") -> MailKey:
        """Return the key of a mail of this meeting."""
        return MailKey(self.meeting.id, kind, revision, occasion, self.recipient(address or self.contact.email))

    def facts(self, revision: int, start_revision: int, *, cancelled: bool = False) -> Told:
        """Return what a telling mail says now; the meeting has a start."""
        meeting = self.meeting
        return Told(
            revision=revision,
            start_revision=start_revision,
            start=self.start,
            zone=meeting.zone,
            minutes=meeting.minutes,
            place=meeting.place,
            organizer=self.organizer.id,
            contact=self.contact.id,
            address=self.contact.email,
            uid=self.keyring.uid(meeting.id, self.contact.id, self.domain),
            cancelled=cancelled,
            purpose=meeting.purpose,
        )

    def differs(self, told: Told) -> bool:
        """Return whether date, time, zone, length, place or organizer differ from what was told."""
        meeting = self.meeting
        return (
            (meeting.start, meeting.zone, meeting.minutes, meeting.place, self.organizer.id)
            != (told.start, told.zone, told.minutes, told.place, told.organizer)
        )  # fmt: skip

    @property
    def start(self) -> datetime:
        """The planned start; raises :class:`ValueError` when date or time is missing."""
        if self.meeting.start is None:
            raise ValueError("this meeting has no start")
        return self.meeting.start

    @property
    def end(self) -> datetime:
        """The planned end; the meeting has a start."""
        return self.start + timedelta(minutes=self.meeting.minutes)


@dataclass(frozen=True, slots=True)
class Pending:
    """A telling mail that has not gone yet, and when it is expected to go."""

    told: Told
    at: datetime


def digest(values: Iterable[object]) -> str:
    """Return a short hash of the values that a mail uses."""
    text = json.dumps([str(value) for value in values], ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def used(scene: Scene, kind: str, *more: object) -> str:
    """Return the digest of the cells that nearly every mail uses, and of ``more``."""
    contact, meeting, organizer = scene.contact, scene.meeting, scene.organizer
    return digest(
        (kind, meeting.start, meeting.zone, meeting.minutes, meeting.place, meeting.stage, contact.id, contact.name,
         fold(contact.email), contact.greeting, contact.tone, contact.language, contact.reach, organizer.id,
         organizer.name, organizer.phone, organizer.signature, organizer.email, *more)
    )  # fmt: skip
