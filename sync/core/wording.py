"""Dates, times, lengths and zones in a language, as people say them in a mail; names and plurals from CLDR (Babel)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from babel import Locale
from babel.dates import format_date, format_time, get_timezone_location
from babel.units import format_unit


@dataclass(frozen=True, slots=True)
class Speech:
    """One language's patterns in CLDR's notation (unicode.org/reports/tr35/tr35-dates.html).

    Written out because Babel's skeletons abbreviate the names.  ``day`` is with the weekday, ``date`` without.
    """

    locale: str
    day: str
    day_year: str
    date: str
    clock: str


SPEECH: Mapping[str, Speech] = MappingProxyType({
    "en": Speech("en_GB", "EEEE d MMMM", "EEEE d MMMM y", "d MMMM", "H:mm"),
    "cs": Speech("cs", "EEEE d. MMMM", "EEEE d. MMMM y", "d. MMMM", "H:mm"),
    "sk": Speech("sk", "EEEE d. MMMM", "EEEE d. MMMM y", "d. MMMM", "H:mm"),
    "pl": Speech("pl", "EEEE, d MMMM", "EEEE, d MMMM y", "d MMMM", "H:mm"),
    "hu": Speech("hu", "MMMM d., EEEE", "y. MMMM d., EEEE", "MMMM d.", "H:mm"),
    "de": Speech("de", "EEEE, d. MMMM", "EEEE, d. MMMM y", "d. MMMM", "H:mm"),
    "es": Speech("es", "EEEE, d 'de' MMMM", "EEEE, d 'de' MMMM 'de' y", "d 'de' MMMM", "H:mm"),
    "fr": Speech("fr", "EEEE d MMMM", "EEEE d MMMM y", "d MMMM", "H:mm"),
})  # fmt: skip
"""The languages of the mails (``design.md`` 4)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How one language says days and hours."""

    language: str

    @property
    def speech(self) -> Speech:
        """The patterns; English for a language that has none."""
        return SPEECH.get(self.language, SPEECH["en"])

    def day(self, day: dt.date, year: int) -> str:
        """Return ``Thursday 11 March``, with its year when it is not ``year``."""
        pattern = self.speech.day if day.year == year else self.speech.day_year
        return format_date(day, pattern, locale=self.speech.locale)

    def date(self, day: dt.date) -> str:
        """Return ``11 March``."""
        return format_date(day, self.speech.date, locale=self.speech.locale)

    def weekday(self, day: dt.date) -> str:
        """Return ``Thursday``."""
        return format_date(day, "EEEE", locale=self.speech.locale)

    def clock(self, at: dt.datetime) -> str:
        """Return ``17:30``, the local time of the aware ``at``; raises :class:`ValueError` for a naive one."""
        if at.tzinfo is None:
            raise ValueError("a time without a zone cannot be told to anybody")
        return format_time(at.time(), self.speech.clock, locale=self.speech.locale)

    def minutes(self, minutes: int) -> str:
        """Return ``45 minutes``."""
        return format_unit(minutes, "duration-minute", length="long", locale=self.speech.locale)

    def zone_city(self, zone: str) -> str:
        """Return the city that people know an IANA zone by (``Bratislava``), in the language; ``UTC`` for UTC.

        Sources: CLDR's exemplar cities.  A zone that CLDR does not know is called by its own last part.
        """
        try:
            city = get_timezone_location(zone, locale=Locale.parse(self.speech.locale), return_city=True)
        except LookupError:
            city = ""
        return (str(city) or zone.replace("_", " ")).rsplit("/", 1)[-1]


def end_of(start: dt.datetime, minutes: int) -> dt.datetime:
    """Return the end of a meeting in the zone of its aware ``start``: elapsed minutes, also over a clock change."""
    return (start.astimezone(dt.UTC) + dt.timedelta(minutes=minutes)).astimezone(start.tzinfo)
