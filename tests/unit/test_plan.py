"""The plan, seen as a team sees it: what leaves, when, and what the row says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from tests.fakes.office import Office, at

THURSDAY = date(2027, 3, 11)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.ledger.close()


def test_the_straight_case_is_four_mails_each_at_its_hour(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.pass_time(at(1, "12:04"))
    assert office.mailer.kinds() == []
    assert meeting["next"] == "Confirmation goes at 12:06 if you leave this row alone. Still typing? It waits."
    office.pass_time(at(1, "12:10"))
    assert office.mailer.kinds() == ["confirmation"]
    assert meeting["st_confirmation"] == "Sent Mon 1 Mar 12:06"
    assert meeting["next"] == 'Confirmation sent Mon 1 Mar 12:06. Next: Tue 9 Mar 09:00, "Still good for Thursday?"'
    assert meeting["st_reminder_2d"] == "Goes Tue 9 Mar 09:00"
    assert office.run(at(9, "08:50")) == []
    assert office.run(at(9, "09:00")) == ["reminder_2d"]
    assert meeting["next"] == "2-day reminder sent Tue 9 Mar 09:00. Next: Thu 11 Mar 08:00, on the day."
    assert office.run(at(11, "07:50")) == []
    assert office.run(at(11, "08:00")) == ["reminder_day"]
    assert office.run(at(11, "19:00")) == []
    assert meeting["next"] == "Thu 11 Mar is over. Choose Took place or Didn't come."
    office.sheet.set(meeting, stage="Took place", thanks="What you said about the old playground has stayed with me.")
    assert office.run(at(12, "08:50")) == []
    assert meeting["next"] == "Thank-you goes Fri 12 Mar 09:00, with your line."
    assert office.run(at(12, "09:00")) == ["thank_you"]
    assert office.run(at(30, "12:00")) == []
    assert meeting["next"] == "Thank-you sent Fri 12 Mar 09:00."


def test_a_restart_between_any_two_cycles_repeats_nothing(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    while office.clock.now() < at(13, "12:00"):
        office.clock.advance(timedelta(hours=1))
        if office.clock.now() > at(11, "18:30") and meeting["stage"] == "Agreed":
            office.sheet.set(meeting, stage="Took place", thanks="Thank you for the tea.")
        office.restart()
        office.cycle()
    assert office.mailer.kinds() == ["confirmation", "reminder_2d", "reminder_day", "thank_you"]


def test_typing_cell_by_cell_makes_one_mail(office: Office) -> None:
    office.contact()
    meeting = office.sheet.add("meetings", contact="Anna Kováčová")
    for cells in ({"stage": "Agreed"}, {"date": THURSDAY}, {"time": time(17, 30)}, {"place": "Café Dobre"},
                  {"organizer": "Jana"}, {"time": time(18, 0)}):  # fmt: skip
        office.pass_time(office.clock.now() + timedelta(minutes=3))
        office.sheet.set(meeting, **cells)
    office.pass_time(office.clock.now() + timedelta(minutes=4))
    assert office.mailer.kinds() == []
    office.pass_time(office.clock.now() + timedelta(minutes=30))
    assert office.mailer.kinds() == ["confirmation"]
    assert "18:00" in office.subjects()[0]


def test_a_move_after_the_reminder_tells_old_and_new_and_reminds_on_the_new_day(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(9, "10:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_2d"]
    assert "SEQUENCE:0" in office.calendar(0)
    office.sheet.set(meeting, date=date(2027, 3, 12))
    office.pass_time(at(9, "10:05"))
    assert meeting["next"] == (
        "Thu 11 Mar 17:30 is now Fri 12 Mar 17:30. Anna Kováčová is told at 10:11. "
        "Put the old date back and nothing goes."
    )
    assert office.run(at(9, "10:30")) == ["change"]
    text = office.text()
    assert "Friday 12 March" in text
    assert "Thursday 11 March" in text
    assert "SEQUENCE:1" in office.calendar()
    uids = {line for index in (0, -1) for line in office.calendar(index).splitlines() if line.startswith("UID")}
    assert len(uids) == 1
    assert office.run(at(11, "23:50")) == []
    assert office.run(at(12, "17:00")) == ["reminder_day"]


def test_putting_the_old_date_back_in_time_sends_nothing(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    office.sheet.set(meeting, date=date(2027, 3, 12))
    office.pass_time(at(2, "12:08"))
    office.sheet.set(meeting, date=THURSDAY)
    office.run(at(11, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_2d", "reminder_day"]


def test_an_undone_move_over_the_reminder_hour_keeps_the_reminder(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(9, "08:55"))
    office.sheet.set(meeting, date=date(2027, 3, 12))
    office.pass_time(at(9, "09:05"))
    assert office.mailer.kinds() == ["confirmation"]
    office.sheet.set(meeting, date=THURSDAY)
    office.pass_time(at(9, "09:12"))
    assert office.mailer.kinds() == ["confirmation", "reminder_2d"]


@pytest.mark.parametrize("stage", ["We called off", "They called off", "Postponed"])
def test_called_off_is_one_calendar_cancel_and_nothing_after(office: Office, stage: str) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    office.sheet.set(meeting, stage=stage)
    assert office.run(at(2, "12:10")) == []
    assert office.run(at(2, "12:30")) == ["cancellation"]
    assert "METHOD:CANCEL" in office.calendar()
    assert "SEQUENCE:1" in office.calendar()
    assert office.run(at(20, "12:00")) == []


def test_a_revival_is_confirmed_again_and_reminds_only_for_a_new_start(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(9, "10:00"))
    office.sheet.set(meeting, stage="Postponed")
    office.run(at(9, "11:00"))
    office.sheet.set(meeting, stage="Agreed")
    office.run(at(11, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_2d", "cancellation", "confirmation", "reminder_day"]
    assert "SEQUENCE:2" in office.calendar(3)


def test_agreed_too_late_for_the_two_day_reminder(office: Office) -> None:
    office.contact()
    meeting = office.meeting(date(2027, 3, 3), "17:30")
    office.run(at(1, "13:00"))
    assert meeting["st_reminder_2d"] == "Skipped: agreed too late"
    assert meeting["next"] == "Agreed too late for a two-day reminder. Next: Wed 3 Mar 08:00, on the day."
    office.run(at(3, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_day"]


def test_agreed_on_the_day_gets_the_confirmation_alone(office: Office) -> None:
    office.contact()
    meeting = office.meeting(date(2027, 3, 1), "17:30")
    office.pass_time(at(1, "17:20"))
    assert office.mailer.kinds() == ["confirmation"]
    assert meeting["st_reminder_day"] == "Skipped: agreed too late"


def test_early_meetings_are_remembered_the_evening_before(office: Office) -> None:
    office.contact()
    office.meeting(THURSDAY, "8:30")
    office.run(at(10, "17:50"))
    assert office.run(at(10, "18:00")) == ["reminder_day"]


def test_hold_stops_at_once_and_nothing_is_caught_up(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(9, "08:50"))
    office.sheet.set(meeting, hold=True)
    office.run(at(10, "12:00"))
    assert office.mailer.kinds() == ["confirmation"]
    assert meeting["st_reminder_2d"] == "Skipped: mail was on hold"
    office.sheet.set(meeting, hold=False)
    assert office.run(at(11, "12:00")) == ["reminder_day"]


def test_no_mail_until_is_respected_to_the_last_mail(office: Office) -> None:
    anna = office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    office.sheet.set(anna, quiet_until=date(2027, 3, 22))
    office.run(at(15, "12:00"))
    assert office.mailer.kinds() == ["confirmation"]
    office.sheet.set(meeting, stage="Took place", thanks="Thank you.")
    assert office.run(at(25, "12:00")) == []


@pytest.mark.parametrize("reach", ["Ask first", "Phone only", "Leave in peace", None])
def test_without_consent_nothing_goes(office: Office, reach: str | None) -> None:
    office.contact(reach=reach, phone="0903 555 666")
    meeting = office.meeting(THURSDAY)
    assert office.run(at(12, "12:00")) == []
    assert "Anna" in str(meeting["next"]) or "over" in str(meeting["next"])


def test_few_emails_leave_out_reminder_and_thanks(office: Office) -> None:
    office.contact(reach="Few e-mails")
    meeting = office.meeting(THURSDAY)
    office.run(at(11, "19:00"))
    office.sheet.set(meeting, stage="Took place", thanks="Thank you.")
    office.run(at(15, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_day"]


def test_stop_all_mail_waits_and_goes_on_as_after_an_outage(office: Office) -> None:
    office.contact()
    office.meeting(THURSDAY)
    office.sheet.stop_all = True
    office.run(at(9, "12:00"))
    assert office.mailer.kinds() == []
    office.sheet.stop_all = False
    assert office.run(at(9, "12:30")) == ["confirmation"]


def test_sending_hours_hold_a_confirmation_till_morning(office: Office) -> None:
    office.clock.to(at(1, "20:30"))
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.pass_time(at(1, "20:40"))
    assert office.mailer.kinds() == []
    assert meeting["next"] == "Confirmation goes Tue 2 Mar 08:00, when mail may arrive."
    office.run(at(2, "08:10"))
    assert office.mailer.kinds() == ["confirmation"]


def test_a_confirmation_near_the_start_ignores_the_hours(office: Office) -> None:
    office.clock.to(at(1, "21:00"))
    office.contact()
    office.meeting(date(2027, 3, 2), "9:00")
    office.pass_time(at(1, "21:10"))
    assert office.mailer.kinds() == ["confirmation"]


def test_days_without_mail_move_the_two_day_reminder_but_not_the_day_of(office: Office) -> None:
    office.sheet.add("settings", setting="Days without mail", value="Tuesday, Thursday")
    office.contact()
    office.meeting(THURSDAY)
    office.run(at(9, "23:00"))
    assert office.mailer.kinds() == ["confirmation"]
    assert office.run(at(10, "12:00")) == ["reminder_2d"]
    assert office.run(at(11, "12:00")) == ["reminder_day"]


def test_promises_of_both_sides_are_in_the_thank_you_word_for_word(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(11, "19:00"))
    office.sheet.set(meeting, stage="Took place")
    office.run(at(11, "19:10"))
    office.sheet.add("promises", contact="Anna Kováčová", side="We", what="send you the minutes",
                     due=date(2027, 3, 14), notes="secret note")  # fmt: skip
    office.sheet.add("promises", contact="Anna Kováčová", side="They", what="ask Mrs Benková", due=date(2027, 3, 20))
    office.run(at(12, "09:00"))
    text = office.text()
    assert "send you the minutes" in text
    assert "ask Mrs Benková" in text
    assert "secret note" not in text


def test_a_plain_thank_you_goes_at_the_first_nine_after_two_days(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(11, "19:00"))
    office.sheet.set(meeting, stage="Took place")
    assert office.run(at(14, "08:50")) == []
    assert office.run(at(14, "09:00")) == ["thank_you"]


def test_an_invitation_goes_once_and_agreed_goes_on_from_there(office: Office) -> None:
    office.contact()
    meeting = office.sheet.add("meetings", contact="Anna Kováčová", stage="Invite", organizer="Jana")
    office.run(at(1, "13:00"))
    assert office.mailer.kinds() == []
    assert str(meeting["next"]).startswith("Purpose is empty. Write one sentence Anna Kováčová will read")
    office.sheet.set(meeting, purpose="I want to hear what you would change in the courtyard.")
    office.pass_time(at(1, "13:03"))
    assert str(meeting["next"]).startswith("Invitation goes at 13:06 if you leave this row alone.")
    office.run(at(6, "12:00"))
    assert office.mailer.kinds() == ["invitation"]
    assert "No is a good answer too." in office.text()
    assert meeting["st_invitation"] == "Sent Mon 1 Mar 13:06"
    assert "choose Agreed" in str(meeting["next"])
    office.sheet.set(meeting, stage="Agreed", date=THURSDAY, time=time(17, 30), place="Café Dobre")
    office.run(at(11, "12:00"))
    assert office.mailer.kinds() == ["invitation", "confirmation", "reminder_2d", "reminder_day"]


def test_called_off_after_a_bare_invitation_is_no_mail(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY, stage="Invite")
    office.run(at(2, "12:00"))
    assert office.mailer.kinds() == ["invitation"]
    assert "Thursday 11 March at 17:30" in office.text()
    office.sheet.set(meeting, stage="We called off")
    assert office.run(at(20, "12:00")) == []
