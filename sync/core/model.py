"""The domain: Contact, Organizer, Meeting, Commitment, and the Book that links them; and Problem.

One frozen pydantic model per row.  Cells that could not be read are named in ``unread`` with their problem, so that a
mail that would use them does not go (``design.md`` 4, rule 1) while everything else goes on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from .say import Say
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one cell: where it stands, the value as typed, and one sentence with the remedy.

    ``row`` is the row number people see; ``row_id`` is empty for a row without an id; ``column`` is a column key, or
    empty when the whole tab is meant.  ``hint`` marks advice that stops nothing.
    """

    tab: str
    row: int
    row_id: str
    column: str
    value: str
    sentence: Say
    hint: bool = False


class Reach(StrEnum):
    """``How to reach them``."""

    ASK_FIRST = "Ask first"
    EMAIL = "E-mail is fine"
    FEW = "Few e-mails"
    PHONE = "Phone only"
    PEACE = "Leave in peace"
    AGAIN = "E-mail again, they asked"


class Stage(StrEnum):
    """``Stage`` of a meeting."""

    DRAFT = "Draft"
    INVITE = "Invite"
    AGREED = "Agreed"
    CONFIRMED = "Confirmed"
    TOOK_PLACE = "Took place"
    NO_SHOW = "Didn't come"
    POSTPONED = "Postponed"
    THEY_CALLED_OFF = "They called off"
    WE_CALLED_OFF = "We called off"


class RowModel(BaseModel):
    """What every row has: its id (empty before it has one), its number, the fingerprint of its team cells.

    ``unread`` maps column keys of cells that hold something we could not read to the sentence about it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    id: str = ""
    row: int = 0
    fingerprint: str = ""
    unread: Mapping[str, Say] = {}


class Organizer(RowModel):
    """A row of ``Team``."""

    name: str
    email: str = ""
    phone: str = ""
    signature: str = ""
    language: str = ""
    zone: str = ""
    briefs: bool = False
    digest: str = ""
    told_when_stops: bool = False
    left: dt.date | None = None
    heir: str = ""  # organizer id, or row key while it has none


class Contact(RowModel):
    """A row of ``Contacts``.  ``email`` is normalised, empty when there is none or it cannot be used."""

    name: str
    reach: Reach = Reach.ASK_FIRST
    email: str = ""
    phone: str = ""
    organizer: str = ""
    greeting: str = ""
    tone: str = "Polite"
    language: str = ""
    how_we_know: str = ""
    care_about: str = ""
    mention: str = ""
    quiet_until: dt.date | None = None
    dropped_out: dt.date | None = None
    notes: str = ""


class Meeting(RowModel):
    """A row of ``Meetings``: one one-on-one.

    ``start`` is aware in ``zone`` when date and time are both there.  ``contact`` and ``organizer`` are the linked
    rows, ``None`` when the name could not be resolved (then ``unread`` says why).
    """

    contact: Contact | None = None
    organizer: Organizer | None = None
    contact_name: str = ""
    stage: Stage = Stage.DRAFT
    date: dt.date | None = None
    time: dt.time | None = None
    zone: str = "UTC"
    start: dt.datetime | None = None
    minutes: int = 45
    place: str = ""
    purpose: str = ""
    answer: str = ""
    heard: str = ""
    thanks: str = ""
    next_step: str = ""
    next_step_date: dt.date | dt.datetime | None = None
    ask_again: dt.date | None = None
    hold: bool = False
    ask: str = ""
    preparation: str = ""
    team_notes: str = ""
    contact_id: str = ""  # as written beside the row: whom the name meant


class Commitment(RowModel):
    """A row of ``Promises``; ``side`` is We or They."""

    contact: Contact | None = None
    contact_name: str = ""
    side: str = "We"
    what: str = ""
    due: dt.date | None = None
    who: Organizer | None = None
    done: dt.date | None = None
    released: dt.date | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """All tables parsed, checked and linked.  Only rows that count are in it; ``row_key`` tells rows apart.

    ``halted`` names tabs (keys) from which no mail may go because a required column is missing or doubled.
    ``stop_all`` is ``None`` when the cell holds something that is neither a tick nor blank.
    """

    settings: Settings
    contacts: tuple[Contact, ...] = ()
    meetings: tuple[Meeting, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    organizers: tuple[Organizer, ...] = ()
    problems: tuple[Problem, ...] = ()
    halted: frozenset[str] = field(default_factory=frozenset)
    stop_all: bool | None = False
