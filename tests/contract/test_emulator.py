"""The Sheets emulator with the real gspread over HTTP: values, metadata, structure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import gspread
import pytest

from tests.fakes.sheets import CellError, Formula, Switches, serial
from tests.fakes.sheets.client import Client, lookup, tag, trial

Json = dict[str, Any]
TABLE = [["Name", "Email", "ID"], ["Anna", "anna@example.org", "ia"], ["Bob", "bob@example.org", "ib"]]


@pytest.fixture
def client() -> Iterator[Client]:
    with trial(today=lambda: date(2027, 3, 1)) as made:
        made.book.hand.fill("Sheet1", "A1", [list(row) for row in TABLE])
        yield made


# values


def test_what_gspread_writes_it_reads_back(client: Client) -> None:
    sheet = client.file.sheet1
    sheet.update([["=1+2", 7, True, 0.4, "007"]], "A5", raw=True)
    assert sheet.get("A5:E5") == [["=1+2", "7", "TRUE", "0.4", "007"]]
    assert client.get("A5:E5", valueRenderOption="UNFORMATTED_VALUE")["values"] == [["=1+2", 7, True, 0.4, "007"]]


def test_empty_rows_and_cells_at_the_end_are_not_sent(client: Client) -> None:
    client.book.hand.put("Sheet1", "B5", "x")
    assert client.get("Sheet1!A4:D9") == {
        "range": "Sheet1!A4:D9",
        "majorDimension": "ROWS",
        "values": [[], ["", "x"]],
    }
    assert client.get("G:H") == {"range": "Sheet1!G1:H1000", "majorDimension": "ROWS"}
    assert client.get("A4:B5", majorDimension="COLUMNS")["values"] == [[], ["", "x"]]


def test_null_skips_a_cell_and_an_empty_text_clears_it(client: Client) -> None:
    body = {"values": [[None, "new", ""]]}
    answer = client.call("put", "/values/A2:C2", body, valueInputOption="RAW", includeValuesInResponse="true")
    assert (answer["updatedCells"], answer["updatedColumns"]) == (2, 2)
    assert answer["updatedData"]["values"] == [["Anna", "new"]]


@pytest.mark.parametrize(
    ("locale", "text", "value", "shown"),
    [
        ("en_US", "3/4/2027", serial(date(2027, 3, 4)), "3/4/2027"),
        ("en_GB", "3/4/2027", serial(date(2027, 4, 3)), "03/04/2027"),
        ("de_DE", "12.3.2027", serial(date(2027, 3, 12)), "12.03.2027"),
        ("cs_CZ", "12.3.2027", serial(date(2027, 3, 12)), "12.3.2027"),
        ("de_DE", "12.3.", serial(date(2027, 3, 12)), "12.03.2027"),
        ("en_US", "2027-03-12", serial(date(2027, 3, 12)), "2027-03-12"),
        ("en_US", "2,000,000.01", 2000000.01, "2,000,000.01"),
        ("de_DE", "2.000.000,01", 2000000.01, "2.000.000,01"),
        ("de_DE", "1,5", 1.5, "1,5"),
        ("en_US", "1,5", "1,5", "1,5"),
        ("en_US", "17:30", 17.5 / 24, "17:30"),
        ("en_US", "5:30 pm", 17.5 / 24, "5:30 PM"),
        ("de_DE", "17.30", "17.30", "17.30"),
        ("en_US", "true", True, "TRUE"),
        ("de_DE", "WAHR", True, "WAHR"),
        ("en_US", "50%", 0.5, "50%"),
        ("en_US", "'007", "007", "007"),
        ("en_US", "007", 7, "7"),
        ("en_US", "=3/2", 1.5, "1.5"),
    ],
)
def test_typed_text_is_read_in_the_locale(client: Client, locale: str, text: str, value: object, shown: str) -> None:
    book = client.emulator.new_spreadsheet(locale=locale)
    book.hand.type("Sheet1", "A1", text)
    assert book.hand.value("Sheet1", "A1") == value
    assert book.hand.text("Sheet1", "A1") == shown


def test_user_entered_over_the_api_reads_as_a_person_would(client: Client) -> None:
    client.call("put", "/values/A9", {"values": [["3/4/2027", "=A2"]]}, valueInputOption="USER_ENTERED")
    query = {"valueRenderOption": "UNFORMATTED_VALUE"}
    assert client.get("A9:B9", **query)["values"] == [[serial(date(2027, 3, 4)), "Anna"]]
    texts = client.get("A9:B9", **query, dateTimeRenderOption="FORMATTED_STRING")["values"]
    assert texts == [["3/4/2027", "Anna"]]
    assert client.get("A9:B9", valueRenderOption="FORMULA")["values"][0][1] == "=A2"


def test_a_formula_nobody_can_evaluate_has_the_value_the_test_gives_it(client: Client) -> None:
    client.book.hand.put("Sheet1", "A9", Formula('=COUNTIF(A:A,"x")'))
    assert client.get("A9")["values"] == [["#N/A"]]
    client.book.formula_values['=COUNTIF(A:A,"x")'] = 4
    assert client.get("A9")["values"] == [["4"]]
    client.book.formula_values['=COUNTIF(A:A,"x")'] = CellError("REF")
    assert client.get("A9", valueRenderOption="UNFORMATTED_VALUE")["values"] == [["#REF!"]]


@pytest.mark.parametrize("title", ["It's", "C", "A1", "My:Tab", "🌵 x", "Start here"])
def test_awkward_tab_titles_work_when_quoted(client: Client, title: str) -> None:
    client.book.hand.add_tab(title)
    quoted = "'" + title.replace("'", "''") + "'"
    body = {"valueInputOption": "RAW", "data": [{"range": f"{quoted}!B2", "values": [["x"]]}]}
    answer = client.call("post", "/values:batchUpdate", body)
    assert answer["responses"][0]["updatedRange"] == f"{quoted}!B2"
    assert client.book.hand.value(title, "B2") == "x"


def test_ranges_that_do_not_exist(client: Client) -> None:
    assert client.refused("get", "/values/NOPE!A5:F15") == (400, "Unable to parse range: NOPE!A5:F15")
    limit = "exceeds grid limits. Max rows: 1000, max columns: 26"
    assert client.refused("get", "/values/A1001:B1002") == (400, f"Range (Sheet1!A1001:B1002) {limit}")
    body: Json = {"valueInputOption": "RAW", "data": [{"range": "Sheet1!A1:B1", "values": [["a", "b", "c"]]}]}
    assert client.refused("post", "/values:batchUpdate", body) == (
        400,
        "Invalid data[0]: Requested writing within range [Sheet1!A1:B1], but tried writing to column [C]",
    )
    assert client.refused("put", "/values/A999", {"values": [["a"], ["b"], ["c"]]}, valueInputOption="RAW") == (
        400,
        "Requested writing within range [A999], but tried writing to row [1001]",
    )
    assert client.book.written_cells == []


def test_a_cell_holds_fifty_thousand_characters(client: Client) -> None:
    client.file.sheet1.update([["x" * 50_000]], "A5")
    with pytest.raises(gspread.exceptions.APIError, match="more than the maximum of 50000 characters"):
        client.file.sheet1.update([["x" * 50_001]], "A5")


def test_append_finds_the_last_table_and_grows_the_grid(client: Client) -> None:
    body: Json = {"values": [["Eve", "", "ie"]]}
    first = client.call("post", "/values/Sheet1:append", body, valueInputOption="RAW")
    assert (first["tableRange"], first["updates"]["updatedRange"]) == ("Sheet1!A1:C3", "Sheet1!A4:C4")
    client.file.sheet1.resize(rows=4)
    query = {"valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS"}
    again = client.call("post", "/values/Sheet1!A1:append", body, **query)
    assert again["updates"]["updatedRange"] == "Sheet1!A5:C5"
    assert client.book.tab("Sheet1").row_count == 5


# developer metadata and data filters


def test_a_write_through_column_metadata_lands_under_its_header(client: Client) -> None:
    client.batch(tag(2, metadataValue="ID"))
    client.book.hand.insert_columns("Sheet1", "Email")
    client.book.hand.move_column("Sheet1", "ID", "Name")
    data = [{"dataFilter": lookup(metadataValue="ID"), "majorDimension": "COLUMNS", "values": [[None, None, "new"]]}]
    body = {"valueInputOption": "RAW", "includeValuesInResponse": True, "data": data}
    answer = client.call("post", "/values:batchUpdateByDataFilter", body)
    assert answer["responses"][0]["updatedData"]["values"] == [["ID"], ["ia"], ["new"]]
    assert [(w.header, w.row, w.old, w.new) for w in client.book.written_cells] == [("ID", 3, "ib", "new")]
    filters = {"dataFilters": [lookup(metadataKey="column"), {"a1Range": "Sheet1!B1:B2"}]}
    found = client.call("post", "/values:batchGetByDataFilter", filters)["valueRanges"]
    assert [f["valueRange"]["range"] for f in found] == ["Sheet1!A1:A1000", "Sheet1!B1:B2"]
    assert found[0]["dataFilters"] == filters["dataFilters"][:1]


def test_a_write_goes_to_every_match_and_must_fit(client: Client) -> None:
    client.batch(tag(1), tag(2))
    data = [{"dataFilter": lookup(metadataKey="column"), "values": [["h"], ["x"]]}]
    client.call("post", "/values:batchUpdateByDataFilter", {"valueInputOption": "RAW", "data": data})
    assert client.book.hand.rows("Sheet1")[1] == ["Anna", "x", "x"]
    data[0]["values"] = [["too", "wide"]]
    code, message = client.refused("post", "/values:batchUpdateByDataFilter", {"valueInputOption": "RAW", "data": data})
    assert (code, message.split(",")[0]) == (400, "Invalid data[0]: Requested writing within range [Sheet1!B1:B1000]")


def test_row_metadata_follows_rows_but_not_a_sort(client: Client) -> None:
    client.batch(tag(1, "row", "ROWS", metadataValue="Anna"))
    hand = client.book.hand

    def row() -> int:
        (found,) = client.call("post", "/developerMetadata:search", {"dataFilters": [lookup(metadataKey="row")]})[
            "matchedDeveloperMetadata"
        ]
        start: int = found["developerMetadata"]["location"]["dimensionRange"]["startIndex"]
        return start + 1

    hand.insert_rows("Sheet1", 2, 3)
    assert row() == 5 == hand.find("Sheet1", "Name", "Anna")
    hand.move_rows("Sheet1", 5, 8)
    assert row() == 7 == hand.find("Sheet1", "Name", "Anna")
    hand.sort("Sheet1", "Name")
    assert (row(), hand.find("Sheet1", "Name", "Anna")) == (7, 2)
    hand.delete_rows("Sheet1", 7)
    assert client.call("post", "/developerMetadata:search", {"dataFilters": [lookup(metadataKey="row")]}) == {}
    hand.undo()
    assert row() == 7


def test_metadata_may_follow_a_sort_when_the_switch_says_so() -> None:
    with trial(switches=Switches(metadata_follows_sort=True)) as made:
        made.book.hand.fill("Sheet1", "A1", [["Name"], ["b"], ["a"]])
        reply = made.batch(tag(1, "row", "ROWS"))[0]["createDeveloperMetadata"]["developerMetadata"]
        made.book.hand.sort("Sheet1", "Name")
        place = made.call("get", f"/developerMetadata/{reply['metadataId']}")["location"]["dimensionRange"]
        assert place["startIndex"] == 2


def test_metadata_is_updated_deleted_and_matched_by_place(client: Client) -> None:
    client.batch(tag(0), tag(1, "row", "ROWS"), tag(2, metadataId=77))
    change = {"developerMetadata": {"metadataValue": "v"}, "fields": "metadataValue"}
    assert client.batch({"updateDeveloperMetadata": change | {"dataFilters": [lookup(metadataId=77)]}})[0] == {
        "updateDeveloperMetadata": {"developerMetadata": [client.call("get", "/developerMetadata/77")]}
    }
    column = {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}}
    crossing = client.call("post", "/developerMetadata:search", {"dataFilters": [lookup(metadataLocation=column)]})[
        "matchedDeveloperMetadata"
    ]
    assert {m["developerMetadata"]["metadataKey"] for m in crossing} == {"row", "column"}
    exact = lookup(metadataLocation=column, locationMatchingStrategy="EXACT_LOCATION")
    assert len(client.call("post", "/developerMetadata:search", {"dataFilters": [exact]})) == 1
    client.batch({"deleteDeveloperMetadata": {"dataFilter": lookup(metadataKey="column")}})
    assert client.refused("get", "/developerMetadata/77")[0] == 404
    assert "already exists" in client.refused_batch(tag(0, metadataId=5), tag(1, metadataId=5))


# structure


def test_ranges_move_with_their_cells(client: Client) -> None:
    area = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 2, "endColumnIndex": 3}
    rule = {"ranges": [area], "booleanRule": {"condition": {"type": "NOT_BLANK"}, "format": {}}}
    client.batch(
        {"addNamedRange": {"namedRange": {"name": "ids", "range": area}}},
        {"addProtectedRange": {"protectedRange": {"range": area, "warningOnly": True}}},
        {"addConditionalFormatRule": {"rule": rule, "index": 0}},
        {"setBasicFilter": {"filter": {"range": {"sheetId": 0, "startColumnIndex": 0, "endColumnIndex": 3}}}},
        {"addBanding": {"bandedRange": {"range": area, "rowProperties": {"firstBandColor": {"red": 1}}}}},
    )
    client.book.hand.insert_rows("Sheet1", 1)
    client.book.hand.insert_columns("Sheet1", "B")
    client.book.hand.delete_rows("Sheet1", 4)
    moved = {"startRowIndex": 2, "endRowIndex": 3, "startColumnIndex": 3, "endColumnIndex": 4}
    whole = client.call("get", "")
    sheet = whole["sheets"][0]
    assert whole["namedRanges"][0]["range"] == moved
    assert sheet["protectedRanges"][0]["range"] == sheet["conditionalFormats"][0]["ranges"][0] == moved
    assert sheet["bandedRanges"][0]["range"] == moved
    assert sheet["basicFilter"]["range"]["endColumnIndex"] == 4
    assert client.get("ids")["range"] == "Sheet1!D3"
    client.book.hand.delete_columns("Sheet1", "D")
    assert client.refused("get", "/values/ids") == (400, "Unable to parse range: ids")
    assert "range" not in client.call("get", "", fields="namedRanges")["namedRanges"][0]


def test_formats_notes_and_validation_live_on_cells(client: Client) -> None:
    area = {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 3, "startColumnIndex": 0, "endColumnIndex": 1}
    cell = {"userEnteredFormat": {"numberFormat": {"type": "DATE", "pattern": "d mmm"}}, "note": "n"}
    rule = {"condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "y"}]}, "showCustomUi": True}
    client.batch(
        {"repeatCell": {"range": area, "cell": cell, "fields": "userEnteredFormat.numberFormat,note"}},
        {"setDataValidation": {"range": area, "rule": rule}},
    )
    client.call("put", "/values/A2", {"values": [[serial(date(2027, 3, 4))]]}, valueInputOption="RAW")
    client.book.hand.sort("Sheet1", "Name", descending=True)
    fields = "sheets.data.rowData.values(formattedValue,note,dataValidation/condition/type)"
    got = client.call("get", "", ranges="Sheet1!A2:A3", fields=fields)
    cells = [row["values"][0] for row in got["sheets"][0]["data"][0]["rowData"]]
    assert cells == [
        {"formattedValue": text, "note": "n", "dataValidation": {"condition": {"type": "ONE_OF_LIST"}}}
        for text in ("Bob", "4 Mar")
    ]


def test_a_batch_is_all_or_nothing(client: Client) -> None:
    cell = {"userEnteredValue": {"stringValue": "X"}}
    write = {"updateCells": {"start": {"sheetId": 0}, "rows": [{"values": [cell]}], "fields": "userEnteredValue"}}
    grow = {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 5}}
    hide = {"updateSheetProperties": {"properties": {"sheetId": 0, "hidden": True}, "fields": "hidden"}}
    assert client.refused_batch(tag(0), grow, write, hide) == (
        "Invalid requests[3].updateSheetProperties: You can't hide all the sheets in a document."
    )
    assert client.book.hand.value("Sheet1", "A1") == "Name"
    assert client.book.tab("Sheet1").row_count == 1000
    assert client.book.state.metadata == {}
    assert client.book.written_cells == []


def test_unknown_requests_fields_and_masks_are_refused(client: Client) -> None:
    unknown = """Invalid JSON payload received. Unknown name "frob" at 'requests[0]': Cannot find field."""
    assert client.refused_batch({"frob": {}}) == unknown
    assert "does not know" in client.refused_batch({"trimWhitespace": {"range": {"sheetId": 0}}})
    props = {"properties": {"sheetId": 0, "title": "x"}}
    assert "At least one field" in client.refused_batch({"updateSheetProperties": props})
    assert client.refused("get", "", fields="sheets.sheetProperties") == (400, "Request contains an invalid argument.")
    unknown = 'Invalid JSON payload received. Unknown name "foo"'
    assert client.refused("get", "/values/A1", foo="1")[1].startswith(unknown)
    assert client.refused("put", "/values/A1", {"values": "X"}, valueInputOption="RAW")[1].startswith(
        "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue)"
    )


def test_find_and_replace_is_a_compare_and_swap(client: Client) -> None:
    ask = {"find": "ia", "replacement": "ix", "matchEntireCell": True, "matchCase": True, "sheetId": 0}
    counts = {"valuesChanged": 1, "rowsChanged": 1, "sheetsChanged": 1, "occurrencesChanged": 1}
    assert client.batch({"findReplace": ask}) == [{"findReplace": counts}]
    assert client.batch({"findReplace": ask}) == [{"findReplace": {}}]


def test_tabs_are_added_duplicated_renamed_and_deleted(client: Client) -> None:
    client.batch(tag(2))
    file = client.file
    copy = file.duplicate_sheet(0, new_sheet_name="Two")
    assert copy.get_all_values() == TABLE
    assert len(client.book.state.metadata) == 2
    client.book.hand.put("Two", "E1", Formula("=Sheet1!A2"))
    file.sheet1.update_title("Two")
    client.book.hand.rename_tab("Two", "One")
    file.del_worksheet(file.worksheet("One"))
    assert len(client.book.state.metadata) == 1
    assert [t.title for t in client.book.tabs] == ["Sheet1"]


def test_updated_spreadsheet_and_groups_and_charts(client: Client) -> None:
    place = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 5}}}
    source = {"sourceRange": {"sources": [{"sheetId": 0, "startColumnIndex": 0, "endColumnIndex": 1}]}}
    spec = {"title": "t", "basicChart": {"chartType": "COLUMN", "series": [{"series": source}]}}
    chart = client.batch({"addChart": {"chart": {"spec": spec, "position": place}}})[0]["addChart"]["chart"]
    group = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 3}
    closed = {"range": group, "depth": 1, "collapsed": True}
    body = {
        "requests": [
            {"addDimensionGroup": {"range": group}},
            {"updateDimensionGroup": {"dimensionGroup": closed, "fields": "collapsed"}},
            {"updateChartSpec": {"chartId": chart["chartId"], "spec": spec | {"title": "u"}}},
        ],
        "includeSpreadsheetInResponse": True,
    }
    sheet = client.call("post", ":batchUpdate", body)["updatedSpreadsheet"]["sheets"][0]
    assert sheet["charts"][0]["spec"]["title"] == "u"
    assert sheet["columnGroups"][0]["collapsed"]
    client.batch({"deleteEmbeddedObject": {"objectId": chart["chartId"]}})
    assert "charts" not in client.call("get", "", fields="sheets.charts")["sheets"][0]
