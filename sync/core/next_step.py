"""``What happens next`` of one meeting: what is wrong, else what goes next and when, else why nothing goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .decide import COPY
from .intent import Decision, Fate
from .kinds.base import AHEAD, TELLING
from .maillog import PRESUMED
from .model import Meeting, Problem, Reach, Stage
from .ports import SETTLED, Entry, EntryState, MailKey, RowMemory
from .say import Clock, Say, Weekday, say
from .statuses import mail_name, sent_time

UNSURE = "The line broke at {at}. {name} may or may not have the {mail}. Please ask; it is not sent twice."
LOST_LINES = "The log lost lines: {name} may or may not have the {mail}. Please ask; Decision is in the Mail log."
MOVED = "{old} is now {new}. {name} is told at {at}. Put the old date back and nothing goes."
CHANGED = "This changed since {name} was told. {name} hears of it at {at}. Put it back and nothing goes."
_ORDER = {
    "invitation": 0, "cancellation": 0, "change": 1, "confirmation": 2, "reminder_2d": 3, "reminder_day": 4,
    "thank_you": 5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MeetingView:
    """All that the sentences about one meeting may look at; ``now`` is aware, in the row's zone."""

    meeting: Meeting
    now: datetime
    memory: RowMemory
    entries: tuple[Entry, ...]
    decisions: tuple[Decision, ...]
    problems: tuple[Problem, ...]
    note: Say | None
    before_start: bool
    trouble: Say | None = None
    safe_to: str = ""
    left: frozenset[MailKey] = frozenset()  # mails of which somebody decided: leave it

    @property
    def name(self) -> str:
        """The contact's name as it stands."""
        return self.meeting.contact.name if self.meeting.contact else self.meeting.contact_name


def sentences(view: MeetingView) -> list[Say]:
    """Return one or two sentences, the most urgent first."""
    wrong = [problem.sentence for problem in view.problems if not problem.hint]
    if wrong:
        return wrong[:2]
    hints = [problem.sentence for problem in view.problems if problem.hint][:1]
    return [*hints, *(_doubt(view) or _standing(view) or _going(view))][:3]


def _doubt(view: MeetingView) -> list[Say]:
    """Say what may have gone wrong with a mail, while it still matters."""
    latest: dict[str, Entry] = {}
    for entry in sorted(view.entries, key=lambda e: e.at):
        latest["telling" if entry.key.kind in TELLING else entry.key.kind] = entry
    for entry in latest.values():
        if view.now >= entry.closes or any(d.intent.key.kind == entry.key.kind for d in view.decisions):
            continue
        if entry.key in view.left:
            continue
        if entry.state is EntryState.UNSURE and entry.reason == PRESUMED:
            return [say(LOST_LINES, name=view.name, mail=mail_name(entry.key.kind))]
        if entry.state in (EntryState.UNSURE, EntryState.SENDING):
            when, mail = Clock(sent_time(entry, view.meeting)), mail_name(entry.key.kind)
            return [say(UNSURE, at=when, name=view.name, mail=mail)]
        if entry.state is EntryState.REFUSED:
            return [say("The {mail} to {name} was refused: {reason}",
                        mail=mail_name(entry.key.kind), name=view.name, reason=entry.reason)]  # fmt: skip
    return []


def _standing(view: MeetingView) -> list[Say]:
    """Say why nothing goes, where the row itself or the person's choice decides it."""
    meeting, name = view.meeting, view.name
    if view.before_start:
        return [say("This was before the start. Nothing goes about it.")]
    if view.memory.copied:
        return [COPY]
    if meeting.stage is Stage.DRAFT:
        return [say("Nothing goes yet. Choose Invite when you are ready.")]
    if meeting.hold:
        return [say("On hold. {name} gets nothing, and nothing later to make up for it.", name=name)]
    contact = meeting.contact
    if contact and contact.quiet_until and view.now.date() < contact.quiet_until and meeting.stage in AHEAD:
        return [say("Quiet until {day}. {name} gets nothing, and nothing later to make up for it.",
                    day=contact.quiet_until, name=name)]  # fmt: skip
    over = meeting.start is not None and meeting.start <= view.now
    if contact and contact.reach not in (Reach.EMAIL, Reach.AGAIN, Reach.FEW) and meeting.stage in AHEAD and not over:
        return [_reach_words(contact.reach, name)]
    return [view.note] if view.note else []


def _reach_words(reach: Reach, name: str) -> Say:
    if reach is Reach.PHONE:
        return say("{name} is Phone only. Call them; no mail goes.", name=name)
    if reach is Reach.PEACE:
        return say("{name} wants to be left in peace. Nothing goes.", name=name)
    return say('Nothing goes to {name} yet. When they agree, choose "E-mail is fine" in Contacts.', name=name)


def _going(view: MeetingView) -> list[Say]:
    """Say what goes next and when, after what went last."""
    decisions = sorted(view.decisions, key=lambda d: _ORDER.get(d.intent.kind, 9))
    for decision in decisions:
        if decision.intent.kind in ("invitation", *TELLING) and decision.fate is not Fate.SKIPPED:
            return [_telling(decision, view)]
    last = _last(view)
    for decision in decisions:
        if decision.fate is not Fate.SKIPPED:
            return [*_lead(decision, view, last), _following(decision, view)]
    return _ended(view, last)


def _lead(decision: Decision, view: MeetingView, last: list[Say]) -> list[Say]:
    """Say what goes before the sentence about the next mail."""
    if decision.intent.kind == "thank_you":
        return []
    if decision.intent.kind != "reminder_day":
        return last
    revision = decision.intent.key.revision  # of this start; an earlier one may have been skipped for its own reason
    skipped = {d.code for d in view.decisions if d.intent.kind == "reminder_2d" and d.fate is Fate.SKIPPED}
    skipped |= {e.reason for e in view.entries if e.key.kind == "reminder_2d" and e.key.revision == revision
                and e.state is EntryState.SKIPPED}  # fmt: skip
    if skipped & {"late", "behind"}:
        return [say("Agreed too late for a two-day reminder.")]
    if "fresh" in skipped:
        return [*last, say("So soon after it no two-day reminder goes.")]
    return last


