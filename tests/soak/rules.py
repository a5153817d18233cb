"""What people and the world do, each with three numbers: the same list of steps is always the same story."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from datetime import time, timedelta

from sync.core.columns import DECISIONS
from sync.core.maillog import read_key
from sync.core.ports import Cell
from tests.soak.parts import MAIL_MODES, POINTS, SHEET_MODES, TEAM
from tests.soak.world import NAMES, World

Step = tuple[str, int, int, int]
CLOCKS = (time(9), time(12), time(17, 30))
STAGES = ("Agreed", "Agreed", "Agreed", "Agreed", "Confirmed", "Draft", "Took place", "Didn't come", "Postponed",
          "Agreed", "Agreed", "They called off", "We called off", None)  # fmt: skip
REACH = (*["E-mail is fine"] * 8, "Few e-mails", "Ask first", "Phone only", "Leave in peace")
MINUTES = (1, 2, 4, 6, 11, 20, 60, 300, 1440, 2880)
MOST_ROWS = 7

RULES: dict[str, tuple[int, Callable[[World, int, int, int], None]]] = {}


def rule(weight: int) -> Callable[[Callable[[World, int, int, int], None]], Callable[[World, int, int, int], None]]:
    """Register a step; ``weight`` says how often it is drawn."""

    def register(act: Callable[[World, int, int, int], None]) -> Callable[[World, int, int, int], None]:
        RULES[act.__name__] = weight, act
        return act

    return register


def draw(chance: random.Random) -> Step:
    """Draw one step."""
    name = chance.choices(_NAMES, cum_weights=_WEIGHTS)[0]
    return name, chance.randrange(1 << 16), chance.randrange(1 << 16), chance.randrange(1 << 16)


def act(world: World, step: Step) -> None:
    """Do one step."""
    name, *numbers = step
    RULES[name][1](world, *numbers)


def _before(world: World) -> None:
    world.past.append((deepcopy(world.sheet.rows), deepcopy(world.sheet.log)))
    del world.past[:-3]


def _row(world: World, a: int, tab: str = "meetings") -> dict[str, Cell] | None:
    rows = world.sheet.rows[tab]
    return rows[a % len(rows)] if rows else None


# --- what people do to rows ------------------------------------------------------------------------------------------


@rule(8)
def meet(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    if len(world.sheet.rows["meetings"]) >= MOST_ROWS:
        del world.sheet.rows["meetings"][0]
    world.meet(a, b % 9, CLOCKS[c % 3], STAGES[(a + c) % 5])


@rule(8)
def edit(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    row = _row(world, a)
    values: list[tuple[str, object]] = [
        ("place", ("Café Dobre", "Library", None)[c % 3]), ("time", CLOCKS[c % 3]), ("hold", c % 4 == 0),
        ("thanks", "Thank you for the tea."), ("minutes", (30, 60)[c % 2]), ("heard", "zz-secret"),
        ("contact", (*NAMES, None)[c % 4]), ("organizer", ("Jana", "Jana", None)[c % 3]),
    ]  # fmt: skip
    if row is not None:
        key, value = values[b % len(values)]
        world.sheet.set(row, **{key: value})


@rule(6)
def move(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    row = _row(world, a)
    if row is not None:
        world.sheet.set(row, date=world.day(b % 9))


@rule(8)
def choose_stage(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    row = _row(world, a)
    if row is not None:
        world.sheet.set(row, stage=STAGES[b % len(STAGES)])


@rule(3)
def delete(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    rows = world.sheet.rows["meetings"]
    if rows:
        del rows[a % len(rows)]


@rule(2)
def clear(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    row = _row(world, a)
    for key in TEAM["meetings"] if row is not None else ():
        row[key] = None  # type: ignore[index]


@rule(3)
def copy(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    row = _row(world, a)
    if row is not None and len(world.sheet.rows["meetings"]) < MOST_ROWS:
        world.sheet.rows["meetings"].insert(b % 8, dict(row))


@rule(1)
def paste(world: World, a: int, b: int, c: int) -> None:
    """Paste a whole row over another, hidden cells and all."""
    _before(world)
    one, other = _row(world, a), _row(world, b)
    if one is not None and other is not None:
        other.update(one)


@rule(3)
def sort(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    key = ("contact", "date", "stage", "time")[b % 4]
    world.sheet.rows["meetings"].sort(key=lambda row: str(row.get(key) or "~"), reverse=bool(c % 2))


@rule(1)
def sort_without_id(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    rows = world.sheet.rows["meetings"]
    found = [{k: v for k, v in row.items() if k not in ("id", "contact_id")} for row in rows]
    random.Random(a).shuffle(found)  # noqa: S311 - an order, not a secret
    for row, cells in zip(rows, found, strict=True):
        kept = {key: row.get(key) for key in ("id", "contact_id")}
        row.clear()
        row.update(cells | kept)


@rule(3)
def undo(world: World, a: int, b: int, c: int) -> None:
    """Take back the last things done: service cells come back old, too."""
    for _ in range(1 + a % 2):
        if world.past:
            world.sheet.rows, _ = world.past.pop()


@rule(3)
def edit_person(world: World, a: int, b: int, c: int) -> None:
    _before(world)
    row = _row(world, a, "contacts")
    values: list[tuple[str, object]] = [
        ("reach", REACH[c % len(REACH)]), ("reach", REACH[c % len(REACH)]), ("greeting", "Dear friend,"),
        ("email", (f"p{a % 3}@example.org", f"new{a % 3}@example.org")[c % 2]),
        ("quiet_until", (None, world.day(c % 4))[b % 2]),
    ]  # fmt: skip
    if row is not None:
        key, value = values[b % len(values)]
        world.sheet.set(row, **{key: value})


@rule(3)
def stop_all(world: World, a: int, b: int, c: int) -> None:
    world.sheet.stop_all = a % 6 == 0


@rule(3)
def approve(world: World, a: int, b: int, c: int) -> None:
    """Type the latest code that waits."""
    service = world.here.service
    codes = [x for x in service.ledger.view("toy").codes.values() if not x.released] if service else []
    if codes:
        value = max(codes, key=lambda approval: approval.since).code
        world.sheet.rows["settings"] = [{"setting": "Approve waiting mail", "value": value}]


@rule(3)
def meanwhile(world: World, a: int, b: int, c: int) -> None:
    """Something is done between the next read and the write after it."""
    step = (("sort", "delete", "meet", "choose_stage", "copy", "undo", "sort_log", "move")[a % 8], b, c, a)
    world.faults.between = lambda: act(world, step)


# --- what people do to the log ---------------------------------------------------------------------------------------


@rule(5)
def decide(world: World, a: int, b: int, c: int) -> None:
    """Choose a Decision, mostly for a mail that nobody is sure of."""
    log = world.sheet.log
    doubtful = [row for row in log if str(row.get("result")).startswith(("Not sure", "Refused", "Presumed"))]
    rows = doubtful if doubtful and b % 4 else log
    if rows:
        row = rows[a % len(rows)]
        row["decision"] = (*DECISIONS, DECISIONS[0])[c % 3]
        found = read_key(str(row.get("key") or ""))
        if found and row["decision"] == DECISIONS[0]:
            world.judge.decides(found.key)


@rule(2)
def sort_log(world: World, a: int, b: int, c: int) -> None:
    world.sheet.log.sort(key=lambda row: str(row.get(("key", "result", "to")[b % 3]) or ""), reverse=bool(c % 2))


@rule(1)
def copy_log_row(world: World, a: int, b: int, c: int) -> None:
    if world.sheet.log:
        world.sheet.log.insert(b % (len(world.sheet.log) + 1), dict(world.sheet.log[a % len(world.sheet.log)]))


@rule(1)
def hurt_log(world: World, a: int, b: int, c: int) -> None:
    """Delete a row of the log, clear a result, or type over a key; now and then delete all of it."""
    log = world.sheet.log
    if not log:
        return
    world.log_hurt = True
    if c % 16 == 0:
        log.clear()
    elif b % 3 == 0:
        del log[a % len(log)]
    elif b % 3 == 1:
        log[a % len(log)]["result"] = None
    else:
        log[a % len(log)]["key"] = "x"


# --- what the world does ---------------------------------------------------------------------------------------------


@rule(20)
def cycle(world: World, a: int, b: int, c: int) -> None:
    for machine in world.machines:
        if machine.service is None and world.here.service is None and a % 4:
            machine.start()
    world.cycle()


@rule(8)
def time_passes(world: World, a: int, b: int, c: int) -> None:
    world.go(world.clock.now() + timedelta(minutes=MINUTES[a % len(MINUTES)]), 1 + b % 4)


@rule(4)
def all_is_well(world: World, a: int, b: int, c: int) -> None:
    """Whatever was broken is mended, and a day or two go by."""
    world.faults.sheet, world.faults.mail, world.faults.disk_full, world.faults.slow = "ok", "ok", False, 0
    world.sheet.stop_all = False
    world.here.start()
    world.go(world.clock.now() + timedelta(hours=(2, 26, 50)[a % 3]), 5)


@rule(6)
def crash(world: World, a: int, b: int, c: int) -> None:
    """The process will die at this point, the first or the second time it comes there."""
    world.faults.armed, world.faults.left = POINTS[a % len(POINTS)], b % 3 // 2


@rule(4)
def restart(world: World, a: int, b: int, c: int) -> None:
    machine = world.here
    machine.die() if a % 2 else machine.leave()
    machine.start()


@rule(2)
def lose_ledger(world: World, a: int, b: int, c: int) -> None:
    _swap(world, None)


@rule(2)
def keep_ledger(world: World, a: int, b: int, c: int) -> None:
    world.here.keep()


@rule(2)
def restore_ledger(world: World, a: int, b: int, c: int) -> None:
    """Put an old copy of the ledger in place."""
    if world.here.kept is not None:
        _swap(world, world.here.kept)


def _swap(world: World, content: bytes | None) -> None:
    machine = world.here
    machine.swap(content)
    world.judge.forgiven = world.judge.forgiven or world.log_hurt
    machine.start()


@rule(5)
def mail_answers(world: World, a: int, b: int, c: int) -> None:
    world.faults.mail = MAIL_MODES[a % len(MAIL_MODES)] if b % 3 else "ok"
    world.faults.slow = (0, 0, 1, 25)[c % 4]


@rule(6)
def sheet_answers(world: World, a: int, b: int, c: int) -> None:
    world.faults.sheet = SHEET_MODES[a % len(SHEET_MODES)] if b % 3 == 0 else "ok"


@rule(3)
def disk_fills(world: World, a: int, b: int, c: int) -> None:
    world.faults.disk_full = a % 4 == 0


@rule(1)
def clock_jumps(world: World, a: int, b: int, c: int) -> None:
    """The clock is set: minutes to a day, either way."""
    step = timedelta(minutes=(1, 10, 60, 1440)[a % 4])
    world.clock.at += step if b % 2 else -step


@rule(2)
def the_other(world: World, a: int, b: int, c: int) -> None:
    """A service in another folder starts, and stays only when nobody else is at work; or the one that runs ends."""
    if len(world.machines) < 2:
        return
    one, other = world.machines if world.machines[0].service else reversed(world.machines)
    if a % 3 == 0:
        one.leave() if b % 2 else one.die()
    other.start()
    other.cycle()


_NAMES = tuple(RULES)
_WEIGHTS = tuple(sum(weight for weight, _ in list(RULES.values())[: at + 1]) for at in range(len(RULES)))
