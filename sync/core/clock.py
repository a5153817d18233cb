"""Times of day as people type them.  What can be read two ways is refused with both readings."""

from __future__ import annotations

import math
import re
from datetime import date, time

from .say import Say, say
from .tidy import clip, plain
from .when import EPOCH, FIRST_YEAR, YEARS_AHEAD

DAY = 86_400
_MORNING = 8  # from here on a bare hour may well be the morning
LONGEST = 40  # characters of text that can be a time

_NOON = frozenset({"noon", "midday", "poledne", "v poledne", "poludnie", "na poludnie", "w poludnie", "del", "delben",
                   "mittag", "mittags", "mediodia", "midi", "a midi"})  # fmt: skip
_HALF = r"(?P<half>a\.?\s?m\.?|p\.?\s?m\.?)"
_HOUR_WORD = r"(?:h|hs|hr|hrs|hod|hodin|godz|uhr|ora|orakor|uur|u|heures?|horas?|o'clock)\.?"
_WITH_MINUTES = re.compile(rf"(\d{{1,2}})\s?(?:[:.,]|h)\s?(\d{{1,2}})(?::(\d{{2}}))?\s?(?:{_HALF}|{_HOUR_WORD})?")
_BARE = re.compile(rf"(\d{{1,2}})\s?(?:{_HALF}|{_HOUR_WORD})?\.?")
_COMPACT = re.compile(rf"(\d{{1,2}})(\d{{2}})\s?(?:{_HALF}|{_HOUR_WORD})?")
_RANGE = re.compile(r"(.*\d.*?)\s?(?:[-\u2013\u2014]|to|bis|do|až|az)\s?(\d.*)")
_LINK = re.compile(r"(?:,|\s+(?:at|o|um|om|a las|a|à|@))*\s*$")
_LEAD = re.compile(r"^(?:at|o|um|a las|a la|a|at about|godz\.?|@)\s+")


def from_serial(number: float, column: str, today: date) -> time | Say:
    """Return the time of day of a number cell, to the nearest second, or a sentence.

    A fraction is a time (0.75 is 18:00); a serial number of a day near ``today`` is that day's time; 17 and 1730 are
    hours and minutes that a sheet took for a number, 17.3 is what became of ``17.30``.
    """
    if not math.isfinite(number) or number < 0:
        return _unreadable(format(number, ".15g"), column)
    if number < 1:
        return _of_seconds(round(number * DAY), column)
    if 100 <= number <= 2_400 and number == int(number):
        return read_text(str(int(number)), column)
    if number < 32:
        return _decimal(number, column)
    first = (date(FIRST_YEAR, 1, 1) - EPOCH.date()).days
    last = (date(min(today.year + YEARS_AHEAD, 9998) + 1, 1, 1) - EPOCH.date()).days
    if first <= number < last:
        return _of_seconds(round(number % 1 * DAY), column)
    return _unreadable(format(number, ".15g"), column)


def _of_seconds(seconds: int, column: str) -> time | Say:
    if seconds >= DAY:
        return _past_midnight("24:00", column)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60)


def _decimal(number: float, column: str) -> time | Say:
    """Read 17 or 17.3: hours, and minutes whose last zero is lost (17.5 could be half past as well)."""
    text = format(number, ".15g")
    if number.is_integer():
        return read_text(text, column)
    minutes = round(number % 1 * 100)
    if abs(number % 1 * 100 - minutes) > 1e-6 or number >= 24:
        return _unreadable(text, column)
    quarter = round(number % 1 * 60)
    as_typed = time(int(number), minutes) if minutes < 60 else None
    if minutes in {25, 50, 75}:
        decimal = time(int(number), quarter)
        return _two(text, column, as_typed, decimal) if as_typed else _meant(text, column, decimal)
    return as_typed or _unreadable(text, column)


def read_text(text: str, column: str) -> time | Say:
    """Return the time that ``text`` (on one line, not blank) means, or a sentence that says what to type.

    Understood: ``17:30``, ``17.30``, ``17,30``, ``17h``, ``17h30``, ``1730``, ``5 pm``, ``5:30 p.m.``, ``17 Uhr``,
    ``noon``.  A bare 1 to 11 could be morning or evening.
    """
    if len(text) > LONGEST:
        return _unreadable(text, column)
    low = _LEAD.sub("", " ".join(plain(text).split()))
    if low in _NOON:
        return time(12)
    for pattern, read in ((_WITH_MINUTES, _minutes), (_BARE, _hour), (_COMPACT, _compact)):
        found = pattern.fullmatch(low)
        if found and found[1].isascii():
            return read(found, text, column)
    return _two_times(low, text, column)


