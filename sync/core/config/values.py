"""The values inside an option that have a form of their own: addresses, mailboxes, hosts.

Every check here raises :class:`ValueError` with the end of a sentence that begins with the option's name:
``mail.sender  <- must hold an address, like …``.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

_SHEET_ADDRESS = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]+)")
# An address inside a house (team@mail.local) is the operator's own business, but email-validator refuses names that
# RFC 6761 and RFC 6762 keep from the public: it is shown such an address with a public ending.
_OWN_NETWORKS = ("test", "local", "localhost", "internal", "lan")
_IN_HOUSE = ".example.org"
_SHEET_ID = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name (possibly empty) and an e-mail address, as in ``Harbour Street Co-op <team@example.org>``."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What stands behind the last ``@``: the domain of our Message-IDs and calendar UIDs."""
        return self.address.rpartition("@")[2]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name else self.address


def mailbox(value: object) -> Mailbox:
    """Return the name and address in ``value`` (RFC 5322 3.4 ``mailbox``); ValueError says what is wrong."""
    if isinstance(value, Mailbox):
        return value
    if not isinstance(value, str):
        raise ValueError("must be an address, like Harbour Street Co-op <team@example.org>")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value.strip()):
        raise ValueError("must stand on one line")
    name, bracket, rest = value.strip().rpartition("<")
    address = rest.removesuffix(">") if bracket else value
    if (bracket and not rest.endswith(">")) or "<" in name:
        raise ValueError("must be a name and one address in < >, like Harbour Street Co-op <team@example.org>")
    return Mailbox(_unquoted(name.strip()), email_address(address))


def _unquoted(name: str) -> str:
    if len(name) > 1 and name[0] == name[-1] == '"':
        return re.sub(r"\\(.)", r"\1", name[1:-1])
    return name


def email_address(value: object) -> str:
    """Return one normalised address without a name; whether its domain exists is for the mail server to say."""
    if not isinstance(value, str):
        raise ValueError("must be one e-mail address, like me@example.org")
    text = value.strip()
    inside = _IN_HOUSE if text.rpartition(".")[2].lower() in _OWN_NETWORKS or text.endswith("@localhost") else ""
    try:
        found = validate_email(text + inside, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(f"is not an e-mail address: {str(error).rstrip('.')}") from None
    return found.normalized.removesuffix(inside)


def spreadsheet_id(value: str) -> str:
    """Return the id in a Google spreadsheet's address, or the id itself; ValueError says what to copy instead.

    Source: https://developers.google.com/workspace/sheets/api/guides/concepts ("Spreadsheet ID").
    """
    text = value.strip()
    if found := _SHEET_ADDRESS.search(text):
        # A published page (…/d/e/2PACX-…) has an address of its own that names no spreadsheet.
        if found[1] == "e" or found[1].startswith("2PACX-"):
            raise ValueError("is the address of a published page; copy it from the browser while you edit the sheet")
        return found[1]
    if _SHEET_ID.fullmatch(text):
        return text
    raise ValueError("must be a spreadsheet's address, like https://docs.google.com/spreadsheets/d/…, or its id")


def is_loopback(host: str) -> bool:
    """Say whether ``host`` is this machine: ``localhost``, 127.0.0.0/8 or ::1 (RFC 6761 6.3, RFC 1122 3.2.1.3)."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_name(value: str) -> str:
    """Return ``value`` when it is a bare host name or IP address."""
    if not re.fullmatch(r"[A-Za-z0-9._:\[\]-]+", value) or "//" in value:
        raise ValueError("must be a bare host name, like smtp.gmail.com")
    if value.count(":") == 1:
        raise ValueError("must be a bare host name; the part behind the colon belongs under port")
    return value


def web_address(value: str, *, plain_only_here: bool) -> str:
    """Return ``value`` when it is an http(s) address; with ``plain_only_here``, http only for this machine."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https") or re.search(r"\s", value):
        raise ValueError("must be an address that begins with https://")
    if plain_only_here and parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must begin with https://; http:// is for this machine only, since a key goes over it")
    return value


def database_address(value: str) -> str:
    """Return ``value`` when it names a SQLite file or a PostgreSQL database (SQLAlchemy's URL form)."""
    kind, _, rest = value.partition(":")
    if kind == "sqlite":
        path = rest.removeprefix("///").partition("?")[0]
        if not rest.startswith("///") or path in ("", ":memory:"):
            raise ValueError("must name a file, like sqlite:///commonground.db: a memory that is not kept mails twice")
        return value
    if kind in ("postgres", "postgresql"):
        raise ValueError(f"must begin with postgresql+psycopg:// instead of {kind}://")
    if kind != "postgresql+psycopg" or not rest.startswith("//"):
        raise ValueError("must be like sqlite:///commonground.db or postgresql+psycopg://user@host/name")
    return value
