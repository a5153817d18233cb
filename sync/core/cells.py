"""Readers for every type of cell: from what the sheet holds to a value, or to one sentence with the remedy.

A reader never raises and never guesses: ``None`` for a blank cell, a :class:`Say` for what cannot be read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

from . import addresses, clock, languages, phones, when, zones
from .columns import CellType, Column
from .ports import Cell
from .say import Say, say
from .tidy import ERRORS, bare, clip, joined, likeness, paragraphs, shown, single_line, typed

Reader = Callable[[Cell], object]
"""Takes a cell that is not blank; returns the value, ``None`` when it is blank after all, or a :class:`Say`."""
Hinter = Callable[[Cell, object], Say | None]
"""Takes a cell and the value read from it; returns advice that stops nothing, or ``None``."""

NAME_LIMIT = 200
READ_LIMIT = 2_000
"""How long a text may be that a contact reads in a mail."""
MINUTES = (5, 600)
_LONGEST_ERROR = 20  # characters, with some blanks around
PAST = frozenset({"done", "released", "dropped_out"})
"""Columns that say when something was done: a day without a year is the last such day."""


@dataclass(frozen=True, slots=True)
class Where:
    """What readers need to know: ``today`` in the team's zone, its ``zone``, ``language`` (code) and ``region``."""

    today: date
    zone: str = "UTC"
    language: str = "en"
    region: str = ""


def reader(column: Column, label: str, where: Where, values: Mapping[str, object] | None = None) -> Reader:
    """Return the reader of a column.

    ``label`` is the header as people see it; ``values`` replaces a choice by a value of the model (``Stage.AGREED``).
    """
    make = _MAKERS.get(column.type)
    if make is not None:
        return _guarded(make(column, label, where), label)
    if column.type is CellType.CHOICE:
        return _guarded(choice(column.choices, label, values), label)
    return _guarded(text(column, label), label)


def _guarded(read: Reader, label: str) -> Reader:
    def guarded(raw: Cell) -> object:
        if type(raw) is str and len(raw) < _LONGEST_ERROR and raw.strip() in ERRORS:
            return shows_error(raw, label)
        return read(raw)

    return guarded


def shows_error(raw: str, label: str) -> Say:
    """Return the sentence for a cell whose formula failed."""
    return say("{column} shows {error}. Type the value again, or mend the formula.", column=label, error=raw.strip())


def is_error(raw: Cell) -> bool:
    """Return whether a cell shows an error of its formula instead of a value."""
    return isinstance(raw, str) and raw.strip() in ERRORS


# --- text ------------------------------------------------------------------------------------------------------------


def text(column: Column, label: str) -> Reader:
    """Return a reader of text on one line, or of paragraphs; numbers and ticks become what people see."""
    tidy = paragraphs if column.type is CellType.LONG_TEXT else single_line
    limit = NAME_LIMIT if column.key == "name" or column.type is CellType.NAME else 0
    if column.header.endswith("✉"):
        limit = READ_LIMIT

    def read(raw: Cell) -> object:
        value = tidy(raw if type(raw) is str else shown(raw))
        if limit and len(value) > limit:
            return _too_long(value, label, limit)
        return value or None

    return read


def _too_long(value: str, label: str, limit: int) -> Say:
    return say("{column} is {length} characters long. Shorten it to {limit}: it goes into mails.",
               column=label, length=f"{len(value):,}", limit=f"{limit:,}")  # fmt: skip


# --- words from a list -----------------------------------------------------------------------------------------------

_VARIANTS = {
    "didnotcome": "Didn't come", "noshow": "Didn't come", "nextmorning": "Write next morning",
    "askme": "Ask me first", "mailisfine": "E-mail is fine", "emailfine": "E-mail is fine",
    "emailok": "E-mail is fine", "phone": "Phone only", "onlyphone": "Phone only",
    "notnow": "Not today", "us": "We", "them": "They",
}  # fmt: skip
YES = frozenset({
    "true", "yes", "x", "ano", "áno", "tak", "igen", "sí", "oui", "ja", "wahr", "pravda", "prawda", "igaz",
    "verdadero", "vrai",
})  # fmt: skip
NO = frozenset({
    "false", "no", "ne", "nie", "nem", "nein", "non", "falsch", "nepravda", "fałsz", "hamis", "falso", "faux",
})  # fmt: skip
_TICKS, _NO_TICKS = frozenset("✓✔☑✅"), frozenset("☐✗✘☒")
_YES_BARE, _NO_BARE = frozenset(map(bare, YES)), frozenset(map(bare, NO))


