"""``sync run``: cycles until told to stop.  The only file that uses ``schedule``.

``schedule`` is a tick and nothing more: one interval job per team, in which every exception is caught, because a job
that raises is never rescheduled by it (dbader/schedule#77), and with a monotonic watch beside it, because it counts
in naive local time and stands still when the clock is set back.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from urllib.request import Request, urlopen

import schedule

from ..core.errors import ConfigError, HeldByAnother, ServiceRefused, SyncError
from .cycle import CycleResult, run_cycle
from .service import Service

log = logging.getLogger("sync")

LONGEST_BACK_OFF = 900.0
LONGEST_NAP = 5.0
JUMP = 60.0


@dataclass(slots=True)
class Stop:
    """Whether the process was asked to stop; a second signal ends it now."""

    event: threading.Event = field(default_factory=threading.Event)

    def install(self) -> None:
        """Take SIGTERM and SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._caught)

    def _caught(self, number: int, frame: FrameType | None) -> None:
        if self.event.is_set():
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.event.set()

    def __call__(self) -> bool:
        return self.event.is_set()


@dataclass(slots=True)
class Beat:
    """One team's rhythm: how often it failed in a row, and when (monotonic seconds) it is tried again."""

    service: Service
    failures: int = 0
    not_before: float = 0.0
    first: bool = True

    def back_off(self, now: float) -> float:
        """Count one failure and return how many seconds to wait: doubling, at most a quarter of an hour."""
        self.failures += 1
        wait = min(float(self.service.every) * 2.0 ** (self.failures - 1), LONGEST_BACK_OFF)
        self.not_before = now + wait
        return wait


def run(
    services: Sequence[Service], stop: Stop, guard: Callable[[], object], *, ping: str = "", say: Callable[[str], None]
) -> None:
    """Run cycles of all teams until ``stop``; returns then.

    ``guard`` is entered around each cycle (the lock between cycles and commands).  Raises in the first cycle only what
    a person must mend first: ``ConfigError``, ``HeldByAnother``, ``ServiceRefused``.  Later it backs off and stays.
    """
    os.environ["TZ"] = "UTC"  # ``schedule`` counts in local time, which has gaps and folds elsewhere
    time.tzset()
    beats = [Beat(service) for service in services]
    scheduler = schedule.Scheduler()
    fatal: list[SyncError] = []
    for beat in beats:
        def job(beat: Beat = beat) -> None:
            _guarded(beat, guard, ping, say, fatal)

        job()
        if fatal:
            raise fatal[0]
        scheduler.every(max(beat.service.every, 1)).seconds.do(job)
    _tick(scheduler, stop)


def _tick(scheduler: schedule.Scheduler, stop: Stop) -> None:
    """Run what is pending until stopped; a clock that was set makes every job due at once."""
    wall, steady = time.time(), time.monotonic()
    while not stop():
        scheduler.run_pending()
        idle = scheduler.idle_seconds
        stop.event.wait(min(max(idle if idle is not None else 1.0, 0.2), LONGEST_NAP))
        drift = (time.time() - wall) - (time.monotonic() - steady)
        wall, steady = time.time(), time.monotonic()
        if abs(drift) > JUMP:
            log.info("the clock moved by %.0f seconds", drift)
            for job in list(scheduler.jobs):
                job.run()  # type: ignore[no-untyped-call]


def _guarded(
    beat: Beat, guard: Callable[[], object], ping: str, say: Callable[[str], None], fatal: list[SyncError]
) -> None:
    """Do one cycle of one team; nothing gets out but, in the first cycle, what a person must mend."""
    service = beat.service
    if time.monotonic() < beat.not_before or service.stopping():
        return
    try:
        with guard():  # type: ignore[attr-defined]
            result = run_cycle(service)
        error = result.error
        if beat.first and error is None:
            service.mailer.open()
    except SyncError as caught:
        error, result = caught, None
    except Exception as caught:  # the loop does not die; what it was goes to the log
        log.debug("unexpected", exc_info=True)
        error, result = SyncError(f"Something unexpected happened ({type(caught).__name__})."), None
    if beat.first and isinstance(error, ServiceRefused | ConfigError | HeldByAnother):
        fatal.append(error)
        return
    beat.first = False
    if error is not None:
        _failed(beat, error, say, whole=result is None)
        return
    if beat.failures:
        say("It works again.")
    beat.failures = 0
    _report(service, result, say)
    if ping:
        _ping(ping)


def _failed(beat: Beat, error: SyncError, say: Callable[[str], None], *, whole: bool) -> None:
    """Say what is wrong once, then only when it changes; wait longer each time the whole cycle failed."""
    wait = beat.back_off(time.monotonic()) if whole else float(beat.service.every)
    if not whole:
        beat.failures += 1
    if beat.failures in (1, 2, 4, 8) or beat.failures % 16 == 0:
        say(f"{error.sentence} {error.remedy} Trying again in {round(wait)} seconds.".replace("  ", " "))


def _report(service: Service, result: CycleResult | None, say: Callable[[str], None]) -> None:
    if result and (result.report.sent or result.report.refused or result.report.unsure):
        report = result.report
        team = f"{service.name}: " if service.name else ""
        say(f"{team}{report.sent} sent, {report.refused} refused, {report.unsure} not sure.")


def _ping(url: str) -> None:
    """Tell the dead man's switch that a cycle went well; its trouble is not ours."""
    try:
        with urlopen(Request(url, method="GET"), timeout=5):  # noqa: S310 - the operator's own address
            pass
    except (OSError, ValueError):
        log.info("the ping address did not answer")
