"""Faults of the sheet that ``docs/faults.md`` promises to survive, each played on a whole service."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sync.core.columns import TAB
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
    assert f'The tab "{TAB[tab].title}" is missing. Bring it back' in torn.live["Last check"]
    torn.gone = ""
    office.run(at(11, "12:00"))
    assert office.mailer.kinds()[-1] == "reminder_day"
    assert "missing" not in torn.live["Last check"]
    assert not {"change", "cancellation"} & set(office.mailer.kinds())


@pytest.mark.parametrize("error", ["#REF!", "#N/A", "Loading..."])
@pytest.mark.parametrize("cell", ["date", "time", "place", "stage", "contact"])
def test_a_formula_that_fails_in_a_told_row_tells_nobody_anything(office: Office, cell: str, error: str) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    good = meeting[cell]
    office.sheet.set(meeting, **{cell: error})
    assert office.run(at(3, "12:00")) == []
    header = TAB["meetings"].column(cell).header.removesuffix(" ✉")
    assert meeting["next"] == f"{header} shows {error}. Type the value again, or mend the formula."
    office.sheet.set(meeting, **{cell: good})
    assert office.run(at(11, "12:00")) == ["reminder_2d", "reminder_day"]


def test_a_spreadsheet_whose_zone_changes_moves_no_meeting_of_a_team_with_a_zone(office: Office) -> None:
    office.sheet.add("settings", setting="Default time zone", value="Europe/Bratislava")
    office.contact()
    office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    office.sheet.zone = "America/New_York"
    assert office.run(at(11, "12:00")) == ["reminder_2d", "reminder_day"]


@pytest.mark.parametrize("where", ["spreadsheet", "settings"])
def test_a_zone_that_changes_for_the_whole_team_waits_for_an_ok(office: Office, where: str) -> None:
    """One cell, perhaps touched by mistake, would tell everybody another hour."""
    setting = office.sheet.add("settings", setting="Default time zone", value="Europe/Bratislava")
    if where == "spreadsheet":
        office.sheet.set(setting, value=None)
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    zone, office.sheet.zone = office.sheet.zone, "America/New_York"
    office.sheet.set(setting, value=None if where == "spreadsheet" else "America/New_York")
    assert office.run(at(4, "20:00")) == []
    words = str(meeting["next"])
    assert words.startswith("The time zone was Europe/Bratislava when Anna Kováčová was told, and is America/New_York")
    code = words.split("type ")[1].split(" ")[0]
    office.sheet.zone = zone
    office.sheet.set(setting, value=None if where == "spreadsheet" else "Europe/Bratislava")
    assert office.run(at(9, "12:00")) == ["reminder_2d"]
    office.sheet.set(setting, value="America/New_York")
    office.sheet.add("settings", setting="Approve waiting mail", value=code)
    assert office.run(at(9, "20:00")) == ["change"], "somebody has looked"


def test_a_row_with_a_zone_of_its_own_is_simply_changed(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    office.sheet.set(meeting, zone="Europe/London")
    assert office.run(at(3, "12:00")) == ["change"]


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
    said = str(office.sheet.rows["contacts"][1]["next"] if cell == "contact" else below["next"])
    assert said.startswith("The row of Thu 11 Mar 18:30 is gone" if cell == "contact" else f"{cell.title()} is empty.")
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
