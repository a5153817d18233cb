"""The Google backend beyond the shared suite: requests counted, races, faults, and every refusal in words."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.core.columns import TAB
from sync.core.errors import ConfigError, ServiceRefused, ServiceUnreachable, SheetUnusable, SyncError
from sync.core.ports import CellEdit, RowRef, Written
from sync.sheets.google import GoogleBackend
from tests.contract.harness_google import GoogleHarness, open_harness
from tests.fakes.sheets import ROBOT, Emulator, Switches, discovery, faults, routes
from tests.fakes.sheets.book import State

PEOPLE = ("Anna", "Ben", "Cecil", "Dora", "Emil")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[GoogleHarness]:
    harness = open_harness(tmp_path)
    yield harness
    _check_traffic(harness.emulator)
    harness.close()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> State:
    """A set-up sheet with five contacts that have their ids; made once, and copied for each test."""
    harness = open_harness(tmp_path_factory.mktemp("ready"))
    backend = harness.backend()
    backend.repair()
    harness.hand.fill("Contacts", "A2", [[name] for name in PEOPLE])
    edits = [CellEdit(RowRef("contacts", "", row, name), "id", _id(name)) for row, name in enumerate(PEOPLE, 2)]
    backend.read()
    assert backend.write(edits, {}).cells == 5
    harness.close()
    return harness.book.state


@pytest.fixture
def sheet(empty: GoogleHarness, ready: State) -> GoogleHarness:
    """A set-up sheet of one's own."""
    empty.book.state = ready.copy()
    return empty


def _id(name: str) -> str:
    return f"r{name.lower()}"


def _next(name: str, text: str, row: int = 0) -> CellEdit:
    return CellEdit(RowRef("contacts", _id(name), row or PEOPLE.index(name) + 2, name), "next", text)


def _calls(harness: GoogleHarness) -> list[str]:
    """The requests since the log was emptied: r for a read, w for a write."""
    return [request.kind[0] for request in harness.emulator.requests if request.kind != "token"]


def _sentences(harness: GoogleHarness) -> dict[str, object]:
    """What stands beside each contact, wherever the columns are."""
    table = harness.hand.table("Contacts")
    return {str(row["Name"]): row["What happens next"] for row in table if row["Name"]}


def _before(harness: GoogleHarness, piece: str, act: Callable[[], None], nth: int = 1) -> None:
    """Let the hand act between two requests: right before the nth request whose path holds ``piece``."""
    seen = [0]

    def hook(_: int, __: str, path: str) -> None:
        seen[0] += piece in path
        if piece in path and seen[0] == nth:
            harness.emulator.before_request = None
            act()

    harness.emulator.before_request = hook


def _no_team_cell_written(harness: GoogleHarness) -> None:
    ours = {c.header for c in TAB["contacts"].columns if c.owner == "service"}
    wrong = [cell for cell in harness.book.written_cells if cell.tab == "Contacts" and cell.header not in ours]
    assert wrong == []


def _check_traffic(emulator: Emulator) -> None:
    """Every body that went out fits Google's own description, and nothing was written but RAW."""
    for request in emulator.requests:
        route = routes.find(request.method, request.path) if request.kind in {"read", "write"} else None
        if route is not None and request.body:
            body = json.loads(request.body)
            assert discovery.check_body(route.method["request"]["$ref"], body) == []
            assert body.get("valueInputOption", "RAW") == "RAW"
            assert "fields" not in request.query or "*" not in request.query["fields"][-1]


# --- requests counted ------------------------------------------------------------------------------------------------


def test_set_up_takes_one_write_and_a_second_run_takes_none(empty: GoogleHarness) -> None:
    done = empty.backend().repair()
    assert _calls(empty).count("w") == 1
    assert "Made the tab Meetings." in [repair.what for repair in done]
    empty.emulator.reset_log()
    assert empty.backend().repair() == ()
    assert "w" not in _calls(empty)


