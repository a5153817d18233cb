"""Google spreadsheets for the tests of the backend: an empty one, and one that is set up and filled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.core.ports import CellEdit, RowRef
from tests.contract.google_sheet import PEOPLE, check_traffic, id_of
from tests.contract.harness_google import GoogleHarness, open_harness
from tests.fakes.sheets.book import State


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[GoogleHarness]:
    """A new spreadsheet; all that was sent to Google is judged at the end."""
    harness = open_harness(tmp_path)
    yield harness
    check_traffic(harness.emulator)
    harness.close()


@pytest.fixture(scope="session")
def google_state(tmp_path_factory: pytest.TempPathFactory) -> State:
    """A set-up sheet with five contacts that have their ids; made once, and copied for each test."""
    harness = open_harness(tmp_path_factory.mktemp("ready"))
    backend = harness.backend()
    backend.repair()
    harness.hand.fill("Contacts", "A2", [[name] for name in PEOPLE])
    edits = [CellEdit(RowRef("contacts", "", row, name), "id", id_of(name)) for row, name in enumerate(PEOPLE, 2)]
    backend.read()
    assert backend.write(edits, {}).cells == 5
    harness.close()
    return harness.state()


@pytest.fixture
def google(bare: GoogleHarness, google_state: State) -> GoogleHarness:
    """A set-up sheet of one's own."""
    bare.restore(google_state)
    return bare
