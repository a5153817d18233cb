"""Time zones by their IANA names, from the pinned ``tzdata`` package."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .languages import places
from .tidy import bare, likeness

_PLAIN = frozenset({"UTC", "GMT"})
_LIKE = 0.6  # likeness from which on a place is worth suggesting


def use_pinned() -> None:
    """Read zone data only from the ``tzdata`` package, never from the system; called once when the program is wired.

    ``zoneinfo`` looks into the system's folders first; with none left it falls back to the package (library
    reference, ``zoneinfo``: "Configuring the data sources").
    """
    if not zoneinfo.TZPATH:
        return  # once more would make a second object of each zone, and in a fold the two never agree (PEP 495)
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


_ABBREVIATIONS = {
    "CET": "Europe/Berlin", "CEST": "Europe/Berlin", "MEZ": "Europe/Berlin", "MESZ": "Europe/Berlin",
    "SEC": "Europe/Prague", "SELC": "Europe/Prague", "GMT": "Europe/London", "BST": "Europe/London",
    "WET": "Europe/Lisbon", "WEST": "Europe/Lisbon", "EET": "Europe/Helsinki", "EEST": "Europe/Helsinki",
    "ET": "America/New_York", "EST": "America/New_York", "EDT": "America/New_York", "CT": "America/Chicago",
    "CST": "America/Chicago", "CDT": "America/Chicago", "MT": "America/Denver", "MST": "America/Denver",
    "MDT": "America/Denver", "PT": "America/Los_Angeles", "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles", "MSK": "Europe/Moscow", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
    "AEST": "Australia/Sydney", "AEDT": "Australia/Sydney", "NZST": "Pacific/Auckland",
}  # fmt: skip


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    """Return zones by the folded last part of their name ("bratislava"), the shortest name first."""
    found: dict[str, str] = {}
    for name in sorted(names(), key=lambda name: (len(name), name)):
        if "/" in name and not name.startswith("Etc/"):
            found.setdefault(bare(name.rpartition("/")[2]), name)
    return found


@lru_cache(maxsize=1024)
def suggestion(text: str, usual: str = "") -> str:
    """Return the IANA name that ``text`` most likely means: a city, a country, an abbreviation or a slip.

    ``usual`` is the team's zone: it is preferred when ``text`` is its abbreviation, and when nothing comes near.
    """
    short = text.strip().upper()
    if known(usual) and short in _short_names(usual):
        return usual
    word = bare(text)
    found = _ABBREVIATIONS.get(short) or _cities().get(word) or places().get(word)
    if not found and word:
        city = bare(text.rpartition("/")[2])
        found = _cities().get(city) or _nearest(city)
    return found or (usual if known(usual) else "Europe/Bratislava")


@lru_cache(maxsize=1)
def _by_start() -> dict[str, list[tuple[str, str]]]:
    """Return all known places with their zones, by their first two letters."""
    found: dict[str, list[tuple[str, str]]] = {}
    for word, name in (places() | _cities()).items():
        found.setdefault(word[:2], []).append((word, name))
    return found


def _nearest(city: str) -> str:
    """Return the zone of the place that is spelt most like ``city``, ``""`` when none comes near."""
    scored = [(likeness(city, word), name) for word, name in _by_start().get(city[:2], ())]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= _LIKE else ""


def _short_names(name: str) -> set[str | None]:
    place = zone(name)
    return {datetime(2027, month, 1, tzinfo=UTC).astimezone(place).tzname() for month in (1, 7)}
