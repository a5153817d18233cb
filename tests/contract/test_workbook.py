"""The workbook beyond the shared suite: the file, the programs that have it open, and all that it must not lose."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import REACH, STOP_WORDS, TAB, CellType, Owner
from sync.core.config import WorkbookSheet
from sync.core.errors import ServiceUnreachable, SheetUnusable
from sync.core.ports import Cell, CellEdit, RowRef, Written
from sync.sheets import machine_zone, open_backend
from sync.sheets.workbook import WorkbookBackend, fill_rows
from sync.sheets.workbook.files import replace_file
from tests.contract.harness_workbook import WorkbookHarness, open_harness

GOES = CellEdit(RowRef("contacts", "ranna234567", 2, "Anna"), "next", "Goes")


@pytest.fixture
def sheet(tmp_path: Path) -> WorkbookHarness:
    """A workbook that was set up, with Anna in row 2 of Contacts."""
    made = open_harness(tmp_path)
    made.backend().repair()
    fill_rows(made.path, {"contacts": [{"name": "Anna", "email": "anna@example.org"}]})
    made.backend().write([CellEdit(RowRef("contacts", "", 2, "Anna"), "id", "ranna234567")], {})
    return made


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change parts of the workbook as another program might have written them."""
    all_parts = parts(path)
    change(all_parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in all_parts.items():
            archive.writestr(name, data)


def part_of(path: Path, title: str) -> str:
    book = openpyxl.load_workbook(path)
    return f"xl/worksheets/sheet{book.sheetnames.index(title) + 1}.xml"


# --- the file --------------------------------------------------------------------------------------------------------


def test_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(SheetUnusable, match=r"There is no workbook people\.xlsx in .*sync setup.*sync demo"):
        WorkbookBackend(tmp_path / "people.xlsx").read()


@pytest.mark.parametrize(
    ("name", "words"),
    [("people.xls", "an old Excel file"), ("people.ods", "an OpenDocument file"), ("people", "not an Excel workbook")],
)
def test_another_kind_of_file(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    backend = WorkbookBackend(tmp_path / name)
    for step in (backend.read, backend.repair):
        with pytest.raises(SheetUnusable, match=rf"{name} is {words}.*\.xlsx"):
            step()
    assert (tmp_path / name).read_bytes() == b"x"


@pytest.mark.parametrize("keep", [0, 1, 100, 5000, -200, -1])
def test_a_damaged_file_is_one_sentence_and_stays(sheet: WorkbookHarness, keep: int) -> None:
    whole = sheet.path.read_bytes()
    damaged = whole[:keep]
    sheet.path.write_bytes(damaged)
    for step in (sheet.backend().read, sheet.backend().repair, lambda: sheet.backend().write([GOES], {})):
        with pytest.raises(SheetUnusable, match=r"people\.xlsx cannot be read.*save it anew"):
            step()
    assert sheet.path.read_bytes() == damaged


def test_a_part_that_is_damaged(sheet: WorkbookHarness) -> None:
    name = part_of(sheet.path, "Contacts")
    rewrite(sheet.path, lambda all_parts: all_parts.update({name: all_parts[name][:900]}))
    with pytest.raises(SheetUnusable, match="cannot be read"):
        sheet.backend().read()


def test_a_file_that_is_being_saved_is_read_again_later(sheet: WorkbookHarness) -> None:
    sheet.path.write_bytes(sheet.path.read_bytes()[:3000])
    (sheet.path.parent / "~$people.xlsx").touch()
    with pytest.raises(ServiceUnreachable, match=r"being saved just now"):
        sheet.backend().read()


def test_a_workbook_without_our_tabs(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "people.xlsx")
    with pytest.raises(SheetUnusable, match=r"none of our tabs.*sync setup"):
        WorkbookBackend(tmp_path / "people.xlsx").read()


@pytest.mark.parametrize("lock", ["~$people.xlsx", ".~lock.people.xlsx#"])
def test_an_open_file_is_read_but_waits_to_be_written(sheet: WorkbookHarness, lock: str) -> None:
    beside = sheet.path.parent / lock
    beside.touch()
    backend = sheet.backend()
    assert backend.read().tabs["contacts"].rows
    before = sheet.path.read_bytes()
    with pytest.raises(ServiceUnreachable) as caught:
        backend.write([GOES], {})
    assert caught.value.sentence == "Waits until the file is closed."
    assert "Close people.xlsx" in caught.value.remedy
    assert lock in caught.value.remedy
    assert sheet.path.read_bytes() == before
    assert backend.repair() == ()
    sheet.book().remove(sheet.book()["Team"])
    sheet.save()
    with pytest.raises(ServiceUnreachable, match="Waits until"):
        backend.repair()
    beside.unlink()
    assert backend.write([GOES], {}) == Written(1)


def test_what_stands_there_already_does_not_touch_the_file(sheet: WorkbookHarness) -> None:
    sheet.backend().write([GOES], {"Last check": "now"})
    before = sheet.path.stat()
    (sheet.path.parent / "~$people.xlsx").touch()  # nothing to write, so nothing waits either
    assert sheet.backend().write([GOES], {"Last check": "now"}) == Written(2)
    assert sheet.backend().repair() == ()
    after = sheet.path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_permissions_and_links_stay(sheet: WorkbookHarness) -> None:
    sheet.path.chmod(0o640)
    link = sheet.path.parent / "link.xlsx"
    link.symlink_to(sheet.path)
    backend = WorkbookBackend(link)
    assert backend.write([GOES], {}) == Written(1)
    assert link.is_symlink()
    assert stat.S_IMODE(sheet.path.stat().st_mode) == 0o640
    assert sheet.cell("Contacts", 2, "What happens next") == "Goes"
    assert backend.read().sheet == str(sheet.path.resolve())


def test_somebody_saved_in_between(sheet: WorkbookHarness) -> None:
    old = sheet.path.read_bytes()
    sheet.type("Contacts", 2, "Notes", "typed just now")
    theirs = sheet.path.read_bytes()
    assert not replace_file(sheet.path, b"ours", old)
    assert sheet.path.read_bytes() == theirs
    assert sorted(entry.name for entry in sheet.path.parent.iterdir()) == ["people.xlsx"]


def test_a_folder_that_cannot_be_written(sheet: WorkbookHarness) -> None:
    missing = sheet.path.parent / "gone" / "people.xlsx"
    with pytest.raises(ServiceUnreachable, match=r"cannot be written.*disk has room"):
        replace_file(missing, b"x", None)


WRITER = """
import sys, pathlib
from sync.core.ports import CellEdit, RowRef
from sync.sheets.workbook import WorkbookBackend
backend = WorkbookBackend(pathlib.Path(sys.argv[1]))
ref = RowRef("contacts", "ranna234567", 2, "Anna")
n = 0
while True:
    n += 1
    backend.write([CellEdit(ref, "next", f"Goes {n}")], {})
    print(n, flush=True)
"""


def test_a_kill_midway_leaves_a_whole_file(sheet: WorkbookHarness) -> None:
    folder = Path(__file__).parents[2]
    for after in (0.0, 0.011, 0.023, 0.037):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(sheet.path)], stdout=subprocess.PIPE, cwd=folder, text=True
        )
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(after)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        read = sheet.backend().read().tabs["contacts"]
        assert re.fullmatch(r"Goes \d+", str(read.cell(read.rows[0], "next")))
        assert sheet.backend().write([GOES], {}) == Written(1)
    for left in sheet.path.parent.glob(".people-*.new"):
        os.utime(left, (0, 0))
    sheet.backend().write([CellEdit(GOES.row, "next", "Sent")], {})
    assert [entry.name for entry in sheet.path.parent.iterdir()] == ["people.xlsx"]


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
    assert sheet.backend().write([], {"Last check": "now", "Next check": "then"}) == Written(2)
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
    assert parts(sheet.path)[part_of(sheet.path, "Contacts")].count(b"/><c") > 30
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


