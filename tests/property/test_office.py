"""People do anything in any order, servers answer anything: what must hold all the same (``design.md`` 5).

``SOAK=200`` in the environment plays so many stories instead of a few.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from sync.core.columns import TAB, Owner
from sync.core.errors import ServiceError, ServiceUnreachable
from sync.core.ports import Cell, Receipt, Scope, Verdict
from tests.fakes.office import ZONE, Office
from tests.fakes.watch import Watch, start_of

STORIES = int(os.environ.get("SOAK", "12"))
NAMES = ("Anna Kováčová", "Ben Novák", "Cyril Malý", "Dana Biela")
ADDRESS = {name: f"{name.split()[0].lower()}@example.org" for name in NAMES}
TEAM_KEYS = {tab: tuple(c.key for c in TAB[tab].columns if c.owner is Owner.TEAM) for tab in ("contacts", "meetings")}
SERVICE_KEYS = tuple(c.key for c in TAB["meetings"].columns if c.owner is Owner.SERVICE)
ANSWERS = {
    "accept": None,
    "later": Receipt(Verdict.LATER, words="The mail server is busy."),
    "refuse": Receipt(Verdict.REFUSED, Scope.ADDRESS, words="There is no such mailbox."),
    "unknown": Receipt(Verdict.UNKNOWN, words="The line broke."),
    "account": Receipt(Verdict.LATER, Scope.ACCOUNT, words="The mail server does not answer."),
}
AS_IF_TOLD = re.compile(r"(Confirmation|Change|2-day reminder|Day-of reminder) sent|if you leave this row alone|"
                        r"goes in a moment|Nothing more goes")  # fmt: skip

rows = st.integers(0, 7)
days = st.integers(0, 9)
clocks = st.sampled_from([time(9), time(12), time(17, 30)])
stages = st.sampled_from(["Agreed", "Agreed", "Agreed", "Confirmed", "Draft", "Took place", "Didn't come", "Postponed",
                          "They called off", "We called off", None])  # fmt: skip


class Story(RuleBasedStateMachine):
    """One team's month, told by Hypothesis."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.office = Office(self.folder)
        self.sheet = self.office.sheet
        self.answer: Receipt | None = None
        self.past: list[dict[str, list[dict[str, Cell]]]] = []
        self.watch = Watch(
            self.office.clock.now, lambda: (self.sheet.rows,), ZONE, stopped=lambda: (self.sheet.stop_all,)
        )
        self.office.mailer.answer = self._answer

    def teardown(self) -> None:
        try:
            self._end()
        finally:
            self.office.ledger.close()
            shutil.rmtree(self.folder)

    def _answer(self, message: object, to: str) -> Receipt | None:
        if self.answer is None or self.answer.verdict is Verdict.UNKNOWN:
            self.watch.see(to, message)  # type: ignore[arg-type]
        return self.answer

    @initialize(count=st.integers(2, 4), first=days, clock=clocks)
    def begin(self, count: int, first: int, clock: time) -> None:
        for at, name in enumerate(NAMES):
            self.office.contact(name, ADDRESS[name], notes=f"zz-secret {at}")
        for at in range(count):
            self.meet(at, first + 2 * at, clock, "Agreed")

    # --- what people do ----------------------------------------------------------------------------------------------

    def _before(self) -> None:
        self.past.append(deepcopy(self.sheet.rows))

    def _row(self, tab: str, at: int) -> dict[str, Cell] | None:
        found = self.sheet.rows[tab]
        return found[at % len(found)] if found else None

    def _day(self, ahead: int) -> date:
        return self.office.clock.now().astimezone(ZONE).date() + timedelta(days=ahead)

    @rule(who=st.integers(0, 3), ahead=days, clock=clocks, stage=stages)
    def meet(self, who: int, ahead: int, clock: time, stage: str | None) -> None:
        """Type a whole row."""
        self._before()
        if len(self.sheet.rows["meetings"]) < 8:
            row = self.office.meeting(self._day(ahead), contact=NAMES[who], team_notes="zz-secret")
            self.sheet.set(row, stage=stage, time=clock)

    @rule(at=rows, cells=st.fixed_dictionaries({}, optional={
        "contact": st.sampled_from([*NAMES, None, "Nobody"]), "stage": stages, "date": days | st.none(),
        "time": clocks | st.none(), "place": st.sampled_from(["Café Dobre", "Library", None]),
        "hold": st.booleans(), "thanks": st.just("Thank you for the tea."), "heard": st.just("zz-secret"),
        "minutes": st.sampled_from([30, 60]), "organizer": st.sampled_from(["Jana", None]),
    }))  # fmt: skip
    def type(self, at: int, cells: dict[str, object]) -> None:
        """Type into some cells of one row."""
        self._before()
        row = self._row("meetings", at)
        if row is not None:
            if isinstance(cells.get("date"), int):
                cells["date"] = self._day(cells["date"])  # type: ignore[arg-type]
            self.sheet.set(row, **cells)

    @rule(at=rows, ahead=days)
    def move(self, at: int, ahead: int) -> None:
        """Type another date."""
        self.type(at, {"date": ahead})

    @rule(at=rows, stage=stages)
    def choose_stage(self, at: int, stage: str | None) -> None:
        self.type(at, {"stage": stage})

    @rule(tab=st.sampled_from(["meetings", "meetings", "contacts"]), at=rows)
    def delete(self, tab: str, at: int) -> None:
        self._before()
        found = self.sheet.rows[tab]
        if found:
            del found[at % len(found)]

    @rule(at=rows)
    def clear_row(self, at: int) -> None:
        self._before()
        row = self._row("meetings", at)
        for key in TEAM_KEYS["meetings"] if row is not None else ():
            row[key] = None  # type: ignore[index]

    @rule(at=rows, to=rows)
    def copy(self, at: int, to: int) -> None:
        """Copy a row with its hidden cells and insert it anywhere."""
        self._before()
        row = self._row("meetings", at)
        if row is not None and len(self.sheet.rows["meetings"]) < 8:
            self.sheet.rows["meetings"].insert(to, deepcopy(row))

    @rule(tab=st.sampled_from(["meetings", "contacts"]), key=st.sampled_from(["name", "contact", "date", "stage"]),
          down=st.booleans())  # fmt: skip
    def sort(self, tab: str, key: str, down: bool) -> None:
        """Sort whole rows."""
        self._before()
        self.sheet.rows[tab].sort(key=lambda row: str(row.get(key) or "~"), reverse=down)

    @rule(tab=st.sampled_from(["meetings", "contacts"]), order=st.randoms(use_true_random=False))
    def sort_without_id(self, tab: str, order: object) -> None:
        """Sort all columns but the ID."""
        self._mix(tab, [c.key for c in TAB[tab].columns if c.key not in ("id", "contact_id")], order)

    @rule(tab=st.sampled_from(["meetings", "contacts"]), data=st.data(), order=st.randoms(use_true_random=False))
    def sort_some(self, tab: str, data: st.DataObject, order: object) -> None:
        """Sort a few columns only."""
        keys = data.draw(st.lists(st.sampled_from(TEAM_KEYS[tab][:8]), min_size=1, max_size=6, unique=True))
        self._mix(tab, keys, order)

    def _mix(self, tab: str, keys: list[str], order: object) -> None:
        self._before()
        found = self.sheet.rows[tab]
        picked = [{key: row.get(key) for key in keys} for row in found]
        order.shuffle(picked)  # type: ignore[attr-defined]
        for row, cells in zip(found, picked, strict=True):
            row.update(cells)

    @rule(steps=st.integers(1, 3))
    def undo(self, steps: int) -> None:
        """Take back the last actions; service cells come back old, too."""
        for _ in range(min(steps, len(self.past))):
            self.sheet.rows = self.past.pop()

    @rule(who=rows, cells=st.fixed_dictionaries({}, optional={
        "reach": st.sampled_from(["E-mail is fine", "Few e-mails", "Ask first", "Phone only", "Leave in peace"]),
        "phone": st.just("0903 123 456"), "name": st.sampled_from(["Anna Kováčová-Malá", "Ben Novak"]),
        "email": st.sampled_from(["new@example.org", None, "other@example.org"]), "quiet_until": days | st.none(),
    }))  # fmt: skip
    def edit_contact(self, who: int, cells: dict[str, object]) -> None:
        self._before()
        row = self._row("contacts", who)
        if row is not None:
            if isinstance(cells.get("quiet_until"), int):
                cells["quiet_until"] = self._day(cells["quiet_until"])  # type: ignore[arg-type]
            self.sheet.set(row, **cells)

    @rule(tab=st.sampled_from(["meetings", "contacts"]), at=rows, key=st.sampled_from(SERVICE_KEYS),
          junk=st.sampled_from([None, "x", "=1/0", "rabcdefghijklmnop", "Sent Tue 2 Mar 12:00"]))  # fmt: skip
    def overwrite(self, tab: str, at: int, key: str, junk: str | None) -> None:
        """Type over a service cell."""
        row = self._row(tab, at)
        if row is not None and key in {column.key for column in TAB[tab].columns}:
            row[key] = junk

    @rule(stop=st.sampled_from([True, False, False]))
    def stop_all(self, stop: bool) -> None:
        self.sheet.stop_all = stop

    @rule()
    def approve(self) -> None:
        """Type the latest code that waits."""
        codes = [a for a in self.office.ledger.view("toy").codes.values() if not a.released]
        if codes:
            self.watch.lenient = True
            self.sheet.rows["settings"] = [
                {"setting": "Approve waiting mail", "value": max(codes, key=lambda a: a.since).code}
            ]

    # --- what the world does -----------------------------------------------------------------------------------------

    @rule(how=st.sampled_from(["accept", "accept", *ANSWERS]))
    def mail_answers(self, how: str) -> None:
        self.answer = ANSWERS[how]

    @rule(down=st.booleans())
    def sheet_answers(self, down: bool) -> None:
        self.sheet.down = ServiceUnreachable("The sheet does not answer.") if down else None

    @rule()
    def restart(self) -> None:
        self.office.restart()

    @rule(minutes=st.sampled_from([0, 1, 3, 7, 20, 60, 300, 1440, 2880]))
    def time_passes(self, minutes: int) -> None:
        self._go(self.office.clock.now() + timedelta(minutes=minutes))

    @rule(minutes=st.integers(0, 16))
    def a_moment(self, minutes: int) -> None:
        self.time_passes(minutes)

    @rule(hours=st.integers(1, 30))
    def some_hours(self, hours: int) -> None:
        self.time_passes(60 * hours)

    @rule()
    def a_cycle(self) -> None:
        self._cycle()

    def _cycle(self) -> None:
        before = self._team_cells()
        try:
            self.office.cycle()
        except ServiceError:
            assert self.sheet.down is not None
        assert self._team_cells() == before

    def _team_cells(self) -> list[list[Cell]]:
        return [[row.get(key) for key in keys] for tab, keys in TEAM_KEYS.items() for row in self.sheet.rows[tab]]

    def _go(self, until: datetime) -> None:
        """Let time go by from wake-up to wake-up."""
        clock = self.office.clock
        while True:
            self._cycle()
            self._cycle()
            plan = self.office.service.last_plan
            wake = plan.wake if plan and plan.wake else until
            if clock.now() >= until:
                break
            clock.to(min(max(wake, clock.now() + timedelta(minutes=30)), until))

    # --- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def no_mail_was_wrong(self) -> None:
        assert not self.watch.wrong, "\n".join(self.watch.wrong)

    def _end(self) -> None:
        """When people have stopped, two quiet cycles settle every cell, and every row tells its story."""
        self.sheet.down, self.answer = None, None
        self.no_mail_was_wrong()
        self.office.restart()  # a server that was down is tried again at once
        self._cycle()
        self._cycle()
        settled = deepcopy(self.sheet.rows)
        self.office.restart()
        self._cycle()
        assert _differences(self.sheet.rows, settled) == []
        ids = [row.get("id") for row in self.sheet.rows["meetings"] if row.get("contact")]
        assert None not in ids
        assert len(set(ids)) == len(ids)
        self._go(self.office.clock.now() + timedelta(hours=20))
        self.no_mail_was_wrong()
        for row in self.sheet.rows["meetings"]:
            assert bool(row.get("contact")) == bool(row.get("next")), row
            self._is_told_or_says_why(row)

    def _is_told_or_says_why(self, row: dict[str, Cell]) -> None:
        start = start_of(row, ZONE)
        if row.get("stage") not in ("Agreed", "Confirmed") or not row.get("contact") or start is None:
            return
        now = self.office.clock.now()
        people = [p for p in self.sheet.rows["contacts"] if p.get("name") == row["contact"]]
        if start <= now or not people:
            return
        told = any(
            (address, start.astimezone(UTC)) in self.watch.on for address in [str(p.get("email")) for p in people]
        )
        assert told or not AS_IF_TOLD.search(str(row["next"])), row


def _differences(now: dict[str, list[dict[str, Cell]]], before: dict[str, list[dict[str, Cell]]]) -> list[str]:
    return [
        f"{tab} {at + 2} {key}: {before[tab][at].get(key)!r} became {row.get(key)!r}"
        for tab, found in now.items()
        for at, row in enumerate(found)
        for key in {*row, *before[tab][at]}
        if row.get(key) != before[tab][at].get(key)
    ]


TestOffice = Story.TestCase
TestOffice.settings = settings(
    max_examples=STORIES, stateful_step_count=30, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip

