"""Confirmation: what was agreed, once it is settled, with a calendar invite; never after the start."""

from __future__ import annotations

from ..model import Reach
from .base import Hours, Kind
from .telling import propose_confirmation

KIND = Kind(
    "confirmation",
    propose_confirmation,
    Hours.SETTLED,
    brake=True,
    reach=frozenset({Reach.EMAIL, Reach.AGAIN, Reach.FEW}),
    uses=("contact", "stage", "date", "time", "place", "purpose", "organizer", "minutes", "zone"),
    status="st_confirmation",
)
