"""How ranges move when rows or columns are inserted, deleted or moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Span = tuple[int | None, int | None]
Shift = Callable[[int | None, int | None], Span | None]
"""Old (start, end) → new one, or None when nothing is left; None in a span is an open side."""

KEYS = {
    "ROWS": ("startRowIndex", "endRowIndex"),
    "COLUMNS": ("startColumnIndex", "endColumnIndex"),
}
_GRID = {"sheetId", *KEYS["ROWS"], *KEYS["COLUMNS"]}
_GONE = object()


def inserting(at: int, count: int) -> Shift:
    """The shift for `count` new rows or columns before index `at`."""

    def shift(start: int | None, end: int | None) -> Span:
        if start is not None and start >= at:
            start += count
        if end is not None and end > at:
            end += count
        return start, end

    return shift


def deleting(first: int, last: int) -> Shift:
    """The shift for the removal of [first, last)."""
    count = last - first

    def place(index: int) -> int:
        return index if index <= first else max(first, index - count)

    def shift(start: int | None, end: int | None) -> Span | None:
        new_start = None if start is None else place(start)
        new_end = None if end is None else place(end)
        if new_end is not None and new_end <= (new_start or 0) and end != start:
            return None
        return new_start, new_end

    return shift


def moving(first: int, last: int, target: int) -> Shift:
    """The shift for [first, last) moved before index `target` (counted before the move)."""
    count = last - first
    gone = deleting(first, last)
    landing = target if target <= first else target - count
    back = inserting(landing, count)

    def shift(start: int | None, end: int | None) -> Span | None:
        if start is not None and end is not None:
            if first <= start and end <= last:
                return start - first + landing, end - first + landing
            if start <= first and last <= end and start <= target <= end:
                return start, end
        left = gone(start, end)
        return None if left is None else back(*left)

    return shift


def is_grid_range(value: Any) -> bool:
    """True for a stored GridRange."""
    return isinstance(value, dict) and "sheetId" in value and _GRID.issuperset(value)


def moved(value: Any, sheet_id: int, dimension: str, shift: Shift) -> Any:
    """A copy of an object with every range in it shifted; None when its own range is gone."""
    result = _moved(value, sheet_id, dimension, shift)
    return None if result is _GONE else result


def _moved(value: Any, sheet_id: int, dimension: str, shift: Shift) -> Any:
    if isinstance(value, list):
        parts = [_moved(item, sheet_id, dimension, shift) for item in value]
        left = [p for p in parts if p is not _GONE]
        return _GONE if value and not left and is_grid_range(value[0]) else left
    if not isinstance(value, dict):
        return value
    if is_grid_range(value):
        return _moved_keys(value, sheet_id, KEYS[dimension], shift)
    if "dimension" in value and "startIndex" in value and "sheetId" in value:
        if value["dimension"] != dimension:
            return value
        return _moved_keys(value, sheet_id, ("startIndex", "endIndex"), shift)
    result: dict[str, Any] = {}
    for key, item in value.items():
        new = _moved(item, sheet_id, dimension, shift)
        if new is not _GONE:
            result[key] = new
        elif key in {"range", "ranges", "dimensionRange", "location"}:
            return _GONE
    return result


def _moved_keys(value: dict[str, Any], sheet_id: int, keys: tuple[str, str], shift: Shift) -> Any:
    if value.get("sheetId") != sheet_id:
        return value
    span = shift(value.get(keys[0]), value.get(keys[1]))
    if span is None:
        return _GONE
    result = dict(value)
    for key, number in zip(keys, span, strict=True):
        if number is None:
            result.pop(key, None)
        else:
            result[key] = number
    return result


def retargeted(value: Any, old: int, new: int) -> Any:
    """A copy of an object in which every `sheetId` `old` is `new`."""
    if isinstance(value, list):
        return [retargeted(item, old, new) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        k: new if k in {"sheetId", "sourceSheetId"} and v == old else retargeted(v, old, new) for k, v in value.items()
    }


def shown(value: Any) -> Any:
    """A copy as Google prints it: a range leaves out `sheetId` 0."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if not isinstance(value, dict):
        return value
    dimension = "dimension" in value and "sheetId" in value
    if (is_grid_range(value) or dimension) and value["sheetId"] == 0:
        return {k: v for k, v in value.items() if k != "sheetId"}
    return {k: shown(v) for k, v in value.items()}
