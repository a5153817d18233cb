"""One harness for every kind of spreadsheet; see :mod:`contract.harness`."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from .harness import Harness
from .harness_workbook import WorkbookHarness, with_anna
from .people import add_people

SHEETS = ("workbook", "google")
PRESENT = [name for name in SHEETS if importlib.util.find_spec(f".harness_{name}", __package__)]


@pytest.fixture(params=PRESENT)
def harness(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Harness]:
    """An empty spreadsheet of every kind in turn."""
    module = importlib.import_module(f".harness_{request.param}", __package__)
    made: Harness = module.open_harness(tmp_path)
    yield made
    made.close()


@pytest.fixture
def ready(harness: Harness) -> Harness:
    """A spreadsheet that was set up."""
    harness.backend().repair()
    return harness


@pytest.fixture
def people(ready: Harness) -> Harness:
    """A spreadsheet with three contacts that have their ids."""
    add_people(ready)
    return ready


@pytest.fixture
def sheet(tmp_path: Path) -> WorkbookHarness:
    """A workbook that was set up, with Anna in row 2 of Contacts."""
    return with_anna(tmp_path)
