"""What every spreadsheet does alike: set-up, mending, and reading what people typed.

Each test runs on every harness (see ``conftest.py``); writing is in ``test_backend_writing.py``.  ``design.md`` 3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pytest

from sync.core.columns import LIVE_FIRST_ROW, LIVE_LINES, READ_TABS, STOP_WORDS, TAB, TABS
from sync.core.guide import COLOURS, GUIDE_ROW, guide
from sync.core.headers import bind
from sync.core.marks import LINE
from sync.core.ports import Cell
from sync.core.settings import SETTING_ROWS
from tests.contract.harness import Harness
from tests.contract.people import IDS, NASTY, edit_of, fill, row_of, told

# --- set-up ----------------------------------------------------------------------------------------------------------


def test_set_up_makes_every_tab_with_its_headers_in_order(harness: Harness) -> None:
    done = harness.backend().repair()
    assert [title for title in harness.titles() if title in {tab.title for tab in TABS}] == [tab.title for tab in TABS]
    for tab in TABS:
        if tab.table:
            assert harness.header(tab.title) == [column.header for column in tab.columns]
    assert all(any(tab.title in one.what for one in done) for tab in TABS)


def test_set_up_fills_start_here_and_settings(ready: Harness) -> None:
    assert ready.at("Start here", "A1") == STOP_WORDS
    assert ready.at("Start here", "B1") in (False, None)
    assert [ready.at("Start here", f"A{row}") for row in range(3, 7)] == list(LIVE_LINES)
    for number, setting in enumerate(SETTING_ROWS, 2):
        assert ready.cell("Settings", number, "Setting") == setting.label
        assert ready.cell("Settings", number, "What it does") == setting.what
        assert str(ready.cell("Settings", number, "Value") or "") == setting.default


def test_the_guide_stands_below_and_the_services_own_line_is_out_of_sight(ready: Harness) -> None:
    shown = [(ready.at("Start here", f"A{row}") or "", ready.at("Start here", f"B{row}") or "") for row in range(1, 60)]
    for file in (True, False):
        lines = guide(file=file)
        if shown[GUIDE_ROW - 1 : GUIDE_ROW - 1 + len(lines)] == list(lines):
            break
    else:
        raise AssertionError(shown)
    below = shown[GUIDE_ROW - 1 + len(lines) :]
    assert below[: len(COLOURS)] == [(name, meaning) for name, meaning, _ in COLOURS]
    assert not any(any(line) for line in below[len(COLOURS) :])
    assert ready.hidden_rows("Start here") == [LIVE_FIRST_ROW + LIVE_LINES.index(LINE)]


def test_a_second_set_up_does_nothing(people: Harness) -> None:
    before = people.team_cells()
    assert people.backend().repair() == ()
    assert people.team_cells() == before


def test_an_emptied_value_stays_empty(ready: Harness) -> None:
    row = row_of(ready, "Settings", "Setting", "No mail before")
    ready.type("Settings", row, "Value", None)
    assert ready.backend().repair() == ()
    assert ready.cell("Settings", row, "Value") is None


def test_a_deleted_column_comes_back_and_nothing_else_changes(people: Harness) -> None:
    people.delete_column("Contacts", "Phone")
    before = people.team_cells()
    done = people.backend().repair()
    assert all("Contacts" in one.what for one in done)
    assert sum("Phone" in one.what for one in done) == 1
    assert sorted(people.header("Contacts")) == sorted(column.header for column in TAB["contacts"].columns)
    after = people.team_cells()
    assert {at: value for at, value in after.items() if at[1] != "Phone"} == before
    assert people.backend().repair() == ()


def test_a_deleted_tab_comes_back_in_its_place(people: Harness) -> None:
    people.delete_tab("Promises")
    assert "promises" in people.backend().read().lost
    done = people.backend().repair()
    assert any("Promises" in one.what for one in done)
    assert people.header("Promises") == [column.header for column in TAB["promises"].columns]
    assert told(people, "Anna Kováčová", "ID") == IDS["Anna Kováčová"]
    assert people.backend().read().lost == ()
    assert people.backend().repair() == ()


def test_a_column_headed_by_an_alias_is_not_made_again(people: Harness) -> None:
    people.rename_header("Contacts", "Email", "E-mail")
    assert people.backend().repair() == ()
    assert "Email" not in people.header("Contacts")


def test_a_deleted_setting_comes_back_with_its_usual_value(ready: Harness) -> None:
    row = row_of(ready, "Settings", "Setting", "Brief at")
    ready.type("Settings", row_of(ready, "Settings", "Setting", "Usual length"), "Value", 60)
    ready.delete_row("Settings", row)
    done = ready.backend().repair()
    assert len(done) == 1
    assert "Brief at" in done[0].what
    assert ready.cell("Settings", row_of(ready, "Settings", "Setting", "Brief at"), "Value") == "17:00"
    assert ready.cell("Settings", row_of(ready, "Settings", "Setting", "Usual length"), "Value") == 60
    assert ready.backend().repair() == ()


def test_set_up_fills_blank_values_with_what_it_is_told_and_no_others(ready: Harness) -> None:
    def value(label: str) -> Cell:
        return ready.cell("Settings", row_of(ready, "Settings", "Setting", label), "Value")

    ready.delete_row("Settings", row_of(ready, "Settings", "Setting", "Default language"))
    told_to = {"team_name": "=1+1 Co-op", "zone": "Europe/London", "language": "sk", "no_mail_before": "06:00"}
    ready.type("Settings", row_of(ready, "Settings", "Setting", "Default time zone"), "Value", "Europe/Prague")
    before = ready.team_cells()
    done = [one.what for one in ready.backend().repair(told_to)]
    assert (value("Team name"), value("Default language")) == ("=1+1 Co-op", "sk")
    assert ready.is_text("Settings", row_of(ready, "Settings", "Setting", "Team name"), "Value")
    assert (value("Default time zone"), value("No mail before")) == ("Europe/Prague", "08:00")
    assert sum("Team name" in one for one in done) == 1
    assert len(done) == 2
    assert before.items() <= ready.team_cells().items()
    assert ready.backend().repair(told_to) == ()


def test_a_new_sheet_begins_with_what_set_up_is_told(harness: Harness) -> None:
    harness.backend().repair({"team_name": "Harbour Street", "zone": "Europe/London"})
    found = {row[0]: row[1] for row in harness.rows("Settings") if row}
    assert (found["Team name"], found["Default time zone"]) == ("Harbour Street", "Europe/London")
    assert found["Usual length"] in (45, "45")


# --- reading ---------------------------------------------------------------------------------------------------------


def test_reads_what_people_typed(ready: Harness) -> None:
    day = float((dt.date(2027, 3, 11) - dt.date(1899, 12, 30)).days)
    typed: Mapping[str, Cell] = {
        "Contact": NASTY, "Stage": "Agreed", "Date": day, "Time": 0.75, "Place ✉": "Café 'Dobre', \"Hlavná\" 12 ☕",
        "Purpose ✉": "One line.\nAnother line.", "Organizer": "Jana", "Hold mail": True, "Minutes": 45,
    }  # fmt: skip
    fill(ready, "Meetings", [typed])
    read = ready.backend().read().tabs["meetings"]
    columns = {column.header: column.key for column in TAB["meetings"].columns}
    assert {header: read.cell(read.rows[0], columns[header]) for header in typed} == typed
    assert read.cell(read.rows[0], "hold") is True
    assert read.cell(read.rows[0], "ask") is None


def test_text_that_looks_like_a_number_stays_text(ready: Harness) -> None:
    fill(ready, "Contacts", [{"Name": "Eva", "Phone": "0903123456"}, {"Name": "007"}])
    read = ready.backend().read().tabs["contacts"]
    assert read.cell(read.rows[0], "phone") == "0903123456"
    assert read.cell(read.rows[1], "name") == "007"


def test_a_snapshot_says_whose_it_is(ready: Harness) -> None:
    snapshot = ready.backend().read()
    assert (snapshot.zone, snapshot.locale) == (ready.zone, ready.locale)
    assert snapshot.lost == ()
    assert set(snapshot.tabs) == {tab.key for tab in READ_TABS}
    assert snapshot.sheet == ready.backend().read().sheet != ""
    assert ready.backend().where() != ""


def test_ragged_rows_and_blank_rows_between(ready: Harness) -> None:
    ready.type("Contacts", 2, "Name", "Anna")
    ready.type("Contacts", 5, "Name", "Eva")
    ready.type("Contacts", 5, "Notes", "far right")
    read = ready.backend().read().tabs["contacts"]
    named = {read.first_row + i: read.cell(row, "name") for i, row in enumerate(read.rows) if read.cell(row, "name")}
    assert named == {2: "Anna", 5: "Eva"}
    assert read.cell(read.rows[5 - read.first_row], "notes") == "far right"
    assert read.cell(read.rows[2 - read.first_row], "notes") is None


@pytest.mark.parametrize(("typed", "seen"), [(True, True), (False, False), ("yes please", "yes please")])
def test_stop_all_mail_is_read(ready: Harness, typed: Cell, seen: Cell) -> None:
    ready.set_stop_all(typed)
    assert ready.backend().read().stop_all == seen


def test_the_digest_tells_a_change(people: Harness) -> None:
    backend = people.backend()
    first = backend.read()
    assert backend.read().digest == first.digest
    people.type("Contacts", 2, "Notes", "likes coffee")
    second = backend.read()
    assert second.digest != first.digest
    assert second.tabs["contacts"].cell(second.tabs["contacts"].rows[0], "notes") == "likes coffee"


# --- columns that people rename, move and lose -----------------------------------------------------------------------


def test_a_renamed_column_is_still_that_column(people: Harness) -> None:
    people.rename_header("Contacts", "Email", "How she writes")
    read = people.backend().read().tabs["contacts"]
    assert read.cell(read.rows[0], "email") == "anna@example.org"
    assert "How she writes" in read.found


def test_a_renamed_tab_is_still_that_tab(people: Harness) -> None:
    people.rename_tab("Contacts", "Neighbours")
    backend = people.backend()
    snapshot = backend.read()
    assert snapshot.lost == ()
    assert snapshot.tabs["contacts"].cell(snapshot.tabs["contacts"].rows[0], "name") == "Anna Kováčová"
    before = people.team_cells()
    assert backend.write([edit_of(snapshot, "contacts", NASTY, "next", "Goes")], {}).cells == 1
    assert people.cell("Neighbours", 3, "What happens next") == "Goes"
    assert people.team_cells() == before
    assert people.backend().repair() == ()


def test_a_lost_required_column_is_reported(people: Harness) -> None:
    people.delete_column("Contacts", "Name")
    read = people.backend().read().tabs["contacts"]
    assert "name" not in read.columns
    assert [column.key for column in bind(TAB["contacts"], read.found).missing] == ["name"]


def test_a_doubled_header_is_reported(people: Harness) -> None:
    people.insert_column("Contacts", "Notes", "Email")
    assert "Email" in people.backend().read().tabs["contacts"].doubled


def test_a_lost_tab_is_reported_and_the_others_are_read(people: Harness) -> None:
    people.delete_tab("Team")
    snapshot = people.backend().read()
    assert snapshot.lost == ("team",)
    assert "team" not in snapshot.tabs
    assert snapshot.tabs["contacts"].rows


def test_an_own_column_of_the_team_does_not_disturb(people: Harness) -> None:
    people.insert_column("Contacts", "Name", "Street")
    people.type("Contacts", 2, "Street", "Hlavná")
    backend = people.backend()
    snapshot = backend.read()
    read = snapshot.tabs["contacts"]
    assert read.cell(read.rows[0], "name") == "Anna Kováčová"
    before = people.team_cells()
    assert backend.write([edit_of(snapshot, "contacts", "Anna Kováčová", "next", "Goes")], {}).cells == 1
    assert people.team_cells() == before
    assert told(people, "Anna Kováčová") == "Goes"
    people.backend().repair()  # may widen the filter, so that sorting takes the new column along
    assert people.team_cells() == before
    assert people.backend().repair() == ()
