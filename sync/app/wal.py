"""The write-ahead log in the sheet: intents before a batch, outcomes after it, recovery when the ledger is behind.

What is decided here is decided in ``core.maillog``; this wires it to the sheet and the ledger (``design.md`` P11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..core.columns import CONTACTS
from ..core.intent import Decision, Fate, Intent
from ..core.maillog import (
    PRESUMED,
    complete,
    intent_line,
    is_ahead,
    mark,
    numbers,
    outcome_line,
    overdue,
    presumed_line,
    recovered,
    vanished,
)
from ..core.marks import LINE, Mark, read_mark
from ..core.ports import Entry, EntryState, LedgerView, LogLine, MailKey, Snapshot
from ..core.zones import zone
from .service import Service

MOST_LINES = 400


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was found out about the past: ``news`` mails taken over; ``gap`` says that the log has lost lines.

    ``first_contact`` is when the service first saw the sheet, if the sheet remembers it; ``highest`` is the number up
    to which the log went.
    """

    news: int = 0
    gap: bool = False
    first_contact: datetime | None = None
    highest: int = 0


def recover(service: Service, snapshot: Snapshot, view: LedgerView) -> Recovery | None:
    """Rebuild the ledger from the sheet when it is empty, older or another one; ``None`` when it is up to date.

    An empty ledger beside a sheet that was worked on before is recovery, not first contact.  The mark is looked at in
    the first cycle of a process (one request), because a ledger can only be exchanged between two processes.
    """
    fresh = not service.idle.digest
    lost = _presume_vanished(service, snapshot, view) if fresh else 0
    seqs = numbers(snapshot.log)
    ahead = is_ahead(snapshot.log, view.entries) or max(seqs, default=0) > view.log_seq
    if not (fresh or ahead or view.first_contact is None):
        return None
    known = read_mark(service.backend.read_marks().get(LINE, ""))
    highest = max(known.seq if known else 0, *seqs, 0)
    behind = ahead or highest > view.log_seq
    if not behind and (known is None or view.first_contact is not None):
        return Recovery(lost) if lost else None
    log = service.backend.read_log() if behind else ()
    entries = recovered(log, _addresses(service, snapshot), view.entries)
    first_contact = known.first_contact if known else None
    if first_contact is None and entries:
        first_contact = min(entry.at for entry in entries)
    gap = highest > view.log_seq and not complete(seqs, highest)
    news = service.ledger.restore(snapshot.sheet, entries, first_contact=first_contact, highest=highest, gap=gap)
    return Recovery(news + lost, gap, first_contact, highest)


def _presume_vanished(service: Service, snapshot: Snapshot, view: LedgerView) -> int:
    """Record waiting mails whose lines have vanished as presumed sent: this ledger may be an older copy."""
    lost = vanished(snapshot.log, view.entries.values())
    doubt = [replace(entry, state=EntryState.UNSURE, reason=PRESUMED, logged="") for entry in lost]
    if doubt:
        service.ledger.restore(snapshot.sheet, doubt, first_contact=None, highest=view.log_seq)
    return len(doubt)


def _addresses(service: Service, snapshot: Snapshot) -> dict[str, str]:
    """Return recipient hash → address of the people who are in the sheet now."""
    read = snapshot.tabs.get(CONTACTS.key)
    found: dict[str, str] = {}
    for row in read.rows if read else ():
        email = read.cell(row, "email") if read else None
        if isinstance(email, str) and "@" in email:
            found[service.policy.keyring.recipient(email)] = email.strip()
    return found


def presume(service: Service, sheet: str, decisions: Iterable[Decision], now: datetime, highest: int) -> int:
    """Record as presumed sent whatever should have left by now: an incomplete log cannot tell whether it did.

    ``highest`` is the number up to which the log went; new lines come after it.
    """
    due = [d for d in decisions if d.fate is not Fate.SKIPPED and d.intent.opens <= now]
    highest = max(highest, *(entry.seq for entry in service.ledger.view(sheet).entries.values()), 0)
    entries = []
    for number, decision in enumerate(due, highest + 1):
        intent = decision.intent
        entry = Entry(
            intent.key, EntryState.UNSURE, service.policy.keyring.message_id(intent.key, service.policy.domain),
            intent.opens, intent.closes, now, reason=PRESUMED, told=intent.told, fingerprint=intent.digest,
            practice=service.policy.practice, seq=number,
        )  # fmt: skip
        entries.append(entry)
        service.lines[entry.key] = presumed_line(entry, intent, now)
    service.ledger.restore(sheet, entries, first_contact=None, highest=highest + len(entries))
    return len(entries)


def write_ahead(
    service: Service, sheet: str, batch: Sequence[tuple[Intent, Entry, str]], now: datetime
) -> dict[MailKey, Entry]:
    """Let a batch of intents (with entry and subject) stand in the ``Mail log``; returns those that surely do.

    Lines that an earlier write lost go along, so that the log has no gap.  Nothing may leave that is not returned.
    """
    meant = [replace(entry, at=now) for _, entry, _ in batch]
    planned = {entry.key: entry for entry in service.ledger.intend(sheet, meant)}
    lines, marks = [], {}
    for intent, entry, subject in batch:
        if entry.key in planned:
            lines.append(intent_line(planned[entry.key], intent, subject, now))
            marks[entry.key] = mark(planned[entry.key])
    view = service.ledger.view(sheet)
    late = [e for e in overdue(view.entries.values()) if e.key not in marks][:MOST_LINES]
    lines += _lines(service, view, late, now)
    marks |= {entry.key: mark(entry) for entry in late}
    done = service.backend.write((), live_mark(service, sheet, view, now), lines).logged
    seqs = {key: view.entries[key].seq for key in marks if key in view.entries}
    service.ledger.logged(sheet, {key: text for key, text in marks.items() if seqs.get(key) in done})
    return {key: entry for key, entry in planned.items() if entry.seq in done}


def outcome_lines(service: Service, view: LedgerView, now: datetime) -> tuple[tuple[LogLine, ...], dict[MailKey, str]]:
    """Return the lines that must say something new, and what to remember once they do."""
    late = overdue(view.entries.values())[:MOST_LINES]
    return tuple(_lines(service, view, late, now)), {entry.key: mark(entry) for entry in late}


def _lines(service: Service, view: LedgerView, late: Sequence[Entry], now: datetime) -> list[LogLine]:
    """Return the lines of these mails; hours are told where the meeting is, as everywhere in the sheet."""
    told = {entry.key.about: entry.told.zone for entry in view.entries.values() if entry.told} if late else {}
    usual = service.settings.zone if service.settings else "UTC"
    lines = []
    for entry in late:
        whole = service.lines.pop(entry.key, None)
        lines.append(whole or outcome_line(entry, now, zone(told.get(entry.key.about, usual))))
    return lines


def live_mark(service: Service, sheet: str, view: LedgerView, now: datetime) -> Mapping[str, str]:
    """Return the live line with the service's own mark."""
    mine = Mark(service.install, service.nonce, view.log_seq, now, view.first_contact)
    return {LINE: mine.text()}
