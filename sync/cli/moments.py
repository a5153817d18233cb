"""A moment as it is typed at a terminal."""

from __future__ import annotations

from datetime import datetime

_WRONG = "write it like 2027-03-11, '2027-03-11 17:30' or 2027-03-11T17:30+01:00"


def moment(text: str) -> datetime:
    """Return the moment that ``text`` means (ISO 8601, with a blank for the T if liked; a day alone is its midnight).

    Without an offset the result has no zone: whoever asks must know which one is meant.  Raises :class:`ValueError`.
    """
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(_WRONG) from None


def in_zone(at: datetime, zone_name: str) -> datetime:
    """Return ``at`` aware: what has no zone is meant in ``zone_name`` (IANA); of a doubled hour it is the first."""
    from ..core.zones import zone

    return at.replace(tzinfo=zone(zone_name)) if at.tzinfo is None else at
