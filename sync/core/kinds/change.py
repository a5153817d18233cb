"""Change: date, time, length, place or organizer differ from what was told last; old and new, updated invite."""

from __future__ import annotations

from ..model import Reach
from .base import Hours, Kind
from .telling import propose_change

KIND = Kind(
    "change",
    propose_change,
    Hours.SETTLED,
    settle=2,
    brake=True,
    reach=frozenset({Reach.EMAIL, Reach.AGAIN, Reach.FEW}),
    uses=("contact", "stage", "date", "time", "place", "organizer", "minutes", "zone"),
    status="st_confirmation",
)
