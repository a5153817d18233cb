"""Field masks: which parts of an answer to give, which parts of an object to change."""

from __future__ import annotations

import re
from typing import Any

from .clean import COLORS
from .discovery import schema
from .errors import bad_mask, bad_request

Mask = dict[str, "Mask"]

_TOKEN = re.compile(r"[^(),./]+|[(),./]")


def parse(text: str) -> Mask:
    """`a.b(c,d),e/f` → nested dictionaries; an empty one means everything below."""
    tokens = [t.strip() for t in _TOKEN.findall(text) if t.strip()]
    mask, rest = _parse_list(tokens)
    if rest:
        raise bad_mask(text)
    return mask


def _parse_list(tokens: list[str]) -> tuple[Mask, list[str]]:
    mask: Mask = {}
    while tokens:
        path: list[str] = []
        while tokens and tokens[0] not in ",()":
            if tokens[0] not in "./":
                path.append(tokens[0])
            tokens = tokens[1:]
        below: Mask = {}
        if tokens and tokens[0] == "(":
            below, tokens = _parse_list(tokens[1:])
            if not tokens or tokens[0] != ")":
                raise bad_mask(".".join(path))
            tokens = tokens[1:]
        _put(mask, path, below)
        if tokens and tokens[0] == ",":
            tokens = tokens[1:]
            continue
        break
    return mask, tokens


def _put(mask: Mask, path: list[str], below: Mask) -> None:
    if not path:
        raise bad_mask("")
    node = mask
    for depth, name in enumerate(path):
        last = depth == len(path) - 1
        if name in node and not node[name]:
            return
        if last and not below:
            node[name] = {}
            return
        node = node.setdefault(name, {})
    for name, deeper in below.items():
        _put(node, [name], deeper)


def check(mask: Mask, name: str, trail: str = "") -> None:
    """Refuse a mask that names what the schema does not have."""
    spec = schema(name)
    for key, below in mask.items():
        path = f"{trail}.{key}" if trail else key
        if key == "*":
            continue
        field = spec.get("properties", {}).get(key)
        if field is None:
            if "additionalProperties" in spec:
                continue
            raise bad_mask(path)
        target = field.get("$ref") or field.get("items", {}).get("$ref")
        if below and target:
            check(below, target, path)
        elif below and field.get("type") not in {"object", "array"}:
            raise bad_mask(path)


def keep(value: Any, mask: Mask) -> Any:
    """The part of an answer a mask asks for."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [keep(item, mask) for item in value]
    if not isinstance(value, dict):
        return value
    return {k: keep(v, mask[k]) for k, v in value.items() if k in mask}


def paths(text: str | None, name: str, root: str = "") -> list[list[str]]:
    """The leaves of an update mask, `*` alone as [["*"]]; 400 when empty or unknown.

    `root` is a prefix the paths may carry, such as `userEnteredFormat` never needs.
    """
    if not text:
        raise bad_request("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    mask = parse(text)
    if root and set(mask) == {root}:
        mask = mask[root] or {"*": {}}
    if "*" in mask:
        return [["*"]]
    try:
        check(mask, name)
    except Exception as error:
        raise bad_request(f"Unknown field in 'fields': {text}") from error
    return [twin for leaf in _leaves(mask, []) for twin in _twins(leaf)]


def _twins(leaf: list[str]) -> list[list[str]]:
    """A colour and its `…Style` are set together."""
    for old, new in COLORS.items():
        if leaf[-1] in (old, new):
            return [[*leaf[:-1], old], [*leaf[:-1], new]]
        if new in leaf:
            return [[*leaf[: leaf.index(new)], name] for name in (old, new)]
    return [leaf]


def _leaves(mask: Mask, trail: list[str]) -> list[list[str]]:
    found: list[list[str]] = []
    for key, below in mask.items():
        if key == "*":
            found.append(trail)
        elif below:
            found += _leaves(below, [*trail, key])
        else:
            found.append([*trail, key])
    return found


def apply(old: dict[str, Any], new: dict[str, Any], leaves: list[list[str]]) -> dict[str, Any]:
    """A copy of `old` in which each listed leaf is what `new` says, or gone when it says nothing."""
    if leaves == [["*"]]:
        return dict(new)
    result = dict(old)
    for path in leaves:
        result = _set(result, path, _get(new, path))
    return result


def _get(value: Any, path: list[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _set(value: dict[str, Any], path: list[str], leaf: Any) -> dict[str, Any]:
    result = dict(value)
    name, rest = path[0], path[1:]
    if rest:
        deeper = _set(result.get(name) or {}, rest, leaf)
        if deeper:
            result[name] = deeper
        else:
            result.pop(name, None)
    elif leaf is None:
        result.pop(name, None)
    else:
        result[name] = leaf
    return result
