"""Who works with the ledger just now: the locks around a daemon's life, one cycle, and one command that writes.

There is one daemon on a ledger for its whole life; a command (``setup``, ``go-live``, ``run --once``) steps between two
of its cycles.  A ledger on PostgreSQL has no file to lock and needs none of this.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress

from ..core.errors import HeldByAnother, SyncError
from ..ledger import cycle_lock, daemon_lock, ledger_file
from .load import Loaded
from .pulse import Pulse
from .service import Service
from .stopping import Stop

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


def work_until_stopped(loaded: Loaded, say: Talk, *, take_over: bool = False) -> None:
    """Be the daemon: cycles of all teams until SIGTERM or SIGINT.

    Raises what ends it by itself: ``ConfigError``, ``LedgerError``, ``HeldByAnother``, and in the first cycle
    ``ServiceRefused``; with several teams only when none of them can work.
    """
    from . import daemon
    from .foreign import release
    from .wire import wire

    with Stop() as stop, ExitStack() as stack:
        stack.enter_context(for_life(loaded))
        services = wire(loaded, stopping=stop, at_hand=stop.mail_at_hand)
        stack.callback(close, services)
        for service in services:
            service.take_over, service.announces = take_over, True
            say(_greeting(service))
        pulse = Pulse(loaded.config.ping or "", [service.name for service in services])
        try:
            daemon.run(services, stop, between_commands(loaded, stop), pulse=pulse, say=say)
        except SyncError:
            if not stop():  # told to stop while it waited for something: that is an ordinary end
                raise
        for service in services:
            with suppress(SyncError):  # a mark that stays is stale in half an hour
                release(service)
    say("Stopped.")


def fill_closed_streams() -> None:
    """Open what was closed of standard input, output and error (``sync run >&-``), onto nothing.

    Else the ledger or a line to the mail server would get one of these numbers, and be written into by mistake.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)


def _greeting(service: Service) -> str:
    team = f"{service.name}: " if service.name else ""
    practice = f" Practice: all mail goes to {service.safe_to}." if service.safe_to else ""
    try:
        where = service.backend.where()
    except SyncError:  # its first cycle tells why
        where = "its sheet"
    return f"{team}Working on {where}, every {service.every} seconds.{practice} Ctrl+C ends it."


def work_once(
    loaded: Loaded, say: Talk, complain: Callable[[SyncError, str], None], *, take_over: bool = False
) -> int:
    """Do one cycle of every team and return the exit code, the highest of all teams.

    Raises ``HeldByAnother`` when a daemon works on this ledger.  Trouble of one team goes to ``complain`` and does not
    stop the others.
    """
    from .wire import wire

    refuse_beside_daemon(loaded)
    with Stop() as stop, ExitStack() as stack:
        services = wire(loaded, stopping=stop, at_hand=stop.mail_at_hand)
        stack.callback(close, services)
        stack.enter_context(for_a_command(loaded, say))
        for service in services:
            service.take_over = take_over
        pulse = Pulse(loaded.config.ping or "", [service.name for service in services])
        return max(_one_cycle(service, pulse, say, complain) for service in services)


def _one_cycle(service: Service, pulse: Pulse, say: Talk, complain: Callable[[SyncError, str], None]) -> int:
    from .attempt import attempt

    team = f"{service.name}: " if service.name else ""
    done = attempt(service, pulse)
    if done.result is not None:
        report = done.result.report
        say(f"{team}{report.sent} sent, {report.refused} refused, {report.unsure} not sure, {report.waiting} waiting, "
            f"{report.problems} to correct.")
        if done.result.needs_person:
            say(f"{team}Something needs you: see What happens next in the sheet, or `sync status`.")
    if done.error is not None and not service.stopping():
        complain(done.error, service.name)
    code = done.error.exit_code if done.error and not service.stopping() else 0
    return max(int(done.result.needs_person) if done.result else 0, code)


def close(services: Sequence[Service]) -> None:
    """Let go of mail servers and of the ledger."""
    for service in services:
        service.mailer.close()
    for ledger in {id(service.ledger): service.ledger for service in services}.values():
        ledger.close()
