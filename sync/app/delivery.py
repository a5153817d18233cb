"""Delivery: the due mails of one plan, one by one, through the ledger and out (``design.md`` 4 rule 2, P1, P4, P12)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

from ..core.errors import LedgerError, ServiceError, ServiceRefused, ServiceUnreachable, SyncError
from ..core.headers_safe import UnsafeMessage
from ..core.intent import Decision, Intent, Plan
from ..core.ports import Claim, Entry, EntryState, LedgerView, Receipt, Scope, Verdict
from ..core.render import MailIncomplete
from ..core.settings import Settings
from .service import Service

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
    """Hand over one batch of the due mails: at most 50, and only while the read is younger than 45 seconds.

    The mailer is opened before the first claim, so that a bad password or a dead line claims nothing.  Stops at a
    stop signal (after the mail at hand), when the account is refused, and when the ledger cannot commit.
    """
    if service.mail_pause is not None and service.clock.now() < service.mail_pause:
        return Delivered(error=ServiceUnreachable("The mail server could not be used; it is tried again soon."))
    try:
        service.mailer.open()
    except ServiceError as error:
        service.mail_pause = service.clock.now() + (ACCOUNT_PAUSE if isinstance(error, ServiceRefused) else LINE_PAUSE)
        return Delivered(error=error)
    service.mail_pause = None
    began = service.clock.monotonic()
    total = Delivered()
    for decision in plan.due[:BATCH_MAILS]:
        age = (service.clock.now() - read_at).total_seconds()
        if service.stopping() or service.clock.monotonic() - began > BATCH_SECONDS or age > BATCH_SECONDS:
            break
        total = total + _one(service, decision, view, settings)
        if total.error:
            break
    return total


def _one(service: Service, decision: Decision, view: LedgerView, settings: Settings) -> Delivered:
    """Render, claim, hand over and settle one mail."""
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
            return _unsendable(service, entry, str(error), now, done)
        # An empty placeholder, a broken template: said in the row, tried again when somebody has mended it.
        return _not_yet(service, entry, error, now, done)
    claim = service.ledger.claim(service.sheet, entry)
    if claim is None:
        return Delivered(done=done)
    return _hand_over(service, claim, intent, message, view, done)


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
    return Entry(
        intent.key, EntryState.PLANNED, service.policy.keyring.message_id(intent.key, service.policy.domain),
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
        service.mail_pause = now + (ACCOUNT_PAUSE if receipt.verdict is Verdict.REFUSED else LINE_PAUSE)
    return Delivered(later=1, done=done, error=error)


def _account_error(receipt: Receipt) -> SyncError | None:
    if receipt.scope is not Scope.ACCOUNT or receipt.verdict is Verdict.ACCEPTED:
        return None
    kind = ServiceRefused if receipt.verdict is Verdict.REFUSED else ServiceUnreachable
    return kind(receipt.words or "The mail server cannot be used.")
