"""What a write into the workbook, and its mending, must not lose; and files that other programs wrote."""

from __future__ import annotations

import datetime as dt
import re

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference

from sync.core.columns import STOP_WORDS, TABS
from sync.core.ports import Cell, CellEdit, RowRef, Written
from sync.sheets.workbook.hand import Typed, type_in
from tests.contract.harness_workbook import GOES, WorkbookHarness, part_of, parts, rewrite

# --- what a write leaves alone ---------------------------------------------------------------------------------------


def test_a_write_touches_only_its_own_bytes(sheet: WorkbookHarness) -> None:
    before = parts(sheet.path)
    sheet.backend().write([GOES], {})
    after = parts(sheet.path)
    changed = {name for name in before if before[name] != after[name]}
    contacts = part_of(sheet.path, "Contacts")
    assert after.keys() == before.keys()
    assert changed <= {contacts, "xl/workbook.xml"}
    plain = re.sub(rb'<c r="B2"[^>]*>.*?</c>', b"", after[contacts])
    assert plain == before[contacts]


def with_formula(sheet: WorkbookHarness, header: str, formula: str, result: str) -> None:
    """Put a formula with its result into row 2 of Contacts, as a spreadsheet program saves it."""
    at = sheet.header("Contacts").index(header) + 1
    sheet.book()["Contacts"].cell(2, at).value = formula
    sheet.save()
    name = part_of(sheet.path, "Contacts")
    pattern = rb"(</f>)<v\s*/>|(</f>)<v></v>"
    new = b"</f><v>" + result.encode() + b"</v>"
    rewrite(sheet.path, lambda all_parts: all_parts.update({name: re.sub(pattern, new, all_parts[name])}))


def test_results_of_formulas_count_and_survive_writing(sheet: WorkbookHarness) -> None:
    with_formula(sheet, "No mail until", "=46400+57", "46457")
    backend = sheet.backend()
    for _ in range(2):
        read = backend.read().tabs["contacts"]
        assert read.cell(read.rows[0], "quiet_until") in (46457, 46457.0)
        backend.write([GOES], {"Last check": "now"})
    assert sheet.cell("Contacts", 2, "No mail until") == "=46400+57"


def test_results_of_formulas_survive_mending(sheet: WorkbookHarness) -> None:
    with_formula(sheet, "No mail until", "=46400+57", "46457")
    book = parts(sheet.path)
    sheet.delete_tab("Team")
    rewrite(sheet.path, lambda all_parts: all_parts.update({n: book[n] for n in [part_of(sheet.path, "Contacts")]}))
    assert sheet.backend().repair()
    read = sheet.backend().read().tabs["contacts"]
    assert read.cell(read.rows[0], "quiet_until") in (46457, 46457.0)
    assert sheet.cell("Contacts", 2, "No mail until") == "=46400+57"


def test_a_formula_without_a_result_is_blank(sheet: WorkbookHarness) -> None:
    at = sheet.header("Contacts").index("Notes") + 1
    sheet.book()["Contacts"].cell(2, at).value = "=1+1"
    sheet.save()
    read = sheet.backend().read().tabs["contacts"]
    assert read.cell(read.rows[0], "notes") is None


def test_a_formula_in_our_column_goes_and_those_that_borrowed_it_stay(sheet: WorkbookHarness) -> None:
    name = part_of(sheet.path, "Contacts")
    own = b'<c r="B2"><f t="shared" ref="B2:B3" si="0">A2&amp;"!"</f><v>1</v></c>'
    borrowed = b'<row r="3"><c r="B3"><f t="shared" si="0"/><v>2</v></c></row>'

    def change(all_parts: dict[str, bytes]) -> None:
        xml = re.sub(
            rb"(<row r=\"2\"[^>]*><c r=\"A2\".*?</c>)", rb"\1" + own.replace(b"\\", b""), all_parts[name], count=1
        )
        all_parts[name] = xml.replace(b"</sheetData>", borrowed + b"</sheetData>")
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
        chain = f'<Override PartName="/xl/calcChain.xml" ContentType="{kind}"/></Types>'
        all_parts["[Content_Types].xml"] = all_parts["[Content_Types].xml"].replace(b"</Types>", chain.encode())
        relation = b'<Relationship Id="rIdC" Type="x" Target="calcChain.xml"/></Relationships>'
        rels = "xl/_rels/workbook.xml.rels"
        all_parts[rels] = all_parts[rels].replace(b"</Relationships>", relation)
        all_parts["xl/calcChain.xml"] = b'<calcChain><c r="B2" i="2"/><c r="B3" i="2"/></calcChain>'

    rewrite(sheet.path, change)
    assert sheet.backend().write([GOES], {}) == Written(1)
    cells = sheet.book()["Contacts"]
    assert (cells["B2"].value, cells["B3"].value) == ("Goes", '=A3&"!"')
    assert "xl/calcChain.xml" not in parts(sheet.path)
    assert not any(b"calcChain" in data for data in parts(sheet.path).values())


