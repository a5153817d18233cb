"""``sync demo``: a week of an imaginary team, played with a clock of its own through the code of ``sync run``.

Only three things differ from a real service: the clock is moved from one thing to the next, row ids and the key are
always the same, so that every play gives the same mails, and the way out is a folder.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

from ..core.columns import MEETINGS, TAB
from ..core.errors import SyncError
from ..core.keys import row_id
from ..core.shades import shade_of
from ..sheets.workbook.files import check_closed
from ..sheets.workbook.hand import type_in
from .cycle import run_cycle
from .demo_people import ADDRESS, CLOSING, END, ONDREJ, OPENING, START, TEAM, ZONE, Step, week
from .hold import close, for_life
from .load import CONFIG_NAME, KEY_BYTES, KEY_NAME, Loaded, load, make_key
from .service import Service
from .showcase import Event, Shown, page
from .wire import read_templates, wire

WORKBOOK, PAGE, MAILS, HIDDEN, LEDGER = "people.xlsx", "index.html", "mails", ".commonground", "ledger.db"
MARK = "# Made by `sync demo`."
CONFIG = f"""\
{MARK} Sample people in a workbook; every mail becomes a file, nothing leaves this computer.
# Playing the demo again makes everything in this folder anew, except what you put there yourself.
sheet:
  type: workbook
  path: {WORKBOOK}
mail:
  type: outbox
  path: {MAILS}
  sender: "{TEAM} <{ADDRESS}>"
ledger: sqlite:///{HIDDEN}/{LEDGER}
"""
MINUTE = timedelta(minutes=1)
_MAIL = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-[a-z0-9_-]+-[0-9a-f]{10}\.eml")

Progress = Callable[[int, int, str], None]
"""Takes minutes played, minutes in all, and the day and hour reached, in words."""


class FolderTaken(SyncError):
    """The folder holds something that no demo made (exit 2)."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a play left: the folder, the workbook and the page in it, and how many mails of each kind.

    ``after`` is the last moment of the week, for looking further with ``sync preview --at``; ``kept`` is the copy of
    an older workbook that somebody had changed, if there was one.
    """

    folder: Path
    workbook: Path
    page: Path
    config: Path
    kinds: dict[str, int]
    after: datetime
    kept: Path | None = None

    @property
    def mails(self) -> int:
        """How many mails there are."""
        return sum(self.kinds.values())


def play(folder: Path, progress: Progress | None = None) -> DemoResult:
    """Play the week into ``folder``, which is made when it is not there; an older demo in it is replaced.

    Raises :class:`FolderTaken` when something else is in it, ``HeldByAnother`` while a service works on it, and
    ``ServiceUnreachable`` while its workbook is open in a spreadsheet program.
    """
    folder = folder.absolute()
    _refuse_taken(folder)
    loaded = _settle_in(folder)
    with for_life(loaded):
        kept = _clear(folder)
        make_key(folder, hashlib.sha256(TEAM.encode()).digest()[:KEY_BYTES])
        clock = PlayedClock(START.astimezone(UTC))
        service = _service(loaded, clock)
        try:
            done = _Week(folder, service, clock, progress or (lambda *_: None)).play()
        finally:
            close((service,))
    (folder / PAGE).write_text(_page(done), encoding="utf-8")
    _note_workbook(folder)
    kinds = Counter(done.kinds)
    return DemoResult(folder, folder / WORKBOOK, folder / PAGE, folder / CONFIG_NAME, dict(kinds), END, kept)


# --- the folder ------------------------------------------------------------------------------------------------------


def _refuse_taken(folder: Path) -> None:
    config = folder / CONFIG_NAME
    try:
        taken = folder.exists() and any(folder.iterdir())
        text = config.read_text(encoding="utf-8", errors="replace") if config.is_file() else ""
    except OSError as error:
        raise FolderTaken(f"{folder} cannot be used: {error.strerror}.", "Name another folder.") from None
    # A configuration that was turned to a real sheet or real mail is nobody's toy any more.
    if taken and not (text.startswith(MARK) and "type: workbook" in text and "type: outbox" in text):
        raise FolderTaken(f"There are things in {folder} that the demo did not make.",
                          "Name an empty folder, or one that is not there yet: sync demo FOLDER")


def _settle_in(folder: Path) -> Loaded:
    """Make the folder and write the configuration, which marks it as the demo's."""
    try:
        (folder / HIDDEN).mkdir(parents=True, exist_ok=True)
        (folder / CONFIG_NAME).write_text(CONFIG, encoding="utf-8")
    except OSError as error:
        raise FolderTaken(f"{folder} cannot be used: {error.strerror}.", "Name another folder.") from None
    return load(folder / CONFIG_NAME)


