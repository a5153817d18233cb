"""An hour of trouble, in five towns at once and two hundred times as fast: each daemon stays, and comes back.

Google answers 503 and 429 (Northside), or not at all (Eastgate); the mail server is down (Southend) or does not take
the password any more (Westfield); nothing happens at all (Midtown).
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.sheets import faults
from tests.system.running import (
    Daemon,
    begin,
    daemon,
    gate,
    needs_faketime,
    recipients,
    settle_on,
    switch,
    until,
)
from tests.system.town import Town, town

pytestmark = needs_faketime

SPEED = 180
MINUTE = 60 / SPEED
HOUR = 60 * MINUTE
WORDS = "What happens next"


@dataclass
class Seen:
    """What one town's hour looked like."""

    town: Town
    daemon: Daemon
    notes: dict[str, object] = field(default_factory=dict)

    def row(self) -> str:
        """What the meeting's row says."""
        return str(self.town.hand.under("Meetings", WORDS, 2) or "")


class Hour:
    """Five towns, from before the trouble to after it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.pings = stack.enter_context(switch())
        self.towns: dict[str, Seen] = {}
        self._folder, self._stack = folder, stack
        for name in ("Northside", "Eastgate", "Southend", "Westfield", "Midtown"):
            self._open(name)
        self._live()

    def _open(self, name: str) -> None:
        folder = self._folder / name
        folder.mkdir()
        made = self._stack.enter_context(town(folder, now=datetime.now(UTC)))
        begin(made)
        text = made.config.read_text()
        if name == "Northside":
            text += f"ping: {self.pings[0]}\n"
        if name == "Southend":
            self.gate = self._stack.enter_context(gate(made.mail.port))
            text = text.replace(f"port: {made.mail.port}", f"port: {self.gate.port}")
        made.config.write_text(text)
        self.towns[name] = Seen(made, self._stack.enter_context(daemon(made.config, clock=f"+0 x{SPEED}")))

    def __getitem__(self, name: str) -> Seen:
        return self.towns[name]

    def _live(self) -> None:
        for seen in self.towns.values():
            until(lambda seen=seen: seen.town.mail.kept.logins)  # the account is asked in the first cycle
        self._trouble()
        began = time.monotonic()
        while (past := time.monotonic() - began) < HOUR:
            self._meanwhile(past)
            time.sleep(MINUTE / 4)
        self._over()

    def _trouble(self) -> None:
        for name, seen in self.towns.items():
            seen.town.emulator.reset_log()
            if name != "Midtown":
                settle_on(seen.town, "Anna")
        north, east = self["Northside"].town.emulator.faults, self["Eastgate"].town.emulator.faults
        for fault in (faults.status(503, "html"), faults.status(503, "empty"), faults.status(429)):
            north.add(fault, times=10)
        north.add(faults.status(503, "html"), times=10_000)
        east.add(faults.hang(3600), times=10_000)
        self.gate.shut()
        self["Westfield"].town.mail.kept.revoked = True
        self.before = len(self.pings[1])

    def _meanwhile(self, past: float) -> None:
        for name in ("Southend", "Westfield"):
            if self[name].row() and past > 20 * MINUTE:
                self[name].notes.setdefault("row", self[name].row())
        if past > 35 * MINUTE and "logins" not in self["Westfield"].notes:
            kept = self["Westfield"].town.mail.kept
            self["Westfield"].notes["logins"] = kept.logins.count(False)
            kept.revoked = False

    def _over(self) -> None:
        for name in ("Northside", "Eastgate"):
            seen = self[name]
            asked = [request.kind for request in seen.town.emulator.requests]
            seen.notes |= {"tokens": asked.count("token"), "calls": len(asked) - asked.count("token")}
            seen.notes["lines"] = seen.daemon.lines()
        self.pings_in_the_hour = len(self.pings[1]) - self.before
        self.after = time.monotonic()
        self.gate.open()
        for name in ("Northside", "Eastgate"):
            self[name].town.emulator.faults.clear()
            self._back(name)
        for name in ("Southend", "Westfield"):
            self._back(name)
        time.sleep(3 * MINUTE)

    def _back(self, name: str) -> None:
        """Note how many minutes after the end of the trouble the mail was there."""
        seen = self[name]
        if name in ("Northside", "Eastgate"):
            began = len(seen.town.emulator.requests)
            until(lambda: any(request.status == 200 for request in seen.town.emulator.requests[began:]))
            seen.notes["answer after"] = (time.monotonic() - self.after) / MINUTE
        until(lambda: recipients(seen.town))


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hour]:
    with ExitStack() as stack:
        yield Hour(tmp_path_factory.mktemp("hour"), stack)


def trouble(seen: Seen) -> list[str]:
    """What the daemon said after its greeting, and before "Stopped."."""
    return [line for line in seen.daemon.lines()[1:] if not re.match(r"\d+ sent|Stopped", line)]


def test_an_hour_of_503_costs_one_request_a_minute_and_a_few_lines(hour: Hour) -> None:
    north = hour["Northside"]
    assert 10 <= north.notes["calls"] <= 75
    assert north.notes["tokens"] <= 3 * 60  # the library that fetches tokens tries three times each
    said = north.notes["lines"][1:]
    assert 1 <= len(said) <= 4, said
    assert "Google did not answer properly (503). Nothing is lost; we try again by ourselves." in said
    assert "Google is limiting us for a moment. Nothing is lost; we try again by ourselves." in said


def test_after_an_hour_of_503_it_comes_back_within_a_cycle_and_says_so(hour: Hour) -> None:
    north = hour["Northside"]
    assert north.notes["answer after"] <= 3  # minutes: one cycle, and slack for a machine with much to do
    assert recipients(north.town) == ["anna@example.org"]
    assert "It works again." in trouble(north)


def test_the_dead_mans_switch_is_called_in_good_cycles_only(hour: Hour) -> None:
    assert hour.before >= 1
    assert hour.pings_in_the_hour <= 1  # one may have been under way
    assert len(hour.pings[1]) > hour.before + hour.pings_in_the_hour


def test_a_google_that_never_answers_is_asked_once_in_two_minutes(hour: Hour) -> None:
    east = hour["Eastgate"]
    assert 5 <= east.notes["calls"] + east.notes["tokens"] <= 60
    assert len(east.notes["lines"]) <= 4, east.notes["lines"]
    assert any(line.startswith("Google did not answer.") for line in east.notes["lines"])
    assert recipients(east.town) == ["anna@example.org"]


def test_mail_waits_for_a_mail_server_that_is_down_and_goes_once(hour: Hour) -> None:
    south = hour["Southend"]
    assert recipients(south.town) == ["anna@example.org"]
    assert "The mail server localhost cannot be reached." in str(south.notes["row"])
    said = trouble(south)
    told = "The mail server localhost cannot be reached. Check the connection, mail.host and mail.port."
    assert said.count(told) == 1
    assert said[-1] == "It works again."
    assert south.row().startswith("Confirmation sent ")


def test_a_password_that_ends_is_tried_once_in_half_an_hour_and_the_row_says_so(hour: Hour) -> None:
    west = hour["Westfield"]
    assert west.notes["logins"] in (1, 2)
    assert "The mail server did not accept the password." in str(west.notes["row"])
    assert sum("app password" in line for line in trouble(west)) in (1, 2)  # at once, and once an hour
    assert recipients(west.town) == ["anna@example.org"]
    assert west.row().startswith("Confirmation sent ")


def test_with_nothing_to_do_the_heartbeat_goes_once_in_ten_minutes(hour: Hour) -> None:
    writes = [r for r in hour["Midtown"].town.emulator.requests if "batchUpdate" in r.path]
    assert 4 <= len(writes) <= 8
    assert all(b"Last check" in r.body or b"developerMetadataLookup" in r.body for r in writes)
    last = {str(row[0]): row[1] for row in hour["Midtown"].town.hand.rows("Start here")[:8] if len(row) > 1}
    assert re.search(r"\d\d:\d\d$", str(last["Last check"]))
    assert re.search(r"\d\d:\d\d$", str(last["Next check"]))
    assert recipients(hour["Midtown"].town) == []


def test_asleep_for_nine_minutes_with_mail_due_it_goes_once(hour: Hour) -> None:
    mid = hour["Midtown"]
    mid.daemon.signal(signal.SIGSTOP)
    settle_on(mid.town, "Ben")
    time.sleep(9 * MINUTE)
    assert recipients(mid.town) == []
    mid.daemon.signal(signal.SIGCONT)
    until(lambda: recipients(mid.town))
    time.sleep(5 * MINUTE)
    assert recipients(mid.town) == ["ben@example.org"]


def test_in_the_end_each_stops_with_zero_and_nobody_got_a_mail_twice(hour: Hour) -> None:
    for name, seen in hour.towns.items():
        assert seen.daemon.process.poll() is None, (name, seen.daemon.lines())
        assert seen.daemon.stop() == 0
        assert seen.daemon.lines()[-1] == "Stopped."
        assert len(recipients(seen.town)) <= 1
