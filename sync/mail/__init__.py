"""The ways out for finished messages, one of which is chosen here by the configuration."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..core.config import OutboxMail, SmtpMail
from ..core.ports import Mailer


def open_mailer(
    mail: SmtpMail | OutboxMail,
    *,
    password: str = "",
    folder: Path = Path(),
    sleep: Callable[[float], None] = time.sleep,
) -> Mailer:
    """Return the mailer that the ``mail`` block asks for; nothing is connected or made before its ``open()``.

    ``password`` is the secret itself, resolved by the caller; relative paths count from ``folder``; ``sleep`` waits
    out the gap between two mails.

    :raises ConfigError: the account cannot be used as configured, before anything is sent.
    """
    if isinstance(mail, OutboxMail):
        from .outbox import Outbox

        return Outbox(folder / Path(mail.path).expanduser())
    from .account import Account
    from .smtp import SmtpMailer  # yagmail takes a sixth of a second to import

    account = Account(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        sender=mail.sender.address,
        username=mail.username or "",
        password=password,
        oauth=folder / Path(mail.oauth).expanduser() if mail.oauth else None,
        ca_file=folder / Path(mail.ca_file).expanduser() if mail.ca_file else None,
        gap_seconds=float(mail.gap_seconds),
    )
    return SmtpMailer(account, sleep=sleep)
