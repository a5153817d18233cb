"""What the tests of the Google backend share; the spreadsheets themselves come from ``google_fixtures``."""

from __future__ import annotations

import json
from collections.abc import Callable

from sync.core.columns import TAB
from sync.core.ports import CellEdit, RowRef
from tests.contract.harness_google import GoogleHarness
from tests.fakes.sheets import Emulator, discovery, routes

PEOPLE = ("Anna", "Ben", "Cecil", "Dora", "Emil")


def id_of(name: str) -> str:
    return f"r{name.lower()}"


def tell(name: str, text: str, row: int = 0) -> CellEdit:
    return CellEdit(RowRef("contacts", id_of(name), row or PEOPLE.index(name) + 2, name), "next", text)


def calls(harness: GoogleHarness) -> list[str]:
    """The requests since the log was emptied: r for a read, w for a write."""
    return [request.kind[0] for request in harness.emulator.requests if request.kind != "token"]


def sentences(harness: GoogleHarness) -> dict[str, object]:
    """What stands beside each contact, wherever the columns are."""
    table = harness.hand.table("Contacts")
    return {str(row["Name"]): row["What happens next"] for row in table if row["Name"]}


def before(harness: GoogleHarness, piece: str, act: Callable[[], None], nth: int = 1) -> None:
    """Let the hand act between two requests: right before the nth request whose path holds ``piece``."""
    seen = [0]

    def hook(_: int, __: str, path: str) -> None:
        seen[0] += piece in path
        if piece in path and seen[0] == nth:
            harness.emulator.before_request = None
            act()

    harness.emulator.before_request = hook


def no_team_cell_written(harness: GoogleHarness) -> None:
    ours = {c.header for c in TAB["contacts"].columns if c.owner == "service"}
    wrong = [cell for cell in harness.book.written_cells if cell.tab == "Contacts" and cell.header not in ours]
    assert wrong == []


def check_traffic(emulator: Emulator) -> None:
    """Every body that went out fits Google's own description, and nothing was written but RAW."""
    for request in emulator.requests:
        route = routes.find(request.method, request.path) if request.kind in {"read", "write"} else None
        if route is not None and request.body:
            body = json.loads(request.body)
            assert discovery.check_body(route.method["request"]["$ref"], body) == []
            assert body.get("valueInputOption", "RAW") == "RAW"
            assert "fields" not in request.query or "*" not in request.query["fields"][-1]
