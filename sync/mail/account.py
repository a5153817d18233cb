"""One mail account: how it is configured, how TLS is made, and in which words connecting fails."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from smtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupportedError,
    SMTPResponseException,
)
from typing import Literal
from urllib.error import HTTPError

from ..core.config.values import is_loopback
from ..core.errors import ConfigError, ServiceError, ServiceRefused, ServiceUnreachable

_APP_REMEDY = (
    "At Gmail and most others this must be an app password, made in the account's security settings; "
    "it ends when the account's own password is changed."
)


@dataclass(frozen=True, slots=True)
class Account:
    """One mail account.  ``password`` is the secret itself; ``oauth`` a file that yagmail's OAuth2 set-up wrote."""

    host: str
    port: int
    security: Literal["ssl", "starttls", "none"]
    sender: str
    username: str = ""
    password: str = field(default="", repr=False)
    oauth: Path | None = None
    ca_file: Path | None = None
    gap_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Patience, in seconds, and how many mails share a connection.

    ``dot``: RFC 5321 4.5.3.2.6 asks for ten minutes; a shorter wait makes mails unsure that have arrived.
    ``whole``: for everything before the dot, also against a server that answers letter by letter.
    """

    answer: float = 30
    dot: float = 600
    whole: float = 120
    idle: float = 10
    mails: int = 50


def check_account(account: Account) -> None:
    """Raise :class:`ConfigError` for an account that must not be used as it is configured."""
    if account.security == "none" and not is_loopback(account.host):
        raise ConfigError("mail.security: none is for a mail server on this machine only.", "Use ssl or starttls.")
    if account.username and not account.password and account.oauth is None:
        raise ConfigError("mail.password is empty.", "Say where the password of the mail account is kept.")
    if account.oauth is None:
        return
    if account.security != "ssl" or not account.username:
        raise ConfigError("mail.oauth needs mail.security: ssl and mail.username.", "Set both.")
    try:
        known = json.loads(account.oauth.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"The file {account.oauth} for mail.oauth cannot be read.", "Make it again.") from error
    if not isinstance(known, dict) or "google_refresh_token" not in known or "installed" in known:
        # yagmail would start to ask questions on the terminal
        raise ConfigError(f"The file {account.oauth} for mail.oauth has no refresh token.", "Make it again.")


def tls_context(account: Account) -> ssl.SSLContext | None:
    """Return TLS that verifies certificate and host name; smtplib's own default verifies neither."""
    if account.security == "none":
        return None
    try:
        context = ssl.create_default_context(cafile=str(account.ca_file) if account.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"The file {account.ca_file} for mail.ca_file cannot be used.", "Give a PEM file.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@contextmanager
def told_in_words(host: str) -> Iterator[None]:
    """Turn what goes wrong while connecting into one sentence; nothing of the server's words is in it."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise ServiceRefused(
            f"The certificate of the mail server {host} is not valid.",
            "Check mail.host. If the server has an authority of its own, give its file as mail.ca_file.",
        ) from error
    except ssl.SSLError as error:
        raise ServiceRefused(
            f"The mail server {host} does not speak TLS at this port.",
            "Usual are port 465 with mail.security: ssl, and port 587 with starttls.",
        ) from error
    except (SMTPNotSupportedError, SMTPHeloError) as error:
        raise ServiceRefused(
            f"The mail server {host} does not offer what mail.security and mail.username ask for.",
            "Usual are port 465 with mail.security: ssl, and port 587 with starttls.",
        ) from error
    except SMTPResponseException as error:
        raise _login_trouble(host, error) from error
    except HTTPError as error:
        raise ServiceRefused(
            "The permission to use the mail account has ended.", "Make the file of mail.oauth again."
        ) from error
    except UnicodeError as error:
        raise ServiceRefused("The mail password has letters that cannot be sent.", _APP_REMEDY) from error
    except (SMTPException, OSError, ValueError, KeyError) as error:
        raise ServiceUnreachable(
            f"The mail server {host} cannot be reached.", "Check the connection, mail.host and mail.port."
        ) from error


def _login_trouble(host: str, error: SMTPResponseException) -> ServiceError:
    if error.smtp_code < 500:
        return ServiceUnreachable(f"The mail server {host} asks us to come back later.", "It is tried again by itself.")
    if isinstance(error, SMTPAuthenticationError):
        return ServiceRefused("The mail server did not accept the password.", _APP_REMEDY)
    return ServiceRefused(f"The mail server {host} refused to talk to us.", "Check mail.host and mail.port.")
