"""What a user would write instead: gspread, pydantic rows, one ``update_cell`` for each status."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import gspread
from google.oauth2 import service_account
from pydantic import BaseModel, Field, ValidationError

from tests.fakes.sheets.client import SCOPES, Credentials, ToEmulator

TRIED = 30
"""So many ``update_cell`` are measured; more would take minutes, and Google allows 60 a minute."""


class ContactRow(BaseModel):
    """A row of ``Contacts``."""

    name: str = Field(alias="Name", min_length=1)
    reach: str = Field(alias="How to reach them")
    email: str = Field(alias="Email", pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
    phone: str = Field(alias="Phone", coerce_numbers_to_str=True)
    organizer: str = Field(alias="Organizer")


class MeetingRow(BaseModel):
    """A row of ``Meetings``; the serial number of its day is turned into a date."""

    contact: str = Field(alias="Contact", min_length=1)
    stage: str = Field(alias="Stage")
    day: float = Field(alias="Date")
    at: float = Field(alias="Time")
    place: str = Field(alias="Place ✉")
    organizer: str = Field(alias="Organizer")

    def status(self, today: date) -> str:
        """Return what the script writes into the row."""
        day = date(1899, 12, 30) + timedelta(days=int(self.day))
        return f"Next: {day:%a %d %b}" if self.stage == "Agreed" and day > today else "Nothing goes."


def run(address: tuple[str, str, str], today: date, changed: int) -> dict[str, float]:
    """Run the script once; return seconds by what it did: ``read`` (and check), ``cell``, ``first``, ``changed``.

    ``first`` and ``changed`` are worked out: the reading, and one ``update_cell`` for every status or changed row.
    """
    url, book, key = address
    make: Any = Credentials.from_service_account_file
    credentials: service_account.Credentials = make(key, scopes=SCOPES)
    client = gspread.Client(credentials, http_client=type("Transport", (ToEmulator,), {"base": url}))
    began = time.perf_counter()
    file = client.open_by_key(book)
    meetings = file.worksheet("Meetings")
    people = [row for row in map(_contact, _records(file.worksheet("Contacts"))) if row]
    rows = [row for row in map(_meeting, _records(meetings)) if row]
    statuses = [row.status(today) for row in rows]
    read = time.perf_counter() - began
    column = meetings.row_values(1).index("What happens next") + 1
    began = time.perf_counter()
    for number in range(2, min(TRIED, len(statuses)) + 2):
        meetings.update_cell(number, column, statuses[number - 2])
    cell = (time.perf_counter() - began) / min(TRIED, len(statuses))
    client.http_client.session.close()
    return {
        "read": read, "cell": cell, "first": read + cell * (len(people) + len(rows)), "changed": read + cell * changed,
    }  # fmt: skip


def _records(sheet: gspread.Worksheet) -> list[dict[str, Any]]:
    return sheet.get_all_records(value_render_option=gspread.utils.ValueRenderOption.unformatted)


def _contact(row: dict[str, Any]) -> ContactRow | None:
    try:
        return ContactRow.model_validate(row)
    except ValidationError:
        return None


def _meeting(row: dict[str, Any]) -> MeetingRow | None:
    try:
        return MeetingRow.model_validate(row)
    except ValidationError:
        return None
