"""Text as people type it: cleaned, folded for comparing, and clipped for showing in a sentence.

Sheet text is hostile (``design.md`` P8): what leaves here for a name, a place or an address stands on one line and
holds no control, bidi or invisible characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from .ports import Cell

CLIP = 40
"""How many characters of a cell a sentence shows."""

ERRORS = frozenset({
    "#REF!", "#N/A", "#VALUE!", "#ERROR!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    "#GETTING_DATA", "Loading...", "Loading…",
})  # fmt: skip
"""What a cell shows instead of a value when its formula failed or is at work (Google Sheets, Excel, LibreOffice)."""

# C0, DEL, C1, line and paragraph separators, bidi marks, embeddings, overrides and isolates (UAX #9), lone surrogates.
_BLANKS = re.compile("[\x00-\x20\x7f-\xa0\u061c\u1680\u2000-\u200a\u200e\u200f\u2028-\u202f\u205f\u2066-\u206f\u3000]+")
_ZERO_WIDTH = re.compile("[\u00ad\u180e\u200b\u2060-\u2065\ufeff\U000e0000-\U000e007f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_DARK = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]")
_STROKES = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "œ": "oe", "æ": "ae", "\u0131": "i"})


def shown(raw: Cell) -> str:
    """Return ``raw`` as people see it in its cell: ``45.0`` is ``45``, a checkbox is ``TRUE``, blank is ``""``."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    return format(raw, ".15g") if isinstance(raw, float) else _digits(raw)


def _digits(number: int) -> str:
    # str() of an int of more than 4300 digits raises ValueError; no sheet sends one, but nothing here may raise.
    return str(number) if abs(number) < 10**30 else format(float("inf") if number > 0 else float("-inf"), "g")


def single_line(text: str) -> str:
    """Return ``text`` on one line: every run of blanks, breaks, control and bidi characters becomes one blank.

    Characters without width are dropped, lone surrogates become U+FFFD; the rest is in Unicode form NFC.
    """
    if text.isprintable():  # false for every character that is treated below
        text = text.strip()
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    text = _BLANKS.sub(" ", _ZERO_WIDTH.sub("", text)).strip()
    return unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", text))


def paragraphs(text: str) -> str:
    """Return a long text with ``\\n`` as its only break, without control, bidi and invisible characters."""
    if text.isprintable():
        return text.strip()
    text = _DARK.sub("", _BREAKS.sub("\n", _ZERO_WIDTH.sub("", text)))
    return _SURROGATE.sub("\ufffd", text.replace("\t", " ").replace("\xa0", " ")).strip()


def clip(text: str, limit: int = CLIP) -> str:
    """Return ``text`` for a sentence: on one line and at most ``limit`` characters long."""
    text = single_line(text[: 4 * limit])
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def typed(raw: Cell) -> str:
    """Return a cell as a sentence quotes it."""
    return clip(shown(raw))


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return a name as it counts for "the same name": case, kinds of blanks and widths do not matter, accents do."""
    return " ".join(unicodedata.normalize("NFKC", single_line(text)).casefold().split())


def plain(text: str) -> str:
    """Return ``text`` in lower case without accents."""
    text = text.casefold()
    if text.isascii():
        return text
    split = unicodedata.normalize("NFKD", text)
    return "".join(ch for ch in split if not unicodedata.combining(ch)).translate(_STROKES)


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """Return only the letters and digits of ``text``, in lower case and without accents: for words from a list."""
    return "".join(ch for ch in plain(text) if ch.isalnum())


@lru_cache(maxsize=16384)
def _pairs(word: str) -> frozenset[str]:
    return frozenset(word[at : at + 2] for at in range(max(1, len(word) - 1)))


def likeness(one: str, two: str) -> float:
    """Return from 0 to 1 how many pairs of letters two words share (Dice's coefficient); both already :func:`bare`.

    A tenth of the price of ``difflib``: a column pasted into the wrong place makes a bad cell in every row.
    """
    a, b = _pairs(one), _pairs(two)
    return 2 * len(a & b) / (len(a) + len(b))


def joined(words: Iterable[str], last: str = "or") -> str:
    """Return ``a, b or c``."""
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end
