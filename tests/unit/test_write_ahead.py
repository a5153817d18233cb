"""The Mail log: what stands there before a mail leaves, and what a lost ledger makes of it (``design.md`` P4, P11)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from sync.core.errors import ServiceUnreachable
from sync.core.maillog import numbers, read_key
from sync.core.ports import Receipt, Verdict
from tests.fakes.office import Office, at

THURSDAY = date(2027, 3, 11)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.ledger.close()


def lose_ledger(office: Office) -> None:
    """Delete the ledger's files and start anew: a dead disk."""
    office.ledger.close()
    for path in office.folder.glob("ledger.db*"):
        path.unlink()
    office.service = office._service()


def test_a_mail_stands_in_the_log_before_it_leaves_and_says_what_became_of_it(office: Office) -> None:
    office.contact()
    office.meeting(THURSDAY)
    seen: list[list[str]] = []
    office.mailer.answer = lambda message, to: seen.append([str(row["result"]) for row in office.sheet.log])
    office.run(at(2, "12:00"))
    assert seen == [["Goes"]]
    (line,) = office.sheet.log
    assert str(line["result"]) == "Sent Mon 1 Mar 12:05"
    assert line["to"] == "Anna Kováčová <anna@example.org>"
    assert line["message"] == "confirmation"
    assert line["subject"] == office.subjects()[0]
    key = read_key(str(line["key"]))
    assert key is not None
    assert key.seq == 1
    assert key.told is not None


def test_when_the_log_cannot_be_written_nothing_leaves(office: Office) -> None:
    office.contact()
    office.meeting(THURSDAY)
    office.pass_time(at(1, "12:04"))
    office.sheet.fails_writing = True
    office.clock.to(at(1, "12:10"))
    for _ in range(5):
        with pytest.raises(ServiceUnreachable):
            office.cycle()
    assert office.mailer.out == []
    office.sheet.fails_writing = False
    office.run(at(1, "13:00"))
    assert office.mailer.kinds() == ["confirmation"]
    assert numbers(office.sheet.read().log) == {1}


