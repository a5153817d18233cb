"""What a mail to a contact may say: an explicit list, and nothing else of the sheet.

Templates never see a row.  They see the names, the date, the hours, the zone, the length and the columns marked ✉
(``design.md`` 3); a column that is not written down here cannot reach a mail.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from .headers_safe import clean_line, clean_text
from .intent import Intent
from .markup import Slot
from .model import Commitment, Organizer
from .ports import Told
from .wording import Wording, end_of


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one template may use: ``values`` fill its slots, ``flags`` choose between its sentences.

    ``ours`` and ``theirs`` are the promises, each a mapping of slots (``what``, ``by``, ``who``) and the flag
    ``sentence``: the words end in a stop of their own.
    """

    values: Mapping[str, str]
    flags: Mapping[str, bool | str]
    ours: tuple[Mapping[str, Slot | bool], ...]
    theirs: tuple[Mapping[str, Slot | bool], ...]

    def context(self) -> dict[str, object]:
        """Return the variables of the template; values are there only as slots."""
        slots = {name: Slot(name, bool(value)) for name, value in self.values.items()}
        return {**slots, **self.flags, "ours": self.ours, "theirs": self.theirs}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a mail is written in: language, team, local day of sending, whether replies are read, a calendar part."""

    wording: Wording
    team: str
    today: dt.date
    reader: bool
    calendar: bool


def spoken_of(intent: Intent) -> Told | None:
    """Return the facts this mail is about: for a cancellation what the person was told last, else what it tells."""
    if intent.kind == "cancellation" and intent.before is not None:
        return intent.before
    return intent.told


def start_of(intent: Intent) -> dt.datetime | None:
    """Return the start this mail speaks of, aware in the meeting's zone, or ``None`` when there is none yet."""
    told = spoken_of(intent)
    return told.start if told else intent.meeting.start


def facts(intent: Intent, around: Surroundings) -> Facts:
    """Return what the mail ``intent`` may say."""
    told = spoken_of(intent)
    meeting = intent.meeting
    values = {
        **_people(intent, around.team),
        **_hours("", start_of(intent), told.minutes if told else meeting.minutes, around),
        "zone": around.wording.zone_city(told.zone if told else meeting.zone),
        **_place("", told.place if told else meeting.place),
        "purpose": clean_text((told.purpose if told else "") or meeting.purpose),
        "thanks": clean_text(meeting.thanks),
    }
    before = intent.before
    values |= _hours("old_", before.start if before else None, before.minutes if before else 0, around)
    values |= _place("old_", before.place if before else "")
    promises: dict[str, list[Mapping[str, Slot | bool]]] = {"We": [], "They": []}
    for number, promise in enumerate(intent.promises):
        promises[promise.side].append(_promise(number, promise, intent.organizer, values, around))
    return Facts(values, _flags(intent, around), tuple(promises["We"]), tuple(promises["They"]))


def _people(intent: Intent, team: str) -> dict[str, str]:
    organizer = intent.organizer
    name, phone = clean_line(organizer.name), clean_line(organizer.phone)
    signature = clean_line(organizer.signature)
    return {
        "name": clean_line(intent.contact.name),
        "greeting": clean_line(intent.contact.greeting),
        "organizer": name,
        "phone": phone,
        "own_signature": signature,
        "signature": signature or ", ".join(part for part in (name, phone) if part),
        "team": "" if team == name else clean_line(team),
    }


def _hours(prefix: str, start: dt.datetime | None, minutes: int, around: Surroundings) -> dict[str, str]:
    say = around.wording
    said = dict.fromkeys(("day", "weekday", "date", "time", "end"), "")
    if start is not None:
        said = {
            "day": say.day(start.date(), around.today.year),
            "weekday": say.weekday(start.date()),
            "date": say.date(start.date()),
            "time": say.clock(start),
            "end": say.clock(end_of(start, minutes)),
        }
    said["minutes"] = say.minutes(minutes) if minutes else ""
    return {prefix + name: words for name, words in said.items()}


def _place(prefix: str, place: str) -> dict[str, str]:
    """Return the place, and its first part for a subject ("Café Dobre"; "12, Main Street" stays whole)."""
    place = clean_line(place)
    first = place.split(",")[0]
    short = first if sum(letter.isalpha() for letter in first) > 2 else place
    return {f"{prefix}place": place, f"{prefix}place_short": short if len(short) <= 60 else short[:59] + "…"}


def _promise(
    number: int, promise: Commitment, organizer: Organizer, values: dict[str, str], around: Surroundings
) -> Mapping[str, Slot | bool]:
    """Add one promise to ``values`` and return its slots; ``who`` is somebody else of the team who keeps it."""
    what = clean_text(promise.what)
    other = promise.side == "We" and promise.who is not None and promise.who.name != organizer.name
    said = {
        "what": what,
        "by": around.wording.day(promise.due, around.today.year) if promise.due else "",
        "who": clean_line(promise.who.name) if other and promise.who else "",
    }
    values.update({f"{name}_{number}": words for name, words in said.items()})
    slots = {name: Slot(f"{name}_{number}", bool(words)) for name, words in said.items()}
    return {**slots, "sentence": what.endswith((".", "!", "?", "…"))}


def _flags(intent: Intent, around: Surroundings) -> dict[str, bool | str]:
    start, told, before, organizer = start_of(intent), intent.told, intent.before, intent.organizer
    days = (start.date() - around.today).days if start else None
    changed = {"moved": False, "new_place": False, "new_length": False, "new_organizer": False}
    if told and before:
        changed = {
            "moved": told.start != before.start,
            "new_place": told.place != before.place,
            "new_length": told.minutes != before.minutes,
            "new_organizer": told.organizer != before.organizer,
        }
    # The same facts, once more, to a corrected address: whether the first mail was read nobody can tell.
    again = intent.kind == "confirmation" and before is not None and not before.cancelled
    return {
        **changed,
        "revived": intent.kind == "confirmation" and before is not None and before.cancelled,
        "new_day": bool(told and before and told.start.date() != before.start.date()),
        "again": again,
        "variant": intent.variant,
        "familiar": intent.contact.tone == "Familiar",
        "first": intent.first or again,
        "reader": around.reader,
        "reply": around.reader or bool(organizer.email),
        "phone_signed": not organizer.signature or (bool(organizer.phone) and organizer.phone in organizer.signature),
        "calendar": around.calendar,
        "today": days == 0,
        "tomorrow": days == 1,
    }
