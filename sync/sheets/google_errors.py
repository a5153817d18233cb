"""Google's error answers as sentences for people.  Pure: bodies in, errors of ``core.errors`` out.

Bodies follow https://cloud.google.com/apis/design/errors (``error.status``, ``error.details[].reason``) and, from the
token endpoint, RFC 6749 5.2.  Nothing of a body gets into a sentence but Google's own switch-on address: bodies can
hold cell contents, and tokens are secrets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from ..core.errors import ConfigError, ServiceRefused, ServiceUnreachable, SheetUnusable, SyncError

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may do better (Sheets API guide "Usage limits", RFC 9110 15.6)."""

_RATE_REASONS = frozenset({"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded"})
_OFF_REASONS = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
_SCOPE_REASONS = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"})
_CONSOLE = re.compile(r"^https://console\.(?:developers|cloud)\.google\.com/[\w./?=&%:+-]*$")
_SKEW_TOLD = 60
"""Seconds; a smaller difference between two clocks is not what Google complains about."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One failed attempt: the error for people, and what may be done about it.

    ``again``: the same may do better later.  ``unsent``: surely nothing was changed by it, so that even what is not
    idempotent may be repeated.  ``rejected``: Google understood and refused this very request (400, 413).
    """

    error: SyncError
    again: bool = False
    unsent: bool = False
    rejected: bool = False


