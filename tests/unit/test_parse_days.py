"""Dates and times as people type them in eight languages; what can be read two ways is refused with both readings."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from babel import Locale

from sync.core import clock, languages
from sync.core.cells import Where, reader
from sync.core.columns import MEETINGS
from sync.core.ports import Cell
from sync.core.say import Say, words
from sync.core.when import Days, read_text
from tests.unit.parsing import NOW

TODAY = date(2027, 3, 1)
EPOCH = date(1899, 12, 30)
READ_DATE = reader(MEETINGS.column("ask_again"), "Date", Where(TODAY))
READ_TIME = reader(MEETINGS.column("time"), "Time", Where(TODAY))
READ_BOTH = reader(MEETINGS.column("next_step_date"), "Next step date", Where(TODAY))


def at(hour: int, minute: int = 0) -> datetime:
    """Return a wall clock on 20 March 2027, without a zone, as such a cell is read."""
    return datetime.combine(date(2027, 3, 20), time(hour, minute))


def said(result: object) -> str:
    assert isinstance(result, Say), result
    return words(result, NOW)


@pytest.mark.parametrize(("typed", "day"), [
    ("2027-03-12", date(2027, 3, 12)), ("2027/03/12", date(2027, 3, 12)), ("2027. 3. 12.", date(2027, 3, 12)),
    ("20270312", date(2027, 3, 12)), ("12.3.", date(2027, 3, 12)), ("12.3", date(2027, 3, 12)),
    ("12.3.2027", date(2027, 3, 12)), ("12. 3. 2027", date(2027, 3, 12)), ("12.03.2027", date(2027, 3, 12)),
    ("3 Apr", date(2027, 4, 3)), ("3 April 2027", date(2027, 4, 3)), ("Apr 3 2027", date(2027, 4, 3)),
    ("Apr 3rd, 2027", date(2027, 4, 3)), ("3-Apr-2027", date(2027, 4, 3)), ("1st of May 2027", date(2027, 5, 1)),
    ("13/4", date(2027, 4, 13)), ("4/13/2027", date(2027, 4, 13)), ("3/3", date(2027, 3, 3)),
    ("Tue 9 Mar", date(2027, 3, 9)), ("Tuesday, 9 March 2027", date(2027, 3, 9)), ("út 9.3.", date(2027, 3, 9)),
    ("so 6.3.", date(2027, 3, 6)), ("So. 7.3.", date(2027, 3, 7)), ("mar 9 mar", date(2027, 3, 9)),
    ("mar 9.3.", date(2027, 3, 9)), ("12 de marzo de 2027", date(2027, 3, 12)), ("le 1er avril 2027", date(2027, 4, 1)),
    ("2027. március 12.", date(2027, 3, 12)), ("márc. 12-én", date(2027, 3, 12)), ("12. März 2027", date(2027, 3, 12)),
    ("12.3.27", date(2027, 3, 12)), ("3 Apr 27", date(2027, 4, 3)), ("  12.3.2027\u00a0", date(2027, 3, 12)),
    ("12.3.2027 17:30", date(2027, 3, 12)), ("29.2.2028", date(2028, 2, 29)), ("1.1.", date(2027, 1, 1)),
    ("28.2.", date(2027, 2, 28)), ("1.3.", TODAY), ("12. září", date(2027, 9, 12)),
    (46458.0, date(2027, 3, 12)), (46458, date(2027, 3, 12)), (46458.75, date(2027, 3, 12)),
    (46457.999999, date(2027, 3, 12))])  # fmt: skip
def test_a_day_is_understood(typed: Cell, day: date) -> None:
    assert READ_DATE(typed) == day


@pytest.mark.parametrize("code", languages.LANGUAGES)
def test_every_month_of_every_language_in_all_its_forms(code: str) -> None:
    locale = Locale(code)
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for number, name in locale.months[context][width].items():
                plain = "".join(ch for ch in name if ch.isascii()) if name.isascii() else name
                for form in (name, name.upper(), plain):
                    assert READ_DATE(f"12 {form} 2027") == date(2027, number, 12), form
                    assert READ_DATE(f"12. {form} 2027") == date(2027, number, 12), form


@pytest.mark.parametrize(("typed", "month"), [
    ("brezna", 3), ("unora", 2), ("rijna", 10), ("stycznia", 1), ("pazdziernika", 10), ("marcius", 3), ("fevrier", 2),
    ("aout", 8), ("Maerz", 3), ("Jänner", 1), ("sept", 9), ("červenec", 7), ("červen", 6), ("lis", 11)])  # fmt: skip
def test_accents_may_be_left_out(typed: str, month: int) -> None:
    assert READ_DATE(f"12. {typed} 2027") == date(2027, month, 12)


@pytest.mark.parametrize(("typed", "sentence"), [
    ("3/4", 'Date: "3/4" could be 3 April or 4 March. Type 3 Apr 2027 or 4 Mar 2027.'),
    ("3/4/2027", 'Date: "3/4/2027" could be 3 April or 4 March. Type 3 Apr 2027 or 4 Mar 2027.'),
    ("12-3-2027", 'Date: "12-3-2027" could be 12 March or 3 December. Type 12 Mar 2027 or 3 Dec 2027.'),
    ("27.3.26", 'Date: "27.3.26" could be 27 March 2026 or 26 March 2027. Type 27 Mar 2026 or 26 Mar 2027.'),
    ("27.3.12", 'Date: "27.3.12" could be 27 March 2012 or 12 March 2027. Type 27 Mar 2012 or 12 Mar 2027.'),
    ("31.2.2027", 'Date: "31.2.2027" is not in the calendar: February 2027 has 28 days. '
                  "Type 28 Feb 2027, or the day you mean."),
    ("31 February", 'Date: "31 February" is not in the calendar: February 2027 has 28 days. '
                    "Type 28 Feb 2027, or the day you mean."),
    ("29.2.", 'Date: "29.2." is not in the calendar: February 2027 has 28 days. '
              "Type 28 Feb 2027, or the day you mean."),
    ("12.13.2027", 'Date: "12.13.2027" is not in the calendar. Type it like 1 Mar 2027.'),
    ("Mon 9 Mar", 'Date: "Mon 9 Mar" does not fit: 9 Mar 2027 is a Tuesday. Type 9 Mar 2027, or the day you mean.'),
    ("12.3.1999", 'Date: "12.3.1999" is too long ago or too far away. Type a day like 1 Mar 2027.'),
    ("12.3.2038", 'Date: "12.3.2038" is too long ago or too far away. Type a day like 1 Mar 2027.'),
    ("tomorrow", 'Date: "tomorrow" is not a day we can read. Type it like 1 Mar 2027.'),
    ("next Friday", 'Date: "next Friday" is not a day we can read. Type it like 1 Mar 2027.'),
    ("April 2027", 'Date: "April 2027" is not a day we can read. Type it like 1 Mar 2027.'),
    ("x\r\nBcc: y", 'Date: "x Bcc: y" is not a day we can read. Type it like 1 Mar 2027.'),
    (12.3, 'Date: "12.3" is a number, not a day. Type 12 Mar 2027.'),
    (12.1, 'Date: "12.1" is a number, not a day. Type 12 Jan 2028 or 12 Oct 2027.'),
    (20270312.0, 'Date: "20270312" is a number, not a day. Type 12 Mar 2027.'),
    (45, 'Date: "45" is a number, not a day. Type it like 1 Mar 2027.'),
    (float("nan"), 'Date: "nan" is a number, not a day. Type it like 1 Mar 2027.'),
    (10**400, 'Date: "inf" is a number, not a day. Type it like 1 Mar 2027.'),
    (True, 'Date: "TRUE" is not a day we can read. Type it like 1 Mar 2027.'),
    ("#REF!", "Date shows #REF!. Type the value again, or mend the formula.")])  # fmt: skip
def test_what_is_no_day_or_two_days_is_said(typed: Cell, sentence: str) -> None:
    assert said(READ_DATE(typed)) == sentence


def test_a_day_without_a_year_stays_in_its_year_when_it_has_passed() -> None:
    morning_after = Days(date(2027, 3, 13))
    assert read_text("12.3.", "Date", morning_after) == date(2027, 3, 12)
    assert read_text("12.3.", "Date", Days(date(2027, 5, 11))) == date(2027, 3, 12)
    assert "12 March 2027 or 12 March 2028" in said(read_text("12.3.", "Date", Days(date(2027, 5, 12))))
    assert read_text("12.3.", "Date", Days(date(2027, 9, 1))) == date(2028, 3, 12)
    assert read_text("12.3.", "Date", Days(date(2027, 9, 1), told=date(2027, 3, 12))) == date(2027, 3, 12)
    assert read_text("12.3.", "Done", Days(date(2027, 3, 11), past=True)) == date(2026, 3, 12)


def test_every_day_survives_the_way_through_a_serial_number_and_the_usual_writings() -> None:
    day = date(2026, 1, 1)
    while day < date(2030, 1, 1):
        assert READ_DATE(float((day - EPOCH).days)) == day
        for written in (f"{day.day}.{day.month}.{day.year}", f"{day:%Y-%m-%d}", f"{day:%d %B %Y}",
                        f"{day:%a %d %b %Y}"):  # fmt: skip
            assert READ_DATE(written) == day
        day += timedelta(days=1)


@pytest.mark.parametrize(("typed", "moment"), [
    ("17:30", time(17, 30)), ("17.30", time(17, 30)), ("17,30", time(17, 30)), ("17h", time(17)),
    ("17h30", time(17, 30)), ("17 h", time(17)), ("17 h 30", time(17, 30)), ("5pm", time(17)),
    ("5:30 pm", time(17, 30)), ("5 p.m.", time(17)), ("5.30 P.M.", time(17, 30)), ("12 am", time(0)),
    ("12pm", time(12)), ("noon", time(12)), ("Mittag", time(12)), ("v poledne", time(12)), ("midi", time(12)),
    ("1730", time(17, 30)), ("0730", time(7, 30)), ("17", time(17)), ("05", time(5)), ("0:00", time(0)),
    ("17 Uhr", time(17)), ("17:30 Uhr", time(17, 30)), ("17.30 hod.", time(17, 30)), ("o 17:30", time(17, 30)),
    ("at 5pm", time(17)), ("9:05", time(9, 5)), ("17:30:15", time(17, 30, 15)), (" 17:30\u00a0", time(17, 30)),
    (0.0, time(0)), (0.5, time(12)), (0.729166666666667, time(17, 30)), (17.3, time(17, 30)), (17.05, time(17, 5)),
    (17.15, time(17, 15)), (17.0, time(17)), (1730.0, time(17, 30)), (46458.75, time(18)),
    (0.430555555555556, time(10, 20))])  # fmt: skip
def test_a_time_is_understood(typed: Cell, moment: time) -> None:
    assert READ_TIME(typed) == moment


@pytest.mark.parametrize(("typed", "sentence"), [
    ("5", 'Time: "5" could be 5:00 or 17:00. Type 17:00.'),
    (5.0, 'Time: "5" could be 5:00 or 17:00. Type 17:00.'),
    ("11", 'Time: "11" could be 11:00 or 23:00. Type 11:00 or 23:00.'),
    ("5h", 'Time: "5h" could be 5:00 or 17:00. Type 17:00.'),
    ("730", 'Time: "730" could be 7:30 or 19:30. Type 7:30 or 19:30.'),
    (17.5, 'Time: "17.5" could be 17:50 or 17:30. Type 17:50 or 17:30.'),
    (17.25, 'Time: "17.25" could be 17:25 or 17:15. Type 17:25 or 17:15.'),
    (17.75, 'Time: "17.75" is not a time. Type 17:45, if you mean that.'),
    ("17:3", 'Time: "17:3" could be 17:30 or 17:03. Type 17:30 or 17:03.'),
    ("24:00", 'Time: "24:00" is the end of the day. Type 0:00 and the next day\'s date, or 23:59.'),
    (0.99999999, 'Time: "24:00" is the end of the day. Type 0:00 and the next day\'s date, or 23:59.'),
    ("25:00", 'Time: there is no "25:00" on the clock. Type it like 17:30.'),
    ("17:60", 'Time: there is no "17:60" on the clock. Type it like 17:30.'),
    ("17:30-18:15", 'Time: "17:30-18:15" holds two times. Type only the start, 17:30.'),
    ("after work", 'Time: "after work" is not a time we can read. Type it like 17:30.'),
    (-0.5, 'Time: "-0.5" is not a time we can read. Type it like 17:30.'),
    (99999999.0, 'Time: "99999999" is not a time we can read. Type it like 17:30.'),
    (True, 'Time: "TRUE" is not a time we can read. Type it like 17:30.'),
    ("#N/A", "Time shows #N/A. Type the value again, or mend the formula.")])  # fmt: skip
def test_what_is_no_time_or_two_times_is_said(typed: Cell, sentence: str) -> None:
    assert said(READ_TIME(typed)) == sentence


def test_every_bare_hour_from_one_to_eleven_is_refused_and_no_other() -> None:
    refused = [hour for hour in range(24) if isinstance(READ_TIME(str(hour)), Say)]
    assert refused == list(range(1, 12))


def test_every_minute_of_a_day_comes_back_exactly_from_its_serial_number() -> None:
    for minute in range(24 * 60):
        wanted = time(minute // 60, minute % 60)
        assert clock.from_serial(minute / 1440, "Time", TODAY) == wanted
        assert clock.from_serial(46458 + minute / 1440, "Time", TODAY) == wanted
        assert READ_TIME(f"{wanted:%H:%M}") == READ_TIME(f"{wanted:%H.%M}") == READ_TIME(f"{wanted:%I:%M %p}") == wanted
        assert READ_BOTH(46458 + minute / 1440) == (datetime.combine(date(2027, 3, 12), wanted) if minute
                                                     else date(2027, 3, 12))  # fmt: skip


@pytest.mark.parametrize(("typed", "moment"), [
    ("20 Mar 2027", date(2027, 3, 20)), ("20. 3. 2027", date(2027, 3, 20)),
    ("20 Mar 2027 18:00", at(18)), ("20.3.2027 o 18.00", at(18)), ("20.3., 5 pm", at(17)), ("2027-03-20T18:00", at(18)),
    ("20.3.2027 17h30", at(17, 30)), ("20. 3. 2027 at 5 p.m.", at(17)), (46466.75, at(18))])  # fmt: skip
def test_a_day_with_or_without_a_time(typed: Cell, moment: date) -> None:
    found = READ_BOTH(typed)
    assert found == moment
    assert type(found) is type(moment)
