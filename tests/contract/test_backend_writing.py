"""What every spreadsheet does alike: writing to the right row, to service columns only, and as text.

Each test runs on every harness (see ``conftest.py``).  ``design.md`` 3, promises P5, P6 and P8.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sync.core.columns import READ_TABS, Owner, Tab
from sync.core.ports import CellEdit, RowRef, Written
from sync.core.settings import SETTING_ROWS
from tests.contract.harness import Harness
from tests.contract.people import IDS, NASTY, edit_of, fill, row_of, told

AWAY = "Nobody Known"

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
    assert ready.backend().write(edits, {"Next check": texts[0]}) == Written(len(texts))
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
