"""Once more, by a person's decision: an unsure or refused mail whose log row says ``Send again`` (``design.md`` P4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ..columns import DECISIONS
from ..intent import Intent
from ..model import Stage
from ..ports import Entry, EntryState, MailKey
from ..say import Say, say
from .base import AHEAD, OFF, Scene, used
from .thank_you import USEFUL, worth_saying

SEND_AGAIN, LEAVE_IT = DECISIONS


def wanted(entries: Iterable[Entry], chosen: Mapping[MailKey, str]) -> tuple[Entry, ...]:
    """Return the mails that shall go once more: unsure or refused, chosen, and not done yet.

    Done means that the next copy is there and not only planned; so a decision is acted on once, whatever becomes of
    the log row, and a copy that a server asked to come later is tried again.
    """
    entries = tuple(entries)
    done = {entry.key for entry in entries if entry.state is not EntryState.PLANNED}
    return tuple(
        entry
        for entry in entries
        if entry.state in (EntryState.UNSURE, EntryState.REFUSED)
        and chosen.get(entry.key) == SEND_AGAIN
        and replace(entry.key, copy=entry.key.copy + 1) not in done
    )


def propose(scene: Scene, entry: Entry) -> Intent | Say:
    """Return the mail as it goes once more, or a sentence why it is of no use any more.

    An unsure mail keeps its Message-ID, so that a mailbox which has it already shows it once; a refused one gets a new
    one.
    """
    no = _too_late(scene, entry)
    if no is not None:
        return no
    meeting, kind = scene.meeting, entry.key.kind
    key = replace(entry.key, copy=entry.key.copy + 1)
    closes = scene.end + USEFUL if kind == "thank_you" else (entry.told.start if entry.told else scene.start)
    promises = worth_saying(scene) if kind == "thank_you" else ()
    return Intent(
        key, kind, meeting, scene.contact, scene.organizer, scene.contact.email, scene.now, closes,
        used(scene, kind, "again", entry.key.copy), told=entry.told, before=None, variant=_variant(scene, kind),
        promises=promises, message_id=entry.message_id if entry.state is EntryState.UNSURE else "",
    )  # fmt: skip


def _too_late(scene: Scene, entry: Entry) -> Say | None:
    meeting, name = scene.meeting, scene.contact.name
    if entry.key.recipient != scene.recipient(scene.contact.email):
        return say("Send again: the address has changed since, so the old mail is not repeated.")
    if meeting.start is None:
        return say("Send again: date or time is missing, so nothing is repeated.")
    if entry.key.kind == "thank_you":
        late = scene.now >= scene.end + USEFUL
        return say("Send again: it is too late for this thank-you. You could call {name}.", name=name) if late else None
    if scene.now >= meeting.start:
        return say("Send again: the meeting has begun, so nothing is repeated.")
    stages = OFF if entry.key.kind == "cancellation" else AHEAD
    if meeting.stage not in stages or (entry.told and not entry.told.cancelled and scene.differs(entry.told)):
        return say("Send again: the row has changed since, so the old mail is not repeated.")
    return None


def _variant(scene: Scene, kind: str) -> str:
    if kind == "reminder_2d":
        return "confirmed" if scene.meeting.stage is Stage.CONFIRMED else "ask"
    if kind == "thank_you":
        return "own" if scene.meeting.thanks or worth_saying(scene) else "plain"
    if kind == "cancellation":
        return {Stage.THEY_CALLED_OFF: "they", Stage.POSTPONED: "postponed"}.get(scene.meeting.stage, "we")
    return "we" if kind == "change" else ""
