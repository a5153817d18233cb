"""SIGKILL for the real command, at named points and at random: against Google's emulator and a raw mail server.

The points are seen from outside: a request arrives at the sheet or is about to be answered, a command arrives at the
mail server, the body has begun, the final dot is there, the answer has left.  The product knows nothing of them.
"""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

from tests.fakes.sheets import serial
from tests.fakes.smtp import FaultServer, Step
from tests.system.town import Town, town

ROOT = Path(__file__).resolve().parents[2]
PEOPLE, ROUNDS = 5, 24
SMTP_POINTS = ("ehlo", "mail", "rcpt", "data", "body", "dot", "answered")
SHEET_POINTS = ("read arrives", "read done", "write arrives", "write done")
POINTS = (*SMTP_POINTS, *SHEET_POINTS, "any moment")
SETTINGS = (("Wait after the last edit", "0"), ("Ask me before sending more than", "500"),
            ("No mail before", "00:00"), ("No mail after", "23:59"))  # fmt: skip


@dataclass
class Killer:
    """Kills one process when a point is reached for the n-th time."""

    point: str = ""
    left: int = 0
    pid: int = 0
    done: bool = False

    def at(self, point: str) -> None:
        """A point was reached, seen from outside."""
        if point != self.point or self.done or not self.pid:
            return
        self.left -= 1
        if self.left <= 0:
            self.kill()

    def kill(self) -> None:
        """Kill now, and give the signal the time to arrive."""
        self.done = True
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        time.sleep(0.004)


class KillServer(FaultServer):
    """The raw mail server, with a killer who looks on."""

    def __init__(self, killer: Killer) -> None:
        super().__init__({})
        self.killer = killer

    def _do(self, line: socket.socket, point: str) -> Step:
        self.killer.at(point)
        step = super()._do(line, point)
        if point == "dot":
            threading.Timer(random.uniform(0, 0.004), self.killer.at, ("answered",)).start()  # noqa: S311
        return step


