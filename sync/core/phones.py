"""Phone numbers: kept as typed, checked for plausibility.  The only file with phonenumbers."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

from .say import Say, say
from .tidy import clip, single_line

_FEWEST = 3  # digits of the shortest numbers people call
_LONGEST = 200


def read(text: str, column: str) -> str | Say:
    """Return a phone cell's text on one line, as typed ("0903 123 456, evenings"), or a sentence without digits."""
    text = single_line(text)
    if text and (len(text) > _LONGEST or not any(ch.isdigit() for ch in text)):
        return say('{column}: "{typed}" is not a number one can call. Type it like 0903 123 456.',
                   column=column, typed=clip(text))  # fmt: skip
    return text


@lru_cache(maxsize=65536)
def _possible(start: str, length: int, region: str) -> bool:
    """Return whether a number that begins with ``start`` can be ``length`` characters long (digits and a plus).

    Possible means only that the length fits the country; it depends on the first few digits, so the rest is made up
    and one answer serves all numbers of one network.
    """
    try:
        number = phonenumbers.parse(start.ljust(length, "5"), region or None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number)


def dialled(text: str) -> str:
    """Return the digits of a number as typed, with a leading plus, up to the first letter, comma or semicolon."""
    kept = []
    for ch in text:
        if ch.isdecimal():
            kept.append(str(int(ch)))
        elif ch == "+" and not kept:
            kept.append("+")
        elif (ch.isalpha() or ch in ",;") and len(kept) >= _FEWEST:
            break
    digits = "".join(kept)
    return "+" + digits[2:] if digits.startswith("00") else digits


def e164(text: str, region: str) -> str:
    """Return the number as ``tel:`` links want it (``+421903123456``), or ``""`` when it is none.

    ``region`` is the two-letter country whose numbers need no country code.
    """
    try:
        number = phonenumbers.parse(dialled(text), region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def hint(text: str, region: str, column: str, *, number_cell: bool = False) -> Say | None:
    """Return a question about a number that no phone of ``region`` can dial, or that lost its first zero.

    ``number_cell`` says that the sheet holds a number instead of text: leading zeros and pluses are gone.
    Without a region only numbers with a country code can be judged.
    """
    if number_cell:
        return say('{column}: is "{typed}" whole? The sheet drops a first 0 or +. Type it like {example}.',
                   column=column, typed=clip(text), example=_whole(text, region))  # fmt: skip
    digits = dialled(text)
    if not digits.startswith("+") and not region:
        return None
    if _possible(digits[:6], len(digits), region):
        return None
    return say('{column}: is "{typed}" right? It is too short or too long to call. Type it like {example}.',
               column=column, typed=clip(text), example=_example(region))  # fmt: skip


def _whole(text: str, region: str) -> str:
    """Return how a number that lost its first characters was probably typed."""
    tries = [(text, region), ("+" + text, "")] if len(text) < 11 else [("+" + text, ""), (text, region)]
    for candidate, where in tries:
        try:
            number = phonenumbers.parse(candidate, where or None)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return _example(region)


@lru_cache(maxsize=64)
def _example(region: str) -> str:
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE) if region else None
    if number is None:
        return "+421 903 123 456"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
