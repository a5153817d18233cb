"""The ledger's writing statements: the same for SQLite and PostgreSQL, built by each dialect's own ``insert``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Delete, Executable, Select, Table, Update, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from sync.core.ports import EntryState, MailKey

from .tables import approval, cycle, mail, row_memory, sheet, watch

_RETAKEN = ("message_id", "opens", "closes", "at", "not_before", "reason", "told", "fingerprint", "practice", "token")
_INTENDED = ("message_id", "opens", "closes", "at", "told", "fingerprint")
_STOPPED = ("state", "at", "reason", "not_before", "token")
_ONE = and_(
    mail.c.sheet == bindparam("of_sheet"),
    mail.c.token == bindparam("of_token"),
    *(mail.c[name] == bindparam(f"of_{name}") for name in MailKey.__slots__),
)


@dataclass(frozen=True, slots=True)
class Upserts:
    """Each takes rows of ``records``: one, or a list."""

    claim: Executable  # touches a row exactly when the claim is won; the row's ``at`` is now
    skip: Executable
    row: Executable
    watch: Executable
    approval: Executable
    first_contact: Executable
    log_seq: Executable
    intend: Executable
    restore: Executable


@cache
def upserts(dialect: str) -> Upserts:
    """Return the upserts for ``sqlite`` or ``postgresql``."""
    planned = mail.c.state == EntryState.PLANNED.value

    def upsert(table: Table, names: Iterable[str], where: Any = None, **special: Any) -> Executable:
        stmt = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
        changes = {name: stmt.excluded[name] for name in names} | special
        return stmt.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes, where=where)

    excluded_at = sqlite.insert(mail).excluded.at
    return Upserts(
        claim=upsert(
            mail,
            _RETAKEN,
            and_(planned, or_(mail.c.not_before.is_(None), mail.c.not_before <= excluded_at)),
            attempts=mail.c.attempts + 1,
        ),
        skip=upsert(mail, _STOPPED, planned),
        row=upsert(row_memory, _values(row_memory)),
        watch=upsert(watch, _values(watch)),
        approval=upsert(approval, _values(approval)),
        first_contact=upsert(sheet, ("first_contact",), sheet.c.first_contact.is_(None)),
        log_seq=upsert(sheet, ("log_seq",), sheet.c.log_seq < sqlite.insert(sheet).excluded.log_seq),
        intend=upsert(mail, (*_INTENDED, "seq"), planned),
        restore=upsert(mail, _values(mail), planned),
    )


def one_key(of_sheet: str, key: MailKey) -> dict[str, Any]:
    """Return the parameters by which the statements below find one mail."""
    return {f"of_{name}": getattr(key, name) for name in MailKey.__slots__} | {"of_sheet": of_sheet}


def one_mail(of_sheet: str, key: MailKey, token: str) -> dict[str, Any]:
    """Return the parameters by which the statements below find the mail of one claim."""
    return one_key(of_sheet, key) | {"of_token": token}


TO_SENDING: Update = (
    update(mail)
    .where(_ONE, mail.c.state == EntryState.PLANNED.value)
    .values(state=EntryState.SENDING.value, at=bindparam("new_at"))
)
TO_OUTCOME: Update = (
    update(mail)
    .where(_ONE, or_(mail.c.state == EntryState.PLANNED.value, mail.c.state == EntryState.SENDING.value))
    .values({name: bindparam(f"new_{name}") for name in ("state", "at", "reason", "not_before")})
)
_KEY = and_(
    mail.c.sheet == bindparam("of_sheet"), *(mail.c[name] == bindparam(f"of_{name}") for name in MailKey.__slots__)
)
LOGGED: Update = update(mail).where(_KEY).values(logged=bindparam("new_logged"))
RENUMBER: Update = update(mail).where(_KEY).values(seq=bindparam("new_seq"), logged="")
STATE_OF: Select[str] = select(mail.c.state).where(_ONE)

FORGET_ROW: Delete = delete(row_memory).where(
    row_memory.c.sheet == bindparam("of_sheet"), row_memory.c.id == bindparam("of_id")
)
FORGET_WATCHES: Delete = delete(watch).where(
    watch.c.sheet == bindparam("of_sheet"), watch.c.about == bindparam("of_id")
)


def sweep(of_sheet: str, at: int, reason: str, spared: Iterable[str], spared_since: int) -> Update:
    """Return the statement that makes ``sending`` mails unsure, but for those of ``spared`` tokens since then."""
    return (
        update(mail)
        .where(
            mail.c.sheet == of_sheet,
            mail.c.state == EntryState.SENDING.value,
            or_(mail.c.token.not_in(list(spared)), mail.c.at < spared_since),
        )
        .values(state=EntryState.UNSURE.value, at=at, reason=reason)
    )


def log_seq(of_sheet: str) -> Select[int]:
    """Return the query for the highest number that a log line of the sheet was given."""
    return select(sheet.c.log_seq).where(sheet.c.sheet == of_sheet)


def trim_cycles(of_sheet: str, keep: int) -> Delete:
    """Return the statement that deletes all but the latest ``keep`` cycles."""
    oldest = (
        select(cycle.c.number)
        .where(cycle.c.sheet == of_sheet)
        .order_by(cycle.c.number.desc())
        .limit(1)
        .offset(keep - 1)
        .scalar_subquery()
    )
    return delete(cycle).where(cycle.c.sheet == of_sheet, cycle.c.number < oldest)


def mails_since(of_sheet: str, since: int, states: Iterable[EntryState]) -> Select[int]:
    """Return the query that counts mails in ``states`` whose state is not older than ``since``."""
    return select(func.count()).where(
        mail.c.sheet == of_sheet, mail.c.state.in_([state.value for state in states]), mail.c.at >= since
    )


def _values(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.c if not column.primary_key)
