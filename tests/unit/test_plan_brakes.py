"""The plan where things go wrong or many: codes, practice, doubt, copies, sorting, caps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from sync.core.ports import Receipt, Scope, Verdict
from tests.fakes.office import Office, at

THURSDAY = date(2027, 3, 11)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.ledger.close()


@pytest.mark.parametrize("words", ["maybe", 1.0, "#REF!"])
def test_an_unreadable_stop_cell_stops(office: Office, words: object) -> None:
    office.contact()
    office.meeting(THURSDAY)
    office.sheet.stop_all = words  # type: ignore[assignment]
    assert office.run(at(2, "12:00")) == []


def test_first_contact_with_an_old_sheet_mails_nobody(tmp_path: Path) -> None:
    office = Office(tmp_path, started=False)
    for index in range(40):
        office.contact(f"Old {index}", f"old{index}@example.org")
        office.meeting(date(2026, 3, 1) + timedelta(days=index), contact=f"Old {index}", stage="Took place")
    for index in range(5):
        office.contact(f"New {index}", f"new{index}@example.org")
        office.meeting(THURSDAY, f"{10 + index}:00", contact=f"New {index}")
    office.run(at(2, "12:00"))
    assert office.mailer.kinds() == []
    old, new = office.sheet.rows["meetings"][0], office.sheet.rows["meetings"][-1]
    assert old["next"] == "This was before the start. Nothing goes about it."
    assert old["st_thank_you"] == "Before start"
    assert str(new["next"]).startswith("Waiting for your OK: 5 mails at once. Type ")
    code = str(new["next"]).split("Type ")[1].split(" ")[0]
    office.sheet.add("settings", setting="Approve waiting mail", value=code.lower())
    assert office.run(at(2, "13:00")) == ["confirmation"] * 5
    office.ledger.close()


def test_many_new_mails_wait_for_a_code_that_releases_only_them(office: Office) -> None:
    for index in range(31):
        office.contact(f"P{index}", f"p{index}@example.org")
        office.meeting(THURSDAY, contact=f"P{index}")
    office.pass_time(at(1, "12:20"))
    assert office.mailer.kinds() == []
    words = str(office.sheet.rows["meetings"][0]["next"])
    assert words.startswith("Waiting for your OK: 31 mails at once.")
    code = words.split("Type ")[1].split(" ")[0]
    assert code.endswith("-31")
    office.sheet.add("settings", setting="Approve waiting mail", value=code)
    office.pass_time(at(1, "12:30"))
    assert office.mailer.kinds() == ["confirmation"] * 31
    for index in range(31, 70):
        office.contact(f"P{index}", f"p{index}@example.org")
        office.meeting(THURSDAY, contact=f"P{index}")
    office.pass_time(at(1, "13:00"))
    assert len(office.mailer.out) == 31


def test_practice_goes_to_the_safe_address_and_does_not_count(tmp_path: Path) -> None:
    office = Office(tmp_path, practice=True)
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.pass_time(at(1, "12:20"))
    assert [to for to, _ in office.mailer.out] == ["me@example.org"]
    assert "Anna" in office.subjects()[0]
    assert meeting["st_confirmation"] == "Practice Mon 1 Mar 12:06"
    assert str(meeting["next"]).startswith("Practice: went to me@example.org, not to Anna Kováčová.")
    assert not [p for p in office.mailer.out[0][1].walk() if p.get_content_type() == "text/calendar"]
    office.go_live()
    office.pass_time(at(1, "13:00"))
    assert len(office.mailer.out) == 1
    assert str(meeting["next"]).startswith("Waiting for your OK. Type ")
    code = str(meeting["next"]).split("Type ")[1].split(" ")[0]
    office.sheet.add("settings", setting="Approve waiting mail", value=code)
    office.pass_time(at(1, "13:10"))
    assert office.mailer.kinds("anna@example.org") == ["confirmation"]
    office.ledger.close()


def test_one_reminder_or_thanks_a_day_to_one_address(office: Office) -> None:
    office.contact()
    first = office.meeting(date(2027, 3, 8), "17:30")
    office.meeting(THURSDAY)
    office.run(at(8, "19:00"))
    office.sheet.set(first, stage="Took place", thanks="Thank you.")
    office.run(at(9, "20:00"))
    assert office.mailer.kinds().count("reminder_2d") + office.mailer.kinds().count("thank_you") == 2
    before = len(office.mailer.out)
    office.run(at(10, "12:00"))
    assert [str(m["X-CommonGround-Kind"]) for _, m in office.mailer.out[before:]] == ["thank_you"]


def test_a_corrected_address_gets_the_confirmation_once_and_nothing_past(office: Office) -> None:
    anna = office.contact(email="ana@example.org")
    office.meeting(THURSDAY)
    office.run(at(9, "10:00"))
    office.sheet.set(anna, email="anna@example.org")
    office.run(at(10, "12:00"))
    assert office.mailer.kinds("anna@example.org") == ["confirmation"]
    office.run(at(11, "12:00"))
    assert office.mailer.kinds("anna@example.org") == ["confirmation", "reminder_day"]
    assert office.mailer.kinds("ana@example.org") == ["confirmation", "reminder_2d"]


def test_another_person_chosen_cancels_for_the_first_and_confirms_the_second(office: Office) -> None:
    office.contact()
    office.contact("Eva Nová", "eva@example.org")
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    office.sheet.set(meeting, contact="Eva Nová")
    office.run(at(11, "12:00"))
    assert office.mailer.kinds("anna@example.org") == ["confirmation", "cancellation"]
    assert office.mailer.kinds("eva@example.org") == ["confirmation", "reminder_2d", "reminder_day"]


def test_a_corrected_name_keeps_its_meetings(office: Office) -> None:
    anna = office.contact("Ana Kovacova")
    meeting = office.meeting(THURSDAY, contact="Ana Kovacova")
    office.run(at(2, "12:00"))
    office.sheet.set(anna, name="Anna Kováčová")
    office.run(at(2, "13:00"))
    office.sheet.set(meeting, contact="Anna Kováčová")
    office.run(at(11, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_2d", "reminder_day"]


def test_an_unsure_mail_says_so_and_is_never_repeated(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.mailer.answer = lambda message, to: Receipt(Verdict.UNKNOWN, words="The line broke.")
    office.run(at(2, "12:00"))
    assert office.mailer.kinds() == ["confirmation"]
    assert meeting["st_confirmation"] == "Not sure Mon 1 Mar 12:05"
    assert str(meeting["next"]).startswith("The line broke at ")


def test_a_refused_address_is_said_and_tried_again_only_when_corrected(office: Office) -> None:
    anna = office.contact(email="gone@example.org")
    meeting = office.meeting(THURSDAY)
    no = Receipt(Verdict.REFUSED, Scope.ADDRESS, "There is no such mailbox.", "550 5.1.1")
    office.mailer.answer = lambda message, to: no if to == "gone@example.org" else None
    office.run(at(2, "12:00"))
    assert str(meeting["st_confirmation"]).startswith("Refused Mon 1 Mar 12:05: There is no such mailbox.")
    assert "There is no such mailbox." in str(meeting["next"])
    office.sheet.set(anna, email="anna@example.org")
    office.run(at(2, "13:00"))
    assert office.mailer.kinds("anna@example.org") == ["confirmation"]


def test_a_busy_server_is_tried_again_and_the_row_says_when(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.mailer.answer = lambda message, to: Receipt(Verdict.LATER, words="The mail server is busy.")
    office.pass_time(at(1, "12:07"))
    assert meeting["next"] == "The mail server is busy. Trying again at 12:11."
    office.mailer.answer = lambda message, to: None
    office.pass_time(at(1, "12:12"))
    assert office.mailer.kinds() == ["confirmation"]


def test_a_copied_row_sends_nothing_until_it_is_changed(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    copy = dict(meeting)
    office.sheet.rows["meetings"].append(copy)
    office.run(at(2, "13:00"))
    assert office.mailer.kinds() == ["confirmation"]
    assert copy["id"] != meeting["id"]
    assert str(copy["next"]).startswith("This row is a copy.")
    office.sheet.set(copy, date=date(2027, 3, 18))
    office.run(at(2, "14:00"))
    assert office.mailer.kinds() == ["confirmation", "confirmation"]


def test_a_range_sorted_without_its_ids_causes_no_mail(office: Office) -> None:
    for index in range(4):
        office.contact(f"P{index}", f"p{index}@example.org")
        office.meeting(THURSDAY, f"1{index}:00", contact=f"P{index}")
    office.run(at(2, "12:00"))
    rows = office.sheet.rows["meetings"]
    ids = [row["id"] for row in rows]
    rows.reverse()
    for row, row_id in zip(rows, ids, strict=True):
        row["id"] = row_id
    office.run(at(2, "13:00"))
    assert len(office.mailer.out) == 4
    assert [row["id"] for row in rows] == ids[::-1]


def test_the_whole_table_sorted_between_read_and_write_is_healed(office: Office) -> None:
    for index in range(4):
        office.contact(f"P{index}", f"p{index}@example.org")
        office.meeting(THURSDAY, f"1{index}:00", contact=f"P{index}")
    office.sheet.between = lambda: office.sheet.rows["meetings"].reverse()
    office.pass_time(at(1, "12:08"))
    office.sheet.between = lambda: None
    office.pass_time(at(1, "12:20"))
    assert office.mailer.kinds() == ["confirmation"] * 4
    for row in office.sheet.rows["meetings"]:
        assert str(row["st_confirmation"]).startswith("Sent ")


def test_an_idle_cycle_is_one_read_and_no_write(office: Office) -> None:
    office.contact()
    office.meeting(THURSDAY)
    office.pass_time(at(1, "13:00"))
    reads, writes = office.sheet.reads, office.sheet.writes
    office.cycle()
    assert (office.sheet.reads - reads, office.sheet.writes - writes) == (1, 0)


def test_an_emptied_tab_cancels_nothing_and_undo_goes_on(office: Office) -> None:
    office.contact()
    office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    kept = {tab: list(rows) for tab, rows in office.sheet.rows.items()}
    office.sheet.rows["meetings"], office.sheet.rows["contacts"] = [], []
    office.run(at(3, "12:00"))
    office.sheet.rows.update(kept)
    office.run(at(9, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_2d"]


def test_what_is_stale_after_an_outage_is_skipped_and_said(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    office.clock.to(at(11, "20:00"))
    office.restart()
    office.run(at(12, "12:00"))
    assert office.mailer.kinds() == ["confirmation"]
    assert str(meeting["st_reminder_2d"]).startswith("Skipped")
    assert str(meeting["st_reminder_day"]).startswith("Skipped")


def test_the_daily_cap_lets_the_nearest_meetings_go_first(office: Office) -> None:
    office.sheet.add("settings", setting="Mails per day", value=2.0)
    for index, day in enumerate((20, 12, 2, 3)):
        office.contact(f"P{index}", f"p{index}@example.org")
        office.meeting(date(2027, 3, day), contact=f"P{index}")
    office.pass_time(at(1, "12:30"))
    assert [to for to, _ in office.mailer.out] == ["p2@example.org", "p3@example.org"]
    assert "2 mails are used up" in str(office.sheet.rows["meetings"][0]["next"])


def crowd(office: Office, number: int) -> None:
    """Type so many people with a meeting each, all told."""
    office.sheet.add("settings", setting="Ask me before sending more than", value=500.0)
    for index in range(number):
        office.contact(f"P{index}", f"p{index}@example.org")
        office.meeting(THURSDAY, contact=f"P{index}")
    office.run(at(1, "13:00"))
    assert len(office.mailer.out) == number


def test_when_many_meetings_vanish_nothing_new_goes_but_reminders_do(office: Office) -> None:
    crowd(office, 60)
    kept = list(office.sheet.rows["meetings"])
    del office.sheet.rows["meetings"][:30]
    office.contact("New", "new@example.org")
    new = office.meeting(date(2027, 3, 18), contact="New")
    office.run(at(9, "12:00"))
    assert office.mailer.kinds().count("reminder_2d") == 30
    assert "new@example.org" not in [to for to, _ in office.mailer.out]
    assert str(new["next"]).startswith("Many meetings have vanished from this sheet. Undo that, or type ")
    office.sheet.rows["meetings"] = [*kept[:30], *office.sheet.rows["meetings"]]
    code = str(new["next"]).split("type ")[1].split(" ")[0]
    office.run(at(9, "13:00"))
    assert office.mailer.kinds().count("reminder_2d") == 60
    office.sheet.add("settings", setting="Approve waiting mail", value=code)
    office.run(at(9, "14:00"))
    assert [to for to, _ in office.mailer.out][-1] == "new@example.org"
    assert "cancellation" not in office.mailer.kinds()


def test_a_few_deleted_rows_are_no_alarm(office: Office) -> None:
    crowd(office, 60)
    for day in range(2, 9):
        del office.sheet.rows["meetings"][:5]
        office.run(at(day, "12:00"))
    office.contact("New", "new@example.org")
    office.meeting(date(2027, 3, 18), contact="New")
    office.run(at(8, "14:00"))
    assert [to for to, _ in office.mailer.out][-1] == "new@example.org"


def test_after_a_refused_confirmation_the_other_mails_wait_for_a_good_address(office: Office) -> None:
    anna = office.contact(email="gone@example.org")
    meeting = office.meeting(THURSDAY)
    no = Receipt(Verdict.REFUSED, Scope.ADDRESS, "There is no such mailbox.", "550 5.1.1")
    office.mailer.answer = lambda message, to: no if to == "gone@example.org" else None
    office.run(at(9, "12:00"))
    assert office.mailer.out == []
    assert meeting["st_reminder_2d"] == "Waits for a good address"
    office.sheet.set(anna, email="anna@example.org")
    office.run(at(9, "13:00"))
    assert office.mailer.kinds() == ["confirmation"]