# --- how it looks ----------------------------------------------------------------------------------------------------


def dropdowns(sheet: Worksheet) -> dict[str, str]:
    """Return column letter → formula of its list, for lists that reach the first row of data."""
    found = {}
    for rule in sheet.data_validations.dataValidation:
        assert rule.type == "list"
        assert not rule.showErrorMessage, "a dropdown never refuses what people type"
        for span in rule.sqref.ranges:
            if span.min_row == 2 and span.max_row > 1000:
                found[get_column_letter(span.min_col)] = rule.formula1
    return found


def test_every_column_is_made_as_its_facts_say(sheet: WorkbookHarness) -> None:
    for tab in (TAB["contacts"], TAB["meetings"], TAB["promises"], TAB["team"], TAB["mail_log"]):
        cells = sheet.book()[tab.title]
        lists = dropdowns(cells)
        assert cells.freeze_panes == "B2"
        assert cells.auto_filter.ref.startswith(f"A1:{get_column_letter(len(tab.columns))}")
        assert not cells.protection.sheet
        for at, column in enumerate(tab.columns, 1):
            letter = get_column_letter(at)
            looks = cells.column_dimensions[letter]
            assert looks.hidden is (column.hidden or column.grouped), column.key
            assert bool(looks.outlineLevel) is column.grouped
            assert (letter in lists) is (
                column.type in (CellType.CHOICE, CellType.NAME, CellType.CHECKBOX, CellType.LANGUAGE)
            )
            assert (cells.cell(1, at).comment is not None) is bool(column.note or column.owner is Owner.SERVICE)
            assert cells.cell(1, at).font.b
            if column.type in (CellType.PHONE, CellType.ID, CellType.SENTENCE, CellType.STATUS):
                assert looks.number_format == "@"


