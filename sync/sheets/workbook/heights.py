"""Heights of rows in a worksheet part (ECMA-376 Part 1, 18.3.1.73): which of them a person chose."""

from __future__ import annotations

import re
from collections.abc import Set

_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*>")
_NUMBER = re.compile(rb"""\sr\s*=\s*["'](\d+)""")
_CHOSEN = re.compile(rb"""\scustomHeight\s*=\s*["'](?:1|true)["']""")


def chosen_heights(xml: bytes) -> frozenset[int]:
    """Return the numbers of the rows whose height a person chose (``customHeight``)."""
    return frozenset(
        int(number[1]) for tag in _ROW.findall(xml) if _CHOSEN.search(tag) and (number := _NUMBER.search(tag))
    )


def free_heights(xml: bytes, chosen: Set[int]) -> bytes:
    """Return the part in which only the heights of the rows ``chosen`` are marked so; all heights stay as they are."""

    def freed(match: re.Match[bytes]) -> bytes:
        number = _NUMBER.search(match[0])
        return match[0] if number and int(number[1]) in chosen else _CHOSEN.sub(b"", match[0])

    return _ROW.sub(freed, xml)
