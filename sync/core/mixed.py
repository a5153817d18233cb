"""Rows that were mixed up: a sort of some columns only, which the core takes for dozens of changes if nobody asks.

``design.md`` 3, Identity: what cannot be decided waits for a person.  Judged by what the sheet says now against what
people were told, so that undoing the sort ends it and a restart does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime, timedelta

from .keys import fold
from .kinds.base import AHEAD, TELLING
from .model import Book, Contact, Meeting
from .ports import SETTLED, Entry, Told
from .say import Say, say

USEFUL = timedelta(days=8)
"""So long after its end nothing goes about a meeting any more (a thank-you closes after seven days)."""

ZONE = "The time zone was {old} when {name} was told, and is {new} now. Put {old} into Settings and nothing goes."
UNDO = "If a sort did that, undo it and nothing goes."


def mixed_up(
    book: Book, entries: Mapping[str, Iterable[Entry]], now: datetime, *, practice: bool
) -> dict[str, Say]:  # fmt: skip
    """Return the meetings (row ids) whose mails must wait for a person's OK, each with the reason.

    Takes the book of a fresh read, the ledger's entries by row id, ``now`` (aware), and whether mails are practice:
    then only practice mails were told.  Four mistakes are known: a person who was told of one row stands in another;
    the addresses of two people changed places; dates, places or organizers of told rows changed places; the zone of
    the whole spreadsheet changed (``reliability.md`` S23).
    """
    told = {m.id: _told(entries.get(m.id, ()), practice) for m in book.meetings if m.id}
    told = {row_id: mails for row_id, mails in told.items() if mails}
    if not told:
        return {}
    return {
        **_zones(book, told, now), **_exchanged(book.meetings, told, now), **_addresses(book, told),
        **_people(book, told, now),
    }  # fmt: skip


def _told(entries: Iterable[Entry], practice: bool) -> dict[str, Told]:
    """Return what each person (contact id) was told last about one meeting."""
    latest: dict[str, Entry] = {}
    for entry in entries:
        if entry.key.kind in TELLING and entry.practice == practice and entry.state in SETTLED and entry.told:
            before = latest.get(entry.told.contact)
            if before is None or (entry.key.revision, entry.at) >= (before.key.revision, before.at):
                latest[entry.told.contact] = entry
    return {contact: entry.told for contact, entry in latest.items() if entry.told}


def _people(book: Book, told: Mapping[str, Mapping[str, Told]], now: datetime) -> dict[str, Say]:
    """Find people who were told about one row, are replaced in it, and stand in another row that told them nothing."""
    replaced: dict[str, tuple[Meeting, Told]] = {}
    for meeting in book.meetings:
        for contact, said in told.get(meeting.id, {}).items():
            over = said.cancelled or said.start + timedelta(minutes=said.minutes) + USEFUL < now
            if meeting.contact is not None and meeting.contact.id != contact and not over:
                replaced[contact] = meeting, said
    found: dict[str, Say] = {}
    for meeting in book.meetings if replaced else ():
        person = meeting.contact
        if person is None or person.id not in replaced or person.id in told.get(meeting.id, {}):
            continue
        before, said = replaced[person.id]
        if meeting.id and (meeting.start is None or meeting.start + USEFUL > now):
            words = "{name} was told {start} in another row. " + UNDO
            found.setdefault(meeting.id, say(words, name=person.name, start=said.start))
            words = "{name} was told {start} in this row, and stands in another row now. " + UNDO
            found[before.id] = say(words, name=person.name, start=said.start)
    return found


def _addresses(book: Book, told: Mapping[str, Mapping[str, Told]]) -> dict[str, Say]:
    """Find people whose address is another one's who was told, or whose old address is another one's now."""
    latest: dict[str, Told] = {}
    for mails in told.values():
        for contact, said in mails.items():
            if contact not in latest or said.start > latest[contact].start:
                latest[contact] = said
    told_at = {fold(said.address): contact for contact, said in latest.items()}
    people = {person.id: person for person in book.contacts if person.id}
    now_at = {fold(person.email): person for person in book.contacts if person.email}
    doubtful: dict[str, Contact] = {}
    for contact, said in latest.items():
        person = people.get(contact)
        if person is None or not person.email or fold(person.email) == fold(said.address):
            continue
        other = now_at.get(fold(said.address)) or people.get(told_at.get(fold(person.email), ""))
        if other is not None and other.id != contact:
            doubtful[contact] = other
    words = "The e-mail addresses of {name} and {other} changed places. " + UNDO
    found = {}
    for meeting in book.meetings if doubtful else ():
        about = {meeting.contact.id: None} if meeting.contact else {}
        for contact in doubtful.keys() & (about | dict.fromkeys(told.get(meeting.id, ()))):
            found[meeting.id] = say(words, name=people[contact].name, other=doubtful[contact].name)
    return {row_id: words for row_id, words in found.items() if row_id}


def _zones(book: Book, told: Mapping[str, Mapping[str, Told]], now: datetime) -> dict[str, Say]:
    """Find meetings told in another zone than the team's is now, at the hour of the clock that their row still says.

    One cell of ``Settings``, or of the spreadsheet's own settings, would tell everybody another hour.
    """
    found: dict[str, Say] = {}
    for meeting in book.meetings:
        person = meeting.contact
        said = told.get(meeting.id, {}).get(person.id) if person else None
        if person is None or said is None or said.cancelled or meeting.stage not in AHEAD or said.start <= now:
            continue
        if meeting.start is None or meeting.zone != book.settings.zone:
            continue
        same_clock = said.start.replace(tzinfo=None) == meeting.start.replace(tzinfo=None)
        if same_clock and said.start != meeting.start:
            found[meeting.id] = say(ZONE, old=said.zone, new=meeting.zone, name=person.name)
    return found


def _exchanged(
    meetings: Iterable[Meeting], told: Mapping[str, Mapping[str, Told]], now: datetime
) -> dict[str, Say]:  # fmt: skip
    """Find told meetings whose dates, places or organizers went round among themselves."""
    moved: dict[str, dict[str, tuple[Hashable, Hashable]]] = {"dates": {}, "places": {}, "organizers": {}}
    for meeting in meetings:
        said = told.get(meeting.id, {}).get(meeting.contact.id) if meeting.contact else None
        if said is None or said.cancelled or meeting.stage not in AHEAD or meeting.start is None or said.start <= now:
            continue
        moved["dates"][meeting.id] = said.start, meeting.start
        moved["places"][meeting.id] = said.place, meeting.place
        moved["organizers"][meeting.id] = said.organizer, meeting.organizer.id if meeting.organizer else ""
    words = "The {things} of this row and of another one that was told were exchanged. " + UNDO
    return {row_id: say(words, things=things) for things in moved for row_id in _round(moved[things])}


def _round(moves: Mapping[str, tuple[Hashable, Hashable]]) -> set[str]:
    """Return the moves (by name) that lie on, or between, closed rounds: A to B and B to A, or A to B to C to A."""
    left = {name: move for name, move in moves.items() if move[0] != move[1]}
    while left:
        sources: dict[Hashable, int] = defaultdict(int)
        targets: dict[Hashable, int] = defaultdict(int)
        for old, new in left.values():
            sources[old] += 1
            targets[new] += 1
        kept = {name: (old, new) for name, (old, new) in left.items() if targets[old] and sources[new]}
        if len(kept) == len(left):
            break
        left = kept
    return set(left)
