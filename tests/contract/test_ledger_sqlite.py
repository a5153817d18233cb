"""What can happen to a ledger in a file: full disks, damage, other programs, and people who only want to look."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.core.errors import LedgerError
from sync.core.ports import CycleReport, EntryState, LedgerView, RowMemory
from sync.ledger import ledger_file, open_ledger, open_readonly
from sync.ledger.engine import sqlite_engine
from sync.ledger.failures import in_plain_words
from sync.ledger.ledger import SqlLedger

from .ledgers import NOW, SHEET, Place, die_while_sending, entry, key, place_for, send, start

URL = "sqlite:///commonground.db"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_for("sqlite", tmp_path)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 400 kB; needs the right to mount."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=400k", "tmpfs", folder]).returncode:
        pytest.skip("the right to mount a tmpfs is missing")
    yield folder
    subprocess.run(["umount", folder], check=True)


def files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def fill(folder: Path) -> Path:
    """Write until the disk is full."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def use_up_the_log(ledger: SqlLedger) -> LedgerError:
    """Commit until the disk says no; the write-ahead log may still have had room for a few commits."""
    for number in range(10_000):
        try:
            ledger.record_cycle(SHEET, CycleReport(NOW, NOW, f"cycle {number} {'x' * 400}"))
        except LedgerError as error:
            return error
    raise AssertionError("the disk never filled")


def test_on_a_full_disk_no_mail_may_leave_and_nothing_is_lost(small_disk: Path) -> None:
    ledger = open_ledger(URL, small_disk)
    send(ledger, key("before"), EntryState.SENT)
    claim = ledger.claim(SHEET, entry(key("rowb")))
    assert claim is not None
    ballast = fill(small_disk)
    error = use_up_the_log(ledger)
    assert str(error) == (
        f"The disk with the ledger {small_disk}/commonground.db is full. Make room on it. Nothing is sent before."
    )
    with pytest.raises(LedgerError):
        ledger.sending(claim, NOW)
    with pytest.raises(LedgerError):
        ledger.claim(SHEET, entry(key("rowc")))
    assert ledger.view(SHEET).entries[key("rowb")].state is EntryState.PLANNED
    ballast.unlink()
    assert ledger.sending(claim, NOW)
    ledger.settle(claim, EntryState.SENT, NOW)
    ledger.close()
    ledger = open_ledger(URL, small_disk)
    assert {of.about: mail.state for of, mail in ledger.view(SHEET).entries.items()} == {
        "before": EntryState.SENT,
        "rowb": EntryState.SENT,
    }
    ledger.close()


def test_an_outcome_that_cannot_be_recorded_ends_as_unsure(small_disk: Path) -> None:
    ledger = open_ledger(URL, small_disk)
    claim = ledger.claim(SHEET, entry())
    assert claim is not None
    assert ledger.sending(claim, NOW)
    ballast = fill(small_disk)
    use_up_the_log(ledger)
    with pytest.raises(LedgerError):
        ledger.settle(claim, EntryState.SENT, NOW)
    ballast.unlink()
    assert ledger.sweep(SHEET, NOW) == 1
    assert ledger.view(SHEET).entries[key()].state is EntryState.UNSURE
    ledger.close()


def test_a_file_that_may_not_grow_is_a_ledger_that_says_no(place: Place) -> None:
    code = f"""
import resource, sys
from pathlib import Path
from contract.ledgers import *
from sync.core.errors import LedgerError
ledger = open_ledger({place.url!r}, Path({str(place.folder)!r}))
claim = ledger.claim(SHEET, entry())
resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1))
try:
    ledger.sending(claim, NOW)
except LedgerError as error:
    print(error)
"""
    paths = os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])])
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert done.stdout == (
        f"The disk would not read or write the ledger {place.folder}/commonground.db. "
        "Check the disk and its free space. Nothing is sent before.\n"
    ), done.stderr
    ledger = place.open()
    assert ledger.view(SHEET).entries[key()].state is EntryState.PLANNED
    ledger.close()


def test_a_read_only_disk_is_said_in_words(small_disk: Path) -> None:
    ledger = open_ledger(URL, small_disk)
    send(ledger, key(), EntryState.SENT)
    ledger.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(LedgerError) as caught:
        open_ledger(URL, small_disk)
    assert str(caught.value) == (
        f"The ledger {small_disk}/commonground.db is read-only. "
        "Give the service the right to write to the file and to its folder."
    )
    looking = open_readonly(URL, small_disk)
    assert set(looking.view(SHEET).entries) == {key()}
    looking.close()


def test_a_locked_ledger_is_said_in_words(place: Place) -> None:
    place.open().close()
    file = place.folder / "commonground.db"
    holder, other = sqlite3.connect(file, isolation_level=None), sqlite3.connect(file, timeout=0)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match=r"^Another program keeps the ledger x locked. Close"), in_plain_words("x"):
        other.execute("BEGIN IMMEDIATE")
    holder.close()
    other.close()


def test_a_writer_waits_for_another_one(place: Place) -> None:
    ledger = place.open()
    holder = sqlite3.connect(place.folder / "commonground.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.4, holder.execute, ["COMMIT"])
    ending.start()
    assert ledger.claim(SHEET, entry()) is not None
    ending.join()
    holder.close()
    ledger.close()


def test_every_commit_reaches_the_disk_and_writers_wait_for_each_other(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "l.db")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 30_000, "foreign_keys": 1}
    engine.dispose()


