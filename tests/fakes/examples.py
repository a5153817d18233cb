"""How many examples a test with made-up values is given."""

from __future__ import annotations

from hypothesis import settings


def examples(times: float = 1) -> settings:
    """Return the settings of a test that deserves ``times`` as many examples as usual, in a soak too."""
    return settings(max_examples=round(settings().max_examples * times))
