"""What confirmation, change and cancellation share: which of the three a meeting needs now."""

from __future__ import annotations

from ..intent import Intent
from ..keys import fold
from ..model import Contact, Stage
from ..ports import Told
from ..say import say
from .base import AHEAD, OFF, Blocked, Scene, used

_OFF_VARIANT = {Stage.WE_CALLED_OFF: "we", Stage.THEY_CALLED_OFF: "they", Stage.POSTPONED: "postponed"}


def missing(scene: Scene) -> Blocked | None:
    """Return what a telling mail lacks: date, time or place; ``None`` when all is there."""
    meeting, name = scene.meeting, scene.contact.name
    if meeting.date is None and "date" not in meeting.unread:
        return Blocked("date", say("Date is empty. Type the day you agreed on, like 11 Mar 2027."))
    if meeting.time is None and "time" not in meeting.unread:
        return Blocked("time", say("Time is empty. Type when you meet {name}, like 17:30.", name=name))
    if not meeting.place and "place" not in meeting.unread:
        return Blocked("place", say("Place is empty. Type where you meet; {name} will read it.", name=name))
    return None


def needed(scene: Scene) -> str:
    """Return the telling kind that is needed now, or ``""``.

    Agreed and not told (or cancelled before): confirmation.  Told something else: change.  Told at another address:
    the latest once more.  Called off after being told: cancellation.
    """
    told, meeting = scene.told, scene.meeting
    if meeting.stage in OFF:
        return "cancellation" if told and not told.cancelled and told.start > scene.now else ""
    if meeting.stage not in AHEAD:
        return ""
    if told is None or told.cancelled:
        return "confirmation"
    if meeting.start is None or scene.differs(told):
        return "change"
    return "confirmation" if scene.recipient(told.address) != scene.recipient(scene.contact.email) else ""


def start_revision(scene: Scene, told: Told | None, revision: int) -> int:
    """Return the revision that keys the reminders: it changes only when the start changes."""
    if told is not None and told.start == scene.meeting.start:
        return told.start_revision
    return revision


def propose_confirmation(scene: Scene) -> Intent | Blocked | None:
    """Confirm what was agreed, with a calendar invite."""
    if needed(scene) != "confirmation":
        return None
    lack = missing(scene)
    meeting, told = scene.meeting, scene.told
    if lack or meeting.start is None:
        return lack
    if meeting.start <= scene.now:
        return None
    again = told is not None and not told.cancelled  # the address was corrected: the same facts, once more
    revision = told.revision if again and told else scene.next_revision
    facts = scene.facts(revision, start_revision(scene, told, revision))
    mark = used(scene, "confirmation", meeting.purpose, told.revision if told else -1)
    if scene.given_up("confirmation", mark):
        return None
    return Intent(
        scene.key("confirmation", revision), "confirmation", meeting, scene.contact, scene.organizer,
        scene.contact.email, scene.now, meeting.start, mark, told=facts, before=told, first=not scene.known,
    )  # fmt: skip


def propose_change(scene: Scene) -> Intent | Blocked | None:
    """Tell what changed, the old and the new, with an updated invite."""
    told = scene.told
    if needed(scene) != "change" or told is None:
        return None
    lack = missing(scene)
    meeting = scene.meeting
    if lack or meeting.start is None:
        return lack
    if meeting.start <= scene.now:
        return None
    revision = scene.next_revision
    facts = scene.facts(revision, start_revision(scene, told, revision))
    mark = used(scene, "change", told.revision)
    if scene.given_up("change", mark):
        return None
    return Intent(
        scene.key("change", revision), "change", meeting, scene.contact, scene.organizer, scene.contact.email,
        scene.now, meeting.start, mark, told=facts, before=told, variant="we", first=False,
    )  # fmt: skip


def propose_cancellation(scene: Scene) -> Intent | None:
    """Take back what was told, with a calendar cancel: called off, or another person was chosen for this row.

    It goes where the person is reached now: nothing more goes to an address that was corrected.
    """
    previous = _other_person(scene)
    if previous:
        contact, told, variant = previous[0], previous[1], "we"
    elif needed(scene) == "cancellation" and scene.told:
        contact, told, variant = scene.contact, scene.told, _OFF_VARIANT[scene.meeting.stage]
    else:
        return None
    revision = scene.next_revision
    facts = Told(
        revision=revision, start_revision=told.start_revision, start=told.start, zone=told.zone, minutes=told.minutes,
        place=told.place, organizer=told.organizer, contact=told.contact, address=contact.email, uid=told.uid,
        cancelled=True, purpose=told.purpose,
    )  # fmt: skip
    mark = used(scene, "cancellation", told.revision, variant, contact.reach, fold(contact.email))
    if scene.given_up("cancellation", mark):
        return None
    return Intent(
        scene.key("cancellation", revision, contact.email), "cancellation", scene.meeting, contact, scene.organizer,
        contact.email, scene.now, told.start, mark, told=facts, before=told, variant=variant,
    )  # fmt: skip


def _other_person(scene: Scene) -> tuple[Contact, Told] | None:
    """Return the person who still expects this meeting although somebody else is chosen in its row now."""
    others = {e.told.contact for e in scene.telling if e.told} - {scene.contact.id}
    for contact_id in sorted(others):
        entry = scene.last_told(contact_id)
        if entry and entry.told and not entry.told.cancelled and entry.told.start > scene.now:
            contact = scene.contacts.get(contact_id)
            if contact:
                return contact, entry.told
    return None
