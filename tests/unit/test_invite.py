"""The calendar part as other programs read it (RFC 5545, 5546, 6047; the traps are listed in the names)."""

from __future__ import annotations

import dataclasses
import email
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event

from sync.core.invite import Method, Party, invite

from ..fakes.letters import (
    CASES,
    HOSTILE,
    MESSAGE_ID,
    SETTINGS,
    START,
    TO,
    contact,
    intent,
    meeting,
    organizer,
    renderer,
    told,
)

SENT = datetime(2027, 3, 2, 18, 10, tzinfo=UTC)
CALENDAR_KINDS = [case for case in CASES if case[0] in ("confirmation", "change", "cancellation")]


def message(kind: str, variant: str = "", **changes: Any) -> EmailMessage:
    """Return a mail as its recipient's program parses it from the bytes."""
    made = renderer().message(intent(kind, variant, **changes), SETTINGS, message_id=MESSAGE_ID, date=SENT,
                              key_header="k")  # fmt: skip
    parsed = email.message_from_bytes(made.as_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(mail: EmailMessage, kind: str) -> EmailMessage:
    found = [each for each in mail.walk() if each.get_content_type() == kind]
    assert len(found) == 1
    assert isinstance(found[0], EmailMessage)
    return found[0]


def raw(mail: EmailMessage) -> bytes:
    payload = part(mail, "text/calendar").get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def event(mail: EmailMessage) -> Event:
    calendar = Calendar.from_ical(raw(mail))
    assert len(calendar.events) == 1
    assert calendar.events[0].errors == []
    return calendar.events[0]


@pytest.mark.parametrize(("kind", "variant"), CALENDAR_KINDS)
def test_the_parts_stand_as_mail_programs_want_them(kind: str, variant: str) -> None:
    mail = message(kind, variant)
    assert [each.get_content_type() for each in mail.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics",
    ]  # fmt: skip
    file = part(mail, "application/ics")
    assert (file.get_content_disposition(), file.get_filename()) == ("attachment", "invite.ics")
    assert file.get_payload(decode=True) == raw(mail)


@pytest.mark.parametrize(("kind", "variant"), CALENDAR_KINDS)
def test_the_method_stands_in_the_type_and_in_the_calendar(kind: str, variant: str) -> None:
    mail = message(kind, variant)
    method = "CANCEL" if kind == "cancellation" else "REQUEST"
    calendar_part = part(mail, "text/calendar")
    assert calendar_part["Content-Type"].params == {"method": method, "charset": "utf-8"}
    assert Calendar.from_ical(raw(mail))["METHOD"] == method
    assert event(mail)["STATUS"] == ("CANCELLED" if kind == "cancellation" else "CONFIRMED")


@pytest.mark.parametrize(("kind", "variant"), CALENDAR_KINDS)
def test_the_recipient_is_the_one_attendee_and_the_sender_the_organizer(kind: str, variant: str) -> None:
    mail = message(kind, variant)
    found = event(mail)
    attendee = found["ATTENDEE"]
    assert not isinstance(attendee, list)
    assert str(attendee) == f"mailto:{mail['To'].addresses[0].addr_spec}" == f"mailto:{TO}"
    assert str(found["ORGANIZER"]) == f"mailto:{mail['From'].addresses[0].addr_spec}"
    assert found["ORGANIZER"].params["CN"] == "Jana"
    wanted = {"CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "CN": "Anna Kováčová"}
    if kind != "cancellation":
        wanted["RSVP"] = "TRUE"
    assert dict(attendee.params) == wanted


def test_the_event_says_who_where_and_why_in_utc() -> None:
    found = event(message("confirmation"))
    assert found["DTSTART"].dt == START.astimezone(UTC)
    assert found["DTEND"].dt == START.astimezone(UTC) + timedelta(minutes=45)
    assert b"DTSTART:20270311T163000Z\r\n" in raw(message("confirmation"))
    assert found["DTSTAMP"].dt == SENT
    assert found["UID"] == told().uid
    assert found["SUMMARY"] == "Anna Kováčová \N{EN DASH} Jana, Harbour Street Co-op"
    assert found["LOCATION"] == "Café Dobre, Hlavná 12"
    assert found["DESCRIPTION"] == "I want to hear what you would change in the courtyard."
    assert found["TRANSP"] == "OPAQUE"


def test_it_has_one_uid_and_every_line_ends_with_crlf() -> None:
    text = raw(message("confirmation"))
    assert text.count(b"\r\nUID:") == 1
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert b"\r\r" not in text
    assert b"TZID" not in text


def test_a_meeting_moved_three_times_keeps_its_uid_and_counts_up() -> None:
    mails = [message("confirmation")]
    for revision in (1, 2, 3):
        now = told(revision=revision, start=START + timedelta(days=revision))
        mails.append(message("change", "we", told=now, before=told(revision=revision - 1)))
    mails.append(message("cancellation", "we", told=told(revision=4, cancelled=True), before=told(revision=3)))
    assert [event(mail)["SEQUENCE"] for mail in mails] == [0, 1, 2, 3, 4]
    assert {str(event(mail)["UID"]) for mail in mails} == {told().uid}


def test_a_cancellation_takes_out_the_hour_that_was_told() -> None:
    """The row may already hold another day; the person's calendar holds the one they were told."""
    elsewhere = told(revision=5, start=START + timedelta(days=30), cancelled=True)
    found = event(message("cancellation", "they", told=elsewhere, before=told(revision=4)))
    assert (found["DTSTART"].dt, found["SEQUENCE"]) == (START.astimezone(UTC), 5)


@pytest.mark.parametrize(("month", "day"), [(3, 27), (3, 28), (10, 30), (10, 31)])
def test_a_clock_change_moves_neither_the_hour_nor_the_length(month: int, day: int) -> None:
    local = START.replace(month=month, day=day)
    found = event(message("confirmation", told=told(start=local)))
    assert found["DTSTART"].dt.astimezone(ZoneInfo("Europe/Bratislava")).hour == 17
    assert found["DTEND"].dt - found["DTSTART"].dt == timedelta(minutes=45)


@pytest.mark.parametrize("kind", [kind for kind, _ in CASES if kind.startswith(("remind", "thank"))])
def test_other_mails_carry_no_calendar(kind: str) -> None:
    mail = message(kind)
    assert [each.get_content_type() for each in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_practice_mail_carries_no_calendar_and_does_not_speak_of_one() -> None:
    made = renderer(safe_to="me@example.org").message(
        intent("confirmation"), SETTINGS, message_id=MESSAGE_ID, date=SENT, key_header="k"
    )
    assert b"calendar" not in made.as_bytes().lower()


def test_no_phone_number_and_no_note_is_in_it() -> None:
    row = meeting(heard="CANARY", team_notes="CANARY", ask="CANARY", preparation="CANARY")
    text = raw(message("confirmation", meeting=row, contact=contact(notes="CANARY", phone="0999")))
    assert b"0903" not in text
    assert b"0999" not in text
    assert b"CANARY" not in text


def test_hostile_text_stays_text() -> None:
    value = HOSTILE + '\nATTENDEE:mailto:eve@example.org\r\n\x00\u2028END:VCALENDAR;,\\'
    row = told(place=value, purpose=value)
    mail = message("confirmation", told=row, contact=contact(name=value), organizer=organizer(name=value))
    found = event(mail)
    assert str(found["ATTENDEE"]) == f"mailto:{TO}"
    assert found["LOCATION"] == " ".join(value.replace("\x00", "").split())
    assert "\n" not in found["ATTENDEE"].params["CN"]
    assert b"^'" not in raw(mail)
    assert '"' not in found["ATTENDEE"].params["CN"]


def test_a_time_without_a_zone_is_refused() -> None:
    people = {"organizer": Party("Jana", "team@example.org"), "attendee": Party("Anna", TO)}
    naive = dataclasses.replace(told(), start=START.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        invite(naive, Method.REQUEST, **people, team="", purpose="", stamp=SENT)
    with pytest.raises(ValueError, match="zone"):
        invite(told(), Method.REQUEST, **people, team="", purpose="", stamp=SENT.replace(tzinfo=None))
