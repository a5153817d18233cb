"""The fate of one intent: what stops it, when it goes, and why not (the cross-kind rules of ``design.md`` 4).

The rules that look at a single mail are here; those that weigh mails against each other are in ``plan``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .hours import allowed, fit, next_allowed
from .intent import Decision, Fate, Intent
from .kinds.base import Hours, Kind, Scene
from .model import Book, Reach
from .ports import SETTLED, Entry, EntryState, MailKey, Watch
from .say import Clock, Say, say

NEAR = timedelta(hours=3)
NEAR_MINUTES = 2
COPY = say("This row is a copy. Change its contact, date or time, or delete it; until then nothing goes.")


@dataclass(frozen=True, slots=True)
class Past:
    """What the ledger says that bears on one mail: all entries, and since when its cells rest."""

    entries: Mapping[MailKey, Entry]
    watches: Mapping[tuple[str, str], Watch]


def final(intent: Intent, kind: Kind, past: Past, siblings: tuple[Entry, ...]) -> Entry | None:
    """Return the entry that already answers this intent for good, or ``None``.

    A telling mail is answered under its very key only.  Any other kind is answered for every address: nothing past is
    repeated to a corrected address, unless the first one was refused.
    """
    entry = past.entries.get(intent.key)
    if entry is not None and entry.state is not EntryState.PLANNED:
        return entry
    if intent.told is not None:
        return None
    done = SETTLED | {EntryState.SKIPPED}
    for other in siblings:
        same = (other.key.kind, other.key.revision, other.key.occasion, other.practice)
        if same == (kind.name, intent.key.revision, intent.key.occasion, _practice(intent)) and other.state in done:
            return other
    return None


def _practice(intent: Intent) -> bool:
    return intent.key.recipient.startswith("practice-")


def rest_minutes(intent: Intent, kind: Kind, scene: Scene) -> float:
    """Return for how many minutes the cells of this mail must have been unchanged."""
    start = intent.told.start if intent.told else scene.meeting.start
    if intent.before and intent.kind == "cancellation":
        start = intent.before.start
    minutes = float(max(scene.settings.settle_minutes * kind.settle, kind.rest))
    if start is not None and start - NEAR < scene.now < start:
        return min(minutes, NEAR_MINUTES)
    return minutes


def watch(intent: Intent, past: Past, now: datetime) -> Watch:
    """Return since when the cells of this mail are as they are now."""
    seen = past.watches.get((intent.key.about, intent.kind))
    if seen is not None and seen.digest == intent.digest:
        return seen
    return Watch(intent.key.about, intent.kind, intent.digest, now)


def goes_at(intent: Intent, kind: Kind, scene: Scene, settled: datetime) -> datetime:
    """Return when this mail may leave at the earliest, with settle time and sending hours; aware, in the row's zone."""
    settings = scene.settings
    at = max(intent.opens, settled.astimezone(scene.now.tzinfo))
    if kind.hours is Hours.SETTLED:
        later = next_allowed(at, settings)
        near = (intent.before.start if intent.before and intent.kind == "cancellation" else intent.closes) - NEAR
        return at if later > near else later
    days = kind.hours is not Hours.DAY_OF
    if at == intent.opens or allowed(at, settings, days=days):
        return at  # opens was fitted to the hours by the kind itself
    moved = fit(at, intent.closes, settings, days=days)
    return moved if moved > at else at


def stopped(kind: Kind, intent: Intent, scene: Scene, book: Book) -> tuple[str, Say] | None:
    """Return what holds this mail back without ever recording it: the big switch, unreadable cells, halted tabs."""
    if book.stop_all is not False:
        return "stopped", say("All mail is stopped in Start here. Untick it there to go on.")
    if book.halted & {"meetings", "contacts", "team"}:
        return "halted", say("A column is missing, so nothing goes. See Start here.")
    for column in kind.uses:
        if column in scene.meeting.unread:
            return "unread", scene.meeting.unread[column]
    for column in ("reach", "email", "quiet_until", "greeting", "tone", "language", "name"):
        if column in intent.contact.unread:
            return "unread", intent.contact.unread[column]
    if "hold" in scene.meeting.unread:
        return "unread", scene.meeting.unread["hold"]
    for column in ("email", "left"):
        if column in scene.organizer.unread:
            return "unread", say("Team: {what}", what=scene.organizer.unread[column])
    for promise in intent.promises if intent.kind == "thank_you" else ():
        if promise.unread:
            return "unread", say("A promise cannot be read: {what}", what=next(iter(promise.unread.values())))
    return None


