"""What a measurement says, and how often it is taken."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """How much is measured: rows of each of the two large tabs, mails, and runs of each measurement."""

    rows: int
    changed: int
    mails: int
    runs: int


FULL = Size(rows=25_000, changed=100, mails=1000, runs=5)
QUICK = Size(rows=500, changed=10, mails=40, runs=2)


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    ``ratio`` is what does not depend on the machine, ``target`` what it should be (``design.md`` 9), ``met`` whether
    it is; ``ours`` and ``beside`` are words with the times of this machine.
    """

    measure: str
    ratio: float
    unit: str
    target: str
    met: bool | None
    ours: str
    beside: str


def median(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def wall(work: Callable[[], object]) -> float:
    """Return how many seconds ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def own(work: Callable[[], object]) -> float:
    """Return how many seconds of processor time this process spends in ``work``."""
    began = time.process_time()
    work()
    return time.process_time() - began


def seconds(value: float) -> str:
    """Return a time for people: two digits that count."""
    if value < 1:
        return f"{value * 1000:.2g} ms" if value < 0.0995 else f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 100 else f"{value / 60:.0f} min"


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| measure | ratio | target | | ours, this run | beside it, this run |",
        "|---|---|---|---|---|---|",
    ]
    verdicts = {True: "met", False: "missed", None: ""}
    lines += [
        f"| {f.measure} | {f.ratio:.2f} {f.unit} | {f.target} | {verdicts[f.met]} | {f.ours} | {f.beside} |"
        for f in figures
    ]
    return "\n".join(lines) + "\n"
