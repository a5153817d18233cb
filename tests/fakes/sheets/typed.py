"""What Sheets makes of text that is typed into a cell (USER_ENTERED), by locale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from .cells import Formula, Value, serial
from .locales import EN_MONTHS, Locale

_TIME = re.compile(r"^(\d{1,3}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?$")
_HOUR = re.compile(r"^(\d{1,2})\s*([AaPp][Mm])$")


@dataclass(frozen=True, slots=True)
class Typed:
    """A value and the number format that typing it brings along, if any."""

    value: Value
    kind: str | None = None
    pattern: str = ""


def parse(text: str, where: Locale, today: date) -> Typed:
    """Read one typed text; whatever is not recognised stays text."""
    if text.startswith("'"):
        return Typed(text[1:])
    if text.startswith("=") and len(text) > 1:
        return Typed(Formula(text))
    stripped = text.strip()
    if not stripped:
        return Typed(text or None)
    word = stripped.upper()
    if word in {"TRUE", where.yes}:
        return Typed(value=True)
    if word in {"FALSE", where.no}:
        return Typed(value=False)
    return (
        _number(stripped, where)
        or _time(stripped, where)
        or _date(stripped, where, today)
        or _date_time(stripped, where, today)
        or Typed(text)
    )


def _plain_number(text: str, where: Locale) -> tuple[float | int, bool] | None:
    if where.group in "\u00a0\u202f":
        text = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d)", where.group, text)
    group = re.escape(where.group)
    shape = rf"[+-]?(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)?(?:{re.escape(where.decimal)}\d*)?"
    if not re.fullmatch(shape, text) or not re.search(r"\d", text):
        return None
    plain = text.replace(where.group, "").replace(where.decimal, ".")
    number = float(plain)
    grouped = where.group in text
    if number.is_integer() and abs(number) < 1e15:
        return int(number), grouped
    return number, grouped


def _number(text: str, where: Locale) -> Typed | None:
    if text.endswith("%"):
        found = _plain_number(text[:-1].strip(), where)
        if found:
            decimals = where.decimal in text
            return Typed(found[0] / 100, "PERCENT", "0.00%" if decimals else "0%")
        return None
    money = _currency(text, where)
    if money:
        return money
    power = re.fullmatch(rf"([+-]?\d+(?:{re.escape(where.decimal)}\d+)?)[eE]([+-]?\d{{1,3}})", text)
    if power:
        number = float(power.group(1).replace(where.decimal, ".") + "e" + power.group(2))
        whole = number.is_integer() and abs(number) < 1e15
        return Typed(int(number) if whole else number, "SCIENTIFIC", "0.00E+00")
    found = _plain_number(text, where)
    if not found:
        return None
    number, grouped = found
    if grouped:
        return Typed(number, "NUMBER", "#,##0.00" if where.decimal in text else "#,##0")
    return Typed(number)


def _currency(text: str, where: Locale) -> Typed | None:
    sign = re.match(r"^(-?)", text)
    body = text.lstrip("-").strip()
    if body.startswith(where.currency):
        body = body[len(where.currency) :]
    elif body.endswith(where.currency):
        body = body[: -len(where.currency)]
    else:
        return None
    found = _plain_number(body.strip(), where)
    if not found:
        return None
    pattern = where.currency_pattern
    if where.decimal not in body:
        pattern = pattern.replace("0.00", "0")
    number = -found[0] if sign and sign.group(1) else found[0]
    return Typed(number, "CURRENCY", pattern)


def _fraction_of_day(text: str) -> tuple[float, bool] | None:
    match = _TIME.match(text)
    if match:
        hours, minutes = int(match.group(1)), int(match.group(2))
        seconds, half = match.group(3), match.group(4)
    else:
        hour = _HOUR.match(text)
        if not hour:
            return None
        hours, minutes, seconds, half = int(hour.group(1)), 0, None, hour.group(2)
    if minutes > 59 or int(seconds or 0) > 59 or (half and not 1 <= hours <= 12):
        return None
    if half:
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    return (hours * 3600 + minutes * 60 + int(seconds or 0)) / 86400, bool(seconds)


def _time(text: str, where: Locale) -> Typed | None:
    found = _fraction_of_day(text)
    if not found:
        return None
    days, has_seconds = found
    half = bool(re.search(r"[AaPp]\.?[Mm]", text))
    pattern = ("hh" if where.time.startswith("hh") else "h") + (":mm:ss" if has_seconds else ":mm")
    if half:
        pattern += " am/pm"
    if days >= 1:
        return Typed(days, "TIME", "[h]:mm:ss")
    return Typed(days, "TIME", pattern)


def _date(text: str, where: Locale, today: date) -> Typed | None:
    found = _iso(text) or _numeric(text, where, today) or _worded(text, where, today)
    if not found:
        return None
    day, pattern = found
    return Typed(serial(day), "DATE", pattern)


def _date_time(text: str, where: Locale, today: date) -> Typed | None:
    match = re.match(r"^(.*\d{4}|.*\d{1,2}|.*\d\.?),?[ T]+(\d{1,2}:.*|\d{1,2} ?[AaPp][Mm])$", text)
    if not match:
        return None
    day, clock = _date(match.group(1).strip(" ,"), where, today), _time(match.group(2), where)
    if not day or not clock or not isinstance(day.value, int) or not isinstance(clock.value, float):
        return None
    return Typed(day.value + clock.value, "DATE_TIME", f"{day.pattern} {where.time}")


def _make(year: int, month: int, day: int) -> date | None:
    if year < 100:
        year += 2000 if year < 50 else 1900
    try:
        return date(year, month, day) if year >= 1899 else None
    except ValueError:
        return None


def _iso(text: str) -> tuple[date, str] | None:
    match = re.fullmatch(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", text)
    if not match:
        return None
    found = _make(int(match.group(1)), int(match.group(3)), int(match.group(4)))
    mark = match.group(2)
    return (found, f"yyyy{mark}mm{mark}dd") if found else None


def _numeric(text: str, where: Locale, today: date) -> tuple[date, str] | None:
    marks = re.escape(where.separators)
    match = re.fullmatch(rf"(\d{{1,2}})\s*([{marks}])\s*(\d{{1,2}})(?:\s*\2\s*(\d{{4}}|\d{{2}}))?(\.?)", text)
    if not match or (match.group(5) and "." not in where.separators[:1]):
        return None
    first, second = int(match.group(1)), int(match.group(3))
    month, day = (first, second) if where.order == "MDY" else (second, first)
    year = int(match.group(4)) if match.group(4) else today.year
    found = _make(year, month, day)
    return (found, where.date) if found else None


def _worded(text: str, where: Locale, today: date) -> tuple[date, str] | None:
    cleaned = re.sub(r"^[^\W\d_]+,\s*", "", text)
    match = re.fullmatch(r"(\d{1,2})\.?[ -]+([^\W\d_]+)\.?(?:,?[ -]+(\d{4}|\d{2}))?", cleaned)
    if match:
        day, word, year = match.groups()
    else:
        match = re.fullmatch(r"([^\W\d_]+)\.? +(\d{1,2})(?:,? +(\d{4}))?", cleaned)
        if not match:
            return None
        word, day, year = match.groups()
    month = _month(word, where)
    found = _make(int(year) if year else today.year, month, int(day)) if month else None
    return (found, where.date if year else "d mmm") if found else None


def _month(word: str, where: Locale) -> int | None:
    low = word.casefold()
    for names in (where.months, EN_MONTHS):
        for index, name in enumerate(names):
            full = name.casefold()
            if low == full or (len(low) >= 3 and full[:3] == low[:3] and full.startswith(low)):
                return index + 1
    return None
