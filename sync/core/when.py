"""Dates as people type them, in eight languages.  What can be read two ways is refused with both readings.

A date cell holds a serial number (days since 1899-12-30) when the sheet understood it, and text when it did not.
"""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from . import languages
from .say import Say, say
from .tidy import clip, plain

EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - serial numbers have no zone
FIRST_YEAR = 2000
YEARS_AHEAD = 10
GRACE = timedelta(days=60)
"""A day without a year that was this long ago at most is that day, not the one a year later.

Without it the text ``12.3.`` would jump to the next year on the morning after, and the meeting with it.
"""
NEAR = timedelta(days=270)
"""A day without a year further ahead than this, whose last occurrence is past the grace, can be read two ways."""
LONGEST = 60  # characters of text that can be a date

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TOKEN = re.compile(r"\d+|[^\W\d_]+|[./-]|[\s,'\u2019]+|.", re.DOTALL)
_ORDINAL = frozenset({
    "st", "nd", "rd", "th", "er", "o", "a", "e", "i", "an", "en", "jen", "ei",
})  # fmt: skip  # 1st, 1er, 1º, hu 12-én
_FILLER = frozenset({"of", "de", "del", "den", "the", "le", "el", "on", "am", "dna", "dne", "dnia", "r", "roku"})


@dataclass(frozen=True, slots=True)
class Spelled:
    """A day in a sentence as people should type it: ``3 Apr 2027``; ``long``: ``3 April``, or with its year."""

    day: date
    long: bool = False
    year: bool = True

    def __str__(self) -> str:
        month = _MONTHS[self.day.month - 1]
        text = f"{self.day.day} {month if self.long else month[:3]}"
        return f"{text} {self.day.year}" if self.year else text


@dataclass(frozen=True, slots=True)
class Days:
    """How days are read: ``today``, and which year a day without one gets.

    ``past``: the last such day up to today (when something was done), else the next one, with a grace.  ``grace`` of
    zero means strictly the next.  ``told`` is the date a mail has named for this row: the same day and month mean it.
    """

    today: date
    past: bool = False
    grace: timedelta = GRACE
    told: date | None = None


_Parts = tuple[int | None, int, int]  # year (None: not typed), month, day


def _in_range(year: int, today: date) -> bool:
    return FIRST_YEAR <= year <= today.year + YEARS_AHEAD


def from_serial(number: float, column: str, today: date) -> datetime | Say:
    """Return the local date and time of a serial number, to the nearest second, or a sentence.

    10:20 is 0.430555…, so seconds are rounded (Sheets API, ``DateTimeRenderOption.SERIAL_NUMBER``).
    """
    if math.isfinite(number) and 0 < number < 200_000:
        moment = EPOCH + timedelta(seconds=round(number * 86_400))
        if _in_range(moment.year, today):
            return moment
    return _no_serial(number, column, today)


def _no_serial(number: float, column: str, today: date) -> Say:
    text = format(number, ".15g")
    if re.fullmatch(r"\d{8}", text):
        compact = read_text(text, column, Days(today))
        if isinstance(compact, date):
            return say('{column}: "{typed}" is a number, not a day. Type {day}.',
                       column=column, typed=text, day=Spelled(compact))  # fmt: skip
    if re.fullmatch(r"\d{1,2}\.\d{1,2}", text):  # 12.3. typed where the point is a decimal one; 12.10. came as 12.1
        head, _, tail = text.partition(".")
        readings = [r for month in (tail, tail + "0") if (r := _next(int(month), int(head), today)) is not None]
        if readings:
            return say('{column}: "{typed}" is a number, not a day. Type {days}.', column=column, typed=text,
                       days=" or ".join(str(Spelled(day)) for day in readings))  # fmt: skip
    return say('{column}: "{typed}" is a number, not a day. Type it like {example}.',
               column=column, typed=clip(text), example=Spelled(today))  # fmt: skip


