"""A tab that is gone, a column missing, a header twice, and the switch that stops all mail."""

from __future__ import annotations

import pytest

from sync.core.columns import CONTACTS, MEETINGS, READ_TABS, TAB, Tab
from sync.core.headers import bind
from sync.core.model import Book
from sync.core.parse_tabs import NEEDED
from sync.core.ports import Cell, TabRead
from tests.unit.parsing import ANNA, MEETING, book, problems, snapshot, table


def read_as(tab: Tab, header: list[str], rows: list[dict[str, Cell]]) -> TabRead:
    """Return the tab as a backend reads it under this header row."""
    keys = {column.header: column.key for column in tab.columns}
    binding = bind(tab, header)
    cells = [[row.get(keys.get(text, "")) for text in header] for row in rows]
    return TabRead(tab.key, binding.columns, cells, found=tuple(header), doubled=binding.doubled)


def headers(tab: Tab, *left_out: str) -> list[str]:
    return [column.header for column in tab.columns if column.header not in left_out]


def with_meetings(header: list[str]) -> Book:
    return book(snapshot(meetings=read_as(MEETINGS, header, [MEETING])))


def test_a_missing_column_stops_its_tab_and_names_the_way_back() -> None:
    made = with_meetings(headers(MEETINGS, "Date"))
    assert made.halted == {"meetings"}
    assert problems(made, "meetings") == [
        'Column "Date" is missing in Meetings. Put the header back (or run sync setup again); until then nothing goes '
        "from Meetings."]  # fmt: skip
    (problem,) = made.problems
    assert (problem.row, problem.row_id, problem.column) == (1, "", "")
    assert made.meetings[0].contact is not None


def test_several_missing_columns_are_one_sentence() -> None:
    made = with_meetings(headers(MEETINGS, "Date", "Time", "Hold mail", "Minutes", "Time zone"))
    assert problems(made, "meetings") == [
        'Columns "Date", "Time", "Hold mail" and 2 more are missing in Meetings. Put the headers back (or run sync '
        "setup again); until then nothing goes from Meetings."]  # fmt: skip


@pytest.mark.parametrize("tab", READ_TABS, ids=lambda tab: tab.key)
def test_every_needed_column_stops_its_tab_when_it_is_lost(tab: Tab) -> None:
    assert {column.key for column in tab.required} <= NEEDED[tab.key]
    for key in NEEDED[tab.key]:
        header = headers(tab, tab.column(key).header)
        assert book(snapshot(**{tab.key: read_as(tab, header, [])})).halted == {tab.key}, key


def test_a_header_twice_stops_its_tab_and_names_both_columns() -> None:
    made = with_meetings([*headers(MEETINGS), "date"])
    assert made.halted == {"meetings"}
    assert problems(made, "meetings") == [
        'Two columns in Meetings are called "Date" (D and AF). Rename the one that is not ours; until then nothing '
        "goes from Meetings."]  # fmt: skip
    assert made.meetings[0].date is None


def test_a_copy_of_a_renamed_column_stops_its_tab_too() -> None:
    header = [text if text != "Date" else "Wann" for text in headers(MEETINGS)] + ["Wann"]
    binding = bind(MEETINGS, header, {"date": header.index("Wann")})
    read = TabRead("meetings", binding.columns, [], found=tuple(header), doubled=binding.doubled)
    made = book(snapshot(meetings=read))
    assert made.halted == {"meetings"}
    assert 'are called "Wann" (D and AF)' in problems(made, "meetings")[0]


def test_what_no_mail_needs_may_be_missing_or_stand_twice() -> None:
    made = with_meetings([*headers(MEETINGS, "What I heard"), "Team notes", "Weather"])
    assert not made.halted
    assert not made.problems


def test_a_lost_column_of_ours_is_a_hint() -> None:
    made = with_meetings(headers(MEETINGS, "What happens next", "Reply"))
    assert not made.halted
    assert problems(made, "meetings", hints=True) == [
        'We cannot write into Meetings what belongs under "What happens next" and "Reply": no such column. '
        "Run sync setup again."]  # fmt: skip


@pytest.mark.parametrize("tab", READ_TABS, ids=lambda tab: tab.key)
def test_a_lost_tab_is_said_and_stops_its_mail(tab: Tab) -> None:
    made = book(snapshot(meetings=[MEETING], lost=(tab.key,)))
    assert tab.key in made.halted
    assert problems(made, tab.key)[0].startswith(f'The tab "{tab.title}" is missing. Bring it back')


def test_a_lost_tab_of_people_is_not_a_problem_of_every_row() -> None:
    made = book(snapshot(meetings=[MEETING] * 5, lost=("contacts", "team")))
    assert len(made.problems) == 2
    assert all({"contact", "organizer"} <= set(met.unread) for met in made.meetings)
    nameless = read_as(CONTACTS, headers(CONTACTS, "Name"), [ANNA])
    assert not problems(book(snapshot(contacts=nameless, meetings=[MEETING])), "meetings")


@pytest.mark.parametrize(("raw", "stopped"), [
    (None, False), ("", False), (" ", False), (False, False), ("FALSE", False), (True, True), ("TRUE", True),
    ("yes", True), ("x", True)])  # fmt: skip
def test_the_switch_is_a_tick(raw: Cell, stopped: bool) -> None:
    made = book(snapshot(stop_all=raw))
    assert made.stop_all is stopped
    assert not made.problems


@pytest.mark.parametrize("raw", ["no", "maybe", "ask Jana", 0.0, 1.0, "#REF!"])
def test_anything_else_in_the_switch_stops_as_well_and_is_said(raw: Cell) -> None:
    made = book(snapshot(stop_all=raw))
    assert made.stop_all is None
    assert problems(made, "start_here")[0].startswith("Stop all mail")


def test_without_its_tab_nobody_could_stop_the_mail() -> None:
    made = book(snapshot(lost=("start_here",)))
    assert made.stop_all is None
    assert TAB["start_here"].title in problems(made, "start_here")[0]


def test_columns_in_any_order_say_the_same() -> None:
    usual = book(snapshot(meetings=table(MEETINGS, [MEETING])))
    backwards = with_meetings(headers(MEETINGS)[::-1])
    assert backwards.meetings == usual.meetings
