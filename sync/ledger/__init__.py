"""The memory of mails: SQLite beside the configuration, or PostgreSQL for many machines.

Importing this package costs nothing; SQLAlchemy is imported when a ledger is opened, Alembic when one is migrated.

How the pieces are used::

    file = ledger_file(url, folder)                      # None for PostgreSQL
    with daemon_lock(file).acquire():                    # for the daemon's life
        ledger = open_ledger(url, folder)
        with cycle_lock(file).acquire(wait_seconds=90):  # during one cycle, or one command that writes
            ...

``lock`` tells why there are two locks.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sync.core.errors import LedgerError

from .lock import FileLock, cycle_lock, daemon_lock, refuse_network_drive

if TYPE_CHECKING:
    from .ledger import SqlLedger

__all__ = ["FileLock", "cycle_lock", "daemon_lock", "ledger_file", "open_ledger", "open_readonly"]

_SQLITE = "sqlite:///"


def ledger_file(url: str, folder: Path) -> Path | None:
    """Return the file that ``url`` names, or ``None`` when it names a PostgreSQL database.

    ``sqlite:///name.db`` counts from ``folder`` (where the configuration lies), ``sqlite:////var/name.db`` from the
    root.  Raises ``LedgerError`` for any other address.
    """
    if url.startswith(("postgresql://", "postgresql+psycopg://")):
        return None
    name = unquote(url.removeprefix(_SQLITE)) if url.startswith(_SQLITE) else ""
    if not name or name == ":memory:":
        raise LedgerError(
            "The address of the ledger is neither a SQLite file nor a PostgreSQL database.",
            "Write ledger: sqlite:///commonground.db, or postgresql+psycopg://user@host/database.",
        )
    return (folder / name).resolve()


def open_ledger(url: str, folder: Path) -> SqlLedger:
    """Open the ledger for work; makes it when it is not there, brings its tables up to date when they are older.

    Raises ``LedgerError`` when it cannot be opened, is damaged, or was made by a newer version; ``HeldByAnother``
    when its tables are older and a running daemon holds it.
    """
    file = ledger_file(url, folder)
    if file is not None:
        refuse_network_drive(file)
    from .engine import shared_engine, sqlite_engine
    from .ledger import SqlLedger
    from .schema import prepare

    engine = shared_engine(url) if file is None else sqlite_engine(file)
    try:
        prepare(engine, file)
        return SqlLedger(engine, file)
    except BaseException:
        engine.dispose()
        raise


def open_readonly(url: str, folder: Path) -> SqlLedger:
    """Open the ledger for looking only: leaves no trace, not even an empty file where there is none.

    A ledger that does not exist yet is an empty one.  Every method that would write raises ``LedgerError``.
    """
    file = ledger_file(url, folder)
    from .engine import empty_engine, looking_engine, shared_engine
    from .ledger import SqlLedger
    from .schema import exists, make

    engine = shared_engine(url, read_only=True) if file is None else looking_engine(file)
    try:
        if exists(engine, file):
            return SqlLedger(engine, file)
    except BaseException:
        engine.dispose()
        raise
    engine.dispose()
    engine = empty_engine(make)
    return SqlLedger(engine, file)
