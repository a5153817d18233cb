"""The colours of our sentences, as facts: green done, amber waits, red needs a correction, grey rests.

A sentence is coloured by its first words, or by words anywhere in it: conditions that Google Sheets and every
spreadsheet program can check without us, so that the colour follows the text wherever it is moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .columns import SETTINGS, CellType, Owner, Tab
from .settings import SETTING_ROWS


class Shade(StrEnum):
    """A background, as ``#RRGGBB``; dark letters can be read on each."""

    RED = "#F8CFCB"
    AMBER = "#FCE8B2"
    GREY = "#E3E5E8"
    GREEN = "#D5EBD8"


@dataclass(frozen=True, slots=True)
class Mark:
    """One rule: a text that begins with ``words``, or holds them ``anywhere``, has ``shade``; case is no matter."""

    shade: Shade
    words: str
    anywhere: bool = False

    def holds(self, text: str) -> bool:
        """Return whether the rule is true of ``text``."""
        text, words = text.casefold(), self.words.casefold()
        return words in text if self.anywhere else text.startswith(words)


def _begins(shade: Shade, *words: str) -> tuple[Mark, ...]:
    return tuple(Mark(shade, one) for one in words)


def _holds(shade: Shade, *words: str) -> tuple[Mark, ...]:
    return tuple(Mark(shade, one, anywhere=True) for one in words)


_WRONG = (
    *_begins(Shade.RED, "Refused", "A promise cannot be read", "Team:"),
    *_holds(Shade.RED, " is empty", " are empty", " characters long.", " shows #", " was refused"),
)
_WAITS = (
    *_begins(Shade.AMBER, "Waits", "Waiting", "Not sure", "Practice", "The line broke", "Late since", "Open. Type",
             "This row is a copy", "All mail is stopped", "A column is missing", "The proposed day is over",
             "The log lost lines", "Presumed sent"),
    *_holds(Shade.AMBER, " is over. Choose ", " is Phone only."),
)  # fmt: skip
_RESTS = (
    *_begins(Shade.GREY, "Skipped", "Before start", "This was before the start", "Nothing goes", "On hold", "Quiet",
             "Not today", "No longer needed", "No thank-you goes", "Left"),
    *_holds(Shade.GREY, " wants to be left in peace."),
)  # fmt: skip
_DONE = _begins(
    Shade.GREEN, "Sent", "Done", "Kept", "Invitation sent", "Confirmation sent", "Change sent", "Cancellation sent",
    "2-day reminder sent", "Day-of reminder sent", "Thank-you sent",
)  # fmt: skip


def marks(tab: Tab) -> tuple[Mark, ...]:
    """Return the rules for the sentences of ``tab``; the first that holds counts.

    A sentence about a cell begins with the cell's heading and a colon (in ``Settings`` with the setting's name).
    """
    heads = [column.header.removesuffix(" ✉") for column in tab.columns if column.owner is Owner.TEAM]
    if tab is SETTINGS:
        heads = [row.label for row in SETTING_ROWS]
    return (*_begins(Shade.RED, *(f"{head}:" for head in heads)), *_WRONG, *_WAITS, *_RESTS, *_DONE)


def shade_of(tab: Tab, sentence: str) -> Shade | None:
    """Return the colour that people see behind ``sentence`` in ``tab``; ``None`` when it has none."""
    return next((mark.shade for mark in marks(tab) if mark.holds(sentence)), None)


def shaded(tab: Tab) -> frozenset[str]:
    """Return the keys of the columns of ``tab`` whose texts are coloured."""
    return frozenset(c.key for c in tab.columns if c.key in {"next", "result"} or c.type is CellType.STATUS)
