"""A mail as it goes on the wire: who it is from and to, what it may say, and that hostile cells stay text (P8)."""

from __future__ import annotations

import email
import html
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage, Message
from html.parser import HTMLParser
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.columns import CONTACTS, MEETINGS, TEAM_TAB, Owner, Tab
from sync.core.headers_safe import UnsafeMessage, check, clean_header, clean_line, clean_text
from sync.core.intent import Intent
from sync.core.model import Commitment

from ..fakes.examples import examples
from ..fakes.letters import (
    CASES,
    HOSTILE,
    MESSAGE_ID,
    SETTINGS,
    START,
    TO,
    contact,
    intent,
    meeting,
    organizer,
    promises,
    renderer,
    told,
)

SENT = datetime(2027, 3, 2, 18, 10, tzinfo=UTC)
HEADERS = [
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
    "X-CommonGround-Kind", "X-CommonGround-Key", "MIME-Version", "Content-Type",
]  # fmt: skip


class Visible(HTMLParser):
    """The words of a page as a person sees them, and every tag and address in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words = ""
        self.tags: Counter[str] = Counter()
        self.addresses: list[str] = []
        self._hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self._hidden = tag in ("style", "title") or self._hidden
        self.words += "\n" if tag == "br" else ""
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "background")]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = self._hidden and tag not in ("style", "title")

    def handle_data(self, data: str) -> None:
        self.words += "" if self._hidden else data.replace("\n", "")


def send(made: Intent, **changes: Any) -> EmailMessage:
    return renderer(**changes).message(made, SETTINGS, message_id=MESSAGE_ID, date=SENT, key_header="a/b/0//c/0")


def received(message: EmailMessage, to: str = TO) -> EmailMessage:
    """Return the message as its recipient's program parses it, after the last look at its bytes."""
    parsed = email.message_from_bytes(check(message, to), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


# --- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_the_headers_are_exactly_these(kind: str, variant: str) -> None:
    mail = received(send(intent(kind, variant)))
    assert sorted(mail.keys()) == sorted(HEADERS)
    assert mail["From"] == '"Jana, Harbour Street Co-op" <team@example.org>'
    assert mail["To"] == "Anna Kováčová <anna@example.org>"
    assert mail["Reply-To"] == "Jana <jana@example.org>"
    assert mail["Date"].datetime == SENT
    assert mail["Message-ID"] == MESSAGE_ID
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["X-CommonGround-Kind"] == kind
    assert mail["X-CommonGround-Key"] == "a/b/0//c/0"


def test_with_a_reader_answers_go_to_the_team() -> None:
    assert received(send(intent("confirmation"), reader=True))["Reply-To"].addresses[0].addr_spec == "team@example.org"


def test_practice_goes_to_safe_to_and_says_for_whom() -> None:
    mail = received(send(intent("confirmation"), safe_to="me@example.org"), "me@example.org")
    assert mail["To"] == "me@example.org"
    assert mail["Subject"] == "[Practice, to Anna Kováčová] Thursday 11 March, 17:30, Café Dobre"
    assert TO not in body(mail, "plain") + body(mail, "html")
    assert b"METHOD:" not in check(send(intent("change", "we"), safe_to="me@example.org"), "me@example.org")


def test_the_same_mail_has_the_same_bytes_and_another_has_not() -> None:
    """A retry is the same message to every program on its way."""
    assert check(send(intent("confirmation")), TO) == check(send(intent("confirmation")), TO)
    other = renderer().message(intent("confirmation"), SETTINGS, message_id="<other@example.org>", date=SENT,
                               key_header="k")  # fmt: skip
    assert check(other, TO) != check(send(intent("confirmation")), TO)


def test_a_long_message_id_and_key_stand_in_plain_ascii() -> None:
    """Python's own folding would write them as encoded words, which no program reads as an identifier."""
    long = f"<confirmation.{'a' * 40}@{'sub.' * 15}example.org>"
    made = renderer().message(intent("confirmation"), SETTINGS, message_id=long, date=SENT, key_header="k/" * 60)
    written = check(made, TO)
    assert b"Message-ID: " + long.encode() + b"\r\n" in written.replace(b":\r\n ", b": ")
    assert b"X-CommonGround-Key: " + b"k/" * 60 + b"\r\n" in written.replace(b":\r\n ", b": ")


def test_lines_are_short_enough_and_plain() -> None:
    written = check(send(intent("thank_you", "own", meeting=meeting(thanks="ž" * 5000 + " word" * 3000))), TO)
    assert max(len(line) for line in written.split(b"\r\n")) <= 78


def test_an_address_that_cannot_be_used_is_said_in_words() -> None:
    for address in ("anna@example.org, eve@example.org", "anna", "Anna <anna@example.org>", "anna@example.org\nBcc: x"):
        with pytest.raises(UnsafeMessage) as caught:
            send(intent("confirmation", address=address))
        assert address not in caught.value.sentence
    with pytest.raises(UnsafeMessage, match="letters before the @"):
        send(intent("confirmation", address="žofie@example.org"))


def test_a_mail_without_a_zone_in_its_date_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        renderer().message(intent("confirmation"), SETTINGS, message_id=MESSAGE_ID, date=SENT.replace(tzinfo=None),
                           key_header="k")  # fmt: skip


# --- the last look ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.add_header("Bcc", "eve@example.org"),
        lambda mail: mail.replace_header("To", "eve@example.org"),
        lambda mail: mail.__delitem__("Date"),
        lambda mail: mail.set_payload("\x00\r\n" + "x" * 1200),
        lambda mail: mail.set_payload("žluť"),
    ],
)
def test_a_message_that_somebody_changed_does_not_leave(change: Any) -> None:
    mail = send(intent("reminder_day"))
    change(mail)
    with pytest.raises(UnsafeMessage) as caught:
        check(mail, TO)
    assert "eve" not in str(caught.value)


