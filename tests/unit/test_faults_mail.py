"""Faults of the mail server, of clocks and of people that ``docs/faults.md`` promises to survive."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from sync.core.errors import ServiceRefused
from sync.core.ports import Receipt, Scope, Verdict
from sync.core.zones import use_pinned, zone
from tests.fakes.office import Office, at

THURSDAY = date(2027, 3, 11)
LIMIT = Receipt(Verdict.REFUSED, Scope.ACCOUNT, "The mail account has reached its limit for today.", "550 5.4.5")
TEXT = Receipt(Verdict.REFUSED, Scope.MAIL, "The mail server refused the text of this mail.", "554 5.6.0")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.ledger.close()


def three(office: Office) -> None:
    """Type three people with a meeting each, the nearest last."""
    for index in range(3):
        office.contact(f"P{index}", f"p{index}@example.org")
        office.meeting(THURSDAY - timedelta(days=index), contact=f"P{index}")


def test_a_limit_of_the_account_costs_no_mail_its_chance_and_is_asked_again_in_half_an_hour(office: Office) -> None:
    three(office)
    tries: list[str] = []

    def full(message: object, to: str) -> Receipt:
        tries.append(to)
        return LIMIT

    office.mailer.answer = full
    office.pass_time(at(1, "12:30"))
    assert tries == ["p2@example.org"]
    rows = [str(row["next"]) for row in office.sheet.rows["meetings"]]
    assert all("The mail account has reached its limit for today." in row for row in rows)
    office.mailer.answer = lambda message, to: None
    office.pass_time(at(1, "13:00"))
    assert [to for to, _ in office.mailer.out] == ["p2@example.org", "p1@example.org", "p0@example.org"]


def test_a_certificate_that_does_not_hold_stops_all_mail_and_says_so_in_the_rows(office: Office) -> None:
    three(office)
    words = "The certificate of the mail server mail.example.org is not valid."
    office.mailer.refuses = ServiceRefused(words, "Check mail.host.")
    office.pass_time(at(1, "12:30"))
    assert office.mailer.out == []
    assert all(words in str(row["next"]) for row in office.sheet.rows["meetings"])
    office.mailer.refuses = None
    office.pass_time(at(1, "13:00"))
    assert len(office.mailer.out) == 3


def test_a_text_that_is_refused_is_refused_once_and_the_others_go(office: Office) -> None:
    three(office)
    tries: list[str] = []

    def picky(message: object, to: str) -> Receipt | None:
        tries.append(to)
        return TEXT if to == "p1@example.org" else None

    office.mailer.answer = picky
    office.run(at(2, "12:00"))
    assert sorted(tries) == ["p0@example.org", "p1@example.org", "p2@example.org"]
    row = office.sheet.rows["meetings"][1]
    assert "The mail server refused the text of this mail." in str(row["next"])


def test_send_again_over_many_rows_waits_for_an_ok(office: Office) -> None:
    """Reminders never wait for a code, but a decision may have been filled down."""
    setting = office.sheet.add("settings", setting="Ask me before sending more than", value=3.0)
    for index in range(3):
        office.contact(f"P{index}", f"p{index}@example.org")
        office.meeting(THURSDAY, contact=f"P{index}", stage="Confirmed")
    office.run(at(11, "07:00"))
    office.mailer.answer = lambda message, to: Receipt(Verdict.UNKNOWN, words="The line broke.")
    assert office.run(at(11, "09:00")) == ["reminder_day"] * 3
    office.mailer.answer = lambda message, to: None
    office.sheet.set(setting, value=2.0)
    for line in office.sheet.log[-3:]:
        line["decision"] = "Send again"
    office.pass_time(at(11, "09:30"))
    assert office.mailer.kinds().count("reminder_day") == 3
    words = str(office.sheet.rows["meetings"][0]["next"])
    assert "Waiting for your OK: 3 mails at once. Type " in words
    office.sheet.add("settings", setting="Approve waiting mail", value=words.split("Type ")[1].split(" ")[0])
    office.pass_time(at(11, "10:00"))
    assert office.mailer.kinds().count("reminder_day") == 6


def test_british_columbia_keeps_its_summer_hour_in_december() -> None:
    """By law since November 2026 (tzdata 2026); many systems still say eight hours."""
    try:
        use_pinned()
        there = datetime(2026, 12, 9, 17, 30, tzinfo=zone("America/Vancouver"))
        assert there.utcoffset() == timedelta(hours=-7)
    finally:
        zoneinfo.reset_tzpath()
        zone.cache_clear()
