"""The status columns of ``Meetings``: one word, then time or reason (``design.md`` 3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import cache

from .intent import Decision, Fate
from .kinds.registry import ALL
from .model import Meeting
from .ports import Entry, EntryState
from .say import Say, say
from .zones import zone

COLUMNS: tuple[str, ...] = ("st_invitation", "st_confirmation", "st_reminder_2d", "st_reminder_day", "st_thank_you")
SKIP_WORDS = {
    "late": say("Skipped: agreed too late"),
    "fresh": say("Skipped: another mail went shortly before"),
    "untold": say("Skipped: no confirmation had gone"),
    "hold": say("Skipped: mail was on hold"),
    "quiet": say("Skipped: no mail until a later day"),
    "single": say("Skipped: another mail went the same day"),
    "reach": say("Skipped: not by e-mail"),
    "behind": say("Skipped: agreed too late"),
    "over": say("Skipped: too late to be of use"),
}
WAIT_WORDS = {
    "code": say("Waits for your OK"),
    "mixed": say("Waits for your OK"),
    "settling": say("Waits until {at}"),
    "stopped": say("Waits: all mail is stopped"),
    "halted": say("Waits: a column is missing"),
    "unread": say("Waits for a correction"),
    "copy": say("Waits: this row is a copy"),
    "dead": say("Waits for a good address"),
    "organizer": say("Waits for the organizer's address"),
    "behind": say("Waits for the confirmation"),
}


@cache
def kinds_of(column: str) -> frozenset[str]:
    """Return the kinds that share one status column."""
    return frozenset(kind.name for kind in ALL if kind.status == column)


def status(
    column: str, meeting: Meeting, entries: Sequence[Entry], decisions: Sequence[Decision], *, before_start: bool
) -> Say | None:
    """Return what one status cell says: a pending decision first, else the latest entry, else nothing."""
    names = kinds_of(column)
    mine = [d for d in decisions if d.intent.kind in names]
    pending = next((d for d in mine if d.fate is not Fate.SKIPPED), None)
    at = zone(meeting.zone)
    if pending is not None:
        return _pending(pending)
    latest = max((e for e in entries if e.key.kind in names), key=lambda e: (e.at, e.key.revision), default=None)
    if latest is not None and latest.state is not EntryState.PLANNED:
        return _entry(latest, at)
    if before_start:
        return say("Before start") if names else None
    skipped = next(iter(mine), None)
    return SKIP_WORDS.get(skipped.code, SKIP_WORDS["over"]) if skipped else None


def _pending(decision: Decision) -> Say:
    if decision.fate is Fate.WAITS:
        words = WAIT_WORDS.get(decision.code)
        if words is not None and ("{at}" not in words.template or decision.at is not None):
            return say(words.template, at=decision.at)
        return say("Waits until {at}", at=decision.at) if decision.at else say("Waits")
    if decision.fate is Fate.PLANNED and decision.at is not None:
        return say("Goes {at}", at=decision.at)
    return say("Goes now")


def _entry(entry: Entry, local_zone: tzinfo) -> Say:
    at = entry.at.astimezone(local_zone)
    if entry.state in (EntryState.SENT, EntryState.SENDING, EntryState.UNSURE):
        if entry.state is not EntryState.SENT:
            return say("Not sure {at}", at=at)
        return say("Practice {at}", at=at) if entry.practice else say("Sent {at}", at=at)
    if entry.state is EntryState.REFUSED:
        return say("Refused {at}: {reason}", at=at, reason=entry.reason)
    return SKIP_WORDS.get(entry.reason, SKIP_WORDS["over"])


def mail_name(kind: str) -> str:
    """Return what people call a kind of mail, as it stands in a sentence."""
    return {
        "invitation": "invitation", "confirmation": "confirmation", "change": "change", "cancellation": "cancellation",
        "reminder_2d": "2-day reminder", "reminder_day": "day-of reminder", "thank_you": "thank-you",
    }.get(kind, kind)  # fmt: skip


def sent_time(entry: Entry, meeting: Meeting) -> datetime:
    """Return when a mail went, in the meeting's zone."""
    return entry.at.astimezone(zone(meeting.zone))

