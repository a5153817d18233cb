"""What set-up asks of Google, from the facts alone: valid by Google's own description, whole, and nothing too much."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sync.core.columns import MEETINGS, READ_TABS, STOP_WORDS, TAB, TABS, CellType, Owner
from sync.core.ports import CellEdit, RowRef
from sync.core.settings import SETTING_ROWS
from sync.sheets import google_looks as looks
from sync.sheets.google_layout import Layout, Sheet, layout
from sync.sheets.google_requests import Found, Plan, plan
from sync.sheets.google_wire import block, pieces, put_body
from tests.fakes.sheets import discovery

Json = dict[str, Any]
NEW = {"properties": {"title": "T", "timeZone": "Europe/Prague", "locale": "cs_CZ"}, "sheets": [
    {"properties": {"sheetId": 0, "title": "List1", "index": 0, "gridProperties": {"rowCount": 1000}}}]}  # fmt: skip


def _found(about: Json = NEW, **rest: Any) -> Found:
    return Found("SHEET", layout(about, ()), rest.pop("rows", {}), **rest)


def _new() -> Plan:
    found = _found()
    return plan(Found("SHEET", found.layout, {}, spare=found.layout.sheets[0]))


def _of(made: Plan, kind: str) -> Iterator[Json]:
    for request in made.requests:
        if kind in request:
            yield dict(request[kind])


def test_every_request_fits_googles_description() -> None:
    assert discovery.check_body("BatchUpdateSpreadsheetRequest", {"requests": _new().requests}) == []


def test_a_new_spreadsheets_empty_tab_becomes_start_here_under_any_name() -> None:
    made = _new()
    assert [a["properties"]["title"] for a in _of(made, "addSheet")] == [tab.title for tab in TABS[1:]]
    renamed = [u["properties"] for u in _of(made, "updateSheetProperties") if "title" in u["fields"]]
    assert [(p["sheetId"], p["title"]) for p in renamed] == [(0, "Start here")]


def test_a_tab_with_content_stays_and_nothing_is_ever_deleted() -> None:
    made = plan(_found())
    assert "Start here" in [a["properties"]["title"] for a in _of(made, "addSheet")]
    assert not list(_of(made, "updateSheetProperties"))
    assert not [r for r in made.requests if any(word in kind for kind in r for word in ("deleteSheet", "deleteDim"))]


def test_new_tabs_take_ids_that_are_free() -> None:
    about: Json = {"sheets": [{"properties": {"sheetId": 1001 + n, "title": f"x{n}", "index": n}} for n in range(9)]}
    ids = [a["properties"]["sheetId"] for a in _of(plan(_found(about)), "addSheet")]
    assert len(set(ids)) == len(TABS)
    assert not set(ids) & set(range(1001, 1010))


def test_every_column_gets_its_heading_note_and_binding() -> None:
    made = _new()
    bound = [m["developerMetadata"] for m in _of(made, "createDeveloperMetadata")]
    assert {m["visibility"] for m in bound} == {"DOCUMENT"}
    values = {m["metadataValue"] for m in bound if m["metadataKey"] == "commonground.column"}
    assert values == {f"{tab.key}.{column.key}" for tab in TABS for column in tab.columns}
    cells = [cell for u in _of(made, "updateCells") for row in u["rows"] for cell in row["values"]]
    written = {cell["userEnteredValue"]["stringValue"] for cell in cells if "userEnteredValue" in cell}
    assert {column.header for tab in TABS for column in tab.columns} <= written
    assert STOP_WORDS in written
    assert {setting.label for setting in SETTING_ROWS} <= written


def _rules(made: Plan, tab: str) -> dict[str, Json]:
    sheets = {a["properties"]["title"]: a["properties"]["sheetId"] for a in _of(made, "addSheet")}
    found = {}
    for rule in _of(made, "setDataValidation"):
        if rule["range"]["sheetId"] == sheets[TAB[tab].title] and "endRowIndex" not in rule["range"]:
            found[TAB[tab].columns[rule["range"]["startColumnIndex"]].key] = rule
    return found


@pytest.mark.parametrize("tab", READ_TABS, ids=lambda tab: tab.key)
def test_dropdowns_and_checkboxes_reach_the_end_of_the_grid_and_refuse_nothing(tab: Any) -> None:
    rules = _rules(_new(), tab.key)
    wanted = {c.key for c in tab.columns if c.choices or c.names_from or c.type is CellType.CHECKBOX}
    assert set(rules) == wanted
    for key, rule in rules.items():
        assert rule["rule"]["strict"] is False
        assert rule["range"]["startRowIndex"] == 1
        column = tab.column(key)
        values = [v["userEnteredValue"] for v in rule["rule"]["condition"].get("values", [])]
        if column.choices:
            assert tuple(values) == column.choices
        if column.names_from:
            assert values == [f"='{TAB[column.names_from].title}'!$A$2:$A"]


def test_ids_phones_and_words_that_are_read_word_for_word_stay_text() -> None:
    made = _new()
    for tab in READ_TABS:
        for column in tab.columns:
            shape = looks.format_of(tab, column) or {}
            kind = (shape.get("numberFormat") or {}).get("type")
            if column.type in {CellType.ID, CellType.PHONE} or column.header.endswith("✉"):
                assert kind == "TEXT", column.header
            if column.type in {CellType.DATE, CellType.TIME}:
                assert kind == column.type.name
    masks = {r["fields"] for r in _of(made, "repeatCell")}
    assert not any("userEnteredValue" in mask or "*" in mask for mask in masks), "a format must not empty cells"


def test_warnings_cover_every_column_of_ours_and_none_of_the_teams() -> None:
    made = _new()
    areas = [p["protectedRange"] for p in _of(made, "addProtectedRange")]
    assert all(area["warningOnly"] for area in areas), "a hard protection would keep people from sorting"
    sheets = {a["properties"]["title"]: a["properties"]["sheetId"] for a in _of(made, "addSheet")}
    for tab in READ_TABS:
        covered: set[int] = set()
        for area in (a["range"] for a in areas if a["range"]["sheetId"] == sheets[tab.title]):
            if "endRowIndex" not in area:
                covered |= set(range(area["startColumnIndex"], area["endColumnIndex"]))
        assert covered == {i for i, c in enumerate(tab.columns) if c.owner is Owner.SERVICE}


def test_one_filter_over_the_whole_table_with_the_id_and_a_closed_group() -> None:
    made = _new()
    areas = [f["filter"]["range"] for f in _of(made, "setBasicFilter")]
    ends = {area["sheetId"]: area["endColumnIndex"] for area in areas}
    meetings = next(a["properties"] for a in _of(made, "addSheet") if a["properties"]["title"] == "Meetings")
    assert ends[meetings["sheetId"]] == len(MEETINGS.columns)
    grouped = [i for i, c in enumerate(MEETINGS.columns) if c.grouped]
    (group,) = _of(made, "addDimensionGroup")
    assert (group["range"]["startIndex"], group["range"]["endIndex"]) == (grouped[0], grouped[-1] + 1)
    assert next(_of(made, "updateDimensionGroup"))["dimensionGroup"]["collapsed"] is True


def test_default_values_stand_beside_their_settings() -> None:
    made = _new()
    sheet = next(a["properties"]["sheetId"] for a in _of(made, "addSheet") if a["properties"]["title"] == "Settings")
    columns: dict[int, list[str]] = {}
    for update in _of(made, "updateCells"):
        if update["start"]["sheetId"] == sheet and update["start"]["rowIndex"] == 1:
            texts = [r["values"][0].get("userEnteredValue", {}).get("stringValue", "") for r in update["rows"]]
            columns[update["start"]["columnIndex"]] = texts
    assert columns[0] == [s.label for s in SETTING_ROWS]
    assert columns[1] == [s.default for s in SETTING_ROWS]


def _contacts(header: list[Any], columns: int = 26) -> Found:
    sheet = Sheet(7, "Contacts", 0, 1000, columns)
    about = Layout("T", "UTC", "en_US", (sheet,), (), {"contacts": sheet})
    return Found("SHEET", about, {"contacts": [header]}, {"contacts": 0})


def test_columns_found_by_heading_or_alias_are_bound_and_not_made_again() -> None:
    made = plan(_contacts(["Full name", "Mail", "Telephone", "Our notes"]))
    bound = {m["developerMetadata"]["metadataValue"]: m["developerMetadata"]["location"]["dimensionRange"]["startIndex"]
             for m in _of(made, "createDeveloperMetadata")
             if m["developerMetadata"]["location"].get("dimensionRange", {}).get("sheetId") == 7}  # fmt: skip
    assert (bound["contacts.name"], bound["contacts.email"], bound["contacts.phone"]) == (0, 1, 2)
    assert bound["contacts.next"] == 4
    written = [u for u in _of(made, "updateCells") if u["start"]["sheetId"] == 7]
    assert [u["start"]["columnIndex"] for u in written] == [4], "headings of people are not written over"


@pytest.mark.parametrize("columns", [4, 26])
def test_missing_columns_are_inserted_and_never_taken_from_what_stands_there(columns: int) -> None:
    made = plan(_contacts(["Name", "Email", "Phone", "Our notes"], columns))
    room = [r for r in made.requests if ("insertDimension" in r or "appendDimension" in r)
            and 7 in (r.get("appendDimension", {}).get("sheetId"),
                      r.get("insertDimension", {}).get("range", {}).get("sheetId"))]  # fmt: skip
    missing = len(TAB["contacts"].columns) - 3
    if columns == 26:
        span = room[0]["insertDimension"]["range"]
        assert (span["startIndex"], span["endIndex"]) == (4, 4 + missing)
    else:
        assert room[0]["appendDimension"]["length"] == missing
    assert len(room) == 1


def test_two_columns_of_one_name_are_left_to_people() -> None:
    made = plan(_contacts(["Name", "Email", "Email"]))
    values = [m["developerMetadata"]["metadataValue"] for m in _of(made, "createDeveloperMetadata")]
    assert "contacts.email" not in values


def test_pieces_keep_rows_together_and_bodies_small() -> None:
    edits = [CellEdit(RowRef("contacts", f"r{n}", n + 2), key, "ž" * 300) for n in range(500) for key in ("id", "next")]
    found = list(pieces(edits, 100_000))
    assert sum(len(piece) for piece in found) == len(edits)
    assert all(sum(len(e.value) * 6 for e in piece) < 100_000 for piece in found)
    rows = [{edit.row for edit in piece} for piece in found]
    assert all(not one & other for at, one in enumerate(rows) for other in rows[at + 1 :])


def test_bodies_of_writes_are_raw_and_fit_googles_description() -> None:
    body = put_body((), (), {})
    assert body["valueInputOption"] == "RAW"
    assert discovery.check_body("BatchUpdateValuesByDataFilterRequest", dict(body)) == []
    assert discovery.check_body("DataFilter", dict(block(0, 0, 1, 0, 2))) == []
