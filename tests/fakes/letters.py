"""A sample meeting and the intents made from it, for tests of mails: Anna, Jana, Thursday 11 March 2027."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sync.core.headers_safe import POLICY
from sync.core.intent import Intent
from sync.core.model import Commitment, Contact, Meeting, Organizer
from sync.core.ports import MailKey, Told
from sync.core.render import Renderer, Sender
from sync.core.settings import Settings

ZONE = ZoneInfo("Europe/Bratislava")
START = datetime(2027, 3, 11, 17, 30, tzinfo=ZONE)
HOSTILE = "Zoë \"<b>\" O'Neil & Söhne, *Jana* [x](http://evil) {{7*7}} {x.__class__}"
SETTINGS = Settings(team_name="Harbour Street Co-op", zone="Europe/Bratislava", language="en")
SENDER = Sender("Harbour Street Co-op", "team@example.org")
TO = "anna@example.org"
MESSAGE_ID = "<confirmation.abcdefghijklmnopqrstuvwxyz@example.org>"
CASES = (
    ("invitation", ""),
    ("confirmation", ""),
    ("change", "we"),
    ("change", "they"),
    ("cancellation", "we"),
    ("cancellation", "they"),
    ("cancellation", "postponed"),
    ("reminder_2d", "ask"),
    ("reminder_2d", "confirmed"),
    ("reminder_day", ""),
    ("thank_you", "own"),
    ("thank_you", "plain"),
)


def sources() -> dict[str, str]:
    """Return the shipped templates by path."""
    folder = Path(__file__).parents[2] / "templates"
    return {str(file.relative_to(folder)): file.read_text("utf-8") for file in sorted(folder.rglob("*.*"))}


def renderer(**changes: Any) -> Renderer:
    """Return a renderer of the shipped templates; ``changes`` are its fields."""
    return Renderer(**{"templates": sources(), "sender": SENDER, **changes}) if changes else _usual()


@cache
def _usual() -> Renderer:
    return Renderer(sources(), SENDER)


def organizer(**changes: Any) -> Organizer:
    return Organizer(**{"id": "rjana", "name": "Jana", "email": "jana@example.org", "phone": "0903 123 456",
                        "signature": "Jana, entrance 4, 0903 123 456", **changes})  # fmt: skip


def contact(**changes: Any) -> Contact:
    return Contact(**{"id": "ranna", "name": "Anna Kováčová", "email": "anna@example.org", **changes})


def meeting(**changes: Any) -> Meeting:
    return Meeting(**{
        "id": "rmeeting", "contact_name": "Anna Kováčová", "start": START, "date": START.date(), "time": START.time(),
        "zone": "Europe/Bratislava", "minutes": 45, "place": "Café Dobre, Hlavná 12",
        "purpose": "I want to hear what you would change in the courtyard.",
        "thanks": "What you said about the old playground has stayed with me.", **changes,
    })  # fmt: skip


def told(**changes: Any) -> Told:
    return Told(**{
        "revision": 0, "start_revision": 0, "start": START, "zone": "Europe/Bratislava", "minutes": 45,
        "place": "Café Dobre, Hlavná 12", "organizer": "rjana", "contact": "ranna", "address": "anna@example.org",
        "uid": "rmeeting-abc@example.org", "purpose": "I want to hear what you would change in the courtyard.",
        **changes,
    })  # fmt: skip


def promises() -> tuple[Commitment, ...]:
    return (
        Commitment(side="We", what="send you the minutes of the February meeting", due=date(2027, 3, 14)),
        Commitment(side="They", what="ask Mrs Benková from entrance 2", due=date(2027, 3, 20)),
    )


def intent(kind: str, variant: str = "", **changes: Any) -> Intent:
    """Return the intent of one kind about the sample meeting; ``changes`` are its fields."""
    now, before = None, None
    if kind == "confirmation":
        now = told()
    elif kind == "change":
        now, before = told(revision=1, start=START + timedelta(days=1)), told()
    elif kind == "cancellation":
        now, before = told(revision=1, cancelled=True), told()
    opens = {"reminder_2d": START - timedelta(days=2), "reminder_day": START.replace(hour=8, minute=0),
             "thank_you": START + timedelta(days=1)}.get(kind, START - timedelta(days=9))  # fmt: skip
    return Intent(**{
        "key": MailKey("rmeeting", kind, 0, "", "token"), "kind": kind, "meeting": meeting(), "contact": contact(),
        "organizer": organizer(), "address": "anna@example.org", "opens": opens, "closes": START, "variant": variant,
        "told": now, "before": before,
        "promises": promises() if (kind, variant) == ("thank_you", "own") else (), **changes,
    })  # fmt: skip


def letter(number: int = 0, **changes: Any) -> EmailMessage:
    """Return a real confirmation, to ``TO``; ``number`` makes it another mail, ``changes`` are the intent's."""
    return renderer().message(
        intent("confirmation", **changes), SETTINGS, message_id=f"<confirmation.{number}@example.org>",
        date=START.replace(day=2), key_header=f"key{number}",
    )  # fmt: skip


def written(text: str) -> EmailMessage:
    """Return a mail to ``TO`` with our headers and a body of its own."""
    message, model = EmailMessage(policy=POLICY), letter()
    for name in ("From", "To", "Subject", "Date", "Message-ID"):
        message[name] = model[name]
    message.set_content(text)
    return message


class Ask:
    """A ``before_dot`` that counts how often it was asked."""

    def __init__(self, answer: bool = True) -> None:
        self.answer = answer
        self.times = 0

    def __call__(self) -> bool:
        self.times += 1
        return self.answer
