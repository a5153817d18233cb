"""Measurements side by side with what a user would write instead: ``python -m tests.bench`` (``design.md`` 9)."""
