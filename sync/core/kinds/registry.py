"""All kinds, in the order in which a meeting goes through them.  A new kind is one file and one line here."""

from __future__ import annotations

from . import cancellation, change, confirmation, invitation, reminder_2d, reminder_day, thank_you
from .base import Kind

TELLING_KINDS: tuple[Kind, ...] = (cancellation.KIND, confirmation.KIND, change.KIND)
FOLLOWING_KINDS: tuple[Kind, ...] = (invitation.KIND, reminder_2d.KIND, reminder_day.KIND, thank_you.KIND)
ALL: tuple[Kind, ...] = TELLING_KINDS + FOLLOWING_KINDS
BY_NAME: dict[str, Kind] = {kind.name: kind for kind in ALL}
