"""The token endpoint and the key file of the robot account."""

from __future__ import annotations

import base64
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .errors import html_page

Json = dict[str, Any]

ROBOT = "robot@example-project.iam.gserviceaccount.com"
PROJECT = "123456789012"
SHEETS_SCOPES = {
    "https://www.googleapis.com/auth/spreadsheets",
    "https://www.googleapis.com/auth/spreadsheets.readonly",
    "https://www.googleapis.com/auth/drive",
    "https://www.googleapis.com/auth/drive.file",
    "https://www.googleapis.com/auth/drive.readonly",
}
REFUSALS = {
    "clock": "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
    "timeframe. Check your iat and exp values in the JWT claim.",
    "revoked": "Invalid JWT Signature.",
    "deleted": "Invalid grant: account not found",
    "expired": "Token has been expired or revoked.",
}


@cache
def private_key() -> rsa.RSAPrivateKey:
    """One RSA key per process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_info(token_uri: str) -> Json:
    """The contents of a service-account key file whose tokens come from `token_uri`."""
    pem = private_key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {
        "type": "service_account",
        "project_id": "example-project",
        "private_key_id": "0123456789abcdef0123456789abcdef01234567",
        "private_key": pem.decode("ascii"),
        "client_email": ROBOT,
        "client_id": "100000000000000000001",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": token_uri,
    }


def write_key_file(path: Path, token_uri: str) -> Path:
    """Write the key file, readable by its owner only."""
    path.write_text(json.dumps(key_info(token_uri), indent=2), encoding="utf-8")
    path.chmod(0o600)
    return path


@dataclass
class TokenAnswer:
    """What the token endpoint sends."""

    code: int
    body: str
    content_type: str = "application/json; charset=utf-8"


class Tokens:
    """Issues and checks access tokens.

    `answers` is a queue of what to answer instead: "clock", "revoked", "deleted", "expired"
    (400 invalid_grant) or an HTML status such as 502; `always` is the same for every call.
    """

    def __init__(self, clock: Callable[[], float], lifetime: float = 3599):
        self.clock, self.lifetime = clock, lifetime
        self.answers: list[str | int] = []
        self.always: str | int | None = None
        self.calls = 0
        self._issued: dict[str, tuple[float, frozenset[str]]] = {}
        self._lock = threading.Lock()

    def answer(self, body: bytes) -> TokenAnswer:
        """One call of the endpoint."""
        with self._lock:
            self.calls += 1
            wanted = self.answers.pop(0) if self.answers else self.always
        if isinstance(wanted, int):
            return TokenAnswer(wanted, html_page(wanted), "text/html; charset=UTF-8")
        if wanted is not None:
            return _refused(REFUSALS[wanted])
        form = {k: v[0] for k, v in parse_qs(body.decode("utf-8")).items()}
        if form.get("grant_type") == "refresh_token":
            return self._issue(frozenset(SHEETS_SCOPES))
        claims = _claims(form.get("assertion", ""))
        if claims is None:
            return _refused(REFUSALS["revoked"])
        if claims.get("iss") != ROBOT:
            return _refused(REFUSALS["deleted"])
        return self._issue(frozenset(str(claims.get("scope", "")).split()))

    def _issue(self, scopes: frozenset[str]) -> TokenAnswer:
        token = "ya29." + secrets.token_urlsafe(24)
        with self._lock:
            self._issued[token] = (self.clock() + self.lifetime, scopes)
        body = {"access_token": token, "expires_in": self.lifetime, "token_type": "Bearer"}
        return TokenAnswer(200, json.dumps(body))

    def scopes(self, header: str | None) -> frozenset[str] | None:
        """The scopes of a valid `Authorization` header, None when it is not valid."""
        kind, _, token = (header or "").partition(" ")
        with self._lock:
            end, scopes = self._issued.get(token, (0.0, frozenset()))
        if kind != "Bearer" or token not in self._issued or self.clock() >= end:
            return None
        return scopes

    def expire_all(self) -> None:
        """Every token issued so far stops working."""
        with self._lock:
            self._issued.clear()


def _refused(text: str) -> TokenAnswer:
    return TokenAnswer(400, json.dumps({"error": "invalid_grant", "error_description": text}))


def _claims(assertion: str) -> Json | None:
    """The claims of a JWT that the process's key has signed."""
    parts = assertion.split(".")
    if len(parts) != 3:
        return None
    try:
        signature = _decode(parts[2])
        signed = f"{parts[0]}.{parts[1]}".encode("ascii")
        private_key().public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        found: Json = json.loads(_decode(parts[1]))
    except (InvalidSignature, ValueError):
        return None
    return found


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
