"""Keyed hashes and opaque ids: recipients, Message-IDs, calendar UIDs, row ids and codes.

The secret is ``commonground.key`` beside the configuration.  The random part of an id is handed in as bytes.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field

from .ports import MailKey


def fold(address: str) -> str:
    """Return ``address`` as it counts for "the same mailbox": without blanks around, case-folded."""
    return address.strip().casefold()


def row_id(random: bytes) -> str:
    """Return a row id from at least 8 random bytes: text that begins with a letter and holds only a-z and 2-7."""
    if len(random) < 8:
        raise ValueError("a row id needs at least 8 random bytes")
    return "r" + base64.b32encode(random[:10]).decode("ascii").rstrip("=").lower()


@dataclass(frozen=True, slots=True)
class Keyring:
    """Everything that is hashed with the team's secret."""

    secret: bytes = field(repr=False)

    def token(self, *parts: str, length: int = 16) -> str:
        """Return a short lower-case token of ``parts`` (HMAC-SHA256, ``length`` characters of base32)."""
        digest = hmac.digest(self.secret, "\x1f".join(parts).encode(), "sha256")
        return base64.b32encode(digest).decode("ascii").lower()[:length]

    def recipient(self, address: str) -> str:
        """Return the keyed hash that stands for ``address`` in keys, logs and the ledger."""
        return self.token("recipient", fold(address))

    def message_id(self, key: MailKey, domain: str) -> str:
        """Return the Message-ID (RFC 5322 3.6.4) of the mail with this key: always the same, never shared by two."""
        return f"<{key.kind.replace('_', '-')}.{self.token('mail', str(key), length=26)}@{domain}>"

    def uid(self, meeting_id: str, contact_id: str, domain: str) -> str:
        """Return the calendar UID (RFC 5545 3.8.4.7) of a meeting with one person, for its whole life."""
        return f"{meeting_id}-{self.token('uid', meeting_id, contact_id)}@{domain}"
