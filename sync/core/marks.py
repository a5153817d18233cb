"""The service's own mark in ``Start here``: who works on this sheet, since when, and how far its log goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

STALE = timedelta(minutes=30)
"""A heartbeat older than this is a dead machine's."""
LINE = "For the service"


@dataclass(frozen=True, slots=True)
class Mark:
    """One service's mark: ``install`` stands for its key, ``nonce`` for one process.

    ``seq`` is the highest number of the ``Mail log``; ``heartbeat`` is ``None`` after a clean exit.
    """

    install: str
    nonce: str
    seq: int
    heartbeat: datetime | None
    first_contact: datetime | None

    def text(self) -> str:
        """Return the cell's text."""
        return " ".join((
            self.install, self.nonce, str(self.seq), _word(self.heartbeat), _word(self.first_contact),
        ))  # fmt: skip

    def is_alive(self, now: datetime) -> bool:
        """Return whether this service was at work just now."""
        return self.heartbeat is not None and abs(now - self.heartbeat) < STALE


def read_mark(text: str) -> Mark | None:
    """Return the mark in a cell, ``None`` when it holds none."""
    words = text.split(" ")
    if len(words) != 5 or not words[2].isascii() or not words[2].isdigit():
        return None
    try:
        return Mark(words[0], words[1], int(words[2]), _instant(words[3]), _instant(words[4]))
    except ValueError:
        return None


def _word(at: datetime | None) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else "-"


def _instant(word: str) -> datetime | None:
    return None if word == "-" else datetime.strptime(word, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
