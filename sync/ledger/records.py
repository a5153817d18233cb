"""Between the core's values and the tables' rows.  Times go in aware and come out aware; naive ones are refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sync.core.errors import LedgerError
from sync.core.ports import Approval, CycleReport, Entry, EntryState, MailKey, RowMemory, Told, Watch

from .tables import mail, row_memory, watch

VERSION = 1  # of the JSON columns
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

ENTRY_COLUMNS = tuple(column for column in mail.c if column.name not in {"sheet", "token", "epoch"})
WATCH_COLUMNS = tuple(column for column in watch.c if column.name != "sheet")
ROW_COLUMNS = tuple(row_memory.c[name] for name in RowMemory.__slots__)
_STATES = {state.value: state for state in EntryState}


def micros(at: datetime) -> int:
    """Return ``at`` (aware) in microseconds since 1970-01-01 UTC; raises ``ValueError`` when it is naive."""
    if at.utcoffset() is None:
        raise ValueError("the ledger takes aware times only")
    return (at - _EPOCH) // _MICROSECOND


def instant(number: int) -> datetime:
    """Return the aware UTC time of ``number`` microseconds."""
    return _EPOCH + timedelta(microseconds=number)


def plain(text: str) -> str:
    """Return ``text`` without what a database refuses: NUL (PostgreSQL) and lone surrogates (both)."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\N{REPLACEMENT CHARACTER}")


def key_values(key: MailKey) -> dict[str, Any]:
    """Return the columns of the primary key, without the sheet."""
    return {name: getattr(key, name) for name in MailKey.__slots__}


def entry_values(sheet: str, entry: Entry, token: str = "") -> dict[str, Any]:
    """Return one row of ``mail``; raises ``ValueError`` when a time is naive."""
    return key_values(entry.key) | {
        "sheet": sheet,
        "state": entry.state.value,
        "message_id": entry.message_id,
        "opens": micros(entry.opens),
        "closes": micros(entry.closes),
        "at": micros(entry.at),
        "not_before": None if entry.not_before is None else micros(entry.not_before),
        "attempts": entry.attempts,
        "reason": plain(entry.reason),
        "told": None if entry.told is None else told_json(entry.told),
        "fingerprint": entry.fingerprint,
        "practice": entry.practice,
        "seq": entry.seq,
        "logged": entry.logged,
        "token": token,
    }


def entry_of(row: Sequence[Any]) -> Entry:
    """Return the entry in ``row``, which has ``ENTRY_COLUMNS``."""
    (about, kind, revision, occasion, recipient, copy, state, message_id, opens, closes, at, not_before, attempts,
     reason, told, fingerprint, practice, seq, logged) = row  # fmt: skip
    return Entry(
        MailKey(about, kind, revision, occasion, recipient, copy),
        _STATES[state],
        message_id,
        instant(opens),
        instant(closes),
        instant(at),
        None if not_before is None else instant(not_before),
        attempts,
        reason,
        None if told is None else told_of(told),
        fingerprint,
        practice,
        seq,
        logged,
    )


def told_json(told: Told) -> dict[str, Any]:
    """Return ``told`` for its JSON column: ``start`` as wall time in its zone, with the offset of today's rules."""
    values: dict[str, Any] = {name: getattr(told, name) for name in Told.__slots__}
    if told.start.utcoffset() is None:
        raise ValueError("the ledger takes aware times only")
    local = told.start.astimezone(_zone(told.zone) or told.start.tzinfo)
    return values | {"start": local.isoformat(), "fold": local.fold, "v": VERSION}


def told_of(data: dict[str, Any]) -> Told:
    """Return what :func:`told_json` stored: the same time on the clock in its zone.

    The wall time is what people were told; when the zone's rules change later it still stands.
    """
    values = _checked(data)
    start, fold = datetime.fromisoformat(values.pop("start")), values.pop("fold")
    zone = _zone(values["zone"])
    return Told(start=start if zone is None else start.replace(tzinfo=zone, fold=fold), **values)


def watch_of(row: Sequence[Any]) -> Watch:
    """Return the watch in ``row``, which has ``WATCH_COLUMNS``."""
    about, kind, digest, since = row
    return Watch(about, kind, digest, instant(since))


def watch_values(sheet: str, seen: Watch) -> dict[str, Any]:
    """Return one row of ``watch``."""
    return {"sheet": sheet, "about": seen.about, "kind": seen.kind, "digest": seen.digest, "since": micros(seen.since)}


def row_of(row: Sequence[Any]) -> RowMemory:
    """Return the row memory in ``row``, which has ``ROW_COLUMNS``."""
    return RowMemory(*row)


def row_values(sheet: str, memory: RowMemory) -> dict[str, Any]:
    """Return one row of ``row_memory``."""
    return {"sheet": sheet} | {name: getattr(memory, name) for name in RowMemory.__slots__}


def approval_values(sheet: str, approval: Approval) -> dict[str, Any]:
    """Return one row of ``approval``; its keys are sorted, so that equal approvals are equal rows."""
    return {
        "sheet": sheet,
        "code": approval.code,
        "keys": {"v": VERSION, "keys": sorted(approval.keys)},
        "since": micros(approval.since),
        "released": approval.released,
    }


def approval_of(row: Sequence[Any]) -> Approval:
    """Return the approval in ``row``: code, keys, since, released."""
    code, keys, since, released = row
    return Approval(code, frozenset(_checked(keys)["keys"]), instant(since), released)


def report_json(report: CycleReport) -> dict[str, Any]:
    """Return ``report`` for its JSON column; its times are microseconds as in the tables."""
    values: dict[str, Any] = {name: getattr(report, name) for name in CycleReport.__slots__}
    return values | {
        "outcome": plain(report.outcome),
        "started": micros(report.started),
        "ended": micros(report.ended),
        "v": VERSION,
    }


def report_of(data: dict[str, Any]) -> CycleReport:
    """Return what :func:`report_json` stored."""
    values = _checked(data)
    return CycleReport(started=instant(values.pop("started")), ended=instant(values.pop("ended")), **values)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None  # a zone that the time zone data no longer knows: the offset that was stored has to do


def _checked(data: dict[str, Any]) -> dict[str, Any]:
    values = dict(data)
    if values.pop("v") != VERSION:
        raise LedgerError(
            "The ledger holds a record that this version cannot read.",
            "Update this program: a newer version has worked with the ledger.",
        )
    return values
