"""What only a database server can do to a ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from sync.core.errors import LedgerError
from sync.core.ports import EntryState, LedgerView
from sync.ledger import open_ledger, open_readonly
from sync.ledger.engine import shared_engine

from .ledgers import SHEET, Place, entry, key, place_for, send

END_THE_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_for("postgresql", tmp_path)


def test_a_server_that_was_restarted_is_met_again(place: Place) -> None:
    ledger = place.open()
    send(ledger, key(), EntryState.SENT)
    engine = shared_engine(place.url)
    with engine.connect() as connection:
        connection.execute(text(END_THE_OTHERS))
    engine.dispose()
    assert set(ledger.view(SHEET).entries) == {key()}
    send(ledger, key("rowb"), EntryState.SENT)
    ledger.close()


def test_commits_reach_the_disk_even_where_the_server_thinks_otherwise(place: Place) -> None:
    for server, ours in (("off", "on"), ("remote_write", "remote_write")):
        engine = shared_engine(place.url)
        with engine.begin() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = {server}"))
        engine.dispose()
        with engine.connect() as connection:
            assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == ours
            assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "30s"
        engine.dispose()


def test_looking_at_a_database_without_a_ledger_makes_nothing(place: Place) -> None:
    looking = open_readonly(place.url, place.folder)
    assert looking.view(SHEET) == LedgerView()
    looking.close()
    engine = shared_engine(place.url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_who_only_looks_cannot_write(place: Place) -> None:
    ledger = place.open()
    send(ledger, key(), EntryState.SENT)
    looking = open_readonly(place.url, place.folder)
    assert looking.view(SHEET) == ledger.view(SHEET)
    with pytest.raises(LedgerError, match="is read-only"):
        looking.claim(SHEET, entry(key("rowb")))
    looking.close()
    ledger.close()


def test_a_database_that_is_not_there_is_said_in_words(place: Place, tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"^The database localhost/none_\w+ cannot be reached, or"):
        open_ledger(place.url.replace("/ledger_", "/none_"), tmp_path)


def test_a_database_server_that_is_not_there_is_said_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the package psycopg is missing")
    with pytest.raises(LedgerError) as caught:
        open_ledger("postgresql+psycopg://me:hunter2@127.0.0.1:9/team", tmp_path)
    assert str(caught.value) == (
        "The database 127.0.0.1/team cannot be reached, or does not let us in. "
        "Start it, or correct name, password and database under ledger in config.yaml."
    )
    with pytest.raises(LedgerError, match="The address of the ledger cannot be read"):
        open_ledger("postgresql+psycopg://me:hunter2@host:notaport/team", tmp_path)
