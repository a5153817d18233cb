"""Delivery: the due mails of one plan, one by one, through the ledger and out (``design.md`` 4 rule 2, P1, P4, P12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage

from ..core.errors import LedgerError, ServiceRefused, ServiceUnreachable, SyncError
from ..core.headers_safe import UnsafeMessage
from ..core.intent import Intent, Plan
from ..core.ports import Claim, Entry, EntryState, LedgerView, MailKey, Receipt, Scope, Verdict
from ..core.render import MailIncomplete
from ..core.settings import Settings
from .service import Service
from .wal import write_ahead

BATCH_SECONDS = 45.0
BATCH_MAILS = 50
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=1)
ACCOUNT_PAUSE = timedelta(minutes=30)
LINE_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch.  ``done`` are keys that were dealt with; ``error`` stopped the rest."""

    sent: int = 0
    refused: int = 0
    unsure: int = 0
    later: int = 0
    done: frozenset[str] = field(default_factory=frozenset)
    error: SyncError | None = None

    @property
    def tried(self) -> bool:
        """Whether anything was dealt with at all."""
        return bool(self.done)

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(
            self.sent + other.sent, self.refused + other.refused, self.unsure + other.unsure,
            self.later + other.later, self.done | other.done, other.error or self.error,
        )  # fmt: skip


def deliver(service: Service, plan: Plan, view: LedgerView, settings: Settings, *, read_at: datetime) -> Delivered:
    """Hand over one batch of the due mails: at most what fits in 45 seconds, and never more than 50.

    The mailer is opened before the first claim, so that a bad password or a dead line claims nothing.  Stops at a
    stop signal (after the mail at hand), when the account is refused, and when the ledger cannot commit.
    """
    error = reach_mail(service)
    if error is not None:
        return Delivered(error=error)
    began = service.clock.monotonic()
    total, ready = _prepared(service, plan, settings)
    logged = _logged(service, ready)
    for mail in ready:
        if mail.entry.key not in logged:
            continue
        age = (service.clock.now() - read_at).total_seconds()
        with service.at_hand():
            if service.stopping() or service.clock.monotonic() - began > BATCH_SECONDS or age > BATCH_SECONDS:
                break
            total = total + _one(service, mail, view)
        if total.error:
            break
    return total


def reach_mail(service: Service) -> SyncError | None:
    """Connect and log in; return why that cannot be, if so.

    A refused account is tried once in 30 minutes (accounts get locked, ``reliability.md`` M9), anything else once a
    minute; in between the last reason is returned.  The pause is counted by a clock that nobody sets.
    """
    if service.mail_error is not None and service.clock.monotonic() < service.mail_pause:
        return service.mail_error
    try:
        service.mailer.open()
    except SyncError as error:
        return _pause(service, error)
    service.mail_error = None
    return None


def _pause(service: Service, error: SyncError) -> SyncError:
    pause = ACCOUNT_PAUSE if isinstance(error, ServiceRefused) else LINE_PAUSE
    service.mail_error, service.mail_pause = error, service.clock.monotonic() + pause.total_seconds()
    return error


@dataclass(frozen=True, slots=True)
class Ready:
    """One mail, rendered before anything is claimed."""

    intent: Intent
    entry: Entry
    message: EmailMessage


def _prepared(service: Service, plan: Plan, settings: Settings) -> tuple[Delivered, list[Ready]]:
    """Render one batch; what cannot be rendered is settled at once and stops nobody else."""
    total, ready = Delivered(), []
    for decision in plan.due[: min(service.batch, BATCH_MAILS)]:
        intent, now = decision.intent, service.clock.now()
        done = frozenset({str(intent.key)})
        entry = _entry(service, intent, now)
        try:
            message = service.renderer.message(
                intent, settings, message_id=entry.message_id, date=now.astimezone(intent.opens.tzinfo),
                key_header=service.policy.keyring.token("header", str(intent.key)),
            )  # fmt: skip
        except SyncError as error:
            if isinstance(error, UnsafeMessage) and not isinstance(error, MailIncomplete):
                total = total + _unsendable(service, entry, str(error), now, done)
            else:  # an empty placeholder, a broken template: said in the row, tried again when it is mended
                total = total + _not_yet(service, entry, error, now, done)
            continue
        ready.append(Ready(intent, entry, message))
    return total, ready


