"""Mail servers for tests, on loopback: aiosmtpd with TLS and AUTH, and a raw one that follows a script of faults."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sync.core.config import SmtpMail

USER, PASSWORD = "team@example.org", "right horse"


@dataclass
class Counting:
    """aiosmtpd's handler: keeps what arrived and how often somebody connected, logged in or tried to.

    ``answers`` are replies in place of the usual ones, by command (``MAIL``, ``RCPT``, ``DATA``), each used once;
    one for ``XOAUTH2`` refuses a token.  ``revoked``: the password is not accepted any more.
    ``slow``: seconds from the final dot to the answer; ``taking``: one is on its way.
    """

    mails: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    senders: list[str | None] = field(default_factory=list)
    connections: int = 0
    logins: list[bool] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    revoked: bool = False
    slow: float = 0.0
    taking: bool = False

    def _answer(self, command: str) -> str | None:
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else None

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's names
        self, _: SMTP, session: Session, __: Envelope, host: str, replies: list[str]
    ) -> list[str]:
        session.host_name = host
        return replies

    async def handle_MAIL(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:  # noqa: N802
        answer = self._answer("MAIL")
        if answer:
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, ___: list[str]) -> str:  # noqa: N802
        answer = self._answer("RCPT")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self._answer("DATA")
        if answer:
            return answer
        if self.slow:
            self.taking = True
            await asyncio.sleep(self.slow)
            self.taking = False
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(content)
        self.recipients.extend(envelope.rcpt_tos)
        self.senders.append(envelope.mail_from)
        return "250 2.0.0 taken"

    async def auth_XOAUTH2(self, _: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        taken = self._answer("XOAUTH2") is None
        self.logins.append(taken)
        return AuthResult(success=taken, handled=False, auth_data=args[1])

    def authenticate(self, _: SMTP, __: Session, ___: Envelope, ____: str, data: Any) -> AuthResult:
        known = isinstance(data, LoginPassword) and not self.revoked
        right = known and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append(right)
        return AuthResult(success=right, handled=False)


@dataclass(frozen=True)
class Running:
    """A server that runs: where it listens, what it keeps, and how to hang up on everybody."""

    port: int
    kept: Counting
    transports: list[asyncio.Transport]
    loop: asyncio.AbstractEventLoop

    def hang_up(self) -> None:
        """Close all connections, as a server does with idle ones, and wait until it is done."""

        async def close() -> None:
            for transport in self.transports:
                transport.close()
            await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(close(), self.loop).result(5)


class Authority:
    """A certificate authority nobody else knows; ``file`` is for ``mail.ca_file``."""

    def __init__(self, folder: Path, name: str = "localhost") -> None:
        self._authority = trustme.CA()
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(name).configure_cert(self.server)
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))


@contextmanager
def server(
    *, authority: Authority | None = None, starttls: bool = False, size_limit: int | None = None
) -> Iterator[Running]:
    """Run aiosmtpd in a thread: TLS from the start or by STARTTLS with an ``authority``, plain without one.

    With TLS it wants a login (``USER``, ``PASSWORD``).
    """
    kept = Counting()
    transports: list[asyncio.Transport] = []
    loop = asyncio.new_event_loop()

    class Server(SMTP):
        def connection_made(self, transport: Any) -> None:
            kept.connections += 1
            transports.append(transport)
            super().connection_made(transport)

    def make() -> Server:
        made = Server(
            kept, hostname="mail.example.org", loop=loop, timeout=30, data_size_limit=size_limit,
            require_starttls=starttls, tls_context=authority.server if authority and starttls else None,
            auth_required=authority is not None, auth_require_tls=authority is not None,
            authenticator=kept.authenticate, auth_exclude_mechanism=["XOAUTH2"] if starttls else [],
        )  # fmt: skip
        # aiosmtpd knows only of TLS by STARTTLS; with TLS from the start it would never offer a login.
        made._auth_require_tls = starttls
        return made

    listening = loop.run_until_complete(
        loop.create_server(make, "127.0.0.1", 0, ssl=authority.server if authority and not starttls else None)
    )
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield Running(listening.sockets[0].getsockname()[1], kept, transports, loop)
    finally:
        asyncio.run_coroutine_threadsafe(_wind_up(listening, transports), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def account(running: Running, security: str, authority: Authority | None, **changes: Any) -> SmtpMail:
    """Return the configuration of an account at ``running``; ``authority`` is the one the account trusts."""
    secret = {"username": USER, "password": {"env": "NOT_READ"}} if security != "none" else {}
    return SmtpMail.model_validate({
        "type": "smtp", "host": "localhost" if authority else "127.0.0.1", "port": running.port, "security": security,
        "sender": "Harbour Street Co-op <team@example.org>", "gap_seconds": 0,
        **({"ca_file": str(authority.file)} if authority else {}), **secret, **changes,
    })  # fmt: skip


async def _wind_up(listening: asyncio.Server, transports: list[asyncio.Transport]) -> None:
    listening.close()
    for transport in transports:
        transport.abort()
    await asyncio.sleep(0.01)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


CUT, STALL = "cut", "stall"
OVER = (CUT, STALL)
Step = str | bytes
"""What the raw server does at one point: a reply, ``CUT`` (close the line) or ``STALL`` (say nothing more)."""


class FaultServer:
    """A mail server of the plainest kind that errs where it is told.

    ``script`` maps points (``greeting``, ``ehlo``, ``mail``, ``rcpt``, ``data``, ``body``, ``dot``) to what happens
    there, one after the other for repeated visits and then as usual; ``body`` is met after the first bytes of it.
    ``copies`` are the mails whose final dot arrived, also when the answer to it never left.
    """

    usual: Mapping[str, Step] = {
        "greeting": "220 ready", "ehlo": "250 raw", "mail": "250 ok", "rcpt": "250 ok", "data": "354 go on",
        "body": "", "dot": "250 taken", "rset": "250 ok", "noop": "250 ok", "quit": "221 bye",
    }  # fmt: skip

    def __init__(self, script: Mapping[str, Sequence[Step]]) -> None:
        self.script = {point: list(steps) for point, steps in script.items()}
        self.copies: list[bytes] = []
        self.connections = 0
        self.heard: list[bytes] = []
        self._over = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._open: list[socket.socket] = []

    def __enter__(self) -> FaultServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for line in self._open:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(line)
            with suppress(OSError):
                self._talk(line)
            line.close()

    def _do(self, line: socket.socket, point: str) -> Step:
        """Do what is next at ``point`` and return it; ``CUT`` and ``STALL``: the line is over."""
        waiting = self.script.get(point)
        step = waiting.pop(0) if waiting else self.usual[point]
        if step == STALL:
            self._over.wait(30)
        elif step and step != CUT:
            line.sendall((step if isinstance(step, bytes) else step.encode()) + b"\r\n")
        return step

    def _talk(self, line: socket.socket) -> None:
        if self._do(line, "greeting") in OVER:
            return
        with line.makefile("rb") as reader:
            while command := reader.readline():
                self.heard.append(command)
                point = command.split(b" ")[0].strip().decode().lower()
                step = self._do(line, point if point in self.usual else "noop")
                if step in OVER or point == "quit":
                    return
                if point == "data" and step == self.usual["data"] and not self._take(line, reader):
                    return

    def _take(self, line: socket.socket, reader: Any) -> bool:
        """Read one body to its dot; ``False``: the line is over."""
        first = reader.readline()
        if self._do(line, "body") in OVER:
            return False
        lines = [first]
        while lines[-1] != b".\r\n":
            got = reader.readline()
            if not got:
                return False
            lines.append(got)
        self.copies.append(b"".join(lines[:-1]))
        return self._do(line, "dot") not in OVER
