"""Settings: each value by its type; what is wrong keeps the last good value and says so beside it."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sync.core.model import Book
from sync.core.ports import Cell
from sync.core.say import words
from sync.core.settings import SETTING_ROWS, Settings
from tests.unit.parsing import MEETING, NOW, book, problems, snapshot


def with_settings(*rows: tuple[str, Cell], last_good: Settings | None = None, **sheet: str) -> Book:
    cells = [{"setting": label, "value": value} for label, value in rows]
    return book(snapshot(settings=cells, meetings=[MEETING], **sheet), last_good=last_good)


def test_an_untouched_tab_means_what_set_up_wrote_into_it() -> None:
    blank = with_settings(*((setting.label, None) for setting in SETTING_ROWS))
    written = with_settings(*((setting.label, setting.default) for setting in SETTING_ROWS))
    assert blank.settings == written.settings == with_settings().settings
    assert blank.settings == Settings(zone="Europe/Bratislava", language="en")
    assert not blank.problems
    assert not written.problems


@pytest.mark.parametrize(("label", "raw", "key", "value"), [
    ("Team name", "Harbour\r\nStreet", "team_name", "Harbour Street"), ("team name ", "X", "team_name", "X"),
    ("Default time zone", "europe/london", "zone", "Europe/London"), ("Default language", "čeština", "language", "cs"),
    ("No mail before", "9.30", "no_mail_before", time(9, 30)), ("No mail before", 0.25, "no_mail_before", time(6)),
    ("No mail after", "9 pm", "no_mail_after", time(21)), ("Brief at", 0.75, "brief_at", time(18)),
    ("Usual length", "1 h", "usual_minutes", 60), ("Usual length", 30.0, "usual_minutes", 30),
    ("Wait after the last edit", "0", "settle_minutes", 0), ("Mails per day", 100.0, "per_day", 100),
    ("Thank-you without a line", "never", "plain_thanks", "Never"),
    ("After someone didn\u2019t come", "write next morning", "after_no_show", "Write next morning"),
    ("Approve waiting mail", "K7-120", "approve", "K7-120"),
    ("Days without mail", "Sunday, 24 Dec 2027", "quiet_weekdays", frozenset({6})),
    ("Days without mail", "Sunday, 24 Dec 2027", "quiet_dates", frozenset({date(2027, 12, 24)})),
    ("Days without mail", "24.12.; 25.12.\n26.12.", "quiet_dates",
     frozenset({date(2027, 12, 24), date(2027, 12, 25), date(2027, 12, 26)})),
    ("Days without mail", 46745.0, "quiet_dates", frozenset({date(2027, 12, 24)})),
    ("Days without mail", "Sundays and holidays", "quiet_weekdays", frozenset())])  # fmt: skip
def test_a_value_is_read_by_its_type(label: str, raw: Cell, key: str, value: object) -> None:
    assert getattr(with_settings((label, raw)).settings, key) == value


@pytest.mark.parametrize("word", ["sobota", "Samstag", "szombat", "sábado", "samedi", "Saturday", "sat", "SOB"])
def test_weekdays_in_every_language(word: str) -> None:
    assert with_settings(("Days without mail", word)).settings.quiet_weekdays == frozenset({5})


def test_a_weekday_that_two_languages_understand_differently_is_the_teams() -> None:
    czech = with_settings(("Days without mail", "so"), ("Default language", "cs"), locale="cs_CZ")
    german = with_settings(("Days without mail", "so"), locale="de_AT")
    assert (czech.settings.quiet_weekdays, german.settings.quiet_weekdays) == (frozenset({5}), frozenset({6}))
    assert problems(with_settings(("Days without mail", "so")), "settings") == [
        'Days without mail: "so" could be Saturday or Sunday. Type the whole word.']  # fmt: skip


@pytest.mark.parametrize(("label", "raw", "sentence"), [
    ("Default time zone", "Bratislava", 'Default time zone: "Bratislava" is not the name of a time zone. '
                                        "Type Europe/Bratislava, or the zone of another city."),
    ("Default language", "uk", 'Default language: "uk" is not a language of our mails. Choose English, Czech, Slovak, '
                               "Polish, Hungarian, German, Spanish or French."),
    ("No mail before", "25:00", 'No mail before: there is no "25:00" on the clock. Type it like 17:30.'),
    ("Usual length", 900.0, 'Usual length: "900" does not fit. Type a whole number from 5 to 600, like 45.'),
    ("Mails per day", "1 h", 'Mails per day: "1 h" does not fit. Type a whole number from 1 to 100,000, like 400.'),
    ("Thank-you without a line", "sometimes", 'Thank-you without a line: "sometimes" is not on the list. '
                                              "Choose After 48 hours or Never."),
    ("Days without mail", "Sunday, Feast of St. Nicholas", 'Days without mail: "Feast of St. Nicholas" is neither a '
                                                          "weekday nor a date. Type them with commas, like Sunday, "
                                                          "24 Dec 2027."),
    ("Days without mail", "3/4", 'Days without mail: "3/4" could be 3 April or 4 March. Type 3 Apr 2027 or '
                                 "4 Mar 2027."),
    ("Days without mail", "Mon,Tue,Wed,Thu,Fri,Sat,Sun", "Days without mail holds all seven days, so nothing could "
                                                        "ever go. Leave one out."),
    ("Team name", "x" * 300, "Team name is 300 characters long. Shorten it to 200."),
    ("Brief at", "#REF!", "Brief at shows #REF!. Type the value again, or mend the formula."),
    ("No mail after", "7:00", "No mail after (7:00) is not later than No mail before (8:00), so nothing could ever go. "
                              "Type a later hour.")])  # fmt: skip
def test_a_wrong_value_has_one_sentence_and_changes_nothing(label: str, raw: Cell, sentence: str) -> None:
    made = with_settings(("Keep mail copies for days", "30"), (label, raw))
    (problem,) = [p for p in made.problems if p.tab == "settings"]
    assert (words(problem.sentence, NOW), problem.row, problem.column) == (sentence, 3, "value")
    assert made.settings == Settings(zone="Europe/Bratislava", language="en", keep_days=30)


def test_the_last_good_value_stays() -> None:
    good = with_settings(("Days without mail", "Sunday"), ("No mail after", "21:00"),
                         ("Default time zone", "Europe/London"))  # fmt: skip
    made = with_settings(("Days without mail", "?"), ("No mail after", "late"), ("Default time zone", "London"),
                         ("No mail before", "9:00"), last_good=good.settings)  # fmt: skip
    assert made.settings == good.settings.model_copy(update={"no_mail_before": time(9)})
    assert len(problems(made, "settings")) == 3
    assert not made.meetings[0].unread
    lost = book(snapshot(lost=("settings",)), last_good=good.settings)
    assert lost.settings == good.settings


def test_a_zone_that_cannot_be_read_holds_meetings_without_one_of_their_own() -> None:
    cells = [{"setting": "Default time zone", "value": "Bratislava"}]
    rows = [MEETING, MEETING | {"zone": "Europe/London"}]
    made = book(snapshot(settings=cells, zone="America/New_York", meetings=rows))
    assert "zone" in made.meetings[0].unread
    assert not made.meetings[1].unread
    assert len(made.problems) == 1


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "\x00", "CET ", "\ud800"])
def test_a_spreadsheet_whose_zone_nobody_knows_is_said_once(zone: str) -> None:
    made = with_settings(("Default time zone", None), zone=zone)
    assert made.settings.zone == "UTC"
    assert len(made.problems) == 1
    assert words(made.problems[0].sentence, NOW).startswith("Default time zone is empty, and the spreadsheet's")
    assert "zone" in made.meetings[0].unread
    chosen = with_settings(("Default time zone", "Europe/London"), zone=zone)
    assert not chosen.problems
    assert chosen.meetings[0].start == datetime(2027, 3, 11, 17, 30, tzinfo=ZoneInfo("Europe/London"))


@pytest.mark.parametrize(("locale", "language"), [("sk_SK", "sk"), ("en_US", "en"), ("cs", "cs"), ("de-AT", "de"),
                                                  ("ja_JP", "pl"), ("", "pl")])  # fmt: skip
def test_the_language_is_the_spreadsheets_else_the_fallback(locale: str, language: str) -> None:
    assert book(snapshot(locale=locale), fallback_language="pl").settings.language == language


def test_a_setting_twice_and_a_setting_of_their_own() -> None:
    made = with_settings(("Usual length", "30"), ("Cake", "yes"), ("Usual length", "60"))
    assert made.settings.usual_minutes == 30
    assert problems(made, "settings", hints=True) == ["Usual length stands twice. Row 2 counts; delete this one."]
    assert not problems(made, "settings")
