"""The ports of a service, each with named points at which the process may die, and ways to err that a test chooses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from sync.core.columns import TAB, Owner
from sync.core.errors import LedgerError, ServiceRefused, ServiceUnreachable
from sync.core.ports import Cell, CellEdit, Claim, Entry, LogLine, Receipt, Scope, Snapshot, Verdict, Written
from tests.fakes.toy import ToyClock, ToySheet
from tests.soak.judge import Judge

TEAM = {
    name: tuple(c.key for c in TAB[name].columns if c.owner is Owner.TEAM)
    for name in ("contacts", "meetings", "promises", "team")
}
WRITES = ("observe", "intend", "logged", "restore", "claim", "sending", "settle", "skip", "sweep", "record_cycle")
POINTS = (
    "before read", "after read", "before intents", "after intents", "body", "committed", "dot", "answer",
    "before outcomes", "after outcomes", *(f"{when} {name}" for name in WRITES for when in ("before", "after")),
)  # fmt: skip
"""Where a process may die: around every commit and every request, and inside the dialogue with the mail server."""

BEFORE_DOT = {
    "busy": Receipt(Verdict.LATER, words="The mail server is busy."),
    "no mail": Receipt(Verdict.REFUSED, Scope.MAIL, words="This mail was refused."),
    "no address": Receipt(Verdict.REFUSED, Scope.ADDRESS, words="There is no such mailbox."),
    "no account": Receipt(Verdict.REFUSED, Scope.ACCOUNT, words="The account was refused."),
    "down": Receipt(Verdict.LATER, Scope.ACCOUNT, words="The mail server does not answer."),
}
AFTER_DOT = {
    "busy after the dot": Receipt(Verdict.LATER, words="The mail server is busy."),
    "refused after the dot": Receipt(Verdict.REFUSED, Scope.MAIL, words="This mail was refused."),
}
MAIL_MODES = ("ok", *BEFORE_DOT, *AFTER_DOT, "cut, lost", "cut, taken", "no login", "no line")
SHEET_MODES = ("ok", "no read", "no write", "lost answer", "half")


class Crash(BaseException):
    """The process dies here: nothing after this point happens."""


@dataclass
class Faults:
    """What goes wrong just now.  ``armed`` is the point at which the process dies, once ``left`` visits have passed."""

    armed: str = ""
    left: int = 0
    sheet: str = "ok"
    mail: str = "ok"
    disk_full: bool = False
    full_at: str = ""  # the one commit that fails
    slow: int = 0  # seconds that each mail takes
    between: Callable[[], None] | None = None  # what people do between a read and the write after it
    died_at: Counter[str] = field(default_factory=Counter)

    def point(self, name: str) -> None:
        """Die here when this point is armed."""
        if name != self.armed:
            return
        if self.left:
            self.left -= 1
            return
        self.armed = ""
        self.died_at[name] += 1
        raise Crash(name)


class FaultySheet(ToySheet):
    """A spreadsheet that fails as it is told, and sees to it that no cell of the team's is ever written."""

    def __init__(self, faults: Faults, judge: Judge, clock: ToyClock) -> None:
        super().__init__()
        self.faults, self.judge, self.clock = faults, judge, clock

    def read(self) -> Snapshot:
        self._unless("no read")
        self.faults.point("before read")
        found = super().read()
        self.judge.saw(self.rows, self.stop_all)
        self.faults.point("after read")
        return found

    def read_log(self) -> tuple[LogLine, ...]:
        self._unless("no read")
        return super().read_log()

    def read_marks(self) -> Mapping[str, str]:
        self._unless("no read")
        return super().read_marks()

    def write(self, edits: Sequence[CellEdit], live: Mapping[str, str], log: Sequence[LogLine] = ()) -> Written:
        name = "outcomes" if edits or not log else "intents"
        if self.faults.between is not None:
            self.faults.between()
            self.faults.between = None
        self.faults.point(f"before {name}")
        self._unless("no write")
        if self.faults.sheet == "half":
            log = log[: len(log) // 2]
        team = self.team_cells()
        self.judge.logs(log)
        done = super().write(edits, live, log)
        if self.team_cells() != team:
            self.judge.complain("a cell of the team's was written")
        self.faults.point(f"after {name}")
        self._unless("lost answer")
        return done

    def team_cells(self) -> list[Cell]:
        """Return all cells that are people's, and their decisions in the log."""
        cells = [row.get(key) for tab, keys in TEAM.items() for row in self.rows[tab] for key in keys]
        return cells + [row["decision"] for row in self.log if row.get("decision")]

    def _unless(self, mode: str) -> None:
        if self.faults.sheet == mode:
            raise ServiceUnreachable("The sheet does not answer.")


class FaultyLedger:
    """A ledger in front of the real one: every commit has a point before and after it, and may fail."""

    def __init__(self, real: Any, faults: Faults) -> None:
        self.real, self.faults = real, faults
        self.claimed: Entry | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        return self._around(name, found) if name in WRITES else found

    def _around(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            self.faults.point(f"before {name}")
            if self.faults.disk_full or self.faults.full_at == name:
                raise LedgerError("The disk is full.")
            result = method(*args, **more)
            self.faults.point(f"after {name}")
            return result

        return call

    def claim(self, sheet: str, entry: Entry) -> Claim | None:
        self.claimed = entry
        claim: Claim | None = self._around("claim", self.real.claim)(sheet, entry)
        return claim


@dataclass
class FaultyMailer:
    """A way out whose server answers as told; the judge sees every copy that a server took."""

    faults: Faults
    judge: Judge
    clock: ToyClock
    ledger: FaultyLedger

    def open(self) -> None:
        if self.faults.mail == "no login":
            raise ServiceRefused("The password was refused.")
        if self.faults.mail == "no line":
            raise ServiceUnreachable("The mail server does not answer.")

    def send(self, message: EmailMessage, recipient: str, before_dot: Callable[[], bool]) -> Receipt:
        mode = self.faults.mail
        self.clock.advance(timedelta(seconds=self.faults.slow))
        if mode in BEFORE_DOT:
            return BEFORE_DOT[mode]
        self.faults.point("body")
        if not before_dot():
            return Receipt(Verdict.LATER)
        if mode in AFTER_DOT:
            return AFTER_DOT[mode]
        assert self.ledger.claimed is not None
        self.judge.leaves(self.ledger.claimed, recipient, message)
        self.faults.point("committed")
        if mode != "cut, lost":
            self.judge.takes(self.ledger.claimed, recipient)
        self.faults.point("dot")
        if mode.startswith("cut"):
            return Receipt(Verdict.UNKNOWN, words="The line broke.")
        self.faults.point("answer")
        return Receipt(Verdict.ACCEPTED)

    def close(self) -> None: ...
