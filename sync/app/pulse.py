"""The dead man's switch: an address that is called while all is well, and raises the alarm when it is not (``ping``).

The one place that calls it, for the daemon and for ``run --once``.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

log = logging.getLogger("sync")

_PATIENCE = 5.0
_SELDOM = 30.0
"""Seconds between two calls at the least, however short the cycles are and however many teams there are."""


class Pulse:
    """Who of the teams is well; ``beat`` calls the address when nobody is ill."""

    def __init__(self, address: str, teams: Iterable[str], monotonic: Callable[[], float] = time.monotonic) -> None:
        """Take the address (``""``: there is none) and all teams, of whom nothing is known yet."""
        self._address = address
        self._monotonic = monotonic
        self._well = dict.fromkeys(teams, False)
        self._next = monotonic()

    def beat(self, team: str, *, well: bool) -> None:
        """Say how a cycle of one team ended.  Its own trouble is not ours: nothing is raised."""
        self._well[team] = well
        if not self._address or not all(self._well.values()) or self._monotonic() < self._next:
            return
        from http.client import HTTPException  # the only use of the network outside the edges; 30 ms to import
        from urllib.request import Request, urlopen

        self._next = self._monotonic() + _SELDOM
        try:
            with urlopen(Request(self._address, method="GET"), timeout=_PATIENCE):  # noqa: S310 - the operator's own
                pass
        except (OSError, ValueError, HTTPException):
            log.info("the ping address did not answer")  # without the address: whoever knows it can silence the alarm
