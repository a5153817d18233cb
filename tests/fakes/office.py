"""An office to play scenes in: the real core, ledger and cycle, with the doubles of ``toy`` at the ports."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sync.app.cycle import CycleResult, run_cycle
from sync.app.service import Service
from sync.app.wire import read_templates
from sync.core.keys import Keyring
from sync.core.plan import Policy
from sync.core.ports import Cell
from sync.core.render import Renderer, Sender
from sync.ledger import open_ledger
from tests.fakes.toy import ToyClock, ToyMailer, ToySheet

ZONE = ZoneInfo("Europe/Bratislava")
MONDAY = datetime(2027, 3, 1, 12, 0, tzinfo=ZONE)


def at(day: int, clock: str, month: int = 3) -> datetime:
    """Return a moment of 2027 in Bratislava."""
    hour, minute = clock.split(":")
    return datetime(2027, month, day, int(hour), int(minute), tzinfo=ZONE)


class Office:
    """One team with Jana as organizer; ``anna`` is the contact most scenes need."""

    def __init__(self, folder: Path, *, now: datetime = MONDAY, practice: bool = False, started: bool = True) -> None:
        self.folder, self.practice = folder, practice
        self.clock = ToyClock(now.astimezone(UTC))
        self.sheet = ToySheet()
        self.mailer = ToyMailer()
        self._ids = (f"rid{number:012d}" for number in itertools.count())
        self.service = self._service()
        if started:
            self.cycle()  # first contact with an empty sheet
        self.jana = self.sheet.add("team", name="Jana", email="jana@example.org", phone="0903 123 456")

    def _service(self) -> Service:
        sender = Sender("Harbour Street Co-op", "team@example.org")
        safe = "me@example.org" if self.practice else None
        renderer = Renderer(read_templates(), sender, "", safe_to=safe)
        self.ledger = open_ledger("sqlite:///ledger.db", self.folder)
        policy = Policy(Keyring(b"k" * 32), "example.org", self.practice)
        ids: Iterator[str] = self._ids
        return Service("", "toy", self.sheet, self.ledger, self.mailer, renderer, policy, self.clock,
                       safe_to=safe or "", ids=ids, install="office", nonce="one")  # fmt: skip

    def restart(self) -> None:
        """Start the service anew on the same ledger."""
        self.ledger.close()
        self.service = self._service()

    def go_live(self) -> None:
        """End practice mode."""
        self.practice = False
        self.restart()

    def contact(self, name: str = "Anna Kováčová", email: str = "anna@example.org", **more: object) -> dict[str, Cell]:
        """Type a contact who may be mailed."""
        return self.sheet.add("contacts", **{"name": name, "email": email, "reach": "E-mail is fine", **more})

    def meeting(
        self, day: date, clock: str = "17:30", contact: str = "Anna Kováčová", **more: object
    ) -> dict[str, Cell]:
        """Type a meeting that is agreed."""
        hour, minute = clock.split(":")
        cells = {
            "contact": contact, "stage": "Agreed", "date": day, "time": time(int(hour), int(minute)),
            "place": "Café Dobre, Hlavná 12", "organizer": "Jana",
            "purpose": "I want to hear what you would change in the courtyard.",
        }  # fmt: skip
        return self.sheet.add("meetings", **{**cells, **more})

    def cycle(self) -> CycleResult:
        """Do one cycle now."""
        return run_cycle(self.service)

    def pass_time(self, until: datetime, step: timedelta = timedelta(minutes=1)) -> None:
        """Let time go by with a cycle at every step."""
        while self.clock.now() < until:
            self.clock.advance(min(step, until - self.clock.now()))
            self.cycle()

    def run(self, until: datetime) -> list[str]:
        """Let time go by from wake-up to wake-up; return the kinds that left meanwhile."""
        before = len(self.mailer.out)
        while True:
            self.cycle()
            self.cycle()  # ids that were written are seen by the second read
            plan = self.service.last_plan
            wake = plan.wake if plan and plan.wake else until
            if self.clock.now() >= until:
                break
            self.clock.to(min(max(wake, self.clock.now() + timedelta(minutes=1)), until))
        return [str(m["X-CommonGround-Kind"]) for _, m in self.mailer.out[before:]]

    def subjects(self) -> list[str]:
        """Return the subjects of all mails that left."""
        return [str(m["Subject"]) for _, m in self.mailer.out]

    def calendar(self, index: int = -1) -> str:
        """Return the calendar part of a mail as text."""
        _, message = self.mailer.out[index]
        part = next(p for p in message.walk() if p.get_content_type() == "text/calendar")
        return str(part.get_content())

    def text(self, index: int = -1) -> str:
        """Return the plain text of a mail."""
        _, message = self.mailer.out[index]
        body = message.get_body(("plain",))
        assert body is not None
        return str(body.get_content())
