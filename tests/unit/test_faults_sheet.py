"""Faults of the sheet that ``docs/faults.md`` promises to survive, each played on a whole service."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sync.core.ports import Snapshot
from tests.fakes.office import Office, at
from tests.fakes.toy import ToySheet

THURSDAY = date(2027, 3, 11)


class TornSheet(ToySheet):
    """A sheet from which somebody deletes a whole tab."""

    def __init__(self, whole: ToySheet) -> None:
        super().__init__()
        self.rows, self.live, self.log = whole.rows, whole.live, whole.log
        self.gone = ""

    def read(self) -> Snapshot:
        found = super().read()
        tabs = {key: read for key, read in found.tabs.items() if key != self.gone}
        return replace(found, tabs=tabs, digest=f"{found.digest} {self.gone}")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.ledger.close()


@pytest.mark.parametrize("tab", ["meetings", "contacts", "team"])
def test_a_tab_that_is_gone_sends_and_cancels_nothing_and_goes_on_when_it_is_back(office: Office, tab: str) -> None:
    torn = TornSheet(office.sheet)
    office.sheet = office.service.backend = torn
    office.contact()
    office.meeting(THURSDAY)
    assert office.run(at(2, "12:00")) == ["confirmation"]
    torn.gone = tab
    assert office.run(at(9, "20:00")) == []
    torn.gone = ""
    assert office.run(at(11, "12:00")) == ["reminder_2d", "reminder_day"] or office.mailer.kinds()[-1] == "reminder_day"
    assert "cancellation" not in office.mailer.kinds()


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "Loading..."])
@pytest.mark.parametrize("cell", ["date", "time", "place", "stage", "contact"])
def test_a_formula_that_fails_in_a_told_row_tells_nobody_anything(office: Office, cell: str, error: str) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    good = meeting[cell]
    office.sheet.set(meeting, **{cell: error})
    assert office.run(at(3, "12:00")) == []
    print(cell, error, meeting["next"])
    office.sheet.set(meeting, **{cell: good})
    assert office.run(at(11, "12:00")) == ["reminder_2d", "reminder_day"]


def test_a_spreadsheet_whose_zone_changes_moves_no_meeting_of_a_team_with_a_zone(office: Office) -> None:
    office.sheet.add("settings", setting="Default time zone", value="Europe/Bratislava")
    office.contact()
    office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    office.sheet.zone = "America/New_York"
    assert office.run(at(11, "12:00")) == ["reminder_2d", "reminder_day"]


def test_zone_blank(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    office.sheet.zone = "America/New_York"
    office.run(at(3, "12:00"))
    print(office.mailer.kinds(), meeting["next"])


@pytest.mark.parametrize("cell", ["date", "time", "contact"])
def test_cells_merged_with_the_row_above_are_blank_and_cancel_nothing(office: Office, cell: str) -> None:
    office.contact()
    office.meeting(THURSDAY)
    office.contact("Eva Nová", "eva@example.org")
    below = office.meeting(THURSDAY, "18:30", contact="Eva Nová")
    office.run(at(2, "12:00"))
    typed = below[cell]
    office.sheet.set(below, **{cell: None})
    assert office.run(at(3, "12:00")) == []
    print(cell, below["next"], office.sheet.rows["contacts"][1]["next"])
    office.sheet.set(below, **{cell: typed})
    office.run(at(11, "12:00"))
    assert office.mailer.kinds("eva@example.org") == ["confirmation", "reminder_2d", "reminder_day"]


def test_a_move_that_was_told_and_is_taken_back_is_told_with_a_higher_number(office: Office) -> None:
    office.contact()
    meeting = office.meeting(date(2027, 3, 18))
    office.run(at(2, "12:00"))
    office.sheet.set(meeting, date=date(2027, 3, 19))
    office.run(at(3, "12:00"))
    office.sheet.set(meeting, date=date(2027, 3, 18))
    office.run(at(4, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "change", "change"]
    numbers = [line for i in range(3) for line in office.calendar(i).splitlines() if line.startswith("SEQUENCE")]
    assert numbers == ["SEQUENCE:0", "SEQUENCE:1", "SEQUENCE:2"]


def test_an_older_version_of_the_whole_file_sends_nothing_twice(office: Office) -> None:
    """Version history brings back every tab, also our columns and the Mail log."""
    office.contact()
    office.meeting(THURSDAY)
    office.pass_time(at(1, "12:04"))
    old = deepcopy((office.sheet.rows, office.sheet.log, office.sheet.live))
    office.run(at(9, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_2d"]
    office.sheet.rows, office.sheet.log, office.sheet.live = old
    office.restart()
    office.run(at(11, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_2d", "reminder_day"]
    (row,) = office.sheet.rows["meetings"]
    assert str(row["st_confirmation"]).startswith("Sent ")
