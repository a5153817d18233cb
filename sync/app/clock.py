"""The clock: the only place of the service that asks what time it is, and the one that doubts it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol

from ..core.errors import ServiceUnreachable

JUMP = 600.0
"""Seconds by which a clock may be moved before it is compared with the server's (``reliability.md`` P14)."""


class Clock(Protocol):
    """What time it is (aware, UTC), and a count of seconds that never jumps."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some fixed moment."""
        return time.monotonic()


class ClockWatch:
    """Notices a clock that was set wrong while we worked: it jumped, and away from the clock of the sheet's server.

    After a suspend both have moved on, and a clock that is put right comes nearer.  A clock that was different from
    the start, and goes on evenly, is somebody's wish (a test, a rehearsal of next week) and not doubted.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: tuple[float, float] | None = None

    def check(self, difference: float | None) -> None:
        """Raise :class:`ServiceUnreachable` while the clock is wrong.

        ``difference``: our clock minus the server's, in seconds, as its last answer tells; ``None``: nothing is known.
        """
        if difference is None:
            return
        offset = self._clock.now().timestamp() - self._clock.monotonic()
        if self._known is not None and abs(difference) > JUMP:
            before, known = self._known
            if abs(offset - before) > JUMP and abs(difference - known) > JUMP:
                raise ServiceUnreachable(_words(difference), "Switch on automatic date and time.")
        self._known = offset, difference


def _words(difference: float) -> str:
    minutes = round(abs(difference) / 60)
    amount = f"{minutes} minutes" if minutes < 120 else f"{round(minutes / 60)} hours"
    side = "ahead of" if difference > 0 else "behind"
    return f"This machine's clock was moved and is {amount} {side} Google's. No mail leaves by a wrong clock."