def test_choices_and_names(sheet: WorkbookHarness) -> None:
    names = sheet.book().defined_names
    lists = dropdowns(sheet.book()["Contacts"])
    assert lists["C"] == "cg_list_contacts_reach"
    title, _, cells = names["cg_list_contacts_reach"].attr_text.partition("!")
    listed = sheet.book()[title.strip("'")][cells.replace("$", "")]
    assert tuple(row[0].value for row in listed) == REACH
    assert lists["F"] == "cg_list_team"
    assert names["cg_list_team"].attr_text.startswith("'Team'!$A$2:")
    assert dropdowns(sheet.book()["Meetings"])["C"].startswith('"Draft,Invite,Agreed')


def test_a_dropdown_that_somebody_lost_comes_back(sheet: WorkbookHarness) -> None:
    rules = sheet.book()["Meetings"].data_validations.dataValidation
    rules[:] = [rule for rule in rules if "Draft" not in rule.formula1]
    sheet.save()
    assert [one.what for one in sheet.backend().repair()] == ["Meetings: put the dropdown of Stage back."]
    assert sheet.backend().repair() == ()


def test_rows_grow_with_their_sentence_unless_a_person_chose(sheet: WorkbookHarness) -> None:
    fill_rows(sheet.path, {"contacts": [{"name": "Eva"}]})
    sheet.book()["Contacts"].row_dimensions[3].height = 20
    sheet.save()
    long = "Purpose is empty. Write one sentence Anna will read: why would you like to meet her? " * 2
    sheet.backend().write(
        [CellEdit(GOES.row, "next", long), CellEdit(RowRef("contacts", "", 3, "Eva"), "next", long)], {}
    )
    rows = sheet.book()["Contacts"].row_dimensions
    assert rows[2].height >= 45
    assert rows[3].height == 20


def test_a_column_that_comes_back_does_not_overlap_a_run_of_columns(sheet: WorkbookHarness) -> None:
    """Programs write one width for all columns to the right; two entries for one column are a damaged file."""
    name = part_of(sheet.path, "Promises")
    sheet.delete_column("Promises", "Notes")
    rewrite(
        sheet.path,
        lambda all_parts: all_parts.update(
            {
                name: re.sub(
                    rb"<cols>.*</cols>",
                    b'<cols><col min="2" max="16384" width="20" customWidth="1"/></cols>',
                    all_parts[name],
                )
            }
        ),
    )
    assert sheet.backend().repair()
    spans = [
        tuple(map(int, found)) for found in re.findall(rb'<col [^>]*min="(\d+)" max="(\d+)"', parts(sheet.path)[name])
    ]
    assert len(spans) > 3
    assert all(before[1] < after[0] for before, after in zip(sorted(spans), sorted(spans)[1:], strict=False))


def test_a_team_that_had_a_workbook_before(tmp_path: Path) -> None:
    book = Workbook()
    cells = book.active
    assert cells is not None
    cells.title = "contacts"
    for row in (["Full name", "E-mail", "Street"], ["Anna", "anna@example.org", "Hlavná"]):
        cells.append(row)
    book.save(tmp_path / "people.xlsx")
    backend = WorkbookBackend(tmp_path / "people.xlsx")
    done = [one.what for one in backend.repair()]
    assert "contacts: added the column Phone." in done
    assert not any("column Name" in one or "column Email" in one for one in done)
    read = backend.read().tabs["contacts"]
    assert read.found[:3] == ("Full name", "E-mail", "Street")
    assert (read.cell(read.rows[0], "name"), read.cell(read.rows[0], "email")) == ("Anna", "anna@example.org")
    assert read.rows[0][2] == "Hlavná"
    assert backend.repair() == ()


