"""What a cell can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a cell has no zone
MAX_TEXT = 50_000
MAX_CELLS = 10_000_000

Attr = Mapping[str, Any]
"""Everything of a cell but its value, under the names of CellData; never changed in place."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as typed, with its `=`."""

    text: str


@dataclass(frozen=True, slots=True)
class CellError:
    """An error value such as #REF!."""

    kind: str
    message: str = ""

    @property
    def shown(self) -> str:
        """The text in the cell."""
        return {"N_A": "#N/A", "DIVIDE_BY_ZERO": "#DIV/0!", "NAME": "#NAME?", "REF": "#REF!"}.get(
            self.kind, f"#{self.kind}!"
        )


Value = str | int | float | bool | Formula | CellError | None
"""None is an empty cell; text that starts with '=' is text, a Formula is a formula."""

Plain = str | int | float | bool | CellError | None


def serial(moment: date | datetime) -> int | float:
    """Days since 30 December 1899, as Sheets counts."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, datetime.min.time())
    days = (moment - EPOCH) / timedelta(days=1)
    return int(days) if days == int(days) else days


def from_serial(days: float) -> datetime:
    """The moment a serial number stands for, to the second."""
    return EPOCH + timedelta(seconds=round(days * 86400))


def number_format(attr: Attr | None) -> Mapping[str, Any]:
    """The number format of a cell, empty when automatic."""
    if not attr:
        return {}
    found: Mapping[str, Any] = (attr.get("userEnteredFormat") or {}).get("numberFormat") or {}
    return found


def with_number_format(attr: Attr | None, kind: str, pattern: str) -> Attr:
    """The same attributes with another number format."""
    old = dict(attr or {})
    shape = dict(old.get("userEnteredFormat") or {})
    shape["numberFormat"] = {"type": kind, "pattern": pattern}
    return old | {"userEnteredFormat": shape}
