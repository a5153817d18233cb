"""Trying again with patience: truncated exponential back-off with jitter, bounded, and obedient to a stop.

Google asks for it (Sheets API "Usage limits": ``min(2^n + random, maximum)``).  gspread's own back-off client is not
used: it never gives up, also not on a refusal for good.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ..core.errors import ServiceUnreachable
from .google_errors import Fault

T = TypeVar("T")
_SLICE = 0.5
"""Seconds of one sleep: how long a stop may go unseen."""


class BrokenError(Exception):
    """One attempt failed; inside this package only."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.error.sentence)
        self.fault = fault


@dataclass(slots=True)
class Patience:
    """How long and how often something is tried.

    ``budget``: seconds from the first attempt in which a new one may begin; ``most``: seconds of the longest wait.
    What was in vain for a whole budget (``in_vain``) is tried once a call from then on, until it succeeds: so an
    outage of hours costs one request a cycle.
    """

    sleep: Callable[[float], None]
    monotonic: Callable[[], float]
    random: Callable[[], float]
    interrupted: Callable[[], bool]
    log: logging.Logger
    budget: float = 30.0
    most: float = 16.0
    in_vain: bool = False

    def keep_trying(self, action: Callable[[], T]) -> T:
        """Return what ``action`` returns; it is called again while its :class:`BrokenError` says ``again``.

        So ``action`` must be safe to repeat as a whole.  Raises the error of the last fault when the budget is spent,
        and :class:`ServiceUnreachable` when told to stop while waiting.
        """
        end = self.monotonic() + (0.0 if self.in_vain else self.budget)
        tried = 0
        while True:
            try:
                answer = action()
                self.in_vain = False
                return answer
            except BrokenError as broken:
                fault = broken.fault
                wait = min(2.0**tried, self.most) * (0.5 + self.random() / 2)
                if not fault.again or self.monotonic() + wait > end:
                    self.in_vain = fault.again
                    raise fault.error from broken
            tried += 1
            self.log.info("google: attempt %d failed (%s); next in %.1f s", tried, fault.error.sentence, wait)
            self._wait(wait)

    def _wait(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        while (left := end - self.monotonic()) > 0:
            if self.interrupted():
                raise ServiceUnreachable("Stopped while waiting for Google.")
            self.sleep(min(left, _SLICE))
