"""``sync run`` as a process of its own, in a town, also with a clock that runs faster (libfaketime)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.fakes.sheets import serial
from tests.system.town import Town

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = (*Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), *Path("/usr/lib").glob("faketime/libfaketime.so.1"))
needs_faketime = pytest.mark.skipif(not LIBRARIES, reason="faketime (the Debian package) is not installed")


class Daemon:
    """A running ``sync run``: what it said so far, and how it ends."""

    def __init__(self, process: subprocess.Popen[bytes], talk: Path) -> None:
        self.process, self._talk = process, talk

    def lines(self) -> list[str]:
        """What it said on stderr."""
        return self._talk.read_text(encoding="utf-8").splitlines()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def ends(self, seconds: float = 20) -> int:
        """Wait for its end and return the exit code."""
        return self.process.wait(timeout=seconds)

    def stop(self, seconds: float = 20) -> int:
        """Ask it to end, and return the exit code."""
        self.signal(signal.SIGTERM)
        return self.ends(seconds)


def faster(clock: str) -> dict[str, str]:
    """Return the environment in which a program lives by another clock: ``+0 x60`` is sixty times as fast.

    The library is loaded directly: the command ``faketime`` would start the program as a child, and take its signals.
    """
    return {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": clock} if clock else {}


@contextmanager
def daemon(
    config: Path, *words: str, clock: str = "", more: Mapping[str, str] | None = None, cwd: Path | str | None = None
) -> Iterator[Daemon]:
    """Start ``sync run``; it is ended at the latest here."""
    command = [sys.executable, "-m", "sync", "-c", str(config), *(words or ("run",))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "Pacific/Auckland", **faster(clock), **(more or {})}
    talk = config.parent / f"stderr-{time.monotonic_ns()}.txt"
    with talk.open("wb") as stderr:
        process = subprocess.Popen(
            command, env=environment, cwd=cwd or config.parent, stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr
        )
    try:
        yield Daemon(process, talk)
    finally:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
            process.kill()
        process.wait(timeout=20)


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def begin(made: Town) -> None:
    """Let mail go at any hour and without rest, and type an organizer."""
    hand = made.hand
    for label, value in (
        ("Wait after the last edit", "0"), ("No mail before", "00:00"), ("No mail after", "23:59"),
    ):  # fmt: skip
        column = hand.column("Settings", "Setting")
        row = next(n for n in range(2, 40) if hand.rows("Settings")[n - 1][column] == label)
        hand.type_under("Settings", "Value", row, value)
    made.type_row("Team", 2, Name="Jana", Email="jana@example.org", Phone="0903 123 456")


def settle_on(made: Town, name: str, row: int = 2, days: int = 10) -> None:
    """Type a contact and a meeting that is agreed: one confirmation is due."""
    made.type_row("Contacts", row, Name=name, Email=f"{name.lower()}@example.org", How_to_reach_them="E-mail is fine")
    day: date = (datetime.now(UTC) + timedelta(days=days)).date()
    made.hand.fill("Meetings", f"A{row}", [[
        {"Contact": name, "Stage": "Agreed", "Date": serial(day), "Time": 0.5, "Place ✉": "Café", "Organizer": "Jana"}
        .get(header) for header in made.hand.headers("Meetings")
    ]])  # fmt: skip


def recipients(made: Town) -> list[str]:
    """Who got a mail, in order."""
    return list(made.mail.kept.recipients)


def calls(made: Town) -> int:
    """How many requests reached Google so far, those for tokens too."""
    return len(made.emulator.requests)


class Gate:
    """A way to a server on this machine that can be shut: then nobody listens at ``port``."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._lines: list[socket.socket] = []
        self._door: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        """Listen."""
        self._door = socket.create_server(("127.0.0.1", self.port))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, args=(self._door,), daemon=True).start()

    def shut(self) -> None:
        """Hang up on everybody, and listen no more."""
        for line in [self._door, *self._lines]:
            if line is not None:
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
                line.close()
        self._lines, self._door = [], None

    def _serve(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                here, _ = door.accept()
                there = socket.create_connection(("127.0.0.1", self._to))
                self._lines += [here, there]
                for one, other in ((here, there), (there, here)):
                    threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for line in (one, other):
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


@contextmanager
def gate(to: int) -> Iterator[Gate]:
    """A gate that is shut in the end."""
    made = Gate(to)
    try:
        yield made
    finally:
        made.shut()


@contextmanager
def switch() -> Iterator[tuple[str, list[float]]]:
    """A dead man's switch: its address, and when (monotonic seconds) it was called."""
    called: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            called.append(time.monotonic())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on stderr."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/my-id", called
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
