"""The Sheets emulator on a bad day: access, quotas, tokens, people, faults, and its speed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import gspread
import pytest
import requests
from google.auth.exceptions import RefreshError

from tests.fakes.sheets import Quota, Switches, faults
from tests.fakes.sheets.client import Client, tag, trial

Json = dict[str, Any]
TABLE = [["Name", "Email", "ID"], ["Anna", "anna@example.org", "ia"], ["Bob", "bob@example.org", "ib"]]


@pytest.fixture
def client() -> Iterator[Client]:
    with trial(today=lambda: date(2027, 3, 1)) as made:
        made.book.hand.fill("Sheet1", "A1", [list(row) for row in TABLE])
        yield made


# access, quotas, tokens


def test_refusals_of_access(client: Client) -> None:
    book, emulator = client.book, client.emulator
    book.hand.make_viewer()
    assert client.get("A1")["values"] == [["Name"]]
    assert client.refused("post", "/values/A1:clear") == (403, "The caller does not have permission")
    book.hand.unshare()
    assert client.refused("get", "") == (403, "The caller does not have permission")
    book.hand.share()
    book.office = True
    assert client.refused("get", "") == (400, "This operation is not supported for this document")
    emulator.remove(book)
    assert client.refused("get", "") == (404, "Requested entity was not found.")
    emulator.api_enabled = False
    assert "has not been used in project" in client.refused("get", "")[1]


def test_protected_cells_refuse_the_robot_but_a_warning_does_not(client: Client) -> None:
    client.book.hand.protect("Sheet1", "A1:A3", warning_only=True)
    client.file.sheet1.update_acell("A2", "x")
    client.book.hand.protect("Sheet1", "A1:A3")
    body = {"valueInputOption": "RAW", "data": [{"range": "A1", "values": [["x"]]}]}
    message = client.refused("post", "/values:batchUpdate", body)[1]
    assert message.startswith("Invalid data[0]: You are trying to edit a protected cell or object.")


def test_strict_validation_may_refuse_the_api() -> None:
    with trial(switches=Switches(validation_refuses_api=True)) as made:
        rule = {"condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "y"}]}, "strict": True}
        made.batch({"setDataValidation": {"range": {"sheetId": 0, "endRowIndex": 1}, "rule": rule}})
        made.file.sheet1.update_acell("A1", "y")
        with pytest.raises(gspread.exceptions.APIError, match="violates the data validation rules"):
            made.file.sheet1.update_acell("A1", "z")


def test_the_quota_is_sixty_a_minute() -> None:
    now = [0.0]
    with trial(quota=Quota(reads=3, writes=1, clock=lambda: now[0])) as made:
        for _ in range(3):
            made.get("A1")
        code, message = made.refused("get", "/values/A1")
        assert (code, message[:50]) == (429, "Quota exceeded for quota metric 'Read requests' an")
        made.call("post", "/values/A1:clear")
        now[0] = 61
        made.get("A1")
        assert (made.emulator.reads, made.emulator.writes) == (5, 1)


def test_tokens_end_and_the_endpoint_can_fail() -> None:
    now = [0.0]
    with trial(clock=lambda: now[0], token_lifetime=100) as made:
        tokens = made.emulator.tokens
        made.get("A1")
        now[0] = 101
        made.get("A1")
        assert tokens.calls == 2
        tokens.expire_all()
        tokens.always = "clock"
        with pytest.raises(RefreshError, match="short-lived token"):
            made.get("A1")
        tokens.always = 502
        with pytest.raises(RefreshError, match="502"):
            made.get("A1")


def test_the_key_file_is_private(client: Client, tmp_path: Path) -> None:
    path = client.emulator.key_file(tmp_path)
    assert json.loads(path.read_text())["token_uri"] == f"{client.emulator.url}/token"
    assert path.stat().st_mode & 0o777 == 0o600


# the human hand


def test_hooks_run_between_requests(client: Client) -> None:
    def before(number: int, method: str, path: str) -> None:
        if method == "PUT":
            client.book.hand.insert_rows("Sheet1", 2)

    client.emulator.before_request = before
    client.call("put", "/values/C2", {"values": [["lost"]]}, valueInputOption="RAW")
    assert client.book.hand.rows("Sheet1")[1:3] == [[None, None, "lost"], ["Anna", "anna@example.org", "ia"]]
    (write,) = client.book.written_cells
    assert (write.tab, write.row, write.column, write.header, write.old, write.new) == (
        "Sheet1", 2, "C", "ID", None, "lost",
    )  # fmt: skip


def test_what_a_person_can_do_can_be_undone(client: Client) -> None:
    hand = client.book.hand
    actions: list[Callable[[], object]] = [
        lambda: hand.type_under("Sheet1", "Email", 2, "x"),
        lambda: hand.sort("Sheet1", "Name", descending=True),
        lambda: hand.sort("Sheet1", "Name", descending=True, cells="A2:B3"),
        lambda: hand.insert_rows("Sheet1", 2),
        lambda: hand.delete_rows("Sheet1", 2),
        lambda: hand.move_rows("Sheet1", 3, 2),
        lambda: hand.cut_rows("Sheet1", 2, 7),
        lambda: hand.copy_rows("Sheet1", 2, 4),
        lambda: hand.paste("Sheet1", "B5", "a\tb\nc"),
        lambda: hand.clear("Sheet1", "A2:B3"),
        lambda: hand.insert_columns("Sheet1", "Email"),
        lambda: hand.delete_columns("Sheet1", "Email"),
        lambda: hand.move_column("Sheet1", "ID", "Name"),
        lambda: hand.duplicate_column("Sheet1", "Name"),
        lambda: hand.rename_column("Sheet1", "Email", "Mail"),
        lambda: hand.rename_tab("Sheet1", "Renamed"),
        lambda: hand.duplicate_tab("Sheet1"),
    ]
    for action in actions:
        action()
        assert hand.book.tabs[0].title == "Renamed" or len(hand.book.tabs) == 2 or hand.rows("Sheet1") != TABLE
        hand.undo()
        assert hand.rows("Sheet1") == TABLE
        action()
        client.file.get_worksheet(0).update_acell("Y9", "robot")  # undo must not take this back
        hand.undo()
        assert [row[:3] for row in hand.rows("Sheet1")[:3]] == TABLE
        assert any("robot" in row for row in hand.rows("Sheet1"))
        client.file.get_worksheet(0).batch_clear(["A5:Z20"])


def test_a_copy_of_the_file_is_not_shared(client: Client) -> None:
    client.batch(tag(2))
    twin = client.emulator.copy_spreadsheet(client.book)
    assert (twin.title, twin.role, len(twin.state.metadata)) == ("Copy of Trial", None, 1)
    twin.hand.type("Sheet1", "A1", "changed")
    assert client.book.hand.value("Sheet1", "A1") == "Name"


# faults


def test_faults_come_when_planned(client: Client) -> None:
    emulator, sheet = client.emulator, client.file.sheet1
    plan = emulator.faults
    for body in ("json", "html", "empty"):
        plan.add(faults.status(503, body), "PUT")
        assert client.get("A1")
        with pytest.raises(gspread.exceptions.APIError):
            sheet.update_acell("A9", body)
    assert client.book.hand.value("Sheet1", "A9") is None
    cases = [
        (faults.reset(), requests.ConnectionError, False),
        (faults.reset(applied=True), requests.ConnectionError, True),
        (faults.status(503, applied=True), gspread.exceptions.APIError, True),
        (faults.cut(), requests.JSONDecodeError, True),
        (faults.cut(closes=True), requests.exceptions.ChunkedEncodingError, True),
        (faults.hang(0.1), requests.ConnectionError, False),
    ]
    for number, (fault, error, applied) in enumerate(cases):
        plan.add(fault, "write")
        with pytest.raises(error):
            sheet.update_acell("A9", number)
        assert (client.book.hand.value("Sheet1", "A9") == number) is applied
    plan.add(faults.status(429), nth=2, times=2)
    assert client.get("A1")
    for _ in range(2):
        assert client.refused("get", "/values/A1")[0] == 429
    plan.add(faults.slow(0.1))
    assert client.get("A1")["values"] == [["Name"]]


def test_a_hanging_request_ends_when_released(client: Client) -> None:
    fault = client.emulator.faults.add(faults.hang(60, applied=True), "write")
    client.emulator.after_request = lambda *_: fault.released.set()
    with pytest.raises(requests.ConnectionError):
        client.call("put", "/values/A9", {"values": [["x"]]}, valueInputOption="RAW")
    assert client.book.hand.value("Sheet1", "A9") == "x"


# speed


def test_fifty_thousand_rows_read_in_about_a_second(client: Client) -> None:
    rows: list[list[Any]] = [[f"r{r}" if c % 5 else r for c in range(25)] for r in range(50_000)]
    client.book.hand.fill("Sheet1", "A1", rows)
    query = {"valueRenderOption": "UNFORMATTED_VALUE", "prettyPrint": "false"}
    start = time.perf_counter()
    answer = client.get("Sheet1", **query)
    read = time.perf_counter() - start
    assert answer["values"] == rows
    data = [{"range": f"Sheet1!B{r}:C{r}", "values": [["x", r]]} for r in range(1, 2001)]
    start = time.perf_counter()
    client.call("post", "/values:batchUpdate", {"valueInputOption": "RAW", "data": data})
    written = time.perf_counter() - start
    assert len(client.book.written_cells) == 4000
    assert (read < 5, written < 5) == (True, True), (read, written)
