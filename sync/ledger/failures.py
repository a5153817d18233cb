"""What databases complain about, as one plain sentence and the way out."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from sync.core.errors import LedgerError

# Beginnings of SQLite's names of errors (https://www.sqlite.org/rescode.html), the first that fits counts.
_SQLITE = {
    "SQLITE_FULL": ("The disk with the ledger {where} is full.", "Make room on it. Nothing is sent before."),
    "SQLITE_READONLY": (
        "The ledger {where} is read-only.",
        "Give the service the right to write to the file and to its folder.",
    ),
    "SQLITE_BUSY": ("Another program keeps the ledger {where} locked.", "Close the program that has it open."),
    "SQLITE_LOCKED": ("Another program keeps the ledger {where} locked.", "Close the program that has it open."),
    "SQLITE_CANTOPEN": (
        "The ledger {where} cannot be opened.",
        "Check that its folder is there and that the service may read and write in it.",
    ),
    "SQLITE_NOTADB": ("The file {where} is not a ledger.", "Name another file under ledger in config.yaml."),
    "SQLITE_CORRUPT": (
        "The ledger {where} is damaged.",
        "Move the file away and start again: what was sent is read back from the Mail log.",
    ),
    "SQLITE_IOERR": (
        "The disk would not read or write the ledger {where}.",
        "Check the disk and its free space. Nothing is sent before.",
    ),
}
# SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), whole or its class of two.
_POSTGRESQL = {
    "53100": ("The disk of the database {where} is full.", "Make room on it. Nothing is sent before."),
    "53": ("The database {where} is out of connections or memory.", "Raise its limits, or wait; we try again."),
    "25006": ("The database {where} is read-only.", "Name the primary server, not a replica."),
    "55P03": ("Somebody keeps the ledger in {where} locked.", "Look for a session that left a transaction open."),
    "42501": ("We may not write in the database {where}.", "Make our user the owner of the database."),
}
# A refused login, a database that is not there and a server that is not there all look alike to the driver.
_UNREACHABLE = (
    "The database {where} cannot be reached, or does not let us in.",
    "Start it, or correct name, password and database under ledger in config.yaml.",
)
_FILES = {
    errno.ENOSPC: _SQLITE["SQLITE_FULL"],
    errno.EDQUOT: _SQLITE["SQLITE_FULL"],
    errno.EROFS: _SQLITE["SQLITE_READONLY"],
    errno.EIO: _SQLITE["SQLITE_IOERR"],
}


def damaged(where: str) -> LedgerError:
    """Return the error for a ledger whose file is damaged."""
    sentence, remedy = _SQLITE["SQLITE_CORRUPT"]
    return LedgerError(sentence.format(where=where), remedy)


@contextmanager
def in_plain_words(where: str) -> Iterator[None]:
    """Turn whatever a database raises inside into ``LedgerError``; ``where`` names the ledger, without a password."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, UnicodeError, OSError) as error:
        sentence, remedy = _words(error)
        raise LedgerError(sentence.format(where=where), remedy) from error


def _words(error: BaseException) -> tuple[str, str]:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", None) or ""
        for beginning, words in _SQLITE.items():
            if name.startswith(beginning):
                return words
    elif isinstance(cause, OSError):
        return _FILES.get(cause.errno or 0, _SQLITE["SQLITE_CANTOPEN"])
    elif isinstance(error, DBAPIError):
        state = getattr(cause, "sqlstate", None) or ""
        if state in _POSTGRESQL or state[:2] in _POSTGRESQL:
            return _POSTGRESQL.get(state) or _POSTGRESQL[state[:2]]
        if not state or state[:2] in {"08", "57"}:  # no answer, connection lost, server shutting down
            return _UNREACHABLE
    # Never the database's own words: they may quote what was to be stored.
    return (
        "The ledger {where} could not be used (" + type(cause).__name__ + ").",
        "Check its disk or its database; if this stays, please tell the makers of Common Ground.",
    )
