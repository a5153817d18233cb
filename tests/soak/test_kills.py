"""A few kills of the real command at every point; the long series is ``python -m tests.soak`` (P1, P2, P4, P11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.soak.kills import POINTS, Commands, commands, series


@pytest.fixture(scope="module")
def run() -> Iterator[Commands]:
    with commands() as made:
        yield made


@pytest.mark.parametrize("lost", [False, True], ids=["ledger kept", "ledger deleted after each"])
def test_killed_at_every_point_nothing_goes_twice_and_nothing_is_lost(run: Commands, lost: bool) -> None:
    found = series(run, len(POINTS), lose_ledger=lost, seed=5)
    assert found.kills == len(POINTS)
    assert found.doubles == found.lost == 0, found.wrong
    assert not found.wrong
    assert len(found.at) >= len(POINTS) - 1, Counter(found.at)
    # One mail may be in doubt where the ledger was kept, the open batch where it was lost.
    assert found.most_unsure <= (5 if lost else 1)
