"""One page that shows mails in the order in which people get them: offline, one file, no scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined

from ..core.statuses import mail_name

_LINE = 29
_CHARACTERS = 62
_EDGES = 150


@dataclass(frozen=True, slots=True)
class Event:
    """Something a person did in the sheet, told between the mails.  ``at`` is aware."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class _Item:
    at: datetime
    clock: str
    event: str = ""
    subject: str = ""
    sender: str = ""
    to: str = ""
    kind: str = ""
    calendar: str = ""
    html: str = ""
    text: str = ""
    ics: str = ""
    height: int = 0


@dataclass(frozen=True, slots=True)
class _Day:
    name: str
    items: tuple[_Item, ...]


def page(
    template: str, mails: Iterable[bytes], events: Iterable[Event], *, title: str, intro: Sequence[str], zone: ZoneInfo
) -> str:
    """Return the page as HTML.

    Takes the Jinja2 source of the page, raw messages, what people did meanwhile, and the zone that days and hours are
    shown in.  Every mail is shown in a sandboxed frame, so that nothing in it can touch the page.
    """
    items = [_mail(message_from_bytes(raw, policy=policy.default), zone) for raw in mails]
    items += [_Item(event.at.astimezone(zone), f"{event.at.astimezone(zone):%H:%M}", event.words) for event in events]
    items.sort(key=lambda item: (item.at, not item.event))
    days = [_Day(_day_name(day), tuple(group)) for day, group in groupby(items, key=lambda item: item.at.date())]
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(template).render(title=title, intro=list(intro), days=days)


def _day_name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def _mail(message: EmailMessage, zone: ZoneInfo) -> _Item:
    at = message["Date"].datetime.astimezone(zone)
    html, text = _part(message, "text/html"), _part(message, "text/plain")
    ics = _part(message, "text/calendar")
    kind = str(message["X-CommonGround-Kind"] or "")
    lines = sum(1 + len(line) // _CHARACTERS for line in text.splitlines())
    return _Item(
        at, f"{at:%H:%M}", subject=str(message["Subject"]), sender=str(message["From"]), to=str(message["To"]),
        kind=mail_name(kind), calendar=_calendar_words(ics), html=html, text=text, ics=ics,
        height=_EDGES + _LINE * lines,
    )  # fmt: skip


def _part(message: EmailMessage, content_type: str) -> str:
    for part in message.walk():
        if part.get_content_type() == content_type and not part.is_attachment():
            return str(part.get_content()).replace("\r\n", "\n")
    return ""


def _calendar_words(ics: str) -> str:
    if "METHOD:CANCEL" in ics:
        return "takes it out of the calendar"
    if "METHOD:REQUEST" not in ics:
        return ""
    return "calendar invite" if "SEQUENCE:0" in ics else "updates the calendar"


def mails_in(folder: Path) -> list[bytes]:
    """Return the raw messages of an outbox folder, in the order of their names."""
    return [path.read_bytes() for path in sorted(folder.glob("*.eml"))]
