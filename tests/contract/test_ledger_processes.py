"""Several processes on one ledger, processes that are killed, and the time that it takes."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.core.ports import EntryState, LedgerView, RowMemory
from sync.ledger.ledger import SqlLedger

from .ledgers import SHEET, Place, entry, key, place_for, race, send, send_for_ever, start, told


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_for(request.param, tmp_path)


@pytest.fixture
def ledger(place: Place) -> Iterator[SqlLedger]:
    opened = place.open()
    yield opened
    opened.close()


def test_a_view_shows_what_another_process_did_meanwhile(ledger: SqlLedger, place: Place) -> None:
    assert ledger.view(SHEET) == LedgerView()
    other = place.open()
    send(other, key(), EntryState.SENT)
    other.observe(SHEET, rows=[RowMemory("meetings", "rowa", "f")])
    assert set(ledger.view(SHEET).entries) == {key()}
    assert set(ledger.view(SHEET).rows) == {"rowa"}
    other.close()


def test_of_two_processes_that_want_one_mail_exactly_one_may_send_it(place: Place) -> None:
    place.open().close()
    keys = [key(f"row{number}") for number in range(25)]
    spawn = multiprocessing.get_context("spawn")
    barrier, won = spawn.Barrier(2), spawn.Queue()
    processes = [start(race, place.url, place.folder, keys, barrier, won) for _ in range(2)]
    winners: Counter[object] = Counter()
    while winners[None] < len(processes):
        winners[won.get(timeout=60)] += 1
    for process in processes:
        process.join(30)
    del winners[None]
    assert winners == Counter(keys)


def test_nothing_that_was_committed_is_lost_when_the_process_is_killed(place: Place) -> None:
    place.open().close()
    reading, writing = multiprocessing.get_context("spawn").Pipe(duplex=False)
    process = start(send_for_ever, place.url, place.folder, writing)
    writing.close()
    said = b""
    while said.count(b"\n") < 40:
        said += os.read(reading.fileno(), 4096)
    process.kill()
    process.join(30)
    while more := os.read(reading.fileno(), 4096):
        said += more
    reading.close()
    acknowledged = said.decode().split("\n")[:-1]
    ledger = place.open()
    entries = ledger.view(SHEET).entries
    ledger.close()
    assert [entries[key(about)].state for about in acknowledged] == [EntryState.SENT] * len(acknowledged)


def test_the_view_of_a_large_sheet_is_quick(tmp_path: Path) -> None:
    place = place_for("sqlite", tmp_path)
    ledger = place.open()
    ledger.observe(SHEET, rows=[RowMemory("meetings", f"row{n}", f"fingerprint{n}") for n in range(25_000)])
    mails = [
        entry(key(f"row{n}"), EntryState.SKIPPED, told=told(), reason="Agreed too late for a two-day reminder.")
        for n in range(10_000)
    ]
    ledger.skip(SHEET, mails)
    ledger.close()
    seconds, idle = [], []
    for _ in range(3):
        ledger = place.open()
        began = time.process_time()
        view = ledger.view(SHEET)
        seconds.append(time.process_time() - began)
        began = time.process_time()
        again = ledger.view(SHEET)
        idle.append(time.process_time() - began)
        assert again == view
        ledger.close()
    assert (len(view.rows), len(view.entries)) == (25_000, 10_000)
    assert min(seconds) <= 0.5, seconds
    assert min(idle) <= 0.01, idle
