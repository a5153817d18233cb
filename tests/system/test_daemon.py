"""``sync run`` as a process: how it begins, what ends it and with which code, and what does not."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from sync.cli import main
from tests.fakes.sheets import ROBOT, faults
from tests.system.running import (
    ROOT,
    Daemon,
    begin,
    calls,
    daemon,
    needs_faketime,
    settle_on,
    until,
)
from tests.system.town import Town, town


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("town"), now=datetime.now(UTC)) as opened:
        begin(opened)
        yield opened


@pytest.fixture
def config(made: Town, tmp_path: Path) -> Iterator[Path]:
    """The town's configuration in a folder of its own, with a ledger that is not there yet."""
    for name in ("config.yaml", "key.json", "password", "commonground.key", "authority.pem"):
        shutil.copy2(made.folder / name, tmp_path / name)
    text = (tmp_path / "config.yaml").read_text().replace("every: 60", "every: 1")
    (tmp_path / "config.yaml").write_text(text)
    yield tmp_path / "config.yaml"
    made.emulator.faults.clear()
    made.book.role, made.emulator.api_enabled, made.book.office, made.mail.kept.slow = "writer", True, False, 0.0


def works(made: Town, running: Daemon) -> None:
    """Wait until the first cycle is over: the mail account is asked at its end."""
    before = len(made.mail.kept.logins)
    until(lambda: len(made.mail.kept.logins) > before or running.process.poll() is not None)
    assert running.process.poll() is None, running.lines()


# --- what a person must mend -----------------------------------------------------------------------------------------

Spoil = Callable[[Path], object]


def _write(name: str, text: str) -> Spoil:
    def spoil(folder: Path) -> None:
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)

    return spoil


def _damaged_pem(folder: Path) -> None:
    key = json.loads((folder / "key.json").read_text())
    (folder / "key.json").write_text(json.dumps({**key, "private_key": "-----BEGIN nonsense"}))


def _other_sheet(folder: Path) -> None:
    text = (folder / "config.yaml").read_text()
    (folder / "config.yaml").write_text(re.sub("spreadsheet: .*", f"spreadsheet: 1{'x' * 43}", text))


