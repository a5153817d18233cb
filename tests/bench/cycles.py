"""What a cycle costs in this process: without a network, next to decoding the answer it works on."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, timedelta
from pathlib import Path

from sync.app.cycle import run_cycle
from sync.app.service import Service
from sync.app.wire import read_templates
from sync.core.keys import Keyring
from sync.core.plan import Policy
from sync.core.render import Renderer, Sender
from sync.ledger import open_ledger
from tests.bench import people
from tests.bench.figures import Figure, Size, median, own, seconds, wall
from tests.bench.still import StillSheet
from tests.bench.world import NOW
from tests.fakes.toy import ToyClock, ToyMailer

LONGEST_FIRST = 4.0
"""Seconds that the first cycle may take (``design.md`` 9)."""


def still_service(folder: Path, size: Size) -> tuple[Service, StillSheet, ToyClock]:
    """Return a service on a sheet without a network and a real ledger in ``folder``."""
    sheet = StillSheet({
        "team": people.team(), "contacts": people.contacts(size.rows),
        "meetings": people.meetings(size.rows, size.rows, NOW.date()),
    })  # fmt: skip
    clock = ToyClock(NOW.astimezone(UTC))
    ledger = open_ledger("sqlite:///ledger.db", folder)
    renderer = Renderer(read_templates(), Sender("Harbour Street Co-op", "team@example.org"))
    policy = Policy(Keyring(b"k" * 32), "example.org")
    return Service("", "still", sheet, ledger, ToyMailer(), renderer, policy, clock), sheet, clock


def measure(size: Size, script: dict[str, float]) -> list[Figure]:
    """Measure the first cycle and cycles after which some rows have changed; ``script``: what the script took."""
    with tempfile.TemporaryDirectory() as folder:
        service, sheet, clock = still_service(Path(folder), size)
        fresh = median(wall(lambda: json.loads(sheet.answer)) for _ in range(size.runs))
        first = wall(lambda: run_cycle(service))
        while sheet.edits:
            sheet.edits = 0
            sheet.settle()
            clock.advance(timedelta(seconds=60))
            run_cycle(service)
        decoding, changed = _changed(service, sheet, clock, size)
        service.ledger.close()
    rows = f"{2 * size.rows:,} rows"
    return [
        Figure(f"first cycle, {rows}, without network", first / fresh, "× decoding", "≤ 20, ≤ 4 s",
               first <= 20 * fresh and first <= LONGEST_FIRST, f"{seconds(first)}; decoding {seconds(fresh)}",
               _script(script, "first")),
        Figure(f"cycle in which {size.changed} of {rows} changed", changed / decoding, "× decoding", "≤ 2",
               changed <= 2 * decoding, f"{seconds(changed)}; decoding {seconds(decoding)}",
               _script(script, "changed")),
    ]  # fmt: skip


def _script(script: dict[str, float], which: str) -> str:
    return f"script: {seconds(script['read'])} to read and check, {seconds(script[which])} with its statuses (≈)"


def _changed(service: Service, sheet: StillSheet, clock: ToyClock, size: Size) -> tuple[float, float]:
    """Return the medians of decoding, and of a cycle that meets changed rows, in processor time of this process."""
    decoding, cycles = [], []
    half = size.changed // 2
    for turn in range(size.runs):
        for index in range(half):
            at = index * size.rows // half
            sheet.type("contacts", at, "care_about", f"the playground, said for the {turn}th time")
            sheet.type("meetings", at, "place", f"Library, room {turn}")
        sheet.settle()
        clock.advance(timedelta(seconds=60))
        decoding.append(own(lambda: json.loads(sheet.answer)))
        cycles.append(own(lambda: run_cycle(service)))
        sheet.settle()
        run_cycle(service)
    return median(decoding), median(cycles)
