"""Request bodies as they are stored: no nulls, whole ranges, no values that mean nothing."""

from __future__ import annotations

import struct
from typing import Any

from .discovery import schema

Json = dict[str, Any]

_DROP_FALSE = {
    "ProtectedRange",
    "DimensionProperties",
    "SheetProperties",
    "GridProperties",
    "DataValidationRule",
    "DimensionGroup",
}
_RANGES = {"GridRange", "DimensionRange"}
COLORS = {
    "backgroundColor": "backgroundColorStyle",
    "foregroundColor": "foregroundColorStyle",
    "tabColor": "tabColorStyle",
    "color": "colorStyle",
}


def clean(name: str, body: Any) -> Any:
    """A body of the named schema in the form it is stored in."""
    spec = schema(name)
    known = spec.get("properties")
    if not isinstance(body, dict):
        return body
    result: Json = {}
    for key, value in body.items():
        if value is None:
            continue
        field = (known or {}).get(key) or spec.get("additionalProperties") or {"type": "any"}
        stored = _field(field, value)
        if stored == [] or (name in _DROP_FALSE and stored is False):
            continue
        if name == "Color":
            stored = _quantised(stored)
            if not stored:
                continue
        result[key] = stored
    if name in _RANGES:
        result.setdefault("sheetId", 0)
    if known:
        _paint(known, result)
    return result


def _quantised(part: float) -> float:
    """A colour channel as Google keeps it: one of 256 steps, printed with float precision."""
    step = int(part * 255 + 1e-6) / 255
    single = struct.unpack("f", struct.pack("f", step))[0]
    for digits in range(1, 10):
        short = float(f"{single:.{digits}g}")
        if struct.pack("f", short) == struct.pack("f", single):
            return int(short) if short.is_integer() else short
    return step


def _field(field: Json, value: Any) -> Any:
    if "$ref" in field:
        return clean(field["$ref"], value)
    kind = field.get("type")
    if kind == "array" and isinstance(value, list):
        return [_field(field["items"], item) for item in value if item is not None]
    if kind == "object" and isinstance(value, dict) and "additionalProperties" in field:
        return {k: _field(field["additionalProperties"], v) for k, v in value.items()}
    if kind == "integer":
        return int(value)
    if kind == "number" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _paint(known: Json, result: Json) -> None:
    """A colour and its newer `…Style` twin always say the same."""
    for old, new in COLORS.items():
        if old not in known or new not in known:
            continue
        style = result.get(new)
        if style is not None and not style:
            result.pop(new)
            result.pop(old, None)
        elif style is not None and "rgbColor" in style:
            result[old] = style["rgbColor"]
        elif old in result and style is None:
            result[new] = {"rgbColor": result[old]}