def _error(body: str) -> Mapping[str, Any]:
    try:
        found = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _details(error: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = [*(error.get("details") or ()), *(error.get("errors") or ())]
    return [item for item in listed if isinstance(item, dict)]


def _reasons(error: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(str(item["reason"]) for item in _details(error) if item.get("reason"))


def _switch_on(error: Mapping[str, Any]) -> str:
    """Return the address at which the API is switched on, only when it is one of Google's own console pages."""
    for item in _details(error):
        data = item.get("metadata")
        url = str(data.get("activationUrl", "")) if isinstance(data, dict) else ""
        if _CONSOLE.match(url):
            return url
    return "https://console.cloud.google.com/apis/library/sheets.googleapis.com"


def from_answer(status: int, body: str, *, share_with: str, writing: bool = False) -> Fault:
    """Return what an answer other than 2xx means.

    ``share_with`` is the address that the sheet must be shared with, ``writing`` whether the request would have
    changed something (then a 403 means "may only look").
    """
    error = _error(body)
    reasons = _reasons(error)
    if status in PASSING or (status == 403 and reasons & _RATE_REASONS):
        return _passing(status if status in PASSING else 429)
    if status == 401:
        return Fault(
            ServiceRefused(
                "Google does not accept the key file any more.",
                "Make a new key for the service account, put the file in the place of the old one and try again.",
            )
        )
    if status == 403:
        return Fault(_forbidden(error, reasons, share_with, writing))
    if status == 404:
        return Fault(
            ServiceRefused(
                "There is no Google sheet at this address.",
                "Open the sheet in the browser, copy its whole address and put it into the configuration.",
            )
        )
    if status == 400 and error.get("status") == "FAILED_PRECONDITION":
        return Fault(
            SheetUnusable(
                "This file is an Excel file that only looks like a Google sheet.",
                "Open it, choose File, Save as Google Sheets, and use the address of the new sheet.",
            )
        )
    name = str(error.get("status") or "")
    told = f"{status} {name}" if re.fullmatch(r"[A-Z_]{3,40}", name) else str(status)
    return Fault(ServiceRefused(
        f"Google refused one of our requests ({told}).",
        "Run `sync setup` once more, it mends the tabs; if this stays, please tell the makers of Common Ground."),
        rejected=status in {400, 413})  # fmt: skip


def _passing(status: int) -> Fault:
    if status == 429:
        return Fault(ServiceUnreachable(
            "Google is limiting us for a moment.", "Nothing is lost; we try again by ourselves."),
            again=True, unsent=True)  # fmt: skip
    return Fault(ServiceUnreachable(
        f"Google did not answer properly ({status}).", "Nothing is lost; we try again by ourselves."),
        again=True)  # fmt: skip


def _forbidden(error: Mapping[str, Any], reasons: frozenset[str], share_with: str, writing: bool) -> SyncError:
    text = str(error.get("message") or "")
    if reasons & _OFF_REASONS or "has not been used in project" in text:
        return ServiceRefused(
            "The Google Sheets API is not switched on in the Google project of the key file.",
            f"Open {_switch_on(error)}, press Enable, wait two minutes and try again.",
        )
    if reasons & _SCOPE_REASONS:
        return ServiceRefused(
            "The key file may not be used for Google Sheets.",
            "Make a new key for a service account of your own, and use that file.",
        )
    if writing:
        return ServiceRefused(
            f"{share_with} may read the sheet but not write in it.",
            f"Open the sheet, press Share, find {share_with} and change it from Viewer to Editor.",
        )
    return ServiceRefused(
        f"The sheet is not shared with {share_with}.",
        f"Open the sheet, press Share, paste {share_with}, choose Editor, untick Notify people, and press Share.",
    )


def silence(*, unsent: bool = False) -> Fault:
    """Return the fault of a line that broke or stayed silent; ``unsent``: no connection was made at all."""
    return Fault(ServiceUnreachable(
        "Google did not answer.", "Check this machine's internet connection; we try again by ourselves."),
        again=True, unsent=unsent)  # fmt: skip


def nonsense() -> Fault:
    """Return the fault of a 200 that is not the API's JSON: cut, empty, or a network's sign-in page."""
    return Fault(ServiceUnreachable(
        "Google's answer was cut off or is not Google's.",
        "If this network has a sign-in page, sign in; we try again by ourselves."),
        again=True)  # fmt: skip


def untrusted() -> Fault:
    """Return the fault of a TLS certificate that does not hold."""
    return Fault(
        ServiceRefused(
            "The connection to Google is not trusted: the certificate does not hold.",
            "Check this machine's date, and whether a proxy or virus scanner opens secure connections.",
        )
    )


def bad_endpoint() -> Fault:
    """Return the fault of an ``api_endpoint`` that is no web address."""
    return Fault(
        ConfigError(
            "sheet.api_endpoint is not a web address.",
            "Leave the line out, or write one like https://proxy.example.org.",
        )
    )


def clock_difference(date_header: str, now: float) -> float | None:
    """Return our clock minus the server's in seconds, from the ``Date`` of an answer (RFC 9110 6.6.1)."""
    try:
        return now - parsedate_to_datetime(date_header).timestamp()
    except (TypeError, ValueError):
        return None


def from_token(body: object, *, retryable: bool, share_with: str, difference: float | None) -> Fault:
    """Return what a refusal of the token endpoint means.

    ``body`` is the decoded answer, or its text when it was no JSON; ``difference`` as of :func:`clock_difference`.
    """
    if retryable or not isinstance(body, Mapping):
        fault = _passing(503)
        return Fault(fault.error, again=True, unsent=True)  # without a token nothing was asked for
    words = str(body.get("error_description") or "").lower()
    skewed = difference is not None and abs(difference) > _SKEW_TOLD
    if "short-lived token" in words or "iat and exp" in words or (skewed and "signature" not in words):
        return Fault(ServiceRefused(_clock_words(difference), "Switch on automatic date and time, then try again."))
    if "account not found" in words or ("account" in words and ("disabled" in words or "deleted" in words)):
        return Fault(
            ServiceRefused(
                f"The service account {share_with} does not exist any more.",
                "Make a new service account and key, share the sheet with its address, and use the new key file.",
            )
        )
    return Fault(
        ServiceRefused(
            "Google does not accept the key file: the key was deleted or replaced.",
            "Make a new key for the service account, put the file in the place of the old one and try again.",
        )
    )


def _clock_words(difference: float | None) -> str:
    if difference is None or abs(difference) <= _SKEW_TOLD:
        return "Google says that this machine's clock is wrong."
    minutes = max(1, round(abs(difference) / 60))
    side = "fast" if difference > 0 else "slow"
    amount = f"{minutes} minute{'s' if minutes > 1 else ''}" if minutes < 120 else f"{round(minutes / 60)} hours"
    return f"This machine's clock is {amount} {side}, so Google refuses the key."


def check_key(text: str, name: str) -> Mapping[str, str]:
    """Return the service-account key in ``text``; raises :class:`ConfigError` saying what else the file is.

    ``name`` is the file as the person wrote it.  The kinds of key files:
    https://google.aip.dev/auth/4110 (``type``), OAuth client files have ``installed`` or ``web`` on top.
    """
    remedy = "In the Google console open the service account, choose Keys, Add key, JSON, and use the file you get."
    try:
        data = json.loads(text)
    except ValueError:
        raise ConfigError(f"The key file {name} is not the file Google gave you: it is no JSON.", remedy) from None
    if not isinstance(data, dict):
        raise ConfigError(f"The key file {name} is not a service account's key.", remedy)
    if "installed" in data or "web" in data:
        raise ConfigError(f"The key file {name} is an OAuth client file, not a service account's key.", remedy)
    if data.get("type") == "authorized_user":
        raise ConfigError(f"The key file {name} belongs to a person, not to a service account.", remedy)
    missing = [field for field in ("client_email", "private_key", "token_uri") if not data.get(field)]
    if data.get("type") != "service_account" or missing:
        what = f": {missing[0]} is missing" if missing else ""
        raise ConfigError(f"The key file {name} is not a service account's key{what}.", remedy)
    return {str(key): str(value) for key, value in data.items()}


def bad_key(name: str) -> ConfigError:
    """Return the error for a key file whose private key cannot be read."""
    return ConfigError(
        f"The private key in {name} is damaged.",
        "Use the file exactly as Google gave it, or make a new key for the service account.",
    )
