"""Five thousand meetings: what a cycle costs in requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sync.app.cycle import run_cycle
from tests.fakes.sheets import serial
from tests.system.town import town

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=ZoneInfo("Europe/Bratislava"))
MANY = 5000


def test_a_cycle_without_changes_is_one_read_and_with_changes_at_most_three_and_two(tmp_path: Path) -> None:
    with town(tmp_path, now=NOW) as made:
        hand = made.hand
        made.type_row("Team", 2, Name="Jana", Email="jana@example.org")
        made.type_row("Contacts", 2, Name="Anna Kováčová", Email="anna@example.org")
        columns = {header: hand.column("Meetings", header) for header in hand.headers("Meetings")}
        width = max(columns.values()) + 1
        rows = []
        for index in range(MANY):
            row: list[object] = [None] * width
            row[columns["Contact"]], row[columns["Stage"]] = "Anna Kováčová", "Agreed"
            row[columns["Date"]] = serial(NOW.date() + timedelta(days=5 + index % 300))
            row[columns["Time"]] = 0.5 + index / 50_000
            row[columns["Place ✉"]], row[columns["Organizer"]] = "Café", "Jana"
            rows.append(row)
        hand.fill("Meetings", "A2", rows)
        service = made.services()
        run_cycle(service)
        run_cycle(service)
        for change, reads, writes in ((False, 1, 0), (True, 3, 2), (False, 1, 0)):
            if change:
                made.type_row("Meetings", 7, Stage="Draft")
                made.type_row("Meetings", 4000, Place="Library")
            made.clock.advance(timedelta(seconds=60))
            made.emulator.reset_log()
            run_cycle(service)
            assert made.emulator.reads <= reads
            assert made.emulator.writes <= writes
            if not change:
                assert (made.emulator.reads, made.emulator.writes) == (1, 0)
        assert hand.under("Meetings", "What happens next", 7) == "Nothing goes yet. Choose Invite when you are ready."
        assert made.mail.kept.mails == []
        service.ledger.close()
