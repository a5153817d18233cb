"""Our own templates: they run for everybody, say what they must, and break loudly."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sync.core.errors import ConfigError
from sync.core.model import Commitment
from sync.core.render import Letter, MailIncomplete

from ..fakes.letters import CASES, SETTINGS, START, contact, intent, meeting, organizer, renderer, sources, told

SUBJECTS = {
    ("invitation", ""): "Could I hear what you think?",
    ("confirmation", ""): "Thursday 11 March, 17:30, Café Dobre",
    ("change", "we"): "New time: Friday 12 March, 17:30",
    ("change", "they"): "Friday it is: 12 March, 17:30",
    ("cancellation", "we"): "I have to call off Thursday 11 March",
    ("cancellation", "they"): "Thursday 11 March is off, and that's all right",
    ("cancellation", "postponed"): "Another day instead of Thursday 11 March",
    ("reminder_2d", "ask"): "Still good for Thursday?",
    ("reminder_2d", "confirmed"): "See you Thursday",
    ("reminder_day", ""): "Today at 17:30",
    ("thank_you", "own"): "Thank you for Thursday",
    ("thank_you", "plain"): "Thank you for Thursday",
}
NOT_OURS = ("dear user", "please be advised", "click", "system", "automatic", "no-reply", "noreply", "!", "None", "  ")


def letter(kind: str, variant: str = "", **changes: Any) -> Letter:
    return renderer().letter(intent(kind, variant, **changes), SETTINGS)


def every(**changes: Any) -> list[Letter]:
    return [letter(kind, variant, **changes) for kind, variant in CASES]


@pytest.mark.parametrize(("kind", "variant"), CASES)
def test_the_subject_says_it(kind: str, variant: str) -> None:
    assert letter(kind, variant).subject == SUBJECTS[(kind, variant)]


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("reader", [True, False])
@pytest.mark.parametrize("phone", ["0903 123 456", ""])
@pytest.mark.parametrize("signature", ["Jana, entrance 4", ""])
@pytest.mark.parametrize("tone", ["Polite", "Familiar"])
def test_every_text_reads_well_whatever_is_filled_in(
    first: bool, reader: bool, phone: str, signature: str, tone: str
) -> None:
    made = renderer(reader=reader)
    for kind, variant in CASES:
        for greeting in ("", "Ahoj Anička,"):
            mail = intent(
                kind, variant, first=first, contact=contact(tone=tone, greeting=greeting),
                organizer=organizer(phone=phone, signature=signature),
            )  # fmt: skip
            text = made.letter(mail, SETTINGS).text
            assert not [word for word in NOT_OURS if word in text], text
            assert not re.search(r" [.,:;?]|\n\n\n|[.,][A-Za-z]|\A\s|[{}~*_]", text), text
            assert text.startswith(greeting or ("Hello" if tone == "Familiar" else "Dear"))
            assert ("This is Jana from Harbour Street Co-op." in text) == (first and kind not in UNINTRODUCED)
            assert ("call me" in text) <= bool(phone)


UNINTRODUCED = ("cancellation", "reminder_day")
"""Never a first mail: a cancellation follows a confirmation, and so does the day-of mail."""


def test_the_greeting_is_theirs_word_for_word_or_neutral() -> None:
    assert letter("reminder_day", contact=contact(greeting="Milá pani Anna,")).text.startswith("Milá pani Anna,\n\n")
    assert letter("reminder_day").text.startswith("Dear Anna Kováčová,\n\n")
    assert letter("reminder_day", contact=contact(tone="Familiar")).text.startswith("Hello Anna Kováčová,\n\n")


def test_the_time_is_told_with_end_zone_and_length() -> None:
    text = letter("confirmation").text
    assert "Thursday 11 March, 17:30 to about 18:15 (Bratislava time)\nCafé Dobre, Hlavná 12\n45 minutes" in text
    for kind, variant in (("reminder_2d", "ask"), ("reminder_2d", "confirmed"), ("reminder_day", "")):
        text = letter(kind, variant).text
        assert all(words in text for words in ("17:30", "(Bratislava time)", "Café Dobre, Hlavná 12", "45 minutes"))


def test_a_year_is_told_only_when_it_is_not_this_one() -> None:
    later = START.replace(year=2028)
    assert "11 March 2028" in letter("confirmation", told=told(start=later)).text
    assert "2027" not in letter("confirmation").text


def test_the_end_over_a_clock_change_is_as_long_as_told() -> None:
    """On 28 March 2027 the clocks in Bratislava go from 2:00 to 3:00."""
    night = START.replace(month=3, day=28, hour=1, minute=30)
    assert "1:30 to about 3:15" in letter("confirmation", told=told(start=night)).text


def test_a_purpose_and_a_thank_you_line_stand_alone_word_for_word() -> None:
    assert "\n\nI want to hear what you would change in the courtyard.\n\n" in letter("confirmation").text
    assert "\n\nWhat you said about the old playground has stayed with me.\n\n" in letter("thank_you", "own").text


def test_no_mail_asks_twice_and_only_invitation_2_day_mail_and_our_change_ask() -> None:
    asking = {case for case, mail in zip(CASES, every(), strict=True) if "suit you" in mail.text}
    assert asking == {("invitation", ""), ("change", "we"), ("reminder_2d", "ask")}


@pytest.mark.parametrize(
    ("gaps", "words"),
    [
        ({}, "Would Thursday 11 March at 17:30 (Bratislava time) suit you, at Café Dobre, Hlavná 12? Another day, or"),
        ({"place": ""}, "Would Thursday 11 March at 17:30 (Bratislava time) suit you? Another day is just as good"),
        ({"start": None, "date": None, "time": None}, "Tell me a day that suits you, and I'll come to where it is"),
    ],
)
def test_an_invitation_proposes_what_there_is(gaps: dict[str, Any], words: str) -> None:
    text = letter("invitation", meeting=meeting(**gaps)).text
    assert f"\n\n{words}" in text
    assert "No is a good answer too." in text


def test_a_change_tells_the_new_time_first_and_strikes_the_old_one() -> None:
    mail = letter("change", "we")
    assert mail.text.index("Friday 12 March, 17:30") < mail.text.index("was Thursday 11 March, 17:30")
    assert re.search(r"was <s[^>]*>Thursday 11 March, 17:30</s>", mail.html)
    assert mail.text.count("sorry") == 1
    assert "sorry" not in letter("change", "they").text


@pytest.mark.parametrize(
    ("changes", "subject", "words"),
    [
        ({"place": "Library, Hlavná 3"}, "New place for Thursday 11 March: Library", "was Café Dobre, Hlavná 12"),
        ({"minutes": 60}, "Thursday 11 March: a small change", "1 hour instead of 45 minutes"),
        ({"organizer": "rpeter"}, "Thursday 11 March: Jana is coming", "It will be me who comes, Jana"),
    ],
)
def test_a_change_says_what_changed_and_nothing_else(changes: dict[str, Any], subject: str, words: str) -> None:
    mail = letter("change", "we", told=told(revision=1, **changes), before=told())
    assert mail.subject == subject
    assert words.replace("1 hour", "60 minutes") in mail.text
    assert "was Thursday" not in mail.text


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (START - timedelta(days=2), "I'm glad we found another day."),
        (START - timedelta(hours=2), "I'm glad we found another time."),
        (START, "So we meet after all, and I'm glad of it."),
    ],
)
def test_a_confirmation_after_a_cancellation_knows_of_it(start: datetime, words: str) -> None:
    text = letter("confirmation", told=told(revision=2), before=told(revision=1, start=start, cancelled=True)).text
    assert f"\n\n{words}\n\nThursday 11 March, 17:30" in text
    assert "found a time" not in text


@pytest.mark.parametrize("first", [True, False])
def test_a_confirmation_to_a_corrected_address_is_right_whether_the_first_was_read_or_not(first: bool) -> None:
    text = letter("confirmation", before=told(address="anna@gmial.com"), first=first).text
    assert (
        "\n\nThis is Jana from Harbour Street Co-op. I'm glad we found a time. In case my first mail went astray, here "
        "it is once more.\n\nThursday 11 March, 17:30"
    ) in text


@pytest.mark.parametrize(
    ("what", "due", "who", "words"),
    [
        ("send you the minutes", date(2027, 3, 12), "Peter", "send you the minutes, by Friday 12 March; Peter takes"),
        ("send you the minutes", None, "Peter", "send you the minutes; Peter takes care of it.\n"),
        ("send you the minutes", date(2027, 3, 12), "Jana", "send you the minutes, by Friday 12 March.\n"),
        ("Will you have a key?", None, "Peter", "Will you have a key? Peter takes care of it.\n"),
        ("I write.", date(2027, 3, 12), "Peter", "I write. By Friday 12 March. Peter takes care of it.\n"),
        ("send it", None, "Jana", "send it.\n"),
    ],
)
def test_a_promise_of_ours_names_who_takes_care_when_it_is_somebody_else(
    what: str, due: date | None, who: str, words: str
) -> None:
    keeper = organizer(id=f"r{who.lower()}", name=who)
    text = letter("thank_you", "own", promises=(Commitment(side="We", what=what, due=due, who=keeper),)).text
    assert f"I promised: {words}" in text


def test_the_three_cancellations_are_three_texts_without_blame() -> None:
    texts = {variant: letter("cancellation", variant).text for variant in ("we", "they", "postponed")}
    assert len(set(texts.values())) == 3
    assert "sorry" in texts["we"]
    assert all("sorry" not in texts[variant] for variant in ("they", "postponed"))
    assert "Thursday 11 March at 17:30" in texts["we"]


def test_the_day_of_mail_is_three_lines_with_a_phone_number_and_no_footer() -> None:
    body = letter("reminder_day").text.split("\n\n")[1]
    assert len(body.splitlines()) == 3
    assert "0903 123 456" in body
    assert "Rather no mail" not in letter("reminder_day").text


def test_the_day_of_mail_sent_the_evening_before_says_tomorrow() -> None:
    early = START.replace(hour=8)
    mail = intent("reminder_day", meeting=meeting(start=early), opens=early - timedelta(hours=14))
    made = renderer().letter(mail, SETTINGS)
    assert made.subject == "Tomorrow at 8:30"
    assert "See you tomorrow at 8:30" in made.text


def test_all_other_mails_say_how_to_stop() -> None:
    for (kind, _), mail in zip(CASES, every(), strict=True):
        footer = "Rather no mail from us? Tell Jana and that is that."
        assert mail.text.endswith(f"\n\n{footer}\n") == (kind != "reminder_day")


def test_without_a_reader_nothing_pretends_that_we_read() -> None:
    for mail in every():
        assert 'back "stop"' not in mail.text
        assert "href" not in mail.html
        assert "mailto:" not in mail.text
    with_reader = renderer(reader=True).letter(intent("confirmation"), SETTINGS).text
    assert 'Write back "stop" and that is that.' in with_reader


def test_without_an_address_of_the_organizer_nobody_is_asked_to_reply() -> None:
    for mail in every(organizer=organizer(email="")):
        assert "reply" not in mail.text
        assert "word back" not in mail.text


def test_a_signature_without_a_number_does_not_hide_it() -> None:
    assert "reply or call me on 0903 123 456." in letter("confirmation", organizer=organizer(signature="Jana")).text
    assert "reply or call me.\n\nJana, 0903 123 456\n" in letter("confirmation", organizer=organizer(signature="")).text


def test_a_missing_template_word_is_found_when_it_is_used() -> None:
    broken = {**sources(), "en/reminder_day.md": "---\nsubject: x\n---\n{{ phnoe }}\n"}
    with pytest.raises(ConfigError, match=r"en/reminder_day\.md"):
        renderer(templates=broken).letter(intent("reminder_day"), SETTINGS)


@pytest.mark.parametrize(
    "text", ["no front matter", "---\nsubject: [\n---\n", "---\nother: x\n---\n", "---\nsubject: x\n---\n{% if %}"]
)
def test_a_broken_template_is_found_at_once_and_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"en/thank_you\.md"):
        renderer(templates={**sources(), "en/thank_you.md": text})


def test_a_gap_is_not_mailed() -> None:
    with pytest.raises(MailIncomplete) as caught:
        letter("confirmation", told=told(place=" \n"))
    assert caught.value.placeholder == "place"
    assert caught.value.sentence == "Place is empty, so this mail does not go."


def test_the_language_is_the_contacts_then_the_teams_then_english() -> None:
    slovak = {
        **sources(),
        "sk/reminder_day.md": "---\nsubject: Dnes o {{ time }}\n---\n{{ weekday }} {{ zone }} {{ minutes }}\n",
    }
    made = renderer(templates=slovak)
    mail = made.letter(intent("reminder_day", contact=contact(language="sk")), SETTINGS)
    assert (mail.language, mail.subject) == ("sk", "Dnes o 17:30")
    assert mail.text == "štvrtok Bratislava 45 minút\n"
    assert '<html lang="sk"' in mail.html
    team = SETTINGS.model_copy(update={"language": "sk"})
    assert made.letter(intent("reminder_day"), team).language == "sk"
    assert made.letter(intent("reminder_day", contact=contact(language="en")), team).language == "en"
    assert made.letter(intent("reminder_day", contact=contact(language="xx")), SETTINGS).language == "en"
