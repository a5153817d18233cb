"""What would go, as people read it: grouped by day, with the hour, the person, the mail and why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from .grid import Group, show
from .outcome import talk

if TYPE_CHECKING:
    from ..app.look import Look
    from ..app.service import Service
    from ..core.intent import Decision

HEADERS = ("When", "To", "What", "Why not")
NOW, LATER, NEVER, SILENT = "Now", "Waits for somebody", "Does not go", "Nothing goes about these"


def show_decisions(service: Service, found: Look, decisions: Sequence[Decision], empty: str) -> None:
    """Print the decisions of one team in order, or ``empty`` when there are none."""
    if service.name:
        click.echo(f"== {service.name} ==")
    groups = [Group(title, _rows(found, chosen)) for title, chosen in _grouped(found, decisions)]
    if not groups:
        click.echo(empty)
        return
    show(HEADERS, groups)


def show_silent(found: Look) -> None:
    """Print the meetings about which no mail is planned, with the sentence that says why."""
    from ..core.say import words

    meetings = {meeting.id: meeting for meeting in found.book.meetings if meeting.id}
    rows = [
        (f"row {meetings[row_id].row}", _clean(meetings[row_id].contact_name), "", _clean(words(sentence, found.now)))
        for row_id, sentence in found.plan.notes
        if row_id in meetings
    ]
    if rows:
        click.echo()
        show(HEADERS, [Group(SILENT, rows)])


def halted(found: Look) -> None:
    """Say beside the results what stops mail of whole tabs."""
    from ..core.columns import TAB
    from ..core.say import words

    for problem in found.book.problems:
        if not problem.column or not problem.row:
            talk(_clean(words(problem.sentence, found.now)))
    if found.book.halted:
        titles = ", ".join(TAB[key].title for key in sorted(found.book.halted) if key in TAB)
        talk(f"No mail goes from {titles} until this is mended; `sync check` says more.")
    if found.book.stop_all is not False:
        talk("All mail is stopped in Start here. Untick it there to go on.")


def _grouped(found: Look, decisions: Sequence[Decision]) -> list[tuple[str, list[Decision]]]:
    """Return titles and their decisions: now, the days in order, then what has no time of its own."""
    from ..core.intent import Fate

    now: list[Decision] = []
    days: dict[datetime, tuple[str, list[Decision]]] = {}
    later: list[Decision] = []
    never: list[Decision] = []
    for decision in sorted(decisions, key=lambda d: d.at or found.now):
        if decision.fate is Fate.DUE:
            now.append(decision)
        elif decision.fate is Fate.SKIPPED:
            never.append(decision)
        elif decision.at is None:
            later.append(decision)
        else:
            local = decision.at.astimezone(decision.intent.opens.tzinfo)
            day = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            days.setdefault(day, (_day(local, found.now), []))[1].append(decision)
    by_day = [days[day] for day in sorted(days)]
    return [(title, group) for title, group in ((NOW, now), *by_day, (LATER, later), (NEVER, never)) if group]


def _day(local: datetime, now: datetime) -> str:
    from ..core.say import day_words

    today = now.astimezone(local.tzinfo).date()
    words = day_words(local.date(), today)
    return {0: f"Today, {words}", 1: f"Tomorrow, {words}"}.get((local.date() - today).days, words)


def _rows(found: Look, decisions: Sequence[Decision]) -> list[tuple[str, str, str, str]]:
    """Return a row for each decision; those that differ in the kind of mail only share one."""
    from ..core.statuses import mail_name

    shared: dict[tuple[str, str, str, str], list[str]] = {}
    for decision in decisions:
        shared.setdefault(_told(found, decision), []).append(mail_name(decision.intent.kind))
    return [
        (when, who, f"{', '.join(dict.fromkeys(kinds))}{about}", why)
        for (when, who, about, why), kinds in shared.items()
    ]


def _told(found: Look, decision: Decision) -> tuple[str, str, str, str]:
    """Return hour, person, the meeting's time and the reason, for people."""
    from ..core.intent import Fate
    from ..core.say import words
    from ..core.statuses import SKIP_WORDS

    intent = decision.intent
    at = decision.at.astimezone(intent.opens.tzinfo) if decision.at else None
    planned = at is not None and decision.fate in (Fate.PLANNED, Fate.WAITS)
    when = f"{at:%H:%M}" if planned and at else ""
    why = words(decision.reason, found.now) if decision.reason else ""
    if decision.fate is Fate.SKIPPED and decision.code != "reach":
        skipped = SKIP_WORDS.get(decision.code)
        why = words(skipped, found.now).partition(": ")[2] if skipped else why
    elif decision.fate in (Fate.DUE, Fate.PLANNED):
        why = ""
    start = intent.told.start if intent.told else intent.meeting.start
    about = f", {words_of(start, found.now)}" if start else ""
    who = f"{intent.contact.name} <{intent.address}>" if intent.address else intent.contact.name
    return when, _clean(who), about, _clean(why)


def words_of(at: datetime, now: datetime) -> str:
    """Return day and hour as the sheet says them."""
    from ..core.say import say, words

    return words(say("{at}", at=at), now)


def _clean(text: str) -> str:
    """Return text from a sheet as one line that no terminal takes for a command."""
    from ..core.tidy import single_line

    return single_line(text)
