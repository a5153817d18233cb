"""Thank-you: next morning after it took place, with the organizer's own line and both sides' promises."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..hours import fit, local, zone_of
from ..intent import Intent
from ..model import Commitment, Stage
from ..say import say
from .base import Blocked, Hours, Kind, Scene, used

USEFUL = timedelta(days=7)
PLAIN_AFTER = timedelta(hours=48)


def worth_saying(scene: Scene) -> tuple[Commitment, ...]:
    """Return the promises of both sides that are open, or were kept since this meeting; ours first."""
    meeting = scene.meeting
    mine = [
        promise
        for promise in scene.promises
        if promise.released is None
        and promise.what
        and (promise.done is None or (meeting.date is not None and promise.done >= meeting.date))
    ]
    return tuple(sorted(mine, key=lambda promise: promise.side != "We"))


def morning_after(moment: datetime, scene: Scene, closes: datetime) -> datetime:
    """Return the first thank-you hour on a day after ``moment``'s, moved by the sending hours."""
    at = local(moment.date() + timedelta(days=1), scene.settings.thank_you_at, zone_of(moment))
    return fit(at, closes, scene.settings)


def plain_morning(end: datetime, scene: Scene, closes: datetime) -> datetime:
    """Return the first thank-you hour that is at least 48 hours after the end."""
    zone = zone_of(end)
    ripe = (end + PLAIN_AFTER).astimezone(zone)
    at = local(ripe.date(), scene.settings.thank_you_at, zone)
    if at < ripe:
        at = local(ripe.date() + timedelta(days=1), scene.settings.thank_you_at, zone)
    return fit(at, closes, scene.settings)


def propose(scene: Scene) -> Intent | Blocked | None:
    """Propose the thank-you of a meeting that took place; see ``design.md`` 4."""
    meeting = scene.meeting
    if meeting.stage is not Stage.TOOK_PLACE:
        return None
    if meeting.start is None:
        return Blocked("date", say("Date and time are empty. Type when you met, and the thank-you can go."))
    closes = scene.end + USEFUL
    promises = worth_saying(scene)
    own = bool(meeting.thanks or promises)
    if not own and scene.settings.plain_thanks == "Never":
        return None
    opens = morning_after(scene.end, scene, closes) if own else plain_morning(scene.end, scene, closes)
    told = scene.told
    revision = told.start_revision if told else 0
    mark = used(scene, "thank_you", meeting.thanks, *((p.side, p.what, p.due, p.done) for p in promises))
    return Intent(
        scene.key("thank_you", revision), "thank_you", meeting, scene.contact, scene.organizer, scene.contact.email,
        opens, closes, mark, variant="own" if own else "plain", first=not scene.known, promises=promises,
    )  # fmt: skip


KIND = Kind(
    "thank_you",
    propose,
    Hours.MORNING,
    rest=60,
    single=True,
    uses=("contact", "stage", "date", "time", "thanks", "organizer", "minutes", "zone"),
    status="st_thank_you",
)
