"""An intent becomes a message: one Markdown source, text and HTML, headers, and the calendar part where it belongs."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.utils import format_datetime

from .facts import Surroundings, facts, spoken_of, start_of
from .headers_safe import POLICY, UnsafeMessage, ascii_address, clean_header, clean_line, mailbox
from .intent import Intent
from .invite import Method, Party, invite
from .markup import fill_html, fill_text
from .settings import Settings
from .templates import Templates
from .wording import Wording

__all__ = ["Letter", "MailIncomplete", "Renderer", "Sender", "UnsafeMessage"]

CALENDAR: Mapping[str, Method] = {
    "confirmation": Method.REQUEST,
    "change": Method.REQUEST,
    "cancellation": Method.CANCEL,
}
"""Kinds with a calendar part, and what it asks for."""

_LABELS = {
    "name": "Contact", "organizer": "Organizer", "place": "Place", "purpose": "Purpose", "thanks": "Thank-you line",
    "time": "Time", "minutes": "Minutes", "end": "Time",
}  # fmt: skip


class MailIncomplete(UnsafeMessage):
    """A mail would have a gap where a required cell is empty; it must not leave (``design.md`` 4, rule 2).

    ``placeholder`` is the name in the template, ``sentence`` names the column.
    """

    def __init__(self, placeholder: str) -> None:
        label = _LABELS.get(placeholder, "Date")
        super().__init__(f"{label} is empty, so this mail does not go.", f"Fill in {label}.")
        self.placeholder = placeholder


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mails come from: the team's name and the account's address, as configured (never from the sheet)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A rendered mail for people's eyes: ``preview``, ``Text of next email``, and the parts of the message."""

    language: str
    subject: str
    text: str
    html: str


