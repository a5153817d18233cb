"""``python -m tests.bench``: all measurements in one run, as a Markdown table.

The outside world has a process of its own, and so has every measurement, so that none pays for another's memory.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from tests.bench import cycles, idle, mails, memory, script, start
from tests.bench.figures import FULL, QUICK, Figure, Size, seconds, table
from tests.bench.world import NOW, Worlds

P = ParamSpec("P")
T = TypeVar("T")


def alone(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what ``work`` returns, in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, args, kwargs)


def measured(size: Size) -> Iterator[Figure]:
    """Yield the figures as they are found."""
    with Worlds(ctx=multiprocessing.get_context("spawn")) as worlds:
        world = worlds.World(size.rows)
        told = alone(script.run, world.address(), NOW.date(), size.changed)
        yield from alone(idle.measure, size, world, told)
        yield from alone(cycles.measure, size, told)
        yield from alone(mails.measure, size, world)
        yield from start.measure(size)
        yield from alone(memory.measure, size, world, alone(memory.decoded, world))
        bugs = world.bugs()
        world.close()
    if bugs:
        raise RuntimeError("\n".join(bugs))


def main() -> None:
    """Print the table; say on stderr how far we are."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that it works, not to compare")
    size = QUICK if parser.parse_args().quick else FULL
    began, figures = time.perf_counter(), []
    for figure in measured(size):
        figures.append(figure)
        print(f"{seconds(time.perf_counter() - began):>8}  {figure.measure}: {figure.ratio:.2f}", file=sys.stderr)
    print(table(figures), end="")


if __name__ == "__main__":
    main()
