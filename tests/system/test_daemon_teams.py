"""Several teams in one ``sync run``: one team's trouble is its own; and the dead man's switch knows of all of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sync.app.pulse import Pulse
from sync.cli import main
from tests.fakes.sheets import faults
from tests.fakes.smtp import USER
from tests.system.desk import Desk, agreed
from tests.system.running import begin, daemon, recipients, settle_on, switch, until
from tests.system.town import Town, town

CONFIG = """\
teams:
- name: Harbour
  sheet: {{type: google, spreadsheet: {id}, credentials: key.json, api_endpoint: "{google}"}}
  mail: {{type: smtp, host: localhost, port: {smtp}, security: ssl, username: {user}, password: {{file: password}},
         sender: harbour@example.org, ca_file: authority.pem, gap_seconds: 0}}
- name: Mill Lane
  sheet: {{type: workbook, path: people.xlsx}}
  mail: {{type: outbox, path: outbox, sender: mill@example.org}}
every: 1
ping: {ping}
"""
NONSENSE = faults.status(200, '{"valueRanges": 5}')


@dataclass
class Two:
    """Harbour works in Google, Mill Lane in a workbook; both by one configuration."""

    harbour: Town
    mill: Desk
    pings: list[float]

    def once(self) -> Result:
        return CliRunner().invoke(main, ["-c", str(self.mill.config), "run", "--once"])

    def spoil_key(self) -> str:
        """Break Harbour's key file; return what was in it."""
        file = self.mill.folder / "key.json"
        text = file.read_text()
        file.write_text("{}")
        return text


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Two]:
    with ExitStack() as stack:
        harbour = stack.enter_context(town(tmp_path, now=datetime.now(UTC), set_up=False))
        address, pings = stack.enter_context(switch())
        mill = Desk(tmp_path)
        mill.config.write_text(CONFIG.format(
            id=harbour.book.id, google=harbour.emulator.url, smtp=harbour.mail.port, user=USER, ping=address
        ))  # fmt: skip
        done = mill.sync("setup", "--yes")
        assert done.exit_code == 0, done.output
        begin(harbour)
        mill.staffed()
        yield Two(harbour, mill, pings)


def test_one_teams_trouble_of_any_kind_does_not_stop_the_other_and_ends_without_a_restart(two: Two) -> None:
    key = two.spoil_key()
    with daemon(two.mill.config) as running:
        until(lambda: any("Harbour: The key file" in line for line in running.lines()))
        two.mill.fill("Meetings", agreed(10))
        until(lambda: len(two.mill.mails()) == 1)
        assert two.pings == []
        (two.mill.folder / "key.json").write_text(key)
        until(lambda: "Harbour: It works again." in running.lines())
        until(lambda: two.pings)
        settle_on(two.harbour, "Anna")
        until(lambda: recipients(two.harbour))
        two.harbour.emulator.faults.add(NONSENSE, "values:batchGet", times=1000)
        until(lambda: any("Harbour: Something unexpected happened (" in line for line in running.lines()))
        two.mill.fill("Contacts", {"Name": "Ben", "Email": "ben@example.org", "How to reach them": "E-mail is fine"})
        two.mill.fill("Meetings", agreed(11, Contact="Ben"))
        until(lambda: len(two.mill.mails()) == 2)
        two.harbour.emulator.faults.clear()
        until(lambda: running.lines().count("Harbour: It works again.") == 2)
        said = running.lines()
        assert running.stop() == 0
        assert sum("The key file" in line for line in said) == 1
        assert recipients(two.harbour) == ["anna@example.org"]


def test_when_no_team_can_work_it_ends_and_says_so_of_each(two: Two) -> None:
    two.spoil_key()
    (two.mill.folder / "people.xlsx").unlink()
    done = CliRunner().invoke(main, ["-c", str(two.mill.config), "run"])
    assert done.exit_code == 4
    assert "Harbour: The key file" in done.stderr
    assert "There is no workbook people.xlsx" in done.stderr


def test_once_ends_with_the_highest_code_and_calls_the_switch_only_when_all_is_well(two: Two) -> None:
    assert two.once().exit_code == 0
    assert len(two.pings) == 1
    two.harbour.emulator.faults.add(NONSENSE, "values:batchGet")
    done = two.once()
    assert done.exit_code == 1
    assert "Harbour: Something unexpected happened (" in done.stderr
    assert "Mill Lane: 0 sent" in done.stderr
    two.spoil_key()
    done = two.once()
    assert done.exit_code == 3
    assert "Mill Lane: 0 sent" in done.stderr
    assert len(two.pings) == 1


def test_a_failed_cycle_is_remembered_for_status(two: Two) -> None:
    two.spoil_key()
    two.once()
    with sqlite3.connect(two.mill.folder / "commonground.db") as ledger:
        reports = [report for (report,) in ledger.execute("select report from cycle order by number")]
    assert any("key file" in report for report in reports)


def test_the_switch_is_called_twice_a_minute_at_most_and_only_while_everybody_is_well() -> None:
    clock = [0.0]
    with switch() as (address, called):
        pulse = Pulse(address, ["one", "other"], monotonic=lambda: clock[0])

        def beats(team: str, *, well: bool, at: float) -> int:
            clock[0] = at
            pulse.beat(team, well=well)
            return len(called)

        assert beats("one", well=True, at=0) == 0  # nothing is known of the other yet
        assert beats("other", well=True, at=1) == 1
        assert beats("one", well=True, at=5) == 1
        assert beats("other", well=False, at=61) == 1
        assert beats("one", well=True, at=65) == 1
        assert beats("other", well=True, at=121) == 2


def test_a_switch_that_does_not_answer_is_nobodys_trouble() -> None:
    Pulse("http://127.0.0.1:9/nobody", [""]).beat("", well=True)