def _telling(decision: Decision, view: MeetingView) -> Say:
    """Say what the pending confirmation, change or cancellation waits for."""
    intent, name = decision.intent, decision.intent.contact.name
    if decision.code not in ("settling", "hours", "id", ""):
        return decision.reason or say("Waits.")
    if decision.fate is Fate.DUE or decision.code == "id" or decision.at is None:
        return view.trouble or say("{Mail} goes in a moment.", Mail=mail_name(intent.kind).capitalize())
    at = Clock(decision.at)
    if intent.kind == "change" and intent.before:
        moved = intent.told is not None and intent.before.start != intent.told.start
        new = intent.told.start if intent.told else None
        return say(MOVED if moved else CHANGED, old=intent.before.start, new=new, name=name, at=at)
    if intent.kind == "cancellation" and intent.before:
        words = "{name} is told at {at} that {old} is off. Put the row back as it was and nothing goes."
        return say(words, name=name, at=at, old=intent.before.start)
    mail = mail_name(intent.kind).capitalize()
    if decision.code == "hours":
        return say("{Mail} goes {at}, when mail may arrive.", Mail=mail, at=decision.at)
    return say("{Mail} goes at {at} if you leave this row alone. Still typing? It waits.", Mail=mail, at=at)


def _following(decision: Decision, view: MeetingView) -> Say:
    """Say when the next reminder or thank-you goes, or what it waits for."""
    intent, at = decision.intent, decision.at
    if decision.fate is Fate.DUE:
        return view.trouble or say("{Mail} goes in a moment.", Mail=mail_name(intent.kind).capitalize())
    if decision.fate is Fate.WAITS and (decision.code not in ("settling", "hours", "single") or at is None):
        return decision.reason or say("Waits.")
    if intent.kind == "reminder_2d" and at:
        day = Weekday(intent.meeting.start.date()) if intent.meeting.start else ""
        return say('Next: {at}, "Still good for {day}?"' if intent.variant == "ask" else 'Next: {at}, "See you {day}".',
                   at=at, day=day)  # fmt: skip
    if intent.kind == "reminder_day":
        same = intent.meeting.start is not None and at is not None and at.date() == intent.meeting.start.date()
        return say("Next: {at}, on the day." if same else "Next: {at}, the evening before.", at=at)
    return _thanks(decision)


def _thanks(decision: Decision) -> Say:
    intent, at = decision.intent, decision.at
    number = len(intent.promises)
    promises = say("1 promise") if number == 1 else say("{number} promises", number=number)
    if intent.meeting.thanks and number:
        return say("Thank-you goes {at}, with your line and {promises}.", at=at, promises=promises)
    if intent.meeting.thanks:
        return say("Thank-you goes {at}, with your line.", at=at)
    if number:
        words = "Thank-you goes {at}, with {promises}. Your own line would make it warmer."
        return say(words, at=at, promises=promises)
    return say("A plain thank-you goes {at}. Write a Thank-you line and yours goes the next morning.", at=at)


def _last(view: MeetingView) -> list[Say]:
    """Say what went last."""
    gone = [e for e in view.entries if e.state in SETTLED]
    latest = max(gone, key=lambda e: e.at, default=None)
    if latest is None:
        return []
    at = sent_time(latest, view.meeting)
    if latest.practice:
        return [say("Practice: went to {safe}, not to {name}.", safe=view.safe_to or "you", name=view.name)]
    return [say("{Mail} sent {at}.", Mail=mail_name(latest.key.kind).capitalize(), at=at)]


def _ended(view: MeetingView, last: list[Say]) -> list[Say]:
    """Say what a person could do when no mail is left to go."""
    meeting, name = view.meeting, view.name
    skipped = next((d for d in view.decisions if d.fate is Fate.SKIPPED and d.intent.kind in TELLING), None)
    if skipped and skipped.reason and skipped.code != "over":
        return [skipped.reason if skipped.code == "reach" else _held_words(skipped, name)]
    if meeting.stage in AHEAD and meeting.start is not None:
        if meeting.start <= view.now:
            return [say("{day} is over. Choose Took place or Didn't come.", day=meeting.start.date())]
        return [*last, say("Nothing more goes before you meet.")] if last else [say("Nothing goes before you meet.")]
    if meeting.stage is Stage.INVITE and last:
        return [*last, say("When {name} says yes, type day, time and place and choose Agreed.", name=name)]
    if meeting.stage is Stage.TOOK_PLACE:
        thanked = any(e.key.kind == "thank_you" and e.state in SETTLED for e in view.entries)
        if meeting.answer == "Not today" and meeting.ask_again and meeting.ask_again > view.now.date():
            words = "Not today. Ask {name} again on {day}. Nobody writes before."
            return [*(last if thanked else []), say(words, name=name, day=meeting.ask_again)]
        return (last if thanked else []) or [say("No thank-you goes. You could thank {name} yourself.", name=name)]
    if meeting.stage is Stage.NO_SHOW:
        return [say("Nothing goes. You could call {name} and offer another day.", name=name)]
    if meeting.stage is Stage.POSTPONED:
        return [*last, say("Type the new date and choose Agreed.")]
    return [*last, say("Nothing more goes.")]


def _held_words(decision: Decision, name: str) -> Say:
    return say("Skipped while mail was on hold. Tell {name} yourself, or change the row again.", name=name)
