"""Parts that are made when they are first used, and made anew after they were refused.

Looking at a plan needs neither password nor mail library; one team's broken key file is that team's trouble alone; and
a key file or password that somebody has replaced is read again without a restart (``design.md`` P9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from types import MappingProxyType

from ..core.errors import ServiceRefused
from ..core.ports import Backend, CellEdit, LogLine, Mailer, Receipt, Repair, Scope, Snapshot, Verdict, Written
from .clock import Clock, ClockWatch


class SheetWhenNeeded:
    """A backend behind ``make``, which may raise ``ConfigError``: see :class:`sync.core.ports.Backend`."""

    def __init__(self, make: Callable[[], Backend], clock: Clock) -> None:
        self._make = make
        self._made: Backend | None = None
        self._watch = ClockWatch(clock)

    def made(self) -> Backend:
        """Return the backend itself; raises ``ConfigError`` when its key file cannot be used."""
        if self._made is None:
            self._made = self._make()
        return self._made

    @contextmanager
    def _using(self) -> Iterator[Backend]:
        try:
            yield self.made()
        except ServiceRefused:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the backend and its connections; the next use makes it anew."""
        made, self._made = self._made, None
        close = getattr(made, "close", None)
        if close is not None:
            close()

    def read(self) -> Snapshot:
        """Return all tables in one consistent read; raises ``ServiceUnreachable`` too while our clock is wrong."""
        with self._using() as backend:
            snapshot = backend.read()
            self._watch.check(getattr(backend, "clock_difference", None))
            return snapshot

    def write(self, edits: Sequence[CellEdit], live: Mapping[str, str], log: Sequence[LogLine] = ()) -> Written:
        """Write service cells, live lines and log lines."""
        with self._using() as backend:
            return backend.write(edits, live, log)

    def repair(self, values: Mapping[str, str] = MappingProxyType({})) -> tuple[Repair, ...]:
        """Make or mend tabs, headers and looks."""
        with self._using() as backend:
            return backend.repair(values)

    def read_log(self) -> tuple[LogLine, ...]:
        """Return the whole ``Mail log``."""
        with self._using() as backend:
            return backend.read_log()

    def read_marks(self) -> Mapping[str, str]:
        """Return the texts beside the live lines."""
        with self._using() as backend:
            return backend.read_marks()

    def where(self) -> str:
        """Return the address (or path) at which people open the sheet."""
        return self.made().where()

    def link(self, tab: str, row_id: str) -> str:
        """Return the address of a tab."""
        return self.made().link(tab, row_id)


class MailerWhenNeeded:
    """A mailer behind ``make``, which reads the password: see :class:`sync.core.ports.Mailer`."""

    def __init__(self, make: Callable[[], Mailer]) -> None:
        self._make = make
        self._made: Mailer | None = None

    def open(self) -> None:
        """Make the mailer, read its secret, and connect; raises ``ConfigError`` too."""
        if self._made is None:
            self._made = self._make()
        try:
            self._made.open()
        except ServiceRefused:
            self.forget()
            raise

    def send(self, message: EmailMessage, recipient: str, before_dot: Callable[[], bool]) -> Receipt:
        """Hand over one message; only after ``open``."""
        if self._made is None:
            raise RuntimeError("the mailer was not opened")
        receipt = self._made.send(message, recipient, before_dot)
        if receipt.verdict is Verdict.REFUSED and receipt.scope is Scope.ACCOUNT:
            self.forget()
        return receipt

    def close(self) -> None:
        """Let go of the line."""
        if self._made is not None:
            self._made.close()

    def forget(self) -> None:
        """Let go of the mailer itself: its password may be another one by the next time."""
        made, self._made = self._made, None
        if made is not None:
            made.close()