@dataclass
class Figures:
    """What a series of kills came to."""

    kills: int = 0
    at: Counter[str] = field(default_factory=Counter)
    meetings: int = 0
    copies: int = 0
    doubles: int = 0
    lost: int = 0  # no copy, and the row does not say that anything is open
    unsure: int = 0
    unsure_left: int = 0  # of those, the server has the mail
    most_unsure: int = 0  # after one kill
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Figures) -> None:
        """Add another town's figures."""
        for name in ("kills", "meetings", "copies", "doubles", "lost", "unsure", "unsure_left"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.most_unsure = max(self.most_unsure, other.most_unsure)
        self.at += other.at
        self.wrong += other.wrong

    def text(self) -> str:
        """Return one line."""
        return (f"{self.kills} kills, {self.meetings} mails wanted, {self.copies} left, {self.doubles} doubles, "
                f"{self.lost} lost in silence, {self.unsure} unsure ({self.unsure_left} of them had left), "
                f"at most {self.most_unsure} unsure from one kill")  # fmt: skip


class Commands:
    """The real command, started by a process that has imported it already."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.zygote"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, "TZ": "UTC"},
        )  # fmt: skip

    def once(self, config: Path, killer: Killer, moment: float = 0.0) -> int:
        """Run ``sync run --once``; with a ``moment`` (seconds) it is killed then.  Returns the exit code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{config}\n")
        self._process.stdin.flush()
        killer.pid, killer.done = int(self._process.stdout.readline()), False
        timer = threading.Timer(moment, killer.kill) if moment else None
        if timer:
            timer.start()
        code = int(self._process.stdout.readline())
        killer.pid = 0
        if timer:
            timer.cancel()
        return code

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()


@contextmanager
def commands() -> Iterator[Commands]:
    """Have the real command at hand."""
    made = Commands()
    try:
        yield made
    finally:
        made.close()


def series(run: Commands, kills: int, *, lose_ledger: bool, seed: int, until: float = float("inf")) -> Figures:
    """Kill so many times, in towns of 24 rounds, but start no town after ``until`` (monotonic seconds)."""
    chance, total = random.Random(seed), Figures()  # noqa: S311 - moments to kill at
    while total.kills < kills and time.monotonic() < until:
        with tempfile.TemporaryDirectory() as folder:
            wanted = min(kills - total.kills, ROUNDS)
            total.add(one_town(run, Path(folder), chance, wanted, lose_ledger=lose_ledger))
    return total


def one_town(run: Commands, folder: Path, chance: random.Random, kills: int, *, lose_ledger: bool) -> Figures:
    """Let people type a few meetings, kill the command while their mails leave, and again; then count."""
    killer, figures = Killer(), Figures()
    with town(folder, now=datetime.now(UTC)) as made, KillServer(killer) as server:
        _prepare(made, server.port)
        for tries in range(3 * kills):
            if figures.kills >= kills:
                break
            _type_people(made, tries * PEOPLE)
            killer.point = ""
            _run(run, made, killer, figures)  # the ids are written; mail leaves from the next read on
            doubt = _doubtful(made)
            killer.point, killer.left = POINTS[tries % len(POINTS)], chance.randint(1, 4)
            if killer.point in SHEET_POINTS:
                killer.left = chance.randint(1, 3)
            _watch(made, killer)
            moment = chance.uniform(0.02, 0.5) if killer.point == "any moment" else 0.0
            if _run(run, made, killer, figures, moment) == -signal.SIGKILL:
                figures.kills += 1
                figures.at[killer.point] += 1
                if lose_ledger:
                    for file in folder.glob("commonground.db*"):
                        file.unlink()
            killer.point = ""
            _run(run, made, killer, figures)
            figures.most_unsure = max(figures.most_unsure, _doubtful(made) - doubt)
        for _ in range(2):
            _run(run, made, killer, figures)
        _count(made, server, figures)
    return figures


def _run(run: Commands, made: Town, killer: Killer, figures: Figures, moment: float = 0.0) -> int:
    code = run.once(made.config, killer, moment)
    if code not in (0, 1, -signal.SIGKILL):
        figures.wrong.append(f"exit code {code} after {killer.point or 'nothing'}")
    return code


def _prepare(made: Town, port: int) -> None:
    text = re.sub(r"  (username|password|ca_file):.*\n", "", made.config.read_text())
    text = re.sub(r"port: \d+", f"port: {port}", text).replace("security: ssl", "security: none")
    made.config.write_text(text.replace("host: localhost", "host: 127.0.0.1"))
    made.type_row("Team", 2, Name="Jana", Email="jana@example.org")
    column = made.hand.column("Settings", "Setting")
    for label, value in SETTINGS:
        row = next(n for n in range(2, 40) if made.hand.rows("Settings")[n - 1][column] == label)
        made.hand.type_under("Settings", "Value", row, value)


def _watch(made: Town, killer: Killer) -> None:
    def kind(method: str, path: str) -> str:
        return "read" if method == "GET" or ("ByDataFilter" in path and "values:batchGet" in path) else "write"

    made.emulator.before_request = lambda n, method, path: killer.at(f"{kind(method, path)} arrives")
    made.emulator.after_request = lambda n, method, path: killer.at(f"{kind(method, path)} done")


def _type_people(made: Town, first: int) -> None:
    day = serial((datetime.now(UTC) + timedelta(days=10)).date())
    names = [f"Person {number}" for number in range(first, first + PEOPLE)]
    for tab, cells in (
        ("Contacts", [{"Name": name, "Email": f"p{name.split()[1]}@example.org", "How to reach them": "E-mail is fine"}
                      for name in names]),
        ("Meetings", [{"Contact": name, "Stage": "Agreed", "Date": day, "Time": 0.5, "Place ✉": "Café",
                       "Organizer": "Jana"} for name in names]),
    ):  # fmt: skip
        rows = [[row.get(header) for header in made.hand.headers(tab)] for row in cells]
        made.hand.fill(tab, f"A{first + 2}", rows)


def _words(made: Town) -> list[str]:
    rows = made.hand.rows("Meetings")
    column, name = made.hand.column("Meetings", "Confirmation"), made.hand.column("Meetings", "Contact")
    return [str(row[column] or "") for row in rows[1:] if row[name]]


def _doubtful(made: Town) -> int:
    return sum(1 for word in _words(made) if word.startswith(("Not sure", "Presumed")))


def _count(made: Town, server: KillServer, figures: Figures) -> None:
    mails = [message_from_bytes(raw, policy=policy.default) for raw in server.copies]
    copies = Counter(re.sub(r".*<|>.*", "", str(mail["To"])) for mail in mails)
    keys = Counter(str(mail["X-CommonGround-Key"]) for mail in mails)
    words = _words(made)
    figures.meetings += len(words)
    figures.copies += len(mails)
    figures.doubles += sum(number - 1 for number in keys.values())
    figures.doubles += sum(number - 1 for number in copies.values()) - sum(number - 1 for number in keys.values())
    for number, word in enumerate(words):
        left = copies[f"p{number}@example.org"]
        if word.startswith(("Not sure", "Presumed")):
            figures.unsure += 1
            figures.unsure_left += min(left, 1)
        elif not (word.startswith("Sent") and left):
            figures.lost += 1
            figures.wrong.append(f"Person {number}: {left} copies, the row says {word!r}")