SPOILT: dict[str, tuple[Spoil, int, tuple[str, ...]]] = {
    "a key file of garbage": (_write("key.json", "not JSON {"), 3, ("it is no JSON", "Add key, JSON")),
    "an OAuth client's file": (_write("key.json", '{"installed": {"client_id": "x"}}'), 3,
                               ("an OAuth client file, not a service account's key", "Add key, JSON")),
    "a damaged private key": (_damaged_pem, 3, ("is damaged", "exactly as Google gave it")),
    "a key that others can read": (lambda folder: (folder / "key.json").chmod(0o644), 3,
                                   ("which other people on this machine can read", "chmod 600")),
    "no key file": (lambda folder: (folder / "key.json").unlink(), 3, ("cannot be read", "correct sheet.credentials")),
    "no password file": (lambda folder: (folder / "password").unlink(), 3, ("password",)),
    "no ledger in its file": (_write("commonground.db", "no database, but long enough to be one" * 99), 3,
                              ("commonground.db",)),
    "another id": (_other_sheet, 4, ("no Google sheet at this address", "copy its whole address")),
    "a wrong mail password": (_write("password", "wrong horse"), 4, ("did not accept the password", "app password")),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_what_a_person_must_mend_ends_it_with_one_sentence_and_the_way_out(config: Path, name: str) -> None:
    spoil, code, words = SPOILT[name]
    spoil(config.parent)
    _ended(config, code, words)


def _ended(config: Path, code: int, words: tuple[str, ...]) -> None:
    ended = CliRunner().invoke(main, ["-c", str(config), "run"])
    said = [line for line in ended.stderr.splitlines() if not line.startswith("Working on")]
    assert (ended.exit_code, ended.stdout, len(said)) == (code, "", 1), ended.output
    assert all(word in said[0] for word in words), said


REFUSALS: dict[str, tuple[Callable[[Town], object], tuple[str, ...]]] = {
    "not shared": (lambda made: setattr(made.book, "role", None), (f"not shared with {ROBOT}", "choose Editor")),
    "API off": (lambda made: setattr(made.emulator, "api_enabled", False),
                ("not switched on", "https://console.developers.google.com/apis/api/sheets", "press Enable")),
    "Office file": (lambda made: setattr(made.book, "office", True), ("Excel file", "Save as Google Sheets")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_what_google_refuses_in_the_first_cycle_is_four_with_the_remedy(made: Town, config: Path, name: str) -> None:
    spoil, words = REFUSALS[name]
    spoil(made)
    _ended(config, 4, words)


@needs_faketime
def test_a_sheet_that_becomes_read_only_later_is_said_waited_for_and_worked_on_again(made: Town, config: Path) -> None:
    with daemon(config, clock="+0 x60") as running:
        works(made, running)
        made.book.role = "reader"
        made.type_row("Contacts", 5, Name="Viola")  # something to write: an id, a sentence
        until(lambda: any("may read the sheet but not write in it" in line for line in running.lines()))
        before = calls(made)
        time.sleep(2)
        assert running.process.poll() is None
        asked = calls(made) - before
        assert 1 <= asked <= 60, "120 seconds with every: 1 would be hundreds"
        said = running.lines()
        made.book.role = "writer"
        until(lambda: made.hand.under("Contacts", "What happens next", 5))
        assert sum("change it from Viewer to Editor" in line for line in said) == 1, said
        until(lambda: running.lines()[-1] == "It works again.")
        assert running.stop() == 0


# --- signals ---------------------------------------------------------------------------------------------------------


@needs_faketime
@pytest.mark.parametrize("trouble", ["hangs", "503"])
def test_a_signal_ends_it_within_ten_seconds_whatever_google_does(made: Town, config: Path, trouble: str) -> None:
    """The clock is ten times as fast, so that a time-out of 60 seconds takes six; and it is a year ahead."""
    with daemon(config, clock="+366d x10") as running:
        works(made, running)
        made.emulator.faults.add(faults.hang(60) if trouble == "hangs" else faults.status(503, "html"), times=1000)
        before = calls(made)
        until(lambda: calls(made) > before)
        time.sleep(0.1)
        began = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - began < 3  # 10 by its own clock is 1; the rest is for a busy machine
        assert running.lines()[-1] == "Stopped."


def test_a_second_signal_ends_it_at_once(made: Town, config: Path) -> None:
    with daemon(config) as running:
        works(made, running)
        made.emulator.faults.add(faults.hang(60), times=10)
        before = calls(made)
        until(lambda: calls(made) > before)
        began = time.monotonic()
        running.signal(signal.SIGTERM)
        time.sleep(0.3)
        assert running.process.poll() is None
        running.signal(signal.SIGTERM)
        assert running.ends() in (-signal.SIGTERM, 128 + signal.SIGTERM)
        assert time.monotonic() - began < 3


@needs_faketime
def test_the_mail_at_hand_is_finished_and_no_other_begun(made: Town, config: Path) -> None:
    """The server takes its time over the first mail (20 seconds by this clock): the signal comes meanwhile."""
    kept = made.mail.kept
    before = len(kept.mails)
    with daemon(config, clock="+0 x10") as running:
        works(made, running)
        kept.slow = 2.0  # longer than anything else is given
        settle_on(made, "Dora", row=10)
        settle_on(made, "Emil", row=11)
        until(lambda: kept.taking)
        assert running.stop(30) == 0
    assert len(kept.mails) == before + 1
    with sqlite3.connect(config.parent / "commonground.db") as ledger:
        states = [state for (state,) in ledger.execute("select state from mail")]
    assert states.count("sent") == 1
    assert "sending" not in states


# --- one at a time ---------------------------------------------------------------------------------------------------


def test_a_second_one_names_the_first_and_a_dead_one_holds_nothing(made: Town, config: Path) -> None:
    with daemon(config) as first:
        works(made, first)
        with daemon(config) as second, daemon(config, "run", "--once") as once:
            for other in (second, once):
                assert other.ends() == 5
                assert f"(process {first.process.pid} since " in other.lines()[-1]
        assert first.process.poll() is None
        first.process.kill()
        first.ends()
        with daemon(config) as next_one:
            works(made, next_one)
            assert next_one.stop() == 0


# --- a bad place to run ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("streams", ["<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
def test_streams_that_are_closed_or_full_stop_nothing(made: Town, config: Path, streams: str) -> None:
    before = len(made.mail.kept.logins)
    command = f'exec "{sys.executable}" -m sync -c "{config}" run {streams}'
    process = subprocess.Popen(["/bin/sh", "-c", command], cwd="/proc", env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        until(lambda: len(made.mail.kept.logins) > before or process.poll() is not None)
        assert process.poll() is None
        links = [os.readlink(f"/proc/{process.pid}/fd/{number}") for number in (1, 2)]
        assert set(links) <= {"/dev/null", "/dev/full"}, links
        asked = calls(made)
        until(lambda: calls(made) > asked)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
