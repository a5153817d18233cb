"""Cancellation: called off or postponed after it was told, with a calendar cancel; never after the old start."""

from __future__ import annotations

from ..model import Reach
from .base import Hours, Kind
from .telling import propose_cancellation

KIND = Kind(
    "cancellation",
    propose_cancellation,
    Hours.SETTLED,
    settle=3,
    brake=True,
    reach=frozenset({Reach.EMAIL, Reach.AGAIN, Reach.FEW}),
    uses=("contact", "stage"),
    status="st_confirmation",
)