@dataclass(slots=True)
class Renderer:
    """Makes mails from ``templates`` (path such as ``en/confirmation.md`` or ``frame.html`` → source).

    ``reader``: replies to the team's mailbox are read.  ``safe_to``: practice mode; every mail goes there.

    :raises ConfigError: when made: a template cannot be used.
    """

    templates: Mapping[str, str]
    sender: Sender
    team_name: str = ""
    reader: bool = False
    safe_to: str | None = None
    _templates: Templates = field(init=False)

    def __post_init__(self) -> None:
        self._templates = Templates(self.templates)

    def recipient(self, intent: Intent) -> str:
        """Return the one address this mail is handed over to, as it stands on the wire.

        :raises UnsafeMessage: the address cannot be used.
        """
        return ascii_address(self.safe_to or intent.address)

    def letter(self, intent: Intent, settings: Settings, at: dt.datetime | None = None) -> Letter:
        """Return subject, text and HTML as they would leave ``at`` (aware; when the intent opens, if not given).

        :raises MailIncomplete: a required cell is empty.
        :raises ConfigError: a template uses a word it is not given, or is missing.
        """
        languages = tuple(name.strip().lower()[:2] for name in (intent.contact.language, settings.language) if name)
        language, source = self._templates.find(intent.kind, languages)
        team = clean_line(settings.team_name or self.team_name or self.sender.name)
        found = facts(intent, self._surroundings(intent, language, team, at or intent.opens))
        for name in source.requires:
            if not found.values[name]:
                raise MailIncomplete(name)
        shape = self._templates.shape(source, language, found.context(), team)
        subject = self._subject(intent, fill_text(shape.subject, found.values))
        values = {**found.values, "team": team, "subject": subject}
        return Letter(language, subject, fill_text(shape.text, values), fill_html(shape.html, values))

    def subject(self, intent: Intent, settings: Settings, at: dt.datetime | None = None) -> str:
        """Return the subject alone; see :meth:`letter`."""
        return self.letter(intent, settings, at).subject

    def text(self, intent: Intent, settings: Settings, at: dt.datetime | None = None) -> str:
        """Return the plain text alone; see :meth:`letter`."""
        return self.letter(intent, settings, at).text

    def message(
        self, intent: Intent, settings: Settings, *, message_id: str, date: dt.datetime, key_header: str
    ) -> EmailMessage:
        """Return the finished message to exactly one person.

        ``date`` is the aware instant of sending (also the calendar's DTSTAMP); ``message_id`` with its brackets;
        ``key_header`` goes into ``X-CommonGround-Key``.  A calendar part's SEQUENCE is the revision of ``told``.

        :raises MailIncomplete: a required cell is empty.
        :raises UnsafeMessage: an address cannot be used.
        :raises ConfigError: a template is missing or broken.
        :raises ValueError: ``date`` has no zone.
        """
        if date.tzinfo is None:
            raise ValueError("a mail needs a date with a zone")
        letter = self.letter(intent, settings, date)
        message = EmailMessage(policy=POLICY)
        self._address(message, intent, settings)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(date.astimezone(dt.UTC).replace(microsecond=0))
        message["Message-ID"] = message_id
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 5
        message["X-Auto-Response-Suppress"] = "All"  # Exchange: no out-of-office replies
        message["X-CommonGround-Kind"] = intent.kind
        message["X-CommonGround-Key"] = clean_header(key_header, 900)
        message.set_content(letter.text, cte="quoted-printable")
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
        if self._has_calendar(intent):
            self._add_calendar(message, intent, settings, date)
        _bound(message, message_id)
        return message

    def _surroundings(self, intent: Intent, language: str, team: str, at: dt.datetime) -> Surroundings:
        start = start_of(intent)
        today = at.astimezone(start.tzinfo if start else at.tzinfo).date()
        return Surroundings(Wording(language), team, today, self.reader, self._has_calendar(intent))

    def _subject(self, intent: Intent, subject: str) -> str:
        if self.safe_to:
            subject = f"[Practice, to {clean_header(intent.contact.name, 60)}] {subject}"
        return clean_header(subject)

    def _address(self, message: EmailMessage, intent: Intent, settings: Settings) -> None:
        team = settings.team_name or self.team_name or self.sender.name
        organizer = intent.organizer
        names = dict.fromkeys(clean_line(name) for name in (organizer.name, team))
        message["From"] = mailbox(", ".join(name for name in names if name), self.sender.address)
        message["To"] = mailbox("" if self.safe_to else intent.contact.name, self.recipient(intent))
        if self.reader:
            message["Reply-To"] = mailbox(team, self.sender.address)
        elif organizer.email:
            message["Reply-To"] = mailbox(organizer.name, organizer.email)

    def _has_calendar(self, intent: Intent) -> bool:
        """Practice mail carries no REQUEST and no CANCEL: it would land in the wrong person's calendar."""
        return intent.kind in CALENDAR and intent.told is not None and not self.safe_to

    def _add_calendar(self, message: EmailMessage, intent: Intent, settings: Settings, date: dt.datetime) -> None:
        """Add the calendar as last alternative and as a file: the form for which mail programs show buttons."""
        told, spoken = intent.told, spoken_of(intent)
        if told is None or spoken is None:
            return
        method = CALENDAR[intent.kind]
        calendar = invite(
            # A cancellation speaks of the old hour, with the new revision.
            replace(spoken, revision=told.revision),
            method,
            organizer=Party(intent.organizer.name, self.sender.address),
            attendee=Party(intent.contact.name, intent.address),
            team=settings.team_name or self.team_name or self.sender.name,
            purpose=spoken.purpose or intent.meeting.purpose,
            stamp=date,
        )
        message.add_alternative(calendar, subtype="calendar", params={"method": method.value}, cte="base64")
        message.add_attachment(
            calendar.encode(), maintype="application", subtype="ics", filename="invite.ics",
            params={"name": "invite.ics"},
        )  # fmt: skip


def _bound(message: EmailMessage, message_id: str) -> None:
    """Give every multipart a boundary of its own, made from the Message-ID, so that the same mail has the same bytes.

    ``=_`` cannot stand in quoted-printable or base64 text (RFC 2045 6.7), so no content can end a part.
    """
    for number, part in enumerate(message.walk()):
        if part.is_multipart():
            digest = hashlib.sha256(f"{number} {message_id}".encode()).hexdigest()
            part.set_boundary(f"=_{digest[:32]}")
