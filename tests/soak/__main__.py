"""``python -m tests.soak``: kills of the real command, then a million steps; ends with 1 when something was wrong."""

from __future__ import annotations

import argparse
import os
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field

from tests.soak.kills import commands, series
from tests.soak.parts import POINTS
from tests.soak.story import STEPS, play, shorten, steps_of, with_strangers

CHUNK = 10


@dataclass
class Sum:
    """What many stories came to; ``wrong`` maps seeds to their first mistake."""

    stories: int = 0
    steps: int = 0
    copies: int = 0
    died_at: Counter[str] = field(default_factory=Counter)
    wrong: dict[int, str] = field(default_factory=dict)

    def add(self, other: Sum) -> None:
        """Add another sum."""
        self.stories += other.stories
        self.steps += other.steps
        self.copies += other.copies
        self.died_at += other.died_at
        self.wrong |= other.wrong


def tell(first: int, number: int) -> Sum:
    """Play stories with the seeds from ``first`` on."""
    total = Sum()
    for seed in range(first, first + number):
        total.stories += 1
        try:
            told = play(steps_of(seed), strangers=with_strangers(seed))
        except Exception:  # noqa: BLE001 - whatever is raised is a mistake of this story
            total.wrong[seed] = traceback.format_exc(limit=-3)
            continue
        total.steps += told.steps
        total.copies += told.copies
        total.died_at.update(told.died_at)
        if told.wrong:
            total.wrong[seed] = told.wrong[0]
    return total


def many(first: int, steps: int, until: float, processes: int) -> Sum:
    """Play stories in several processes, until so many steps are done or the time is up."""
    total, began, seeds = Sum(), time.monotonic(), _chunks(first)
    with ProcessPoolExecutor(processes) as pool:
        open_: set[Future[Sum]] = {pool.submit(tell, next(seeds), CHUNK) for _ in range(processes * 2)}
        while open_:
            done, open_ = wait(open_, return_when=FIRST_COMPLETED)
            for future in done:
                total.add(future.result())
                going_on = total.steps + len(open_) * CHUNK * STEPS < steps and time.monotonic() < until
                if going_on:
                    open_.add(pool.submit(tell, next(seeds), CHUNK))
            _progress(total, steps, began)
    print(file=sys.stderr)
    return total


def _chunks(first: int) -> Iterator[int]:
    while True:
        yield first
        first += CHUNK


def _progress(total: Sum, steps: int, began: float) -> None:
    speed = total.steps / max(time.monotonic() - began, 0.001)
    text = f"\r{total.steps:,} of {steps:,} steps, {speed:,.0f} a second, {len(total.wrong)} mistakes"
    print(text, end="", file=sys.stderr, flush=True)


def again(seed: int) -> int:
    """Play one story once more, and print the fewest of its steps that still go wrong."""
    steps, strangers = steps_of(seed), with_strangers(seed)
    told = play(steps, strangers=strangers)
    if not told.wrong:
        print(f"Story {seed}: {told.steps} steps, {told.copies} mails, nothing wrong.")
        return 0
    for step in shorten(steps[: told.steps] if told.steps < len(steps) else steps, strangers=strangers):
        print(f"    {step},")
    print("\n".join(told.wrong[:5]))
    return 1


def main() -> int:
    """Run what the arguments say; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=45, help="stop after so long (default 45)")
    parser.add_argument("--steps", type=int, default=1_000_000, help="steps of the stories (default a million)")
    parser.add_argument("--seed", type=int, default=0, help="the first story's seed (default 0)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--kills", type=int, default=500, help="kills of the real command (default 500)")
    parser.add_argument("--lost", type=int, default=200, help="kills with the ledger deleted after each (default 200)")
    parser.add_argument("--story", type=int, help="play only the story with this seed, and shorten it")
    options = parser.parse_args()
    if options.story is not None:
        return again(options.story)
    until = time.monotonic() + options.minutes * 60
    failed = 0
    if options.kills or options.lost:
        failed += _kill(options.kills, options.lost, options.seed, until)
    if options.steps:
        failed += _stories(options.seed, options.steps, until, options.processes)
    return 1 if failed else 0


def _kill(kills: int, lost: int, seed: int, until: float) -> int:
    failed = 0
    with commands() as run:
        for name, number, lose in (("ledger kept", kills, False), ("ledger deleted after each", lost, True)):
            if not number:
                continue
            figures = series(run, number, lose_ledger=lose, seed=seed, until=until)
            print(f"kills, {name}, seed {seed}: {figures.text()}")
            print("   at " + ", ".join(f"{point} {count}" for point, count in sorted(figures.at.items())))
            for line in figures.wrong:
                print(f"   {line}")
            failed += figures.doubles + figures.lost + len(figures.wrong) + (figures.kills < number)
            sys.stdout.flush()
    return failed


def _stories(seed: int, steps: int, until: float, processes: int) -> int:
    began = time.monotonic()
    total = many(seed, steps, until, processes)
    took = time.monotonic() - began
    print(f"stories, seeds {seed} to {seed + total.stories - 1}: {total.steps:,} steps, {total.copies:,} mails, "
          f"{total.died_at.total():,} crashes at {len(total.died_at)} of {len(POINTS)} points, "
          f"{len(total.wrong)} mistakes, {took / 60:.1f} minutes, {total.steps / took:,.0f} steps/s")  # fmt: skip
    for name, wrong in sorted(total.wrong.items()):
        print(f"   story {name} (python -m tests.soak --story {name}): {wrong}")
    return len(total.wrong) + (total.steps < steps * 0.99)


if __name__ == "__main__":
    sys.exit(main())
