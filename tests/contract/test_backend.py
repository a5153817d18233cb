"""What every spreadsheet does alike: set-up, reading what people typed, and writing to the right row and nowhere else.

Each test runs on every harness (see ``conftest.py``).  ``design.md`` 3, promises P5, P6 and P8.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pytest

from sync.core.columns import LIVE_LINES, READ_TABS, STOP_WORDS, TAB, TABS, Owner, Tab
from sync.core.headers import bind
from sync.core.ports import Cell, CellEdit, RowRef, Snapshot, Written
from sync.core.settings import SETTING_ROWS
from tests.contract.harness import Harness

NASTY = 'Zoë "<b>" O\'Neil & Söhne 🕊️'
PEOPLE: tuple[Mapping[str, Cell], ...] = (
    {"Name": "Anna Kováčová", "Email": "anna@example.org", "Phone": "0903 123 456", "Notes": "likes tea"},
    {"Name": NASTY, "Email": "zoe@example.org", "Greeting ✉": 'Dear "Zoë" & 🕊️,'},
    {"Name": "Eva Malá", "How to reach them": "E-mail is fine", "Notes": "-1 is her lucky number"},
)
IDS = {"Anna Kováčová": "rannaannaanna", NASTY: "rzoezoezoezoe", "Eva Malá": "revaevaevaeva"}
AWAY = "Nobody Known"


def fill(sheet: Harness, tab: str, rows: Sequence[Mapping[str, Cell]]) -> None:
    for number, row in enumerate(rows, 2):
        for header, value in row.items():
            sheet.type(tab, number, header, value)


@pytest.fixture
def people(ready: Harness) -> Harness:
    """A spreadsheet with three contacts that have their ids."""
    fill(ready, "Contacts", PEOPLE)
    backend = ready.backend()
    snapshot = backend.read()
    edits = [edit_of(snapshot, "contacts", name, "id", row_id) for name, row_id in IDS.items()]
    assert backend.write(edits, {}) == Written(cells=3)
    return ready


def edit_of(snapshot: Snapshot, tab: str, first: str, column: str, value: str) -> CellEdit:
    """Return the edit of the row whose first required cell says ``first``, as that read shows it."""
    read = snapshot.tabs[tab]
    key = TAB[tab].required[0].key
    index, row = next((i, row) for i, row in enumerate(read.rows) if read.cell(row, key) == first)
    row_id = read.cell(row, "id")
    return CellEdit(RowRef(tab, str(row_id or ""), read.first_row + index, first), column, value)


def row_of(sheet: Harness, tab: str, header: str, value: str) -> int:
    at = sheet.header(tab).index(header)
    return next(n for n, row in enumerate(sheet.rows(tab), 2) if at < len(row) and row[at] == value)


def told(sheet: Harness, name: str, header: str = "What happens next", name_header: str = "Name") -> Cell:
    """Return what stands beside a person now."""
    return sheet.cell("Contacts", row_of(sheet, "Contacts", name_header, name), header)


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
    assert [ready.at("Start here", "A3"), ready.at("Start here", "A4")] == list(LIVE_LINES)
    for number, setting in enumerate(SETTING_ROWS, 2):
        assert ready.cell("Settings", number, "Setting") == setting.label
        assert ready.cell("Settings", number, "What it does") == setting.what
        assert str(ready.cell("Settings", number, "Value") or "") == setting.default


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


# --- writing ---------------------------------------------------------------------------------------------------------

Deed = tuple[str, tuple[object, ...]]
DEEDS: dict[str, list[Deed]] = {
    "nothing": [],
    "a row above": [("insert_row", ("Contacts", 2))],
    "a row deleted above": [("delete_row", ("Contacts", 2))],
    "sorted": [("sort", ("Contacts", "Name"))],
    "a column before": [("insert_column", ("Contacts", "Name", "Street"))],
    "a blank column before": [("insert_column", ("Contacts", "What happens next"))],
    "a column deleted": [("delete_column", ("Contacts", "Organizer"))],
    "a column moved": [("move_column", ("Contacts", "What happens next", "Notes"))],
    "the id moved": [("move_column", ("Contacts", "ID", "Name"))],
    "all at once": [
        ("insert_row", ("Contacts", 3)), ("sort", ("Contacts", "Name")), ("delete_column", ("Contacts", "Tone")),
        ("insert_column", ("Contacts", "Email", "Street")), ("move_column", ("Contacts", "Name", "Notes")),
    ],
}  # fmt: skip


@pytest.mark.parametrize("deeds", DEEDS.values(), ids=DEEDS.keys())
def test_edits_land_in_their_row_wherever_it_went(people: Harness, deeds: list[Deed]) -> None:
    backend = people.backend()
    snapshot = backend.read()
    edits = [edit_of(snapshot, "contacts", name, "next", f"Goes to {name}") for name in IDS]
    edits += [edit_of(snapshot, "contacts", name, "stands", f"Stands: {name}") for name in IDS]
    for verb, values in deeds:
        getattr(people, verb)(*values)
    before = people.team_cells()
    there = [name for name in IDS if name in {value for row in people.rows("Contacts") for value in row}]
    written = backend.write(edits, {})
    assert written == Written(cells=2 * len(there), lost=2 * (len(IDS) - len(there)))
    for name in there:
        assert told(people, name) == f"Goes to {name}"
        assert told(people, name, "Where things stand") == f"Stands: {name}"
        assert told(people, name, "ID") == IDS[name]
    assert people.team_cells() == before


def test_two_tabs_in_one_write(people: Harness) -> None:
    fill(people, "Meetings", [{"Contact": "Eva Malá", "Organizer": "Jana"}])
    backend = people.backend()
    snapshot = backend.read()
    edits = [
        edit_of(snapshot, "contacts", "Eva Malá", "next", "One"),
        edit_of(snapshot, "meetings", "Eva Malá", "next", "Two"),
    ]
    before = people.team_cells()
    assert backend.write(edits, {}) == Written(cells=2)
    assert told(people, "Eva Malá") == "One"
    assert people.cell("Meetings", 2, "What happens next") == "Two"
    assert people.team_cells() == before


def test_a_row_that_is_gone_is_skipped(people: Harness) -> None:
    backend = people.backend()
    snapshot = backend.read()
    gone = CellEdit(RowRef("contacts", "rnobodynobody", 2, AWAY), "next", "Goes")
    assert backend.write([gone, edit_of(snapshot, "contacts", "Eva Malá", "next", "Goes")], {}) == Written(1, lost=1)
    assert told(people, "Anna Kováčová") is None
    assert told(people, "Eva Malá") == "Goes"


@pytest.mark.parametrize(
    "deed", [("insert_row", ("Contacts", 2)), ("sort", ("Contacts", "Name"))], ids=["inserted", "sorted"]
)
def test_a_new_id_is_written_only_beside_the_row_it_was_meant_for(ready: Harness, deed: Deed) -> None:
    fill(ready, "Contacts", [{"Name": "Ľubo"}, {"Name": "Anna"}, {"Name": "Bea"}])
    backend = ready.backend()
    edit = edit_of(backend.read(), "contacts", "Ľubo", "id", "rlubolubolubo")
    verb, values = deed
    getattr(ready, verb)(*values)
    written = backend.write([edit], {})
    name, at = (ready.header("Contacts").index(header) for header in ("Name", "ID"))
    marked = [row[name] for row in ready.rows("Contacts") if at < len(row) and row[at]]
    assert marked in ([], ["Ľubo"])
    assert (written.cells, written.lost) == (len(marked), 1 - len(marked))


def test_a_new_id_never_overwrites_another(people: Harness) -> None:
    edit = CellEdit(RowRef("contacts", "", 2, "Anna Kováčová"), "id", "ranotheranother")
    assert people.backend().write([edit], {}) == Written(0, lost=1)
    assert told(people, "Anna Kováčová", "ID") == IDS["Anna Kováčová"]


def test_ids_that_changed_places_are_put_back(people: Harness) -> None:
    backend = people.backend()
    snapshot = backend.read()
    first, second = "Anna Kováčová", "Eva Malá"
    edits = [
        edit_of(snapshot, "contacts", first, "id", IDS[second]),
        edit_of(snapshot, "contacts", second, "id", IDS[first]),
    ]
    assert backend.write(edits, {}) == Written(2)
    assert (told(people, first, "ID"), told(people, second, "ID")) == (IDS[second], IDS[first])


def test_an_empty_text_clears_the_cell(people: Harness) -> None:
    backend = people.backend()
    backend.write([edit_of(backend.read(), "contacts", "Eva Malá", "next", "Goes")], {})
    backend.write([edit_of(backend.read(), "contacts", "Eva Malá", "next", "")], {})
    assert told(people, "Eva Malá") is None


HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", "'=1", "00123", "1/2/2027", "TRUE", '=HYPERLINK("http://x","y")')


TEXTS = (NASTY, "a\nb", "  blanks around  ", "<&>\"'", "👩‍👩‍👧 \U0001d518nicode", "]]> &amp; &#65;", "x" * 4000)


@pytest.mark.parametrize("texts", [HOSTILE, TEXTS], ids=["hostile", "odd"])
def test_what_is_written_comes_back_as_text(ready: Harness, texts: Sequence[str]) -> None:
    edits = [
        CellEdit(RowRef("settings", "", row, setting.label), "next", text)
        for row, (setting, text) in enumerate(zip(SETTING_ROWS, texts, strict=False), 2)
    ]
    before = ready.team_cells()
    assert ready.backend().write(edits, {"Next check": texts[0]}) == Written(len(texts) + 1)
    assert all(ready.is_text("Settings", row, "What happens next") for row in range(2, len(texts) + 2))
    read = ready.backend().read().tabs["settings"]
    assert [read.cell(row, "next") for row in read.rows[: len(texts)]] == list(texts)
    assert ready.at("Start here", "B4") == texts[0]
    assert ready.team_cells() == before


def test_live_lines(people: Harness) -> None:
    before = people.team_cells()
    backend = people.backend()
    assert backend.write([], {"Last check": "Tue 2 Mar 19:10", "Next check": "Tue 2 Mar 19:11"}).lost == 0
    assert (people.at("Start here", "B3"), people.at("Start here", "B4")) == ("Tue 2 Mar 19:10", "Tue 2 Mar 19:11")
    assert people.team_cells() == before


def test_live_lines_follow_their_labels(people: Harness) -> None:
    people.insert_row("Start here", 1)
    people.backend().write([], {"Last check": "now"})
    assert [people.at("Start here", at) for at in ("A4", "B4", "B3")] == ["Last check", "now", None]


def test_nothing_to_write_is_nothing(people: Harness) -> None:
    assert people.backend().write([], {}) == Written()


TEAM_COLUMNS = [(tab, column.key) for tab in READ_TABS for column in tab.columns if column.owner is Owner.TEAM]


@pytest.mark.parametrize(("tab", "column"), TEAM_COLUMNS[:: max(1, len(TEAM_COLUMNS) // 6)])
def test_a_team_cell_is_refused_and_nothing_is_written(people: Harness, tab: Tab, column: str) -> None:
    backend = people.backend()
    good = edit_of(backend.read(), "contacts", "Eva Malá", "next", "Goes")
    before = people.team_cells()
    with pytest.raises(ValueError, match=r"team"):
        backend.write([good, CellEdit(RowRef(tab.key, "", 2, "x"), column, "ours now")], {})
    assert people.team_cells() == before
    assert told(people, "Eva Malá") is None


def test_settings_get_their_sentence(ready: Harness) -> None:
    row = row_of(ready, "Settings", "Setting", "No mail after")
    ready.type("Settings", row, "Value", "late")
    before = ready.team_cells()
    edit = CellEdit(RowRef("settings", "", row, "No mail after"), "next", "Type an hour like 20:00.")
    assert ready.backend().write([edit], {}) == Written(1)
    assert ready.cell("Settings", row, "What happens next") == "Type an hour like 20:00."
    assert ready.team_cells() == before
