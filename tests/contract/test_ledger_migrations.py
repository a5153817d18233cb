"""How the tables of a ledger come to be, and how an older ledger becomes a newer one without losing a mail."""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text

from sync.core.errors import HeldByAnother, LedgerError
from sync.core.ports import EntryState
from sync.ledger import daemon_lock, ledger_file, migrations, open_ledger, open_readonly
from sync.ledger.engine import shared_engine, sqlite_engine
from sync.ledger.schema import prepare

from .ledgers import SHEET, Place, hold_daemon_lock, key, open_and_close, place_for, send, start

NEXT = "0002"
STEP = """
from alembic import op
import sqlalchemy as sa
revision = "0002"
down_revision = "0001"
def upgrade():
    op.add_column("mail", sa.Column("colour", sa.String()))
    op.execute("UPDATE mail SET colour = 'green'")
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_for(request.param, tmp_path)


def engine_of(place: Place) -> Engine:
    file = ledger_file(place.url, place.folder)
    return shared_engine(place.url) if file is None else sqlite_engine(file)


def shape(engine: Engine) -> dict[str, Any]:
    """Everything the database itself says about its tables."""
    found = inspect(engine)
    tables = {
        name: (
            [(c["name"], str(c["type"]), c["nullable"], c["default"], c.get("autoincrement")) for c in columns],
            found.get_pk_constraint(name)["constrained_columns"],
            sorted((i["name"], i["column_names"], i["unique"]) for i in found.get_indexes(name)),
            found.get_foreign_keys(name),
            found.get_unique_constraints(name),
        )
        for name in found.get_table_names()
        for columns in [found.get_columns(name)]
    }
    with engine.connect() as connection:
        tables["version"] = connection.execute(text("SELECT version_num FROM ledger_version")).all()
        tables["id length"] = len(connection.execute(text("SELECT value FROM meta")).scalar_one())
    return tables


def next_step(folder: Path, step: str = STEP) -> Path:
    """Our migrations and one more, as a later version would ship them."""
    scripts = folder / "100% later" / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, scripts)
    (scripts / "versions" / "v0002_colour.py").write_text(step)
    return scripts


def test_a_ledger_made_anew_equals_one_made_by_every_migration(place: Place, tmp_path: Path) -> None:
    place.open().close()
    fresh = engine_of(place)
    stepped = engine_of(place_for(fresh.dialect.name, tmp_path / "stepped"))
    with stepped.begin() as connection:
        migrations.upgrade(connection)
    assert shape(fresh) == shape(stepped)
    assert len(shape(fresh)) == 10
    fresh.dispose()
    stepped.dispose()


def test_a_ledger_made_by_migrations_works(place: Place) -> None:
    engine = engine_of(place)
    with engine.begin() as connection:
        migrations.upgrade(connection)
    engine.dispose()
    ledger = place.open()
    send(ledger, key(), EntryState.SENT)
    assert ledger.id.startswith("l")
    ledger.close()


def test_a_newer_ledger_is_refused_and_not_touched(place: Place) -> None:
    place.open().close()
    engine = engine_of(place)
    with engine.begin() as connection:
        connection.execute(text("UPDATE ledger_version SET version_num = '0099'"))
    before = shape(engine)
    for opening in (open_ledger, open_readonly):
        with pytest.raises(LedgerError, match=r"was made by a newer version of this program\. Update this program"):
            opening(place.url, place.folder)
    assert shape(engine) == before
    engine.dispose()


def test_an_older_ledger_is_brought_up_to_date_with_all_its_mails(place: Place, tmp_path: Path) -> None:
    ledger = place.open()
    send(ledger, key(), EntryState.SENT)
    identity = ledger.id
    ledger.close()
    engine = engine_of(place)
    file = ledger_file(place.url, place.folder)
    prepare(engine, file, head=NEXT, scripts=next_step(tmp_path))
    prepare(engine, file, head=NEXT, scripts=tmp_path / "not needed any more")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT about, state, colour FROM mail")).all() == [("rowa", "sent", "green")]
        assert connection.execute(text("SELECT value FROM meta")).scalar_one() == identity
    engine.dispose()


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(place: Place, tmp_path: Path) -> None:
    ledger = place.open()
    send(ledger, key(), EntryState.SENT)
    ledger.close()
    engine = engine_of(place)
    before = shape(engine)
    scripts = next_step(tmp_path, STEP + "    op.execute('no such statement')\n")
    with pytest.raises(LedgerError):
        prepare(engine, ledger_file(place.url, place.folder), head=NEXT, scripts=scripts)
    assert shape(engine) == before
    engine.dispose()
    ledger = place.open()
    assert ledger.view(SHEET).entries[key()].state is EntryState.SENT
    ledger.close()


def test_processes_that_make_the_ledger_at_the_same_moment_make_one(place: Place) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier, ids = spawn.Barrier(3), spawn.Queue()
    processes = [start(open_and_close, place.url, place.folder, barrier, ids) for _ in range(3)]
    assert len({ids.get(timeout=60) for _ in processes}) == 1
    for process in processes:
        process.join(30)
        assert process.exitcode == 0


def test_a_copy_is_kept_before_the_file_is_migrated(tmp_path: Path) -> None:
    place = place_for("sqlite", tmp_path)
    ledger = place.open()
    send(ledger, key(), EntryState.SENT)
    ledger.close()
    file = tmp_path / "commonground.db"
    copy = tmp_path / "commonground.db.before-0002"
    copy.write_text("half a copy, of a try that was cut short")
    engine = sqlite_engine(file)
    prepare(engine, file, head=NEXT, scripts=next_step(tmp_path))
    engine.dispose()
    with sqlite3.connect(copy) as old:
        assert old.execute("SELECT version_num FROM ledger_version").fetchall() == [("0001",)]
        assert old.execute("SELECT about, state FROM mail").fetchall() == [("rowa", "sent")]
    old.close()
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_ledger_is_not_migrated_under_a_running_daemon(tmp_path: Path) -> None:
    place_for("sqlite", tmp_path).open().close()
    file = tmp_path / "commonground.db"
    engine = sqlite_engine(file)
    before = shape(engine)
    scripts = next_step(tmp_path)
    barrier = multiprocessing.get_context("spawn").Barrier(2)
    daemon = start(hold_daemon_lock, file, barrier)
    barrier.wait(30)
    with pytest.raises(HeldByAnother):
        prepare(engine, file, head=NEXT, scripts=scripts)
    daemon.kill()
    daemon.join(30)
    assert shape(engine) == before
    with daemon_lock(file).acquire():
        prepare(engine, file, head=NEXT, scripts=scripts)  # the daemon itself may
    assert shape(engine) != before
    engine.dispose()


def test_who_only_looks_does_not_migrate(tmp_path: Path) -> None:
    place = place_for("sqlite", tmp_path)
    place.open().close()
    with sqlite3.connect(tmp_path / "commonground.db") as other:
        other.execute("UPDATE ledger_version SET version_num = '0000'")
    other.close()
    with pytest.raises(LedgerError, match=r"of an older version\. Start the service once"):
        open_readonly(place.url, place.folder)
