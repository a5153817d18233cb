"""An idle cycle over HTTP: own processor time beyond receiving the bytes, and requests."""

from __future__ import annotations

import json
from pathlib import Path

import requests

from sync.app.cycle import run_cycle
from sync.app.load import load
from sync.app.wire import wire
from tests.bench.figures import Figure, Size, median, own, seconds
from tests.bench.world import NOW, World
from tests.fakes.toy import ToyClock

SETTLING = 6
"""After so many cycles at most nothing is left to write."""


def measure(size: Size, world: World, script: dict[str, float]) -> list[Figure]:
    """Bring the world's sheet to rest, then measure cycles in which nothing changed."""
    clock = ToyClock(NOW)
    (service,) = wire(load(Path(world.config())), clock=clock)
    for _ in range(SETTLING):
        run_cycle(service)
        if service.idle.settled:
            break
    run_cycle(service)
    world.requests()
    cycles = [own(lambda: run_cycle(service)) for _ in range(2 * size.runs)]
    reads, writes = world.requests()
    answer, receiving = _bare(world, size)
    decoding = median(own(lambda: json.loads(answer)) for _ in range(size.runs))
    beyond = max(median(cycles) - receiving, 0.0)
    service.ledger.close()
    asked = (reads + writes) / len(cycles)
    return [Figure(
        f"idle cycle, {2 * size.rows:,} rows: own CPU beyond receiving", beyond / decoding, "× decoding",
        "≤ 0.2; 1 request", beyond <= 0.2 * decoding and asked == 1,
        f"{seconds(beyond)} beyond {seconds(receiving)}; decoding {seconds(decoding)} of "
        f"{len(answer) / 1e6:.1f} MB; {asked:.0f} request",
        f"script: {seconds(script['read'])}",
    )]  # fmt: skip


def ask(url: str, body: bytes, headers: dict[str, str]) -> bytes:
    """Return the answer to a read, made without our code."""
    return requests.post(url, data=body, headers=headers, timeout=60).content


def _bare(world: World, size: Size) -> tuple[bytes, float]:
    """Return the answer to the read that every cycle makes, and the processor time of a bare request for it."""
    url, body, headers = world.last_read()
    answers: list[bytes] = []
    with requests.Session() as session:

        def receive() -> None:
            answers[:] = [session.post(url, data=body, headers=headers, timeout=60).content]

        receive()
        times = [own(receive) for _ in range(2 * size.runs)]
    return answers[0], median(times)
