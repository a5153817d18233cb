"""The workbook as a file: missing, damaged, open elsewhere, killed midway; and how it is chosen."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import signal
import stat
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from openpyxl.workbook import Workbook

from sync.core.config import WorkbookSheet
from sync.core.errors import ServiceUnreachable, SheetUnusable
from sync.core.ports import CellEdit, Written
from sync.sheets import machine_zone, open_backend
from sync.sheets.workbook import WorkbookBackend
from sync.sheets.workbook.files import replace_file
from sync.sheets.workbook.hand import Typed, type_in
from tests.contract.harness_workbook import GOES, WorkbookHarness, part_of, rewrite

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
    assert sheet.backend().write([GOES], {"Last check": "now"}) == Written(1)
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
    type_in(
        sheet.path,
        [Typed("contacts", {"name": "Eva", "phone": "0903", "quiet_until": dt.date(2027, 3, 11), "notes": "=1+1"})],
    )
    assert sheet.cell("Contacts", 3, "Name") == "Eva"
    assert sheet.is_text("Contacts", 3, "Notes")
    at = sheet.header("Contacts").index("No mail until") + 1
    assert sheet.book()["Contacts"].cell(3, at).number_format == "ddd d mmm yyyy"
    assert sheet.book()["Contacts"].cell(3, at).value == dt.datetime(2027, 3, 11)  # noqa: DTZ001


def test_bytes_of_a_saved_file_are_a_workbook(sheet: WorkbookHarness) -> None:
    with zipfile.ZipFile(io.BytesIO(sheet.path.read_bytes())) as archive:
        assert archive.testzip() is None
