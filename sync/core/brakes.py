"""Brakes: many new mails at once wait under one short code (``design.md`` 4, rules 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from .intent import Decision, Fate
from .keys import Keyring
from .kinds.registry import BY_NAME
from .ports import Approval, LedgerView
from .say import Say, say
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


class Brakes:
    """What waits for a person's OK, given the ledger's approvals and the code typed into ``Settings``."""

    def __init__(self, view: LedgerView, settings: Settings, keyring: Keyring, now: datetime) -> None:
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
        or when they belong to rows found at first contact or told only in practice.
        """
        asked = [d for d in decisions if d.fate is Fate.DUE and BY_NAME[d.intent.kind].brake]
        asked = [d for d in asked if str(d.intent.key) not in self._released]
        covered = {key for approval in self._waiting for key in approval.keys}
        pending = [d for d in asked if str(d.intent.key) in covered]
        news = [d for d in asked if str(d.intent.key) not in covered]
        many = len(news) + len(pending) > self._settings.ask_before
        joining = [d for d in news if many or self._needs_ok(d)]
        if not joining:
            return self._mark(decisions, pending, self._waiting), self._fresh
        keys = [str(d.intent.key) for d in (*pending, *joining)]
        approval = Approval(code_for(self._keyring, keys, self._now), frozenset(keys), self._now)
        marked = self._mark(decisions, (*pending, *joining), [*self._waiting, approval])
        return marked, (*self._fresh, approval)

    def _needs_ok(self, decision: Decision) -> bool:
        """Return whether this mail waits whatever the number: first contact, or the end of practice."""
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
        return Decision(decision.intent, Fate.WAITS, None, "code", waiting_words(code))


def waiting_words(code: str) -> Say:
    """Return the sentence of a mail that waits under ``code``."""
    number = code.rpartition("-")[2]
    if number == "1":
        return say("Waiting for your OK. Type {code} into Settings, Approve waiting mail.", code=code)
    return say("Waiting for your OK: {number} mails at once. Type {code} into Settings, Approve waiting mail.",
               number=number, code=code)  # fmt: skip
