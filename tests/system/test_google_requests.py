"""How many requests a cycle costs on Google Sheets, counted on the wire (``design.md`` 9, Requests)."""

from __future__ import annotations

from pathlib import Path

from sync.app.cycle import run_cycle
from sync.app.service import Service
from tests.system.test_google_week import begin, moment
from tests.system.town import Town, town


def cost(made: Town, service: Service) -> tuple[int, int]:
    """Do one cycle and return how many reads and writes it took."""
    made.emulator.reset_log()
    run_cycle(service)
    kinds = [request.kind for request in made.emulator.requests]
    return kinds.count("read"), kinds.count("write")


def test_a_cycle_costs_no_more_requests_than_promised(tmp_path: Path) -> None:
    with town(tmp_path, now=moment(0, "12:00")) as made:
        service = made.services()
        cost(made, service)
        assert cost(made, service) == (1, 0), "nothing has changed"
        begin(made)
        made.clock.to(moment(0, "12:01"))
        assert cost(made, service) == (2, 1), "a row was typed"
        made.clock.to(moment(0, "12:02"))
        assert cost(made, service) == (1, 0)
        assert made.kinds() == []
        made.clock.to(moment(0, "12:06"))
        reads, writes = cost(made, service)
        assert made.kinds() == ["confirmation"]
        assert reads <= 4, "with mail: 2 reads more"
        assert writes <= 3, "with mail: 2 writes more"
        log = made.hand.table("Mail log")
        assert [(row["Message"], str(row["Result"])[:4], str(row["Key"])[:2]) for row in log] == [
            ("confirmation", "Sent", "1 ")]  # fmt: skip
        made.clock.to(moment(0, "12:07"))
        assert cost(made, service) == (1, 0)
        service.mailer.close()
        service.ledger.close()
