"""The sheet that is measured: a large team with years of history, the same in every run.

Of the meetings most are over, some are ahead, a few have something wrong in them: that is what a cycle meets.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from tests.fakes.sheets import serial

Row = dict[str, object]
"""One row by header."""

ORGANIZERS = 20
PURPOSE = "I want to hear what you would change in the courtyard."
_FIRST = ("Anna", "Ján", "Eva", "Peter", "Mária", "Jozef", "Zuzana", "Pavol", "Katarína", "Martin", "Jana", "Milan")
_LAST = ("Kováčová", "Horváth", "Benková", "Novák", "Tóthová", "Varga", "Urbanová", "Molnár", "Szabó", "Balážová")
_CARE = ("the playground", "rents and repairs", "the bus that no longer comes", "a room for the choir")
_STAGES = ("Took place",) * 16 + ("Didn't come", "We called off", "Agreed", "Agreed", "Draft")


def name(index: int) -> str:
    """Return the name of a contact; no two are called the same."""
    return f"{_FIRST[index % 12]} {_LAST[index // 12 % 10]} {index}"


def team() -> Iterator[Row]:
    """Yield the rows of ``Team``."""
    for index in range(ORGANIZERS):
        yield {"Name": f"Organizer {index}", "Email": f"o{index}@example.org", "Phone ✉": f"0903 {index:03d} 456"}


def contacts(number: int) -> Iterator[Row]:
    """Yield the rows of ``Contacts``."""
    for index in range(number):
        yield {
            "Name": name(index),
            "How to reach them": "Phone only" if index % 10 == 9 else "E-mail is fine",
            "Email": f"person{index}@example.org",
            "Phone": f"0903 {index // 1000:03d} {index % 1000:03d}",
            "Organizer": f"Organizer {index % ORGANIZERS}",
            "Tone": "Familiar" if index % 3 else None,
            "How we know them": "met at the spring fair",
            "What they care about": _CARE[index % 4],
        }


def meetings(number: int, people: int, today: date) -> Iterator[Row]:
    """Yield the rows of ``Meetings`` with ``people`` contacts: ``today`` divides history from what lies ahead."""
    for index in range(number):
        stage = _STAGES[index % len(_STAGES)]
        ahead = stage in ("Agreed", "Draft")
        day = today + timedelta(days=5 + index % 60) if ahead else today - timedelta(days=10 + index % 900)
        yield {
            "Contact": name(index * 7 % people),
            "Stage": stage,
            "Date": serial(day),
            "Time": (9 * 60 + index % 40 * 15) / 1440,
            "Place ✉": "Café Dobre, Hlavná 12",
            "Purpose ✉": PURPOSE if ahead else None,
            "Organizer": f"Organizer {index % ORGANIZERS}",
            "What I heard": None if ahead else _CARE[index % 4],
        }
