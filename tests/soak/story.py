"""One story: a world and a list of steps, from a seed, played again, and made shorter."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.soak.rules import Step, act, draw
from tests.soak.world import World

STEPS = 250


@dataclass(frozen=True)
class Told:
    """What a story came to: how many steps were done, how many copies a server took, what was wrong."""

    steps: int
    copies: int
    wrong: tuple[str, ...]
    died_at: tuple[str, ...] = ()


def steps_of(seed: int, number: int = STEPS) -> tuple[Step, ...]:
    """Return the steps of the story with this seed."""
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    return tuple(draw(chance) for _ in range(number))


def play(steps: Sequence[Step], *, strangers: bool) -> Told:
    """Play a story to its first mistake, or to its quiet end."""
    world = World(strangers=strangers)
    done = 0
    for step in steps:
        act(world, step)
        done += 1
        if world.wrong:
            break
    else:
        world.settle()
    return Told(done, world.judge.sent, tuple(world.wrong), tuple(world.faults.died_at.elements()))


def with_strangers(seed: int) -> bool:
    """Return whether a second service plays in the story with this seed: in every third."""
    return seed % 3 == 0


def shorten(steps: Sequence[Step], *, strangers: bool) -> list[Step]:
    """Return fewer steps that still go wrong: pieces are left out as long as something is wrong without them."""
    kept, size = list(steps), max(len(steps) // 2, 1)
    while size:
        at = 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + size :]
            if play(fewer, strangers=strangers).wrong:
                kept = fewer
            else:
                at += size
        size //= 2
    return kept
