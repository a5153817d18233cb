"""Set-up of a Google spreadsheet again and again, large writes, protections, and a Google that behaves otherwise."""

from __future__ import annotations

import pytest

from sync.core.ports import CellEdit, RowRef, Written
from tests.contract.google_sheet import PEOPLE, calls, id_of, no_team_cell_written, sentences, tell
from tests.contract.harness_google import GoogleHarness
from tests.fakes.sheets import Switches

pytest_plugins = ("tests.contract.google_fixtures",)


# --- set-up again ----------------------------------------------------------------------------------------------------


def _break_and_mend(harness: GoogleHarness, *words: str) -> None:
    team = harness.team_cells()
    done = [repair.what for repair in harness.backend().repair()]
    assert done == list(words)
    assert {key: value for key, value in harness.team_cells().items() if key in team} == team
    assert harness.backend().repair() == ()


def test_a_deleted_column_comes_back_at_the_end_and_works(google: GoogleHarness) -> None:
    google.insert_column("Contacts", "Email", "Our own")
    google.type("Contacts", 3, "Our own", "x")
    google.delete_column("Contacts", "What happens next")
    assert "next" not in google.backend().read().tabs["contacts"].columns
    _break_and_mend(google, "Contacts: added the column What happens next.")
    backend = google.backend()
    backend.read()
    assert backend.write([tell("Ben", "Soon.")], {}) == Written(cells=1)
    assert sentences(google)["Ben"] == "Soon."


def test_a_deleted_tab_comes_back(google: GoogleHarness) -> None:
    google.delete_tab("Promises")
    _break_and_mend(google, "Made the tab Promises.")


def test_a_renamed_tab_and_a_renamed_heading_stay_as_they_are(google: GoogleHarness) -> None:
    google.rename_header("Contacts", "Email", "Their address")
    google.rename_tab("Contacts", "Our people")
    _break_and_mend(google)
    assert google.header("Our people")[3] == "Their address"


def test_lost_marks_are_made_again(google: GoogleHarness) -> None:
    marks = google.book.state.metadata
    for number in [n for n, m in marks.items() if str(m.get("metadataValue", "")).startswith("team.")]:
        del marks[number]
    _break_and_mend(google, "Team: remembered where Name and 13 more stands.")


def test_a_dropdown_and_the_switch_that_were_pasted_over_come_back(google: GoogleHarness) -> None:
    for tab, row, column in (("Meetings", 1, 2), ("Start here", 0, 1)):
        google.book.tab(tab).put_attr(row, column, None)
    _break_and_mend(google, "Meetings: brought the dropdown or checkbox of Stage back.",
                    "Start here: brought the checkbox beside Stop all mail back.")  # fmt: skip


def test_a_cleared_setting_stays_clear_and_a_deleted_one_comes_back(google: GoogleHarness) -> None:
    google.type("Settings", 5, "Value", None)
    google.delete_row("Settings", 8)
    _break_and_mend(google, "Settings: added Two-day reminder at.")
    assert google.cell("Settings", 5, "Value") is None
    assert google.cell("Settings", 19, "Value") == "09:00"


def test_people_s_own_tabs_and_columns_survive_set_up(bare: GoogleHarness) -> None:
    bare.hand.add_tab("Contacts")
    bare.hand.fill("Contacts", "A1", [["Full name", "E-mail", "Shoe size"], ["Anna", "anna@example.org", 38]])
    bare.hand.fill("Sheet1", "A1", [["Budget", 100]])
    bare.backend().repair()
    assert bare.hand.rows("Sheet1") == [["Budget", 100]]
    assert bare.header("Contacts")[:3] == ["Full name", "E-mail", "Shoe size"]
    read = bare.backend().read().tabs["contacts"]
    assert [read.cell(read.rows[0], key) for key in ("name", "email")] == ["Anna", "anna@example.org"]
    assert bare.backend().repair() == ()


def test_a_tab_deleted_between_two_reads_is_named_and_the_rest_is_read(google: GoogleHarness) -> None:
    backend = google.backend()
    assert backend.read().lost == ()
    google.delete_tab("Promises")
    read = backend.read()
    assert read.lost == ("promises",)
    assert len(read.tabs["contacts"].rows) == 5
    google.emulator.reset_log()
    assert backend.read() is read
    assert calls(google) == ["r"]
    google.delete_tab("Start here")
    assert (backend.read().stop_all, backend.read().lost) == (None, ("start_here", "promises"))


# --- pieces and protections ------------------------------------------------------------------------------------------


def test_a_large_write_goes_in_pieces_below_two_megabytes(google: GoogleHarness) -> None:
    names = [f"Person {n}" for n in range(6000)]
    google.hand.fill("Contacts", "A2", [[name] for name in names])
    google.hand.fill("Contacts", "R2", [[f"r{n}"] for n in range(6000)])
    backend = google.backend()
    backend.read()
    google.emulator.reset_log()
    edits = [CellEdit(RowRef("contacts", f"r{n}", n + 2), "next", f"{n} " + "x" * 400) for n in range(6000)]
    assert backend.write(edits, {}) == Written(cells=6000)
    bodies = [len(r.body) for r in google.emulator.requests if r.kind == "write"]
    assert 1 < len(bodies) < 5
    assert max(bodies) < 2_000_000
    assert google.cell("Contacts", 6001, "What happens next") == edits[-1].value


def test_a_protected_cell_keeps_only_itself_and_is_left_alone_for_a_while(google: GoogleHarness) -> None:
    google.hand.protect("Contacts", "B4:B4")
    backend = google.backend()
    backend.read()
    edits = [tell(name, f"For {name}.") for name in PEOPLE]
    assert backend.write(edits, {"Last check": "10:00"}) == Written(cells=4, lost=1)
    assert sentences(google) == {name: None if name == "Cecil" else f"For {name}." for name in PEOPLE}
    assert google.at("Start here", "B3") == "10:00"
    google.emulator.reset_log()
    assert backend.write(edits, {}) == Written(cells=4, lost=1)
    assert calls(google) == ["r", "w"]


# --- a Google that behaves otherwise where nobody has seen it --------------------------------------------------------


@pytest.mark.parametrize("switches", [Switches(metadata_follows_sort=True), Switches(values_extend_grid=True),
                                      Switches(validation_refuses_api=True)])  # fmt: skip
def test_the_whole_round_holds_whatever_google_does(bare: GoogleHarness, switches: Switches) -> None:
    bare.emulator.switches = bare.book.switches = switches
    backend = bare.backend()
    backend.repair()
    assert backend.repair() == ()
    bare.emulator.reset_log()
    bare.hand.fill("Contacts", "A2", [[name] for name in reversed(PEOPLE)])
    backend.read()
    bare.sort("Contacts", "Name")
    edits = [CellEdit(RowRef("contacts", "", row, name), "id", id_of(name)) for row, name in enumerate(PEOPLE, 2)]
    assert backend.write(edits, {"Last check": "10:00"}) == Written(cells=5)
    no_team_cell_written(bare)
    assert bare.at("Start here", "B3") == "10:00"
