"""A folder of ``.eml`` files instead of a mail server, for trying out and for the demo; any mail program opens them."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from ..core.errors import ServiceRefused, ServiceUnreachable
from ..core.headers_safe import UnsafeMessage, check
from ..core.ports import Receipt, Scope, Verdict


class Outbox:
    """Keeps the contract of ``Mailer``; a file that stands under its name is a mail that was handed over."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> None:
        """Make the folder.

        :raises ServiceRefused: it cannot be made or written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ServiceRefused(f"The outbox folder {self.folder} cannot be used.", _reason(error)) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise ServiceRefused(f"The outbox folder {self.folder} cannot be written to.", "Check who owns it.")

    def send(self, message: EmailMessage, recipient: str, before_dot: Callable[[], bool]) -> Receipt:
        """Write one mail: the whole text under a passing name, then ``before_dot``, then its own name."""
        try:
            written = check(message, recipient)
        except UnsafeMessage as error:
            return Receipt(Verdict.REFUSED, Scope.MAIL, error.sentence)
        try:
            self.open()
            passing = self._write(written)
        except (OSError, ServiceRefused, ServiceUnreachable):
            return Receipt(Verdict.LATER, Scope.ACCOUNT, "The outbox folder cannot be written to.")
        named = False
        try:
            if not before_dot():
                return Receipt(Verdict.LATER, Scope.MAIL, "The mail was held back at the last moment.")
            passing.rename(self.folder / _name(message, written))
            named = True
        except OSError:
            # Unlike a server a folder leaves no doubt: without its name the mail is not there.
            return Receipt(Verdict.LATER, Scope.ACCOUNT, "The outbox folder cannot be written to.")
        finally:
            if not named:
                passing.unlink(missing_ok=True)
        _flush_folder(self.folder)
        return Receipt(Verdict.ACCEPTED)

    def close(self) -> None:
        """Nothing is held open."""

    def _write(self, written: bytes) -> Path:
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=self.folder)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(written)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path


def _name(message: EmailMessage, written: bytes) -> str:
    """Return a name that sorts by the mail's date (UTC) and never hits another mail: date, kind, hash."""
    date = parsedate_to_datetime(str(message["Date"])).astimezone(UTC)
    kind = re.sub(r"[^a-z0-9_]+", "-", str(message.get("X-CommonGround-Kind", "mail")).lower())[:60]
    digest = hashlib.sha256(str(message["Message-ID"]).encode() + written).hexdigest()[:10]
    return f"{date:%Y-%m-%dT%H-%M-%S}-{kind}-{digest}.eml"


def _flush_folder(folder: Path) -> None:
    """Make a new name last through a power cut, where the system can (POSIX)."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with suppress(OSError):  # some file systems refuse it; the mail is there all the same
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _reason(error: OSError) -> str:
    return f"The system says: {error.strerror}." if error.strerror else ""