def test_a_damaged_ledger_is_said_in_words_and_left_where_it_is(place: Place) -> None:
    ledger = place.open()
    ledger.observe(SHEET, rows=[RowMemory("meetings", f"row{n}", "f" * 40) for n in range(2000)])
    ledger.close()
    file = place.folder / "commonground.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:8192] + os.urandom(20_000) + whole[28_192:])
    before = files(place.folder)
    for opening in (open_ledger, open_readonly):
        with pytest.raises(LedgerError) as caught:
            opening(place.url, place.folder)
        assert caught.value.sentence == f"The ledger {file} is damaged."
        assert caught.value.exit_code == 3
    assert files(place.folder)["commonground.db"] == before["commonground.db"]


def test_a_file_of_another_sort_is_not_touched(place: Place) -> None:
    file = place.folder / "commonground.db"
    file.write_text("Dear diary, " * 100)
    with pytest.raises(LedgerError, match="is not a ledger"):
        place.open()
    assert file.read_text() == "Dear diary, " * 100
    file.unlink()
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE mail (subject)")
    other.close()
    with pytest.raises(LedgerError, match="holds tables of another program"):
        place.open()
    with sqlite3.connect(file) as other:
        assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("mail",)]
    other.close()


def test_only_its_owner_may_read_the_ledger(place: Place) -> None:
    ledger = place.open()
    send(ledger, key(), EntryState.SENT)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in place.folder.iterdir()}
    ledger.close()
    assert modes == {"commonground.db": 0o600, "commonground.db-wal": 0o600, "commonground.db-shm": 0o600}


# --- looking only ----------------------------------------------------------------------------------------------------


def test_looking_at_a_ledger_that_is_not_there_shows_an_empty_one_and_makes_nothing(place: Place) -> None:
    looking = open_readonly(place.url, place.folder)
    assert looking.view(SHEET) == LedgerView()
    assert looking.cycles(SHEET) == ()
    assert looking.overview(SHEET).counts == {}
    with pytest.raises(LedgerError, match="read-only"):
        looking.claim(SHEET, entry())
    looking.close()
    assert files(place.folder) == {}
    nowhere = open_readonly("sqlite:///no/such/folder.db", place.folder)
    assert nowhere.view(SHEET) == LedgerView()
    nowhere.close()
    assert files(place.folder) == {}


def look(folder: Path) -> LedgerView:
    looking = open_readonly(URL, folder)
    view = looking.view(SHEET)
    with pytest.raises(LedgerError, match="read-only"):
        looking.claim(SHEET, entry(key("mine")))
    looking.close()
    return view


def test_looking_after_a_clean_end_leaves_no_trace(place: Place) -> None:
    ledger = place.open()
    send(ledger, key(), EntryState.SENT)
    ledger.close()
    before = files(place.folder)
    assert set(before) == {"commonground.db"}
    assert set(look(place.folder).entries) == {key()}
    assert files(place.folder) == before


def test_looking_after_a_kill_sees_the_last_commit_and_leaves_no_trace(place: Place) -> None:
    process = start(die_while_sending, place.url, place.folder, key())
    process.join(30)
    before = files(place.folder)
    assert set(before) == {"commonground.db", "commonground.db-wal", "commonground.db-shm"}
    assert look(place.folder).entries[key()].state is EntryState.SENDING
    assert files(place.folder) == before
    (place.folder / "commonground.db-shm").unlink()  # a copy made by hand, without the index
    before = files(place.folder)
    assert look(place.folder).entries[key()].state is EntryState.SENDING
    assert files(place.folder) == before


def test_looking_beside_a_running_daemon_sees_what_it_does(place: Place) -> None:
    daemon = place.open()
    looking = open_readonly(place.url, place.folder)
    for number in range(3):
        send(daemon, key(f"row{number}"), EntryState.SENT)
        assert len(looking.view(SHEET).entries) == number + 1
    daemon.close()
    assert len(looking.view(SHEET).entries) == 3
    daemon = place.open()
    send(daemon, key("again"), EntryState.SENT)
    assert len(looking.view(SHEET).entries) == 4
    looking.close()
    daemon.close()


# --- addresses -------------------------------------------------------------------------------------------------------


def test_a_relative_address_counts_from_the_folder_of_the_configuration(tmp_path: Path) -> None:
    assert ledger_file("sqlite:///led%20ger.db", tmp_path) == tmp_path / "led ger.db"
    assert ledger_file(f"sqlite:///{tmp_path}/other.db", Path("/")) == tmp_path / "other.db"
    assert ledger_file("postgresql+psycopg://me@host/db", tmp_path) is None


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://me@host/db", "commonground.db", ""])
def test_an_address_that_is_none_is_refused(url: str, tmp_path: Path) -> None:
    for opening in (open_ledger, open_readonly):
        with pytest.raises(LedgerError, match="neither a SQLite file nor a PostgreSQL database"):
            opening(url, tmp_path)
    assert files(tmp_path) == {}


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"^The folder of the ledger .*/none/l.db is not there. Make the folder"):
        open_ledger("sqlite:///none/l.db", tmp_path)


def test_nothing_heavy_is_imported_before_it_is_needed(place: Place) -> None:
    code = f"""
import sys
from pathlib import Path
import sync.ledger
assert "sqlalchemy" not in sys.modules
sync.ledger.open_ledger({place.url!r}, Path({str(place.folder)!r})).close()
assert "alembic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True)
