"""The words of ``Start here``, the same for every kind of spreadsheet: a guide of one minute.

It says only what the service does today; what it does not do yet does not stand here.
"""

from __future__ import annotations

from .columns import LIVE_FIRST_ROW, LIVE_LINES, STOP_WORDS
from .shades import Shade

GUIDE_ROW = LIVE_FIRST_ROW + len(LIVE_LINES) + 1
"""The row of the guide's first line, with a blank one between it and the live lines."""

_TO_DO = (
    ("How it works", ""),
    ("1. Team", "Begin with yourself: name, e-mail address, and the number people call when something comes up."),
    ("2. Contacts", "The people you want to sit down with. Nobody gets mail before you choose E-mail is fine, so ask "
                    "them first."),
    ("3. Meetings", "One row for each one-on-one: who, day, time, place, and one sentence they will read. When you "
                    "have settled it with them, choose Agreed."),
    ("4. Promises", "What you promised them, and they you. The thank-you names it, so that you both have the same "
                    "note."),
)  # fmt: skip
_WHAT_GOES = (
    ("What goes to them", ""),
    ("Invitation", "Choose Invite and write why you would like to meet. It asks once; no is a good answer too."),
    ("Confirmation", "When your row has rested for a few minutes, with an invite for their calendar."),
    ("Two days before", "\"Still good for Thursday?\" Choose Confirmed when they have said yes, and nobody asks."),
    ("On the day", "In the morning: time, place, and your number."),
    ("Thank-you", "Choose Took place and write a Thank-you line. It goes the next morning, with the promises."),
    ("Something changed?", "Type the new day, or choose Postponed, They called off or We called off. They are told, "
                           "once."),
)  # fmt: skip
_TO_KNOW = (
    ("Good to know", ""),
    ("What happens next", "Says in every row what goes and when, or what to type. Grey columns are ours, all others "
                          "are yours."),
    ("✉ in a heading", "They read that cell word for word. Of the rest they see names, day, time and length; your "
                       "notes stay here."),
    ("A slip?", "Correct the cell. Mail waits until you leave the row alone, so most slips go nowhere."),
)  # fmt: skip
_ONLINE = ((STOP_WORDS, "Tick the box in the first row, and nothing leaves until you take the tick away."),)
_FILE = (
    (STOP_WORDS, "Choose TRUE in the first row and save. Nothing leaves until it says FALSE again."),
    ("Close this file", "We can write only while it is closed. Have a look, type, save, close."),
)

COLOURS: tuple[tuple[str, str, Shade], ...] = (
    ("Green", "done", Shade.GREEN),
    ("Amber", "waits for its time, or for one of you", Shade.AMBER),
    ("Red", "needs a correction; the sentence says what to type", Shade.RED),
    ("Grey", "rests, nothing goes", Shade.GREY),
)
COLOURS_HEADING = "What the colours mean"


def guide(*, file: bool) -> tuple[tuple[str, str], ...]:
    """Return label and sentence of each line; a label without a sentence is a heading, and nothing at all a blank line.

    ``file``: the spreadsheet is a workbook, which is saved and closed, and has no ticks.
    """
    blank = (("", ""),)
    known = (*_TO_KNOW, *(_FILE if file else _ONLINE))
    return (*_TO_DO, *blank, *_WHAT_GOES, *blank, *known, *blank, (COLOURS_HEADING, ""))
