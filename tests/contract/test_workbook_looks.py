"""How the workbook looks and mends, and what a real spreadsheet program makes of it."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import REACH, TAB, CellType, Owner
from sync.core.ports import CellEdit, RowRef, Written
from sync.sheets.workbook import WorkbookBackend
from sync.sheets.workbook.hand import Typed, type_in
from tests.contract.harness_workbook import GOES, WorkbookHarness, part_of, parts, rewrite

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
    type_in(sheet.path, [Typed("contacts", {"name": "Eva"})])
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
    type_in(
        sheet.path,
        [
            Typed(
                "meetings",
                {"contact": "Anna", "date": dt.date(2027, 3, 11), "time": dt.time(18), "hold": True, "minutes": 45},
            )
        ],
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
