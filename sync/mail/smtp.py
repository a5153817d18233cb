"""The mail account.  yagmail connects, encrypts, logs in and carries; every message is finished before it comes here.

yagmail 0.16 alone would verify no certificate, log in for every mail and send a mail again when the line drops after
the final dot.  Hence one subclass of it: verified TLS, one login for many mails, one attempt, and the ledger's commit
between the body and the dot (``reliability.md`` 1.3).
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from smtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)
from typing import Any, cast

import yagmail  # type: ignore[import-untyped]  # it ships no types

from ..core.errors import ServiceError, ServiceRefused
from ..core.headers_safe import UnsafeMessage, ascii_address, check
from ..core.ports import Receipt, Scope, Verdict
from .account import Account, Limits, check_account, tls_context, told_in_words
from .session import Abandoned, BeforeDot, Watchdog, with_before_dot
from .verdicts import Phase, is_policy, judge, lost

_POLICY_REFUSALS = 3
"""So many policy refusals in a row concern one mail each; the next one means the account (``reliability.md`` M12)."""


class _Client(yagmail.SMTP):  # type: ignore[misc]  # untyped base
    """yagmail's client with its login kept, its message passed through, and its second and third try left out."""

    def __init__(self, account: Account, limits: Limits, context: ssl.SSLContext | None) -> None:
        secured: dict[str, Any] = {"context": context} if account.security == "ssl" else {}
        super().__init__(
            user=account.username,
            password=account.password,
            host=account.host,
            port=account.port,
            smtp_ssl=account.security == "ssl",
            smtp_starttls={"context": context} if account.security == "starttls" else False,
            smtp_skip_login=not account.username,
            oauth2_file=str(account.oauth) if account.oauth else None,
            soft_email_validation=False,
            timeout=limits.answer,
            **secured,
        )
        self.set_logging(None)
        self.user = account.username  # yagmail adds @gmail.com to a name without @
        self.account = account
        self.limits = limits
        self.watchdog = Watchdog()
        self.before_dot: Callable[[], bool] = lambda: False

    @property
    def connection(self) -> type:
        return with_before_dot(super().connection)

    @property
    def session(self) -> BeforeDot | None:
        """The connection while there is one."""
        session = cast(BeforeDot | None, self.smtp)
        return session if session is not None and session.sock is not None else None

    @property
    def phase(self) -> Phase:
        """How far the attempt at hand has come."""
        return self.smtp.phase if self.smtp is not None else Phase.CONNECT

    def login(self) -> None:
        """Connect and log in, unless we are: yagmail asks before every mail."""
        if self.session is None:
            super().login()
            self.smtp.limits, self.smtp.watchdog = self.limits, self.watchdog

    def prepare_send(self, to: str, subject: None = None, contents: bytes = b"", *_: Any) -> tuple[list[str], bytes]:
        """Return the one recipient and the bytes as they are; yagmail would attach a file named like the text."""
        return [to], contents

    def _attempt_send(self, recipients: list[str], msg: bytes) -> None:
        self.smtp.before_dot = self.before_dot
        self.smtp.sendmail(self.account.sender, recipients, msg)

    def _login_oauth2(self, oauth2_info: dict[str, str]) -> None:
        """Log in with a fresh token and look at the answer, which yagmail does not."""
        wanted = ("google_client_id", "google_client_secret", "google_refresh_token")
        known = {name: oauth2_info[name] for name in wanted}
        token = _within(self.limits.answer, lambda: self.get_oauth_string(self.user, known))
        self.smtp = self.connection(self.host, self.port, **self.kwargs)
        self.smtp.phase = Phase.LOGIN
        self.smtp.ehlo()
        code, answer = self.smtp.docmd("AUTH", f"XOAUTH2 {token}")
        if code == 334:  # the reason, in base64; an empty line ends it
            code, answer = self.smtp.docmd("")
        if code != 235:
            raise SMTPAuthenticationError(code, answer)
        self.is_closed = False

    def drop(self) -> None:
        """Let go of the line without a word: QUIT in the middle of a body would become part of it."""
        self.watchdog.rest()
        if self.smtp is not None:
            with suppress(OSError):
                self.smtp.close()
        self.smtp = None
        self.is_closed = True

    def close(self) -> None:
        """Say goodbye and let go."""
        self.watchdog.rest()
        if self.session is not None:
            with suppress(SMTPException, OSError):
                self.smtp.quit()
        self.drop()


def _within(seconds: float, function: Callable[[], str]) -> str:
    """Return what ``function`` returns; yagmail's token request has no timeout of its own."""
    answers: list[str | Exception] = []

    def run() -> None:
        try:
            answers.append(function())
        except Exception as error:  # noqa: BLE001 - handed over to the thread that waits
            answers.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds)
    if not answers:
        raise TimeoutError
    if isinstance(answers[0], Exception):
        raise answers[0]
    return answers[0]


