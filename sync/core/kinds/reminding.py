"""What the two reminders share: which start they speak of, and since when the person knows it."""

from __future__ import annotations

from datetime import datetime

from ..intent import Intent
from .base import AHEAD, Scene, used
from .telling import start_revision


def about_start(scene: Scene) -> tuple[datetime, int] | None:
    """Return the start that reminders speak of and the revision that keys them, if there is one to remind of.

    While a telling mail is pending, the reminders are those of what it will tell.
    """
    meeting = scene.meeting
    if meeting.stage not in AHEAD or meeting.start is None:
        return None
    if scene.pending:
        return meeting.start, scene.pending.told.start_revision
    told = scene.told
    if told is not None and (told.cancelled or told.start != meeting.start):
        return None  # a change that was refused or skipped: what they know is not this start
    return meeting.start, told.start_revision if told else start_revision(scene, told, scene.next_revision)


def told_at(scene: Scene) -> datetime | None:
    """Return when the person heard, or will hear, of this start; ``None`` when no mail tells it."""
    if scene.pending:
        # A confirmation of a row found at first contact waits for a code; its reminders go normally.
        return None if scene.memory.adopted else scene.pending.at
    entry = scene.last_told(scene.contact.id)
    return entry.at.astimezone(scene.now.tzinfo) if entry else None


def intent(scene: Scene, kind: str, revision: int, opens: datetime, closes: datetime, variant: str) -> Intent:
    """Return the reminder of this meeting, keyed by the revision at which its start was told."""
    return Intent(
        scene.key(kind, revision), kind, scene.meeting, scene.contact, scene.organizer, scene.contact.email,
        opens, closes, used(scene, kind), variant=variant, first=not scene.known,
    )  # fmt: skip