def test_everything_people_made_survives_writing_and_mending(sheet: WorkbookHarness) -> None:
    book = sheet.book()
    own = book.create_sheet("Our own", 0)
    own["A1"], own["B1"], own["A2"], own["B2"] = "Week", "Met", 1, 5
    chart = BarChart()
    chart.add_data(Reference(own, min_col=2, min_row=1, max_row=2), titles_from_data=True)
    own.add_chart(chart, "D2")
    own.merge_cells("A5:B5")
    contacts = book["Contacts"]
    contacts.column_dimensions["C"].width = 42
    contacts["A2"].font = openpyxl.styles.Font(bold=True, color="FF0000")
    contacts.cell(2, 19, "own column")
    contacts.cell(1, 19, "Shoe size")
    book.active = 0
    sheet.save()
    before = sheet.team_cells()
    sheet.backend().write([GOES], {})
    sheet.delete_column("Contacts", "Tone")
    assert sheet.backend().repair()
    book = sheet.book()
    assert book.sheetnames[0] == "Our own"
    assert book.active is not None
    assert book.active.title == "Our own"
    assert len(book["Our own"]._charts) == 1
    assert [str(one) for one in book["Our own"].merged_cells.ranges] == ["A5:B5"]
    assert book["Contacts"]["A2"].font.b
    assert book["Contacts"].column_dimensions["C"].width == 42
    after = sheet.team_cells()
    assert {at: value for at, value in after.items() if at[1] != "Tone"} == {
        at: value for at, value in before.items() if at[1] != "Tone"
    }
    assert sheet.cell("Contacts", 2, "Shoe size") == "own column"
    assert sheet.backend().repair() == ()


def test_what_cannot_be_taken_over_is_kept_beside(sheet: WorkbookHarness) -> None:
    rewrite(sheet.path, lambda all_parts: all_parts.update({"xl/media/image1.png": b"a picture"}))
    before = sheet.path.read_bytes()
    assert sheet.backend().repair() == ()
    sheet.backend().write([GOES], {})
    assert "xl/media/image1.png" in parts(sheet.path)
    sheet.path.write_bytes(before)
    rewrite(
        sheet.path,
        lambda all_parts: all_parts.update(
            {
                part_of(sheet.path, "Team"): all_parts[part_of(sheet.path, "Team")].replace(
                    b"Signature", b"Sign here, please"
                )
            }
        ),
    )
    rewrite(
        sheet.path,
        lambda all_parts: all_parts.update(
            {
                "xl/workbook.xml": re.sub(
                    rb'<definedName name="cg_team_signature"[^>]*>[^<]*</definedName>',
                    b"",
                    all_parts["xl/workbook.xml"],
                )
            }
        ),
    )
    old = sheet.path.read_bytes()
    done = sheet.backend().repair()
    assert any("Signature" in one.what for one in done)
    assert "pictures" in done[-1].what
    assert "people (before setup).xlsx" in done[-1].what
    assert (sheet.path.parent / "people (before setup).xlsx").read_bytes() == old


# --- odd files -------------------------------------------------------------------------------------------------------


def test_sheets_of_other_programs(sheet: WorkbookHarness) -> None:
    """A prefix before every name, UTF-16, and cells that do not say where they are."""
    name = part_of(sheet.path, "Contacts")

    def prefixed(all_parts: dict[str, bytes]) -> None:
        xml = re.sub(rb"<(/?)(?![?!])", rb"<\1x:", all_parts[name]).replace(b"xmlns=", b"xmlns:x=")
        xml = re.sub(rb' r="[A-Z]+2"', b"", xml.replace(b'<x:row r="2"', b"<x:row"))
        text = xml.decode()
        all_parts[name] = ('<?xml version="1.0" encoding="UTF-16"?>' + re.sub(r"<\?xml.*?\?>", "", text)).encode(
            "utf-16"
        )

    sheet.backend().write([CellEdit(GOES.row, "next", "Waits")], {})
    everything = sheet.book()["Contacts"]
    for at in range(1, 19):
        everything.cell(2, at).value = everything.cell(2, at).value or "x"
    sheet.save()
    rewrite(sheet.path, prefixed)
    backend = sheet.backend()
    read = backend.read().tabs["contacts"]
    assert read.cell(read.rows[0], "next") == "Waits"
    assert backend.write([GOES], {}) == Written(1)
    read = backend.read().tabs["contacts"]
    assert (read.cell(read.rows[0], "next"), read.cell(read.rows[0], "name")) == ("Goes", "Anna")


