"""Words of the eight languages of the mails, from Babel: months, weekdays, languages, cities, regions.

The only file of the core with Babel.  Everything is made on first use and kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from babel import Locale
from babel.core import get_global

from .tidy import bare, plain

LANGUAGES = ("en", "cs", "sk", "pl", "hu", "de", "es", "fr")

_CODES = {"cz": "cs", "gb": "en", "us": "en", "at": "de", "mx": "es"}
"""Country codes that people take for a language's."""

_MORE_MONTHS = {"janner": 1, "jaenner": 1, "feber": 2, "maerz": 3, "setiembre": 9}
_WHOLE_WORD = 3  # letters; shorter beginnings of a word are taken only when Babel lists them


def _locales() -> Iterator[Locale]:
    return (Locale(code) for code in LANGUAGES)


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    exact: dict[str, set[int]] = {word: {month} for word, month in _MORE_MONTHS.items()}
    wide: dict[str, int] = {}
    for locale in _locales():
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for month, name in locale.months[context][width].items():
                    exact.setdefault(bare(name), set()).add(month)
                    if width == "wide":
                        wide[bare(name)] = month
    return _with_beginnings(exact, wide)


def _with_beginnings(exact: dict[str, set[int]], wide: dict[str, int]) -> dict[str, int]:
    """Add the beginnings of whole names ("Septem", "břez") that can mean only one month."""
    begins: dict[str, set[int]] = {}
    for name, month in wide.items():
        for end in range(_WHOLE_WORD, len(name)):
            begins.setdefault(name[:end], set()).add(month)
    merged = {word: months for word, months in begins.items() if word not in exact} | exact
    return {word: next(iter(months)) for word, months in merged.items() if len(months) == 1}


def month(word: str) -> int | None:
    """Return 1-12 for a month's name in one of the eight languages: any case or form, cut short, accents or none."""
    return _months().get(bare(word))


@lru_cache(maxsize=16)
def _weekdays(languages: tuple[str, ...]) -> dict[str, frozenset[int]]:
    exact: dict[str, set[int]] = {}
    begins: dict[str, set[int]] = {}
    for code in languages:
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated", "short"):
                for day, name in Locale(code).days[context].get(width, {}).items():
                    word = bare(name)
                    exact.setdefault(word, set()).add(day)
                    if width == "wide":
                        for end in range(_WHOLE_WORD, len(word)):
                            begins.setdefault(word[:end], set()).add(day)
    return {word: frozenset(days) for word, days in (begins | exact).items()}


def weekdays(word: str, language: str = "") -> frozenset[int]:
    """Return the weekdays (Monday is 0) that ``word`` can mean, in ``language`` first, else in any of the eight.

    ``so`` is Saturday in Czech and Sunday in German, so there may be two; an unknown word means none.
    """
    word = bare(word)
    for known in (_weekdays((language,)) if language in LANGUAGES else {}, _weekdays(LANGUAGES)):
        found = known.get(word) or (known.get(word[:-1]) if word.endswith("s") else None)  # Sundays, sonntags
        if found:
            return found
    return frozenset()


@lru_cache(maxsize=1)
def _language_names() -> dict[str, str]:
    names = dict(_CODES)
    for locale in _locales():
        for code in LANGUAGES:
            names[bare(locale.languages[code])] = code
    return names | {code: code for code in LANGUAGES}


@lru_cache(maxsize=1024)
def language(text: str) -> str:
    """Return the code for a code (``en``, ``en-GB``, ``cz``) or a language's name in any of the eight, else ``""``."""
    names = _language_names()
    head = plain(text.strip()).replace("_", "-").partition("-")[0]
    return names.get(bare(text)) or (head if head in LANGUAGES else "")


@lru_cache(maxsize=8)
def language_name(code: str) -> str:
    """Return the English name of one of the eight languages."""
    return str(Locale("en").languages[code])


def of_locale(locale: str) -> str:
    """Return the language of a spreadsheet's locale (``sk_SK``), or ``""`` when it is none of the eight."""
    head = locale.replace("-", "_").partition("_")[0].lower()
    return head if head in LANGUAGES else ""


def region(zone: str, locale: str = "") -> str:
    """Return the two-letter country of an IANA zone, else of a locale (``sk_SK``), else ``""``."""
    found = str(get_global("zone_territories").get(zone, ""))
    if len(found) == 2:
        return found
    tail = locale.replace("-", "_").partition("_")[2][:2].upper()
    return tail if len(tail) == 2 and tail.isalpha() else ""


@lru_cache(maxsize=1)
def places() -> dict[str, str]:
    """Return the zones of cities and of countries with one zone, by their folded names in the eight languages."""
    alone = {where: zones[0] for where, zones in get_global("territory_zones").items() if len(zones) == 1}
    found: dict[str, str] = {}
    for locale in _locales():
        for where, zone in alone.items():
            found.setdefault(bare(locale.territories.get(where, "")), zone)
        for zone, names in locale.time_zones.items():
            found[bare(names.get("city", ""))] = zone
    found.pop("", None)
    return found
