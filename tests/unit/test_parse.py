"""Rows become the Book: what counts, who is linked to whom, and one sentence in its own row for each wrong cell."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from sync.core.columns import MEETINGS
from sync.core.model import Reach, Stage
from sync.core.parse import parse
from sync.core.ports import Cell, TabRead
from sync.core.say import words
from tests.unit.parsing import (
    ANNA,
    JANA,
    MEETING,
    NOW,
    PROMISE,
    book,
    contact_with,
    ids_of,
    meeting_with,
    problems,
    snapshot,
    table,
    text,
)

BRATISLAVA = ZoneInfo("Europe/Bratislava")


def test_a_whole_row_of_each_tab_is_read_and_linked() -> None:
    made = book(snapshot(
        contacts=[ANNA | {"organizer": "Jana", "tone": "familiar", "language": "slovenčina", "quiet_until": "22.3."}],
        meetings=[MEETING | {"minutes": 60.0, "next_step_date": "20.3.2027 18:00", "hold": True, "contact_id": "rx"}],
        promises=[PROMISE | {"who": "jana@example.org", "done": 46459.0}],
        team=[JANA | {"briefs": True, "digest": "weekly"}],
    ), fingerprints={"meetings": ["print"]})  # fmt: skip
    assert not made.problems
    (anna,), (met,), (promise,), (jana,) = made.contacts, made.meetings, made.commitments, made.organizers
    assert (anna.reach, anna.email, anna.tone, anna.language) == (Reach.EMAIL, "anna@example.org", "Familiar", "sk")
    assert (anna.id, anna.row, anna.organizer, anna.quiet_until) == ("rcontacts2", 2, jana.id, date(2027, 3, 22))
    assert met.contact == anna
    assert met.organizer == jana
    assert (met.stage, met.start) == (Stage.AGREED, datetime(2027, 3, 11, 17, 30, tzinfo=BRATISLAVA))
    assert met.start is not None
    assert isinstance(met.start.tzinfo, ZoneInfo)
    assert met.start.tzinfo.key == "Europe/Bratislava"
    assert (met.minutes, met.hold, met.fingerprint, met.contact_id) == (60, True, "print", "rx")
    assert met.next_step_date == datetime(2027, 3, 20, 18, tzinfo=BRATISLAVA)
    assert (promise.contact, promise.who, promise.due, promise.done) == (
        anna, jana, date(2027, 3, 14), date(2027, 3, 13))  # fmt: skip
    assert (jana.briefs, jana.digest) == (True, "Weekly")
    assert (made.halted, made.stop_all) == (frozenset(), False)


@pytest.mark.parametrize("first", [None, "", "  ", "\u00a0", False, 0.0, 0, 7.0, True])
def test_a_row_without_text_in_its_first_required_cell_does_not_count(first: Cell) -> None:
    made = book(snapshot(meetings=[MEETING | {"contact": first}, MEETING]))
    assert [met.row for met in made.meetings] == [3]
    assert not made.problems


def test_short_rows_and_rows_without_ids_are_read() -> None:
    lean = TabRead("contacts", {"name": 0, "email": 9}, [["Anna"], [], ["Eva", None]])
    made = parse(snapshot(contacts=lean), {}, now=NOW)
    assert [(contact.name, contact.id, contact.row) for contact in made.contacts] == [("Anna", "", 2), ("Eva", "", 4)]


BAD = [
    ("meetings", {"date": "31.2.2027"}, "date",
     'Date: "31.2.2027" is not in the calendar: February 2027 has 28 days. Type 28 Feb 2027, or the day you mean.'),
    ("meetings", {"date": "3/4"}, "date", 'Date: "3/4" could be 3 April or 4 March. Type 3 Apr 2027 or 4 Mar 2027.'),
    ("meetings", {"time": "5"}, "time", 'Time: "5" could be 5:00 or 17:00. Type 17:00.'),
    ("meetings", {"date": "#REF!"}, "date", "Date shows #REF!. Type the value again, or mend the formula."),
    ("meetings", {"contact": "Ana"}, "contact",
     'Contact: "Ana" is not in Contacts. Add them there, or choose a name from the list, like Anna Kováčová.'),
    ("meetings", {"contact": "Zoltán"}, "contact",
     'Contact: "Zoltán" is not in Contacts. Add them there, or choose a name from the list.'),
    ("meetings", {"contact": "#N/A"}, "contact", "Contact shows #N/A. Type the value again, or mend the formula."),
    ("meetings", {"contact": "\u200b"}, "contact", "Contact is empty. Choose a person from Contacts."),
    ("meetings", {"organizer": "Peter"}, "organizer",
     'Organizer: "Peter" is not in Team. Add them there, or choose a name from the list.'),
    ("meetings", {"organizer": None}, "organizer", "Organizer is empty. Choose who of us goes."),
    ("meetings", {"purpose": "x" * 10_000}, "purpose",
     "Purpose is 10,000 characters long. Shorten it to 2,000: it goes into mails."),
    ("meetings", {"hold": "ask Peter"}, "hold",
     'Hold mail: "ask Peter" is neither a tick nor empty. Delete the word, then tick the box or not.'),
    ("meetings", {"zone": "CET"}, "zone",
     'Time zone: "CET" is not the name of a time zone. Type Europe/Bratislava, or the zone of another city.'),
    ("contacts", {"email": "a@b, c@d"}, "email",
     "Email: one address per row, please. Keep a@b, and give the other person a row."),
    ("contacts", {"email": None}, "email",
     "Email is empty. Type an address, or choose Phone only under How to reach them."),
    ("contacts", {"reach": "Phone only", "phone": None}, "phone",
     "Phone is empty. Type a number, or choose E-mail is fine under How to reach them."),
    ("contacts", {"reach": "Perhaps"}, "reach",
     'How to reach them: "Perhaps" is not on the list. Choose Leave in peace, Ask first, E-mail is fine or '
     "Few e-mails."),
    ("contacts", {"organizer": "Peter"}, "organizer",
     'Organizer: "Peter" is not in Team. Add them there, or choose a name from the list.'),
    ("promises", {"side": None}, "side", "Who promised is empty. Choose We or They."),
    ("promises", {"what": "  "}, "what", "What is empty. Write what was promised; they will read it word for word."),
    ("team", {"email": None}, "email", "Email is empty. Type where answers and briefs should go."),
    ("team", {"heir": "Jana"}, "heir", "Hands over to: Jana is the same person. Choose somebody else."),
]  # fmt: skip
GOOD = {"contacts": ANNA, "meetings": MEETING, "promises": PROMISE, "team": JANA}


@pytest.mark.parametrize(("tab", "change", "column", "sentence"), BAD, ids=[f"{b[0]}-{b[2]}-{b[3][:24]}" for b in BAD])
def test_one_bad_cell_has_one_sentence_in_its_row_and_harms_no_other(
    tab: str, change: dict[str, Cell], column: str, sentence: str
) -> None:
    others = {"contacts": {"name": "Eva", "reach": "Ask first"}, "team": {"name": "Eva", "email": "e@example.org"}}
    good = others.get(tab, GOOD[tab])
    made = book(snapshot(**{tab: [good, GOOD[tab] | change, good]}))
    (problem,) = [p for p in made.problems if p.tab == tab and not p.hint]
    assert text(problem) == sentence
    assert (problem.tab, problem.row, problem.row_id, problem.column) == (tab, 3, f"r{tab}3", column)
    rows = {"contacts": made.contacts, "meetings": made.meetings, "promises": made.commitments,
            "team": made.organizers}[tab]  # fmt: skip
    assert [row.row for row in rows] == [2, 3, 4]
    assert words(rows[1].unread[column], NOW) == sentence
    assert not rows[0].unread
    assert not rows[2].unread


def test_hostile_text_is_text() -> None:
    name = "Anna\r\nBcc: all@example.org"
    made = book(snapshot(
        contacts=[ANNA | {"name": name, "greeting": "=?utf-8?q?x=0ABcc=3A...?=", "notes": '=IMPORTXML("http://x")'}],
        meetings=[MEETING | {"contact": name, "place": "/etc/passwd", "purpose": "{{ 7*7 }} {contact}"}],
    ))  # fmt: skip
    assert not made.problems
    assert made.contacts[0].name == "Anna Bcc: all@example.org"
    assert made.contacts[0].greeting == "=?utf-8?q?x=0ABcc=3A...?="
    assert made.contacts[0].notes == '=IMPORTXML("http://x")'
    assert (made.meetings[0].place, made.meetings[0].purpose) == ("/etc/passwd", "{{ 7*7 }} {contact}")
    assert made.meetings[0].contact == made.contacts[0]


def test_braces_in_a_cell_do_not_break_its_sentence() -> None:
    assert problems(meeting_with(time="{typed} {0} {x!r}"), "meetings") == [
        'Time: "{typed} {0} {x!r}" is not a time we can read. Type it like 17:30.']  # fmt: skip


def test_sentences_name_the_header_as_the_team_has_renamed_it() -> None:
    found = tuple("Wann ✉" if c.key == "time" else c.header for c in MEETINGS.columns)
    made = book(snapshot(meetings=table(MEETINGS, [MEETING | {"time": "5"}], found=found)))
    assert problems(made, "meetings") == ['Wann: "5" could be 5:00 or 17:00. Type 17:00.']


def test_nothing_is_wrong_with_an_unfinished_draft() -> None:
    made = book(snapshot(meetings=[{"contact": "Anna Kováčová"}, {"contact": "Anna Kováčová", "stage": "Draft"}]))
    assert not made.problems
    assert [met.stage for met in made.meetings] == [Stage.DRAFT, Stage.DRAFT]
    assert made.meetings[0].minutes == 45


def test_an_unreadable_stage_counts_as_draft_and_says_so() -> None:
    met = meeting_with(stage="Agred").meetings[0]
    assert met.stage is Stage.DRAFT
    assert "stage" in met.unread


# --- who is who ------------------------------------------------------------------------------------------------------

JAN_A = {"name": "Ján Horváth", "reach": "E-mail is fine", "email": "jan@a.org"}
JAN_B = {"name": "Ján  horváth", "reach": "E-mail is fine", "email": "jan@b.org"}


@pytest.mark.parametrize("written", ["anna kováčová", " Anna\u00a0Kováčová", "anna@example.org", "ANNA@example.org",
                                     "Anna (anna@example.org)", "rcontacts2",
                                     "Anna Kova\u0301c\u030cova\u0301"])  # fmt: skip
def test_a_contact_is_found_by_name_address_or_id(written: str) -> None:
    met = meeting_with(contact=written).meetings[0]
    assert met.contact is not None
    assert met.contact.name == "Anna Kováčová"
    assert not met.unread


def test_two_people_with_one_name_are_told_apart_by_a_person() -> None:
    made = book(snapshot(contacts=[JAN_A, JAN_B], meetings=[MEETING | {"contact": "Ján Horváth"}]))
    assert problems(made, "meetings") == [
        "Contact: two people are called Ján Horváth (jan@a.org and jan@b.org). In Contacts add something to one name "
        '("Ján Horváth ml."), then choose here again.']  # fmt: skip
    assert made.meetings[0].contact is None
    assert "contact" in made.meetings[0].unread
    found = book(snapshot(contacts=[JAN_A, JAN_B], meetings=[MEETING | {"contact": "jan@b.org"}])).meetings[0].contact
    assert found is not None
    assert found.row == 3


def test_whom_a_name_meant_before_settles_which_of_two_is_meant() -> None:
    read = snapshot(contacts=[JAN_A, JAN_B], meetings=[MEETING | {"contact": "Ján Horváth"}])
    found = book(read, contact_memory={"rmeetings2": "rcontacts3"}).meetings[0].contact
    assert found is not None
    assert found.email == "jan@b.org"
    row = MEETING | {"contact": "Ján Horváth", "contact_id": "rcontacts3"}
    again = book(snapshot(contacts=[JAN_A, JAN_B], meetings=[row])).meetings[0].contact
    assert again is not None
    assert again.email == "jan@b.org"


@pytest.mark.parametrize(("before", "now"), [
    ("Ana Kovac", "Anna Kováčová"), ("Anna Malá", "Anna Kováčová"), ("Kovacova Ana", "Anna Kováčová")])  # fmt: skip
def test_a_corrected_name_keeps_its_meetings(before: str, now: str) -> None:
    read = snapshot(contacts=[ANNA | {"name": now}], meetings=[MEETING | {"contact": before}])
    met = book(read, contact_memory={"rmeetings2": "rcontacts2"}).meetings[0]
    assert met.contact is not None
    assert met.contact.id == "rcontacts2"
    assert book(read).meetings[0].contact is None


def test_another_name_is_never_taken_for_the_old_person() -> None:
    memory = {"rmeetings2": "rcontacts2"}
    eva = {"name": "Eva Malá", "reach": "Ask first"}
    chosen = book(snapshot(contacts=[ANNA, eva], meetings=[MEETING | {"contact": "Eva Malá"}]), contact_memory=memory)
    assert chosen.meetings[0].contact == chosen.contacts[1]
    unknown = book(snapshot(meetings=[MEETING | {"contact": "Eva Malá"}]), contact_memory=memory)
    assert unknown.meetings[0].contact is None
    assert len(problems(unknown, "meetings")) == 1


def test_a_contact_who_wants_mail_and_has_no_address_is_said_in_the_meeting_as_well() -> None:
    made = book(snapshot(contacts=[ANNA | {"email": None}], meetings=[MEETING]))
    sentence = "Contact: Anna Kováčová has no e-mail address. Add one in Contacts, or choose Phone only there."
    assert problems(made, "meetings") == [sentence]
    assert words(made.meetings[0].unread["email"], NOW) == sentence
    wrong = book(snapshot(contacts=[ANNA | {"email": "anna"}], meetings=[MEETING]))
    assert problems(wrong, "meetings") == [
        "Contact: the e-mail address of Anna Kováčová cannot be used. Correct it in Contacts."]  # fmt: skip


@pytest.mark.parametrize(("contact", "meeting"), [
    ({"reach": "Phone only"}, {}), ({"reach": None}, {}), ({"reach": "Leave in peace"}, {}), ({}, {"stage": "Draft"}),
    ({}, {"stage": "Took place", "date": "1.2.2027"})])  # fmt: skip
def test_an_address_is_missed_only_where_mail_could_still_go(
    contact: dict[str, Cell], meeting: dict[str, Cell]
) -> None:
    made = book(snapshot(contacts=[ANNA | {"email": None} | contact], meetings=[MEETING | meeting]))
    assert not problems(made, "meetings")


def test_two_rows_with_one_address_are_probably_one_person() -> None:
    made = book(snapshot(contacts=[ANNA, ANNA | {"name": "Anna K.", "email": "Anna@Example.org"}]))
    assert problems(made, "contacts", hints=True) == [
        "Email: Anna Kováčová in row 2 has the same address. If they are one person, keep one row."]  # fmt: skip
    assert not problems(made, "contacts")


def test_a_slip_in_an_address_is_asked_about_and_stops_nothing() -> None:
    made = contact_with(email="anna@gmial.com")
    assert problems(made, "contacts", hints=True) == ['Email: is "anna@gmial.com" right? "gmail.com" is usual.']
    assert made.contacts[0].email == "anna@gmial.com"
    assert not made.contacts[0].unread


def test_who_takes_over_is_kept_as_an_id() -> None:
    made = book(snapshot(team=[JANA | {"heir": "Peter", "left": "28.2.2027"}, {"name": "Peter", "email": "p@x.org"}]))
    assert made.organizers[0].heir == "rteam3"
    assert made.organizers[0].left == date(2027, 2, 28)


# --- when ------------------------------------------------------------------------------------------------------------


def test_the_rows_zone_comes_before_the_teams_and_the_spreadsheets() -> None:
    team = [{"setting": "Default time zone", "value": "Europe/London"}]
    rows = [MEETING, MEETING | {"zone": "America/New_York"}]
    assert [met.zone for met in book(snapshot(meetings=rows)).meetings] == ["Europe/Bratislava", "America/New_York"]
    chosen = book(snapshot(meetings=rows, settings=team)).meetings
    assert [met.zone for met in chosen] == ["Europe/London", "America/New_York"]
    assert chosen[1].start == datetime(2027, 3, 11, 22, 30, tzinfo=UTC)


def test_a_start_in_the_hour_that_is_left_out_is_moved_forward_and_said() -> None:
    made = meeting_with(date="28.3.2027", time="2:30")
    assert made.meetings[0].start == datetime(2027, 3, 28, 3, 30, tzinfo=BRATISLAVA)
    assert made.meetings[0].time == time(2, 30)
    assert problems(made, "meetings", hints=True) == [
        "Time: the clocks go forward on 28 Mar 2027, and 2:30 is left out. We take 3:30; type another time if that is "
        "wrong."]  # fmt: skip


def test_a_start_in_the_hour_that_comes_twice_is_the_first_and_said() -> None:
    made = meeting_with(date="31.10.2027", time="2:30")
    assert made.meetings[0].start is not None
    assert made.meetings[0].start.astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert problems(made, "meetings", hints=True) == [
        "Time: the clocks go back on 31 Oct 2027, and 2:30 comes twice. We take the first (CEST, UTC+02:00), not the "
        "second (CET, UTC+01:00)."]  # fmt: skip


def test_a_day_without_a_year_does_not_wander_into_the_next() -> None:
    read = snapshot(meetings=[MEETING | {"date": "12.3."}, MEETING | {"date": "12.3.", "stage": "Took place"}])
    later = datetime(2027, 11, 1, 12, tzinfo=UTC)
    first = parse(read, ids_of(read), now=later)
    assert [met.date for met in first.meetings] == [date(2028, 3, 12), date(2027, 3, 12)]
    told = parse(read, ids_of(read), now=later, told_dates={"rmeetings2": date(2027, 3, 12)})
    assert told.meetings[0].date == date(2027, 3, 12)
    day_after = parse(read, ids_of(read), now=datetime(2027, 3, 13, 12, tzinfo=UTC))
    assert [met.date for met in day_after.meetings] == [date(2027, 3, 12), date(2027, 3, 12)]
