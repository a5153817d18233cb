"""One team's service: the parts that a cycle works with, chosen once by ``wire``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from ..core.errors import SyncError
from ..core.intent import Plan
from ..core.keys import row_id
from ..core.plan import Policy
from ..core.ports import Backend, Ledger, LogLine, Mailer, MailKey
from ..core.render import Renderer
from ..core.settings import Settings
from .clock import Clock


def fresh_ids(random: Callable[[int], bytes] = os.urandom) -> Iterator[str]:
    """Yield new row ids for ever; 80 random bits each."""
    while True:
        yield row_id(random(10))


@dataclass(slots=True)
class Idle:
    """What the last cycle saw, so that a cycle without changes costs one read: the digest, and when to look again."""

    digest: str = ""
    wake: datetime | None = None
    settled: bool = False  # the last cycle ended with nothing left to write
    waiting: int = 0
    problems: int = 0


@dataclass(slots=True)
class Service:
    """One team: its sheet, its ledger, its way to send, and the rules it was given."""

    name: str
    sheet: str  # what snapshots of this backend call themselves; scopes the ledger
    backend: Backend
    ledger: Ledger
    mailer: Mailer
    renderer: Renderer
    policy: Policy
    clock: Clock
    every: int = 60
    safe_to: str = ""
    batch: int = 50  # mails that fit into one batch at the pace of the mail account
    ids: Iterator[str] = field(default_factory=fresh_ids)
    stopping: Callable[[], bool] = lambda: False
    idle: Idle = field(default_factory=Idle)
    mail_error: SyncError | None = None  # why the mail account cannot be used just now
    mail_pause: float = 0.0  # and before when (of the clock's count of seconds) it is not tried again
    written: datetime | None = None  # when this process last wrote into the sheet, with the heartbeat
    at_hand: Callable[[], AbstractContextManager[object]] = nullcontext  # entered around each mail
    last_plan: Plan | None = None
    install: str = ""  # stands for this installation's key in the sheet
    nonce: str = ""  # stands for this process
    announces: bool = False  # leaves its mark in the first cycle although nothing changed: a daemon
    take_over: bool = False  # somebody says that the other machine is dead
    asked_at: float | None = None  # when we last looked whether somebody else is at work (monotonic seconds)
    lines: dict[MailKey, LogLine] = field(default_factory=dict)  # whole log lines that wait to be written
    settings: Settings | None = None  # the last good ones, for values that cannot be read now
