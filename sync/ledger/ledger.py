"""The ledger on SQL: ``core.ports.Ledger`` with SQLAlchemy Core, for SQLite and PostgreSQL alike.

Every transition is one conditional statement, and the number of rows it touched says whether it happened.  Nothing is
decided before the database has said so.

The life of a mail (``design.md`` 2): ``claim`` makes it *planned* and gives its claim a token; ``sending`` moves the
row with this token to *sending* and is committed before the final dot; ``settle`` writes the outcome.  A claim that
another process has taken over finds no row with its token: ``sending`` says ``False`` and the dot is not sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Update, func, insert, select

from sync.core.errors import LedgerError
from sync.core.ports import (
    SETTLED,
    Approval,
    Claim,
    CycleReport,
    Entry,
    EntryState,
    LedgerView,
    MailKey,
    RowMemory,
    Watch,
)

from .engine import reader, where
from .failures import in_plain_words
from .memory import ViewMemory
from .records import (
    ENTRY_COLUMNS,
    approval_values,
    entry_of,
    entry_values,
    micros,
    plain,
    report_json,
    report_of,
    row_values,
    watch_values,
)
from .schema import ledger_id
from .statements import (
    FORGET_ROW,
    FORGET_WATCHES,
    LOGGED,
    RENUMBER,
    STATE_OF,
    TO_OUTCOME,
    TO_SENDING,
    log_seq,
    mails_since,
    one_key,
    one_mail,
    sweep,
    trim_cycles,
    upserts,
)
from .tables import cycle, mail

KEPT_CYCLES = 2000
"""How many cycles of one sheet are remembered: at one a minute a day and a half."""

CLAIM_LIFE = timedelta(minutes=15)
"""How long a claim of this process keeps its mail from being swept: more than the 10 minutes a server may take to
answer the final dot (RFC 5321 4.5.3.2.6), so that no claim that was lost to an exception hides a mail for ever."""

STOPPED = "The service stopped while this mail was leaving. Nobody knows whether it arrived."

_OUTCOMES = frozenset({EntryState.PLANNED, EntryState.SENT, EntryState.REFUSED, EntryState.UNSURE})
_NEVER_SENT = frozenset({EntryState.SKIPPED, EntryState.SUPERSEDED})
_WANT_A_LOOK = (EntryState.PLANNED, EntryState.UNSURE, EntryState.REFUSED)


@dataclass(frozen=True, slots=True)
class Overview:
    """What ``status`` shows: how many mails are in each state, and those that need a look, newest first."""

    counts: Mapping[EntryState, int]
    open: tuple[Entry, ...]  # planned, unsure, refused


@dataclass(frozen=True, slots=True)
class SheetClaim(Claim):
    """A claim that knows its sheet."""

    sheet: str = ""


class SqlLedger:
    """The memory of mails; made by ``open_ledger`` and ``open_readonly``.  For one thread."""

    def __init__(self, engine: Engine, file: Path | None) -> None:
        """Work on ``engine``, whose tables are there; ``file`` is the SQLite file, ``None`` for PostgreSQL."""
        self.file = file
        self.where = where(engine, file)
        self._engine = engine
        self._reader = reader(engine)
        self._upserts = upserts(engine.dialect.name)
        self._claims: set[str] = set()
        self._memory = ViewMemory(engine)

    @cached_property
    def id(self) -> str:
        """The random id of this ledger, by which a sheet recognises it."""
        with self._look() as connection:
            return ledger_id(connection)

    def view(self, sheet: str) -> LedgerView:
        """Return all that is known of ``sheet``, as of one moment; the mappings must not be changed."""
        with self._look() as connection:
            return self._memory.view(connection, sheet)

    def observe(
        self,
        sheet: str,
        *,
        rows: Iterable[RowMemory] = (),
        gone: Iterable[str] = (),
        watches: Iterable[Watch] = (),
        approvals: Iterable[Approval] = (),
        first_contact: datetime | None = None,
    ) -> None:
        """Remember rows, watches and codes in one transaction; ``first_contact`` is kept when already set.

        ``gone`` are row ids whose memory and watches are deleted; their mails stay for ever.
        """
        forgotten = [{"of_sheet": sheet, "of_id": row} for row in gone]
        contact = [] if first_contact is None else [{"sheet": sheet, "first_contact": micros(first_contact)}]
        work = [
            (FORGET_ROW, forgotten),
            (FORGET_WATCHES, forgotten),
            (self._upserts.row, [row_values(sheet, row) for row in rows]),
            (self._upserts.watch, [watch_values(sheet, seen) for seen in watches]),
            (self._upserts.approval, [approval_values(sheet, approval) for approval in approvals]),
            (self._upserts.first_contact, contact),
        ]
        if any(values for _, values in work):
            with self._change(sheet, "rows", "watches", "codes", "first_contact") as connection:
                for statement, values in work:
                    if values:
                        connection.execute(statement, values)

    def intend(self, sheet: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        """Record mails as planned and give each the next number of the ``Mail log``, in one transaction.

        Returns those that are planned now, with their numbers; one that was planned before keeps its own.  Numbers
        are given out without gaps: a gap in the log means that a line was lost.  ``at`` is committed before the log
        can say it: a log that is ahead of it shows that this ledger is an older copy.
        """
        with self._change(sheet, "entries", "log_seq") as connection:
            known = _entries(connection, sheet, {entry.key.about for entry in entries})
            number = connection.execute(log_seq(sheet)).scalar() or 0
            planned: list[Entry] = []
            for entry in entries:
                before = known.get(entry.key)
                if before is not None and before.state is not EntryState.PLANNED:
                    continue
                if before is None or not before.seq:
                    number += 1
                seq = before.seq if before is not None and before.seq else number
                ours = replace(entry, state=EntryState.PLANNED, seq=seq)
                if before is not None:
                    ours = replace(ours, attempts=before.attempts, not_before=before.not_before,
                                   reason=before.reason, logged=before.logged)  # fmt: skip
                planned.append(ours)
            if planned:
                connection.execute(self._upserts.intend, [entry_values(sheet, entry) for entry in planned])
                connection.execute(self._upserts.log_seq, {"sheet": sheet, "log_seq": number})
        return tuple(planned)

    def logged(self, sheet: str, marks: Mapping[MailKey, str]) -> None:
        """Remember what the log lines of these mails say now."""
        values = [one_key(sheet, key) | {"new_logged": text} for key, text in marks.items()]
        if values:
            with self._change(sheet, "entries") as connection:
                connection.execute(LOGGED, values)

    def restore(
        self, sheet: str, entries: Iterable[Entry], *, first_contact: datetime | None, highest: int, gap: bool = False
    ) -> int:
        """Take over mails from the ``Mail log``; returns how many were news.

        A mail that is unknown, or only planned, is recorded as the log says; any other stays as it is.  A number that
        the log knows as another mail's was given out twice, by two ledgers: our mail gets a new one.  With ``gap`` it
        is not recorded yet how far the log goes: a process that dies before it has said what is presumed starts over.
        """
        entries = tuple(entries)
        taken = {entry.seq: entry.key for entry in entries if entry.seq}
        with self._change(sheet, "entries", "first_contact", "log_seq") as connection:
            known = _entries(connection, sheet, None)
            news = [e for e in entries if e.key not in known or known[e.key].state is EntryState.PLANNED]
            if news:
                connection.execute(self._upserts.restore, [entry_values(sheet, entry) for entry in news])
            ours = {entry.key for entry in entries}
            highest = max(highest, connection.execute(log_seq(sheet)).scalar() or 0)
            for entry in known.values():
                if entry.key not in ours and taken.get(entry.seq, entry.key) != entry.key:
                    highest += 1
                    connection.execute(RENUMBER, one_key(sheet, entry.key) | {"new_seq": highest})
            if not gap:
                connection.execute(self._upserts.log_seq, {"sheet": sheet, "log_seq": highest})
            if first_contact is not None:
                values = {"sheet": sheet, "first_contact": micros(first_contact)}
                connection.execute(self._upserts.first_contact, values)
        return len(news)

    def claim(self, sheet: str, entry: Entry) -> Claim | None:
        """Record ``entry`` as planned and return the right to send it, or ``None`` when it is not ours to send.

        A new key is recorded; a planned one whose ``not_before`` is not after ``entry.at`` is taken over, and any
        older claim to it is void.  ``attempts`` counts the claims.  ``entry.state`` and ``entry.attempts`` are ignored.
        """
        token = secrets.token_hex(12)
        ours = replace(entry, state=EntryState.PLANNED, attempts=1, not_before=None, reason="")
        with self._change(sheet, "entries") as connection:
            won = (
                connection.execute(
                    self._upserts.claim, entry_values(sheet, ours, token), execution_options={"preserve_rowcount": True}
                ).rowcount
                == 1
            )
        if not won:
            return None
        self._claims.add(token)
        return SheetClaim(entry.key, token, sheet)

    def sending(self, claim: Claim, at: datetime) -> bool:
        """Commit planned → sending.  ``False``: somebody else has it; the final dot must not be sent."""
        moved = self._move(claim, TO_SENDING, {"new_at": micros(at)})
        if not moved:
            self._claims.discard(claim.token)
        return moved

    def settle(
        self, claim: Claim, state: EntryState, at: datetime, *, reason: str = "", not_before: datetime | None = None
    ) -> None:
        """Commit the outcome of a claim: sent, refused, unsure, or planned again with a time of the next try.

        Doing it twice is doing it once.  "Planned again" of a mail that somebody else has taken over changes nothing.
        Raises ``LedgerError`` when another outcome cannot be recorded because somebody else has the mail.
        """
        if state not in _OUTCOMES:
            raise ValueError(f"a claim cannot be settled as {state}")
        values = {
            "new_state": state.value,
            "new_at": micros(at),
            "new_reason": plain(reason),
            "new_not_before": None if not_before is None else micros(not_before),
        }
        # Whatever happens now, the claim is spent: if this fails, the next sweep shows the mail as unsure.
        self._claims.discard(claim.token)
        if self._move(claim, TO_OUTCOME, values) or state is EntryState.PLANNED:
            return
        if self._state(claim) != state.value:
            raise LedgerError(
                f"Somebody else works with the ledger {self.where}: an outcome could not be recorded.",
                "Look at the mails marked as not sure, and let only one service work for this sheet.",
            )

    def skip(self, sheet: str, entries: Iterable[Entry]) -> None:
        """Record mails that are never sent (state skipped or superseded).

        A mail that is still planned becomes one of them, and a claim to it is void; any other stays as it is.
        """
        values = []
        for entry in entries:
            if entry.state not in _NEVER_SENT:
                raise ValueError(f"{entry.state} is not a state of a mail that is never sent")
            values.append(entry_values(sheet, entry))
        if values:
            with self._change(sheet, "entries") as connection:
                connection.execute(self._upserts.skip, values)

    def sweep(self, sheet: str, at: datetime) -> int:
        """Turn ``sending`` mails that no claim of this process holds into ``unsure``; returns how many."""
        statement = sweep(sheet, micros(at), STOPPED, self._claims, micros(at - CLAIM_LIFE))
        with self._change(sheet, "entries") as connection:
            return connection.execute(statement).rowcount

    def sent_since(self, sheet: str, since: datetime) -> int:
        """Return how many mails were handed over since then (sent, sending or unsure, practice too)."""
        with self._look() as connection:
            return connection.execute(mails_since(sheet, micros(since), SETTLED)).scalar_one()

    def record_cycle(self, sheet: str, report: CycleReport) -> None:
        """Remember one cycle; the latest ``KEPT_CYCLES`` of a sheet stay."""
        values = {"sheet": sheet, "ended": micros(report.ended), "report": report_json(report)}
        with self._change(sheet, "last_cycle") as connection:
            (number,) = connection.execute(insert(cycle).values(values)).inserted_primary_key or (0,)
            if number % 100 == 0:
                connection.execute(trim_cycles(sheet, KEPT_CYCLES))

    def cycles(self, sheet: str, limit: int = 10) -> tuple[CycleReport, ...]:
        """Return the latest cycles, newest first."""
        query = select(cycle.c.report).where(cycle.c.sheet == sheet).order_by(cycle.c.number.desc()).limit(limit)
        with self._look() as connection:
            return tuple(report_of(report) for report in connection.execute(query).scalars())

    def overview(self, sheet: str, limit: int = 200) -> Overview:
        """Return the figures of ``sheet`` and its latest ``limit`` mails that are planned, unsure or refused."""
        counts = select(mail.c.state, func.count()).where(mail.c.sheet == sheet).group_by(mail.c.state)
        looks = (
            select(*ENTRY_COLUMNS)
            .where(mail.c.sheet == sheet, mail.c.state.in_([state.value for state in _WANT_A_LOOK]))
            .order_by(mail.c.at.desc())
            .limit(limit)
        )
        with self._look() as connection:
            found = {EntryState(state): number for state, number in connection.execute(counts)}
            return Overview(found, tuple(entry_of(row) for row in connection.execute(looks)))

    def close(self) -> None:
        """Close the database; on SQLite the write-ahead log is folded into the file."""
        self._engine.dispose()

    def _move(self, claim: Claim, statement: Update, values: dict[str, Any]) -> bool:
        if not isinstance(claim, SheetClaim):
            return False
        with self._change(claim.sheet, "entries") as connection:
            return connection.execute(statement, one_mail(claim.sheet, claim.key, claim.token) | values).rowcount == 1

    def _state(self, claim: Claim) -> str | None:
        if not isinstance(claim, SheetClaim):
            return None
        with self._look() as connection:
            return connection.execute(STATE_OF, one_mail(claim.sheet, claim.key, claim.token)).scalar()

    @contextmanager
    def _look(self) -> Iterator[Connection]:
        with in_plain_words(self.where), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _change(self, sheet: str, *parts: str) -> Iterator[Connection]:
        """One writing transaction: committed when the block ends, or nothing at all; ``parts`` of the view change."""
        try:
            with in_plain_words(self.where), self._engine.begin() as connection:
                yield connection
        finally:
            self._memory.forget(sheet, parts)


def _entries(connection: Connection, sheet: str, about: set[str] | None) -> dict[MailKey, Entry]:
    """Return the mails of a sheet, or only those about some rows, in the transaction of ``connection``."""
    query = select(*ENTRY_COLUMNS).where(mail.c.sheet == sheet)
    if about is not None:
        query = query.where(mail.c.about.in_(sorted(about)))
    return {entry.key: entry for entry in map(entry_of, connection.execute(query))}
