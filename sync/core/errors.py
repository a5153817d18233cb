"""Errors that people see: one sentence, the way out, and an exit code (``design.md`` 7).

Every child says in its docstring when it is raised.  ``sync.cli`` is the only place that prints them.
"""

from __future__ import annotations


class SyncError(Exception):
    """Something that ends a command with one plain sentence.

    ``sentence`` says what is wrong, ``remedy`` what to do about it; both are whole sentences without markup.
    """

    exit_code = 1

    def __init__(self, sentence: str, remedy: str = "") -> None:
        super().__init__(f"{sentence} {remedy}".strip())
        self.sentence = sentence
        self.remedy = remedy


class ConfigError(SyncError):
    """The configuration, a key file or a secret cannot be used (exit 3)."""

    exit_code = 3


class ServiceError(SyncError):
    """An outside service refused us or cannot be reached."""

    exit_code = 4


class ServiceRefused(ServiceError):
    """An outside service said no for good: 401, 403, 404 from Google, 535 from a mail server (exit 4).

    Trying again without a person's help is of no use.
    """


class ServiceUnreachable(ServiceError):
    """An outside service did not answer in time, or answered nonsense; trying again later may help (exit 4)."""


class SheetUnusable(ServiceRefused):
    """The sheet answers but is not one we can work on: an Office file, a copy, no tabs of ours."""


class HeldByAnother(SyncError):
    """Another daemon holds this sheet or this ledger (exit 5)."""

    exit_code = 5


class LedgerError(SyncError):
    """The ledger cannot be opened, read or committed to; nothing may be sent (``design.md`` P12)."""

    exit_code = 3
