"""One page that shows mails in the order in which people get them: offline, one file, no scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from html.parser import HTMLParser
from itertools import groupby
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from ..core.shades import Shade
from ..core.statuses import mail_name
from ..core.wording import Wording


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in the sheet, told between the mails.

    ``at`` is aware; ``says`` is what the sheet said then in the row of ``about`` (a contact's name), with the colour
    ``shade``.
    """

    at: datetime
    words: str
    says: str = ""
    about: str = ""
    shade: Shade | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One mail to show: its raw bytes, a link to its file, and what the sheet said in its row when it had left."""

    raw: bytes
    link: str = ""
    says: str = ""
    shade: Shade | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    """What the template shows: an event when it has ``words``, else a mail."""

    at: datetime
    clock: str
    person: int  # whose it is, counted from 1; 0: nobody's
    says: str = ""
    words: str = ""
    shade: str = ""  # green, amber, grey, red, or none
    subject: str = ""
    sender: str = ""
    to: str = ""
    kind: str = ""
    calendar: str = ""
    body: str = ""  # safe HTML
    text: str = ""
    ics: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class _Day:
    name: str
    items: tuple[_Item, ...]


def page(
    template: str, mails: Iterable[Shown], events: Iterable[Event], *, title: str, intro: Sequence[str], zone: ZoneInfo
) -> str:
    """Return the page as HTML.

    Takes the Jinja2 source of the page, the mails, what people did meanwhile, and the zone that days and hours are
    shown in.  Of a mail's HTML only the words and their plain marks are taken over (:func:`letter`), so that nothing
    in a mail can touch the page.
    """
    read = [(shown, message_from_bytes(shown.raw, policy=policy.default)) for shown in mails]
    people = list(dict.fromkeys(_name(message, "To") for _, message in read))
    items = [_mail(shown, message, people, zone) for shown, message in read]
    items += [_event(event, people, zone) for event in events]
    items.sort(key=lambda item: (item.at, not item.words))
    days = [_Day(_day_name(day), tuple(group)) for day, group in groupby(items, key=lambda item: item.at.date())]
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(title=title, intro=list(intro), days=days, people=people)


def _day_name(day: date) -> str:
    return Wording("en").day(day, day.year)


def _event(event: Event, people: Sequence[str], zone: ZoneInfo) -> _Item:
    at = event.at.astimezone(zone)
    return _Item(at, f"{at:%H:%M}", _number(event.about, people), event.says, event.words, _colour(event.shade))


def _mail(shown: Shown, message: EmailMessage, people: Sequence[str], zone: ZoneInfo) -> _Item:
    at = message["Date"].datetime.astimezone(zone)
    ics, to = _part(message, "text/calendar"), _name(message, "To")
    return _Item(
        at, f"{at:%H:%M}", _number(to, people), shown.says, subject=str(message["Subject"]),
        sender=_name(message, "From"), to=to, kind=mail_name(str(message["X-CommonGround-Kind"] or "")),
        calendar=_calendar_words(ics), body=letter(_part(message, "text/html")),
        text=_part(message, "text/plain").strip(), ics=ics.strip(), link=shown.link, shade=_colour(shown.shade),
    )  # fmt: skip


def _colour(shade: Shade | None) -> str:
    return shade.name.lower() if shade else ""


def _number(name: str, people: Sequence[str]) -> int:
    return people.index(name) + 1 if name in people else 0


def _name(message: EmailMessage, header: str) -> str:
    """Return the name in an address header, the address itself where there is none."""
    addresses = message[header].addresses if message[header] else ()
    return next((str(one.display_name or one.addr_spec) for one in addresses), "")


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


# --- a mail's words --------------------------------------------------------------------------------------------------

_SKIPPED = frozenset({"head", "style", "script", "title", "template"})
_KEPT = frozenset({"p", "strong", "em", "s", "ul", "ol", "li", "a", "blockquote"})
_ALONE = frozenset({"br", "hr"})
_SCHEMES = ("mailto:", "tel:", "https://")


def letter(html: str) -> Markup:
    """Return the words of a mail's HTML in its paragraphs, lists and marks, without any of its styles or layout.

    Everything else is left out, so the result is safe inside a page whoever wrote the mail.
    """
    reader = _Letter()
    reader.feed(html)
    reader.close()
    return reader.result()


class _Letter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self._skipping += 1
        elif self._skipping:
            return
        elif tag in _ALONE:
            self._out.append(f"<{tag}>")
        elif tag in _KEPT:
            self._open.append(tag)
            self._out.append(f"<{tag}{_attributes(tag, dict(attrs))}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping = max(self._skipping - 1, 0)
        elif tag in self._open and not self._skipping:
            while self._open:
                last = self._open.pop()
                self._out.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._out.append(escape(data))

    def result(self) -> Markup:
        ends = (f"</{tag}>" for tag in reversed(self._open))
        return Markup("".join([*self._out, *ends]).strip())  # noqa: S704 - every piece is a tag of ours or escaped


def _attributes(tag: str, given: dict[str, str | None]) -> str:
    address = given.get("href") or ""
    if tag == "a" and address.startswith(_SCHEMES):
        return f' href="{escape(address)}"'
    return ' class="team"' if tag == "p" and given.get("class") == "team" else ""
