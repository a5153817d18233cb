"""What `sync setup` puts into ``Settings``: the team's name and its time zone, where nobody has typed any."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.system.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def values(desk: Desk) -> list[object]:
    rows = {row[0].value: row[1].value for row in load_workbook(desk.book)["Settings"].iter_rows(min_row=2)}
    return [rows["Team name"], rows["Default time zone"]]


def test_a_zone_that_is_none_is_refused_with_the_nearest(desk: Desk) -> None:
    wrong = desk.sync("setup", "--yes", "--workbook", "people.xlsx", "--sender", "me@example.org", "--no-practice",
                      "--zone", "bratislva")  # fmt: skip
    assert wrong.exit_code == 3
    assert "time zone like Europe/Bratislava" in wrong.stderr
    assert list(desk.folder.iterdir()) == []


def test_options_fill_what_is_blank_and_nothing_else(desk: Desk) -> None:
    desk.setup("--no-practice", "--zone", "europe/london")
    assert values(desk) == [None, "Europe/London"]
    again = desk.sync("setup", "--yes", "--team-name", "Harbour", "--zone", "Europe/Prague")
    assert again.exit_code == 0, again.output
    assert values(desk) == ["Harbour", "Europe/London"]
    assert "not used" not in again.stderr
    assert "Settings: filled in Team name." in again.stdout


def test_the_name_a_person_types_stands_in_the_sheet(desk: Desk) -> None:
    typed = ["workbook", "people.xlsx", "outbox", "team@example.org", "Harbour Street", "outbox", "n", "y", "n"]
    done = desk.sync("setup", "--zone", "Europe/London", answers=typed)
    assert done.exit_code == 0, done.output
    assert values(desk) == ["Harbour Street", "Europe/London"]
    desk.set("Team name", "")
    assert desk.sync("setup", answers=[""] * 8 + ["n"]).exit_code == 0
    assert values(desk) == [None, "Europe/London"]
