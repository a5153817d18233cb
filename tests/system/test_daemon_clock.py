"""The machine's clock is set while ``sync run`` works, and what is asked of a clock at all."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync.app.clock import ClockWatch
from sync.core.errors import ServiceUnreachable
from tests.fakes.toy import ToyClock
from tests.system.running import begin, daemon, faster, needs_faketime, recipients, settle_on, until
from tests.system.town import town

NOON = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)


@needs_faketime
def test_a_clock_that_is_set_back_or_forward_stops_no_cycle_and_sends_nothing_by_a_wrong_hour(tmp_path: Path) -> None:
    """The wall clock jumps, the seconds since the start of the machine go on: as when somebody sets the clock."""
    setting = tmp_path / "clock"
    setting.write_text("+0\n")
    more = faster("+0") | {
        "FAKETIME_TIMESTAMP_FILE": str(setting), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    del more["FAKETIME"]
    with town(tmp_path, now=datetime.now(UTC), every=1) as made:
        begin(made)
        with daemon(made.config, more=more) as running:
            until(lambda: made.mail.kept.logins)
            settle_on(made, "Anna")
            until(lambda: recipients(made))

            for moved, words in (("-24h", "24 hours behind Google's"), ("+24h", "24 hours ahead of Google's")):
                setting.write_text(f"{moved}\n")
                until(lambda words=words: any(words in line for line in running.lines()))
                settle_on(made, "Ben" if moved == "-24h" else "Cecil", row=3 if moved == "-24h" else 4)
                time.sleep(1.5)
                sent = len(recipients(made))
                setting.write_text("+0\n")
                until(lambda sent=sent: len(recipients(made)) > sent)
            assert recipients(made) == ["anna@example.org", "ben@example.org", "cecil@example.org"]
            assert running.lines().count("It works again.") == 2
            assert running.stop() == 0


# --- whom to believe -------------------------------------------------------------------------------------------------


@pytest.fixture
def clock() -> ToyClock:
    return ToyClock(NOON)


Move = Callable[[ToyClock], None]


def _set(hours: float) -> Move:
    def move(clock: ToyClock) -> None:
        clock.at += timedelta(hours=hours)  # the count of seconds does not move: the clock was set, or we slept

    return move


@pytest.mark.parametrize("hours", [-24, 24, 0.2, 24 * 365])
def test_a_clock_that_was_set_away_from_googles_is_not_believed_until_it_is_right(
    clock: ToyClock, hours: float
) -> None:
    watch = ClockWatch(clock)
    watch.check(0.5)
    _set(hours)(clock)
    for _ in range(3):
        with pytest.raises(ServiceUnreachable, match=r"ahead of Google's|behind Google's"):
            watch.check(hours * 3600)
    _set(-hours)(clock)
    watch.check(1.0)


def test_after_a_sleep_of_three_days_the_clock_is_believed(clock: ToyClock) -> None:
    watch = ClockWatch(clock)
    watch.check(0.5)
    _set(72)(clock)
    watch.check(0.7)


def test_a_clock_that_is_put_right_is_believed(clock: ToyClock) -> None:
    watch = ClockWatch(clock)
    watch.check(7200.0)
    _set(-2)(clock)
    watch.check(0.0)


def test_another_clock_from_the_start_is_believed_and_so_is_a_faster_one(clock: ToyClock) -> None:
    watch = ClockWatch(clock)
    watch.check(86400.0)
    clock.advance(timedelta(hours=2))
    watch.check(86400.0 + 7000)
    _set(5)(clock)
    watch.check(86400.0 + 7100)  # slept, and Google's clock went on as well


def test_a_sheet_without_a_clock_of_its_own_doubts_nothing(clock: ToyClock) -> None:
    watch = ClockWatch(clock)
    watch.check(None)
    _set(24)(clock)
    watch.check(None)
