"""Two services on one sheet: one works, the other says who is there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sync.app.foreign import refuse_beside_another, release
from sync.core.errors import HeldByAnother
from sync.core.marks import Mark, read_mark
from tests.fakes.office import Office


def test_another_installation_is_refused_until_its_heartbeat_is_stale_or_it_left(tmp_path: Path) -> None:
    (tmp_path / "two").mkdir()
    one = Office(tmp_path)
    two = Office(tmp_path / "two", started=False)
    two.service.backend = one.sheet
    two.service.install, two.service.nonce = "elsewhere", "two"
    now = one.clock.now()
    refuse_beside_another(one.service, now, strict=True)
    with pytest.raises(HeldByAnother):
        refuse_beside_another(two.service, now, strict=False)
    refuse_beside_another(two.service, now + timedelta(minutes=31), strict=False)
    release(two.service)
    with pytest.raises(HeldByAnother):
        refuse_beside_another(two.service, now, strict=False)
    release(one.service)
    refuse_beside_another(two.service, now, strict=True)
    one.ledger.close()
    two.ledger.close()


def test_a_predecessor_that_died_is_no_stranger_at_the_start(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.service.nonce = "next"
    refuse_beside_another(office.service, office.clock.now(), strict=False)
    with pytest.raises(HeldByAnother):
        refuse_beside_another(office.service, office.clock.now(), strict=True)
    office.ledger.close()


@pytest.mark.parametrize("text", ["", "x", "a b c d e", "a b 1 2026 -", "a b 1 - - -"])
def test_what_is_no_mark_is_no_stranger(text: str) -> None:
    assert read_mark(text) is None


def test_a_mark_is_read_as_it_was_written(tmp_path: Path) -> None:
    office = Office(tmp_path)
    mark = Mark("i", "n", 7, office.clock.now(), None)
    assert read_mark(mark.text()) == mark
    office.ledger.close()