def ticked(raw: Cell) -> bool | None:
    """Return what an unmistakable word or sign in a checkbox cell means, ``None`` when it means neither."""
    if isinstance(raw, bool):
        return raw
    if not isinstance(raw, str):
        return None
    sign = single_line(raw).rstrip("\ufe0e\ufe0f")
    word = bare(sign) if len(sign) < 20 else ""
    if sign in _TICKS or word in _YES_BARE:
        return True
    return False if sign in _NO_TICKS or word in _NO_BARE else None


def choice(choices: Sequence[str], label: str, values: Mapping[str, object] | None = None) -> Reader:
    """Return a reader of one of ``choices``: case, blanks, hyphens and apostrophes do not matter."""
    known = {bare(word): word for word in choices}
    known = {bare(variant): word for variant, word in _VARIANTS.items() if word in choices} | known
    meant = {word: (values or {}).get(choice, choice) for word, choice in known.items()}
    yes_no = {"Yes", "No"} <= set(choices)

    def read(raw: Cell) -> object:
        said = single_line(raw if type(raw) is str else shown(raw))
        if not said:
            return None
        value = meant.get(bare(said)) if len(said) < 100 else None
        if value is None and yes_no and (tick := ticked(raw)) is not None:
            value = meant["yes" if tick else "no"]
        return value if value is not None else _not_listed(clip(said), label, tuple(choices))

    return read


@lru_cache(maxsize=4096)
def _not_listed(said: str, label: str, choices: tuple[str, ...]) -> Say:
    return say('{column}: "{typed}" is not on the list. Choose {nearest}.',
               column=label, typed=said, nearest=joined(map(_quoted, nearest(said, choices))))  # fmt: skip


def _quoted(word: str) -> str:
    return f'"{word}"' if "," in word else word


def nearest(said: str, words: Sequence[str], limit: int = 4) -> list[str]:
    """Return at most ``limit`` of ``words``, those most like ``said`` first."""
    word = bare(said)
    return sorted(words, key=lambda each: -likeness(word, bare(each)))[:limit]


def _checkbox(_: Column, label: str, __: Where) -> Reader:
    def read(raw: Cell) -> object:
        if type(raw) is bool:
            return raw
        said = typed(raw)
        tick = ticked(raw)
        if tick is None and said:
            return say('{column}: "{typed}" is neither a tick nor empty. Delete the word, then tick the box or not.',
                       column=label, typed=said)  # fmt: skip
        return tick

    return read


# --- people ----------------------------------------------------------------------------------------------------------


def _email(_: Column, label: str, __: Where) -> Reader:
    def read(raw: Cell) -> object:
        return addresses.read(raw if type(raw) is str else shown(raw), label) or None

    return read


def _phone(_: Column, label: str, __: Where) -> Reader:
    def read(raw: Cell) -> object:
        return phones.read(raw if type(raw) is str else shown(raw), label) or None

    return read


def hinter(column: Column, label: str, where: Where) -> Hinter | None:
    """Return what gives advice on a readable cell of the column, ``None`` where there is none to give."""
    if column.type is CellType.EMAIL:
        return lambda raw, value: addresses.hint(str(value), label)
    if column.type is CellType.PHONE:
        return lambda raw, value: phones.hint(str(value), where.region, label, number_cell=type(raw) in (int, float))
    return None


def _language(_: Column, label: str, __: Where) -> Reader:
    def read(raw: Cell) -> object:
        said = single_line(shown(raw))
        return (language(said, label) or None) if said else None

    return read


def language(said: str, label: str) -> str | Say:
    """Return the code of the language that ``said`` (one line) names, or a sentence."""
    code = languages.language(said) if len(said) < 60 else ""
    if code:
        return code
    names = joined(languages.language_name(each) for each in languages.LANGUAGES)
    return say('{column}: "{typed}" is not a language of our mails. Choose {names}.',
               column=label, typed=clip(said), names=names)  # fmt: skip


def _zone(_: Column, label: str, where: Where) -> Reader:
    def read(raw: Cell) -> object:
        said = single_line(shown(raw))
        return (zone(said, label, where.zone) or None) if said else None

    return read


def zone(said: str, label: str, usual: str) -> str | Say:
    """Return the IANA name that ``said`` (one line) gives in any case, or a sentence with the likeliest one."""
    name = zones.canonical(said) if len(said) < 60 else ""
    if name:
        return name
    return say('{column}: "{typed}" is not the name of a time zone. Type {zone}, or the zone of another city.',
               column=label, typed=clip(said), zone=zones.suggestion(said[:60], usual))  # fmt: skip


