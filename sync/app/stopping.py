"""SIGTERM and SIGINT: the work at hand ends well, but nothing that hangs keeps the process (``design.md`` 7).

Python runs a signal's handler only between two steps of its own, so never while the main thread is stuck in a library
(looking up a name takes as long as the resolver likes).  A thread therefore hears of the signal through the wake-up
pipe (https://docs.python.org/3/library/signal.html#signal.set_wakeup_fd).  It gives what is at hand ``GRACE`` seconds,
a mail as long as it needs, and then ends the process: the ledger is made to be left at any moment.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType, TracebackType
from typing import Any, Self

GRACE = 5.0
"""Seconds that anything but a mail may still take after a signal."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOOK = 0.2
_AT_ONCE = 0.5
_STDERR = 2


class Stop:
    """Whether the process was asked to stop; as a context manager it takes the two signals meanwhile.

    The first signal asks, the second one ends the process at once.  To be entered once, in the main thread.
    """

    def __init__(self, grace: float = GRACE) -> None:
        self._grace = grace
        self._asked = self._answered = self._mailing = False
        self._bell, self._ring = os.pipe()  # can be read for ever once asked
        self._ear, self._mouth = os.pipe()  # the numbers of the signals
        self._before: dict[int, Any] = {}
        self._listener = threading.Thread(target=self._listen, name="signals", daemon=True)

    def __call__(self) -> bool:
        """Return whether we were asked."""
        return self._asked

    def wait(self, seconds: float) -> None:
        """Wait, but not beyond being asked.

        Not ``Event.wait``: its deadline (sem_clockwait) goes by the machine's own clock even where the program runs
        under another one (faketime), and then never comes.
        """
        select.select([self._bell], [], [], max(seconds, 0.0))

    @contextmanager
    def mail_at_hand(self) -> Iterator[None]:
        """Around one mail: from its claim to its outcome the first signal does not end the process."""
        self._mailing = True
        try:
            yield
        finally:
            self._mailing = False

    def __enter__(self) -> Self:
        os.set_blocking(self._mouth, False)
        self._before_fd = signal.set_wakeup_fd(self._mouth, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._caught) for number in _SIGNALS}
        self._listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before_fd)
        os.close(self._mouth)
        self._listener.join()
        for end in (self._ear, self._bell, self._ring):
            os.close(end)

    def _ask(self) -> None:
        if not self._asked:
            self._asked = True
            os.write(self._ring, b"!")

    def _caught(self, number: int, frame: FrameType | None) -> None:
        """Take a signal in the main thread, as soon as that comes round to it."""
        if self._answered:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self._answered = True
        self._ask()

    def _listen(self) -> None:
        """Hear of signals whatever the main thread does, and end the process when it does not end by itself."""
        deadline, count = None, 0
        while True:
            left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
            if not select.select([self._ear], [], [], left)[0]:
                if not self._mailing:
                    _leave(0)
                deadline = time.monotonic() + _LOOK
                continue
            heard = os.read(self._ear, 64)
            if not heard:  # the other end was closed
                return
            numbers = [number for number in heard if number in _SIGNALS]
            count += len(numbers)
            if count > 1:
                time.sleep(_AT_ONCE)  # the main thread does it properly, if it still moves
                _leave(128 + numbers[-1])
            if count and deadline is None:
                self._ask()
                deadline = time.monotonic() + self._grace


def _leave(code: int) -> None:
    """End the process here and now; locks and the ledger do not mind."""
    if code == 0:
        with suppress(OSError, ValueError):
            if select.select([], [_STDERR], [], 0)[1]:
                os.write(_STDERR, b"Stopped.\n")
    os._exit(code)
