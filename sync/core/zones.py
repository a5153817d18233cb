"""Time zones by their IANA names, from the pinned ``tzdata`` package."""

from __future__ import annotations

import zoneinfo
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_PLAIN = frozenset({"UTC", "GMT"})


def use_pinned() -> None:
    """Read zone data only from the ``tzdata`` package, never from the system; called once when the program is wired.

    ``zoneinfo`` looks into the system's folders first; with none left it falls back to the package (library
    reference, ``zoneinfo``: "Configuring the data sources").
    """
    zoneinfo.reset_tzpath(to=[])
    ZoneInfo.clear_cache()
    zone.cache_clear()


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """Return the names of all zones of the pinned package."""
    listed = (resources.files("tzdata") / "zones").read_text("utf-8").split()
    return frozenset(name for name in listed if name not in {"Factory", "localtime", "posixrules"})


@lru_cache(maxsize=1)
def _by_folded() -> dict[str, str]:
    return {name.casefold(): name for name in names()}


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """Return the zone with the IANA name ``name``; raises :class:`zoneinfo.ZoneInfoNotFoundError` (a ``KeyError``).

    Only names of the list are looked up, so that a name from a sheet never becomes a path.
    """
    if name not in names():
        raise ZoneInfoNotFoundError(f"no time zone found with key {name!r}")
    return ZoneInfo(name)


def known(name: str) -> bool:
    """Return whether ``name`` is an IANA name, exactly as written."""
    return name in names()


def canonical(name: str) -> str:
    """Return the IANA name of a place (``Area/City``, or UTC) in any case, with blanks for ``_``; ``""`` if unknown.

    Abbreviations such as ``CET`` or ``EST`` are no places: they do not say how a zone's clocks change.
    """
    found = _by_folded().get(name.strip().replace(" ", "_").casefold(), "")
    return found if "/" in found or found in _PLAIN else ""
