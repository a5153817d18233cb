"""``sync run``: cycles until told to stop.  The only file that uses ``schedule``.

``schedule`` is a tick and nothing more: one interval job per team, out of which no exception gets, because a job that
raises is never rescheduled by it (dbader/schedule#77), and with a monotonic watch beside it, because it counts in
naive local time and stands still when the clock is set back.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import schedule

from ..core.errors import ConfigError, HeldByAnother, ServiceRefused, ServiceUnreachable, SyncError
from .attempt import attempt
from .cycle import CycleResult
from .pulse import Pulse
from .service import Service
from .stopping import Stop

log = logging.getLogger("sync")

LONGEST_BACK_OFF = 300.0
"""Seconds between two tries while somebody has to mend something: so long they wait at most once it is mended."""

LEAST_BACK_OFF = 60.0
"""Seconds between two tries while Google is away: Google asks for a wait that doubles up to about a minute."""

SAY_AGAIN = 3600.0
LONGEST_NAP = 5.0
JUMP = 60.0

Talk = Callable[[str], None]
Guard = Callable[[], AbstractContextManager[object]]


@dataclass(slots=True)
class Beat:
    """One team's rhythm: how often it failed in a row, when (monotonic seconds) it is tried again, what was said."""

    service: Service
    say: Talk
    failures: int = 0
    not_before: float = 0.0
    first: bool = True
    asked_mail: bool = False
    fatal: SyncError | None = None
    said: dict[str, float] = field(default_factory=dict)

    def back_off(self, error: SyncError) -> None:
        """Count one failed cycle and wait longer each time; no longer than a minute when it may pass by itself."""
        every = float(self.service.every)
        longest = LEAST_BACK_OFF if isinstance(error, ServiceUnreachable) else LONGEST_BACK_OFF
        wait = min(every * 2.0**self.failures, max(every, longest))
        self.failures = min(self.failures + 1, 30)
        self.not_before = time.monotonic() + wait

    def tell(self, text: str) -> None:
        """Say something, with the team's name when there are several."""
        self.say(f"{self.service.name}: {text}" if self.service.name else text)

    def complain(self, error: SyncError) -> None:
        """Say what is wrong at once, and the same only once an hour."""
        now = time.monotonic()
        if error.sentence not in self.said or now - self.said[error.sentence] >= SAY_AGAIN:
            self.said[error.sentence] = now
            self.tell(f"{error.sentence} {error.remedy}".strip())

    def all_is_well(self) -> None:
        """End the counting, and say so when something was wrong."""
        if self.said:
            self.tell("It works again.")
        self.said.clear()
        self.failures, self.not_before = 0, 0.0


def run(services: Sequence[Service], stop: Stop, guard: Guard, *, pulse: Pulse, say: Talk) -> None:
    """Run cycles of all teams until ``stop``; returns then.

    ``guard`` is entered around each cycle (the lock between cycles and commands).  Raises, when it is so for every
    team in its first cycle, what a person must mend first: ``ConfigError``, ``HeldByAnother``, ``ServiceRefused``.
    Where one team can work, the others back off and are tried again, and so does everything after the first cycle.
    """
    beats = [Beat(service, say) for service in services]
    with _in_utc():
        scheduler = schedule.Scheduler()
        for beat in beats:
            _job(beat, guard, pulse)
            scheduler.every(max(beat.service.every, 1)).seconds.do(_job, beat, guard, pulse)
        _unless_all_failed(beats)
        _tick(scheduler, beats, stop)


@contextmanager
def _in_utc() -> Iterator[None]:
    """``schedule`` counts in local time, which has gaps and folds elsewhere."""
    before = os.environ.get("TZ")
    _set_zone("UTC")
    try:
        yield
    finally:
        _set_zone(before)


def _set_zone(name: str | None) -> None:
    if name is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = name
    time.tzset()


def _unless_all_failed(beats: Sequence[Beat]) -> None:
    """Raise the gravest of what is fatal when it is so for every team, after saying the others'."""
    found = sorted(((beat, beat.fatal) for beat in beats if beat.fatal), key=lambda pair: pair[1].exit_code)
    if len(found) < len(beats):
        return
    for beat, fatal in found[:-1]:
        beat.complain(fatal)
    raise found[-1][1]


def _tick(scheduler: schedule.Scheduler, beats: Sequence[Beat], stop: Stop) -> None:
    """Run what is pending until stopped; after a sleep, or when the clock was set, every job is due at once."""
    wall, steady = time.time(), time.monotonic()
    while not stop():
        scheduler.run_pending()
        if all(isinstance(beat.fatal, HeldByAnother) for beat in beats):
            _unless_all_failed(beats)
        for beat in beats:
            if beat.fatal:
                beat.complain(beat.fatal)  # the other teams go on
        idle = scheduler.idle_seconds
        stop.wait(min(max(idle if idle is not None else 1.0, 0.2), LONGEST_NAP))
        drift = (time.time() - wall) - (time.monotonic() - steady)
        wall, steady = time.time(), time.monotonic()
        if abs(drift) > JUMP:
            log.info("the clock moved by %.0f seconds", drift)
            for beat in beats:
                beat.not_before = 0.0
            for job in list(scheduler.jobs):
                job.run()  # type: ignore[no-untyped-call]


def _job(beat: Beat, guard: Guard, pulse: Pulse) -> None:
    """Do one cycle of one team, unless it backs off.  Nothing gets out."""
    service = beat.service
    if time.monotonic() < beat.not_before or service.stopping():
        return
    result: CycleResult | None = None
    held = False
    try:
        with guard():
            done = attempt(service, pulse, ask_mail=not beat.asked_mail)
        result, error = done.result, done.error
        held = isinstance(error, HeldByAnother)  # the sheet; a lock that a command holds passes
    except SyncError as caught:  # a lock: a command is at work, or the disk is full
        error = caught
    except Exception as caught:  # the loop does not die
        log.debug("unexpected", exc_info=True)
        error = SyncError(f"Something unexpected happened ({type(caught).__name__}).")
    _judge(beat, result, error, held=held)


def _judge(beat: Beat, result: CycleResult | None, error: SyncError | None, *, held: bool) -> None:
    """Say what came of a cycle and set the time of the next.

    ``held``: another service works on this sheet, so this team is over whenever that is found out.
    """
    first, beat.first, beat.fatal = beat.first, False, None
    if beat.service.stopping() and result is None:
        return  # told to stop while it waited for something: no news
    if result is None and error is not None:
        beat.back_off(error)
    if error is None:
        beat.all_is_well()
    elif held or (first and isinstance(error, ServiceRefused | ConfigError | HeldByAnother)):
        beat.fatal = error  # said by whoever knows how the other teams fare
    else:
        beat.complain(error)
    if result is not None:
        beat.failures, beat.asked_mail = 0, True
        _report(beat, result)


def _report(beat: Beat, result: CycleResult) -> None:
    report = result.report
    if report.sent or report.refused or report.unsure:
        beat.tell(f"{report.sent} sent, {report.refused} refused, {report.unsure} not sure.")