def test_a_header_smuggled_in_a_value_does_not_leave() -> None:
    """The library before 3.11.10 writes it out as a header of its own (CVE-2024-6923); later ones keep it in."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "team@example.org", TO, "=?utf-8?q?x=0AX-Evil=3A_1?="
    mail["Date"], mail["Message-ID"] = "Tue, 02 Mar 2027 18:10:00 +0000", MESSAGE_ID
    mail.set_content("words")
    if b"\nX-Evil" in mail.as_bytes():
        with pytest.raises(UnsafeMessage, match="headers that nobody asked for"):
            check(mail, TO)
    else:
        assert b"\nX-Evil" not in check(mail, TO)


def test_a_message_that_the_library_will_not_write_does_not_leave() -> None:
    mail = Message(policy=policy.compat32)
    mail["From"], mail["To"], mail["Subject"] = "team@example.org", TO, "x\nX-Evil: 1"
    mail.set_payload("words")
    with pytest.raises(UnsafeMessage, match="cannot be written"):
        check(cast(EmailMessage, mail), TO)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("Anna\r\nBcc: eve@example.org", "Anna Bcc: eve@example.org"),
        ("Anna\u2028\x85\x0bKováčová", "Anna Kováčová"),
        ("=?utf-8?q?x=0ABcc=3A_e=40x?=", "= ?utf-8?q?x=0ABcc=3A_e=40x?="),
        ("\u202egro.live\u2066\x00\x9b", "gro.live"),
        ("a\udc80b", "a\ufffdb"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_a_cell_is_cleaned_for_a_header(typed: str, cleaned: str) -> None:
    assert clean_header(typed) == cleaned


# --- hostile text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_hostile_cells_are_read_as_they_were_typed(kind: str, variant: str) -> None:
    facts = {"place": HOSTILE, "purpose": HOSTILE}
    made = intent(
        kind, variant, meeting=meeting(**facts, thanks=HOSTILE), organizer=organizer(name=HOSTILE, signature=HOSTILE),
        contact=contact(name=HOSTILE), promises=tuple(each.model_copy(update={"what": HOSTILE}) for each in promises()),
    )  # fmt: skip
    if made.told and made.before:
        moved = made.told.start
        made = intent(kind, variant, **{**{f: getattr(made, f) for f in ("meeting", "organizer", "contact")},
                      "told": told(revision=1, start=moved, **facts), "before": told(**facts)})  # fmt: skip
    mail = received(send(made))
    text, page = body(mail, "plain"), Visible(body(mail, "html"))
    plain = Visible(body(received(send(intent(kind, variant))), "html"))
    assert HOSTILE in text
    assert page.words.count(HOSTILE) == text.count(HOSTILE) >= 2
    assert page.addresses == []
    extra = page.tags - plain.tags
    assert set(extra) <= {"br", "p"}, extra
    assert mail["To"].addresses[0].display_name == HOSTILE
    assert mail["From"].addresses[0].display_name.startswith(HOSTILE)


def test_several_lines_in_a_cell_stay_several_lines() -> None:
    mail = received(send(intent("reminder_2d", "ask", meeting=meeting(purpose="One.\r\n\r\n- two\n# three"))))
    assert "One.\n\n- two\n# three" in body(mail, "plain")
    assert "One.\n\n- two\n# three" in Visible(body(mail, "html")).words


def test_nothing_remote_is_in_a_mail_and_it_fits_a_phone_and_the_dark() -> None:
    page = body(received(send(intent("change", "we"))), "html")
    assert "http" not in page
    assert "url(" not in page
    assert Visible(page).tags["img"] == 0
    assert "max-width: 600px" in page
    assert "prefers-color-scheme: dark" in page
    assert '<meta name="color-scheme" content="light dark">' in page
    assert len(page) < 102_400  # Gmail cuts longer ones


def test_contrast_is_enough_by_day_and_by_night() -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1, for every colour of words on its ground."""
    page = body(received(send(intent("change", "we"))), "html")
    style, night = page.split("@media (prefers-color-scheme: dark)")
    day_ground, night_ground = "#ffffff", "#15191b"
    assert (day_ground in style, night_ground in night) == (True, True)
    night = night.split("</style>")[0]
    for text, ground in ((style.split("<style>")[1], day_ground), (night, night_ground)):
        colours = re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", text)
        assert len(colours) >= 4
        assert min(_contrast(colour, ground) for colour in colours) >= 4.5


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((light(one), light(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


# --- what may be said ------------------------------------------------------------------------------------------------

PRIVATE: dict[str, Tab] = {"meeting": MEETINGS, "contact": CONTACTS, "organizer": TEAM_TAB}
NAMED = {"contact", "organizer", "stage", "date", "time", "minutes", "zone", "name", "email", "language", "tone"}
"""Facts that a mail tells or is made by: names, when, how long, in which tone; everything else needs its ✉."""


@pytest.mark.parametrize("filled", [True, False], ids=["", "nothing for them"])
@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_no_word_of_a_column_without_an_envelope_is_in_a_mail(kind: str, variant: str, filled: bool) -> None:
    canaries: dict[str, dict[str, str]] = {}
    for thing, tab in PRIVATE.items():
        model = type({"meeting": meeting(), "contact": contact(), "organizer": organizer()}[thing])
        canaries[thing] = {
            column.key: f"CANARY {column.key}"
            for column in tab.columns
            if column.owner is Owner.TEAM and "✉" not in column.header and column.key not in NAMED
            and column.key in model.model_fields and model.model_fields[column.key].annotation is str
        }  # fmt: skip
    assert {"heard", "team_notes", "ask", "preparation", "next_step"} <= canaries["meeting"].keys()
    assert {"notes", "care_about", "how_we_know", "phone"} <= canaries["contact"].keys()
    kept = Commitment(side="We", what="call the council", notes="CANARY notes")
    theirs = {} if filled else {"thanks": "", "purpose": "I ask." if kind == "invitation" else ""}
    mail = send(intent(
        kind, variant, meeting=meeting(**canaries["meeting"], **theirs), contact=contact(**canaries["contact"]),
        organizer=organizer(**canaries["organizer"], **({} if filled else {"signature": "", "phone": ""})),
        promises=(kept,) if filled else (), first=True,
    ))  # fmt: skip
    parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    assert len(parts) >= 2
    assert not any(b"CANARY" in part for part in [check(mail, TO), *parts])


def test_promises_are_told_word_for_word_with_their_days() -> None:
    text = body(received(send(intent("thank_you", "own"))), "plain")
    assert "I promised: send you the minutes of the February meeting, by Sunday 14 March.\n" in text
    assert "You promised: ask Mrs Benková from entrance 2, by Saturday 20 March.\n" in text
    assert "If I got something wrong, tell me." in text


def test_an_empty_list_of_promises_drops_its_line() -> None:
    text = body(received(send(intent("thank_you", "own", promises=promises()[:1]))), "plain")
    assert "I promised" in text
    assert "You promised" not in text
    text = body(received(send(intent("thank_you", "own", promises=()))), "plain")
    assert not [words for words in ("promised", "same note", "If I got") if words in text]


def test_several_promises_and_those_of_others_are_told_apart() -> None:
    peter = organizer(id="rpeter", name="Peter")
    made = (
        Commitment(side="We", what="Write to the council.", due=START.date() + timedelta(days=3), who=peter),
        Commitment(side="We", what="bring the plan", who=organizer()),
        Commitment(side="They", what="ask around?"),
    )
    text = body(received(send(intent("thank_you", "own", promises=made))), "plain")
    assert "promised:\n- Write to the council. By Sunday 14 March. Peter takes care of it.\n- bring the plan.\n" in text
    assert "You promised: ask around?\n" in text


def test_the_plain_thank_you_has_no_line_of_ours_in_their_name() -> None:
    text = body(received(send(intent("thank_you", "plain", meeting=meeting(thanks="")))), "plain")
    assert "Thank you for your time on Thursday. It was good to talk with you." in text


# --- for any text ----------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120).filter(lambda text: clean_line(text))
ODD = st.one_of(
    TEXT,
    st.text('=?utf-8bq_,;:"\\<>()@[]{}*`~#|!& \t\n\r.áž', min_size=1, max_size=80).filter(clean_line),
    st.sampled_from([HOSTILE, "=?utf-8?q?x=0ABcc=3A_e=40x?=", "a\udc80b", "\ue000name\ue001", "=?=?=??=", '"', "\\"]),
)


def as_read(name: str) -> str:
    """Return a name for comparing: Python 3.11 reads a blank between encoded words of a long one (RFC 2047 6.2)."""
    return name if len(name.encode()) <= 45 else name.replace(" ", "")


def read(header: Any) -> str:
    return as_read(header.addresses[0].display_name)


@examples(1.5)
@given(name=ODD, place=ODD, purpose=ODD, jana=ODD)
def test_any_text_is_told_as_it_is_and_adds_no_header(name: str, place: str, purpose: str, jana: str) -> None:
    made = intent(
        "confirmation", told=told(place=place, purpose=purpose), contact=contact(name=name),
        organizer=organizer(name=jana, signature=""),
    )  # fmt: skip
    mail = received(send(made))
    assert sorted(mail.keys()) == sorted(HEADERS)
    assert [address.addr_spec for address in mail["To"].addresses] == [TO]
    assert read(mail["To"]) == as_read(clean_header(name))
    assert [address.addr_spec for address in mail["From"].addresses] == ["team@example.org"]
    assert read(mail["From"]) == as_read(clean_header(f"{clean_line(jana)}, Harbour Street Co-op"))
    assert [address.addr_spec for address in mail["Reply-To"].addresses] == ["jana@example.org"]
    text, page = body(mail, "plain"), body(mail, "html")
    assert f"\n{clean_line(place)}\n45 minutes" in text
    assert f"\n\n{clean_text(purpose)}\n\n" in text
    assert f"Dear {clean_line(name)},\n" in text
    assert html.escape(clean_line(place)) in page
    assert html.escape(clean_text(purpose)).replace("\n", "<br>\n") in page
    assert Visible(page).addresses == []
    calendar = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    payload = calendar.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.count(b"\r\nATTENDEE") == 1
    assert payload.count(b"\r\nBEGIN:") == payload.count(b"\r\nEND:") - 1 == 1


@examples(1.5)
@given(value=ODD)
def test_any_subject_comes_back_as_it_was_cleaned(value: str) -> None:
    mail = received(send(intent("confirmation", told=told(place=value))))
    assert mail["Subject"].startswith("Thursday 11 March, 17:30, ")
    assert "\n" not in mail["Subject"]
    short = clean_line(value).split(",")[0]
    if sum(letter.isalpha() for letter in short) > 2 and len(short) <= 60:
        assert mail["Subject"] == clean_header(f"Thursday 11 March, 17:30, {short}")
