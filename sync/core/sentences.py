"""The write-back: what every service cell should say, and the edits that make it so.

Level-triggered: the wanted text of every row is computed from the book, the plan and the ledger's view, and compared
with what the read showed.  A lost or misplaced write is therefore repaired by the next cycle (``design.md`` P6).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .columns import READ_TABS, SETTINGS, Owner, Tab
from .identity import Identified
from .intent import Decision, Plan
from .kinds.again import LEAVE_IT
from .model import Book, Commitment, Contact, Meeting, Organizer, Problem, Reach, Stage
from .next_step import MeetingView, sentences
from .ports import SETTLED, Cell, CellEdit, Entry, LedgerView, MailKey, RowMemory, RowRef, Snapshot, TabRead
from .say import Say, say, words
from .statuses import COLUMNS, status
from .zones import zone

GONE = ("The row of {start} is gone from Meetings, but {name} still expects it. Undo that, or tell {name} yourself.")
LONGEST = 600
"""A sentence is for reading on a phone; anything longer is clipped."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Everything the sentences are made of.  ``trouble`` says why due mail did not leave in this cycle."""

    snapshot: Snapshot
    identified: Identified
    book: Book
    plan: Plan
    view: LedgerView
    now: datetime
    trouble: Say | None = None
    safe_to: str = ""
    chosen: Mapping[MailKey, str] = field(default_factory=dict)  # people's decisions in the Mail log


def edits(outlook: Outlook) -> tuple[CellEdit, ...]:
    """Return the cells that must change, those of the ID columns first."""
    result = list(outlook.identified.edits)
    wanted = {
        "contacts": _contacts(outlook),
        "meetings": _meetings(outlook),
        "promises": _promises(outlook),
        "team": _team(outlook),
    }
    for tab in READ_TABS:
        read = outlook.snapshot.tabs.get(tab.key)
        if read is None:
            continue
        if tab is SETTINGS:
            result += _settings(outlook, read)
        else:
            result += _differences(tab, read, outlook.identified.ids[tab.key], wanted[tab.key])
    return tuple(result)


def _differences(
    tab: Tab, read: TabRead, ids: Sequence[str], wanted: Mapping[str, Mapping[str, str]]
) -> Iterable[CellEdit]:
    """Yield an edit for every service cell that does not say what it should; rows that do not count are cleared."""
    columns = [
        column.key
        for column in tab.columns
        if column.owner is Owner.SERVICE and column.key in read.columns and column.key != "id" and column.key in _FILLED
    ]
    first = tab.required[0].key
    for index, row in enumerate(read.rows):
        row_wanted = wanted.get(ids[index], {}) if ids[index] else {}
        for key in columns:
            have = read.cell(row, key)
            want = row_wanted.get(key, "")
            if (have if have is not None else "") != want:
                yield CellEdit(_ref(tab, read, index, row, first), key, want)


_FILLED = frozenset({"next", "stands", "last_meeting", "contact_id", "open_promises", *COLUMNS})


def _ref(tab: Tab, read: TabRead, index: int, row: Sequence[Cell], first: str) -> RowRef:
    shown = read.cell(row, "id")
    return RowRef(tab.key, shown if isinstance(shown, str) else "", read.first_row + index, read.cell(row, first))


def _text(parts: Iterable[Say], now: datetime) -> str:
    text = " ".join(words(part, now) for part in parts)
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _by_row(problems: Iterable[Problem]) -> Mapping[tuple[str, int], list[Problem]]:
    grouped: dict[tuple[str, int], list[Problem]] = defaultdict(list)
    for problem in problems:
        grouped[problem.tab, problem.row].append(problem)
    return grouped


def _wrong(problems: Sequence[Problem]) -> list[Say]:
    """Return what is wrong in a row: two sentences at the most, hints only when nothing is wrong."""
    hard = [problem.sentence for problem in problems if not problem.hint]
    return (hard or [problem.sentence for problem in problems])[:2]


