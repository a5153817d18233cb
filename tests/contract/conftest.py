"""One harness for every kind of spreadsheet; see :mod:`contract.harness`."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .harness import Harness
from .harness_workbook import WorkbookHarness, with_anna
from .people import add_people

SHEETS = ("workbook", "google")
PRESENT = [name for name in SHEETS if importlib.util.find_spec(f".harness_{name}", __package__)]


@pytest.fixture(params=PRESENT)
def kind(request: pytest.FixtureRequest) -> ModuleType:
    """The module of every kind of spreadsheet in turn."""
    return importlib.import_module(f".harness_{request.param}", __package__)


@pytest.fixture
def harness(kind: ModuleType, tmp_path: Path) -> Iterator[Harness]:
    """An empty spreadsheet of every kind in turn."""
    made: Harness = kind.open_harness(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def set_up() -> dict[str, Any]:
    """What a spreadsheet that was set up holds, by the name of its kind's module; filled when first needed."""
    return {}


@pytest.fixture
def ready(
    kind: ModuleType, harness: Harness, set_up: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> Harness:
    """A spreadsheet that was set up; that is done once for each kind, and then put into every test's own."""
    if kind.__name__ not in set_up:
        first: Harness = kind.open_harness(tmp_path_factory.mktemp("set-up"))
        first.backend().repair()
        set_up[kind.__name__] = first.state()
        first.close()
    harness.restore(set_up[kind.__name__])
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