# --- a real spreadsheet program --------------------------------------------------------------------------------------

OFFICE = shutil.which("soffice")


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice (soffice) is not installed")
def test_libreoffice_keeps_what_we_rely_on(sheet: WorkbookHarness, tmp_path: Path) -> None:
    """Saved by LibreOffice the workbook reads the same, needs no repair, and is written as before."""
    assert OFFICE is not None
    fill_rows(
        sheet.path, {"meetings": [{"contact": "Anna", "date": 46457.0, "time": 0.75, "hold": True, "minutes": 45}]}
    )
    sheet.backend().write([GOES, CellEdit(RowRef("meetings", "", 2, "Anna"), "next", "=1+1")], {"Last check": "now"})
    sheet.book()["Dashboard"]["A3"] = "=Contacts!B2"
    sheet.save()
    first = sheet.backend().read()
    saved = tmp_path / "saved"

    def convert(kind: str) -> None:
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        subprocess.run([OFFICE, "--headless", profile, "--convert-to", kind, "--outdir", saved, sheet.path], check=True,
                       capture_output=True, timeout=120)  # fmt: skip

    convert("xlsx")
    sheet.path.write_bytes((saved / "people.xlsx").read_bytes())
    backend = sheet.backend()
    second = backend.read()
    for key, read in first.tabs.items():
        assert second.tabs[key].columns == read.columns
        assert second.tabs[key].rows == read.rows
    assert second.lost == ()
    assert second.stop_all is False
    assert backend.repair() == ()
    assert openpyxl.load_workbook(sheet.path, data_only=True)["Dashboard"]["A3"].value == "Goes"
    assert backend.write([CellEdit(GOES.row, "next", "Sent Tue 3 Mar 09:00")], {}) == Written(1)
    convert("xlsx")
    book = openpyxl.load_workbook(saved / "people.xlsx", data_only=True)
    assert book["Contacts"]["B2"].value == "Sent Tue 3 Mar 09:00"
    assert book["Dashboard"]["A3"].value == "Sent Tue 3 Mar 09:00", "formulas are calculated anew when it is opened"
    assert book["Meetings"]["B2"].value == "=1+1"


# --- choosing it -----------------------------------------------------------------------------------------------------


def test_the_configuration_opens_it(sheet: WorkbookHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    config = WorkbookSheet(type="workbook", path="people.xlsx")
    snapshot = open_backend(config, sheet.path.parent, zone="Europe/Prague", locale="cs_CZ").read()
    assert (snapshot.zone, snapshot.locale) == ("Europe/Prague", "cs_CZ")
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    snapshot = open_backend(config, sheet.path.parent).read()
    assert (snapshot.zone, snapshot.locale) == ("Asia/Tokyo", "fr_FR")
    monkeypatch.setenv("TZ", "nowhere/at all")
    assert machine_zone()


def test_opening_google_does_not_import_the_workbook_library() -> None:
    script = "import sys, sync.sheets; print([n for n in sys.modules if n.split('.')[0] in ('openpyxl', 'gspread')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                          cwd=Path(__file__).parents[2])  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_new_rows_go_below_and_look_like_their_column(sheet: WorkbookHarness) -> None:
    fill_rows(sheet.path, {"contacts": [{"name": "Eva", "phone": "0903", "quiet_until": 46457.0, "notes": "=1+1"}]})
    assert sheet.cell("Contacts", 3, "Name") == "Eva"
    assert sheet.is_text("Contacts", 3, "Notes")
    at = sheet.header("Contacts").index("No mail until") + 1
    assert sheet.book()["Contacts"].cell(3, at).number_format == "ddd d mmm yyyy"
    assert sheet.book()["Contacts"].cell(3, at).value == dt.datetime(2027, 3, 11)  # noqa: DTZ001


def test_bytes_of_a_saved_file_are_a_workbook(sheet: WorkbookHarness) -> None:
    with zipfile.ZipFile(io.BytesIO(sheet.path.read_bytes())) as archive:
        assert archive.testzip() is None