def test_a_lost_ledger_sends_nothing_twice_and_goes_on(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    lose_ledger(office)
    office.run(at(9, "12:00"))
    lose_ledger(office)
    office.run(at(11, "19:00"))
    lose_ledger(office)
    office.sheet.set(meeting, stage="Took place", thanks="Thank you for the tea.")
    office.run(at(12, "12:00"))
    lose_ledger(office)
    office.run(at(20, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "reminder_2d", "reminder_day", "thank_you"]
    assert str(meeting["st_confirmation"]).startswith("Sent Mon 1 Mar 12:05")


def test_after_a_lost_ledger_a_move_is_a_change_with_a_higher_sequence(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    lose_ledger(office)
    office.run(at(2, "13:00"))
    office.sheet.set(meeting, date=date(2027, 3, 12))
    assert office.run(at(2, "15:00")) == ["change"]
    assert "SEQUENCE:1" in office.calendar()
    assert "Thursday 11 March" in office.text()
    uids = [line for index in (0, 1) for line in office.calendar(index).splitlines() if line.startswith("UID")]
    assert uids[0] == uids[1]


def test_the_open_batch_of_a_dead_machine_is_unsure(office: Office) -> None:
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.run(at(1, "12:04"))

    class Died(BaseException):
        pass

    def die(message: object, to: str) -> Receipt | None:
        raise Died

    office.mailer.answer = die
    with pytest.raises(Died):
        office.run(at(1, "12:30"))
    office.mailer.answer = lambda message, to: None
    lose_ledger(office)
    office.run(at(8, "12:00"))
    assert office.mailer.out == []
    assert str(meeting["st_confirmation"]).startswith("Not sure")
    assert "may or may not" in str(meeting["next"])
    assert str(office.sheet.log[0]["result"]).startswith("Not sure")


def test_old_rows_stay_before_the_start_when_the_ledger_is_lost(tmp_path: Path) -> None:
    office = Office(tmp_path, started=False)
    office.contact()
    old = office.meeting(date(2027, 2, 28), stage="Took place", thanks="Thank you.")
    office.run(at(1, "14:00"))
    lose_ledger(office)
    office.run(at(5, "12:00"))
    assert office.mailer.out == []
    assert old["next"] == "This was before the start. Nothing goes about it."
    office.ledger.close()


def test_a_log_that_lost_lines_presumes_that_what_was_due_has_gone(office: Office) -> None:
    names = [f"P{index}" for index in range(3)]
    for index, name in enumerate(names):
        office.contact(name, f"p{index}@example.org")
        office.meeting(THURSDAY, f"1{index}:00", contact=name)
    office.run(at(2, "12:00"))
    assert len(office.mailer.out) == 3
    del office.sheet.log[1]
    lose_ledger(office)
    office.run(at(8, "12:00"))
    assert len(office.mailer.out) == 3
    results = Counter(str(row["result"]).split(" ")[0] for row in office.sheet.log)
    assert results == {"Sent": 2, "Presumed": 1}
    office.run(at(9, "12:00"))
    assert Counter(office.mailer.kinds())["reminder_2d"] == 3


def doubtful(office: Office) -> dict[str, object]:
    """Make a confirmation unsure; return the meeting's row."""
    office.contact()
    meeting = office.meeting(THURSDAY)
    office.mailer.answer = lambda message, to: Receipt(Verdict.UNKNOWN, words="The line broke.")
    office.run(at(2, "12:00"))
    office.mailer.answer = lambda message, to: None
    return meeting  # type: ignore[return-value]


def test_send_again_is_done_once_with_the_same_message_id(office: Office) -> None:
    meeting = doubtful(office)
    assert str(office.sheet.log[0]["result"]).startswith("Not sure")
    office.sheet.log[0]["decision"] = "Send again"
    office.run(at(2, "14:00"))
    assert office.mailer.kinds() == ["confirmation", "confirmation"]
    ids = {str(message["Message-ID"]) for _, message in office.mailer.out}
    assert len(ids) == 1
    assert str(meeting["st_confirmation"]).startswith("Sent")
    lose_ledger(office)
    office.run(at(8, "12:00"))
    assert len(office.mailer.out) == 2


def test_leave_it_ends_the_doubt_and_sends_nothing(office: Office) -> None:
    meeting = doubtful(office)
    office.sheet.log[0]["decision"] = "Leave it"
    office.run(at(3, "12:00"))
    assert office.mailer.kinds() == ["confirmation"]
    assert "may or may not" not in str(meeting["next"])
    assert office.run(at(9, "12:00")) == ["reminder_2d"]


def test_send_again_is_refused_with_a_sentence_when_its_use_is_over(office: Office) -> None:
    meeting = doubtful(office)
    office.sheet.set(meeting, date=date(2027, 3, 12))
    office.sheet.log[0]["decision"] = "Send again"
    office.run(at(2, "14:00"))
    assert office.mailer.kinds() == ["confirmation", "change"]


def test_forged_or_pasted_keys_only_suppress(office: Office) -> None:
    office.sheet.log += [{"key": "5 nonsense"}, {"key": None, "result": "Sent"}, {"key": "x/y/z"}, {"key": "1 2 3 4"}]
    office.contact()
    office.meeting(THURSDAY)
    office.run(at(2, "12:00"))
    assert office.mailer.kinds() == ["confirmation"]


def test_the_hour_in_the_log_is_the_hour_where_the_meeting_is(office: Office) -> None:
    office.contact()
    office.meeting(THURSDAY)
    office.run(at(11, "12:00"))
    office.restart()
    told = {str(row["message"]): (str(row["when"]), str(row["result"])) for row in office.sheet.log}
    assert told["2-day reminder"] == ("Tue 9 Mar 09:00", "Sent Tue 9 Mar 09:00")
    assert told["day-of reminder"] == ("Thu 11 Mar 08:00", "Sent Thu 11 Mar 08:00")
