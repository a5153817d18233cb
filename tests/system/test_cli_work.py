"""The commands that work, ``run`` and ``go-live``, on real parts; real processes for signals."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sync.ledger import cycle_lock
from tests.system.desk import Desk, agreed, process


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def ready_desk(desk: Desk) -> Desk:
    desk.setup()
    return desk


# --- several teams ---------------------------------------------------------------------------------------------------


@pytest.fixture
def teams(desk: Desk) -> Desk:
    """Two teams; the sheet of Mill Lane is not there."""
    desk.setup()
    desk.staffed(agreed(10))
    desk.config.write_text(
        "teams:\n"
        "- {name: Mill Lane, sheet: {type: workbook, path: mill.xlsx},\n"
        "   mail: {type: outbox, path: outbox, sender: mill@example.org}}\n"
        "- {name: Harbour, sheet: {type: workbook, path: people.xlsx},\n"
        "   mail: {type: outbox, path: outbox, sender: team@example.org}}\n"
    )
    return desk


def test_one_team_in_trouble_does_not_stop_the_others(teams: Desk) -> None:
    done = teams.sync("preview", "--json")
    assert done.exit_code == 4
    assert {(row["team"], row["to"]) for row in json.loads(done.stdout)} == {("Harbour", "anna@example.org")}
    assert "Mill Lane: There is no workbook mill.xlsx" in done.stderr
    done = teams.sync("run", "--once")
    assert done.exit_code == 4
    assert "Harbour: 0 sent" in done.stderr
    assert "Mill Lane: There is no workbook mill.xlsx" in done.stderr


def test_setup_and_status_know_every_team(teams: Desk) -> None:
    assert teams.sync("setup", "--yes").exit_code == 0
    done = teams.sync("status", "--json")
    assert done.exit_code == 0
    assert list(json.loads(done.stdout)) == ["Mill Lane", "Harbour"]


# --- run -------------------------------------------------------------------------------------------------------------


def test_one_round_sends_what_is_due(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10))
    first = ready_desk.sync("run", "--once")
    assert (first.exit_code, first.stdout) == (0, "")
    second = ready_desk.sync("run", "--once")
    assert second.exit_code == 0, second.stderr
    assert second.stderr.startswith("1 sent, 0 refused, 0 not sure")
    (mail,) = ready_desk.mails()
    assert b"anna@example.org" in mail.read_bytes()
    assert ready_desk.sync("run", "--once").exit_code == 0
    assert len(ready_desk.mails()) == 1


def test_after_one_round_ctrl_c_works_as_before(ready_desk: Desk) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    ready_desk.sync("run", "--once")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_row_with_a_mistake_is_an_ordinary_day(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10, Time="5"))
    done = ready_desk.sync("run", "--once")
    assert done.exit_code == 0
    assert "1 to correct" in done.stderr


def test_mail_that_needs_an_ok_ends_with_one_once(desk: Desk) -> None:
    """Rows that were there before the service wait under a code; the cycle that made the code says so."""
    desk.setup()
    desk.as_if_new()
    desk.staffed(agreed(10))
    codes = [desk.sync("run", "--once").exit_code for _ in range(4)]
    assert codes.count(1) == 1, codes
    assert set(codes) == {0, 1}
    assert desk.mails() == []


def test_a_mail_account_that_refuses_is_four(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10))
    (ready_desk.folder / "outbox").write_text("a file where the folder should be")
    codes = [ready_desk.sync("run", "--once") for _ in range(2)]
    assert codes[-1].exit_code == 4
    assert "outbox" in codes[-1].stderr


def test_a_ledger_that_is_no_ledger_is_three(ready_desk: Desk) -> None:
    (ready_desk.folder / "commonground.db").write_bytes(b"no database at all, but long enough to be read as one" * 40)
    done = ready_desk.sync("run", "--once")
    assert (done.exit_code, done.stdout) == (3, "")


@pytest.fixture
def daemon(ready_desk: Desk) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start ``sync run`` and return it once its first round is over."""
    with process(ready_desk, "run") as running:

        def started() -> subprocess.Popen[str]:
            assert running.stderr
            assert "Working on " in running.stderr.readline()
            until(lambda: (ready_desk.folder / "commonground.db").exists() and rounds(ready_desk) >= 2)
            return running

        yield started


def rounds(desk: Desk) -> int:
    done = desk.sync("status")
    return sum(" sent, " in line for line in done.stdout.splitlines())


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_with_zero(daemon: Callable[[], subprocess.Popen[str]], number: int) -> None:
    running = daemon()
    running.send_signal(number)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out) == (0, "")
    assert err.endswith("Stopped.\n")


def test_beside_a_daemon_no_other_runs_but_setup_does(
    daemon: Callable[[], subprocess.Popen[str]], ready_desk: Desk
) -> None:
    running = daemon()
    for words in (["run"], ["run", "--once"]):
        with process(ready_desk, *words) as second:
            out, err = second.communicate(timeout=30)
        assert (second.returncode, out) == (5, "")
        assert f"process {running.pid} since" in err
        assert err.count("\n") == 1
    assert ready_desk.sync("setup", "--yes").exit_code == 0
    assert ready_desk.sync("preview").exit_code == 0
    assert running.poll() is None


def test_the_daemon_outlives_a_kill_of_another(ready_desk: Desk) -> None:
    """A lock of a dead process is no lock: the machine's kernel gives it back."""
    with process(ready_desk, "run") as dead:
        assert dead.stderr
        dead.stderr.readline()
        dead.kill()
        dead.wait()
    assert ready_desk.sync("run", "--once").exit_code == 0


def test_a_command_waits_for_the_cycle_at_hand(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10))
    lock = cycle_lock(ready_desk.folder / "commonground.db").acquire()
    timer = threading.Timer(2.5, lock.release)
    timer.start()
    done = ready_desk.sync("run", "--once")
    timer.join()
    assert done.exit_code == 0
    assert "waiting for it, at most 90 seconds" in done.stderr


# --- go-live ---------------------------------------------------------------------------------------------------------


def test_going_live_lists_asks_and_takes_out_one_line(desk: Desk) -> None:
    desk.setup("--safe-to", "me@example.org")
    desk.staffed(agreed(10))
    before = desk.config.read_text()
    asked = desk.sync("go-live", answers=["n"])
    assert asked.exit_code == 0
    assert "Anna Kováčová <anna@example.org>" in asked.stdout
    assert desk.config.read_text() == before
    done = desk.sync("go-live", answers=["y"])
    assert done.exit_code == 0
    assert "Practice is over" in done.stdout
    left = desk.config.read_text()
    gone = [line for line in before.splitlines() if line not in left.splitlines()]
    assert gone == ["  safe_to: me@example.org"]
    assert "live already" in desk.sync("go-live", "--yes").stdout


def test_what_was_told_in_practice_waits_for_an_ok(desk: Desk) -> None:
    desk.setup("--safe-to", "me@example.org")
    desk.staffed(agreed(10))
    for _ in range(2):
        desk.sync("run", "--once")
    (practised,) = desk.mails()
    assert b"Practice" in practised.read_bytes()
    done = desk.sync("go-live", "--yes")
    assert "Of these 1 mail waits for one more OK" in done.stderr
    desk.sync("run", "--once")
    assert desk.mails() == [practised]


def test_a_daemon_that_practises_is_mentioned(desk: Desk) -> None:
    desk.setup("--safe-to", "me@example.org")
    with process(desk, "run") as running:
        assert running.stderr
        running.stderr.readline()
        assert "stop it and start it again" in desk.sync("go-live", "--yes").stdout
