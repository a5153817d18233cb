"""The calendar part of a mail (RFC 5545, RFC 5546, RFC 6047): one event, one attendee, UTC times.

``Told`` says everything: its UID stays for the meeting's life, its revision is the SEQUENCE.  No phone number and no
note goes in.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress, vText

from .headers_safe import ascii_address, clean_line, clean_text
from .ports import Told
from .wording import end_of

PRODUCT = "-//Common Ground//commonground//EN"


class Method(StrEnum):
    """What the calendar shall do (RFC 5546 3.2): take the meeting (also in its new form), or take it out."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Party:
    """A name and an address in a calendar part."""

    name: str
    address: str


def invite(
    told: Told, method: Method, *, organizer: Party, attendee: Party, team: str, purpose: str, stamp: dt.datetime
) -> str:
    """Return the calendar as text with CRLF line ends, for ``text/calendar`` and for ``invite.ics`` alike.

    ``told`` gives UID, SEQUENCE (its revision), start, length and place.  ``organizer`` has the address that the mail
    comes from, ``attendee`` the one it goes to: mail programs offer buttons only then.  ``stamp`` is the mail's date.

    :raises ValueError: a time has no zone; it would be written as floating time without a word.
    :raises UnsafeMessage: an address cannot be used.
    """
    if told.start.tzinfo is None or stamp.tzinfo is None:
        raise ValueError("a calendar part needs times with a zone")
    calendar = Calendar()  # Calendar.new() would add a UID of its own beside the event's
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    calendar.add_component(_event(told, method, organizer, attendee, team, purpose, stamp.astimezone(dt.UTC)))
    return str(calendar.to_ical(), "utf-8")


def _event(
    told: Told, method: Method, organizer: Party, attendee: Party, team: str, purpose: str, stamp: dt.datetime
) -> Event:
    event = Event()
    event.add("uid", told.uid)
    event.add("sequence", told.revision)
    event.add("dtstamp", stamp.replace(microsecond=0))
    event.add("dtstart", told.start.astimezone(dt.UTC))
    event.add("dtend", end_of(told.start, told.minutes).astimezone(dt.UTC))
    event.add("summary", _summary(attendee.name, organizer.name, team))
    event.add("organizer", _party(organizer))
    event.add("attendee", _attendee(attendee, method))
    if told.place:
        event.add("location", clean_line(told.place))
    if purpose:
        event.add("description", clean_text(purpose))
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("transp", "OPAQUE")
    return event


def _summary(contact: str, organizer: str, team: str) -> str:
    """Return ``Anna Kováčová, dash, Jana, Harbour Street Co-op``: it reads alike in every language."""
    ours = ", ".join(dict.fromkeys(clean_line(name) for name in (organizer, team) if name.strip()))
    return f"{clean_line(contact)} \N{EN DASH} {ours}"


def _party(party: Party) -> vCalAddress:
    """Return ``mailto:`` with a CN.  Quotes and carets go: RFC 6868's ``^'`` is shown as it stands by Outlook."""
    address = vCalAddress(f"mailto:{ascii_address(party.address)}")
    name = clean_line(party.name.translate({ord('"'): "", ord("^"): ""}))
    if name:
        address.params["cn"] = vText(name)
    return address


def _attendee(party: Party, method: Method) -> vCalAddress:
    attendee = _party(party)
    attendee.params["cutype"] = vText("INDIVIDUAL")
    attendee.params["role"] = vText("REQ-PARTICIPANT")
    attendee.params["partstat"] = vText("NEEDS-ACTION")
    if method is Method.REQUEST:
        attendee.params["rsvp"] = vText("TRUE")
    return attendee
