"""Looking without touching: ``preview``, ``check`` and ``status`` read the sheet and the ledger and leave no trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..core.errors import ServiceError
from ..core.identity import identify
from ..core.intent import Decision, Fate, Plan
from ..core.maillog import decisions
from ..core.model import Book, Problem
from ..core.plan import plan
from ..core.ports import CycleReport, Entry, EntryState, LedgerView, Snapshot
from ..core.say import words
from .cycle import understand
from .service import Service

MOST_STEPS = 2000


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found: the read, the book, the ledger's view as it would be, and the plan at ``now``."""

    snapshot: Snapshot
    book: Book
    view: LedgerView
    plan: Plan
    now: datetime


def look(service: Service, *, at: datetime | None = None) -> Look:
    """Read the sheet and plan at ``at`` (aware; now when not given), as if nobody typed until then.

    For a later ``at`` the mails that would leave on the way are taken as sent, one wake-up after the other; nothing
    is sent, and nothing is remembered.  Raises ``ServiceError`` when the sheet cannot be read.
    """
    now = service.clock.now()
    snapshot = service.backend.read()
    view = service.ledger.view(snapshot.sheet)
    moment = at if at is not None and at > now else now
    found = _plan(service, snapshot, view, at if at is not None and at < now else now, shown=moment > now)
    for _ in range(MOST_STEPS):
        wake = found.plan.wake
        if found.now >= moment:
            break
        step = moment if wake is None or wake > moment else max(wake, found.now + timedelta(seconds=1))
        found = _plan(service, snapshot, _as_sent(found), step, shown=True)
    return found


def _plan(service: Service, snapshot: Snapshot, view: LedgerView, now: datetime, *, shown: bool) -> Look:
    adopt = view.first_contact is None
    identified = identify(snapshot, view.rows, service.ids, adopt=adopt)
    rows = dict(view.rows)
    rows.update({row.id: row for row in identified.memory})
    if shown:
        rows = {row_id: replace(row, shown=True) for row_id, row in rows.items()}
    view = replace(view, rows=rows, first_contact=view.first_contact or now)
    book = understand(snapshot, identified, view, now, service.settings)
    planned = plan(book, view, service.policy, now, decisions(snapshot.log))
    watches = dict(view.watches)
    watches.update({(watch.about, watch.kind): watch for watch in planned.watches})
    return Look(snapshot, book, replace(view, watches=watches), planned, now)


def _as_sent(found: Look) -> LedgerView:
    """Return the view after the due mails of this plan have left."""
    entries = dict(found.view.entries)
    for decision in found.plan.due:
        intent = decision.intent
        entries[intent.key] = Entry(
            intent.key, EntryState.SENT, "", intent.opens, intent.closes, found.now,
            told=intent.told, fingerprint=intent.digest, practice=intent.key.recipient.startswith("practice-"),
        )  # fmt: skip
    entries.update({entry.key: entry for entry in found.plan.record})
    codes = {**found.view.codes, **{approval.code: approval for approval in found.plan.approvals}}
    return replace(found.view, entries=entries, codes=codes)


def coming(found: Look, days: int | None = None) -> tuple[Decision, ...]:
    """Return the decisions of a look, the soonest first; with ``days`` only what happens by then, or has no time."""
    until = found.now + timedelta(days=days) if days is not None else None
    chosen = [d for d in found.plan.decisions if until is None or d.at is None or d.at <= until]
    return tuple(sorted(chosen, key=lambda d: (d.at or found.now, d.intent.kind)))


def decision_row(decision: Decision, now: datetime) -> dict[str, str | None]:
    """Return one row of ``preview --json``; times are ISO 8601 with the offset of the meeting's zone."""
    intent = decision.intent
    return {
        "kind": intent.kind,
        "to": intent.address,
        "about": intent.key.about,
        "opens": intent.opens.isoformat(timespec="seconds"),
        "closes": intent.closes.isoformat(timespec="seconds"),
        "at": decision.at.isoformat(timespec="seconds") if decision.at else None,
        "state": decision.fate.value,
        "reason": words(decision.reason, now) if decision.reason else None,
    }


def problem_row(problem: Problem, now: datetime) -> dict[str, object]:
    """Return one row of ``check --json``."""
    return {
        "tab": problem.tab, "row": problem.row, "column": problem.column, "value": problem.value,
        "sentence": words(problem.sentence, now), "hint": problem.hint,
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Status:
    """What ``status`` prints for one team.  ``unreached`` says why the sheet could not be read, if so."""

    cycles: tuple[CycleReport, ...]
    next_check: datetime | None
    due: tuple[Decision, ...]
    waiting: tuple[Decision, ...]
    unsure: tuple[Entry, ...]
    refused: tuple[Entry, ...]
    unreached: str = ""


def status(service: Service) -> Status:
    """Return the state of one team: from the ledger, and from a fresh read when the sheet answers."""
    cycles = service.ledger.cycles(service.sheet, 5)
    next_check = cycles[0].ended + timedelta(seconds=service.every) if cycles else None
    unreached, view = "", service.ledger.view(service.sheet)
    decisions: tuple[Decision, ...] = ()
    try:
        found = look(service)
        decisions = found.plan.decisions
    except ServiceError as error:
        unreached = f"{error.sentence} {error.remedy}".strip()
    return Status(
        cycles, next_check,
        tuple(d for d in decisions if d.fate is Fate.DUE),
        tuple(d for d in decisions if d.fate is Fate.WAITS),
        _in(view, EntryState.UNSURE, EntryState.SENDING), _in(view, EntryState.REFUSED), unreached,
    )  # fmt: skip


def _in(view: LedgerView, *states: EntryState) -> tuple[Entry, ...]:
    return tuple(sorted((e for e in view.entries.values() if e.state in states), key=lambda e: e.at, reverse=True))


def status_row(found: Status, now: datetime) -> dict[str, object]:
    """Return ``status --json`` for one team: times, counts, and the mails behind the counts."""
    last = found.cycles[0] if found.cycles else None
    mails: Sequence[dict[str, str | None]] = [decision_row(d, now) for d in (*found.due, *found.waiting)]
    return {
        "last_cycle": last.ended.isoformat(timespec="seconds") if last else None,
        "next_check": found.next_check.isoformat(timespec="seconds") if found.next_check else None,
        "due": len(found.due),
        "waiting": len(found.waiting),
        "unsure": len(found.unsure),
        "refused": len(found.refused),
        "mails": mails,
        "entries": [_entry_row(entry) for entry in (*found.unsure, *found.refused)],
    }


def _entry_row(entry: Entry) -> dict[str, str]:
    return {
        "kind": entry.key.kind, "about": entry.key.about, "at": entry.at.isoformat(timespec="seconds"),
        "state": "unsure" if entry.state is EntryState.SENDING else entry.state.value, "reason": entry.reason,
    }  # fmt: skip