def _meetings(outlook: Outlook) -> dict[str, dict[str, str]]:
    view, now = outlook.view, outlook.now
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in view.entries.values():
        entries[entry.key.about].append(entry)
    decisions: dict[str, list[Decision]] = defaultdict(list)
    for decision in outlook.plan.decisions:
        decisions[decision.intent.meeting.id].append(decision)
    notes = dict(outlook.plan.notes)
    left = frozenset(key for key, choice in outlook.chosen.items() if choice == LEAVE_IT)
    problems = _by_row(outlook.book.problems)
    result = {}
    for meeting in outlook.book.meetings:
        memory = view.rows.get(meeting.id) or RowMemory("meetings", meeting.id, "")
        seen = MeetingView(
            meeting, now.astimezone(zone(meeting.zone)), memory, tuple(entries[meeting.id]),
            tuple(decisions[meeting.id]), tuple(problems.get(("meetings", meeting.row), ())), notes.get(meeting.id),
            _before_start(meeting, memory, view, now), outlook.trouble, outlook.safe_to, left,
        )  # fmt: skip
        result[meeting.id] = _meeting_cells(seen)
    return result


def _before_start(meeting: Meeting, memory: RowMemory, view: LedgerView, now: datetime) -> bool:
    return memory.adopted and meeting.start is not None and meeting.start <= (view.first_contact or now)


def _meeting_cells(view: MeetingView) -> dict[str, str]:
    cells = {
        "next": _text(sentences(view), view.now),
        "stands": view.meeting.stage.value,
        "contact_id": view.meeting.contact.id if view.meeting.contact else view.meeting.contact_id,
    }
    for column in COLUMNS:
        found = status(column, view.meeting, view.entries, view.decisions, before_start=view.before_start)
        cells[column] = _text([found], view.now) if found else ""
    return cells


def _contacts(outlook: Outlook) -> dict[str, dict[str, str]]:
    problems = _by_row(outlook.book.problems)
    ahead, last = _meetings_of(outlook.book.meetings, outlook.now)
    expecting = _expecting(outlook)
    result = {}
    for contact in outlook.book.contacts:
        wrong = _wrong(problems.get(("contacts", contact.row), ()))
        met = last.get(contact.id)
        if contact.id in expecting:
            wrong = [say(GONE, name=contact.name, start=expecting[contact.id]), *wrong][:2]
        parts = wrong or [_contact_next(contact, ahead.get(contact.id), met, outlook.now)]
        result[contact.id] = {
            "next": _text(parts, outlook.now),
            "last_meeting": words(say("{day}", day=met.start.date()), outlook.now) if met and met.start else "",
        }
    return result


def _expecting(outlook: Outlook) -> dict[str, datetime]:
    """Return who (contact id) still expects a meeting whose row has vanished, and when it would be."""
    gone = {row.id for row in outlook.view.rows.values() if row.tab == "meetings" and row.missing_reads}
    latest: dict[tuple[str, str], Entry] = {}
    for entry in sorted(outlook.view.entries.values(), key=lambda e: (e.key.revision, e.at)) if gone else ():
        if entry.key.about in gone and entry.told and entry.state in SETTLED and not entry.practice:
            latest[entry.key.about, entry.told.contact] = entry
    still_there = {(m.contact.id, m.start) for m in outlook.book.meetings if m.contact}
    return {
        entry.told.contact: entry.told.start
        for entry in latest.values()
        if entry.told and not entry.told.cancelled and entry.told.start > outlook.now
        and (entry.told.contact, entry.told.start) not in still_there
    }  # fmt: skip


def _meetings_of(meetings: Iterable[Meeting], now: datetime) -> tuple[dict[str, Meeting], dict[str, Meeting]]:
    """Return the next agreed meeting and the last that took place, by contact id."""
    ahead: dict[str, Meeting] = {}
    last: dict[str, Meeting] = {}
    for meeting in sorted(meetings, key=lambda m: m.start or now):
        if meeting.contact is None or meeting.start is None:
            continue
        if meeting.stage is Stage.TOOK_PLACE:
            last[meeting.contact.id] = meeting
        elif meeting.stage in (Stage.AGREED, Stage.CONFIRMED) and meeting.start > now:
            ahead.setdefault(meeting.contact.id, meeting)
    return ahead, last


