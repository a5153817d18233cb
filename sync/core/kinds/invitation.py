"""Invitation: an honest question whether they would like to talk.  Once; the machine never asks again by itself."""

from __future__ import annotations

from datetime import timedelta

from ..intent import Intent
from ..model import Stage
from ..say import say
from .base import Blocked, Hours, Kind, Scene, used

USEFUL = timedelta(days=14)
EMPTY = "Purpose is empty. Write one sentence {name} will read: why would you like to meet?"


def propose(scene: Scene) -> Intent | Blocked | None:
    """Invite when the stage says so and the purpose is there; date, time and place may be a proposal."""
    meeting = scene.meeting
    if meeting.stage is not Stage.INVITE:
        return None
    if not meeting.purpose and "purpose" not in meeting.unread:
        return Blocked("purpose", say(EMPTY, name=scene.contact.name))
    if meeting.start is not None and meeting.start <= scene.now:
        return Blocked("date", say("The proposed day is over. Type another one, or leave Date and Time empty."))
    closes = meeting.start or scene.now + USEFUL
    return Intent(
        scene.key("invitation", 0), "invitation", meeting, scene.contact, scene.organizer, scene.contact.email,
        scene.now, closes, used(scene, "invitation", meeting.purpose, meeting.date, meeting.time),
        first=not scene.known,
    )  # fmt: skip


KIND = Kind(
    "invitation",
    propose,
    Hours.SETTLED,
    brake=True,
    single=True,
    uses=("contact", "stage", "date", "time", "place", "purpose", "organizer", "minutes", "zone"),
    status="st_invitation",
)
