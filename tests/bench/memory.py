"""Memory of a service at rest on a large sheet, over that of the imported program, next to the decoded answer."""

from __future__ import annotations

import gc
import json
import resource
from pathlib import Path

import psutil

from sync.app.cycle import run_cycle
from sync.app.load import load
from sync.app.wire import wire
from tests.bench.figures import Figure, Size
from tests.bench.idle import ask
from tests.bench.world import NOW, World
from tests.fakes.toy import ToyClock

CYCLES = 3


def decoded(world: World) -> int:
    """Return how many bytes a fresh process grows by when it decodes the answer to the latest read."""
    answer = ask(*world.last_read())
    gc.collect()
    before = _resident()
    found = json.loads(answer)
    grown = _resident() - before
    del found
    return grown


def measure(size: Size, world: World, answer_bytes: int) -> list[Figure]:
    """Start a service on the world's settled sheet and let it work; ``answer_bytes``: the decoded answer's size."""
    clock = ToyClock(NOW)
    (service,) = wire(load(Path(world.config())), clock=clock)
    service.ledger.view(service.sheet + " nobody's")
    gc.collect()
    imported = _resident()
    for _ in range(CYCLES):
        run_cycle(service)
        world.change(2)
    run_cycle(service)
    at_rest = _resident() - imported
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - imported
    service.ledger.close()
    return [Figure(
        f"memory at {2 * size.rows:,} rows over the imported program", at_rest / answer_bytes, "× the decoded answer",
        "≤ 3", at_rest <= 3 * answer_bytes,
        f"{_mb(at_rest)}, at its peak {_mb(peak)} ({peak / answer_bytes:.1f} ×); imported program {_mb(imported)}",
        f"decoded answer: {_mb(answer_bytes)}",
    )]  # fmt: skip


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def _mb(number: float) -> str:
    return f"{number / 1e6:.0f} MB"