# --- days, times, numbers --------------------------------------------------------------------------------------------


def read_day(raw: Cell, label: str, days: when.Days) -> date | Say | None:
    """Return the day in a cell; a time behind it is left out."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        moment = when.from_serial(as_number(raw), label, days.today)
        return moment.date() if isinstance(moment, datetime) else moment
    said = single_line(shown(raw))
    if not said:
        return None
    if not when.readable(said):
        said = clock.split(said)[0]
    return when.read_text(said, label, days)


def as_number(raw: float) -> float:
    """Return a number cell as a float; a whole number too large for one is infinite."""
    try:
        return float(raw)
    except OverflowError:
        return math.inf


def _date(column: Column, label: str, where: Where) -> Reader:
    days = when.Days(where.today, past=column.key in PAST)
    return lambda raw: read_day(raw, label, days)


def _date_time(_: Column, label: str, where: Where) -> Reader:
    """Read a date, or a naive local datetime when a time of day stands behind it."""
    days = when.Days(where.today)

    def read(raw: Cell) -> object:
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            moment = when.from_serial(as_number(raw), label, where.today)
            return moment.date() if isinstance(moment, datetime) and as_number(raw).is_integer() else moment
        said = single_line(shown(raw))
        if not said:
            return None
        head, tail = (said, "") if when.readable(said) else clock.split(said)
        day = when.read_text(head, label, days)
        moment_of_day = clock.read_text(tail, label) if tail else None
        if isinstance(day, Say) or not isinstance(moment_of_day, time):
            return moment_of_day if isinstance(moment_of_day, Say) else day
        return datetime.combine(day, moment_of_day)

    return read


def _time(_: Column, label: str, where: Where) -> Reader:
    def read(raw: Cell) -> object:
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            return clock.from_serial(as_number(raw), label, where.today)
        said = single_line(shown(raw))
        return clock.read_text(said, label) if said else None

    return read


_WHOLE = re.compile(r"(\d{1,6})\s*(?:min|mins|minutes?|minut|minuty|minút|perc|minuten|minutos)?\.?", re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,2})(?:[.,](5|50|25|75))?\s*(?:h|hod|hour|hours|std|godz|óra)\.?", re.IGNORECASE)
_HOURS_MINUTES = re.compile(r"(\d{1,2})\s*(?:h|:|hod\.?|hours?)\s*(\d{2})\s*(?:m|min)?\.?", re.IGNORECASE)


def minutes(said: str) -> int | None:
    """Return the minutes of ``45``, ``45 min``, ``1 h``, ``1.5 h``, ``1 h 30`` or ``1:30``; ``None`` otherwise."""
    if len(said) > 40 or not said.isascii():
        return None
    if found := _WHOLE.fullmatch(said):
        return int(found[1])
    if found := _HOURS_MINUTES.fullmatch(said):
        return int(found[1]) * 60 + int(found[2])
    if found := _HOURS.fullmatch(said):
        part = {"5": 30, "50": 30, "25": 15, "75": 45}.get(found[2] or "", 0)
        return int(found[1]) * 60 + part
    return None


def whole(raw: Cell, label: str, least: int, most: int, example: str = "", *, units: bool = True) -> int | Say | None:
    """Return a whole number from ``least`` to ``most``, or a sentence; ``units``: minutes, also given as ``1 h``."""
    said = single_line(shown(raw))
    if not said:
        return None
    number = None if isinstance(raw, bool) or not (units or said.isdecimal()) else minutes(said)
    if number is not None and least <= number <= most:
        return number
    return say('{column}: "{typed}" does not fit. Type a whole number from {least} to {most}, like {example}.',
               column=label, typed=clip(said), least=f"{least:,}", most=f"{most:,}",
               example=example or str(least))  # fmt: skip


def _minutes(column: Column, label: str, _: Where) -> Reader:
    return lambda raw: whole(raw, label, *MINUTES, example=column.example or "45")


_MAKERS: Mapping[CellType, Callable[[Column, str, Where], Reader]] = {
    CellType.EMAIL: _email,
    CellType.PHONE: _phone,
    CellType.LANGUAGE: _language,
    CellType.ZONE: _zone,
    CellType.DATE: _date,
    CellType.DATE_TIME: _date_time,
    CellType.TIME: _time,
    CellType.NUMBER: _minutes,
    CellType.CHECKBOX: _checkbox,
}
