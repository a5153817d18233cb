"""What a mail server's answer means for this mail, this address and the whole account.  Pure: codes in, receipt out.

Judged by where in the conversation it came and by the enhanced code (RFC 3463, Google's list at
support.google.com/a/answer/3726730), not by the first digit alone: 550 5.4.5 is about the day, not about the mail.
"""

from __future__ import annotations

import re
from enum import StrEnum

from ..core.ports import Receipt, Scope, Verdict

_ENHANCED = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_UNAUTHENTICATED = frozenset({"5.7.25", "5.7.26", "5.7.27", "5.7.28", "5.7.29", "5.7.30", "5.7.515"})


class Phase(StrEnum):
    """How far one attempt has come."""

    CONNECT = "connect"
    LOGIN = "login"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    DOT = "dot"  # the final dot has left, or may have


def enhanced(text: str) -> str:
    """Return the enhanced status code that ``text`` begins with, or ``""``."""
    found = _ENHANCED.match(text)
    return found[1] if found else ""


def lost(phase: Phase) -> Receipt:
    """Return the receipt for a line that broke, or an answer nobody understands, in ``phase``."""
    if phase is Phase.DOT:
        return Receipt(
            Verdict.UNKNOWN, Scope.MAIL, "The line broke at the last moment. The mail may or may not have arrived."
        )
    if phase in (Phase.CONNECT, Phase.LOGIN):
        return Receipt(Verdict.LATER, Scope.ACCOUNT, "The mail server cannot be reached. We try again.")
    return Receipt(Verdict.LATER, Scope.MAIL, "The line broke before the mail was handed over. We try again.")


def is_policy(code: int, text: str) -> bool:
    """Whether an answer speaks of policy (5.7.x), which may mean this mail, this address or the account."""
    return code >= 500 and code != 552 and enhanced(text).startswith("5.7.")


def judge(phase: Phase, code: int, text: str, *, proven: bool = False) -> Receipt:
    """Return what the answer ``code text`` in ``phase`` means.

    ``proven``: this account has handed over mail lately, so a policy refusal is about this mail or address.
    Scope ACCOUNT never costs a mail its chance: with LATER the account is tried again soon, with REFUSED a person is
    needed first.
    """
    status = enhanced(text)
    shown = f"{code} {status}".strip()
    if 200 <= code < 300 and phase is Phase.DOT:
        return Receipt(Verdict.ACCEPTED, Scope.MAIL, "", shown)
    if not 400 <= code < 600:
        return lost(phase)
    verdict, scope, words = _account(phase, code, status, proven) or (
        _later(phase, status) if code < 500 else _refused(phase, code, status)
    )
    return Receipt(verdict, scope, words, shown)


_Judgement = tuple[Verdict, Scope, str]


def _account(phase: Phase, code: int, status: str, proven: bool) -> _Judgement | None:
    """Return the judgement when the whole account is concerned, else ``None``."""
    if code in (530, 534, 535) or (phase is Phase.LOGIN and code >= 500):
        return Verdict.REFUSED, Scope.ACCOUNT, "The mail server did not accept the password."
    if code == 454 or phase is Phase.LOGIN:
        return Verdict.LATER, Scope.ACCOUNT, "The mail server asks us to log in again later."
    if code == 421 or (phase is Phase.CONNECT and code < 500):
        return Verdict.LATER, Scope.ACCOUNT, "The mail server is busy. We try again."
    if status == "5.4.5":
        return Verdict.REFUSED, Scope.ACCOUNT, "The mail account has reached its limit for today."
    if status in _UNAUTHENTICATED or (status.startswith("5.7.") and code != 552 and not proven):
        return Verdict.REFUSED, Scope.ACCOUNT, "The mail server refuses mail from our account."
    if phase is Phase.CONNECT or (phase is Phase.MAIL and code >= 500 and not _too_big(code, status)):
        return Verdict.REFUSED, Scope.ACCOUNT, "The mail server does not let our account send."
    return None


def _too_big(code: int, status: str) -> bool:
    return status in ("5.2.3", "5.3.4") or (code == 552 and not status)


def _later(phase: Phase, status: str) -> _Judgement:
    if status == "4.2.2":
        return Verdict.LATER, Scope.ADDRESS, "The mailbox is full. We try again."
    if phase is Phase.RCPT:
        return Verdict.LATER, Scope.ADDRESS, "The mail server asks us to try this address again later."
    return Verdict.LATER, Scope.MAIL, "The mail server asks us to try again later."


def _refused(phase: Phase, code: int, status: str) -> _Judgement:
    if _too_big(code, status):
        return Verdict.REFUSED, Scope.MAIL, "The mail is too long for the mail server."
    if status in ("5.2.2", "5.2.1"):
        return Verdict.REFUSED, Scope.ADDRESS, "The mailbox is full or closed."
    if status.startswith("5.1.") or (code == 553 and phase is not Phase.DOT):
        return Verdict.REFUSED, Scope.ADDRESS, "The mail server says there is no such address."
    if phase is Phase.RCPT:
        return Verdict.REFUSED, Scope.ADDRESS, "The mail server does not take mail for this address."
    return Verdict.REFUSED, Scope.MAIL, "The mail server refused the text of this mail."
