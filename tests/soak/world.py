"""A team's world in one process: the real core, cycle, delivery, write-ahead log and ledger between ports that err.

Time is an argument, the ledger a SQLite file in memory; one step is one thing that people, the world or the service do.
"""

from __future__ import annotations

import atexit
import itertools
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from sync.app.cycle import run_cycle
from sync.app.foreign import refuse_beside_another, release
from sync.app.service import Service
from sync.app.wire import read_templates
from sync.core.errors import HeldByAnother, SyncError
from sync.core.keys import Keyring
from sync.core.plan import Policy
from sync.core.ports import Cell, Entry, EntryState
from sync.core.render import Renderer, Sender
from sync.ledger import open_ledger
from sync.ledger.ledger import SqlLedger
from tests.fakes.office import MONDAY, ZONE
from tests.fakes.toy import ToyClock
from tests.fakes.watch import AHEAD, BY_MAIL, start_of
from tests.soak.judge import Judge
from tests.soak.parts import Crash, Faults, FaultyLedger, FaultyMailer, FaultySheet

NAMES = ("Anna Malá", "Ben Novák", "Cyril Biely")
QUIET_HOURS = 20
TROUBLE = (SyncError, Crash)


def memory_folder() -> str | None:
    """Return a folder whose files are in memory, where there is one: a million commits need no disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@cache
def renderer() -> Renderer:
    """Return the real templates, compiled once."""
    return Renderer(read_templates(), Sender("Harbour Street Co-op", "team@example.org"), "", safe_to=None)


class Disk:
    """A ledger's file that stays open from story to story: what it holds is copied out and in as a whole."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=memory_folder()))
        self.opened = open_ledger("sqlite:///ledger.db", self.folder)
        self.engine = self.opened._engine
        self.empty = self.content()

    def ledger(self) -> SqlLedger:
        """Return the ledger as a new process sees it."""
        return SqlLedger(self.engine, self.opened.file)

    def content(self) -> bytes:
        """Return a copy of all that was committed."""
        connection = self.engine.raw_connection()
        try:
            return connection.driver_connection.serialize()  # type: ignore[union-attr]
        finally:
            connection.close()

    def load(self, content: bytes) -> None:
        """Put ``content`` in the place of all there is."""
        connection, source = self.engine.raw_connection(), sqlite3.connect(":memory:")
        try:
            # Bytes 18 and 19 say "write-ahead log" (sqlite.org/fileformat2.html), which a copy in memory cannot have.
            source.deserialize(content[:18] + b"\x01\x01" + content[20:])
            source.backup(connection.driver_connection)  # type: ignore[arg-type]
        finally:
            source.close()
            connection.close()

    def close(self) -> None:
        """Let go of the file and delete it."""
        self.opened.close()
        shutil.rmtree(self.folder)


class Disks:
    """A disk for each installation, opened anew every so many stories: a fresh file, fresh connections."""

    STORIES = 40

    def __init__(self) -> None:
        self._disks: dict[str, tuple[int, Disk]] = {}

    def empty(self, name: str) -> Disk:
        """Return the disk called ``name``, with an empty ledger."""
        uses, disk = self._disks.get(name, (self.STORIES, None))
        if uses >= self.STORIES or disk is None:
            if disk is not None:
                disk.close()
            uses, disk = 0, Disk()
        self._disks[name] = uses + 1, disk
        disk.load(disk.empty)
        return disk

    def close(self) -> None:
        """Let go of all of them."""
        for _, disk in self._disks.values():
            disk.close()
        self._disks.clear()


DISKS = Disks()
atexit.register(DISKS.close)


class Machine:
    """One installation: a ledger and a secret of its own, and a process that runs or does not."""

    def __init__(self, world: World, name: str, secret: bytes) -> None:
        self.world, self.name, self.secret = world, name, secret
        self.disk = DISKS.empty(name)
        self.service: Service | None = None
        self.kept: bytes | None = None  # an old copy of the ledger
        self.cycles = 0
        self.swapped = False

    def start(self) -> None:
        """Start the process; it leaves again when another one is at work on the sheet."""
        if self.service is not None:
            return
        world = self.world
        ledger = FaultyLedger(self.disk.ledger(), world.faults)
        mailer = FaultyMailer(world.faults, world.judge, world.clock, ledger)
        policy = Policy(Keyring(self.secret), "example.org")
        self.service = Service(
            "", "toy", world.sheet, ledger, mailer, renderer(), policy, world.clock, ids=world.ids,
            install=self.name, nonce=f"n{next(world.nonces)}",
        )  # fmt: skip
        self.cycles = 0

    def cycle(self) -> None:
        """Do one cycle, or die in it."""
        service = self.service
        if service is None:
            return
        world = self.world
        try:
            refuse_beside_another(service, world.clock.now(), strict=self.cycles > 1)
            run_cycle(service)
            self.cycles += 1
        except Crash:
            self.die()
            return
        except HeldByAnother:
            self.die()
            return
        except SyncError:
            if self.swapped:  # the sheet could not be read, so nothing could be learned from its log yet
                return
        view = service.ledger.view("toy")
        world.judge.audits(self.name, view.entries, swapped=self.swapped)
        self.swapped = False

    def die(self) -> None:
        """The process is gone, with whatever it had not committed."""
        self.service = None

    def leave(self) -> None:
        """End cleanly: the mark is taken away, where the sheet can be written."""
        if self.service is not None:
            with suppress(*TROUBLE):
                release(self.service)
            self.die()

    def keep(self) -> None:
        """Copy the ledger as a backup does: between two cycles."""
        self.kept = self.disk.content()

    def swap(self, content: bytes | None) -> None:
        """Lose the ledger, or put an old copy in its place; the process is started anew."""
        self.die()
        self.disk.load(content or self.disk.empty)
        self.swapped = True


