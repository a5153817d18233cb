"""Rows of ``Meetings`` and ``Promises``: linked to people, with a start in their zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo

from .cells import read_day
from .model import Commitment, Contact, Meeting, Organizer, Reach, Stage
from .parse_people import People, Person, remembered
from .parse_rows import RowRead, TableReader
from .say import Say, say
from .settings import Settings
from .tidy import clip, shown, single_line
from .when import Days, Spelled
from .zones import zone

MAILED = frozenset({Reach.EMAIL, Reach.FEW, Reach.AGAIN})
"""Choices of ``How to reach them`` that need an e-mail address."""
READ_HERE = frozenset({"date"})
"""Columns that :func:`meeting` reads itself: which year is meant depends on the row."""

_OVER = frozenset({Stage.TOOK_PLACE, Stage.NO_SHOW})
_LAST_MAIL = timedelta(days=8)  # a thank-you closes seven days after the end


@dataclass(frozen=True, slots=True)
class Linking:
    """What links rows to people.

    ``memory``: meeting id to the id of the contact it meant; ``told``: meeting id to the date a mail has named;
    ``zone_doubt``: why the team's zone is not sure; ``blind``: tabs (titles) in which nobody can be found because the
    tab itself is broken, which its own sentence says; ``addressless``: rows of contacts whose ``Email`` is blank.
    """

    contacts: People[Contact]
    team: People[Organizer]
    settings: Settings
    memory: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, date] = field(default_factory=dict)
    zone_doubt: Say | None = None
    blind: frozenset[str] = frozenset()
    addressless: frozenset[int] = frozenset()


def link(
    reader: TableReader, row: RowRead, key: str, people: People[Person], blind: frozenset[str],
    before: Person | None = None,
) -> Person | None:  # fmt: skip
    """Return the person whom a row names in column ``key``; ``None`` for a blank cell, or with the reason noted."""
    name = row.text(key)
    if not name:
        return None
    label = reader.labels[key]
    if people.title in blind:
        row.unread[key] = say("{column}: {tab} cannot be read, see Start here.", column=label, tab=people.title)
        return None
    found = people.resolve(name, label, before)
    if isinstance(found, Say):
        row.unread[key] = found
        reader.problem(row, key, found)
        return None
    return found


def meeting(reader: TableReader, row: RowRead, links: Linking) -> Meeting:
    """Return the meeting of a row; ``reader`` skips :data:`READ_HERE`."""
    values, unread = row.values, row.unread
    stage = values.get("stage", Stage.DRAFT)
    draft = stage is Stage.DRAFT and "stage" not in unread
    beside = single_line(shown(reader.raw(row, "contact_id")))
    contact = link(reader, row, "contact", links.contacts, links.blind,
                   remembered(links.contacts, row.id, beside, links.memory))  # fmt: skip
    organizer = link(reader, row, "organizer", links.team, links.blind)
    reader.blanks(row, only_first=draft)
    _read_date(reader, row, stage in _OVER, links.told.get(row.id))
    where = _zone(row, links)
    start = _start(reader, row, zone(where))
    if contact is not None and not draft and _still_mailed(values.get("date"), reader.where.today):
        _reachable(reader, row, contact, links)
    next_step = values.get("next_step_date")
    if isinstance(next_step, datetime):
        values["next_step_date"] = next_step.replace(tzinfo=zone(where))
    values |= {"contact_name": row.text("contact"), "contact": contact, "organizer": organizer, "zone": where,
               "start": start, "contact_id": beside}  # fmt: skip
    values.setdefault("minutes", links.settings.usual_minutes)
    return Meeting.model_validate(row.values)


def _read_date(reader: TableReader, row: RowRead, over: bool, told: date | None) -> None:
    days = Days(reader.where.today, past=over, told=told)
    reader.read_here(row, "date", lambda raw, label: read_day(raw, label, days))


def _zone(row: RowRead, links: Linking) -> str:
    """Return the zone of a row: its own, else the team's; when that is not sure, the row's ``unread`` says why."""
    own = row.values.get("zone")
    if isinstance(own, str):
        return own
    if links.zone_doubt is not None:
        row.unread.setdefault("zone", links.zone_doubt)
    return links.settings.zone


def _start(reader: TableReader, row: RowRead, place: tzinfo) -> datetime | None:
    """Return the start, aware; with a hint where the clocks change.

    A wall clock that does not exist is moved forward by the gap, one that comes twice means the first (PEP 495,
    ``fold=0``).
    """
    day, moment = row.values.get("date"), row.values.get("time")
    if not isinstance(day, date) or not isinstance(moment, time):
        return None
    start = datetime.combine(day, moment, place)
    again = start.replace(fold=1)
    first, second = start.utcoffset(), again.utcoffset()
    if first is None or second is None or first == second:
        return start
    ahead = day >= reader.where.today
    if first < second:  # a gap: the offset before it is the smaller one
        moved = start + (second - first)
        if ahead:
            reader.problem(row, "time", say(
                "{column}: the clocks go forward on {day}, and {typed} is left out. We take {time}; type another time "
                "if that is wrong.", column=reader.labels["time"], day=Spelled(day), typed=moment,
                time=moved.time()), hint=True)  # fmt: skip
        return moved
    if ahead:
        reader.problem(row, "time", say(
            "{column}: the clocks go back on {day}, and {typed} comes twice. We take the first ({first}), not the "
            "second ({second}).", column=reader.labels["time"], day=Spelled(day), typed=moment,
            first=_offset(start), second=_offset(again)), hint=True)  # fmt: skip
    return start


def _offset(moment: datetime) -> str:
    text = f"{moment:%z}"  # +0200
    return f"{moment.tzname()}, UTC{text[:3]}:{text[3:5]}"


def _still_mailed(day: object, today: date) -> bool:
    return not isinstance(day, date) or day >= today - _LAST_MAIL


def _reachable(reader: TableReader, row: RowRead, contact: Contact, links: Linking) -> None:
    """Note in a meeting's row that its contact wants e-mail and has no address that can be used."""
    if contact.reach not in MAILED or contact.email or "reach" in contact.unread:
        return
    if contact.row in links.addressless:
        sentence = say("{column}: {name} has no e-mail address. Add one in Contacts, or choose Phone only there.",
                       column=reader.labels["contact"], name=clip(contact.name))  # fmt: skip
    else:
        sentence = say("{column}: the e-mail address of {name} cannot be used. Correct it in Contacts.",
                       column=reader.labels["contact"], name=clip(contact.name))  # fmt: skip
    row.unread["email"] = sentence
    reader.problem(row, "contact", sentence)


def commitment(reader: TableReader, row: RowRead, links: Linking) -> Commitment:
    """Return the promise of a row."""
    reader.blanks(row)
    contact = link(reader, row, "contact", links.contacts, links.blind,
                   remembered(links.contacts, row.id, "", links.memory))  # fmt: skip
    who = link(reader, row, "who", links.team, links.blind)
    row.values |= {"contact_name": row.text("contact"), "contact": contact, "who": who}
    return Commitment.model_validate(row.values)
