"""People's hands between any two requests, over real gspread and real mail: no cell, no mail, no sentence goes wrong.

``SOAK=200`` in the environment plays so many stories instead of a few; ``SEED=17`` plays one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync.app.cycle import run_cycle
from sync.core.columns import Owner
from tests.fakes.watch import Tables, Watch
from tests.system.hands import NAMES, Crowd, columns, owner_of, sheet_ids, tables
from tests.system.town import Town, town

ZONE = ZoneInfo("Europe/Bratislava")
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=ZONE)
STORIES = int(os.environ.get("SOAK", "15"))
SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else range(STORIES)
ROUNDS = 7


@dataclass
class Told:
    """A town whose meetings have been told, and how to get back to that morning."""

    made: Town
    state: Any
    mails: int
    values: dict[str, Any]

    def again(self) -> Town:
        """Bring sheet, ledger, mailbox and clock back to where the stories begin."""
        made = self.made
        with made.book.lock:
            made.book.state = self.state.copy()
            made.book.version += 1
            made.book.written_cells.clear()
        made.hand._done.clear()
        made.emulator.before_request = made.emulator.after_request = None
        for file in made.folder.glob("commonground.db*"):
            file.unlink()
        shutil.copy(made.folder / "told.db", made.folder / "commonground.db")
        del made.mail.kept.mails[self.mails :], made.mail.kept.recipients[self.mails :]
        made.clock.at = NOW + timedelta(minutes=30)
        return made


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    with town(tmp_path_factory.mktemp("hands"), now=NOW) as made:
        made.cycle()
        made.type_row("Team", 2, Name="Jana", Email="jana@example.org", Phone="0903 123 456")
        for row, name in enumerate(NAMES, 2):
            made.type_row("Contacts", row, Name=name, Email=f"{name.split()[0].lower()}@example.org",
                          How_to_reach_them="E-mail is fine", Notes="zz-secret")  # fmt: skip
            made.type_row("Meetings", row, Contact=name, Stage="Agreed", Date=f"{4 + row}/3/2027", Time="17:30",
                          Place=f"Café {row}", Organizer="Jana", Team_notes="zz-secret")  # fmt: skip
        for minutes in (0, 3, 10, 30):
            made.clock.to(NOW + timedelta(minutes=minutes))
            made.cycle(times=2)
        assert made.kinds() == ["confirmation"] * len(NAMES)
        shutil.copy(made.folder / "commonground.db", made.folder / "told.db")
        yield Told(made, made.book.state.copy(), len(made.mail.kept.mails), {})


class Story:
    """One seed: people act between requests while cycles run, then they stop."""

    def __init__(self, made: Town, seed: int) -> None:
        self.made, self.crowd = made, Crowd(made, seed)
        self.states: list[Tables] = []
        self.busy = False
        self.checked = 0
        self.judged = 0
        self.strays: list[str] = []
        self.watch = Watch(made.clock.now, lambda: self.states, ZONE)
        self.judge()
        made.emulator.before_request = self._between
        made.emulator.after_request = self._between

    def _between(self, number: int, method: str, path: str) -> None:
        """What happens around a request: a look at what it wrote, then perhaps somebody's hand."""
        self.look_at_writes()
        while self.busy and self.crowd.luck.random() < 0.3:
            self.act()

    def act(self) -> None:
        self.crowd.act()
        self.states.append(tables(self.made))

    def look_at_writes(self) -> None:
        """Note every write on a cell that is not the service's, judged by where the columns are at this moment."""
        with self.made.book.lock:
            writes = self.made.book.written_cells
            table_ids = {sheet for sheet, _ in columns(self.made)}
            for write in writes[self.checked :]:
                if write.tab_id in table_ids and owner_of(self.made, write) is not Owner.SERVICE:
                    self.strays.append(f"{write} after {self.crowd.done[-5:]}")
            self.checked = len(writes)

    def cycle(self) -> None:
        self.states[:] = [tables(self.made)]
        service = self.made.services()
        try:
            run_cycle(service)
        finally:
            service.mailer.close()
            service.ledger.close()
        self.judge()

    def judge(self) -> None:
        """Judge the mails that arrived since the last look."""
        self.states = self.states or [tables(self.made)]
        arrived = list(zip(self.made.mails(), self.made.mail.kept.recipients, strict=True))
        for mail, to in arrived[self.judged :]:
            self.watch.see(to, mail)
        self.judged = len(arrived)

    def play(self) -> None:
        luck, clock = self.crowd.luck, self.made.clock
        for _ in range(ROUNDS):
            self.busy = True
            self.cycle()
            self.busy = False
            if luck.random() < 0.5:
                self.act()
            clock.advance(timedelta(minutes=luck.choice((0, 1, 4, 12, 20, 90, 600))))
        self.cycle()
        self.cycle()


def settled(made: Town) -> list[str]:
    """Return what a service that starts anew would still write in the tables: nothing, when all is as it should be."""
    with made.book.lock:
        made.book.written_cells.clear()
    made.cycle()
    ids = set(sheet_ids(made).values()) - {sheet_ids(made).get("start_here"), sheet_ids(made).get("mail_log")}
    return [str(write) for write in made.book.written_cells if write.tab_id in ids and write.new != write.old]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_people_do_between_requests_nothing_goes_wrong(told: Told, seed: int) -> None:
    story = Story(told.again(), seed)
    story.play()
    story.made.emulator.before_request = story.made.emulator.after_request = None
    tale = "\n".join(story.crowd.done)
    assert not story.strays, f"{story.strays}\n{tale}"
    assert not story.watch.wrong, f"{story.watch.wrong}\n{tale}"
    left = settled(story.made)
    assert not left, f"{left}\n{tale}"