def read_text(text: str, column: str, days: Days) -> date | Say:
    """Return the day that ``text`` (on one line, not blank) means, or a sentence that says what to type.

    Understood: ``2027-03-12``, ``2027/3/12``, ``12.3.``, ``12. 3. 2027``, ``13/3/2027``, ``3 Apr``, ``April 3rd,
    2027``, ``2027. március 12.``, with or without a weekday, which must be right.
    """
    shape = _shape(text)
    if shape is None:
        return say('{column}: "{typed}" is not a day we can read. Type it like {example}.',
                   column=column, typed=clip(text), example=Spelled(days.today))  # fmt: skip
    found = _settle(shape.readings, text, column, days)
    if isinstance(found, Say) or not shape.weekdays or found.weekday() in shape.weekdays:
        return found
    return say('{column}: "{typed}" does not fit: {day} is a {weekday}. Type {day}, or the day you mean.',
               column=column, typed=clip(text), day=Spelled(found), weekday=WEEKDAYS[found.weekday()])  # fmt: skip


def readable(text: str) -> bool:
    """Return whether ``text`` has the shape of a day, right or wrong."""
    return _shape(text) is not None


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a text says: all ways to read its numbers, and the weekdays its word can mean."""

    readings: tuple[_Parts, ...]
    weekdays: frozenset[int]


@lru_cache(maxsize=8192)
def _shape(text: str) -> _Shape | None:
    if len(text) > LONGEST:
        return None
    numbers: list[str] = []
    words: list[str] = []
    between: list[str] = []  # what stands after each number, up to the next
    after_number = False
    for piece in _TOKEN.findall(plain(text)):
        if piece.isdecimal():
            if not piece.isascii() or len(numbers) == 3:
                return None
            numbers.append(piece)
            between.append("")
        elif piece.isalpha():
            if not (piece in _FILLER or (after_number and piece in _ORDINAL)):
                words.append(piece)
        elif piece in ".-/" or piece.isspace() or not piece.strip(" ,'\u2019"):
            if between:
                between[-1] += piece
        else:
            return None
        after_number = bool(piece.isdecimal() or (after_number and piece in ".-"))
    return _with_words(numbers, between, words)


def _with_words(numbers: list[str], between: list[str], words: list[str]) -> _Shape | None:
    months = [languages.month(word) for word in words]
    weekdays = [languages.weekdays(word) for word in words]
    at: int | None = None  # which word is the month
    if len(words) == 1 and months[0]:
        at = 0
    elif len(words) == 2:
        at = next((i for i in (1, 0) if months[i] and weekdays[1 - i]), None)
        if at is None:
            return None
    elif len(words) > 2 or (words and not weekdays[0]):
        return None
    day_word = next((weekdays[i] for i in range(len(words)) if i != at), frozenset[int]())
    month = months[at] if at is not None else None
    readings = _numeric(numbers, between) if month is None else _beside_month(numbers, month)
    if not readings and len(words) == 1:  # "mar 12.3.": a Tuesday in French and Spanish, no March
        readings, day_word = _numeric(numbers, between), weekdays[0]
        readings = readings if day_word else ()
    return _Shape(readings, day_word) if readings else None


def _beside_month(numbers: list[str], month: int) -> tuple[_Parts, ...]:
    if len(numbers) == 1 and len(numbers[0]) <= 2:
        return ((None, month, int(numbers[0])),)
    if len(numbers) != 2:
        return ()
    first, second = numbers
    if len(first) == 4 and len(second) <= 2:
        return ((int(first), month, int(second)),)
    if len(second) == 4 and len(first) <= 2:
        return ((int(second), month, int(first)),)
    if len(first) <= 2 and len(second) == 2:
        short = [(_century(second), month, int(first))]
        return tuple(short + ([(_century(first), month, int(second))] if len(first) == 2 else []))
    return ()


def _century(text: str) -> int:
    return 2000 + int(text)


def _numeric(numbers: list[str], between: list[str]) -> tuple[_Parts, ...]:
    """Return the ways to read numbers alone.  With points the day stands first, as in all eight languages but English,
    where nobody writes points; with slashes, dashes or blanks it may be the month as well."""
    sizes = [len(number) for number in numbers]
    values = [int(number) for number in numbers if len(number) <= 8]
    if sizes == [8]:
        return ((values[0] // 10_000, values[0] // 100 % 100, values[0] % 100),)
    if len(values) < 2 or len(values) != len(numbers) or not all(mark.strip() for mark in between[:-1]):
        return ()
    points = "." in between[0]
    if sizes[0] == 4 and len(sizes) == 3 and max(sizes[1:]) <= 2:
        return ((values[0], values[1], values[2]),)
    if len(sizes) == 2 and max(sizes) <= 2:
        return _both(None, values[0], values[1], points)
    if len(sizes) == 3 and sizes[2] == 4 and max(sizes[:2]) <= 2:
        return _both(values[2], values[0], values[1], points)
    if len(sizes) == 3 and max(sizes[:2]) <= 2 and sizes[2] == 2:
        back = ((_century(numbers[0]), values[1], values[2]),) if sizes[0] == 2 else ()
        return _both(_century(numbers[2]), values[0], values[1], points) + back
    return ()


def _both(year: int | None, first: int, second: int, points: bool) -> tuple[_Parts, ...]:
    day_first = ((year, second, first),)
    return day_first if points or first == second else (*day_first, (year, first, second))


def _day(year: int, month: int, day: int) -> date | None:
    if not (1 <= month <= 12 and 1 <= year <= 9999 and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def _next(month: int, day: int, start: date) -> date | None:
    """Return the first such day not before ``start``; 29 February may be up to eight years away."""
    tries = (_day(year, month, day) for year in range(start.year, start.year + 9))
    return next((found for found in tries if found and found >= start), None)


def _last(month: int, day: int, end: date) -> date | None:
    tries = (_day(year, month, day) for year in range(end.year, end.year - 9, -1))
    return next((found for found in tries if found and found <= end), None)


def _settle(readings: tuple[_Parts, ...], text: str, column: str, days: Days) -> date | Say:
    possible = [(y, m, d) for y, m, d in readings if 1 <= m <= 12 and 1 <= d <= 31]
    found: list[date] = []
    for reading in possible:
        each = _years(*reading, days)
        found += [day for day in (each if len(possible) == 1 else each[-1:]) if day not in found]
    sensible = [day for day in found if _in_range(day.year, days.today)]
    if len({year for year, _, _ in readings}) > 1:  # a year of two digits that could be the day as well
        sensible = _drop_stale(sensible, days)
    if len(sensible) > 1:
        return _two_readings(sensible[0], sensible[1], text, column)
    if sensible:
        return sensible[0]
    if found:
        return say('{column}: "{typed}" is too long ago or too far away. Type a day like {example}.',
                   column=column, typed=clip(text), example=Spelled(days.today))  # fmt: skip
    return _no_such_day(possible, text, column, days)


def _drop_stale(found: list[date], days: Days) -> list[date]:
    """Drop readings of a two-digit year that lie years back, unless the first and usual reading is one of them."""
    oldest = days.today.year - 2
    return [day for day in found if day.year >= oldest] if found and found[0].year >= oldest else found


def _years(year: int | None, month: int, day: int, days: Days) -> list[date]:
    """Return the days that a month and day mean: one with a typed year, else one, or two that are equally likely."""
    if year is not None:
        found = _day(year, month, day)
        return [found] if found else []
    if days.told and (days.told.month, days.told.day) == (month, day):
        return [days.told]
    last, ahead = _last(month, day, days.today), _next(month, day, days.today)
    if days.past:
        return [last] if last else []
    if not days.grace:
        return [ahead] if ahead else []
    if last and last >= days.today - days.grace:
        return [last]
    if ahead and ahead > days.today + NEAR:  # 29 February is meant only where it is near
        return [last, ahead] if last and (month, day) != (2, 29) else []
    return [ahead] if ahead else []


def _two_readings(one: date, two: date, text: str, column: str) -> Say:
    years = one.year != two.year
    return say('{column}: "{typed}" could be {first} or {second}. Type {one} or {two}.', column=column,
               typed=clip(text), first=Spelled(one, long=True, year=years), second=Spelled(two, long=True, year=years),
               one=Spelled(one), two=Spelled(two))  # fmt: skip


def _no_such_day(possible: list[_Parts], text: str, column: str, days: Days) -> Say:
    if not possible:
        return say('{column}: "{typed}" is not in the calendar. Type it like {example}.',
                   column=column, typed=clip(text), example=Spelled(days.today))  # fmt: skip
    year, month, _ = possible[0]
    year = year if year is not None and 1 <= year <= 9999 else days.today.year
    length = calendar.monthrange(year, month)[1]
    return say('{column}: "{typed}" is not in the calendar: {month} {year} has {length} days. '
               "Type {last}, or the day you mean.",
               column=column, typed=clip(text), month=_MONTHS[month - 1], year=year, length=length,
               last=Spelled(date(year, month, length)))  # fmt: skip
