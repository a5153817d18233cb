"""Whatever the cells hold, parsing never raises, and a bad row harms no good one (``design.md`` P7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from sync.core import addresses, clock, when
from sync.core.cells import Where, reader
from sync.core.columns import READ_TABS, TAB, Owner
from sync.core.headers import bind
from sync.core.parse import parse
from sync.core.ports import Snapshot, TabRead
from sync.core.say import Say, words
from sync.core.settings import SETTING_ROWS
from sync.core.tidy import paragraphs, single_line
from tests.fakes.examples import examples
from tests.unit.parsing import ANNA, MEETING, NOW, book, snapshot

TODAY = date(2027, 3, 1)
TYPED = st.sampled_from([
    "Anna Kováčová", "Jana", "anna@example.org", "a@b, c@d", "#REF!", "Loading...", "31.2.", "3/4", "12.3.", "17.30",
    "5", "24:00", "17:30-18:15", "Agreed", "Draft", "TRUE", "CET", "Europe/Prague", "=IMPORTXML(1)", "{x}",
    "x" * 3_000, "\u200b", "0903 123 456", "2027-03-12T17:30", "E-mail is fine", "Phone only", "We", "\ud800",
    "a\r\nBcc: b", "9" * 400,
])  # fmt: skip
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.floats(36_000, 60_000), st.floats(0, 1), TYPED,
    st.text(max_size=30), st.text("0123456789.:/- ,hapm", max_size=14),
)  # fmt: skip
UNSEEN = {chr(code) for code in (*range(32), 0x7F, 0x85, 0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x202D, 0x202E, 0x2066,
                                 0x2067, 0xFEFF)}  # fmt: skip
TEXTS = st.text(st.characters(), max_size=60)


@st.composite
def tabs(draw: st.DrawFn) -> dict[str, TabRead]:
    found = {}
    for tab in READ_TABS:
        known = [column.header for column in tab.columns]
        mixed = st.lists(st.one_of(st.sampled_from(known), CELLS))
        header = draw(st.one_of(st.just(known), st.permutations(known), mixed))
        binding = bind(tab, header)
        rows = draw(st.lists(st.lists(CELLS, max_size=len(header) + 1), max_size=4))
        if tab.key == "settings":
            rows += [[draw(st.sampled_from(SETTING_ROWS)).label, draw(CELLS)] for _ in range(3)]
        shown = tuple(str(text) for text in header)
        if draw(st.integers(0, 9)):
            found[tab.key] = TabRead(tab.key, binding.columns, rows, 2, shown, binding.doubled)
    return found


@given(
    tabs(), CELLS, st.text(max_size=8), st.datetimes(timezones=st.just(UTC)),
    st.dictionaries(st.sampled_from(["rmeetings2", "rmeetings3"]), st.sampled_from(["rcontacts2", "rcontacts3"])),
)  # fmt: skip
@examples(1.5)
def test_any_sheet_becomes_a_book(
    read: dict[str, TabRead], stop: Any, word: str, now: datetime, memory: dict[str, str]
) -> None:
    ids = {key: [f"r{key}{at + 2}" for at in range(len(tab.rows))] for key, tab in read.items()}
    sheet = Snapshot("s", word or "Europe/Bratislava", word, read, stop, "d")
    made = parse(sheet, ids, now=now, fallback_language=word, contact_memory=memory)
    for problem in made.problems:
        text = words(problem.sentence, NOW)
        assert not set(text) & UNSEEN
        assert 10 < len(text.encode()) < 1_200
    for key, rows in (("contacts", made.contacts), ("meetings", made.meetings), ("promises", made.commitments),
                      ("team", made.organizers)):  # fmt: skip
        if key in read:
            first = TAB[key].required[0].key
            counted = [read[key].cell(row, first) for row in read[key].rows]
            assert [row.row - 2 for row in rows] == [
                at for at, cell in enumerate(counted) if isinstance(cell, str) and cell.strip()]  # fmt: skip
    for met in made.meetings:
        assert met.start is None or (met.start.tzinfo is not None and met.date is not None)
        assert met.contact is not None or met.stage.value == "Draft" or "contact" in met.unread


@given(st.lists(st.dictionaries(st.sampled_from(sorted(MEETING)), CELLS, max_size=7), max_size=5), st.integers(0, 5))
@examples()
def test_a_good_row_is_the_same_whatever_stands_around_it(around: list[dict[str, Any]], at: int) -> None:
    alone = book(snapshot(meetings=[MEETING])).meetings[0]
    rows = [MEETING | row for row in around]
    rows.insert(at, MEETING)
    made = book(snapshot(meetings=rows))
    number = rows.index(MEETING, min(at, len(rows) - 1)) + 2
    (same,) = [met for met in made.meetings if met.row == number]
    assert same.model_copy(update={"id": "", "row": 0}) == alone.model_copy(update={"id": "", "row": 0})
    assert not [problem for problem in made.problems if problem.tab == "meetings" and problem.row == number]


@given(st.lists(st.dictionaries(st.sampled_from(sorted(ANNA)), CELLS, max_size=4), max_size=5))
@examples()
def test_bad_contacts_leave_a_good_one_and_its_meeting_alone(around: list[dict[str, Any]]) -> None:
    others = [{"name": f"Person {at}", "email": f"p{at}@example.net"} | row for at, row in enumerate(around)]
    clash = [row for row in others if row["name"] in ("Anna Kováčová",) or row.get("email") == "anna@example.org"]
    made = book(snapshot(contacts=[ANNA, *others], meetings=[MEETING]))
    if not clash:
        assert made.meetings[0].contact == made.contacts[0]
    assert made.contacts[0].email == "anna@example.org"
    assert not made.contacts[0].unread


@given(CELLS | TEXTS)
@examples(4)
def test_every_reader_answers_with_a_value_or_a_sentence(raw: Any) -> None:
    where = Where(TODAY, "Europe/Bratislava", "en", "SK")
    for tab in READ_TABS:
        for column in tab.columns:
            if column.owner is Owner.TEAM:
                found = reader(column, "Column", where)(raw)
                if isinstance(found, Say):
                    assert words(found, NOW).startswith(("Column: ", "Column shows ", "Column is "))


@given(TEXTS)
@example("a\u2028b\x85c")
@example("\u202e\u2066x\u2069")
def test_clean_text_stays_clean(text: str) -> None:
    for clean, breaks in ((single_line, False), (paragraphs, True)):
        once = clean(text)
        assert clean(once) == once
        assert all(ord(ch) >= 32 or (breaks and ch == "\n") for ch in once)
        assert not set(once) & UNSEEN - {"\n"}
        once.encode()


@given(st.dates(date(2000, 1, 1), date(2037, 12, 31)), st.integers(0, 86_399))
def test_dates_and_seconds_come_back_from_their_serial_number(day: date, second: int) -> None:
    serial = (day - when.EPOCH.date()).days + second / 86_400
    moment = when.from_serial(serial, "Date", TODAY)
    assert moment == datetime.combine(day, datetime.min.time()) + timedelta(seconds=second)
    assert isinstance(moment, datetime)
    assert clock.from_serial(serial, "Time", TODAY) == moment.time()
    assert clock.from_serial(second / 86_400, "Time", TODAY) == moment.time()


@given(st.dates(date(2000, 1, 1), date(2037, 12, 31)),
       st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d %b %Y", "%B %d, %Y"]))  # fmt: skip
def test_dates_come_back_from_their_writing(day: date, form: str) -> None:
    assert when.read_text(day.strftime(form), "Date", when.Days(TODAY)) == day


@given(st.dates(date(2027, 1, 1), date(2027, 12, 31)))
def test_a_day_and_month_alone_are_the_next_such_day_a_recent_one_or_refused(day: date) -> None:
    found = when.read_text(f"{day.day}.{day.month}.", "Date", when.Days(day))
    assert found == day
    strict = when.read_text(f"{day.day}.{day.month}.", "Date", when.Days(day + timedelta(days=1), grace=timedelta(0)))
    assert strict == day.replace(year=2028)


@given(st.from_regex(r"[A-Za-z0-9_+.-]{1,20}@[A-Za-z0-9.-]{1,20}\.(com|org|test|sk)", fullmatch=True))
@example("WWW@example.com")
@examples(3)
def test_the_short_way_to_an_address_agrees_with_the_long_one(text: str) -> None:
    quick = addresses.read(text, "Email")
    assert quick == addresses.strict(text, "Email")