def _clear(folder: Path) -> Path | None:
    """Remove what an older play made; a workbook that was changed since is kept under another name, and returned."""
    kept = None
    workbook = folder / WORKBOOK
    check_closed(workbook)
    if workbook.exists():
        noted = folder / HIDDEN / "workbook"
        known = noted.read_text(encoding="ascii") if noted.exists() else _digest(workbook)
        if known != _digest(workbook):
            free = (folder / f"people (yours {number}).xlsx" for number in itertools.count(1))
            kept = next(path for path in free if not path.exists())
            workbook.rename(kept)
    mails = [path for path in (folder / MAILS).glob("*.eml") if _MAIL.fullmatch(path.name)]
    ledger = [folder / HIDDEN / f"{LEDGER}{end}" for end in ("", "-wal", "-shm")]
    for path in (workbook, folder / PAGE, folder / KEY_NAME, folder / HIDDEN / "workbook", *mails, *ledger):
        path.unlink(missing_ok=True)
    return kept


def _note_workbook(folder: Path) -> None:
    """Remember the workbook as the play left it, to know later whether somebody has changed it."""
    (folder / HIDDEN / "workbook").write_text(_digest(folder / WORKBOOK), encoding="ascii")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- the service -----------------------------------------------------------------------------------------------------


class PlayedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self._start = self._now = now

    def now(self) -> datetime:
        """Return the moment it was moved to."""
        return self._now

    def monotonic(self) -> float:
        """Return the seconds it was moved in all."""
        return (self._now - self._start).total_seconds()

    def to(self, moment: datetime) -> None:
        """Move it to ``moment`` (aware)."""
        self._now = moment.astimezone(UTC)


def _service(loaded: Loaded, clock: PlayedClock) -> Service:
    """Wire the service as ``sync run`` does, with ids and a mark that are the same in every play."""
    (service,) = wire(loaded, clock=clock)
    service.ids, service.nonce = _ids(), "demo"
    return service


def _ids() -> Iterator[str]:
    return (row_id(hashlib.sha256(f"demo {number}".encode()).digest()) for number in itertools.count())


@dataclass(slots=True)
class _Week:
    """One play.  Fills ``mails`` and ``events`` for the page, and ``kinds`` in the order in which they left."""

    folder: Path
    service: Service
    clock: PlayedClock
    progress: Progress
    mails: list[Shown] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def play(self) -> _Week:
        """Let the week go by: people type, the service does its rounds."""
        self.service.backend.repair()
        self._cycle()
        self.events.append(Event(START, OPENING))
        for step in week():
            self._pass_time(step.at)
            self._do(step)
        self._pass_time(END)
        self._cycle()
        self._tell(Step(END, CLOSING, reads=("meetings", ONDREJ)))
        return self

    def _pass_time(self, until: datetime) -> None:
        """Do a round whenever there is something to do: a minute after a change, and at every wake-up of the plan.

        ``sync run`` does one every minute; those in between would see nothing new.
        """
        while True:
            now, idle = self.clock.now(), self.service.idle
            wake = _next_minute(idle.wake) if idle.settled and idle.wake else until if idle.settled else now + MINUTE
            if max(wake, now + MINUTE) >= until:
                break
            self.clock.to(max(wake, now + MINUTE))
            self._cycle()
        self.clock.to(until)

    def _do(self, step: Step) -> None:
        if step.typed:
            type_in(self.folder / WORKBOOK, step.typed)
        self._cycle()
        self._tell(step)

    def _tell(self, step: Step) -> None:
        tab, name = step.reads or ("", "")
        says = self._sentence(tab, name) if tab else ""
        shade = shade_of(TAB[tab], says) if tab else None
        self.events.append(Event(step.at, step.words, says, name, shade))

    def _cycle(self) -> None:
        run_cycle(self.service)
        for path in sorted((self.folder / MAILS).glob("*.eml")):
            if path.name in self._seen or not _MAIL.fullmatch(path.name):
                continue
            self._seen.add(path.name)
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            says = self._sentence("meetings", message["To"].addresses[0].display_name)
            shade = shade_of(MEETINGS, says)
            self.mails.append(Shown(path.read_bytes(), f"{MAILS}/{path.name}", says, shade))
            self.kinds.append(str(message["X-CommonGround-Kind"]))
        local = self.clock.now().astimezone(ZONE)
        done, total = self.clock.now() - START, END - START
        self.progress(done // MINUTE, total // MINUTE, f"{local:%a} {local.day} {local:%b %H:%M}")

    def _sentence(self, tab: str, name: str) -> str:
        """Return ``What happens next`` of the first row of ``name``, as a person sees it."""
        read = self.service.backend.read().tabs[tab]
        anchor = TAB[tab].anchor
        rows = (row for row in read.rows if read.cell(row, anchor) == name)
        return next((str(read.cell(row, "next") or "") for row in rows), "")


def _next_minute(moment: datetime) -> datetime:
    """Return the first whole minute that is not before ``moment``."""
    whole = moment.astimezone(UTC).replace(second=0, microsecond=0)
    return whole if whole == moment else whole + MINUTE


# --- the page --------------------------------------------------------------------------------------------------------

TITLE = "A week with Common Ground"
INTRO = (
    "Jana, Tomáš and Zuzana live in Lipová Street and meet eleven of their neighbours, one by one. Everybody here is "
    "made up, and nothing left this computer.",
    "Between the mails stands what somebody did in the sheet, and what the sheet said in that row, under What happens "
    "next.",
)


def _page(done: _Week) -> str:
    template = read_templates()["showcase.html"]
    return page(template, done.mails, done.events, title=TITLE, intro=INTRO, zone=ZONE)
