"""Brakes: many new mails at once wait under one short code (``design.md`` 4, rules 7 and 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from .intent import Decision, Fate
from .keys import Keyring
from .kinds.registry import BY_NAME
from .ports import SETTLED, Approval, LedgerView
from .say import Clock, Say, say
from .settings import Settings

_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # without I and O, which read like digits


def code_for(keyring: Keyring, keys: Sequence[str], now: datetime) -> str:
    """Return the code under which ``keys`` wait: a letter, digits, a dash and their number (``K7-120``)."""
    token = keyring.token("code", now.isoformat(), *sorted(keys), length=8)
    number = sum(ord(char) * 31**place for place, char in enumerate(token))
    return f"{_LETTERS[number % len(_LETTERS)]}{number // 31 % 90 + 10}-{len(keys)}"


def typed(cell: str) -> str:
    """Return a code as it was meant: case, blanks and kinds of dashes do not matter."""
    return "".join(cell.split()).upper().replace("\N{EN DASH}", "-").replace("\N{EM DASH}", "-")


SHRUNK = "Many meetings have vanished from this sheet. Undo that, or type {code} into Settings, Approve waiting mail."
MIXED = "{why} If it is right, type {code} into Settings, Approve waiting mail."
FEWER = 20
"""So many vanished meetings, and so many per cent, are an alarm (``design.md`` P10)."""
ACCEPTED = 3
"""``missing_reads`` of a row whose loss is no news any more."""


def vanished(view: LedgerView, now: datetime) -> tuple[str, ...]:
    """Return the ids of meetings that people were told of, lie ahead, and are not in the sheet any more."""
    told = {
        e.key.about: e.told for e in sorted(view.entries.values(), key=lambda e: e.key.revision)
        if e.told and e.state in SETTLED and not e.practice
    }  # fmt: skip
    return tuple(
        row.id
        for row in view.rows.values()
        if row.tab == "meetings" and 0 < row.missing_reads < ACCEPTED
        and (last := told.get(row.id)) is not None and not last.cancelled and last.start > now
    )  # fmt: skip


def has_shrunk(missing: int, present: int) -> bool:
    """Return whether so many vanished meetings ahead, beside those present, are an alarm: emptiness is not consent."""
    if missing and not present:
        return True
    return missing > FEWER and missing * 100 > FEWER * (missing + present)


class Brakes:
    """What waits for a person's OK, given the ledger's approvals and the code typed into ``Settings``.

    ``shrunk``: the sheet has lost many meetings.  ``mixed`` maps meetings to why it is doubtful whom or what they mean
    (``core.mixed``): all their mails wait.
    """

    def __init__(
        self, view: LedgerView, settings: Settings, keyring: Keyring, now: datetime, *, shrunk: bool = False,
        mixed: Mapping[str, Say] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        self._shrunk, self._mixed = shrunk, mixed
        self._view, self._settings, self._keyring, self._now = view, settings, keyring, now
        code = typed(settings.approve)
        self._fresh = tuple(
            replace(approval, released=True)
            for approval in view.codes.values()
            if approval.code == code and not approval.released
        )
        self._released = {
            key for approval in (*view.codes.values(), *self._fresh) if approval.released for key in approval.keys
        }
        fresh_codes = {approval.code for approval in self._fresh}
        self._waiting = sorted(
            (a for a in view.codes.values() if not a.released and a.code not in fresh_codes), key=lambda a: a.since
        )

    def hold(self, decisions: Sequence[Decision]) -> tuple[list[Decision], tuple[Approval, ...]]:
        """Return the decisions with those that need an OK turned to waiting, and the approvals to remember.

        What waits already keeps waiting; new mails join when they are more than the limit, when others wait already,
        or when they belong to rows found at first contact, told only in practice, or mixed up.
        """
        decisions = self._unripe(decisions)
        asked = [d for d in decisions if d.fate is Fate.DUE and (self._is_braked(d) or self._is_mixed(d))]
        asked = [d for d in asked if str(d.intent.key) not in self._released]
        covered = {key for approval in self._waiting for key in approval.keys}
        pending = [d for d in asked if str(d.intent.key) in covered]
        news = [d for d in asked if str(d.intent.key) not in covered]
        many = len(news) + len(pending) > self._settings.ask_before
        joining = [d for d in news if many or self._shrunk or self._needs_ok(d)]
        if not joining:
            return self._mark(decisions, pending, self._waiting), self._fresh
        keys = [str(d.intent.key) for d in (*pending, *joining)]
        approval = Approval(code_for(self._keyring, keys, self._now), frozenset(keys), self._now)
        marked = self._mark(decisions, (*pending, *joining), [*self._waiting, approval])
        return marked, (*self._fresh, approval)

    def _is_braked(self, decision: Decision) -> bool:
        """Return whether a mail comes from new or changed rows, or from a decision that may have been filled down."""
        return BY_NAME[decision.intent.kind].brake or decision.intent.key.copy > 0

    def _is_mixed(self, decision: Decision) -> bool:
        return decision.intent.key.about in self._mixed

    def _unripe(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Return the decisions; while one about mixed rows is not ripe the others wait for it: one code is for all."""
        mine = [d for d in decisions if self._is_mixed(d) and str(d.intent.key) not in self._released]
        telling = [d for d in mine if d.fate is Fate.WAITS and d.code in ("settling", "hours") and d.at is not None]
        ripe = max((d.at for d in telling if d.at is not None), default=None)
        if ripe is None:
            return list(decisions)
        waiting = {id(d) for d in mine if d in telling or d.fate is Fate.DUE}
        return [self._until(d, ripe) if id(d) in waiting else d for d in decisions]

    def _until(self, decision: Decision, ripe: datetime) -> Decision:
        at = ripe.astimezone(decision.intent.opens.tzinfo)
        words = say("{why} If it is right, you are asked for your OK at {at}.",
                    why=self._mixed[decision.intent.key.about], at=Clock(at))  # fmt: skip
        return Decision(decision.intent, Fate.WAITS, at, "mixed", words)

    def _needs_ok(self, decision: Decision) -> bool:
        """Return whether this mail waits whatever the number: mixed rows, first contact, or the end of practice."""
        if self._is_mixed(decision):
            return True
        memory = self._view.rows.get(decision.intent.key.about)
        if memory is not None and memory.adopted:
            return True
        practised = any(e.practice and e.key.about == decision.intent.key.about for e in self._view.entries.values())
        return practised and not decision.intent.key.recipient.startswith("practice-")

    def _mark(
        self, decisions: Sequence[Decision], waiting: Sequence[Decision], approvals: Sequence[Approval]
    ) -> list[Decision]:
        keys = {id(d) for d in waiting}
        return [self._wait(d, approvals) if id(d) in keys else d for d in decisions]

    def _wait(self, decision: Decision, approvals: Sequence[Approval]) -> Decision:
        key = str(decision.intent.key)
        code = next((a.code for a in reversed(approvals) if key in a.keys), "")
        words = say(SHRUNK, code=code) if self._shrunk else waiting_words(code)
        if self._is_mixed(decision):
            words = say(MIXED, why=self._mixed[decision.intent.key.about], code=code)
        return Decision(decision.intent, Fate.WAITS, None, "code", words)


def waiting_words(code: str) -> Say:
    """Return the sentence of a mail that waits under ``code``."""
    number = code.rpartition("-")[2]
    if number == "1":
        return say("Waiting for your OK. Type {code} into Settings, Approve waiting mail.", code=code)
    return say("Waiting for your OK: {number} mails at once. Type {code} into Settings, Approve waiting mail.",
               number=number, code=code)  # fmt: skip
