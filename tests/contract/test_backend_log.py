"""What every spreadsheet does alike with the ``Mail log``: lines are appended, replaced by number, and read again.

Each test runs on every harness (see ``conftest.py``).  ``design.md`` 3 (Mail log, Start here) and P11.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.core.columns import LIVE_LINES
from sync.core.ports import Cell, LogLine, Written
from tests.contract.harness import Harness
from tests.contract.people import edit_of, told

LOG = "Mail log"


def going(number: int, name: str = "Anna") -> LogLine:
    """A mail that is about to leave: every cell of its line."""
    return LogLine(
        f"{number} rmeeting{number}/confirmation/0//hash/0 digest 1804000000", "Tue 2 Mar 19:10", "Confirmation",
        f"{name} <{name.lower()}@example.org>", f"{name}, Thu 11 Mar 17:30", "Thursday 11 March, 17:30", "Goes",
        f"<confirmation.{number}@example.org>",
    )  # fmt: skip


def gone(number: int) -> LogLine:
    """What became of it: its key and its result, nothing else."""
    key = f"{number} rmeeting{number}/confirmation/0//hash/0 digest 1804000060"
    return LogLine(key, result=f"Sent Tue 2 Mar 19:1{number % 10}")


def shown(sheet: Harness) -> dict[int, tuple[Cell, Cell, Cell]]:
    """Row number → number, result and recipient of each row that holds a key, wherever the columns are."""
    header = sheet.header(LOG)
    found = {}
    for row, cells in enumerate(sheet.rows(LOG), 2):
        line = dict(zip(header, cells, strict=False))
        if line.get("Key"):
            found[row] = (str(line["Key"]).split(" ", 1)[0], line.get("Result"), line.get("To"))
    return found


def results(sheet: Harness) -> list[tuple[Cell, Cell]]:
    """Number and result of each line, from the top."""
    return [(number, result) for number, result, _ in shown(sheet).values()]


def logged(sheet: Harness, *lines: LogLine) -> frozenset[int]:
    return sheet.backend().write((), {}, lines).logged


@pytest.fixture
def three(ready: Harness) -> Harness:
    """A sheet whose log holds three lines."""
    assert logged(ready, going(1), going(2, "Ben"), going(3, "Cecil")) == {1, 2, 3}
    return ready


def test_lines_are_appended_below_the_heading_and_read_again(ready: Harness) -> None:
    before = ready.team_cells()
    assert logged(ready, going(1), going(2, "Ben")) == {1, 2}
    assert logged(ready, going(3, "Cecil")) == {3}
    assert list(shown(ready)) == [2, 3, 4]
    backend = ready.backend()
    assert backend.read_log() == (going(1), going(2, "Ben"), going(3, "Cecil"))
    snapshot = backend.read()
    assert [(row.number, row.key, row.decision) for row in snapshot.log] == [
        (2, going(1).key, None), (3, going(2).key, None), (4, going(3).key, None)]  # fmt: skip
    assert "mail_log" not in snapshot.tabs
    assert ready.team_cells() == before


def test_a_line_replaces_the_row_with_its_number_and_blank_texts_leave_their_cells(three: Harness) -> None:
    assert logged(three, gone(2), going(4, "Dora")) == {2, 4}
    assert shown(three) == {
        2: ("1", "Goes", "Anna <anna@example.org>"), 3: ("2", gone(2).result, "Ben <ben@example.org>"),
        4: ("3", "Goes", "Cecil <cecil@example.org>"), 5: ("4", "Goes", "Dora <dora@example.org>"),
    }  # fmt: skip
    second = three.backend().read_log()[1]
    assert (second.key, second.subject, second.message_id) == (gone(2).key, going(2).subject, going(2).message_id)


def test_the_same_lines_again_change_nothing(three: Harness) -> None:
    lines = (gone(1), going(4, "Dora"))
    assert logged(three, *lines) == {1, 4}
    before = three.rows(LOG)
    assert logged(three, *lines) == {1, 4}
    assert three.rows(LOG) == before


def test_a_decision_is_read_and_never_written(three: Harness) -> None:
    three.type(LOG, 3, "Decision", "Send again")
    three.type(LOG, 4, "Decision", "hm?")
    before = three.team_cells()
    assert logged(three, gone(1), gone(2), gone(3), going(4)) == {1, 2, 3, 4}
    assert three.team_cells() == before
    assert [row.decision for row in three.backend().read().log] == [None, "Send again", "hm?", None]


def _sort(sheet: Harness) -> None:
    sheet.sort(LOG, "To", descending=True)


def _insert(sheet: Harness) -> None:
    sheet.insert_row(LOG, 3)
    sheet.insert_row(LOG, 2)


def _own_column(sheet: Harness) -> None:
    sheet.insert_column(LOG, "Subject", "Ours")
    sheet.type(LOG, 3, "Ours", "keep")


def _blank_column(sheet: Harness) -> None:
    sheet.insert_column(LOG, "Key")


def _move(sheet: Harness) -> None:
    sheet.move_column(LOG, "Key", "When")
    sheet.move_column(LOG, "Decision", "Message-ID")


def _rename(sheet: Harness) -> None:
    sheet.rename_header(LOG, "About", "Concerning")
    sheet.rename_tab("Settings", "Our choices")


DEEDS: dict[str, Callable[[Harness], None]] = {
    "sorted": _sort, "rows inserted": _insert, "a column of their own": _own_column, "a blank column": _blank_column,
    "columns moved": _move, "a heading renamed": _rename,
}  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("known", [True, False], ids=["since the read", "before the read"])
def test_whatever_people_did_every_line_finds_its_row(three: Harness, deed: str, known: bool) -> None:
    three.type(LOG, 4, "Decision", "Leave it")
    backend = three.backend()
    if known:
        backend.read()
    DEEDS[deed](three)
    before = three.team_cells()
    rows = {number: row for row, (number, _, _) in shown(three).items()}
    last = max(rows.values())
    assert backend.write((), {}, [gone(3), gone(1), going(4, "Dora")]).logged == {1, 3, 4}
    assert three.team_cells() == before
    assert {number: (row, result) for row, (number, result, _) in shown(three).items()} == {
        "1": (rows["1"], gone(1).result), "2": (rows["2"], "Goes"), "3": (rows["3"], gone(3).result),
        "4": (last + 1, "Goes"),
    }  # fmt: skip


def test_new_lines_go_below_everything_that_stands_there(three: Harness) -> None:
    three.type(LOG, 6, "Decision", "a note")
    three.insert_column(LOG, "Subject", "Ours")
    three.type(LOG, 9, "Ours", "another")
    assert logged(three, going(4), gone(1)) == {1, 4}
    assert list(shown(three)) == [2, 3, 4, 10]
    three.type(LOG, 12, "When", "typed into our column")
    assert logged(three, going(5)) == {5}
    assert list(shown(three)) == [2, 3, 4, 10, 13]


def test_a_deleted_row_comes_back_only_as_the_line_that_is_written(three: Harness) -> None:
    three.delete_row(LOG, 3)
    assert logged(three, gone(2)) == {2}
    assert shown(three)[4] == ("2", gone(2).result, None)


@pytest.mark.parametrize("wrong", ["hello", "2nd mail", "two", "-2", "2.0", "٢ x", 2, 2.5, True, "=2"])
def test_what_people_type_into_a_key_is_no_number_and_stays(three: Harness, wrong: Cell) -> None:
    three.type(LOG, 4, "Key", wrong)
    was = three.cell(LOG, 4, "Key")
    assert logged(three, gone(2), going(4)) == {2, 4}
    assert results(three)[1] == ("2", gone(2).result)
    assert three.cell(LOG, 4, "Key") == was
    assert list(shown(three)) == [2, 3, 4, 5]
    backend = three.backend()
    assert [line.key for line in backend.read_log()][-1] == going(4).key
    assert [row.number for row in backend.read().log if row.key == going(2).key or row.key == gone(2).key] == [3]


def test_a_copied_row_keeps_no_line_from_the_log(three: Harness) -> None:
    three.type(LOG, 8, "Key", going(2).key)
    assert logged(three, gone(2), going(4)) == {2, 4}
    assert sorted(number for number, _ in results(three)) == ["1", "2", "2", "3", "4"]
    before = three.rows(LOG)
    assert logged(three, gone(2), going(4)) == {2, 4}
    assert three.rows(LOG) == before


TEXTS = ("=1+1", "Zoë 🕊️ 👩‍👩‍👧", "+421 903", "-1", "'quoted", "00123", "TRUE", "<b>&amp;", "1/2/2027", "a\nb", "@x")


def test_texts_stay_texts(ready: Harness) -> None:
    lines = [
        LogLine(f"{number} {text}", text, text, text, text, text, text, text)
        for number, text in enumerate(TEXTS, 1)
    ]  # fmt: skip
    assert logged(ready, *lines) == set(range(1, len(TEXTS) + 1))
    assert ready.backend().read_log() == tuple(lines)
    headers = ("When", "Message", "To", "About", "Subject", "Result", "Message-ID", "Key")
    assert all(ready.is_text(LOG, row, header) for row in range(2, len(TEXTS) + 2) for header in headers)


def test_everything_goes_in_one_write(people: Harness) -> None:
    backend = people.backend()
    edit = edit_of(backend.read(), "contacts", "Eva Malá", "next", "Confirmation goes at 19:10.")
    written = backend.write([edit], {"Last check": "19:05", "For the service": "mark"}, [going(1), going(2)])
    assert written == Written(cells=1, logged=frozenset({1, 2}))
    assert told(people, "Eva Malá") == edit.value
    assert results(people) == [("1", "Goes"), ("2", "Goes")]
    marks = people.backend().read_marks()
    assert (marks["Last check"], marks["For the service"], marks["Next check"]) == ("19:05", "mark", "")


def test_a_log_column_that_is_gone_costs_only_its_own_texts(three: Harness) -> None:
    three.delete_column(LOG, "Subject")
    assert logged(three, gone(1), going(4)) == {1, 4}
    assert results(three)[-1] == ("4", "Goes")


@pytest.mark.parametrize("deed", [("delete_column", (LOG, "Key")), ("delete_tab", (LOG,))], ids=["key", "tab"])
def test_without_a_place_for_the_key_nothing_counts_as_logged_and_the_rest_is_written(
    people: Harness, deed: tuple[str, tuple[object, ...]]
) -> None:
    verb, values = deed
    getattr(people, verb)(*values)
    backend = people.backend()
    snapshot = backend.read()
    edit = edit_of(snapshot, "contacts", "Eva Malá", "next", "Goes")
    assert backend.write([edit], {"Last check": "now"}, [going(1)]) == Written(cells=1)
    assert told(people, "Eva Malá") == "Goes"
    assert people.at("Start here", "B3") == "now"
    assert (snapshot.log, backend.read_log()) == ((), ())
    assert ("mail_log" in snapshot.lost) is (verb == "delete_tab")
    people.backend().repair()
    assert logged(people, going(1)) == {1}


def test_an_untouched_log_is_no_news(three: Harness) -> None:
    backend = three.backend()
    first = backend.read()
    assert backend.read() is first
    three.type(LOG, 3, "Decision", "Leave it")
    assert backend.read().digest != first.digest


# --- the live lines --------------------------------------------------------------------------------------------------


def test_marks_are_read_where_their_lines_stand(ready: Harness) -> None:
    assert ready.backend().read_marks() == dict.fromkeys(LIVE_LINES, "")
    texts = {name: f"about {name}" for name in LIVE_LINES}
    assert ready.backend().write((), texts).lost == 0
    assert ready.backend().read_marks() == texts
    ready.insert_row("Start here", 1)
    ready.insert_row("Start here", 5)
    assert ready.backend().read_marks() == texts
    ready.delete_row("Start here", 4)
    assert ready.backend().read_marks() == texts | {"Last check": ""}


def test_without_start_here_there_are_no_marks(ready: Harness) -> None:
    ready.delete_tab("Start here")
    assert not any(ready.backend().read_marks().values())
