"""SIGKILL while 200 mails leave: no mail twice, nothing lost in silence (``design.md`` P1, P2, P4)."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.fakes.sheets import serial
from tests.system.town import Town, town

MANY = 200
ROOT = Path(__file__).resolve().parents[2]


def fill(made: Town) -> None:
    """Type 200 people, each with a meeting ten days ahead, and settings that let them all go at once."""
    hand = made.hand
    made.type_row("Team", 2, Name="Jana", Email="jana@example.org")
    hand.fill("Contacts", "A2", [_row(made, "Contacts", {
        "Name": f"Person {index}", "Email": f"p{index}@example.org", "How to reach them": "E-mail is fine",
    }) for index in range(MANY)])  # fmt: skip
    day = serial((datetime.now(UTC) + timedelta(days=10)).date())
    hand.fill("Meetings", "A2", [_row(made, "Meetings", {
        "Contact": f"Person {index}", "Stage": "Agreed", "Date": day, "Time": 0.5, "Place ✉": "Café",
        "Organizer": "Jana",
    }) for index in range(MANY)])  # fmt: skip
    for label, value in (("Wait after the last edit", "0"), ("Ask me before sending more than", "500"),
                         ("No mail before", "00:00"), ("No mail after", "23:59")):  # fmt: skip
        column = hand.column("Settings", "Setting")
        row = next(n for n in range(2, 40) if hand.rows("Settings")[n - 1][column] == label)
        hand.type_under("Settings", "Value", row, value)


def _row(made: Town, tab: str, cells: dict[str, object]) -> list[object]:
    return [cells.get(header) for header in made.hand.headers(tab)]


def once(made: Town, chance: random.Random | None) -> int:
    """Run ``sync run --once`` as a process of its own and return its exit code.

    With a ``chance`` it is killed at a random moment after a random number of mails has arrived.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "sync", "-c", str(made.config), "run", "--once"], cwd=ROOT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "TZ": "UTC"},
    )  # fmt: skip
    if chance is not None:
        goal = len(made.mail.kept.mails) + chance.randint(1, 40)
        while process.poll() is None and len(made.mail.kept.mails) < goal:
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
    return process.wait(timeout=120)


def test_killed_at_any_moment_no_mail_leaves_twice_and_doubt_is_said(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - moments to kill at
    with town(tmp_path, now=datetime.now(UTC)) as made:
        fill(made)
        once(made, None)  # the ids are written; mail leaves from the next read on
        kills = 0
        while once(made, chance) == -signal.SIGKILL:
            kills += 1
        for _ in range(2):
            once(made, None)
        keys = Counter(str(mail["X-CommonGround-Key"]) for mail in made.mails())
        assert max(keys.values()) == 1
        column = made.hand.column("Meetings", "Confirmation")
        words = Counter(str(row[column]).split(" ")[0] for row in made.hand.rows("Meetings")[1 : MANY + 1])
        assert words["Sent"] + words["Not"] == MANY, words
        assert words["Sent"] <= len(keys) <= MANY
        assert kills >= 3
