"""One round: read, parse, plan, deliver, write back (``design.md`` 2, 4 and 9).  Decides nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..core.brakes import ACCEPTED
from ..core.errors import SyncError
from ..core.identity import Identified, identify
from ..core.intent import Fate, Plan
from ..core.maillog import decisions
from ..core.model import Book
from ..core.parse import parse
from ..core.plan import plan
from ..core.ports import CellEdit, CycleReport, LedgerView, RowMemory, Snapshot
from ..core.say import Say, day_words
from ..core.sentences import Outlook, edits, problem_count, tab_troubles
from ..core.settings import Settings
from ..core.zones import zone
from .delivery import Delivered, deliver
from .service import Idle, Service
from .wal import live_mark, outcome_lines, presume, recover

HEARTBEAT = timedelta(minutes=10)
MOST_BATCHES = 40


@dataclass(frozen=True, slots=True)
class CycleResult:
    """What one cycle did.  ``needs_person``: a mail of this cycle was refused, is unsure, or newly waits for an OK.

    ``error`` is what stopped the mails (the account refused, no route), after everything else was done.
    """

    report: CycleReport
    needs_person: bool = False
    error: SyncError | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One read and what follows from it."""

    snapshot: Snapshot
    identified: Identified
    book: Book
    view: LedgerView
    plan: Plan
    now: datetime


def run_cycle(service: Service, *, send: bool = True) -> CycleResult:
    """Do one cycle of one team.

    1. Mails that a dead process left half handed over become unsure.
    2. Read; a read like the last one, with nothing due before now, ends the cycle here.
    3. Tell rows apart, parse, plan, remember what was seen.
    4. Deliver in batches, each from a fresh read.
    5. Write back what every row should say, and the heartbeat when it is old.
    6. Record the cycle.

    Raises ``ServiceError`` when the sheet cannot be read or written, ``LedgerError`` when nothing can be remembered;
    trouble with mail is returned in ``error`` instead, because the rest of the cycle is done all the same.
    """
    started = service.clock.now()
    service.ledger.sweep(service.sheet, started)
    snapshot = service.backend.read()
    if _is_idle(service, snapshot, started):
        return _idle(service, snapshot, started)
    current = examine(service, snapshot, started)
    new_codes = any(not approval.released for approval in current.plan.approvals)
    total = Delivered()
    for _ in range(MOST_BATCHES if send else 0):
        if not current.plan.due or service.stopping():
            break
        batch = deliver(service, current.plan, current.view, current.book.settings, read_at=current.now)
        total = total + batch
        if batch.error or not batch.tried:
            break
        again = service.clock.now()
        more = len(batch.done) < len(current.plan.due)
        if not more:
            current = replan(service, current, again)
        if more or current.plan.due:  # what has become due meanwhile leaves by a fresh read, too
            current = examine(service, service.backend.read(), again)
    return _finish(service, current, started, total, new_codes)


def examine(service: Service, snapshot: Snapshot, now: datetime) -> Round:
    """Tell rows apart, parse and plan one read, and remember what was seen (rows, settle times, codes, skips).

    A ledger that is behind the sheet's ``Mail log`` is rebuilt from there first.
    """
    view = service.ledger.view(snapshot.sheet)
    recovery = recover(service, snapshot, view)
    if recovery is not None:
        view = service.ledger.view(snapshot.sheet)
    first_contact = view.first_contact
    identified = identify(snapshot, view.rows, service.ids, adopt=first_contact is None)
    view = _with_rows(view, identified.memory, first_contact or now)
    book = understand(snapshot, identified, view, now, service.settings)
    service.settings = book.settings
    linked = _linked(book, view)
    if recovery is not None:
        linked = _begun_before(book, linked, view)
    view = _with_rows(view, linked, view.first_contact or now)
    chosen = decisions(snapshot.log)
    planned = plan(book, view, service.policy, now, chosen)
    if recovery is not None and recovery.gap:
        presume(service, snapshot.sheet, planned.decisions, now, recovery.highest)
        stored = service.ledger.view(snapshot.sheet)
        view = replace(stored, rows=view.rows, first_contact=view.first_contact)
        planned = plan(book, view, service.policy, now, chosen)
    changed = {row.id: row for row in (*identified.memory, *linked, *_accepted(view, planned))}
    service.ledger.observe(
        snapshot.sheet, rows=changed.values(), watches=planned.watches, approvals=planned.approvals,
        first_contact=None if first_contact else now,
    )  # fmt: skip
    if planned.record:
        service.ledger.skip(snapshot.sheet, planned.record)
    if planned.record or planned.watches or planned.approvals:
        view = _with_rows(service.ledger.view(snapshot.sheet), (), now)
    return Round(snapshot, identified, book, view, planned, now)


def understand(
    snapshot: Snapshot, identified: Identified, view: LedgerView, now: datetime, last_good: Settings | None
) -> Book:
    """Parse one read with what the ledger remembers: whom names meant, and which dates were told.

    ``last_good`` are the settings of an earlier read, kept where a value cannot be read now.
    """
    names = {row_id: row.contact_id for row_id, row in view.rows.items() if row.contact_id}
    told = sorted((e for e in view.entries.values() if e.told), key=lambda e: (e.key.revision, e.at))
    dates = {entry.key.about: entry.told.start.date() for entry in told if entry.told}
    return parse(
        snapshot, identified.ids, now=now, fingerprints=identified.fingerprints, contact_memory=names,
        told_dates=dates, last_good=last_good,
    )  # fmt: skip


