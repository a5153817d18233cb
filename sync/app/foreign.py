"""Is somebody else at work on this sheet?  Two services on one sheet from two folders: one works, the other leaves.

A file lock keeps two daemons of one machine apart; this keeps two machines apart, by the mark that every service
leaves in ``Start here`` (``design.md`` 9).
"""

from __future__ import annotations

from datetime import datetime

from ..core.errors import HeldByAnother
from ..core.marks import LINE, Mark, read_mark
from .service import Service

ASK_AGAIN = 600.0
"""Seconds between two looks at the mark in the sheet (each is one request)."""


def look_for_another(service: Service, now: datetime) -> Mark | None:
    """Return the mark of another service that was at work just now, ``None`` when there is none (one request)."""
    found = read_mark(service.backend.read_marks().get(LINE, ""))
    if found is None or not found.is_alive(now) or found.nonce == service.nonce:
        return None
    return found


def refuse_beside_another(service: Service, now: datetime, *, strict: bool) -> None:
    """Raise ``HeldByAnother`` when another installation works on this sheet.

    ``strict`` counts another process of the same installation too: a daemon that has left its own mark and finds
    another one a cycle later.  Otherwise that is our own predecessor, which died without saying so.
    """
    other = look_for_another(service, now)
    if other is None or (other.install == service.install and not strict):
        return
    seen = other.heartbeat.astimezone().strftime("%H:%M") if other.heartbeat else ""
    raise HeldByAnother(
        f"Another service already works on this sheet; it was last seen at {seen}.",
        "Stop the other one first. If its machine is dead, run `sync run --take-over`.",
    )


def stand_aside(service: Service, now: datetime) -> None:
    """Raise ``HeldByAnother`` when another service works on this sheet; asks at the start and every ten minutes.

    At the start only another installation counts; later, when our own mark was there, another process of ours too.
    ``take_over`` skips the first question: somebody says that the other machine is dead.
    """
    seconds = service.clock.monotonic()
    if service.asked_at is not None and seconds - service.asked_at < ASK_AGAIN:
        return
    strict = service.asked_at is not None
    if strict or not service.take_over:
        refuse_beside_another(service, now, strict=strict)
    service.asked_at = seconds


def release(service: Service) -> None:
    """Take our mark away, so that another service may start at once; does nothing when it is another installation's."""
    known = read_mark(service.backend.read_marks().get(LINE, ""))
    if known is not None and known.install == service.install:
        gone = Mark(known.install, known.nonce, known.seq, None, known.first_contact)
        service.backend.write((), {LINE: gone.text()})