class World:
    """Everything together; ``wrong`` tells what must never have happened."""

    def __init__(self, *, strangers: bool = False) -> None:
        self.clock = ToyClock(MONDAY.astimezone(UTC))
        self.faults = Faults()
        self.judge = Judge(self.clock.now, ZONE)
        self.sheet = FaultySheet(self.faults, self.judge, self.clock)
        self.ids: Iterator[str] = (f"rid{number:012d}" for number in itertools.count())
        self.nonces = itertools.count()
        self.machines = [Machine(self, "one", b"k" * 32)]
        if strangers:
            self.machines.append(Machine(self, "two", b"x" * 32))
        self.past: list[tuple[dict[str, list[dict[str, Cell]]], list[dict[str, Cell]]]] = []
        self.log_hurt = False
        self.here.start()
        self.here.cycle()  # first contact with an empty sheet
        self.sheet.add("team", name="Jana", email="jana@example.org", phone="0903 123 456")
        for at, name in enumerate(NAMES):
            self.sheet.add("contacts", name=name, email=f"p{at}@example.org", reach="E-mail is fine", notes="zz-secret")

    @property
    def here(self) -> Machine:
        """The machine that runs, else the first."""
        return next((machine for machine in self.machines if machine.service is not None), self.machines[0])

    @property
    def wrong(self) -> list[str]:
        """What must never have happened."""
        return self.judge.wrong

    def entries(self) -> tuple[Entry, ...]:
        """Return what the ledger of the machine that runs knows."""
        service = self.here.service
        return tuple(service.ledger.view("toy").entries.values()) if service else ()

    def day(self, ahead: int) -> date:
        """Return the day so many days from now."""
        return self.clock.now().astimezone(ZONE).date() + timedelta(days=ahead)

    def meet(self, who: int, ahead: int, clock: time, stage: str | None = "Agreed") -> None:
        """Type a meeting."""
        self.sheet.add(
            "meetings", contact=NAMES[who % len(NAMES)], stage=stage, date=self.day(ahead), time=clock,
            place="Café Dobre", organizer="Jana", purpose="I want to hear you.", team_notes="zz-secret",
        )  # fmt: skip

    def cycle(self) -> None:
        """Let every machine that runs do a cycle; the clock moves a little meanwhile."""
        for machine in self.machines:
            machine.cycle()
        self.clock.advance(timedelta(seconds=7))

    def go(self, until: datetime, hops: int) -> None:
        """Let time go by from wake-up to wake-up, at most so many, then in one leap."""
        for _ in range(hops):
            self.cycle()
            self.cycle()
            service = self.here.service
            plan = service.last_plan if service else None
            wake = plan.wake if plan and plan.wake else until
            if self.clock.now() >= until:
                return
            self.clock.to(min(max(wake, self.clock.now() + timedelta(minutes=1)), until))
        if self.clock.now() < until:
            self.clock.to(until)

    # --- the end of a story ------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """End all trouble, let time go by, and see that every row tells its story and nothing is lost in silence."""
        old = self.faults
        old.armed, old.sheet, old.mail, old.disk_full, old.slow, old.between = "", "ok", "ok", False, 0, None
        self.clock.advance(timedelta(minutes=31))  # the mark of a machine that died is stale
        for machine in self.machines[1:]:
            machine.leave()
        self.here.start()
        self.go(self.clock.now() + timedelta(hours=QUIET_HOURS), 60)
        self.cycle()
        self.cycle()
        service = self.here.service
        if service is None:
            self.judge.complain("the service does not stay up when all is well")
            return
        for row in self.sheet.rows["meetings"]:
            if bool(row.get("contact")) != bool(row.get("next")):
                self.judge.complain(f"a row without its sentence: {row}")
            self._is_told_or_says_why(row, service)
        self._all_is_written()

    def _is_told_or_says_why(self, row: dict[str, Cell], service: Service) -> None:
        start = start_of(row, ZONE)
        people = [p for p in self.sheet.rows["contacts"] if p.get("name") == row.get("contact")]
        if start is None or start <= self.clock.now() + timedelta(hours=1) or len(people) != 1 or row.get("hold"):
            return
        person = people[0]
        if row.get("stage") not in AHEAD or person.get("reach") not in BY_MAIL or not person.get("email"):
            return
        told = [what for (_, to), what in self.judge.told.items() if to == person["email"]]
        if any(what[0] == start and not what[5] for what in told):
            return
        about = row.get("id")
        view = service.ledger.view("toy")
        states = {e.state for e in view.entries.values() if e.key.about == about}
        plan = service.last_plan
        reasons = [d.reason for d in plan.decisions if d.intent.key.about == about and d.reason] if plan else []
        notes = [note for meeting, note in plan.notes if meeting == about] if plan else []
        doubt = states & {EntryState.UNSURE, EntryState.REFUSED, EntryState.SKIPPED}
        if not (doubt or reasons or notes or row.get("place") is None or row.get("organizer") is None):
            self.judge.complain(f"LOST: {row}")

    def _all_is_written(self) -> None:
        """Restarting changes nothing any more: every cell is what it should be."""
        before = [dict(row) for row in self.sheet.rows["meetings"]]
        sent = self.judge.sent
        self.here.die()
        self.here.start()
        self.here.cycle()
        after = [dict(row) for row in self.sheet.rows["meetings"]]
        if before != after or sent != self.judge.sent:
            self.judge.complain("a restart when all is quiet changes cells or sends mail")
