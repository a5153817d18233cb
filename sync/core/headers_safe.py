"""Text from a sheet made harmless for headers and bodies, and the last look at a message's bytes.

Python's ``email`` before 3.11.10 decodes ``=?utf-8?q?x=0ABcc=3A_e=40x?=`` in a value and writes the line break out
again: a cell could add a header (CVE-2024-6923).  So values are cleaned before, headers are folded here and not by
the library, and the finished bytes are parsed again and compared (``reliability.md`` H2).
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from email import policy as email_policy
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.headerregistry import UniqueSingleAddressHeader as OneAddressHeader
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import EmailPolicy, Policy
from itertools import groupby
from typing import Any, cast

from email_validator import EmailNotValidError, validate_email

from .errors import SyncError
from .keys import fold

MOST_IN_HEADER = 200
"""Characters of one value in a header (``reliability.md`` H2)."""

LONGEST_LINE = 998
"""Bytes of a line without its CRLF (RFC 5322 2.1.1)."""

_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_PLAIN_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ONCE = ("From", "To", "Subject", "Date", "Message-ID")
_NEVER = ("cc", "bcc", "resent-to", "resent-cc", "resent-bcc")


class UnsafeMessage(SyncError):
    """A finished message is not what it was meant to be, or its address cannot be used; it must not leave.

    ``sentence`` has no address and no text of the mail in it and may be shown in the row.
    """


def clean_text(value: str) -> str:
    """Return ``value`` for a body: line breaks as ``\\n``, tabs kept, no control, bidi or surrogate characters."""
    value = _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value)
    return _UNSEEN.sub("", _BREAKS.sub("\n", value)).strip()


def clean_line(value: str) -> str:
    """Return ``value`` for one line of a body: as :func:`clean_text`, every run of white space one blank."""
    return " ".join(clean_text(value).split())


def clean_header(value: str, most: int = MOST_IN_HEADER) -> str:
    """Return ``value`` for a header: one line, at most ``most`` characters, nothing that reads as an encoded word."""
    value = clean_line(value).replace("=?", "= ?")
    return value if len(value) <= most else value[: most - 1].rstrip() + "…"


def ascii_address(address: str) -> str:
    """Return ``address`` as it stands on the wire, an international domain in its ASCII form (RFC 5890).

    :raises UnsafeMessage: it is not exactly one address, or its part before the @ needs SMTPUTF8 (RFC 6531), which
        yagmail cannot speak.
    """
    address = address.strip()
    if re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", address):
        return address
    try:
        found = validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        raise UnsafeMessage("The address is not one that mail can be sent to.", "Please correct it.") from error
    if found.ascii_email is None:
        raise UnsafeMessage(
            "The address has letters before the @ that our mail server cannot carry.", "Ask for another address."
        )
    return found.ascii_email


def mailbox(name: str, address: str) -> Address:
    """Return the header value for one person: cleaned ``name`` (may be empty) and ``address`` for the wire."""
    return Address(clean_header(name), addr_spec=ascii_address(address))


# --- folding: ours, because the library's differs between releases ---------------------------------------------------


def _encoded_words(text: str) -> str:
    """Return ``text`` as RFC 2047 encoded words of at most 75 characters, split between characters."""
    pieces: list[str] = [""]
    for character in text:
        if len((pieces[-1] + character).encode()) > 45:
            pieces.append("")
        pieces[-1] += character
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(piece.encode()).decode('ascii')}?=" for piece in pieces)


def _phrase(name: str) -> str:
    """Return a person's name for a header (RFC 5322 3.2.5, RFC 2047 5).

    One encoded word when it fits.  A longer name is encoded only where it must be, because programs differ in
    whether they drop the blank between two encoded words in a name (Python 3.11 keeps it).
    """
    if name.isascii():
        return _quoted(name)
    if len(name.encode()) <= 45:
        return _encoded_words(name)
    runs = groupby(name.split(" "), key=str.isascii)
    return "\r\n ".join((_quoted if plain else _encoded_words)(" ".join(words)) for plain, words in runs)


def _quoted(name: str) -> str:
    if _PLAIN_PHRASE.fullmatch(name) and "=?" not in name:
        return name
    return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'


def _folded(name: str, text: str) -> str:
    """Return a whole header: ASCII as it is, broken at blanks after 76 characters; else encoded words."""
    if not text.isascii() or "=?" in text:
        return f"{name}: {_encoded_words(text)}\r\n"
    lines = [f"{name}:"]
    for word in text.split(" "):
        if len(lines[-1]) + 1 + len(word) > 76 and len(lines[-1]) > len(name) + 1:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines) + "\r\n"


class _Text(UnstructuredHeader):
    """A header of free text that may stand more than once; nothing in it is decoded, so it costs no parsing."""

    name: str

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        kwds["parse_tree"] = None  # of use only to the library's own folding
        kwds["decoded"] = value

    def fold(self, *, policy: Policy) -> str:
        return _folded(self.name, str(self))


class _OneText(_Text):
    """A header of free text, or an identifier, that stands once."""

    max_count = 1


class _OneMailbox(OneAddressHeader):
    """A header with exactly one mailbox: a quoted phrase, or encoded words, then the address."""

    name: str

    def fold(self, *, policy: Policy) -> str:
        name, address = self.address.display_name, self.address.addr_spec
        if not name:
            return f"{self.name}: {address}\r\n"
        return f"{self.name}: {_phrase(name)}\r\n <{address}>\r\n"


class _Registry(HeaderRegistry):
    """Makes each class of headers once; the library makes one anew for every header, a third of the cost."""

    def __init__(self) -> None:
        super().__init__(default_class=_Text)
        self._made: dict[str, type[BaseHeader]] = {}

    def __getitem__(self, name: str) -> type[BaseHeader]:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = super().__getitem__(name)
        return made


def _registry() -> HeaderRegistry:
    # The registry joins these with its own base class as it goes; its stubs want them joined already.
    mailboxes, texts = cast(type[BaseHeader], _OneMailbox), cast(type[BaseHeader], _OneText)
    registry = _Registry()
    for name in ("from", "to", "reply-to"):
        registry.map_to_type(name, mailboxes)
    for name in ("subject", "message-id", "auto-submitted", "x-commonground-kind", "x-commonground-key"):
        registry.map_to_type(name, texts)
    return registry


POLICY: EmailPolicy[Any] = email_policy.SMTP.clone(
    # 76: the library measures quoted-printable lines by it (RFC 2045 6.7 rule 5)
    cte_type="7bit", max_line_length=76, header_factory=_registry(), mangle_from_=False,
)  # fmt: skip
"""How our messages are written: 7-bit, CRLF, headers folded by this file."""


# --- the last look ---------------------------------------------------------------------------------------------------


def check(message: EmailMessage, recipient: str) -> bytes:
    """Return the bytes of ``message`` that may be handed over to ``recipient``, after a last look at them.

    The bytes are parsed again as another program would (``compat32``): the same headers as often, no defect in any
    part, one recipient, only 7-bit lines of at most 998 bytes ended by CRLF.

    :raises UnsafeMessage: something differs; the mail must be refused.
    """
    written = _written(message)
    parsed = BytesParser(policy=email_policy.compat32).parsebytes(written)
    _check_headers(message, parsed)
    _check_recipient(message, recipient)
    if any(part.defects for part in parsed.walk()):
        raise _unsafe("is broken inside")
    if not written.isascii():
        raise _unsafe("is not plain 7-bit")
    if re.search(rb"(?<!\r)\n|\r(?!\n)", written):
        raise _unsafe("has a broken line end")
    if any(len(line) > LONGEST_LINE for line in written.split(b"\r\n")):
        raise _unsafe("has a line that is too long")
    return written


def _written(message: EmailMessage) -> bytes:
    try:
        written = message.as_bytes(policy=message.policy.clone(linesep="\r\n", cte_type="7bit"))
    except (MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise _unsafe("cannot be written") from error
    return written if written.endswith(b"\r\n") else written + b"\r\n"


def _check_headers(message: EmailMessage, parsed: Message) -> None:
    meant = Counter(name.casefold() for name in message.keys())  # noqa: SIM118 - a message repeats its keys
    found = Counter(name.casefold() for name in parsed.keys())  # noqa: SIM118
    if meant != found:
        raise _unsafe("has headers that nobody asked for")
    if any(found[name.casefold()] != 1 for name in _ONCE) or any(found[name] for name in _NEVER):
        raise _unsafe("does not have each of its headers once")


def _check_recipient(message: EmailMessage, recipient: str) -> None:
    addresses: tuple[Address, ...] = getattr(message["To"], "addresses", ())
    if len(addresses) != 1 or fold(addresses[0].addr_spec) != fold(ascii_address(recipient)):
        raise _unsafe("is addressed to somebody else")


def _unsafe(what: str) -> UnsafeMessage:
    return UnsafeMessage(
        f"The finished mail {what}, so it was not sent.",
        "Look for odd signs in the name, the place and the purpose, and type them again.",
    )
