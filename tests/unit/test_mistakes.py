"""What people do by mistake, and take back: no wrong mail, no lost mail, and a row that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from sync.core.columns import TAB, Owner
from tests.fakes.office import Office, at

THURSDAY = date(2027, 3, 11)
FRIDAY = date(2027, 3, 12)
TEAM_CELLS = {tab: [c.key for c in TAB[tab].columns if c.owner is Owner.TEAM] for tab in ("meetings", "contacts")}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def told(office: Office) -> Office:
    """Anna on Thursday and Ben on Friday, both told; it is Tuesday noon."""
    office.contact()
    office.contact("Ben Novák", "ben@example.org")
    office.meeting(THURSDAY, team_notes="stairs")
    office.meeting(FRIDAY, contact="Ben Novák", place="Library, Main Street 1")
    office.run(at(2, "12:00"))
    assert office.mailer.kinds() == ["confirmation", "confirmation"]
    return office


def quiet(office: Office, hours: int = 3) -> list[str]:
    """Let some hours go by; return what left meanwhile."""
    return office.run(office.clock.now() + timedelta(hours=hours))


def swap(one: dict, other: dict, columns: list[str]) -> None:  # type: ignore[type-arg]
    """Exchange some cells of two rows, as a sort of a range does."""
    for key in columns:
        one[key], other[key] = other.get(key), one.get(key)


# --- which row is which ----------------------------------------------------------------------------------------------


def test_an_id_erased_while_the_row_is_edited_is_given_back(told: Office) -> None:
    row = told.sheet.rows["meetings"][0]
    mine = row["id"]
    told.sheet.set(row, id=None, place="Library, Main Street 1")
    assert quiet(told) == ["change"]
    assert row["id"] == mine
    assert told.calendar(-1).count("SEQUENCE:1") == 1


@pytest.mark.parametrize("typed", [None, "abcdefghijk", "rabcdefghijklmnop"])
def test_an_id_erased_or_typed_over_while_the_date_is_edited_is_given_back(told: Office, typed: str | None) -> None:
    row = told.sheet.rows["meetings"][0]
    mine = row["id"]
    told.sheet.set(row, id=typed, date=date(2027, 3, 13))
    assert quiet(told) == ["change"]
    assert row["id"] == mine


def test_an_id_typed_over_alone_is_put_right_and_nothing_goes(told: Office) -> None:
    one, two = told.sheet.rows["meetings"]
    ids = one["id"], two["id"]
    told.sheet.set(one, id=two["id"])
    assert quiet(told) == []
    assert (one["id"], two["id"]) == ids


def test_a_sort_without_the_id_and_some_other_columns_moves_the_ids_back(told: Office) -> None:
    one, two = told.sheet.rows["meetings"]
    ids = one["id"], two["id"]
    swap(one, two, [key for key in TEAM_CELLS["meetings"] if key != "team_notes"])
    assert quiet(told) == []
    assert (two["id"], one["id"]) == ids
    told.run(at(11, "17:00"))
    assert told.mailer.kinds("anna@example.org") == ["confirmation", "reminder_2d", "reminder_day"]


def test_two_meetings_of_one_person_each_moved_a_day_make_only_changes(office: Office) -> None:
    office.contact()
    one, two = office.meeting(THURSDAY), office.meeting(FRIDAY)
    office.run(at(2, "12:00"))
    office.sheet.set(one, date=FRIDAY)
    office.sheet.set(two, date=date(2027, 3, 13))
    left = quiet(office)
    assert set(left) == {"change"}
    assert len({one["id"], two["id"]}) == 2


def test_a_copy_whose_original_is_deleted_is_the_original(told: Office) -> None:
    rows = told.sheet.rows["meetings"]
    mine = rows[0]["id"]
    rows.append(deepcopy(rows[0]))
    assert quiet(told) == []
    assert str(rows[2]["next"]).startswith("This row is a copy.")
    del rows[0]
    assert quiet(told) == []
    assert rows[1]["id"] == mine
    assert told.run(at(9, "10:00")) == ["reminder_2d"]


def test_a_meeting_that_lands_beside_the_id_of_a_copy_is_not_told_again(told: Office) -> None:
    rows = told.sheet.rows["meetings"]
    rows.append(deepcopy(rows[0]))
    quiet(told)
    assert str(rows[2]["next"]).startswith("This row is a copy.")
    keys = [key for key in TEAM_CELLS["meetings"] if key not in ("stage", "organizer")]
    swap(rows[1], rows[2], keys)
    assert quiet(told) == []
    assert rows[2]["place"] == "Library, Main Street 1"


def test_the_same_meeting_typed_twice_cell_by_cell_is_told_once(told: Office) -> None:
    row = told.sheet.add("meetings", contact="Anna Kováčová")
    for cells in ({"organizer": "Jana", "place": "Café Dobre"}, {"date": THURSDAY}, {"time": time(17, 30)},
                  {"stage": "Agreed"}):  # fmt: skip
        told.pass_time(told.clock.now() + timedelta(minutes=2))
        told.sheet.set(row, **cells)
    assert quiet(told) == []
    assert str(row["next"]).startswith("This row is a copy.")
    told.sheet.set(row, date=FRIDAY)
    assert quiet(told) == ["confirmation"]


def test_a_deleted_row_typed_anew_cell_by_cell_is_the_old_meeting(told: Office) -> None:
    rows = told.sheet.rows["meetings"]
    old = rows.pop(0)
    quiet(told)
    row = told.sheet.add("meetings", contact="Anna Kováčová", organizer="Jana", place=old["place"], stage="Agreed")
    told.pass_time(told.clock.now() + timedelta(minutes=2))
    told.sheet.set(row, date=THURSDAY)
    told.pass_time(told.clock.now() + timedelta(minutes=2))
    told.sheet.set(row, time=time(17, 30))
    assert quiet(told) == []
    assert row["id"] == old["id"]


def test_nothing_more_goes_to_an_address_that_was_corrected(told: Office) -> None:
    anna = told.sheet.rows["contacts"][0]
    told.sheet.set(anna, email="anna.new@example.org")
    told.sheet.set(told.sheet.rows["meetings"][0], stage="We called off")
    assert quiet(told) == ["cancellation"]
    assert told.mailer.kinds("anna@example.org") == ["confirmation"]
    assert told.mailer.kinds("anna.new@example.org") == ["cancellation"]


# --- taken back ------------------------------------------------------------------------------------------------------


def test_a_row_deleted_and_undone_later_sends_nothing_and_is_reminded(told: Office) -> None:
    rows = told.sheet.rows["meetings"]
    gone = rows.pop(0)
    assert quiet(told) == []
    anna = told.sheet.rows["contacts"][0]
    assert anna["next"] == (
        "The row of Thu 11 Mar 17:30 is gone from Meetings, but Anna Kováčová still expects it. "
        "Undo that, or tell Anna Kováčová yourself."
    )
    rows.insert(0, gone)
    assert quiet(told) == []
    assert "still expects" not in str(anna["next"])
    assert told.run(at(9, "10:00")) == ["reminder_2d"]


def test_a_tab_emptied_and_undone_sends_nothing(told: Office) -> None:
    before = {tab: deepcopy(rows) for tab, rows in told.sheet.rows.items()}
    for tab in ("meetings", "contacts", "team"):
        told.sheet.rows[tab].clear()
        assert quiet(told) == []
    told.sheet.rows.update(before)
    assert quiet(told) == []
    assert told.run(at(9, "10:00")) == ["reminder_2d"]


def test_a_contact_cell_emptied_for_a_while_is_another_person_chosen_or_nothing_at_all(told: Office) -> None:
    row = told.sheet.rows["meetings"][0]
    told.sheet.set(row, contact=None)
    assert quiet(told) == []
    told.sheet.set(row, contact="Anna Kováčová")
    assert quiet(told) == []
    told.sheet.set(row, contact=None)
    told.pass_time(told.clock.now() + timedelta(minutes=5))
    told.contact("Cyril Malý", "cyril@example.org")
    told.sheet.set(row, contact="Cyril Malý")
    assert sorted(quiet(told)) == ["cancellation", "confirmation"]
    assert told.mailer.kinds("anna@example.org") == ["confirmation", "cancellation"]
    assert told.mailer.kinds("cyril@example.org") == ["confirmation"]


def test_a_row_cleared_and_used_for_somebody_else_is_another_meeting(told: Office) -> None:
    told.contact("Cyril Malý", "cyril@example.org")
    row = told.sheet.rows["meetings"][0]
    for key in TEAM_CELLS["meetings"]:
        row[key] = None
    told.pass_time(told.clock.now() + timedelta(minutes=5))
    told.sheet.set(row, contact="Cyril Malý", stage="Agreed", date=FRIDAY, time=time(12, 0), place="Park",
                   organizer="Jana")  # fmt: skip
    assert quiet(told) == ["confirmation"]
    assert told.mailer.kinds("anna@example.org") == ["confirmation"]
    assert "Anna Kováčová still expects it" in str(told.sheet.rows["contacts"][0]["next"])


def test_last_years_rows_pasted_below_send_nothing(told: Office) -> None:
    for number in range(12):
        told.meeting(date(2026, 3, 1) + timedelta(days=number), stage="Took place" if number % 2 else "Agreed")
    assert quiet(told, 30) == []
    assert all(row["next"] for row in told.sheet.rows["meetings"])


def test_a_contact_renamed_keeps_its_meetings(told: Office) -> None:
    told.sheet.set(told.sheet.rows["contacts"][0], name="Anna Kováčová-Malá")
    assert quiet(told) == []
    assert told.run(at(9, "10:00")) == ["reminder_2d"]


def test_a_contact_deleted_while_the_meeting_is_told_stops_and_says_so(told: Office) -> None:
    gone = told.sheet.rows["contacts"].pop(0)
    assert quiet(told) == []
    row = told.sheet.rows["meetings"][0]
    assert str(row["next"]).startswith('Contact: "Anna Kováčová" is not in Contacts.')
    assert told.run(at(9, "10:00")) == []
    told.sheet.rows["contacts"].append(gone)
    assert told.run(at(9, "12:00")) == ["reminder_2d"]


def test_a_second_contact_of_the_same_name_leaves_told_meetings_alone(told: Office) -> None:
    told.contact("Anna Kováčová", "other@example.org")
    assert quiet(told) == []
    assert told.run(at(9, "10:00")) == ["reminder_2d"]
    assert told.mailer.kinds("other@example.org") == []


def test_an_organizer_removed_stops_and_says_so(told: Office) -> None:
    gone = told.sheet.rows["team"].pop(0)
    assert quiet(told) == []
    assert str(told.sheet.rows["meetings"][0]["next"]).startswith('Organizer: "Jana" is not in Team.')
    told.sheet.rows["team"].append(gone)
    assert quiet(told) == []


def test_service_cells_written_over_come_back(told: Office) -> None:
    told.pass_time(told.clock.now() + timedelta(minutes=1))
    before = deepcopy(told.sheet.rows)
    for tab, rows in told.sheet.rows.items():
        for row in rows:
            for column in TAB[tab].columns:
                if column.owner is Owner.SERVICE and column.key in row and tab != "settings":
                    row[column.key] = "=1/0"
    told.cycle()
    assert told.sheet.rows == before
    assert quiet(told) == []


# --- a range sorted by mistake ---------------------------------------------------------------------------------------


def test_contacts_that_changed_places_wait_for_an_ok_and_undo_sends_nothing(told: Office) -> None:
    one, two = told.sheet.rows["meetings"]
    swap(one, two, ["contact"])
    assert quiet(told) == []
    for row, name, start in ((one, "Anna Kováčová", "Thu 11 Mar 17:30"), (two, "Ben Novák", "Fri 12 Mar 17:30")):
        assert str(row["next"]).startswith(
            f"{name} was told {start} in this row, and stands in another row now. If a sort did that, undo it and "
            "nothing goes. If it is right, type "
        ), row["next"]
        assert row["st_confirmation"] == "Waits for your OK"
    swap(one, two, ["contact"])
    assert quiet(told) == []
    assert told.run(at(9, "10:00")) == ["reminder_2d"]
    assert told.mailer.kinds("anna@example.org") == ["confirmation", "reminder_2d"]


def test_contacts_that_changed_places_on_purpose_are_told_after_the_ok(told: Office) -> None:
    one, two = told.sheet.rows["meetings"]
    swap(one, two, ["contact"])
    quiet(told)
    code = str(one["next"]).partition("type ")[2].partition(" into")[0]
    told.sheet.add("settings", setting="Approve waiting mail", value=code)
    assert sorted(quiet(told)) == ["cancellation", "cancellation", "confirmation", "confirmation"]
    assert told.mailer.kinds("anna@example.org")[0] == "confirmation"
    assert sorted(told.mailer.kinds("anna@example.org")[1:]) == ["cancellation", "confirmation"]


def test_a_told_person_who_lands_in_a_draft_row_waits_too(told: Office) -> None:
    told.contact("Cyril Malý", "cyril@example.org")
    draft = told.meeting(date(2027, 3, 20), contact="Cyril Malý", stage="Draft")
    quiet(told)
    one = told.sheet.rows["meetings"][0]
    swap(one, draft, ["contact"])
    assert quiet(told) == []
    assert "stands in another row now" in str(one["next"])


def test_a_thank_you_never_follows_a_shuffled_name(told: Office) -> None:
    one, two = told.sheet.rows["meetings"]
    told.run(at(12, "19:00"))
    for row in (one, two):
        told.sheet.set(row, stage="Took place", thanks=f"What you said stayed with me, {row['contact']}.")
    told.pass_time(told.clock.now() + timedelta(minutes=2))
    swap(one, two, ["contact"])
    assert told.run(at(13, "12:00")) == []
    assert "stands in another row now" in str(one["next"])
    swap(one, two, ["contact"])
    assert sorted(told.run(at(13, "18:00"))) == ["thank_you", "thank_you"]
    for who, other in (("anna@example.org", "Ben Novák"), ("ben@example.org", "Anna Kováčová")):
        texts = [str(m.get_body(("plain",))) for to, m in told.mailer.out if to == who]
        assert not [text for text in texts if other in text]


def test_addresses_that_changed_places_wait_for_an_ok(told: Office) -> None:
    anna, ben = told.sheet.rows["contacts"]
    swap(anna, ben, ["email"])
    assert quiet(told) == []
    one = told.sheet.rows["meetings"][0]
    assert str(one["next"]).startswith("The e-mail addresses of Anna Kováčová and Ben Novák changed places."), one
    swap(anna, ben, ["email"])
    assert quiet(told) == []
    assert told.run(at(9, "10:00")) == ["reminder_2d"]


def test_dates_that_changed_places_wait_for_an_ok(told: Office) -> None:
    one, two = told.sheet.rows["meetings"]
    swap(one, two, ["date"])
    assert quiet(told) == []
    assert str(one["next"]).startswith("The dates of this row and of another one that was told were exchanged.")
    swap(one, two, ["date"])
    assert quiet(told) == []


def test_one_person_exchanged_for_another_needs_no_ok(told: Office) -> None:
    told.contact("Cyril Malý", "cyril@example.org")
    told.sheet.set(told.sheet.rows["meetings"][0], contact="Cyril Malý")
    assert sorted(quiet(told)) == ["cancellation", "confirmation"]


def test_one_date_moved_needs_no_ok(told: Office) -> None:
    told.sheet.set(told.sheet.rows["meetings"][0], date=FRIDAY)
    assert quiet(told) == ["change"]
