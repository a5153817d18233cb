"""On the day itself: three lines and a phone number; the evening before when it starts early."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from ..hours import fit, local, zone_of
from ..intent import Intent
from ..model import Reach
from ..ports import SETTLED
from ..say import say
from ..settings import Settings
from .base import Hours, Kind, Passed, Scene
from .reminding import about_start, intent, told_at

EARLY = time(10)
EVENING = time(18)
QUIET_BEFORE = timedelta(hours=3)


def when(start: datetime, settings: Settings) -> datetime:
    """Return when the day-of reminder of a meeting at ``start`` (aware, row's zone) opens."""
    zone = zone_of(start)
    morning = local(start.date(), settings.reminder_day_at, zone)
    if start.time() >= EARLY and morning < start:
        at = fit(morning, start, settings, days=False)
        if at.date() == start.date():
            return at
    evening = local(start.date() - timedelta(days=1), EVENING, zone)
    return fit(evening, start, settings, days=False)


def propose(scene: Scene) -> Intent | Passed | None:
    """Propose the day-of reminder; skipped for good when they heard from us just before, or never heard at all."""
    ground = about_start(scene)
    if ground is None:
        return None
    start, revision = ground
    opens = when(start, scene.settings)
    mail = intent(scene, "reminder_day", revision, opens, start, "")
    heard = told_at(scene)
    if heard is not None and heard > opens - QUIET_BEFORE:
        return Passed(mail, "late", say("agreed too late"))
    recent = [e.at for e in scene.entries if e.state in SETTLED and e.practice == scene.practice and e.key != mail.key]
    if any(opens - QUIET_BEFORE < at <= max(opens, scene.now) for at in recent):
        return Passed(mail, "fresh", say("another mail went just before"))
    if heard is None and scene.pending is None and not scene.memory.adopted:
        return Passed(mail, "untold", say("they had no confirmation"))
    return mail


KIND = Kind(
    "reminder_day",
    propose,
    Hours.DAY_OF,
    reach=frozenset({Reach.EMAIL, Reach.AGAIN, Reach.FEW}),
    uses=("contact", "stage", "date", "time", "place", "organizer", "minutes", "zone"),
    status="st_reminder_day",
)
