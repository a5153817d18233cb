"""How a value is shown in a cell: number formats by pattern and locale."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from .cells import Attr, CellError, Plain, from_serial, number_format
from .locales import Locale

DATE_KINDS = {"DATE", "TIME", "DATE_TIME"}
_DATE_TOKEN = re.compile(
    r'"[^"]*"|\\.|\[h+\]|yyyy|yy|y|mmmmm|mmmm|mmm|mm|m|dddd|ddd|dd|d|hh|h|ss|s|am/pm|AM/PM|a/p|.',
    re.DOTALL,
)


def shown(value: Plain, attr: Attr | None, where: Locale) -> str:
    """The text in the cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return where.yes if value else where.no
    if isinstance(value, str):
        return value
    if isinstance(value, CellError):
        return value.shown
    shape = number_format(attr)
    kind, pattern = shape.get("type", ""), shape.get("pattern", "")
    if kind in DATE_KINDS:
        return date_text(value, pattern or default_pattern(kind, where), where)
    if pattern or kind in {"NUMBER", "PERCENT", "CURRENCY", "SCIENTIFIC"}:
        return number_text(value, pattern or default_pattern(kind, where), where)
    return automatic(value, where)


def default_pattern(kind: str, where: Locale) -> str:
    """The pattern of a format that names only its type."""
    return {
        "DATE": where.date,
        "TIME": where.time,
        "DATE_TIME": f"{where.date} {where.time}",
        "PERCENT": "0.00%",
        "CURRENCY": where.currency_pattern,
        "SCIENTIFIC": "0.00E+00",
        "NUMBER": "#,##0.00",
    }.get(kind, "General")


def automatic(value: float, where: Locale) -> str:
    """A number without a format: up to ten digits, no separators for thousands."""
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = f"{value:.10g}"
    if "e" in text:
        digits, _, power = f"{value:.5g}".partition("e")
        text = f"{digits}E{power}" if power else digits
    return text.replace(".", where.decimal)


def number_text(value: float, pattern: str, where: Locale) -> str:
    """A number by a pattern such as `#,##0.00`, `0%`, `"$"0`, `@`."""
    if pattern in {"@", "General"} or not re.search(r"[0#]", pattern):
        return automatic(value, where)
    sections = pattern.split(";")
    if value < 0 and len(sections) > 1 and sections[1]:
        return _section(-value, sections[1], where, signed=False)
    return _section(value, sections[0], where, signed=True)


def _section(value: float, pattern: str, where: Locale, *, signed: bool) -> str:
    literal = re.compile(r'"([^"]*)"|\\(.)|\[[^\]]*\]')
    plain = literal.sub("", pattern)
    core = re.search(r"[0#?][0#?,]*(?:\.[0#?]*)?(?:E\+0+)?%?", plain)
    if not core:
        return automatic(value, where)
    digits = _digits(value * 100 if "%" in plain else value, core.group(), where)
    prefix, suffix = _around(pattern)
    sign = "-" if value < 0 and signed and not re.fullmatch(r"[-0.,%]*", digits + "x") else ""
    return f"{sign}{prefix}{digits}{suffix}"


def _around(pattern: str) -> tuple[str, str]:
    parts = re.split(r"[0#?][0#?,]*(?:\.[0#?]*)?(?:E\+0+)?", pattern, maxsplit=1)
    clean = [re.sub(r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]', r"\1\2\3", p) for p in parts]
    return clean[0], clean[1] if len(clean) > 1 else ""


def _digits(value: float, core: str, where: Locale) -> str:
    body = core.rstrip("%")
    if "E+" in body:
        places = len(body.partition(".")[2].partition("E")[0])
        return f"{abs(value):.{places}E}".replace(".", where.decimal)
    whole, _, fraction = body.partition(".")
    text = f"{abs(value):.{len(fraction)}f}"
    number, _, rest = text.partition(".")
    number = number.zfill(whole.count("0")) if whole.count("0") else number.lstrip("0")
    if "," in whole:
        number = re.sub(r"(?<=\d)(?=(\d{3})+$)", where.group, number)
    optional = len(fraction) - len(fraction.rstrip("#"))
    while optional and rest.endswith("0"):
        rest, optional = rest[:-1], optional - 1
    return number + (where.decimal + rest if rest else "")


def date_text(value: float, pattern: str, where: Locale) -> str:
    """A serial number by a date or time pattern."""
    moment = from_serial(value)
    tokens = _DATE_TOKEN.findall(pattern)
    half = any(t.lower() in {"am/pm", "a/p"} for t in tokens)
    out, previous = [], ""
    for index, token in enumerate(tokens):
        out.append(_date_part(token, moment, value, where, half, _is_minute(tokens, index, previous)))
        if token[0] in "ymdhs[":
            previous = token
    return "".join(out)


def _is_minute(tokens: list[str], index: int, previous: str) -> bool:
    if tokens[index] not in {"m", "mm"}:
        return False
    following = next((t for t in tokens[index + 1 :] if t[0] in "ymdhs"), "")
    return previous.startswith(("h", "[h")) or following.startswith("s")


def _date_part(token: str, moment: datetime, value: float, where: Locale, half: bool, minute: bool) -> str:
    if token.startswith('"'):
        return token[1:-1]
    if token.startswith("\\"):
        return token[1:]
    if token.startswith("[h"):
        return str(int(value * 24 + 1e-9))
    if minute:
        return f"{moment.minute:02d}" if token == "mm" else str(moment.minute)
    hour = (moment.hour % 12 or 12) if half else moment.hour
    table: dict[str, Callable[[], str]] = {
        "yyyy": lambda: f"{moment.year:04d}",
        "yy": lambda: f"{moment.year % 100:02d}",
        "y": lambda: f"{moment.year % 100:02d}",
        "mmmm": lambda: where.months[moment.month - 1],
        "mmm": lambda: where.months[moment.month - 1][:3],
        "mm": lambda: f"{moment.month:02d}",
        "m": lambda: str(moment.month),
        "dddd": lambda: where.days[moment.weekday()],
        "ddd": lambda: where.days[moment.weekday()][:3],
        "dd": lambda: f"{moment.day:02d}",
        "d": lambda: str(moment.day),
        "hh": lambda: f"{hour:02d}",
        "h": lambda: str(hour),
        "ss": lambda: f"{moment.second:02d}",
        "s": lambda: str(moment.second),
        "am/pm": lambda: "AM" if moment.hour < 12 else "PM",
        "AM/PM": lambda: "AM" if moment.hour < 12 else "PM",
        "a/p": lambda: "a" if moment.hour < 12 else "p",
    }
    make = table.get(token)
    return make() if make else token
