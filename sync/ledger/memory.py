"""The view of a sheet, read part by part and kept until it changes, so that an idle cycle costs next to nothing.

What this process changes it names itself; what others change SQLite tells with ``PRAGMA data_version``
(https://www.sqlite.org/pragma.html#pragma_data_version).  PostgreSQL has nothing like it: there all is read each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, event, select

from sync.core.ports import LedgerView

from .records import (
    ENTRY_COLUMNS,
    ROW_COLUMNS,
    WATCH_COLUMNS,
    approval_of,
    entry_of,
    instant,
    row_of,
    watch_of,
)
from .tables import approval, cycle, mail, row_memory, sheet, watch


class ViewMemory:
    """Keeps the parts of each sheet's view: entries, watches, rows, codes, first_contact, last_cycle, log_seq."""

    def __init__(self, engine: Engine) -> None:
        """Keep views of ``engine``; nothing is read yet."""
        self._parts: dict[tuple[str, str], Any] = {}
        self._version: object = None
        self._counted = engine.dialect.name == "sqlite"
        event.listen(engine, "connect", self._new_connection)

    def view(self, connection: Connection, of_sheet: str) -> LedgerView:
        """Return the view of ``of_sheet``, in the transaction of ``connection``."""
        version = connection.exec_driver_sql("PRAGMA data_version").scalar() if self._counted else None
        if version is None or version != self._version:
            self._parts.clear()
            self._version = version
        parts = {}
        for name, read in _READERS.items():
            if (of_sheet, name) not in self._parts:
                self._parts[of_sheet, name] = read(connection, of_sheet)
            parts[name] = self._parts[of_sheet, name]
        return LedgerView(**parts)

    def forget(self, of_sheet: str, names: Iterable[str]) -> None:
        """Read these parts anew the next time."""
        for name in names:
            self._parts.pop((of_sheet, name), None)

    def _new_connection(self, _connection: object, _record: object) -> None:
        self._version = None  # versions of two connections cannot be compared


def _entries(connection: Connection, of_sheet: str) -> Any:
    found = connection.execute(select(*ENTRY_COLUMNS).where(mail.c.sheet == of_sheet))
    return MappingProxyType({entry.key: entry for entry in map(entry_of, found)})


def _watches(connection: Connection, of_sheet: str) -> Any:
    found = connection.execute(select(*WATCH_COLUMNS).where(watch.c.sheet == of_sheet))
    return MappingProxyType({(seen.about, seen.kind): seen for seen in map(watch_of, found)})


def _rows(connection: Connection, of_sheet: str) -> Any:
    found = connection.execute(select(*ROW_COLUMNS).where(row_memory.c.sheet == of_sheet))
    return MappingProxyType({memory.id: memory for memory in map(row_of, found)})


def _codes(connection: Connection, of_sheet: str) -> Any:
    columns = (approval.c.code, approval.c["keys"], approval.c.since, approval.c.released)
    found = connection.execute(select(*columns).where(approval.c.sheet == of_sheet))
    return MappingProxyType({waiting.code: waiting for waiting in map(approval_of, found)})


def _first_contact(connection: Connection, of_sheet: str) -> datetime | None:
    found = connection.execute(select(sheet.c.first_contact).where(sheet.c.sheet == of_sheet)).scalar()
    return None if found is None else instant(found)


def _log_seq(connection: Connection, of_sheet: str) -> int:
    return connection.execute(select(sheet.c.log_seq).where(sheet.c.sheet == of_sheet)).scalar() or 0


def _last_cycle(connection: Connection, of_sheet: str) -> datetime | None:
    latest = select(cycle.c.ended).where(cycle.c.sheet == of_sheet).order_by(cycle.c.number.desc()).limit(1)
    found = connection.execute(latest).scalar()
    return None if found is None else instant(found)


_READERS: dict[str, Callable[[Connection, str], Any]] = {
    "entries": _entries,
    "watches": _watches,
    "rows": _rows,
    "codes": _codes,
    "first_contact": _first_contact,
    "last_cycle": _last_cycle,
    "log_seq": _log_seq,
}