def _two_times(low: str, text: str, column: str) -> Say:
    parts = _RANGE.fullmatch(low)
    if parts:
        first = read_text(parts[1].strip(), column)
        if isinstance(first, time) and isinstance(read_text(parts[2].strip(), column), time):
            return say('{column}: "{typed}" holds two times. Type only the start, {time}.',
                       column=column, typed=clip(text), time=first)  # fmt: skip
    return _unreadable(text, column)


def _minutes(found: re.Match[str], text: str, column: str) -> time | Say:
    if len(found[2]) == 1:
        if ":" not in text and "h" not in text.lower() and found[2] == "5":
            return _decimal(float(f"{found[1]}.5"), column) if int(found[1]) < 24 else _unreadable(text, column)
        tens, ones = int(found[2]) * 10, int(found[2])
        hour = int(found[1])
        if hour < 24 and 0 < tens < 60:
            return _two(text, column, time(hour, tens), time(hour, ones))
        return time(hour, 0) if hour < 24 and tens == 0 else _unreadable(text, column)
    seconds = int(found[3] or 0)
    return _checked(int(found[1]), int(found[2]), seconds, found["half"], text, column)


def _hour(found: re.Match[str], text: str, column: str) -> time | Say:
    hour, half = int(found[1]), found["half"]
    if 1 <= hour <= 11 and not half and not found[1].startswith("0"):
        if hour >= _MORNING:
            return _two(text, column, time(hour), time(hour + 12))
        return say('{column}: "{typed}" could be {first} or {second}. Type {second}.', column=column,
                   typed=clip(text), first=time(hour), second=time(hour + 12))  # fmt: skip
    return _checked(hour, 0, 0, half, text, column)


def _compact(found: re.Match[str], text: str, column: str) -> time | Say:
    hour, minute, half = int(found[1]), int(found[2]), found["half"]
    if len(found[1]) == 1 and 1 <= hour <= 9 and not half and minute < 60:
        return _two(text, column, time(hour, minute), time(hour + 12, minute))
    return _checked(hour, minute, 0, half, text, column)


def _checked(hour: int, minute: int, second: int, half: str | None, text: str, column: str) -> time | Say:
    if half:
        if not 1 <= hour <= 12:
            late = half[0] == "p" and 13 <= hour < 24 and minute < 60  # 17 pm
            return time(hour, minute) if late else _unreadable(text, column)
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    if hour == 24 and minute == 0 and second == 0:
        return _past_midnight(text, column)
    if hour > 23 or minute > 59 or second > 59:
        return say('{column}: there is no "{typed}" on the clock. Type it like 17:30.', column=column, typed=clip(text))
    return time(hour, minute, second)


def _past_midnight(text: str, column: str) -> Say:
    return say('{column}: "{typed}" is the end of the day. Type 0:00 and the next day\'s date, or 23:59.',
               column=column, typed=clip(text))  # fmt: skip


def _two(text: str, column: str, one: time, two: time) -> Say:
    return say('{column}: "{typed}" could be {first} or {second}. Type {first} or {second}.',
               column=column, typed=clip(text), first=one, second=two)  # fmt: skip


def _meant(text: str, column: str, meant: time) -> Say:
    return say('{column}: "{typed}" is not a time. Type {meant}, if you mean that.',
               column=column, typed=clip(text), meant=meant)  # fmt: skip


def _unreadable(text: str, column: str) -> Say:
    return say('{column}: "{typed}" is not a time we can read. Type it like 17:30.', column=column, typed=clip(text))


def split(text: str) -> tuple[str, str]:
    """Return the date part and the time part of ``20 Mar 2027 18:00``; the time part is ``""`` when there is none.

    Tried are the splits before the last three words and at the ``T`` of ISO 8601.
    """
    iso = re.fullmatch(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}(?::\d{2})?)", text)
    if iso:
        return iso[1], iso[2]
    words = text.split()
    for count in (1, 2, 3):
        if len(words) <= count or not re.search(r"\d|^\D*(noon|midi)", words[-count], re.IGNORECASE):
            continue
        tail = " ".join(words[-count:])
        if re.search(r"[:hH]|[ap]\.?\s?m|noon|midi|\d[.,]\d\d$", tail) and isinstance(read_text(tail, ""), time):
            return _LINK.sub("", " ".join(words[:-count])), tail
    return text, ""
