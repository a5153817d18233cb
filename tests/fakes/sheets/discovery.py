"""Google's own description of the Sheets API, as a judge of bodies, queries and field masks.

The document ships inside google-api-python-client. Requests that do not fit it are refused as
Google refuses them; answers that do not fit it are a defect of the emulator.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

Schema = dict[str, Any]
Violation = tuple[str, str]

_PREFIX = "type.googleapis.com/google.apps.sheets.v4."
_GLOBAL_QUERY = {"access_token", "alt", "callback", "fields", "key", "oauth_token", "prettyPrint"}
_GLOBAL_QUERY |= {"quotaUser", "uploadType", "upload_protocol", "$.xgafv"}
_INTEGER = {"int32": "TYPE_INT32", "uint32": "TYPE_UINT32"}
_BIG = 1 << 31


@cache
def document() -> Schema:
    """The whole discovery document."""
    folder = files("googleapiclient") / "discovery_cache" / "documents"
    loaded: Schema = json.loads((folder / "sheets.v4.json").read_text(encoding="utf-8"))
    return loaded


def schema(name: str) -> Schema:
    """One schema by its name, such as `ValueRange`."""
    found: Schema = document()["schemas"][name]
    return found


@cache
def methods() -> dict[str, Schema]:
    """All methods by id, such as `sheets.spreadsheets.values.get`."""
    found: dict[str, Schema] = {}

    def walk(node: Schema) -> None:
        for method in node.get("methods", {}).values():
            found[method["id"].removeprefix("sheets.spreadsheets.")] = method
        for child in node.get("resources", {}).values():
            walk(child)

    walk(document())
    return found


def snake(name: str) -> str:
    """camelCase → snake_case, the spelling of paths in Google's messages."""
    return re.sub(r"([A-Z])", lambda m: "_" + m.group(1).lower(), name)


def check_body(name: str, body: Any, root: str = "") -> list[Violation]:
    """What in a body does not fit the schema; `root` is the path prefix in the messages."""
    found: list[Violation] = []
    _check(schema(name), body, root, found, name, strict=False)
    return found


def check_answer(name: str, body: Any) -> list[Violation]:
    """The same for an answer: nothing may be null, numbers must be numbers."""
    found: list[Violation] = []
    _check(schema(name), body, "", found, name, strict=True)
    return found


def check_query(method: Schema, query: dict[str, list[str]]) -> list[Violation]:
    """Unknown names and bad values in a query string."""
    found: list[Violation] = []
    known = method["parameters"]
    for name, values in query.items():
        spec = known.get(name)
        if spec is None or spec["location"] != "query":
            if name not in _GLOBAL_QUERY:
                found.append(("", _unknown_query(name)))
            continue
        for value in values:
            if "enum" in spec and value not in spec["enum"]:
                kind = _enum_name(name)
                found.append((snake(name), _invalid(snake(name), _PREFIX + kind, value)))
            if spec["type"] == "boolean" and value.lower() not in {"true", "false"}:
                found.append((snake(name), _invalid(snake(name), "TYPE_BOOL", value)))
    return found


def _unknown_query(name: str) -> str:
    return (
        f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
        f"Field '{name}' could not be found in request message."
    )


def _invalid(path: str, kind: str, value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return f"Invalid value at '{path}' ({kind}), {shown}"


def _enum_name(name: str) -> str:
    special = {"majorDimension": "Dimension", "dimension": "Dimension"}
    for known in ("ValueRenderOption", "DateTimeRenderOption", "ValueInputOption"):
        if name.lower().endswith(known.lower()):
            return known
    return special.get(name, name[:1].upper() + name[1:])


def _check(spec: Schema, value: Any, path: str, found: list[Violation], name: str, strict: bool) -> None:
    if value is None and not strict:
        return
    if "$ref" in spec:
        name = spec["$ref"]
        spec = schema(name)
    kind = spec.get("type")
    if kind == "object":
        _check_object(spec, value, path, found, name, strict)
    elif kind == "array":
        _check_array(spec, value, path, found, name, strict)
    elif kind != "any":
        text = _scalar_problem(spec, value, strict)
        if text:
            kind_name = _PREFIX + _enum_name(name) if text == "enum" else text
            found.append((path, _invalid(path, kind_name, value)))


def _check_object(spec: Schema, value: Any, path: str, found: list[Violation], name: str, strict: bool) -> None:
    if not isinstance(value, dict):
        found.append((path, _invalid(path, _PREFIX + name, value)))
        return
    known = spec.get("properties")
    extra = spec.get("additionalProperties")
    for key, item in value.items():
        child = _join(path, key)
        if known is not None and key in known:
            _check(known[key], item, child, found, key, strict)
        elif extra is not None:
            _check(extra, item, child, found, key, strict)
        else:
            where = f" at '{path}'" if path else ""
            text = f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.'
            found.append((path, text))


def _check_array(spec: Schema, value: Any, path: str, found: list[Violation], name: str, strict: bool) -> None:
    items = spec["items"]
    if not isinstance(value, list):
        kind = _list_kind(items, name)
        found.append((path, _invalid(path, kind, value)))
        return
    if items.get("type") == "array" and items["items"].get("type") == "any":
        if not all(isinstance(row, list) for row in value):
            bad = next(i for i, row in enumerate(value) if not isinstance(row, list))
            where = f"{path}[{bad}]"
            found.append((where, _invalid(where, "type.googleapis.com/google.protobuf.ListValue", value[bad])))
        return
    if items.get("type") == "any":
        return
    for index, item in enumerate(value):
        _check(items, item, f"{path}[{index}]", found, name, strict)


def _list_kind(items: Schema, name: str) -> str:
    if items.get("type") == "array":
        return "type.googleapis.com/google.protobuf.ListValue"
    if "$ref" in items:
        return _PREFIX + str(items["$ref"])
    return "TYPE_" + str(items.get("type", name)).upper()


def _scalar_problem(spec: Schema, value: Any, strict: bool) -> str | None:
    kind = spec.get("type")
    if "enum" in spec:
        return None if value in spec["enum"] else "enum"
    if kind == "string":
        return None if isinstance(value, str) else "TYPE_STRING"
    if kind == "boolean":
        return None if isinstance(value, bool) else "TYPE_BOOL"
    if kind == "integer":
        return None if _is_integer(value, strict) else _INTEGER.get(spec.get("format", ""), "TYPE_INT32")
    if kind == "number":
        good = isinstance(value, int | float) and not isinstance(value, bool)
        return None if good else "TYPE_DOUBLE" if spec.get("format") == "double" else "TYPE_FLOAT"
    return None


def _is_integer(value: Any, strict: bool) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return -_BIG <= value < _BIG
    if strict:
        return False
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, str) and bool(re.fullmatch(r"-?\d{1,10}", value))


def _join(path: str, key: str) -> str:
    return f"{path}.{snake(key)}" if path else snake(key)
