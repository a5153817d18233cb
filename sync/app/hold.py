"""Who works with the ledger just now: the locks around a daemon's life, one cycle, and one command that writes.

There is one daemon on a ledger for its whole life; a command (``setup``, ``go-live``, ``run --once``) steps between two
of its cycles.  A ledger on PostgreSQL has no file to lock and needs none of this.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

from ..core.errors import HeldByAnother, SyncError
from ..ledger import cycle_lock, daemon_lock, ledger_file
from .load import Loaded
from .service import Service

if TYPE_CHECKING:
    from .daemon import Stop

WAIT_SECONDS = 90.0
"""How long a command waits for the cycle at hand, and a cycle for a command (``design.md`` 7)."""

_SOON = 1.0
_PROBE = 0.5

Talk = Callable[[str], None]


@contextmanager
def for_life(loaded: Loaded) -> Iterator[None]:
    """Be the one daemon on this ledger; raises ``HeldByAnother``, which names the other one."""
    file = ledger_file(loaded.config.ledger, loaded.folder)
    if file is None:
        yield
        return
    with daemon_lock(file).acquire(_PROBE):  # a look whether there is a daemon takes the lock for an instant
        yield


def refuse_beside_daemon(loaded: Loaded) -> None:
    """Raise ``HeldByAnother`` when a daemon works on this ledger."""
    file = ledger_file(loaded.config.ledger, loaded.folder)
    if file is not None and file.parent.is_dir():
        with daemon_lock(file).acquire():
            pass


def has_daemon(loaded: Loaded) -> bool:
    """Return whether a daemon works on this ledger."""
    try:
        refuse_beside_daemon(loaded)
    except HeldByAnother:
        return True
    return False


@contextmanager
def for_a_command(loaded: Loaded, say: Talk) -> Iterator[None]:
    """Step between two cycles of a running daemon, waiting up to 90 seconds; raises ``HeldByAnother`` after that."""
    file = ledger_file(loaded.config.ledger, loaded.folder)
    if file is None:
        yield
        return
    lock = cycle_lock(file)
    try:
        lock.acquire(_SOON)
    except HeldByAnother:
        say(f"The service is at work just now; waiting for it, at most {WAIT_SECONDS:.0f} seconds.")
        lock.acquire(WAIT_SECONDS - _SOON)
    with lock:
        yield


def between_commands(
    loaded: Loaded, stop: Callable[[], bool], wait_seconds: float = WAIT_SECONDS
) -> Callable[[], AbstractContextManager[object]]:
    """Return what a daemon enters around each cycle: it waits for a command that writes, but not beyond ``stop``."""
    file = ledger_file(loaded.config.ledger, loaded.folder)
    if file is None:
        return nullcontext

    def enter() -> AbstractContextManager[object]:
        lock, deadline = cycle_lock(file), time.monotonic() + wait_seconds
        while True:
            try:
                return lock.acquire(_SOON)
            except HeldByAnother:
                if stop() or time.monotonic() >= deadline:
                    raise

    return enter


def work_until_stopped(loaded: Loaded, say: Talk) -> None:
    """Be the daemon: cycles of all teams until SIGTERM or SIGINT.

    Raises what ends it by itself: ``ConfigError``, ``LedgerError``, ``HeldByAnother``, and in the first cycle
    ``ServiceRefused``.
    """
    from . import daemon
    from .wire import wire

    with _told_to_stop() as stop, ExitStack() as stack:
        stack.enter_context(for_life(loaded))
        services = wire(loaded, stopping=stop)
        stack.callback(close, services)
        for service in services:
            say(_greeting(service))
        try:
            daemon.run(services, stop, between_commands(loaded, stop), ping=loaded.config.ping or "", say=say)
        except HeldByAnother:
            if not stop():  # told to stop while it waited for a command: that is an ordinary end
                raise
    say("Stopped.")


@contextmanager
def _told_to_stop() -> Iterator[Stop]:
    """Take SIGTERM and SIGINT for a while; yields what says whether one came."""
    from .daemon import Stop

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stop = Stop()
    stop.install()
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _greeting(service: Service) -> str:
    team = f"{service.name}: " if service.name else ""
    practice = f" Practice: all mail goes to {service.safe_to}." if service.safe_to else ""
    return f"{team}Working on {service.backend.where()}, every {service.every} seconds.{practice} Ctrl+C ends it."


def work_once(loaded: Loaded, say: Talk, complain: Callable[[SyncError, str], None]) -> int:
    """Do one cycle of every team and return the exit code, the highest of all teams.

    Raises ``HeldByAnother`` when a daemon works on this ledger.  Trouble of one team goes to ``complain`` and does not
    stop the others.
    """
    from .wire import wire

    refuse_beside_daemon(loaded)
    with _told_to_stop() as stop, ExitStack() as stack:
        services = wire(loaded, stopping=stop)
        stack.callback(close, services)
        stack.enter_context(for_a_command(loaded, say))
        return max(_one_cycle(service, say, complain) for service in services)


def _one_cycle(service: Service, say: Talk, complain: Callable[[SyncError, str], None]) -> int:
    from .cycle import run_cycle

    team = f"{service.name}: " if service.name else ""
    try:
        result = run_cycle(service)
    except SyncError as error:
        complain(error, service.name)
        return error.exit_code
    report = result.report
    say(f"{team}{report.sent} sent, {report.refused} refused, {report.unsure} not sure, {report.waiting} waiting, "
        f"{report.problems} to correct.")
    if result.needs_person:
        say(f"{team}Something needs you: see What happens next in the sheet, or `sync status`.")
    if result.error is not None:
        complain(result.error, service.name)
    return max(int(result.needs_person), result.error.exit_code if result.error else 0)


def close(services: Sequence[Service]) -> None:
    """Let go of mail servers and of the ledger."""
    for service in services:
        service.mailer.close()
    for ledger in {id(service.ledger): service.ledger for service in services}.values():
        ledger.close()
