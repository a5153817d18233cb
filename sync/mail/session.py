"""The conversation with a mail server: which phase it is in, and the question between the body and the final dot."""

from __future__ import annotations

import re
import select
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from smtplib import SMTPResponseException, SMTPServerDisconnected
from typing import Any, cast

from .account import Limits
from .verdicts import Phase


class Abandoned(Exception):
    """The mail was given up before its dot: ``before_dot`` said no, or raised what is the cause of this."""


class Watchdog:
    """Cuts a socket when its time is up: a timeout of the socket alone starts anew with every byte that drips in."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def arm(self, sock: socket.socket, seconds: float) -> None:
        """Cut ``sock`` in ``seconds`` unless told otherwise before."""
        self.rest()
        self._timer = threading.Timer(seconds, _cut, (sock,))
        self._timer.daemon = True
        self._timer.start()

    def rest(self) -> None:
        """Let the socket be."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        # Not the TLS socket's own shutdown: that one takes its state away under the reading thread.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class BeforeDot:
    """Mixed into the connection class that yagmail gives: remembers the phase, and asks between body and dot."""

    phase = Phase.CONNECT
    before_dot: Callable[[], bool]
    limits: Limits
    watchdog: Watchdog
    sock: socket.socket
    esmtp_features: dict[str, str]
    putcmd: Callable[..., None]
    getreply: Callable[[], tuple[int, bytes]]
    send: Callable[[bytes], None]
    close: Callable[[], None]
    ehlo_or_helo_if_needed: Callable[[], None]

    def connect(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        """Connect, and have every write sent at once."""
        answer = cast(tuple[int, bytes], super().connect(*args, **options))  # type: ignore[misc]
        # Else the dot waits some 40 ms for the acknowledgement of the body, and a crash meanwhile leaves a doubt.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return answer

    def login(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        """Log in by one way only: a wrong password tried by three ways locks accounts three times as fast."""
        self.phase = Phase.LOGIN
        self.ehlo_or_helo_if_needed()
        offered = self.esmtp_features.get("auth", "").upper().split()
        known = [way for way in ("PLAIN", "LOGIN", "CRAM-MD5") if way in offered]
        if known:
            self.esmtp_features["auth"] = known[0]
        return cast(tuple[int, bytes], super().login(*args, **options))  # type: ignore[misc]

    def mail(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        """Send MAIL; from here the whole attempt has its time."""
        self.phase = Phase.MAIL
        self.watchdog.arm(self.sock, self.limits.whole)
        return cast(tuple[int, bytes], super().mail(*args, **options))  # type: ignore[misc]

    def rcpt(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        """Send RCPT."""
        self.phase = Phase.RCPT
        return cast(tuple[int, bytes], super().rcpt(*args, **options))  # type: ignore[misc]

    def data(self, msg: bytes) -> tuple[int, bytes]:
        """Send DATA, the body without its end, ask ``before_dot``, then send the dot (RFC 5321 4.1.1.4).

        A body without its dot must be thrown away by the server, so until the answer of ``before_dot`` the mail has
        surely not left; from then on nobody knows until the server replies.
        """
        self.phase = Phase.DATA
        self.putcmd("data")
        code, answer = self.getreply()
        if code < 400 and code != 354:
            raise SMTPServerDisconnected("the server's answer makes no sense here")
        if code != 354:
            return code, answer
        self.phase = Phase.BODY
        self.send(re.sub(rb"(?m)^\.", b"..", msg))
        self._still_there()
        self.watchdog.rest()  # a slow commit is not the server's fault
        self._ask()
        self.phase = Phase.DOT
        self.sock.settimeout(self.limits.dot)
        self.watchdog.arm(self.sock, self.limits.dot)
        self.send(b".\r\n")
        code, answer = self._answer_to_dot()
        self.watchdog.rest()
        self.sock.settimeout(self.limits.answer)
        return code, answer

    def _ask(self) -> None:
        try:
            agreed = self.before_dot()
        except BaseException as error:
            raise Abandoned from error
        if not agreed:
            raise Abandoned

    def _answer_to_dot(self) -> tuple[int, bytes]:
        try:
            return self.getreply()
        except SMTPResponseException as error:  # smtplib's own 500 for an answer without end; no answer of the server's
            raise SMTPServerDisconnected("the server's answer could not be read") from error

    def _still_there(self) -> None:
        """Raise when the server has hung up, or answered, in the middle of the body: then nothing is committed."""
        if not select.select([self.sock], [], [], 0)[0]:
            return
        self.sock.settimeout(0)
        try:
            self.sock.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            self.sock.settimeout(self.limits.answer)
            return
        raise SMTPServerDisconnected("the server broke off in the middle of the body")


@cache
def with_before_dot(base: type) -> type:
    """Return ``base`` (the connection class that yagmail gives) with the commit between body and dot."""
    return type(f"BeforeDot{base.__name__}", (BeforeDot, base), {})
