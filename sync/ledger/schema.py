"""Makes the tables, and brings older ones up to date.

A new ledger is made in one go from ``tables``; only an older one needs Alembic.  Either is one transaction, so a crash
leaves the ledger as it was (both databases can roll back changes of tables).
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, insert, inspect, select, text

from sync.core.errors import LedgerError

from .engine import reader, where
from .failures import damaged, in_plain_words
from .lock import daemon_lock
from .migrations import HEAD, VERSION_TABLE
from .tables import meta, metadata

_FRESH = ""
# Alembic's own table, as it would make it.
_VERSION = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32), primary_key=True))
_MAKING = 0x436F6D47  # "ComG": the advisory lock under which tables are made on PostgreSQL


def prepare(engine: Engine, file: Path | None, *, head: str = HEAD, scripts: Path | None = None) -> None:
    """Check the ledger, make its tables when it is new, migrate it when it is older than ``head``.

    ``scripts`` is a folder of Alembic migrations (the packaged one by default).  An older SQLite file is copied before
    (``<ledger>.before-<head>``).  Raises ``LedgerError``, and ``HeldByAnother`` when it is older and a daemon has it.
    """
    name = where(engine, file)
    with in_plain_words(name):
        if file is not None:
            _check(engine, name)
        with reader(engine).connect() as connection:
            found = _version(connection, name, head)
        if found == head:
            return
        if found == _FRESH:
            _make_once(engine, name, head)
            return
        if file is None:
            _upgrade(engine, name, head, scripts)
            return
        with daemon_lock(file).borrow():
            _copy(engine, file, file.with_name(f"{file.name}.before-{head}"))
            _upgrade(engine, name, head, scripts)


def exists(engine: Engine, file: Path | None) -> bool:
    """Return whether there is a ledger to look at; raises ``LedgerError`` when it is one that cannot be read."""
    name = where(engine, file)
    with in_plain_words(name):
        if file is not None:
            if not file.exists():
                return False
            _check(engine, name)
        with reader(engine).connect() as connection:
            found = _version(connection, name, HEAD)
    if found not in {_FRESH, HEAD}:
        raise LedgerError(f"The ledger {name} is of an older version.", "Start the service once.")
    return found == HEAD


def make(connection: Connection, head: str = HEAD) -> None:
    """Make all tables in an empty database, note their version and give the ledger its id."""
    metadata.create_all(connection)
    _VERSION.create(connection)
    connection.execute(insert(_VERSION).values(version_num=head))
    connection.execute(insert(meta).values(name="ledger_id", value="l" + secrets.token_hex(10)))


def ledger_id(connection: Connection) -> str:
    """Return the random text by which a sheet recognises its ledger."""
    return str(connection.execute(select(meta.c.value).where(meta.c.name == "ledger_id")).scalar_one())


def _check(engine: Engine, name: str) -> None:
    with reader(engine).connect() as connection:
        if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
            raise damaged(name)


def _version(connection: Connection, name: str, head: str) -> str:
    """Return the version of the tables, ``_FRESH`` when there are none; raises when they are newer or not ours."""
    found = inspect(connection)
    if not found.has_table(VERSION_TABLE):
        if set(found.get_table_names()) & set(metadata.tables):
            raise LedgerError(f"{name} holds tables of another program.", "Name a database of its own under ledger.")
        return _FRESH
    version = str(connection.execute(select(_VERSION.c.version_num)).scalar_one())
    if version > head:
        raise LedgerError(
            f"The ledger {name} was made by a newer version of this program.",
            "Update this program. An older one must not touch it, or mails could go twice.",
        )
    return version


def _make_once(engine: Engine, name: str, head: str) -> None:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
        if _version(connection, name, head) == _FRESH:  # somebody may have been quicker
            make(connection, head)


def _upgrade(engine: Engine, name: str, head: str, scripts: Path | None) -> None:
    from .migrations import upgrade

    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
        if _version(connection, name, head) != head:
            upgrade(connection, head, scripts)


def _copy(engine: Engine, file: Path, target: Path) -> None:
    """Write a whole copy of the ledger; a copy of an earlier, failed try is replaced only when this one is complete."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = engine.raw_connection()  # a transaction, which every other connection begins, allows no VACUUM
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(part),))
    finally:
        connection.close()
    os.replace(part, target)