def replan(service: Service, current: Round, now: datetime) -> Round:
    """Plan the same read again, with what the ledger knows now: the sentences after a batch."""
    view = service.ledger.view(current.snapshot.sheet)
    planned = plan(current.book, view, service.policy, now, decisions(current.snapshot.log))
    if planned.record:
        service.ledger.skip(current.snapshot.sheet, planned.record)
        view = service.ledger.view(current.snapshot.sheet)
    return replace(current, view=view, plan=planned, now=now)


def _with_rows(view: LedgerView, rows: tuple[RowMemory, ...], first_contact: datetime) -> LedgerView:
    if not rows and view.first_contact:
        return view
    merged = dict(view.rows)
    merged.update({row.id: row for row in rows})
    return replace(view, rows=merged, first_contact=view.first_contact or first_contact)


def _linked(book: Book, view: LedgerView) -> tuple[RowMemory, ...]:
    """Return the memory of meetings whose name was resolved to a contact, where that is news."""
    news = []
    for meeting in book.meetings:
        known = view.rows.get(meeting.id)
        if known and meeting.contact and meeting.contact.id and known.contact_id != meeting.contact.id:
            news.append(replace(known, contact_id=meeting.contact.id))
    return tuple(news)


def _accepted(view: LedgerView, planned: Plan) -> tuple[RowMemory, ...]:
    """Return the memory of rows whose loss is no news any more: gone for two reads, and no alarm about it.

    A typed code ends the alarm: somebody has seen it.
    """
    if planned.shrunk and not any(approval.released for approval in planned.approvals):
        return ()
    gone = (row for row in view.rows.values() if row.missing_reads == ACCEPTED - 1)
    return tuple(replace(row, missing_reads=ACCEPTED) for row in gone)


def _begun_before(book: Book, linked: tuple[RowMemory, ...], view: LedgerView) -> tuple[RowMemory, ...]:
    """Return the memory of rows after recovery: what had begun at first contact stays "before the start"."""
    changed = {row.id: row for row in linked}
    for meeting in book.meetings:
        known = changed.get(meeting.id) or view.rows.get(meeting.id)
        first = view.first_contact
        if known and meeting.start and first and meeting.start <= first:
            changed[meeting.id] = replace(known, adopted=True)
    return tuple(changed.values())


def _is_idle(service: Service, snapshot: Snapshot, now: datetime) -> bool:
    idle = service.idle
    return (
        idle.settled
        and idle.digest == snapshot.digest
        and (idle.wake is None or now < idle.wake)
        and not _heartbeat_due(service, now)
    )


def _heartbeat_due(service: Service, now: datetime) -> bool:
    if service.written is None:  # a new process: an earlier one may have written a moment ago
        ended = [report.ended for report in service.ledger.cycles(service.sheet, 200) if report.edits]
        service.written = max(ended, default=None)
    if service.announces or service.written is None:
        return True
    return abs(now - service.written) >= HEARTBEAT  # a clock that is set back counts too


def _idle(service: Service, snapshot: Snapshot, started: datetime) -> CycleResult:
    report = CycleReport(
        started, service.clock.now(), "ok", waiting=service.idle.waiting, problems=service.idle.problems
    )
    service.ledger.record_cycle(snapshot.sheet, report)
    return CycleResult(report)


def _finish(
    service: Service, current: Round, started: datetime, total: Delivered, new_codes: bool
) -> CycleResult:
    now = service.clock.now()
    trouble = Say(total.error.sentence.replace("{", "{{").replace("}", "}}")) if total.error else None
    outlook = Outlook(
        current.snapshot, current.identified, current.book, current.plan, current.view, now, trouble, service.safe_to,
        decisions(current.snapshot.log),
    )  # fmt: skip
    wanted = edits(outlook)
    cells = write_back(service, current, wanted, now)
    waiting = sum(1 for d in current.plan.decisions if d.fate is Fate.WAITS)
    problems = problem_count(current.book.problems)
    report = CycleReport(
        started, service.clock.now(), total.error.sentence if total.error else "ok", total.sent, total.refused,
        total.unsure, waiting, problems, cells,
    )  # fmt: skip
    service.ledger.record_cycle(current.snapshot.sheet, report)
    due = bool(current.plan.due)
    service.idle = Idle(current.snapshot.digest, current.plan.wake, not wanted and not due, waiting, problems)
    service.last_plan = current.plan
    return CycleResult(report, bool(total.refused or total.unsure or new_codes), total.error)


def write_back(service: Service, current: Round, wanted: tuple[CellEdit, ...], now: datetime) -> int:
    """Write the wanted cells together with the live lines; the lines alone when the heartbeat is due."""
    lines, marks = outcome_lines(service, current.view, now)
    if not wanted and not lines and not _heartbeat_due(service, now):
        return 0
    local = now.astimezone(zone(current.book.settings.zone))
    ahead = local + timedelta(seconds=service.every)
    live = {
        "Last check": f"{day_words(local.date(), local.date())} {local:%H:%M}",
        "Next check": f"{day_words(ahead.date(), local.date())} {ahead:%H:%M}",
    }
    first = current.view.first_contact
    if first is not None:
        begun = first.astimezone(local.tzinfo)
        live["First contact"] = f"{day_words(begun.date(), begun.date())} {begun.year} {begun:%H:%M}"
    if troubles := tab_troubles(current.book.problems, local):  # the rows say "See Start here"
        live["Last check"] += f". {troubles}"
    live |= live_mark(service, service.sheet, current.view, now)
    written = service.backend.write(wanted, live, lines)
    service.written, service.announces = now, False
    seqs = {entry.key: entry.seq for entry in current.view.entries.values()}
    told = {key: text for key, text in marks.items() if seqs.get(key) in written.logged}
    service.ledger.logged(service.sheet, told)
    return written.cells + len(live)

