"""The words of ``Start here`` and ``Dashboard`` in a workbook: a guide of one minute."""

from __future__ import annotations

GREEN, AMBER, RED, GREY = "D5EBD8", "FCE8B2", "F8CFCB", "E3E5E8"

GUIDE: tuple[tuple[str, str], ...] = (
    ("What to do first", ""),
    ("1. Team", "Who of you meets people, with an e-mail address and a phone number."),
    ("2. Contacts", "The people you want to meet. Nothing is mailed before you choose how to reach them."),
    ("3. Meetings", "One row for each one-on-one. Nothing goes while Stage is blank or Draft. "
                    "Choose Agreed when day, time and place are settled."),
    ("4. Promises", "What you promised each other. We remind the one who promised."),
    ("", ""),
    ("Good to know", ""),
    ("What happens next", "Says in every row what goes and when, or what to type. Grey columns are ours."),
    ("✉ in a heading", "They read that cell word for word. Nothing else you write here is mailed to them."),
    ("A slip?", "Correct the cell. Mail waits a few minutes after the last change."),
    ("Close this file", "We can write only while it is closed. Have a look, type, save, close."),
    ("Stop everything", "Choose TRUE beside Stop all mail, and save. Nothing leaves until it is FALSE again."),
)  # fmt: skip
"""Label and sentence of each line; a label without a sentence is a heading."""

COLOURS: tuple[tuple[str, str, str], ...] = (
    ("Green", "done", GREEN),
    ("Amber", "waits for its time, or for one of you", AMBER),
    ("Red", "needs a correction", RED),
    ("Grey", "rests", GREY),
)
COLOURS_HEADING = "What the colours mean"
GUIDE_FIRST_ROW = 6
DASHBOARD_HEADING = "How we are doing"
