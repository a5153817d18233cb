"""One daemon per ledger, one at work at a time, and nothing held by the dead."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.core.errors import HeldByAnother, LedgerError
from sync.ledger.lock import FileLock, cycle_lock, daemon_lock, refuse_network_drive

ROOT = Path(__file__).parents[2]


@contextmanager
def another_process(ledger: Path, which: str = "daemon_lock", seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a lock."""
    code = f"""
import time
from pathlib import Path
from sync.ledger.lock import {which}
with {which}(Path({str(ledger)!r})).acquire():
    print("held", flush=True)
    time.sleep({seconds})
"""
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "commonground.db"


def test_a_second_daemon_is_told_who_the_first_one_is(ledger: Path) -> None:
    with another_process(ledger) as first:
        with pytest.raises(HeldByAnother) as caught:
            daemon_lock(ledger).acquire()
        assert caught.value.exit_code == 5
        assert re.fullmatch(
            rf"Another sync run already works with the ledger {ledger} "
            rf"\(process {first.pid} since \d{{4}}-\d\d-\d\d \d\d:\d\d\)\.",
            caught.value.sentence,
        )
        assert caught.value.remedy == "Let it work, or stop it first: there can only be one."


def test_the_lock_of_a_killed_daemon_is_free_at_once(ledger: Path) -> None:
    with another_process(ledger) as first:
        first.kill()
        first.wait()
        with daemon_lock(ledger).acquire() as lock:
            assert json.loads(lock.path.read_text())["pid"] == os.getpid()


def test_a_lock_given_back_can_be_taken_again_also_after_an_error(ledger: Path) -> None:
    with pytest.raises(KeyError), daemon_lock(ledger).acquire():
        raise KeyError
    lock = daemon_lock(ledger).acquire()
    lock.release()
    lock.release()
    with daemon_lock(ledger):
        with pytest.raises(HeldByAnother):
            daemon_lock(ledger).acquire()
        with pytest.raises(HeldByAnother):
            lock.acquire()


def test_whether_a_lock_is_taken_can_be_seen_without_a_trace(ledger: Path) -> None:
    assert not daemon_lock(ledger).taken()
    assert list(ledger.parent.iterdir()) == []
    with daemon_lock(ledger).acquire() as lock:
        assert daemon_lock(ledger).taken()
        assert json.loads(lock.path.read_text())["pid"] == os.getpid()
    assert not daemon_lock(ledger).taken()


def test_the_two_locks_do_not_stand_in_each_others_way(ledger: Path) -> None:
    with daemon_lock(ledger).acquire() as one, cycle_lock(ledger).acquire() as two:
        assert (one.path.name, two.path.name) == ("commonground.db.daemon.lock", "commonground.db.cycle.lock")
        assert stat.S_IMODE(one.path.stat().st_mode) == 0o600


def test_a_command_gets_its_turn_when_the_cycle_ends(ledger: Path) -> None:
    with another_process(ledger, "cycle_lock", seconds=0.5):
        began = time.monotonic()
        with cycle_lock(ledger).acquire(wait_seconds=30):
            assert time.monotonic() - began < 10


def test_a_command_waits_no_longer_than_it_said(ledger: Path) -> None:
    with another_process(ledger, "cycle_lock"):
        began = time.monotonic()
        with pytest.raises(HeldByAnother, match="is in use just now"):
            cycle_lock(ledger).acquire(wait_seconds=0.3)
        assert 0.3 <= time.monotonic() - began < 5


def test_a_daemon_with_short_cycles_lets_a_command_in(ledger: Path) -> None:
    end = threading.Event()

    def cycles() -> None:
        while not end.is_set():
            with cycle_lock(ledger).acquire(wait_seconds=30):
                time.sleep(0.05)
            time.sleep(0.2)

    daemon = threading.Thread(target=cycles)
    daemon.start()
    try:
        with cycle_lock(ledger).acquire(wait_seconds=30):
            pass
    finally:
        end.set()
        daemon.join()


def test_a_child_process_does_not_keep_the_lock(ledger: Path) -> None:
    code = f"""
import os, signal, time
from pathlib import Path
from sync.ledger.lock import daemon_lock
lock = daemon_lock(Path({str(ledger)!r})).acquire()
child = os.fork()
if not child:
    time.sleep(60)
lock.release()
try:
    daemon_lock(Path({str(ledger)!r})).acquire()
finally:
    os.kill(child, signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_holder_that_left_no_name_is_still_a_holder(ledger: Path) -> None:
    with daemon_lock(ledger).acquire() as lock:
        lock.path.write_text("{not json")
        with pytest.raises(HeldByAnother, match="an unknown process"):
            daemon_lock(ledger).acquire()


def test_a_holder_on_another_machine_is_named_with_it(ledger: Path) -> None:
    with daemon_lock(ledger).acquire() as lock:
        lock.path.write_text(json.dumps({"pid": 71, "host": "attic", "since": "2027-03-02T09:00:00+00:00"}))
        with pytest.raises(HeldByAnother, match="process 71 on attic since 2027-03-0"):
            daemon_lock(ledger).acquire()


def test_borrowing_takes_what_this_process_has_and_otherwise_the_lock(ledger: Path) -> None:
    with daemon_lock(ledger).acquire():
        with daemon_lock(ledger).borrow():
            pass
        with pytest.raises(HeldByAnother):
            daemon_lock(ledger).acquire()
    with daemon_lock(ledger).borrow(), pytest.raises(HeldByAnother):
        daemon_lock(ledger).acquire()
    with another_process(ledger), pytest.raises(HeldByAnother):
        daemon_lock(ledger).borrow()


def test_a_folder_that_is_not_there_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"cannot be taken\. Check that its folder is there"):
        daemon_lock(tmp_path / "none" / "l.db").acquire()
    with pytest.raises(LedgerError, match="cannot be taken"):
        FileLock(tmp_path, "", "").acquire()


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "smb3"])
def test_a_network_drive_is_refused(kind: str, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"/dev/sda / ext4 rw 0 0\nserver:/home /mnt/our\\040team {kind} rw 0 0\n/dev/sdb /mnt ext4 rw 0 0\n"
    )
    with pytest.raises(LedgerError, match=rf"lies on a network drive \({re.escape(kind)}\)"):
        refuse_network_drive(Path("/mnt/our team/l.db"), mounts)
    refuse_network_drive(Path("/mnt/l.db"), mounts)
    refuse_network_drive(Path("/mnt/our teams/l.db"), mounts)
    refuse_network_drive(Path("/mnt/our team/l.db"), tmp_path / "no such list")


def test_the_drive_on_top_counts(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("server:/ / nfs rw\n/dev/sda /var ext4 rw\n/dev/sdb /srv ext4 rw\nserver:/ /srv nfs rw\n")
    refuse_network_drive(Path("/var/l.db"), mounts)
    for path in ("/home/l.db", "/srv/l.db"):
        with pytest.raises(LedgerError):
            refuse_network_drive(Path(path), mounts)
