"""Columns are found by what they are bound to, else by their headers; a header that stands twice is nobody's."""

from __future__ import annotations

import pytest

from sync.core.columns import CONTACTS, MEETINGS, READ_TABS, Tab
from sync.core.headers import bind, fold_header, letter, places, title
from sync.core.ports import Cell

HEADERS = [column.header for column in MEETINGS.columns]


@pytest.mark.parametrize("tab", READ_TABS, ids=lambda tab: tab.key)
def test_every_column_is_found_in_any_order(tab: Tab) -> None:
    backwards = [column.header for column in reversed(tab.columns)]
    binding = bind(tab, backwards)
    assert {backwards[at]: key for key, at in binding.columns.items()} == {c.header: c.key for c in tab.columns}
    assert not binding.missing
    assert not binding.doubled


@pytest.mark.parametrize("written", [
    "Purpose ✉", "purpose", " PURPOSE  ", "Purpose\u00a0✉", "Purpose ✉\ufe0f", "Purpose *", "Purpose:",
    "\uff30urpose", "Pur\u200bpose"])  # fmt: skip
def test_case_blanks_width_and_ornaments_do_not_matter(written: str) -> None:
    header: list[Cell] = [written if text == "Purpose ✉" else text for text in HEADERS]
    assert bind(MEETINGS, header).columns["purpose"] == HEADERS.index("Purpose ✉")


def test_an_alias_is_understood_when_the_header_itself_is_not_there() -> None:
    assert bind(CONTACTS, ["Full name", "E-mail"]).columns == {"name": 0, "email": 1}
    both = bind(CONTACTS, ["Name", "Mail", "Email"])
    assert both.columns == {"name": 0, "email": 2}
    assert not both.doubled


def test_a_bound_column_may_be_renamed_and_its_old_header_used_for_another() -> None:
    header = ["Datum", *HEADERS]
    binding = bind(MEETINGS, header, {"date": 0})
    assert binding.columns["date"] == 0
    assert binding.columns["time"] == 1 + HEADERS.index("Time")
    assert not binding.doubled


def test_a_header_that_stands_twice_is_named_and_not_guessed() -> None:
    binding = bind(MEETINGS, [*HEADERS, "date "])
    assert binding.doubled == ("Date",)
    assert "date" not in binding.columns
    assert "date" not in [column.key for column in binding.missing]
    assert places([*HEADERS, "date "], "Date") == (HEADERS.index("Date"), len(HEADERS))


def test_a_copy_of_a_bound_column_is_named_too() -> None:
    binding = bind(MEETINGS, [*HEADERS, "Date"], {"date": HEADERS.index("Date")})
    assert binding.doubled == ("Date",)
    assert binding.columns["date"] == HEADERS.index("Date")


def test_two_aliases_are_as_unsure_as_two_headers() -> None:
    binding = bind(CONTACTS, ["Name", "E-mail", "Mail"])
    assert "email" not in binding.columns
    assert binding.doubled == ("E-mail",)


def test_what_is_not_there_is_missing_and_foreign_columns_are_left_alone() -> None:
    binding = bind(MEETINGS, ["Contact", None, "Weather", 7.0, True, "Organizer"])
    assert binding.columns == {"contact": 0, "organizer": 5}
    assert {"date", "time", "next"} <= {column.key for column in binding.missing}


def test_an_empty_tab_has_no_columns() -> None:
    assert bind(MEETINGS, []).columns == {}
    assert len(bind(MEETINGS, []).missing) == len(MEETINGS.columns)


def test_one_column_is_not_two_things() -> None:
    binding = bind(MEETINGS, HEADERS, {"date": 0, "contact": 0})
    assert sorted(binding.columns.values()) == sorted(set(binding.columns.values()))


def test_letters_are_those_people_see() -> None:
    assert [letter(at) for at in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_a_title_is_safe_to_show() -> None:
    assert title("Place\r\n ✉") == "Place"
    assert fold_header(12.0) == "12"
    assert fold_header(None) == ""