def test_rows_and_sheets_without_any_cell(sheet: WorkbookHarness) -> None:
    sheet.delete_row("Settings", 2)
    name = part_of(sheet.path, "Start here")
    rewrite(
        sheet.path,
        lambda all_parts: all_parts.update(
            {name: re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData/>", all_parts[name], flags=re.S)}
        ),
    )
    assert sheet.backend().write([], {"Last check": "now", "Next check": "then"}) == Written()
    assert [sheet.at("Start here", at) for at in ("A3", "B3", "A4", "B4")] == [
        "Last check",
        "now",
        "Next check",
        "then",
    ]


def test_cells_that_are_formatted_but_blank(sheet: WorkbookHarness) -> None:
    """Programs write ``<c …/>`` for them; each kind of neighbour and end of a row has its turn."""
    cells = sheet.book()["Contacts"]
    for row in (2, 3, 4):
        for column in range(1, 20):
            cells.cell(row, column).font = openpyxl.styles.Font(bold=True)
    cells["A3"] = "Eva"
    sheet.save()
    assert parts(sheet.path)[part_of(sheet.path, "Contacts")].count(b"/><c") > 10
    before = sheet.team_cells()
    eva = RowRef("contacts", "", 3, "Eva")
    edits = [GOES, CellEdit(eva, "next", "Waits"), CellEdit(eva, "stands", "new"), CellEdit(eva, "id", "reva2345678")]
    assert sheet.backend().write(edits, {}) == Written(4)
    assert sheet.team_cells() == before
    assert [cells["A3"].value for cells in [sheet.book()["Contacts"]]] == ["Eva"]
    assert [sheet.cell("Contacts", 3, header) for header in ("What happens next", "Where things stand", "ID")] == [
        "Waits", "new", "reva2345678",
    ]  # fmt: skip
    assert sheet.book()["Contacts"]["S3"].font.b


def test_values_of_every_kind(sheet: WorkbookHarness) -> None:
    cells = sheet.book()["Contacts"]
    cells["G2"] = dt.datetime(2027, 3, 11, 17, 30)  # noqa: DTZ001 - a cell knows no zone
    cells["H2"] = dt.date(2027, 3, 11)
    cells["I2"] = dt.time(17, 30)
    cells["J2"] = dt.timedelta(hours=36)
    cells["K2"] = CellRichText("plain ", TextBlock(InlineFont(b=True), "bold"))
    cells["L2"] = "#REF!"
    cells["L2"].data_type = "e"
    cells["M2"] = -5
    cells["M2"].number_format = "yyyy-mm-dd"  # a number that is no date
    cells["N2"] = "one\r\ntwo"
    sheet.save()
    row = sheet.backend().read().tabs["contacts"].rows[0]
    assert row[6] == pytest.approx(46457 + 17.5 / 24)
    assert row[7] == 46457.0
    assert row[8] == pytest.approx(17.5 / 24)
    assert row[9] == 1.5
    assert row[10] == "plain bold"
    assert row[11] == "#REF!"
    assert row[13] == "one\r\ntwo"


def test_dates_of_an_old_mac_workbook(sheet: WorkbookHarness) -> None:
    sheet.book().epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet.book()["Contacts"]["M2"] = dt.date(2027, 3, 11)
    sheet.save()
    assert sheet.backend().read().tabs["contacts"].rows[0][12] == 46457.0


@pytest.mark.parametrize(
    ("typed", "seen"), [("TRUE", True), (" false ", False), (1, True), (0, False), ("maybe", "maybe")]
)
def test_ticks_are_words_in_a_workbook(sheet: WorkbookHarness, typed: Cell, seen: Cell) -> None:
    sheet.type("Team", 2, "Name", "Jana")
    sheet.type("Team", 2, "Briefs", typed)
    sheet.set_stop_all(typed)
    snapshot = sheet.backend().read()
    assert snapshot.tabs["team"].cell(snapshot.tabs["team"].rows[0], "briefs") == seen
    assert type(snapshot.stop_all) is type(seen)
    assert snapshot.stop_all == seen


@pytest.mark.parametrize("named", [True, False])
def test_the_switch_is_found_where_it_went(sheet: WorkbookHarness, named: bool) -> None:
    sheet.insert_row("Start here", 1)
    names = sheet.book().defined_names
    names["cg_stop_all"].attr_text = "'Start here'!$B$2"
    if not named:
        del names["cg_stop_all"]
    sheet.save()
    sheet.set_stop_all(True)
    assert sheet.at("Start here", "A2") == STOP_WORDS
    assert sheet.backend().read().stop_all is True


# --- numbers and heights as they stand -------------------------------------------------------------------------------


def take_away(sheet: WorkbookHarness, title: str) -> None:
    """Take a tab out of the workbook; no library reads or writes the others anew."""
    pattern = rf'<sheet [^>]*name="{title}"[^>]*/>'.encode()

    def change(all_parts: dict[str, bytes]) -> None:
        all_parts["xl/workbook.xml"] = re.sub(pattern, b"", all_parts["xl/workbook.xml"])

    rewrite(sheet.path, change)


@pytest.mark.parametrize("number", [5, 44, 0.5, 59.25, 60, 61, 20270311, 903123456.5, -1])
def test_a_number_that_shows_as_a_date_stays_that_number(sheet: WorkbookHarness, number: float) -> None:
    name = part_of(sheet.path, "Contacts")
    for header, shown in (("No mail until", "ddd d mmm yyyy"), ("Notes", "hh:mm")):
        cell = sheet.book()["Contacts"].cell(2, sheet.header("Contacts").index(header) + 1)
        cell.value, cell.number_format = number, shown
    sheet.save()
    take_away(sheet, "Team")
    before = parts(sheet.path)[name]
    for _ in range(2):
        read = sheet.backend().read().tabs["contacts"]
        assert [read.cell(read.rows[0], key) for key in ("quiet_until", "notes")] == [number, number]
        type_in(sheet.path, [Typed("contacts", {"phone": "0903 123 456"}, {"name": "Anna"})])
        sheet.backend().repair()
    after = parts(sheet.path)[name]
    assert re.findall(rb"<v>[^<]*</v>", after) == re.findall(rb"<v>[^<]*</v>", before)


def test_rows_still_grow_after_mending_unless_a_person_chose_their_height(sheet: WorkbookHarness) -> None:
    type_in(sheet.path, [Typed("contacts", {"name": "Eva"}), Typed("contacts", {"name": "Dana"})])
    name = part_of(sheet.path, "Contacts")

    def chosen() -> list[bytes]:
        tags = re.findall(rb"<row [^>]*>", parts(sheet.path)[name])
        return re.findall(rb'r="(\d+)"', b"".join(tag for tag in tags if b'customHeight="1"' in tag))

    def as_a_person_does(all_parts: dict[str, bytes]) -> None:
        xml = re.sub(rb'<row r="2"', b'<row ht="30" r="2"', all_parts[name])
        all_parts[name] = re.sub(rb'<row r="4"', b'<row ht="20" customHeight="1" r="4"', xml)

    rewrite(sheet.path, as_a_person_does)
    assert chosen() == [b"1", b"4"]
    take_away(sheet, "Team")
    assert "Made the tab Team." in [one.what for one in sheet.backend().repair()]
    assert chosen() == [b"1", b"4"]
    type_in(sheet.path, [Typed("contacts", {"phone": "0903 123 456"}, {"name": "Eva"})])
    assert chosen() == [b"1", b"4"]


@pytest.mark.parametrize("title", [*(tab.title for tab in TABS), "Lists"])
def test_a_tab_is_made_again_though_its_names_were_left_behind(sheet: WorkbookHarness, title: str) -> None:
    book = openpyxl.load_workbook(sheet.path)
    whole = [cell.value for row in book[title].iter_rows(max_col=1) for cell in row]
    book.remove(book[title])  # openpyxl leaves the names; others do too
    book.save(sheet.path)
    assert len(sheet.backend().repair()) == 1
    again = openpyxl.load_workbook(sheet.path)[title]
    found = [cell.value for row in again.iter_rows(max_col=1) for cell in row]
    assert found == [value for value in whole if value != "Anna"]
    assert sheet.backend().repair() == ()
    assert sheet.backend().read().lost == ()