def _contact_next(contact: Contact, meeting: Meeting | None, met: Meeting | None, now: datetime) -> Say:
    if contact.reach is Reach.PEACE:
        return say("Left in peace. Nothing goes.")
    if contact.quiet_until and now.date() < contact.quiet_until:
        return say("Quiet until {day}.", day=contact.quiet_until)
    if contact.reach is Reach.ASK_FIRST:
        return say('Nothing goes yet. When {name} agrees, choose "E-mail is fine".', name=contact.name)
    if meeting and meeting.start and meeting.organizer:
        if contact.reach is Reach.PHONE:
            return say("Meets {who} {at}. No mail goes; call {phone}.", who=meeting.organizer.name, at=meeting.start,
                       phone=contact.phone)  # fmt: skip
        return say("Meets {who} {at}.", who=meeting.organizer.name, at=meeting.start)
    if contact.reach is Reach.PHONE:
        return say("No mail goes. Call {phone}.", phone=contact.phone)
    if met:
        return say("Met {day}. Add a row in Meetings for the next time.", day=met.start.date() if met.start else "")
    return say("Add a row in Meetings when you have agreed on a day.")


def _promises(outlook: Outlook) -> dict[str, dict[str, str]]:
    problems = _by_row(outlook.book.problems)
    return {
        promise.id: {"next": _text(_promise_words(promise, problems, outlook.now), outlook.now)}
        for promise in outlook.book.commitments
    }


def _promise_words(
    promise: Commitment, problems: Mapping[tuple[str, int], list[Problem]], now: datetime
) -> list[Say]:
    return _wrong(problems.get(("promises", promise.row), ())) or [_promise_next(promise, now)]


def _promise_next(promise: Commitment, now: datetime) -> Say:
    if promise.done:
        late = promise.due is not None and promise.done > promise.due
        return say("Kept {day}, late." if late else "Kept {day}.", day=promise.done)
    if promise.released:
        return say("No longer needed.")
    if promise.due is None:
        return say("Open. Type a day into By when, so that it is not forgotten.")
    if promise.due < now.date():
        return say("Late since {day}.", day=promise.due)
    return say("Open until {day}.", day=promise.due)


def _team(outlook: Outlook) -> dict[str, dict[str, str]]:
    problems = _by_row(outlook.book.problems)
    result = {}
    for organizer in outlook.book.organizers:
        parts = _wrong(problems.get(("team", organizer.row), ())) or _organizer_next(organizer, outlook)
        open_ones = [p for p in outlook.book.commitments if _owes(p, organizer)]
        result[organizer.id] = {
            "next": _text(parts, outlook.now),
            "open_promises": str(len(open_ones)) if open_ones else "",
        }
    return result


def _owes(promise: Commitment, organizer: Organizer) -> bool:
    return promise.side == "We" and promise.who == organizer and promise.done is None and promise.released is None


def _organizer_next(organizer: Organizer, outlook: Outlook) -> list[Say]:
    if organizer.left is not None:
        return [say("Left {day}.", day=organizer.left)]
    ahead = [
        m for m in outlook.book.meetings
        if m.organizer == organizer and m.start and m.start > outlook.now and m.stage in (Stage.AGREED, Stage.CONFIRMED)
    ]  # fmt: skip
    if not ahead:
        return [say("No meeting ahead.")]
    first = min(ahead, key=lambda m: m.start or outlook.now)
    return [say("Next: {name}, {at}.", name=first.contact.name if first.contact else "", at=first.start)]


def _settings(outlook: Outlook, read: TabRead) -> Iterable[CellEdit]:
    problems = _by_row(outlook.book.problems)
    waiting = [d for d in outlook.plan.decisions if d.code == "code" and d.reason]
    for index, row in enumerate(read.rows):
        label = read.cell(row, "setting")
        if not isinstance(label, str) or "next" not in read.columns:
            continue
        parts = _wrong(problems.get(("settings", read.first_row + index), ()))
        if not parts and label == "Approve waiting mail" and waiting and waiting[0].reason:
            parts = [waiting[0].reason]
        want, have = _text(parts, outlook.now), read.cell(row, "next")
        if (have or "") != want:
            yield CellEdit(RowRef("settings", "", read.first_row + index, label), "next", want)


def problem_count(problems: Iterable[Problem]) -> int:
    """Return how many problems a person must mend; hints do not count."""
    return sum(1 for problem in problems if not problem.hint)



def tab_troubles(problems: Iterable[Problem], now: datetime) -> str:
    """Return what keeps whole tabs from being read, for ``Start here``; empty when nothing does."""
    return _text((problem.sentence for problem in problems if problem.row == 1 and not problem.hint), now)
