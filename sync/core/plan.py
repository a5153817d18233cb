"""The plan: which mail is due, which waits, which never goes, and why.  Pure: (book, past, policy, now) to a Plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from .brakes import Brakes, has_shrunk, vanished
from .decide import Past, decide, final
from .hours import fit, local, zone_of
from .intent import Decision, Fate, Intent, Plan
from .keys import Keyring
from .kinds import again
from .kinds.base import AHEAD, Blocked, Kind, Passed, Pending, Scene
from .kinds.registry import BY_NAME, FOLLOWING_KINDS, TELLING_KINDS
from .mixed import mixed_up
from .model import Book, Contact, Meeting, Organizer
from .ports import SETTLED, Entry, EntryState, LedgerView, MailKey, RowMemory, Watch
from .say import Say, say
from .settings import Settings
from .zones import zone

FOR_GOOD = frozenset({"over", "late", "fresh", "untold", "hold", "quiet"})
"""Reasons that are recorded once the mail would have been due, so that it is never caught up."""


_NOTHING_CHOSEN: Mapping[MailKey, str] = MappingProxyType({})
LEFT = "Organizer: {who} has left. Choose who goes instead; until then {name} hears nothing about this meeting."


@dataclass(frozen=True, slots=True)
class Policy:
    """What the configuration decides: never to be lifted from the sheet.

    ``domain`` is the sender's; ``practice`` says that mail goes to ``safe_to``.
    """

    keyring: Keyring
    domain: str
    practice: bool = False
    per_day: int = 400
    most_at_once: int = 200


@dataclass(slots=True)
class _Work:
    """What planning gathers on its way."""

    decisions: list[Decision] = field(default_factory=list)
    record: list[Entry] = field(default_factory=list)
    watches: list[Watch] = field(default_factory=list)
    notes: list[tuple[str, Say]] = field(default_factory=list)


def plan(
    book: Book, view: LedgerView, policy: Policy, now: datetime, chosen: Mapping[MailKey, str] = _NOTHING_CHOSEN
) -> Plan:
    """Return what one cycle does.

    Takes the book of a fresh read, the ledger's view (its rows already updated from this read), the policy, and
    ``now`` (aware); ``chosen`` are people's decisions in the ``Mail log``.

    Steps: every meeting by itself; then the rules that weigh mails against each other (codes, one a
    day, the day's cap, most at once); then the order, today's meetings first.
    """
    work = _Work()
    past = Past(view.entries, view.watches)
    by_meeting = _entries_by_meeting(view)
    known = {e.key.recipient for e in view.entries.values() if e.state in SETTLED}
    contacts = {contact.id: contact for contact in book.contacts if contact.id}
    promises = defaultdict(list)
    for promise in book.commitments:
        if promise.contact:
            promises[promise.contact.id].append(promise)
    for meeting in book.meetings:
        scene = _scene(meeting, view, policy, book, now, by_meeting, contacts)
        if isinstance(scene, Scene):
            seen = scene.recipient(scene.contact.email) in known
            scene = replace(scene, promises=tuple(promises[scene.contact.id]), known=seen)
            _plan_meeting(scene, book, past, work)
            _plan_again(scene, book, past, chosen, work)
        elif scene is not None:
            work.notes.append((meeting.id, scene))
    gone = vanished(view, now)
    shrunk = has_shrunk(len(gone), sum(1 for m in book.meetings if m.start and m.start > now))
    mixed = mixed_up(book, by_meeting, now, practice=policy.practice)
    brakes = Brakes(view, book.settings, policy.keyring, now, shrunk=shrunk, mixed=mixed)
    decisions, approvals = brakes.hold(work.decisions)
    decisions = _one_a_day(_ordered(decisions, now), view, book.settings, now)
    per_day = min(policy.per_day, book.settings.per_day)
    decisions = _cap(decisions, view, per_day, policy.most_at_once, now)
    ahead = [d.at for d in decisions if d.at is not None and d.at > now and d.fate in (Fate.PLANNED, Fate.WAITS)]
    wake = min(ahead, default=None)
    return Plan(
        tuple(decisions), tuple(work.record), tuple(work.watches), approvals, wake, tuple(work.notes), shrunk
    )


def _entries_by_meeting(view: LedgerView) -> Mapping[str, list[Entry]]:
    grouped: dict[str, list[Entry]] = defaultdict(list)
    for entry in view.entries.values():
        grouped[entry.key.about].append(entry)
    return grouped


def _scene(
    meeting: Meeting, view: LedgerView, policy: Policy, book: Book, now: datetime,
    by_meeting: Mapping[str, list[Entry]], contacts: dict[str, Contact],
) -> Scene | Say | None:  # fmt: skip
    """Return the scene of a meeting; a sentence when nobody can be mailed about it; ``None`` when its row says so."""
    contact, organizer = meeting.contact, meeting.organizer
    if contact is None or organizer is None or not meeting.id:
        return None
    if _has_left(organizer, meeting, now):
        return say(LEFT, who=organizer.name, name=contact.name)
    memory = view.rows.get(meeting.id) or RowMemory("meetings", meeting.id, "")
    return Scene(
        meeting, contact, organizer, book.settings, now.astimezone(zone(meeting.zone)), policy.keyring, policy.domain,
        policy.practice, memory, tuple(by_meeting.get(meeting.id, ())), contacts=contacts,
        first_contact=view.first_contact or now,
    )  # fmt: skip


def _has_left(organizer: Organizer, meeting: Meeting, now: datetime) -> bool:
    return organizer.left is not None and organizer.left < (meeting.date or now.date()) and meeting.stage in AHEAD


def _plan_again(
    scene: Scene, book: Book, past: Past, chosen: Mapping[MailKey, str], work: _Work
) -> None:
    """Plan what people decided to send once more."""
    for entry in again.wanted(scene.entries, chosen):
        proposal = again.propose(scene, entry)
        if isinstance(proposal, Intent):
            decision, seen = decide(proposal, BY_NAME[proposal.kind], scene, book, past)
            work.watches += [seen] if past.watches.get((seen.about, seen.kind)) != seen else []
            work.decisions.append(decision)
        else:
            work.notes.append((scene.meeting.id, proposal))


def _plan_meeting(scene: Scene, book: Book, past: Past, work: _Work) -> None:
    """Plan the telling mails of one meeting first, then what follows from what is told or will be."""
    if _before_start(scene):
        return
    for kind in TELLING_KINDS:
        decision = _propose(kind, scene, book, past, work)
        if decision and decision.intent.told and decision.intent.contact.id == scene.contact.id:
            goes = decision.fate in (Fate.DUE, Fate.PLANNED, Fate.WAITS)
            if goes and not decision.intent.told.cancelled:
                at = max(decision.at or scene.now, scene.now)
                scene = replace(scene, pending=Pending(decision.intent.told, at))
    for kind in FOLLOWING_KINDS:
        _propose(kind, scene, book, past, work)


def _before_start(scene: Scene) -> bool:
    """Return whether this meeting had begun before the service first saw the sheet: nothing goes about it, ever."""
    start, first = scene.meeting.start, scene.first_contact
    return scene.memory.adopted and start is not None and first is not None and start <= first


def _propose(kind: Kind, scene: Scene, book: Book, past: Past, work: _Work) -> Decision | None:
    proposal = kind.propose(scene)
    if proposal is None:
        return None
    if isinstance(proposal, Blocked):
        if not any(about == scene.meeting.id for about, _ in work.notes):
            work.notes.append((scene.meeting.id, proposal.sentence))
        return None
    intent = proposal.intent if isinstance(proposal, Passed) else proposal
    if final(intent, kind, past, scene.entries):
        return None
    decision, seen = decide(intent, kind, scene, book, past)
    if isinstance(proposal, Passed) and decision.code not in ("stopped", "halted", "unread", "reach"):
        decision = Decision(intent, Fate.SKIPPED, intent.opens, proposal.code, proposal.reason)
    behind = _behind(decision, kind, scene)
    decision = behind or decision
    if past.watches.get((seen.about, seen.kind)) != seen:
        work.watches.append(seen)
    work.decisions.append(decision)
    if _is_over(decision, scene):
        work.record.append(_skip(decision, scene))
    return decision


def _behind(decision: Decision, kind: Kind, scene: Scene) -> Decision | None:
    """Return the decision to wait for the telling mail that must go first; reminders never overtake it."""
    if kind.name in ("invitation", "confirmation", "change", "cancellation", "thank_you"):
        return None
    ripe = decision.fate is Fate.DUE or (decision.fate is Fate.SKIPPED and decision.intent.opens <= scene.now)
    if scene.pending is None or scene.memory.adopted or not ripe or decision.code in ("reach",):
        return None
    if decision.fate is Fate.SKIPPED:
        # Shown, but not recorded: putting the old date back must leave the old reminder alone.
        return replace(decision, code="behind")
    return Decision(decision.intent, Fate.WAITS, None, "behind", say("Waits for the confirmation to go first."))


def _is_over(decision: Decision, scene: Scene) -> bool:
    return (
        decision.fate is Fate.SKIPPED
        and decision.code in FOR_GOOD
        and decision.at is not None
        and (decision.at <= scene.now or decision.intent.closes <= scene.now)
        and scene.memory.shown
        and not scene.memory.copied
    )


def _skip(decision: Decision, scene: Scene) -> Entry:
    """Return the ledger entry of a mail that never goes."""
    intent = decision.intent
    return Entry(
        intent.key, EntryState.SKIPPED, "", intent.opens, intent.closes, scene.now,
        reason=decision.code, fingerprint=intent.digest, practice=scene.practice,
    )  # fmt: skip


def _one_a_day(
    decisions: Iterable[Decision], view: LedgerView, settings: Settings, now: datetime
) -> list[Decision]:
    """Apply rule 10: one of the single kinds to one address a calendar day of the meeting's zone."""
    sent: dict[str, list[datetime]] = defaultdict(list)
    for entry in view.entries.values():
        kind = BY_NAME.get(entry.key.kind)
        if kind and kind.single and entry.state in SETTLED and now - entry.at < timedelta(days=2):
            sent[entry.key.recipient].append(entry.at)
    result = []
    for decision in decisions:
        intent = decision.intent
        if decision.fate is Fate.DUE and BY_NAME[intent.kind].single:
            zone_now = now.astimezone(intent.opens.tzinfo)
            mails = sent[intent.key.recipient]
            if any(at.astimezone(zone_now.tzinfo).date() == zone_now.date() for at in mails):
                decision = _next_morning(decision, zone_now, settings)
            else:
                mails.append(now)
        result.append(decision)
    return result


def _next_morning(decision: Decision, zone_now: datetime, settings: Settings) -> Decision:
    """Return the decision to wait for the next allowed morning, or to skip when that is too late."""
    intent = decision.intent
    tomorrow = zone_now.date() + timedelta(days=1)
    clock = intent.opens.time()
    at = fit(local(tomorrow, clock, zone_of(zone_now)), intent.closes, settings)
    if at >= intent.closes:
        return Decision(intent, Fate.SKIPPED, None, "single", say("another mail went the same day"))
    return Decision(intent, Fate.WAITS, at, "single", say("Another mail went today; this one goes {at}.", at=at))


def _ordered(decisions: Iterable[Decision], now: datetime) -> list[Decision]:
    """Return the decisions with today's meetings first, then tomorrow's, then the rest; by their closing time."""

    def rank(decision: Decision) -> tuple[int, datetime, str]:
        start = decision.intent.meeting.start or decision.intent.closes
        days = (start.date() - now.astimezone(start.tzinfo).date()).days
        return (days if days in (0, 1) else 2, decision.intent.closes, str(decision.intent.key))

    return sorted(decisions, key=rank)


def _cap(
    decisions: Iterable[Decision], view: LedgerView, per_day: int, at_once: int, now: datetime
) -> list[Decision]:
    """Let at most ``at_once`` mails go in this cycle and ``per_day`` in any 24 hours; the rest waits."""
    day_ago = now - timedelta(days=1)
    gone = [e.at for e in view.entries.values() if e.state in SETTLED and e.at > day_ago]
    room = min(max(per_day - len(gone), 0), at_once)
    result = []
    for decision in decisions:
        if decision.fate is Fate.DUE:
            if room <= 0:
                decision = _capped(decision, gone, per_day, now)
            room -= 1
        result.append(decision)
    return result


def _capped(decision: Decision, gone: list[datetime], per_day: int, now: datetime) -> Decision:
    if len(gone) < per_day:
        return Decision(decision.intent, Fate.WAITS, None, "pace", say("Goes in a moment; many mails go at once."))
    free = (min(gone) + timedelta(days=1)).astimezone(decision.intent.opens.tzinfo) if gone else now
    return Decision(decision.intent, Fate.WAITS, free, "cap",
                    say("The day's {number} mails are used up. Goes {at}.", number=per_day, at=free))
