"""The Google backend beyond the shared suite: requests counted, and people who edit between two of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.core.ports import CellEdit, RowRef, Written
from tests.contract.google_sheet import before, calls, sentences, tell
from tests.contract.harness_google import BOOK, GoogleHarness
from tests.fakes.sheets import faults

pytest_plugins = ("tests.contract.google_fixtures",)


# --- requests counted ------------------------------------------------------------------------------------------------


def test_set_up_takes_one_write_and_a_second_run_takes_none(bare: GoogleHarness) -> None:
    done = bare.backend().repair()
    assert calls(bare).count("w") == 1
    assert "Made the tab Meetings." in [repair.what for repair in done]
    bare.emulator.reset_log()
    assert bare.backend().repair() == ()
    assert "w" not in calls(bare)


def test_an_idle_read_is_one_request_and_the_very_same_snapshot(google: GoogleHarness) -> None:
    backend = google.backend()
    first = backend.read()
    google.emulator.reset_log()
    assert backend.read() is first
    assert calls(google) == ["r"]


def test_a_write_is_one_read_and_one_write_with_the_live_lines_in_it(google: GoogleHarness) -> None:
    backend = google.backend()
    backend.read()
    google.emulator.reset_log()
    written = backend.write([tell("Ben", "Soon."), tell("Emil", "Later.")], {"Last check": "Tue 2 Mar 10:00"})
    assert written == Written(cells=2)
    assert calls(google) == ["r", "w"]
    assert google.at("Start here", "B3") == "Tue 2 Mar 10:00"
    assert sentences(google) == {"Anna": None, "Ben": "Soon.", "Cecil": None, "Dora": None, "Emil": "Later."}


def test_live_lines_alone_are_one_write_and_follow_inserted_rows(google: GoogleHarness) -> None:
    backend = google.backend()
    backend.read()
    google.hand.insert_rows("Start here", 2, 3)
    google.emulator.reset_log()
    backend.write([], {"Last check": "10:00", "Next check": "10:01"})
    assert calls(google) == ["w"]
    assert (google.at("Start here", "B6"), google.at("Start here", "B7")) == ("10:00", "10:01")


def test_nothing_to_write_asks_nobody(google: GoogleHarness) -> None:
    backend = google.backend()
    assert backend.write([], {}) == Written()
    assert calls(google) == []


def test_a_team_column_is_never_addressed(google: GoogleHarness) -> None:
    with pytest.raises(ValueError, match="belongs to the team"):
        google.backend().write([CellEdit(RowRef("contacts", "ranna", 2), "email", "x@example.org")], {})
    assert calls(google) == []


def test_zone_and_bindings_are_looked_at_again_after_ten_minutes(google: GoogleHarness) -> None:
    clock = [0.0]
    backend = google.backend(monotonic=lambda: clock[0])
    assert backend.read().zone == google.zone
    google.hand.set_property("timeZone", "Europe/London")
    assert backend.read().zone == google.zone
    clock[0] = 601.0
    assert backend.read().zone == "Europe/London"


# --- the sheet changes between two requests --------------------------------------------------------------------------

HANDS: dict[str, Callable[[GoogleHarness], None]] = {
    "sort": lambda h: h.sort("Contacts", "Name", descending=True),
    "insert a row": lambda h: h.insert_row("Contacts", 3),
    "delete a row": lambda h: h.delete_row("Contacts", 2),
    "delete the row": lambda h: h.delete_row("Contacts", 3),
    "insert a column": lambda h: h.insert_column("Contacts", "Name", "Our own"),
    "insert a blank column": lambda h: h.insert_column("Contacts", "What happens next"),
    "delete a column": lambda h: h.delete_column("Contacts", "Name"),
    "delete our column": lambda h: h.delete_column("Contacts", "What happens next"),
    "delete the ids": lambda h: h.delete_column("Contacts", "ID"),
    "move a column": lambda h: h.move_column("Contacts", "What happens next", "Phone"),
    "move a team column": lambda h: h.move_column("Contacts", "Notes", "What happens next"),
    "rename our column": lambda h: h.rename_header("Contacts", "What happens next", "News"),
    "rename the tab": lambda h: h.rename_tab("Contacts", "People"),
    "cut rows": lambda h: h.hand.cut_rows("Contacts", 2, 9, 2),
}


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("moment", ["values:batchGetByDataFilter", "values:batchUpdateByDataFilter"])
def test_no_team_cell_is_written_whatever_people_do_in_between(google: GoogleHarness, hand: str, moment: str) -> None:
    backend = google.backend()
    backend.read()
    google.emulator.reset_log()
    after: list[dict[tuple[str, str, int], object]] = []

    def act() -> None:
        HANDS[hand](google)
        after.append(dict(google.team_cells()))

    before(google, moment, act)
    backend.write([tell("Ben", "For Ben."), tell("Dora", "For Dora.")], {"Last check": "10:00"})
    assert after, "the hand did not act"
    assert google.team_cells() == after[0]
    assert {cell.header for cell in google.book.written_cells if cell.tab_id != _start(google)} <= {
        "What happens next", "News", "ID"}  # fmt: skip
    if moment == "values:batchGetByDataFilter" and hand in {"sort", "insert a row", "insert a column", "move a column",
                                                           "rename the tab", "cut rows"}:  # fmt: skip
        tab = "People" if hand == "rename the tab" else "Contacts"
        beside = {str(row["Name"]): row["What happens next"] for row in google.hand.table(tab) if row["Name"]}
        assert (beside["Ben"], beside["Dora"], beside["Anna"]) == ("For Ben.", "For Dora.", None)


def _start(harness: GoogleHarness) -> int:
    return harness.book.tab("Start here").sheet_id


def test_a_row_that_moves_in_the_very_moment_is_noticed_by_the_echo_and_healed(google: GoogleHarness) -> None:
    backend = google.backend()
    backend.read()
    before(google, "values:batchUpdate", lambda: google.sort("Contacts", "Name", descending=True))
    assert backend.write([tell("Ben", "For Ben.")], {}) == Written(cells=1, strayed=1)
    assert sentences(google)["Dora"] == "For Ben."
    read = backend.read().tabs["contacts"]
    where = {read.cell(row, "id"): number for number, row in enumerate(read.rows, read.first_row)}
    edits = [tell("Ben", "For Ben.", where["rben"]), tell("Dora", "", where["rdora"])]
    assert backend.write(edits, {}) == Written(cells=2)
    assert sentences(google) == {"Anna": None, "Ben": "For Ben.", "Cecil": None, "Dora": None, "Emil": None}


def test_a_sentence_about_a_setting_follows_its_row(google: GoogleHarness) -> None:
    backend = google.backend()
    backend.read()
    before(google, "values:batchGet", lambda: google.insert_row("Settings", 2))
    edit = CellEdit(RowRef("settings", "", 6, "No mail after"), "next", "Value: 25:00 is no time.")
    assert backend.write([edit], {}) == Written(cells=1)
    assert (google.cell("Settings", 7, "Setting"), google.cell("Settings", 7, "What happens next")) == (
        "No mail after", "Value: 25:00 is no time.")  # fmt: skip


def test_ids_can_be_swapped_back_between_rows(google: GoogleHarness) -> None:
    google.type("Contacts", 2, "ID", "rben")
    google.type("Contacts", 3, "ID", "ranna")
    backend = google.backend()
    backend.read()
    edits = [CellEdit(RowRef("contacts", "rben", 2, "Anna"), "id", "ranna"),
             CellEdit(RowRef("contacts", "ranna", 3, "Ben"), "id", "rben")]  # fmt: skip
    assert backend.write(edits, {}) == Written(cells=2)
    assert [google.cell("Contacts", row, "ID") for row in (2, 3)] == ["ranna", "rben"]


def test_a_column_moved_between_marks_and_values_is_read_right(google: GoogleHarness) -> None:
    google.type("Contacts", 2, "Email", "anna@example.org")
    google.type("Contacts", 2, "Phone", "0903")
    backend = google.backend()
    before(google, "values:batchGet", lambda: google.move_column("Contacts", "Phone", "Name"))
    read = backend.read().tabs["contacts"]
    assert [read.cell(read.rows[0], key) for key in ("name", "email", "phone")] == ["Anna", "anna@example.org", "0903"]


def test_a_renamed_and_moved_column_is_followed_also_while_it_happens(google: GoogleHarness) -> None:
    google.type("Contacts", 2, "Phone", "0903")
    google.rename_header("Contacts", "Phone", "Call")
    backend = google.backend()
    before(google, "values:batchGet", lambda: google.move_column("Contacts", "Call", "Name"), nth=2)
    read = backend.read().tabs["contacts"]
    assert read.cell(read.rows[0], "phone") == "0903"
    assert read.found[0] == "Call"


def test_a_column_that_became_the_teams_since_the_read_is_not_written(google: GoogleHarness) -> None:
    backend = google.backend()
    backend.read()
    theirs = [["Our thoughts"], ["private"], ["x"], ["y"], ["z"], ["w"]]
    before(google, "values:batchGet", lambda: google.hand.fill("Contacts", "B1", theirs))
    assert backend.write([tell("Anna", "New.")], {}) == Written(lost=1)
    assert [[google.hand.value("Contacts", f"B{row}")] for row in range(1, 7)] == theirs


def test_contents_cut_to_another_column_take_the_binding_with_their_heading(google: GoogleHarness) -> None:
    """Cutting moves cells, not the column's mark; our sentences must not follow into the team's new column."""
    backend = google.backend()
    backend.write([tell("Anna", "Old.")], {})
    google.insert_column("Contacts", "Phone")
    values = [google.hand.value("Contacts", f"B{row}") for row in range(1, 7)]
    google.hand.fill("Contacts", "E1", [[value] for value in values])
    google.hand.fill("Contacts", "B1", [["Our thoughts"], ["private"], ["x"], ["y"], ["z"], ["w"]])
    was = [google.hand.value("Contacts", f"B{row}") for row in range(1, 7)]
    fresh = google.backend()
    fresh.read()
    fresh.write([tell("Anna", "New.")], {})
    assert [google.hand.value("Contacts", f"B{row}") for row in range(1, 7)] == was
    assert google.hand.value("Contacts", "E2") == "New."


def test_a_column_without_a_mark_is_bound_before_it_is_written(google: GoogleHarness) -> None:
    for number, mark in list(google.book.state.metadata.items()):
        if mark.get("metadataValue") in {"contacts.next", "contacts.id"}:
            del google.book.state.metadata[number]
    backend = google.backend()
    backend.read()
    assert backend.write([tell("Ben", "Soon.")], {}) == Written(cells=1)
    marks = [m for m in google.book.state.metadata.values() if m.get("metadataValue") == "contacts.next"]
    assert [m["location"]["dimensionRange"]["startIndex"] for m in marks] == [1]
    google.emulator.reset_log()
    backend.read()
    assert backend.write([tell("Ben", "Later.")], {}) == Written(cells=1)
    assert calls(google)[-2:] == ["r", "w"]


def test_a_binding_whose_answer_was_lost_is_not_made_twice(google: GoogleHarness) -> None:
    for number, mark in list(google.book.state.metadata.items()):
        if mark.get("metadataValue") == "contacts.next":
            del google.book.state.metadata[number]
    backend = google.backend()
    backend.read()
    google.emulator.faults.add(faults.status(503, applied=True), f"{google.book.id}:batchUpdate")
    backend.write([tell("Ben", "Soon.")], {})
    backend.read()
    assert backend.write([tell("Ben", "Later.")], {}) == Written(cells=1)
    assert sentences(google)["Ben"] == "Later."
    assert len([m for m in google.book.state.metadata.values() if m.get("metadataValue") == "contacts.next"]) == 1


def test_a_column_deleted_in_the_very_moment_is_told_as_lost(google: GoogleHarness) -> None:
    backend = google.backend()
    backend.read()
    before(google, "values:batchUpdate", lambda: google.delete_column("Contacts", "Where things stand"))
    edits = [tell("Ben", "Soon."), CellEdit(RowRef("contacts", "rben", 3, "Ben"), "stands", "Met once.")]
    assert backend.write(edits, {}) == Written(cells=1, lost=1)
    assert "stands" not in backend.read().tabs["contacts"].columns


def test_of_a_copied_row_only_the_original_is_meant(google: GoogleHarness) -> None:
    google.hand.copy_rows("Contacts", 3, 7)
    backend = google.backend()
    backend.read()
    assert backend.write([tell("Ben", "The copy.", 7), tell("Ben", "The first.", 3)], {}) == Written(cells=2)
    assert [google.cell("Contacts", row, "What happens next") for row in (3, 7)] == ["The first.", "The copy."]
    assert backend.write([tell("Ben", "Which?", 9)], {}) == Written(lost=1)


def test_a_mark_that_landed_on_another_column_is_taken_away_and_nothing_is_written(google: GoogleHarness) -> None:
    for number, mark in list(google.book.state.metadata.items()):
        if mark.get("metadataValue") == "contacts.next":
            del google.book.state.metadata[number]
    backend = google.backend()
    backend.read()
    before(google, f"{BOOK}:batchUpdate", lambda: google.insert_column("Contacts", "What happens next", "Ours"))
    was = google.team_cells()
    assert backend.write([tell("Ben", "Soon.")], {}) == Written(lost=1)
    assert {k: v for k, v in google.team_cells().items() if k[1] != "Ours"} == was
    assert not [m for m in google.book.state.metadata.values() if m.get("metadataValue") == "contacts.next"]
    backend.read()
    assert backend.write([tell("Ben", "Soon.")], {}) == Written(cells=1)
    assert sentences(google)["Ben"] == "Soon."


def test_a_copied_tab_is_never_written_and_set_up_forgets_its_marks(google: GoogleHarness) -> None:
    title = google.hand.duplicate_tab("Contacts")
    was = google.hand.rows(title)
    backend = google.backend()
    backend.read()
    assert backend.write([tell("Ben", "Soon.")], {}) == Written(cells=1)
    assert google.hand.rows(title) == was
    google.backend().repair()
    assert google.backend().repair() == ()


def test_stop_all_mail_is_found_again_when_rows_are_inserted_above_it(google: GoogleHarness) -> None:
    backend = google.backend()
    google.set_stop_all(True)
    assert backend.read().stop_all is True
    google.hand.insert_rows("Start here", 1, 2)
    assert backend.read().stop_all is True
    assert google.backend().read().stop_all is True


def test_a_table_below_a_title_row_is_read_and_written(google: GoogleHarness) -> None:
    google.hand.insert_rows("Contacts", 1)
    google.hand.put("Contacts", "A1", "Our people")
    backend = google.backend()
    read = backend.read().tabs["contacts"]
    assert (read.first_row, read.cell(read.rows[0], "name")) == (3, "Anna")
    assert backend.write([tell("Ben", "Soon.", 4)], {}) == Written(cells=1)
    assert google.hand.value("Contacts", "B4") == "Soon."
    assert google.backend().repair() == ()