def unwanted(kind: Kind, intent: Intent) -> tuple[str, Say] | None:
    """Return why this person gets no mail of this kind: ``How to reach them`` beats everything."""
    contact = intent.contact
    if contact.reach in kind.reach:
        return None
    name = contact.name
    if contact.reach is Reach.FEW:
        return "reach", say("{name} wants few e-mails, so this one does not go.", name=name)
    if contact.reach is Reach.PHONE:
        return "reach", say("{name} is Phone only. Call them; no mail goes.", name=name)
    if contact.reach is Reach.PEACE:
        return "reach", say("{name} wants to be left in peace. Nothing goes.", name=name)
    return "reach", say('Nothing goes to {name} yet. When they agree, choose "E-mail is fine" in Contacts.', name=name)


def held(intent: Intent, scene: Scene, at: datetime) -> tuple[str, Say] | None:
    """Return why this mail is skipped for good: it falls due (``at``) while mail is on hold or not wanted yet."""
    if scene.meeting.hold:
        return "hold", say("on hold")
    until = intent.contact.quiet_until
    if until is not None and at.date() < until:
        return "quiet", say("quiet until {day}", day=until)
    return None


def decide(intent: Intent, kind: Kind, scene: Scene, book: Book, past: Past) -> tuple[Decision, Watch]:
    """Return the fate of one intent by the rules that concern it alone, and the watch on its cells.

    The order matters: what stops mail comes first and at once, then what is over, then what is not ripe yet.
    """
    seen = watch(intent, past, scene.now)
    rested = seen.since + timedelta(minutes=rest_minutes(intent, kind, scene))
    at = goes_at(intent, kind, scene, rested)
    return _fate(intent, kind, scene, book, past, at, rested), seen


def _fate(
    intent: Intent, kind: Kind, scene: Scene, book: Book, past: Past, at: datetime, rested: datetime
) -> Decision:
    now = scene.now
    stop = stopped(kind, intent, scene, book)
    if stop:
        return Decision(intent, Fate.WAITS, None, *stop)
    no = unwanted(kind, intent)
    if no:
        return Decision(intent, Fate.SKIPPED, None, *no)
    if max(at, now) >= intent.closes:
        return Decision(intent, Fate.SKIPPED, at, "over", say("too late to be of use"))
    hold = held(intent, scene, max(at, now))
    if hold:
        return Decision(intent, Fate.SKIPPED, at, *hold)
    if at > now:
        return _later(intent, kind, scene, at, rested)
    return _now(intent, scene, past, at)


def _later(intent: Intent, kind: Kind, scene: Scene, at: datetime, rested: datetime) -> Decision:
    if kind.hours is not Hours.SETTLED and at == intent.opens:
        return Decision(intent, Fate.PLANNED, at, "ahead")
    if rested > scene.now and at == rested.astimezone(at.tzinfo):
        words = say("Goes at {at} if you leave this row alone.", at=Clock(at))
        return Decision(intent, Fate.WAITS, at, "settling", words)
    if at > intent.opens or kind.hours is Hours.SETTLED:
        return Decision(intent, Fate.WAITS, at, "hours", say("Waits until {at}, when mail may arrive.", at=at))
    return Decision(intent, Fate.PLANNED, at, "ahead")


def _now(intent: Intent, scene: Scene, past: Past, at: datetime) -> Decision:
    name = intent.contact.name
    if scene.memory.copied:
        return Decision(intent, Fate.WAITS, None, "copy", COPY)
    if not scene.memory.shown:
        return Decision(intent, Fate.WAITS, at, "id", say("Goes in a moment."))
    if not intent.organizer.email:
        return Decision(intent, Fate.WAITS, None, "organizer",
                        say("Organizer: {who} has no e-mail address in Team. Add it there, and {name} gets this mail.",
                            who=intent.organizer.name, name=name))
    dead = next((e for e in scene.telling if e.key.recipient == intent.key.recipient
                 and e.state is EntryState.REFUSED and not intent.told), None)  # fmt: skip
    if dead is not None and scene.told is None:
        return Decision(intent, Fate.WAITS, None, "dead",
                        say("{name}'s address was refused: {reason} Correct it in Contacts.", name=name,
                            reason=dead.reason))  # fmt: skip
    entry = past.entries.get(intent.key)
    if entry and entry.not_before and entry.not_before > scene.now:
        again = entry.not_before.astimezone(scene.now.tzinfo)
        return Decision(intent, Fate.WAITS, again, "retry",
                        say("{reason} Trying again at {at}.", reason=entry.reason, at=Clock(again)))
    return Decision(intent, Fate.DUE, at)
