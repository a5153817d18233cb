"""Sentences as data: a template and its values, turned into words as late as possible.

Deciding code returns :class:`Say`; :func:`words` makes the text, in the sheet's language and the row's local time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import MappingProxyType

_NOTHING: Mapping[str, object] = MappingProxyType({})
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Say:
    """One sentence for people: ``template`` in English with named ``{places}``, and the values for them.

    Values are text, numbers, dates, times and *local* datetimes (aware, in the row's zone).
    """

    template: str
    args: Mapping[str, object] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day spoken of by its weekday alone ("Thursday")."""

    day: date


@dataclass(frozen=True, slots=True)
class Clock:
    """An instant on the present day, spoken of by its hour alone when it is today ("14:32")."""

    at: datetime


def say(template: str, **args: object) -> Say:
    """Return a :class:`Say`; shorthand for the deciding code."""
    return Say(template, args)


def day_words(value: date, today: date) -> str:
    """Return ``Tue 9 Mar``, with the year when it is not ``today``'s."""
    text = f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}"
    return text if value.year == today.year else f"{text} {value.year}"


def _value_words(value: object, now: datetime) -> str:
    if isinstance(value, Clock):
        local_now = now.astimezone(value.at.tzinfo)
        if value.at.date() == local_now.date():
            return f"{value.at:%H:%M}"
        return _value_words(value.at, now)
    if isinstance(value, datetime):
        return f"{day_words(value.date(), now.astimezone(value.tzinfo).date())} {value:%H:%M}"
    if isinstance(value, date):
        return day_words(value, now.date())
    if isinstance(value, time):
        return f"{value.hour}:{value.minute:02d}"
    if isinstance(value, Weekday):
        return _LONG_DAYS[value.day.weekday()]
    if isinstance(value, Say):
        return words(value, now)
    return str(value)


def words(sentence: Say, now: datetime) -> str:
    """Return the text of ``sentence``; ``now`` (aware) decides whether a year or a day must be said."""
    return sentence.template.format(**{name: _value_words(value, now) for name, value in sentence.args.items()})
