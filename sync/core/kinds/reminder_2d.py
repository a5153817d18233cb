"""Two days before: does it still suit?  Not within 48 hours of a confirmation or change, which has asked already."""

from __future__ import annotations

from datetime import timedelta

from ..hours import fit, local, zone_of
from ..intent import Intent
from ..model import Stage
from ..say import say
from .base import Hours, Kind, Passed, Scene
from .reminding import about_start, intent, told_at

FRESH = timedelta(hours=48)


def propose(scene: Scene) -> Intent | Passed | None:
    """Propose the reminder of a meeting that lies ahead; see ``design.md`` 4."""
    ground = about_start(scene)
    if ground is None:
        return None
    start, revision = ground
    closes = start - timedelta(hours=24)
    nominal = local(start.date() - timedelta(days=2), scene.settings.reminder_2d_at, zone_of(start))
    opens = fit(nominal, closes, scene.settings)
    variant = "confirmed" if scene.meeting.stage is Stage.CONFIRMED else "ask"
    mail = intent(scene, "reminder_2d", revision, opens, closes, variant)
    heard = told_at(scene)
    if heard is not None and heard > opens - FRESH:
        if heard > nominal:
            return Passed(mail, "late", say("agreed too late"))
        return Passed(mail, "fresh", say("told less than two days before"))
    return mail


KIND = Kind(
    "reminder_2d",
    propose,
    Hours.MORNING,
    single=True,
    uses=("contact", "stage", "date", "time", "place", "organizer", "minutes", "zone"),
    status="st_reminder_2d",
)