def test_an_idle_read_is_one_request_and_the_very_same_snapshot(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    first = backend.read()
    sheet.emulator.reset_log()
    assert backend.read() is first
    assert _calls(sheet) == ["r"]


def test_a_write_is_one_read_and_one_write_with_the_live_lines_in_it(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    backend.read()
    sheet.emulator.reset_log()
    written = backend.write([_next("Ben", "Soon."), _next("Emil", "Later.")], {"Last check": "Tue 2 Mar 10:00"})
    assert written == Written(cells=2)
    assert _calls(sheet) == ["r", "w"]
    assert sheet.at("Start here", "B3") == "Tue 2 Mar 10:00"
    assert _sentences(sheet) == {"Anna": None, "Ben": "Soon.", "Cecil": None, "Dora": None, "Emil": "Later."}


def test_live_lines_alone_are_one_write_and_follow_inserted_rows(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    backend.read()
    sheet.hand.insert_rows("Start here", 2, 3)
    sheet.emulator.reset_log()
    backend.write([], {"Last check": "10:00", "Next check": "10:01"})
    assert _calls(sheet) == ["w"]
    assert (sheet.at("Start here", "B6"), sheet.at("Start here", "B7")) == ("10:00", "10:01")


def test_nothing_to_write_asks_nobody(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    assert backend.write([], {}) == Written()
    assert _calls(sheet) == []


def test_a_team_column_is_never_addressed(sheet: GoogleHarness) -> None:
    with pytest.raises(ValueError, match="belongs to the team"):
        sheet.backend().write([CellEdit(RowRef("contacts", "ranna", 2), "email", "x@example.org")], {})
    assert _calls(sheet) == []


def test_zone_and_bindings_are_looked_at_again_after_ten_minutes(sheet: GoogleHarness) -> None:
    clock = [0.0]
    backend = sheet.backend(monotonic=lambda: clock[0])
    assert backend.read().zone == sheet.zone
    sheet.hand.set_property("timeZone", "Europe/London")
    assert backend.read().zone == sheet.zone
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
def test_no_team_cell_is_written_whatever_people_do_in_between(sheet: GoogleHarness, hand: str, moment: str) -> None:
    backend = sheet.backend()
    backend.read()
    sheet.emulator.reset_log()
    after: list[dict[tuple[str, str, int], object]] = []

    def act() -> None:
        HANDS[hand](sheet)
        after.append(dict(sheet.team_cells()))

    _before(sheet, moment, act)
    backend.write([_next("Ben", "For Ben."), _next("Dora", "For Dora.")], {"Last check": "10:00"})
    assert after, "the hand did not act"
    assert sheet.team_cells() == after[0]
    assert {cell.header for cell in sheet.book.written_cells if cell.tab_id != _start(sheet)} <= {
        "What happens next", "News", "ID"}  # fmt: skip
    if moment == "values:batchGetByDataFilter" and hand in {"sort", "insert a row", "insert a column", "move a column",
                                                           "rename the tab", "cut rows"}:  # fmt: skip
        tab = "People" if hand == "rename the tab" else "Contacts"
        beside = {str(row["Name"]): row["What happens next"] for row in sheet.hand.table(tab) if row["Name"]}
        assert (beside["Ben"], beside["Dora"], beside["Anna"]) == ("For Ben.", "For Dora.", None)


def _start(harness: GoogleHarness) -> int:
    return harness.book.tab("Start here").sheet_id


def test_a_row_that_moves_in_the_very_moment_is_noticed_by_the_echo_and_healed(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    backend.read()
    _before(sheet, "values:batchUpdate", lambda: sheet.sort("Contacts", "Name", descending=True))
    assert backend.write([_next("Ben", "For Ben.")], {}) == Written(cells=1, strayed=1)
    assert _sentences(sheet)["Dora"] == "For Ben."
    read = backend.read().tabs["contacts"]
    where = {read.cell(row, "id"): number for number, row in enumerate(read.rows, read.first_row)}
    edits = [_next("Ben", "For Ben.", where["rben"]), _next("Dora", "", where["rdora"])]
    assert backend.write(edits, {}) == Written(cells=2)
    assert _sentences(sheet) == {"Anna": None, "Ben": "For Ben.", "Cecil": None, "Dora": None, "Emil": None}


def test_a_sentence_about_a_setting_follows_its_row(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    backend.read()
    _before(sheet, "values:batchGet", lambda: sheet.insert_row("Settings", 2))
    edit = CellEdit(RowRef("settings", "", 6, "No mail after"), "next", "Value: 25:00 is no time.")
    assert backend.write([edit], {}) == Written(cells=1)
    assert (sheet.cell("Settings", 7, "Setting"), sheet.cell("Settings", 7, "What happens next")) == (
        "No mail after", "Value: 25:00 is no time.")  # fmt: skip


def test_ids_can_be_swapped_back_between_rows(sheet: GoogleHarness) -> None:
    sheet.type("Contacts", 2, "ID", "rben")
    sheet.type("Contacts", 3, "ID", "ranna")
    backend = sheet.backend()
    backend.read()
    edits = [CellEdit(RowRef("contacts", "rben", 2, "Anna"), "id", "ranna"),
             CellEdit(RowRef("contacts", "ranna", 3, "Ben"), "id", "rben")]  # fmt: skip
    assert backend.write(edits, {}) == Written(cells=2)
    assert [sheet.cell("Contacts", row, "ID") for row in (2, 3)] == ["ranna", "rben"]


def test_a_column_moved_between_marks_and_values_is_read_right(sheet: GoogleHarness) -> None:
    sheet.type("Contacts", 2, "Email", "anna@example.org")
    sheet.type("Contacts", 2, "Phone", "0903")
    backend = sheet.backend()
    _before(sheet, "values:batchGet", lambda: sheet.move_column("Contacts", "Phone", "Name"))
    read = backend.read().tabs["contacts"]
    assert [read.cell(read.rows[0], key) for key in ("name", "email", "phone")] == ["Anna", "anna@example.org", "0903"]


def test_a_renamed_and_moved_column_is_followed_also_while_it_happens(sheet: GoogleHarness) -> None:
    sheet.type("Contacts", 2, "Phone", "0903")
    sheet.rename_header("Contacts", "Phone", "Call")
    backend = sheet.backend()
    _before(sheet, "values:batchGet", lambda: sheet.move_column("Contacts", "Call", "Name"), nth=2)
    read = backend.read().tabs["contacts"]
    assert read.cell(read.rows[0], "phone") == "0903"
    assert read.found[0] == "Call"


def test_a_column_that_became_the_teams_since_the_read_is_not_written(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    backend.read()
    theirs = [["Our thoughts"], ["private"], ["x"], ["y"], ["z"], ["w"]]
    _before(sheet, "values:batchGet", lambda: sheet.hand.fill("Contacts", "B1", theirs))
    assert backend.write([_next("Anna", "New.")], {}) == Written(lost=1)
    assert [[sheet.hand.value("Contacts", f"B{row}")] for row in range(1, 7)] == theirs


def test_contents_cut_to_another_column_take_the_binding_with_their_heading(sheet: GoogleHarness) -> None:
    """Cutting moves cells, not the column's mark; our sentences must not follow into the team's new column."""
    backend = sheet.backend()
    backend.write([_next("Anna", "Old.")], {})
    sheet.insert_column("Contacts", "Phone")
    values = [sheet.hand.value("Contacts", f"B{row}") for row in range(1, 7)]
    sheet.hand.fill("Contacts", "E1", [[value] for value in values])
    sheet.hand.fill("Contacts", "B1", [["Our thoughts"], ["private"], ["x"], ["y"], ["z"], ["w"]])
    before = [sheet.hand.value("Contacts", f"B{row}") for row in range(1, 7)]
    fresh = sheet.backend()
    fresh.read()
    fresh.write([_next("Anna", "New.")], {})
    assert [sheet.hand.value("Contacts", f"B{row}") for row in range(1, 7)] == before
    assert sheet.hand.value("Contacts", "E2") == "New."


def test_a_column_without_a_mark_is_bound_before_it_is_written(sheet: GoogleHarness) -> None:
    for number, mark in list(sheet.book.state.metadata.items()):
        if mark.get("metadataValue") in {"contacts.next", "contacts.id"}:
            del sheet.book.state.metadata[number]
    backend = sheet.backend()
    backend.read()
    assert backend.write([_next("Ben", "Soon.")], {}) == Written(cells=1)
    marks = [m for m in sheet.book.state.metadata.values() if m.get("metadataValue") == "contacts.next"]
    assert [m["location"]["dimensionRange"]["startIndex"] for m in marks] == [1]
    sheet.emulator.reset_log()
    backend.read()
    assert backend.write([_next("Ben", "Later.")], {}) == Written(cells=1)
    assert _calls(sheet)[-2:] == ["r", "w"]


def test_a_mark_that_landed_on_another_column_is_taken_away_and_nothing_is_written(sheet: GoogleHarness) -> None:
    for number, mark in list(sheet.book.state.metadata.items()):
        if mark.get("metadataValue") == "contacts.next":
            del sheet.book.state.metadata[number]
    backend = sheet.backend()
    backend.read()
    _before(sheet, f"{sheet.book.id}:batchUpdate", lambda: sheet.insert_column("Contacts", "What happens next", "Ours"))
    before = sheet.team_cells()
    assert backend.write([_next("Ben", "Soon.")], {}) == Written(lost=1)
    assert {k: v for k, v in sheet.team_cells().items() if k[1] != "Ours"} == before
    assert not [m for m in sheet.book.state.metadata.values() if m.get("metadataValue") == "contacts.next"]
    backend.read()
    assert backend.write([_next("Ben", "Soon.")], {}) == Written(cells=1)
    assert _sentences(sheet)["Ben"] == "Soon."


def test_a_copied_tab_is_never_written_and_set_up_forgets_its_marks(sheet: GoogleHarness) -> None:
    title = sheet.hand.duplicate_tab("Contacts")
    before = sheet.hand.rows(title)
    backend = sheet.backend()
    backend.read()
    assert backend.write([_next("Ben", "Soon.")], {}) == Written(cells=1)
    assert sheet.hand.rows(title) == before
    sheet.backend().repair()
    assert sheet.backend().repair() == ()


def test_stop_all_mail_is_found_again_when_rows_are_inserted_above_it(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    sheet.set_stop_all(True)
    assert backend.read().stop_all is True
    sheet.hand.insert_rows("Start here", 1, 2)
    assert backend.read().stop_all is True
    assert sheet.backend().read().stop_all is True


def test_a_table_below_a_title_row_is_read_and_written(sheet: GoogleHarness) -> None:
    sheet.hand.insert_rows("Contacts", 1)
    sheet.hand.put("Contacts", "A1", "Our people")
    backend = sheet.backend()
    read = backend.read().tabs["contacts"]
    assert (read.first_row, read.cell(read.rows[0], "name")) == (3, "Anna")
    assert backend.write([_next("Ben", "Soon.", 4)], {}) == Written(cells=1)
    assert sheet.hand.value("Contacts", "B4") == "Soon."
    assert sheet.backend().repair() == ()


# --- set-up again ----------------------------------------------------------------------------------------------------


def _break_and_mend(harness: GoogleHarness, *words: str) -> None:
    team = harness.team_cells()
    done = [repair.what for repair in harness.backend().repair()]
    assert done == list(words)
    assert {key: value for key, value in harness.team_cells().items() if key in team} == team
    assert harness.backend().repair() == ()


def test_a_deleted_column_comes_back_at_the_end_and_works(sheet: GoogleHarness) -> None:
    sheet.insert_column("Contacts", "Email", "Our own")
    sheet.type("Contacts", 3, "Our own", "x")
    sheet.delete_column("Contacts", "What happens next")
    assert "next" not in sheet.backend().read().tabs["contacts"].columns
    _break_and_mend(sheet, "Contacts: added the column What happens next.")
    backend = sheet.backend()
    backend.read()
    assert backend.write([_next("Ben", "Soon.")], {}) == Written(cells=1)
    assert _sentences(sheet)["Ben"] == "Soon."


def test_a_deleted_tab_comes_back(sheet: GoogleHarness) -> None:
    sheet.delete_tab("Promises")
    _break_and_mend(sheet, "Made the tab Promises.")


def test_a_renamed_tab_and_a_renamed_heading_stay_as_they_are(sheet: GoogleHarness) -> None:
    sheet.rename_header("Contacts", "Email", "Their address")
    sheet.rename_tab("Contacts", "Our people")
    _break_and_mend(sheet)
    assert sheet.header("Our people")[3] == "Their address"


def test_lost_marks_are_made_again(sheet: GoogleHarness) -> None:
    marks = sheet.book.state.metadata
    for number in [n for n, m in marks.items() if str(m.get("metadataValue", "")).startswith("team.")]:
        del marks[number]
    _break_and_mend(sheet, "Team: remembered where Name and 13 more stands.")


def test_a_dropdown_and_the_switch_that_were_pasted_over_come_back(sheet: GoogleHarness) -> None:
    for tab, row, column in (("Meetings", 1, 2), ("Start here", 0, 1)):
        sheet.book.tab(tab).put_attr(row, column, None)
    _break_and_mend(sheet, "Meetings: brought the dropdown or checkbox of Stage back.",
                    "Start here: brought the checkbox beside Stop all mail back.")  # fmt: skip


def test_a_cleared_setting_stays_clear_and_a_deleted_one_comes_back(sheet: GoogleHarness) -> None:
    sheet.type("Settings", 5, "Value", None)
    sheet.delete_row("Settings", 8)
    _break_and_mend(sheet, "Settings: added Two-day reminder at.")
    assert sheet.cell("Settings", 5, "Value") is None
    assert sheet.cell("Settings", 19, "Value") == "09:00"


def test_people_s_own_tabs_and_columns_survive_set_up(empty: GoogleHarness) -> None:
    empty.hand.add_tab("Contacts")
    empty.hand.fill("Contacts", "A1", [["Full name", "E-mail", "Shoe size"], ["Anna", "anna@example.org", 38]])
    empty.hand.fill("Sheet1", "A1", [["Budget", 100]])
    empty.backend().repair()
    assert empty.hand.rows("Sheet1") == [["Budget", 100]]
    assert empty.header("Contacts")[:3] == ["Full name", "E-mail", "Shoe size"]
    read = empty.backend().read().tabs["contacts"]
    assert [read.cell(read.rows[0], key) for key in ("name", "email")] == ["Anna", "anna@example.org"]
    assert empty.backend().repair() == ()


def test_a_tab_deleted_between_two_reads_is_named_and_the_rest_is_read(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    assert backend.read().lost == ()
    sheet.delete_tab("Promises")
    read = backend.read()
    assert read.lost == ("promises",)
    assert len(read.tabs["contacts"].rows) == 5
    sheet.emulator.reset_log()
    assert backend.read() is read
    assert _calls(sheet) == ["r"]
    sheet.delete_tab("Start here")
    assert (backend.read().stop_all, backend.read().lost) == (None, ("start_here", "promises"))


# --- pieces and protections ------------------------------------------------------------------------------------------


def test_a_large_write_goes_in_pieces_below_two_megabytes(sheet: GoogleHarness) -> None:
    names = [f"Person {n}" for n in range(6000)]
    sheet.hand.fill("Contacts", "A2", [[name] for name in names])
    sheet.hand.fill("Contacts", "R2", [[f"r{n}"] for n in range(6000)])
    backend = sheet.backend()
    backend.read()
    sheet.emulator.reset_log()
    edits = [CellEdit(RowRef("contacts", f"r{n}", n + 2), "next", f"{n} " + "x" * 400) for n in range(6000)]
    assert backend.write(edits, {}) == Written(cells=6000)
    bodies = [len(r.body) for r in sheet.emulator.requests if r.kind == "write"]
    assert 1 < len(bodies) < 5
    assert max(bodies) < 2_000_000
    assert sheet.cell("Contacts", 6001, "What happens next") == edits[-1].value


def test_a_protected_cell_keeps_only_itself_and_is_left_alone_for_a_while(sheet: GoogleHarness) -> None:
    sheet.hand.protect("Contacts", "B4:B4")
    backend = sheet.backend()
    backend.read()
    edits = [_next(name, f"For {name}.") for name in PEOPLE]
    assert backend.write(edits, {"Last check": "10:00"}) == Written(cells=4, lost=1)
    assert _sentences(sheet) == {name: None if name == "Cecil" else f"For {name}." for name in PEOPLE}
    assert sheet.at("Start here", "B3") == "10:00"
    sheet.emulator.reset_log()
    assert backend.write(edits, {}) == Written(cells=4, lost=1)
    assert _calls(sheet) == ["r", "w"]


# --- bad days --------------------------------------------------------------------------------------------------------

PASSING = {
    "429 twice": lambda: (faults.status(429), 2),
    "HTML 502": lambda: (faults.status(502, "html"), 1),
    "empty 503": lambda: (faults.status(503, "empty"), 1),
    "error as a bare text": lambda: (faults.status(500, '{"error": "x"}'), 1),
    "reset": lambda: (faults.reset(), 1),
    "reset when applied": lambda: (faults.reset(applied=True), 1),
    "503 when applied": lambda: (faults.status(503, applied=True), 1),
    "cut": lambda: (faults.cut(), 1),
    "broken off": lambda: (faults.cut(closes=True), 1),
    "a sign-in page": lambda: (faults.status(200, "<html>Welcome to Hotel Wifi</html>"), 1),
    "an empty 200": lambda: (faults.status(200, "empty"), 1),
    "silence": lambda: (faults.hang(2.0), 1),
}


@pytest.mark.parametrize("name", PASSING)
@pytest.mark.parametrize("piece", ["values:batchGet", "values:batchUpdate"])
def test_a_passing_fault_costs_nothing_but_time(sheet: GoogleHarness, name: str, piece: str) -> None:
    backend = sheet.backend(timeout=(5.0, 0.3))
    backend.read()
    fault, times = PASSING[name]()
    sheet.emulator.faults.add(fault, piece, times=times)
    sheet.type("Contacts", 2, "Notes", "new")
    read = backend.read().tabs["contacts"]
    assert read.cell(read.rows[0], "notes") == "new"
    assert backend.write([_next("Ben", "Soon.")], {"Last check": "10:00"}) == Written(cells=1)
    assert _sentences(sheet) == {"Anna": None, "Ben": "Soon.", "Cecil": None, "Dora": None, "Emil": None}
    fault.released.set()


@pytest.mark.parametrize("fault", [faults.status(503, applied=True), faults.reset(applied=True), faults.status(429)])
def test_set_up_is_not_done_twice_when_its_answer_is_lost(empty: GoogleHarness, fault: faults.Fault) -> None:
    empty.emulator.faults.add(fault, f"{empty.book.id}:batchUpdate")
    assert "Made the tab Contacts." in [repair.what for repair in empty.backend().repair()]
    assert empty.titles().count("Contacts") == 1
    assert empty.backend().repair() == ()


def test_google_silent_for_long_is_given_up_within_the_budget(sheet: GoogleHarness) -> None:
    slept: list[float] = []
    backend = sheet.backend(sleep=slept.append, monotonic=lambda: sum(slept), budget=30.0)
    backend.read()
    sheet.emulator.faults.add(faults.status(503), "read", times=1000)
    with pytest.raises(ServiceUnreachable, match=r"did not answer properly \(503\)"):
        backend.read()
    assert 5 < sum(slept) <= 30


def test_a_stop_is_obeyed_while_waiting(sheet: GoogleHarness) -> None:
    slept: list[float] = []
    backend = sheet.backend(sleep=slept.append, monotonic=lambda: sum(slept), interrupted=lambda: sum(slept) >= 1)
    sheet.emulator.faults.add(faults.status(503), "read", times=1000)
    with pytest.raises(ServiceUnreachable, match="Stopped"):
        backend.read()
    assert sum(slept) <= 1.5


def test_a_token_that_ends_early_is_renewed(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    backend.read()
    sheet.emulator.tokens.expire_all()
    assert backend.read().tabs["contacts"].rows


def test_google_is_never_asked_by_a_name_of_its_own(sheet: GoogleHarness, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the token nor an address of a contact gets into the log."""
    caplog.set_level(logging.DEBUG)
    sheet.type("Contacts", 2, "Email", "anna@example.org")
    sheet.emulator.faults.add(faults.status(503), "read", times=2)
    backend = sheet.backend()
    backend.read()
    backend.write([_next("Ben", "Soon.")], {})
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("sync")]
    assert ours
    assert not any("anna@example.org" in text or "ya29." in text or "Soon." in text for text in ours)


# --- refusals in words -----------------------------------------------------------------------------------------------


def _refused(harness: GoogleHarness, kind: type[SyncError], *words: str, backend: GoogleBackend | None = None) -> None:
    harness.emulator.reset_log()
    with pytest.raises(kind) as caught:
        (backend or harness.backend()).read()
    said = str(caught.value)
    assert all(word in said for word in words), said
    assert caught.value.exit_code == 4
    assert caught.value.remedy
    assert len(_calls(harness)) <= 1, "a refusal for good is not tried again"


def test_api_switched_off_names_the_switch(sheet: GoogleHarness) -> None:
    sheet.emulator.api_enabled = False
    _refused(sheet, ServiceRefused, "not switched on", "https://console.developers.google.com/apis/api/sheets")


def test_not_shared_names_the_address_to_share_with(sheet: GoogleHarness) -> None:
    sheet.hand.unshare()
    _refused(sheet, ServiceRefused, "not shared", ROBOT, "Editor")
    assert sheet.backend().share_with == ROBOT


def test_a_wrong_address_says_where_to_copy_the_right_one(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    sheet.emulator.remove(sheet.book)
    _refused(sheet, ServiceRefused, "no Google sheet at this address", "copy its whole address", backend=backend)


def test_an_office_file_says_how_to_convert_it(sheet: GoogleHarness) -> None:
    sheet.book.office = True
    _refused(sheet, SheetUnusable, "Excel file", "Save as Google Sheets")


def test_a_viewer_is_told_that_editor_is_needed(sheet: GoogleHarness) -> None:
    backend = sheet.backend()
    backend.check_write()
    backend.read()
    sheet.hand.make_viewer()
    backend.read()
    for act in (backend.check_write, lambda: backend.write([_next("Ben", "Soon.")], {})):
        with pytest.raises(ServiceRefused, match="may read the sheet but not write") as caught:
            act()
        assert "from Viewer to Editor" in caught.value.remedy


@pytest.mark.parametrize(
    ("answer", "words"), [("clock", "clock"), ("revoked", "deleted or replaced"), ("deleted", "does not exist")]
)
def test_a_refused_key_says_why(sheet: GoogleHarness, answer: str, words: str) -> None:
    sheet.emulator.tokens.always = answer
    _refused(sheet, ServiceRefused, words)


def test_a_wrong_clock_is_measured(sheet: GoogleHarness) -> None:
    sheet.emulator.tokens.always = "clock"
    _refused(sheet, ServiceRefused, "2 hours fast", backend=sheet.backend(now=lambda: time.time() + 7200))


def test_a_token_endpoint_that_answers_html_is_waited_for(sheet: GoogleHarness) -> None:
    sheet.emulator.tokens.answers += [502, 502]
    assert sheet.backend().read().tabs["contacts"].rows


def test_nobody_there_is_said_in_one_sentence(sheet: GoogleHarness, tmp_path: Path) -> None:
    key = sheet.emulator.key_file(tmp_path)
    backend = GoogleBackend(sheet.book.id, key, "http://127.0.0.1:9", sleep=lambda _: None, budget=0.0)
    with pytest.raises(ServiceUnreachable, match="Google did not answer"):
        backend.read()
    backend.close()


def test_an_endpoint_that_is_no_address_is_a_configuration_error(sheet: GoogleHarness, tmp_path: Path) -> None:
    backend = GoogleBackend(sheet.book.id, sheet.emulator.key_file(tmp_path), "nonsense")
    with pytest.raises(ConfigError, match="api_endpoint"):
        backend.read()
    backend.close()


def test_a_sheet_without_our_tabs_and_a_copied_sheet_ask_for_set_up(empty: GoogleHarness, tmp_path: Path) -> None:
    with pytest.raises(SheetUnusable, match="None of our tabs"):
        empty.backend().read()
    empty.backend().repair()
    twin = empty.emulator.copy_spreadsheet(empty.book)
    twin.hand.share()
    copy = GoogleBackend(twin.id, empty.emulator.key_file(tmp_path), empty.emulator.url)
    with pytest.raises(SheetUnusable, match="copy of another one"):
        copy.read()
    assert "This copy of a sheet is now a sheet of its own." in [repair.what for repair in copy.repair()]
    assert copy.read().sheet == twin.id
    copy.close()


@pytest.mark.parametrize(("text", "words"), [
    ("{", "no JSON"), ('{"installed": {}}', "OAuth client file"), ('{"web": {}}', "OAuth client file"),
    ('{"type": "authorized_user"}', "belongs to a person"), ("[]", "not a service account's key"),
    ('{"type": "service_account", "client_email": "a@b"}', "private_key is missing"),
    ('{"type": "service_account", "client_email": "a@b", "private_key": "x", "token_uri": "https://t"}', "damaged"),
])  # fmt: skip
def test_a_wrong_key_file_is_named_for_what_it_is(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words) as caught:
        GoogleBackend("x", path)
    assert caught.value.exit_code == 3
    assert caught.value.remedy


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        GoogleBackend("x", tmp_path / "none.json")


# --- a Google that behaves otherwise where nobody has seen it --------------------------------------------------------


@pytest.mark.parametrize("switches", [Switches(metadata_follows_sort=True), Switches(values_extend_grid=True),
                                      Switches(validation_refuses_api=True)])  # fmt: skip
def test_the_whole_round_holds_whatever_google_does(empty: GoogleHarness, switches: Switches) -> None:
    empty.emulator.switches = empty.book.switches = switches
    backend = empty.backend()
    backend.repair()
    assert backend.repair() == ()
    empty.emulator.reset_log()
    empty.hand.fill("Contacts", "A2", [[name] for name in reversed(PEOPLE)])
    backend.read()
    empty.sort("Contacts", "Name")
    edits = [CellEdit(RowRef("contacts", "", row, name), "id", _id(name)) for row, name in enumerate(PEOPLE, 2)]
    assert backend.write(edits, {"Last check": "10:00"}) == Written(cells=5)
    _no_team_cell_written(empty)
    assert empty.at("Start here", "B3") == "10:00"
