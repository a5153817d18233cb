"""How each database is opened so that a commit is a promise (``reliability.md`` 1.5, 5.2, 5.3).

SQLite: WAL with ``synchronous=FULL``, because with NORMAL the last commits may be lost at a power cut, which would be
a mail sent twice.  Writers begin with ``BEGIN IMMEDIATE``, so they queue at the start and never fail half-way.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

from sync.core.errors import LedgerError

from .failures import in_plain_words

BUSY_SECONDS = 30
_POSTGRESQL_SETTINGS = """
    SELECT set_config('lock_timeout', %s, false),
           CASE WHEN current_setting('synchronous_commit') = 'off'
                THEN set_config('synchronous_commit', 'on', false) END
"""


def reader(engine: Engine) -> Engine:
    """Return ``engine`` for reading: one consistent picture per transaction, nobody is kept from writing."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(reading=True)


def where(engine: Engine, file: Path | None) -> str:
    """Return how people know this ledger: the file, or server and database without user and password."""
    return str(file) if file is not None else f"{engine.url.host or 'localhost'}/{engine.url.database or ''}"


def sqlite_engine(file: Path) -> Engine:
    """Return the engine for a SQLite file, which is made (only its owner may read it) when it is not there.

    One connection: this process has one writer, and a change by anybody else can be recognised.
    """
    with in_plain_words(str(file)):
        if not file.parent.is_dir():
            raise LedgerError(f"The folder of the ledger {file} is not there.", "Make the folder, or correct ledger.")
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,  # they hold addresses, and error texts end up in logs
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def looking_engine(file: Path) -> Engine:
    """Return an engine that reads a SQLite file and leaves no trace beside it.

    Each transaction opens the file anew, because a daemon may have come or gone since the last.
    """
    engine = create_engine("sqlite://", creator=lambda: _look(file), poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "begin", _begin_reading)
    return engine


def empty_engine(make: Callable[[Connection], None]) -> Engine:
    """Return an engine over an empty ledger in memory that refuses every write; ``make`` makes the tables."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False),
        poolclass=StaticPool,
        hide_parameters=True,
    )
    event.listen(engine, "begin", _begin_reading)
    with engine.begin() as connection:
        make(connection)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    return engine


def shared_engine(url: str, *, read_only: bool = False) -> Engine:
    """Return the engine for a PostgreSQL database; raises ``LedgerError`` for an address that is none."""
    try:
        address = make_url(url).set(drivername="postgresql+psycopg")
        engine = create_engine(
            address,
            pool_pre_ping=True,  # a server that was restarted is met with a new connection, not with an error
            hide_parameters=True,
            connect_args={"connect_timeout": 10, "application_name": "commonground"},
        )
    except ModuleNotFoundError as error:
        raise LedgerError(
            "A ledger on PostgreSQL needs the package psycopg.", 'Run: pip install "commonground[postgres]".'
        ) from error
    except (ArgumentError, ValueError) as error:
        raise LedgerError(
            "The address of the ledger cannot be read.", "Write ledger: postgresql+psycopg://user@host/database."
        ) from error
    event.listen(engine, "connect", _prepare_postgresql)
    return engine.execution_options(postgresql_readonly=True) if read_only else engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "fullfsync = ON",  # macOS: the disk's own cache too; elsewhere without effect
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode != "wal":
        raise LedgerError(
            "The drive of the ledger cannot keep it safely (no write-ahead log).", "Put it on this machine's own disk."
        )


def _prepare_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL_SETTINGS, (f"{BUSY_SECONDS}s",))
    connection.commit()


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _look(file: Path) -> sqlite3.Connection:
    """Open ``file`` for reading without making or changing any file (``reliability.md`` 1.5).

    Without a write-ahead log nobody has the ledger open, and ``immutable`` keeps SQLite from making one.  With log and
    index (a daemon runs, or was killed) ``readonly_shm`` reads them as they are.  A log without its index is half a
    copy made by hand: it is completed elsewhere.
    """
    log, index = file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")
    if not log.exists() or (not index.exists() and not log.stat().st_size):
        return _connect(file, "mode=ro&immutable=1")
    if index.exists():
        return _connect(file, "mode=ro&readonly_shm=1")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        shutil.copy(file, copy)
        shutil.copy(log, copy.with_name(log.name))
        # Open files outlive their names (POSIX), so the folder may go before the connection does.
        connection = _connect(copy, "mode=ro")
        connection.execute("SELECT count(*) FROM sqlite_schema").close()
        return connection


def _connect(file: Path, options: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.as_uri()}?{options}", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
