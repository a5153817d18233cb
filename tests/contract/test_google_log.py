"""The ``Mail log`` in Google Sheets: requests counted, answers lost, and people who move rows in the very moment."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from sync.core.columns import LIVE_LINES, MAIL_LOG
from sync.core.ports import LogLine, Written
from tests.contract.google_sheet import before, calls, sentences, tell
from tests.contract.harness_google import BOOK, GoogleHarness
from tests.contract.test_backend_log import LOG, going, gone, results, shown
from tests.fakes.sheets import faults

pytest_plugins = ("tests.contract.google_fixtures",)

READ, WRITE = "values:batchGetByDataFilter", "values:batchUpdateByDataFilter"
NAMES = ("Anna", "Ben", "Cecil", "Dora", "Emil")


@pytest.fixture
def five(google: GoogleHarness) -> Iterator[GoogleHarness]:
    """A sheet whose log holds five lines, with a decision beside the fourth; only our columns are ever written."""
    lines = [going(number, name) for number, name in enumerate(NAMES, 1)]
    assert google.backend().write((), {}, lines).logged == {1, 2, 3, 4, 5}
    google.type(LOG, 5, "Decision", "Send again")
    google.emulator.reset_log()
    yield google
    ours = {column.header for column in MAIL_LOG.columns if column.owner == "service"} | {"Code"}
    assert {cell.header for cell in google.book.written_cells if cell.tab == LOG and cell.row > 1} <= ours


def story(harness: GoogleHarness) -> dict[str, tuple[object, object, object]]:
    """Number → recipient, result and decision; a number that stands twice fails."""
    found: dict[str, tuple[object, object, object]] = {}
    for row in harness.hand.table(LOG):
        if row["Key"]:
            number = str(row["Key"]).split(" ", 1)[0]
            assert number not in found, number
            found[number] = (row["To"], row["Result"], row["Decision"])
    return found


FIVE = {str(n): (f"{name} <{name.lower()}@example.org>", "Goes", "Send again" if n == 4 else None)
        for n, name in enumerate(NAMES, 1)}  # fmt: skip


# --- requests counted ------------------------------------------------------------------------------------------------


def test_the_log_costs_no_request_of_its_own(five: GoogleHarness) -> None:
    """``design.md`` 9: with mail, per batch, 2 reads and 2 writes more than a cycle with changes (2 reads, 1 write)."""
    backend = five.backend()
    backend.read()
    five.emulator.reset_log()
    first = backend.read()
    assert backend.write((), {"For the service": "m"}, [going(6), going(7)]).logged == {6, 7}
    assert calls(five) == ["r", "r", "w"]
    written = backend.write([tell("Ben", "Sent.")], {"Last check": "10:00", "For the service": "m"}, [gone(6), gone(7)])
    assert written == Written(cells=1, logged=frozenset({6, 7}))
    assert calls(five) == ["r", "r", "w", "r", "w"]
    five.emulator.reset_log()
    now = backend.read()
    assert [row.number for row in now.log] == [*(row.number for row in first.log), 7, 8]
    assert backend.read() is now
    assert calls(five) == ["r", "r"]


def test_recovery_reads_the_log_and_the_marks_with_one_request_each(five: GoogleHarness) -> None:
    backend = five.backend()
    backend.read()
    backend.write((), {"For the service": "m"})
    five.emulator.reset_log()
    assert [line.key for line in backend.read_log()] == [going(number).key for number in range(1, 6)]
    assert calls(five) == ["r"]
    assert backend.read_marks()["For the service"] == "m"
    assert calls(five) == ["r", "r"]


# --- the answer is lost ----------------------------------------------------------------------------------------------

LOST = {
    "503 when applied": lambda: faults.status(503, applied=True), "503": lambda: faults.status(503),
    "reset when applied": lambda: faults.reset(applied=True), "reset": lambda: faults.reset(),
    "cut": lambda: faults.cut(), "broken off": lambda: faults.cut(closes=True), "429": lambda: faults.status(429),
}  # fmt: skip


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("moment", [READ, WRITE])
def test_a_lost_answer_doubles_no_line(five: GoogleHarness, fault: str, moment: str) -> None:
    backend = five.backend()
    backend.read()
    five.emulator.faults.add(LOST[fault](), moment)
    assert backend.write((), {}, [gone(2), going(6, "Fero"), going(7, "Gita")]).logged == {2, 6, 7}
    assert [number for number, _ in results(five)] == ["1", "2", "3", "4", "5", "6", "7"]
    assert story(five)["2"][1] == gone(2).result


def test_a_line_that_hit_another_row_unseen_is_made_good_in_the_next_try(five: GoogleHarness) -> None:
    """The row moved in the very moment, and the answer that would have told it was lost."""
    backend = five.backend()
    backend.read()
    five.emulator.faults.add(faults.status(503, applied=True), WRITE)
    before(five, WRITE, lambda: five.insert_row(LOG, 3))
    assert backend.write((), {}, [going(6, "Fero")]).logged == {6}
    told = story(five)
    assert {number: (to, result) for number, (to, result, _) in told.items()} == {
        number: (to, result) for number, (to, result, _) in FIVE.items()
    } | {"6": ("Fero <fero@example.org>", "Goes")}  # fmt: skip


def test_a_line_that_hit_another_row_unseen_is_made_good_in_a_later_call(five: GoogleHarness) -> None:
    backend = five.backend(budget=0.0)
    backend.read()
    five.emulator.faults.add(faults.reset(applied=True), WRITE)
    before(five, WRITE, lambda: five.insert_row(LOG, 3))
    with pytest.raises(Exception, match="did not answer"):
        backend.write((), {}, [going(6, "Fero")])
    assert "5" not in story(five)
    backend.read()
    assert backend.write((), {}, [going(6, "Fero")]).logged >= {6}
    assert set(story(five)) == {"1", "2", "3", "4", "5", "6"}


# --- rows move in the very moment ------------------------------------------------------------------------------------

HANDS: dict[str, Callable[[GoogleHarness], None]] = {
    "sort down": lambda h: h.sort(LOG, "To", descending=True),
    "sort by decision": lambda h: h.sort(LOG, "Decision"),
    "insert a row": lambda h: h.insert_row(LOG, 3),
    "insert rows": lambda h: h.hand.insert_rows(LOG, 2, 3),
    "move rows": lambda h: h.hand.move_rows(LOG, 2, 7, 2),
    "move a row up": lambda h: h.hand.move_rows(LOG, 6, 2),
    "insert a column": lambda h: h.insert_column(LOG, "Message", "Ours"),
    "insert a blank column": lambda h: h.insert_column(LOG, "Key"),
    "move the key": lambda h: h.move_column(LOG, "Key", "When"),
    "move the decision": lambda h: h.move_column(LOG, "Decision", "Key"),
    "rename the key": lambda h: h.rename_header(LOG, "Key", "Code"),
    "rename the tab": lambda h: h.rename_tab(LOG, "Post"),
    "hide rows and columns": lambda h: (h.hand.hide_rows(LOG, 3, 2), h.hand.hide_column(LOG, "Result"))[0],
}


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("moment", [READ, WRITE])
def test_no_line_is_lost_or_mixed_whatever_people_do_in_between(five: GoogleHarness, hand: str, moment: str) -> None:
    backend = five.backend()
    backend.read()
    before(five, moment, lambda: HANDS[hand](five))
    lines = [gone(2), gone(5), going(6, "Fero"), going(7, "Gita")]
    wanted = FIVE | {
        "2": (FIVE["2"][0], gone(2).result, None), "5": (FIVE["5"][0], gone(5).result, None),
        "6": ("Fero <fero@example.org>", "Goes", None), "7": ("Gita <gita@example.org>", "Goes", None),
    }  # fmt: skip
    done = backend.write((), {}, lines).logged
    if hand in {"rename the tab", "rename the key"}:
        assert done >= ({2, 5, 6, 7} if hand == "rename the tab" else set())
        five.rename_tab("Post", LOG) if hand == "rename the tab" else five.rename_header(LOG, "Code", "Key")
    told = story(five)
    assert {number: told[number] for number in FIVE if number not in {"2", "5"}} == {
        number: FIVE[number] for number in FIVE if number not in {"2", "5"}}  # fmt: skip
    for number in ("2", "5", "6", "7"):
        if int(number) in done:
            assert told[number] == wanted[number]
        else:
            assert told.get(number) in (FIVE.get(number), None)
    backend.read()
    assert backend.write((), {}, [line for line in lines if int(line.key.split()[0]) not in done] or lines[:1]).logged
    assert story(five) == wanted


def test_a_line_in_its_own_row_counts_although_others_moved(five: GoogleHarness) -> None:
    backend = five.backend()
    backend.read()
    before(five, WRITE, lambda: five.hand.move_rows(LOG, 6, 4))
    five.emulator.reset_log()
    assert backend.write((), {}, [gone(2)]).logged == {2}
    assert calls(five) == ["r", "w", "r"], "nothing is put right where nothing went wrong"
    assert story(five) == FIVE | {"2": (FIVE["2"][0], gone(2).result, None)}


def test_a_row_deleted_in_the_very_moment_harms_no_other(five: GoogleHarness) -> None:
    for moment in (READ, WRITE):
        backend = five.backend()
        backend.read()
        before(five, moment, lambda: five.delete_row(LOG, 2))
        assert 6 in backend.write((), {}, [gone(4), going(6, "Fero")]).logged
    told = story(five)
    assert told["5"] == FIVE["5"]
    assert told["4"] == (FIVE["4"][0], gone(4).result, "Send again")


@pytest.mark.parametrize("seed", range(12))
def test_any_two_deeds_in_any_two_moments_leave_every_line_whole(five: GoogleHarness, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same deeds in every run
    deeds = [name for name in HANDS if "rename" not in name]
    backend = five.backend()
    backend.read()
    numbers = dice.sample(range(1, 6), 3)
    lines = [*(gone(number) for number in numbers), going(6, "Fero"), going(7, "Gita")]
    dice.shuffle(lines)
    nth, moment = dice.randint(1, 2), dice.choice([READ, WRITE])
    picked = dice.sample(deeds, 2)

    def act() -> None:
        for name in picked:
            HANDS[name](five)

    before(five, moment, act, nth=nth)
    for _ in range(4):
        backend.write((), {}, lines)
        backend.read()
    told = story(five)
    assert set(told) == set("1234567")
    for number, (to, result, decision) in FIVE.items():
        assert told[number] == (to, gone(int(number)).result if int(number) in numbers else result, decision), picked


def test_a_key_typed_over_in_the_very_moment_is_noticed(five: GoogleHarness) -> None:
    backend = five.backend()
    backend.read()
    before(five, WRITE, lambda: five.type(LOG, 3, "Key", "hello"))
    assert backend.write((), {}, [going(6)]).logged == frozenset()
    assert backend.write((), {}, [going(6)]).logged == {6}
    assert five.cell(LOG, 3, "Key") == "hello"
    assert {number: told[0] for number, told in story(five).items()} == {
        **{number: to for number, (to, _, _) in FIVE.items()}, "6": "Anna <anna@example.org>",
        "hello": "Ben <ben@example.org>"}  # fmt: skip


def test_a_key_column_deleted_in_the_very_moment_means_not_logged(five: GoogleHarness) -> None:
    backend = five.backend()
    backend.read()
    before(five, WRITE, lambda: five.delete_column(LOG, "Key"))
    assert backend.write([tell("Ben", "Soon.")], {"Last check": "10:00"}, [going(6)]) == Written(cells=1)
    assert sentences(five)["Ben"] == "Soon."
    assert backend.read().log == ()


# --- tabs that are gone, closed or full ------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [READ, WRITE])
def test_a_log_deleted_in_between_leaves_the_rest_written(five: GoogleHarness, moment: str) -> None:
    backend = five.backend()
    backend.read()
    before(five, moment, lambda: five.delete_tab(LOG))
    assert backend.write([tell("Ben", "Soon.")], {"Last check": "10:00"}, [going(6)]) == Written(cells=1)
    assert (sentences(five)["Ben"], five.at("Start here", "B3")) == ("Soon.", "10:00")
    assert backend.read().lost == ("mail_log",)
    assert backend.write((), {}, [going(6)]) == Written()
    backend.repair()
    backend.read()
    assert backend.write((), {}, [going(6)]).logged == {6}


def test_a_protected_log_is_not_logged_and_keeps_nothing_else_from_being_written(five: GoogleHarness) -> None:
    five.hand.protect(LOG, "A1:Z1000")
    backend = five.backend()
    backend.read()
    edits, live = [tell("Ben", "Soon."), tell("Dora", "Later.")], {"Last check": "10:00"}
    for _ in range(2):
        assert backend.write(edits, live, [going(6), gone(2)]) == Written(cells=2)
        assert (sentences(five)["Ben"], five.at("Start here", "B3")) == ("Soon.", "10:00")
        edits = [tell("Dora", "Never."), tell("Emil", "Now.")]
    assert story(five) == FIVE
    five.hand.undo()
    assert backend.write((), {}, [going(6), gone(2)]).logged == {2, 6}
    five.emulator.reset_log()
    assert backend.write(edits, {}, [going(7)]).logged == {7}
    assert calls(five) == ["r", "w"]


def test_a_protected_row_of_the_log_keeps_no_new_line_from_it(five: GoogleHarness) -> None:
    five.hand.protect(LOG, "A3:Z3")
    backend = five.backend()
    backend.read()
    assert backend.write((), {}, [gone(2), going(6)]).logged == {6}
    assert backend.write([tell("Ben", "Soon.")], {}, [gone(2), going(7)]) == Written(cells=1, logged=frozenset({7}))


def test_a_protected_cell_elsewhere_keeps_no_line_from_the_log(five: GoogleHarness) -> None:
    five.hand.protect("Contacts", "B4:B4")
    backend = five.backend()
    backend.read()
    edits = [tell(name, f"For {name}.") for name in NAMES]
    assert backend.write(edits, {}, [going(6), gone(2)]) == Written(cells=4, lost=1, logged=frozenset({2, 6}))


def test_a_full_log_grows_once(five: GoogleHarness) -> None:
    backend = five.backend()
    backend.read()
    five.type(LOG, 999, "About", "x")
    five.emulator.reset_log()
    assert backend.write((), {}, [going(number) for number in range(6, 12)]).logged == set(range(6, 12))
    assert calls(five) == ["r", "w", "w"]
    assert five.book.tab(LOG).row_count == 1500
    assert (five.book.tab(LOG).attr(1400, 1) or {}).get("dataValidation"), "the new rows lack the dropdown"
    five.emulator.reset_log()
    assert backend.write((), {}, [going(12)]).logged == {12}
    assert calls(five) == ["r", "w"]
    assert five.backend().repair() == ()


def test_a_grid_that_people_made_shorter_is_measured_anew(five: GoogleHarness) -> None:
    backend = five.backend()
    backend.read()
    five.hand.delete_rows(LOG, 7, 994)
    assert five.book.tab(LOG).row_count == 6
    assert backend.write([tell("Ben", "Soon.")], {}, [going(6)]) == Written(cells=1, logged=frozenset({6}))
    assert list(shown(five)) == [2, 3, 4, 5, 6, 7]


def test_a_growth_whose_answer_was_lost_still_logs(five: GoogleHarness) -> None:
    backend = five.backend()
    backend.read()
    five.type(LOG, 1000, "About", "x")
    five.emulator.faults.add(faults.status(503, applied=True), f"{BOOK}:batchUpdate")
    assert backend.write((), {}, [going(6)]).logged == {6}


def test_a_log_without_marks_is_bound_before_it_is_written(five: GoogleHarness) -> None:
    for number, mark in list(five.book.state.metadata.items()):
        if str(mark.get("metadataValue", "")).startswith("mail_log"):
            del five.book.state.metadata[number]
    backend = five.backend()
    assert len(backend.read().log) == 5
    assert backend.write((), {}, [gone(2), going(6)]).logged == {2, 6}
    assert story(five)["2"] == (FIVE["2"][0], gone(2).result, None)
    backend.read()
    five.emulator.reset_log()
    assert backend.write((), {}, [going(7)]).logged == {7}
    assert calls(five) == ["r", "w"]


def test_a_filtered_and_hidden_log_is_written_like_any_other(five: GoogleHarness) -> None:
    five.hand.hide_rows(LOG, 2, 5)
    five.hand.hide_column(LOG, "Key")
    five.sort(LOG, "When", descending=True)
    assert five.backend().write((), {}, [gone(2), going(6)]).logged == {2, 6}
    assert story(five)["2"] == (FIVE["2"][0], gone(2).result, None)


def _long(first: int, last: int) -> list[LogLine]:
    return [LogLine(f"{n} r{n}/confirmation/0//hash/0 - 1804000000", "Tue 2 Mar 19:10", "Confirmation",
                    f"P{n} <p{n}@example.org>", "about " + "x" * 80, "subject " + "y" * 60, "Goes", f"<c.{n}@x.org>")
            for n in range(first, last)]  # fmt: skip


def test_a_long_log_goes_in_pieces_and_later_lines_stay_one_request(five: GoogleHarness) -> None:
    backend = five.backend(timeout=(10.0, 120.0))
    backend.read()
    five.emulator.reset_log()
    written = backend.write([tell("Ben", "Soon.")], {"Last check": "1"}, _long(6, 8006))
    assert written == Written(1, logged=frozenset(range(6, 8006)))
    bodies = [len(request.body) for request in five.emulator.requests if WRITE in request.path]
    assert 1 < len(bodies) < 5
    assert max(bodies) < 2_000_000
    assert list(shown(five))[-1] == 8006
    five.emulator.reset_log()
    assert backend.write([tell("Ben", "Sent.")], {}, [gone(8000), going(8006)]).logged == {8000, 8006}
    assert calls(five) == ["r", "w"]
    assert len(five.emulator.requests[-1].body) < 400_000


# --- set-up ----------------------------------------------------------------------------------------------------------


def test_a_sheet_made_with_two_live_lines_gets_the_others_and_nothing_moves(google: GoogleHarness) -> None:
    for name in LIVE_LINES[2:]:
        row = next(n for n in range(1, 12) if google.at("Start here", f"A{n}") == name)
        number = next(k for k, m in google.book.state.metadata.items() if m.get("metadataValue") == name)
        del google.book.state.metadata[number]
        google.hand.put("Start here", f"A{row}", None)
    google.hand.fill("Start here", "A5", [[f"{n}.", "words"] for n in range(5, 50)])
    was = google.hand.rows("Start here")
    done = [repair.what for repair in google.backend().repair()]
    assert done == ["Start here: the line First contact, For the service is back."]
    assert google.hand.rows("Start here")[: len(was)] == was
    google.emulator.reset_log()
    assert google.backend().repair() == ()
    assert "w" not in calls(google)
    backend = google.backend()
    backend.read()
    texts = {name: f"about {name}" for name in LIVE_LINES}
    backend.write((), texts)
    assert backend.read_marks() == texts


def test_a_lost_log_is_named_beside_the_others(google: GoogleHarness) -> None:
    google.delete_tab(LOG)
    backend = google.backend()
    snapshot = backend.read()
    assert (snapshot.lost, snapshot.log, backend.read_log()) == (("mail_log",), (), ())
    google.emulator.reset_log()
    assert backend.read() is snapshot
    assert calls(google) == ["r"]