def _logged(service: Service, ready: Sequence[Ready]) -> Mapping[MailKey, Entry]:
    """Write the batch ahead into the sheet's log; only what surely stands there may leave (``design.md`` P11)."""
    if not ready:
        return {}
    batch = [(mail.intent, mail.entry, str(mail.message["Subject"])) for mail in ready]
    return write_ahead(service, service.sheet, batch, service.clock.now())


def _one(service: Service, mail: Ready, view: LedgerView) -> Delivered:
    """Claim, hand over and settle one mail."""
    done = frozenset({str(mail.intent.key)})
    claim = service.ledger.claim(service.sheet, replace(mail.entry, at=service.clock.now()))
    if claim is None:
        return Delivered(done=done)
    return _hand_over(service, claim, mail.intent, mail.message, view, done)


def _unsendable(service: Service, entry: Entry, reason: str, now: datetime, done: frozenset[str]) -> Delivered:
    claim = service.ledger.claim(service.sheet, entry)
    if claim is not None:
        service.ledger.settle(claim, EntryState.REFUSED, now, reason=reason)
    return Delivered(refused=1, done=done)


def _not_yet(service: Service, entry: Entry, error: SyncError, now: datetime, done: frozenset[str]) -> Delivered:
    claim = service.ledger.claim(service.sheet, entry)
    if claim is not None:
        service.ledger.settle(claim, EntryState.PLANNED, now, reason=str(error), not_before=now + FIRST_RETRY)
    return Delivered(later=1, done=done)


def _entry(service: Service, intent: Intent, now: datetime) -> Entry:
    message_id = intent.message_id or service.policy.keyring.message_id(intent.key, service.policy.domain)
    return Entry(
        intent.key, EntryState.PLANNED, message_id,
        intent.opens, intent.closes, now, told=intent.told, fingerprint=intent.digest, practice=service.policy.practice,
    )  # fmt: skip


def _hand_over(
    service: Service, claim: Claim, intent: Intent, message: EmailMessage, view: LedgerView, done: frozenset[str]
) -> Delivered:
    broken: list[LedgerError] = []

    def before_dot() -> bool:
        try:
            return service.ledger.sending(claim, service.clock.now())
        except LedgerError as error:
            broken.append(error)
            return False

    receipt = service.mailer.send(message, service.safe_to or intent.address, before_dot)
    if broken:
        return Delivered(done=done, error=broken[0])
    before = view.entries.get(intent.key)
    return _settle(service, claim, intent, receipt, (before.attempts if before else 0), done)


def _settle(
    service: Service, claim: Claim, intent: Intent, receipt: Receipt, attempts: int, done: frozenset[str]
) -> Delivered:
    """Commit what the receipt says; trouble of the whole account never costs this mail its chance."""
    now = service.clock.now()
    error = _account_error(receipt)
    if receipt.verdict is Verdict.ACCEPTED:
        service.ledger.settle(claim, EntryState.SENT, now)
        return Delivered(sent=1, done=done)
    if receipt.verdict is Verdict.UNKNOWN:
        service.ledger.settle(claim, EntryState.UNSURE, now, reason=receipt.words)
        return Delivered(unsure=1, done=done, error=error)
    if receipt.verdict is Verdict.REFUSED and receipt.scope is not Scope.ACCOUNT:
        service.ledger.settle(claim, EntryState.REFUSED, now, reason=receipt.words)
        return Delivered(refused=1, done=done)
    wait = min(FIRST_RETRY * 2**attempts, LONGEST_RETRY)
    service.ledger.settle(claim, EntryState.PLANNED, now, reason=receipt.words, not_before=now + wait)
    if error:
        _pause(service, error)
    return Delivered(later=1, done=done, error=error)


def _account_error(receipt: Receipt) -> SyncError | None:
    if receipt.scope is not Scope.ACCOUNT or receipt.verdict is Verdict.ACCEPTED:
        return None
    kind = ServiceRefused if receipt.verdict is Verdict.REFUSED else ServiceUnreachable
    return kind(receipt.words or "The mail server cannot be used.")