class SmtpMailer:
    """Keeps the contract of ``Mailer`` with one account, one connection at a time, in one thread.

    ``sleep`` waits out ``gap_seconds`` between two mails, ``monotonic`` measures it.

    :raises ConfigError: when made: the account cannot be used as it is configured.
    """

    def __init__(
        self,
        account: Account,
        *,
        limits: Limits | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        check_account(account)
        self._account = account
        self._limits = limits or Limits()
        self._client = _Client(account, self._limits, tls_context(account))
        self._sleep = sleep
        self._monotonic = monotonic
        self._handed: float | None = None
        self._used = 0.0
        self._mails = 0
        self._trust = 0

    def open(self) -> None:
        """Connect and log in, unless a connection is alive (a NOOP is answered).

        :raises ServiceRefused: the password, the certificate or the kind of encryption is not accepted.
        :raises ServiceUnreachable: there is no way to the server just now.
        """
        if self._mails >= self._limits.mails:
            self.close()
        if self._client.session is not None:
            if self._monotonic() - self._used < self._limits.idle or self._answers():
                return
            self._client.drop()
        with told_in_words(self._account.host):
            try:
                self._client.login()
            except BaseException:
                self._client.drop()
                raise
        self._mails, self._used = 0, self._monotonic()

    def send(self, message: EmailMessage, recipient: str, before_dot: Callable[[], bool]) -> Receipt:
        """Hand over ``message`` to ``recipient`` in one attempt; see ``core.ports.Mailer``.

        What ``before_dot`` raises comes out again, after the line has been dropped without the dot.
        """
        try:
            recipient = ascii_address(recipient)
            written = check(message, recipient)
        except UnsafeMessage as error:
            return Receipt(Verdict.REFUSED, Scope.MAIL, error.sentence)
        if self._handed is not None and (left := self._account.gap_seconds - (self._monotonic() - self._handed)) > 0:
            self._sleep(left)
        receipt = self._attempt(written, recipient, before_dot)
        self._handed = self._used = self._monotonic()
        return receipt

    def close(self) -> None:
        """End the connection; a later ``open`` or ``send`` makes a new one."""
        self._client.close()

    def _answers(self) -> bool:
        try:
            return bool(self._client.smtp.noop()[0] == 250)
        except (SMTPException, OSError):
            return False

    def _attempt(self, written: bytes, recipient: str, before_dot: Callable[[], bool]) -> Receipt:
        """Make the one attempt; a kept line that turns out to be dead before a word of it arrived is replaced."""
        for _ in range(2):
            kept = self._client.session
            try:
                self.open()
            except ServiceError as error:
                verdict = Verdict.REFUSED if isinstance(error, ServiceRefused) else Verdict.LATER
                return Receipt(verdict, Scope.ACCOUNT, error.sentence)
            kept = kept if kept is self._client.session else None
            receipt = self._once(written, recipient, before_dot)
            if receipt is not None or kept is None:
                break
        return receipt or lost(Phase.MAIL)

    def _once(self, written: bytes, recipient: str, before_dot: Callable[[], bool]) -> Receipt | None:
        """Return the receipt, or ``None`` when the server had hung up before it heard of this mail."""
        client = self._client
        client.before_dot = before_dot
        self._mails += 1
        try:
            client.send(to=recipient, contents=written)
        except SMTPRecipientsRefused as error:
            return self._judged(*error.recipients[recipient])
        except SMTPResponseException as error:
            return self._judged(error.smtp_code, error.smtp_error)
        except Abandoned as abandoned:
            client.drop()
            if abandoned.__cause__ is not None:
                raise abandoned.__cause__ from None
            return Receipt(Verdict.LATER, Scope.MAIL, "The mail was held back at the last moment.")
        except (SMTPException, OSError, ValueError) as error:
            phase = client.phase
            client.drop()
            gone = isinstance(error, SMTPServerDisconnected) and phase is Phase.MAIL
            return None if gone else lost(phase)
        except BaseException:
            client.drop()
            raise
        self._trust = _POLICY_REFUSALS
        return Receipt(Verdict.ACCEPTED, code="250")

    def _judged(self, code: int, answer: bytes | str) -> Receipt:
        """Return what a refusal means, and let go of a line that the server closes or that talks nonsense."""
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        receipt = judge(self._client.phase, code, text, proven=self._trust > 0)
        if is_policy(code, text):
            self._trust -= 1
        if code == 421 or not 400 <= code < 600:
            self._client.drop()
        self._client.watchdog.rest()
        return receipt
