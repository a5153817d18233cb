"""One cycle of one team as the daemon and ``run --once`` make it: whatever happens inside comes back as a sentence."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ..core.errors import LedgerError, SyncError
from ..core.ports import CycleReport
from .cycle import CycleResult, run_cycle
from .delivery import reach_mail
from .foreign import stand_aside
from .pulse import Pulse
from .service import Service

log = logging.getLogger("sync")


@dataclass(frozen=True, slots=True)
class Attempt:
    """How it ended: ``error`` is what went wrong with the sheet (then there is no ``result``) or only with the mail."""

    result: CycleResult | None
    error: SyncError | None = None


def attempt(service: Service, pulse: Pulse, *, ask_mail: bool = False) -> Attempt:
    """Do one cycle; never raises but for what ends a process.

    ``ask_mail``: also when nothing is due, see whether the mail account lets us in, so that a wrong password is told
    when the service starts and not at the first mail.  An account that could not be used is asked again anyway.
    """
    done = _tried(service, ask_mail=ask_mail)
    if not service.stopping():
        pulse.beat(service.name, well=done.error is None)
    return done


def _tried(service: Service, *, ask_mail: bool) -> Attempt:
    started = service.clock.now()
    try:
        try:
            stand_aside(service, started)
            result = run_cycle(service)
            asks = (ask_mail or service.mail_error is not None) and not service.stopping()
            error = result.error or (reach_mail(service) if asks else None)
        finally:
            service.mailer.close()  # a line that idles until the next mail is dead by then
    except SyncError as caught:
        failed = caught
    except Exception as caught:  # one team's trouble, of whatever kind, is not the others'
        log.debug("unexpected", exc_info=True)
        failed = SyncError(
            f"Something unexpected happened ({type(caught).__name__}).",
            "Run `sync -v run --once` to see where, and please tell the makers of Common Ground.",
        )
    else:
        return Attempt(result, error)
    _remember(service, CycleReport(started, service.clock.now(), failed.sentence))
    return Attempt(None, failed)


def _remember(service: Service, report: CycleReport) -> None:
    """Let ``status`` know of a cycle that failed."""
    if service.stopping():
        return
    try:
        service.ledger.record_cycle(service.sheet, report)
    except LedgerError:
        log.debug("the failed cycle could not be recorded", exc_info=True)
