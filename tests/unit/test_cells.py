"""Each type of cell: what is understood, and the one sentence about what is not."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path

import pytest

from sync.core import languages, phones, zones
from sync.core.cells import PAST, Where, hinter, reader, ticked
from sync.core.columns import CONTACTS, MEETINGS, READ_TABS, STAGES, TAB, CellType, Column, Owner
from sync.core.model import Commitment, Contact, Meeting, Organizer
from sync.core.ports import Cell
from sync.core.say import Say, words
from tests.unit.parsing import NOW

WHERE = Where(date(2027, 3, 1), "Europe/Bratislava", "en", "SK")


def read(tab: str, key: str, raw: Cell) -> object:
    column = TAB[tab].column(key)
    found = reader(column, column.header.removesuffix(" ✉"), WHERE)(raw)
    return words(found, NOW) if isinstance(found, Say) else found


def hint(tab: str, key: str, raw: Cell) -> str:
    column = TAB[tab].column(key)
    advise = hinter(column, column.header, WHERE)
    assert advise is not None
    found = advise(raw, reader(column, column.header, WHERE)(raw))
    return words(found, NOW) if found else ""


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "text"), [
    ("Anna Kováčová", "Anna Kováčová"), ("  Anna  ", "Anna"), ("Anna\r\nBcc: a@b.org", "Anna Bcc: a@b.org"),
    ("Anna\u2028Eva", "Anna Eva"), ("Anna\x00\x07Eva", "Anna Eva"), ("An\u202ena\u2066 K", "An na K"),
    ("An\u200bna\ufeff", "Anna"), ("Anna\u00a0K", "Anna K"), ("A\ud800", "A\ufffd"), ("Kova\u0301c\u030c", "Kováč"),
    ("👩\u200d👧 Anna", "👩\u200d👧 Anna"), ("=IMPORTXML(\"http://x\")", "=IMPORTXML(\"http://x\")"),
    ("=?utf-8?q?x=0ABcc=3A...?=", "=?utf-8?q?x=0ABcc=3A...?="), ("/etc/passwd", "/etc/passwd"),
    ("{{ 7*7 }} {name}", "{{ 7*7 }} {name}"), ("\u200b\u00a0", None), (45.0, "45"), (0.5, "0.5"), (True, "TRUE"),
    (10**400, "inf")])  # fmt: skip
def test_text_on_one_line_is_cleaned_and_stays_text(raw: Cell, text: str | None) -> None:
    assert read("contacts", "name", raw) == text


@pytest.mark.parametrize(("raw", "text"), [
    ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"), ("a\x00b\x1b[31mc", "ab[31mc"), ("\n\n x \n\n", "x"),
    ("a\tb\u202ec", "a bc"), ("x" * 10_000, "x" * 10_000), (" \n ", None), (12.0, "12")])  # fmt: skip
def test_long_text_keeps_its_lines_and_nothing_else_that_is_not_seen(raw: Cell, text: str | None) -> None:
    assert read("contacts", "notes", raw) == text


def test_what_a_contact_reads_is_short_and_a_name_is_a_name() -> None:
    assert read("meetings", "purpose", "x" * 2_000) == "x" * 2_000
    assert read("meetings", "purpose", "x" * 10_000) == (
        "Purpose is 10,000 characters long. Shorten it to 2,000: it goes into mails.")  # fmt: skip
    assert read("meetings", "place", "x" * 2_001) == (
        "Place is 2,001 characters long. Shorten it to 2,000: it goes into mails.")  # fmt: skip
    assert read("contacts", "name", "x" * 201) == "Name is 201 characters long. Shorten it to 200: it goes into mails."
    assert read("meetings", "contact", "x" * 201) == (
        "Contact is 201 characters long. Shorten it to 200: it goes into mails.")  # fmt: skip


@pytest.mark.parametrize("column", [c for tab in READ_TABS for c in tab.columns if c.owner is Owner.TEAM],
                         ids=lambda column: column.header)  # fmt: skip
def test_every_column_says_that_its_formula_failed(column: Column) -> None:
    for error in ("#REF!", "#N/A", " #VALUE! ", "#ERROR!", "Loading...", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!",
                  "#SPILL!"):  # fmt: skip
        found = reader(column, column.header, WHERE)(error)
        assert isinstance(found, Say)
        assert words(found, NOW) == f"{column.header} shows {error.strip()}. Type the value again, or mend the formula."


@pytest.mark.parametrize("column", [c for tab in READ_TABS for c in tab.columns if c.owner is Owner.TEAM],
                         ids=lambda column: column.header)  # fmt: skip
def test_every_column_understands_its_own_example(column: Column) -> None:
    if column.example:
        assert not isinstance(reader(column, column.header, WHERE)(column.example), Say | None)


def test_a_sentence_shows_at_most_forty_characters_on_one_line() -> None:
    sentence = str(read("meetings", "stage", "no\r\n" * 500))
    assert '"no no no no no no no no no no no no no…"' in sentence
    assert "\n" not in sentence


# --- words from a list -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES)
def test_a_choice_is_understood_however_it_is_written(stage: str) -> None:
    for written in (stage, stage.upper(), f" {stage.lower()} ", stage.replace("'", "\u2019"),
                    stage.replace(" ", "\u00a0")):  # fmt: skip
        assert read("meetings", "stage", written) == stage


@pytest.mark.parametrize(("tab", "key", "raw", "value"), [
    ("meetings", "stage", "did not come", "Didn't come"), ("meetings", "stage", "didnt come", "Didn't come"),
    ("contacts", "reach", "email is fine", "E-mail is fine"), ("contacts", "reach", "Phone", "Phone only"),
    ("contacts", "mention", True, "Yes"), ("contacts", "mention", "ano", "Yes"), ("promises", "side", "we", "We"),
    ("meetings", "stage", " ", None)])  # fmt: skip
def test_common_variants_of_a_choice(tab: str, key: str, raw: Cell, value: str | None) -> None:
    assert read(tab, key, raw) == value


def test_an_unknown_choice_names_the_nearest() -> None:
    assert str(read("meetings", "stage", "Agred")).startswith('Stage: "Agred" is not on the list. Choose Agreed, ')
    assert str(read("meetings", "stage", "Agred")).count(",") == 2
    assert read("contacts", "tone", "Rude") == 'Tone: "Rude" is not on the list. Choose Polite or Familiar.'
    assert read("promises", "side", 7.0) == 'Who promised: "7" is not on the list. Choose We or They.'


@pytest.mark.parametrize(("raw", "value"), [
    (True, True), (False, False), ("TRUE", True), ("false", False), ("x", True), ("✓", True), ("✔\ufe0f", True),
    ("yes", True), ("Áno", True), ("tak", True), ("igen", True), ("ja", True), ("sí", True), ("OUI", True),
    ("no", False), ("nie", False), ("nem", False), ("nein", False), ("non", False), ("ne", False),
    (" ", None)])  # fmt: skip
def test_a_tick_and_words_that_can_mean_nothing_else(raw: Cell, value: bool | None) -> None:
    assert read("meetings", "hold", raw) is value


@pytest.mark.parametrize("raw", ["ask Peter", "maybe", "?", 1.0, 0.0, 2.0])
def test_any_other_word_in_a_checkbox_is_said(raw: Cell) -> None:
    assert ticked(raw) is None
    shown = raw if isinstance(raw, str) else f"{raw:.0f}"
    assert read("meetings", "hold", raw) == (
        f'Hold mail: "{shown}" is neither a tick nor empty. Delete the word, then tick the box or not.')  # fmt: skip


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "value"), [
    (45, 45), (45.0, 45), ("45", 45), ("45 min", 45), ("45 minutes", 45), ("1 h", 60), ("1.5 h", 90), ("1,5h", 90),
    ("1 h 30", 90), ("1:30", 90), ("5", 5), (600.0, 600), (" ", None)])  # fmt: skip
def test_minutes(raw: Cell, value: int | None) -> None:
    assert read("meetings", "minutes", raw) == value


@pytest.mark.parametrize("raw", [4, 601, 0, -45, 45.5, "long", "45-60", True, "1e2", float("inf"), "٤٥", "9" * 50])
def test_minutes_out_of_range_or_no_number(raw: Cell) -> None:
    assert str(read("meetings", "minutes", raw)).endswith(" does not fit. Type a whole number from 5 to 600, like 45.")


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("raw", "address"), [
    ("anna@example.test", "anna@example.test"), ("Anna.K+x@Example.ORG", "Anna.K+x@example.org"),
    (" anna@example.org\u00a0", "anna@example.org"), ("\u200banna@example.org", "anna@example.org"),
    ("anna@münchen.de", "anna@xn--mnchen-3ya.de"), ("o'neil@example.org", "o'neil@example.org"),
    ("anna@пример.com", "anna@xn--e1afmkfd.com"), ("", None)])  # fmt: skip
def test_one_address_is_understood(raw: Cell, address: str | None) -> None:
    assert read("contacts", "email", raw) == address


@pytest.mark.parametrize(("raw", "sentence"), [
    ("anna@example.org, eva@example.org",
     "Email: one address per row, please. Keep anna@example.org, and give the other person a row."),
    ("a@b, c@d", "Email: one address per row, please. Keep a@b, and give the other person a row."),
    ("anna@example.org\r\nBcc: eva@example.org",
     "Email: one address per row, please. Keep anna@example.org, and give the other person a row."),
    ("Anna <anna@example.org>",
     'Email: "Anna <anna@example.org>" is more than an address. Type only anna@example.org.'),
    ("mailto:anna@example.org",
     'Email: "mailto:anna@example.org" is more than an address. Type only anna@example.org.'),
    ("anna", 'Email: "anna" has no @. Type it like anna@example.org.'),
    (903123456.0, 'Email: "903123456" has no @. Type it like anna@example.org.'),
    ("anna@example", 'Email: "anna@example" is not a whole address. Type it like anna@example.org.'),
    ("x" * 65 + "@example.org", f'Email: "{"x" * 39}…" is not a whole address. Type it like anna@example.org.'),
    ("a@" + "x" * 64 + ".org", f'Email: "a@{"x" * 37}…" is not a whole address. Type it like anna@example.org.'),
    ("anna@test", 'Email: "anna@test" is not a whole address. Type it like anna@example.org.'),
    ("anna@localhost", 'Email: "anna@localhost" is not a whole address. Type it like anna@example.org.'),
    ("anna@@example.org", 'Email: "anna@@example.org" is not a whole address. Type it like anna@example.org.'),
    ("zoë@example.org",
     'Email: "zoë@example.org" has "ë" before the @, where no accents can stand. Type it like anna@example.org.'),
    ("\u0430nna@example.org",
     'Email: the "\u0430" in "\u0430nna@example.org" is a Cyrillic letter. Type the address again by hand.'),
    ("anna@ex\u0430mple.org",
     'Email: the "\u0430" in "anna@ex\u0430mple.org" is a Cyrillic letter. Type the address again by hand.'),
    ("anna@" + "x" * 600, f'Email: "anna@{"x" * 34}…" is too long for an address. Type it like anna@example.org.'),
    ("=?utf-8?q?x=0ABcc=3A...?=",
     'Email: "=?utf-8?q?x=0ABcc=3A...?=" has no @. Type it like anna@example.org.')])  # fmt: skip
def test_what_is_not_one_usable_address_is_said(raw: Cell, sentence: str) -> None:
    assert read("contacts", "email", raw) == sentence


@pytest.mark.parametrize(("address", "usual"), [
    ("anna@gmial.com", "gmail.com"), ("anna@gmail.con", "gmail.com"), ("a@gmai.com", "gmail.com"),
    ("a@gmaill.com", "gmail.com"), ("a@hotmial.com", "hotmail.com"), ("a@outlok.com", "outlook.com"),
    ("a@seznma.cz", "seznam.cz"), ("a@gmail.sk", "gmail.com"), ("a@yahoo.co", "yahoo.com")])  # fmt: skip
def test_a_slip_in_a_well_known_domain_is_asked_about(address: str, usual: str) -> None:
    assert hint("contacts", "email", address) == f'Email: is "{address}" right? "{usual}" is usual.'


@pytest.mark.parametrize("domain", ["gmail.com", "ymail.com", "mail.com", "email.com", "example.org", "wp.pl", "op.pl",
                                    "hotmail.it", "yahoo.es", "centrum.cz", "centrum.sk"])  # fmt: skip
def test_real_domains_are_not_asked_about(domain: str) -> None:
    assert hint("contacts", "email", f"anna@{domain}") == ""


@pytest.mark.parametrize("raw", ["0903 123 456", "0903/123456", "+421 903 123 456 (evenings)", "00421903123456",
                                 "02/5443 1234", "0903 123 456, 0904 111 222"])  # fmt: skip
def test_a_phone_number_stays_as_it_was_typed(raw: str) -> None:
    assert read("contacts", "phone", raw) == raw
    assert hint("contacts", "phone", raw) == ""


def test_a_phone_number_that_lost_its_zero_or_cannot_be_one_is_asked_about() -> None:
    assert read("contacts", "phone", 903123456.0) == "903123456"
    whole = 'Phone: is "{}" whole? The sheet drops a first 0 or +. Type it like +421 903 123 456.'
    assert hint("contacts", "phone", 903123456.0) == whole.format("903123456")
    assert hint("contacts", "phone", 421903123456) == whole.format("421903123456")
    assert "too short or too long" in hint("contacts", "phone", "12")
    assert read("contacts", "phone", "ask Peter") == (
        'Phone: "ask Peter" is not a number one can call. Type it like 0903 123 456.')  # fmt: skip


@pytest.mark.parametrize("code", languages.LANGUAGES)
def test_a_language_is_understood_by_code_and_by_its_names(code: str) -> None:
    english, own = languages.language_name(code), languages.Locale(code).languages[code]
    for written in (code, code.upper(), english, english.lower(), own, own.upper(), f" {own} "):
        assert read("contacts", "language", written) == code


def test_other_ways_to_name_a_language() -> None:
    assert [read("contacts", "language", raw) for raw in ("cz", "en-GB", "sk_SK", "slovencina", "angličtina")] == [
        "cs", "en", "sk", "sk", "en"]  # fmt: skip
    assert read("contacts", "language", "Klingon") == (
        'Language: "Klingon" is not a language of our mails. Choose English, Czech, Slovak, Polish, Hungarian, German, '
        "Spanish or French.")  # fmt: skip


@pytest.mark.parametrize(("raw", "zone"), [
    ("Europe/Bratislava", "Europe/Bratislava"), ("europe/london", "Europe/London"), ("UTC", "UTC"),
    ("america/new york", "America/New_York")])  # fmt: skip
def test_a_zone_is_understood_in_any_case(raw: Cell, zone: str) -> None:
    assert read("meetings", "zone", raw) == zone


@pytest.mark.parametrize(("raw", "zone"), [
    ("Bratislava", "Europe/Bratislava"), ("CET", "Europe/Bratislava"), ("Praha", "Europe/Prague"),
    ("Slovensko", "Europe/Bratislava"), ("Wien", "Europe/Vienna"), ("Europe/Pragu", "Europe/Prague"),
    ("EST", "America/New_York"), ("UTC+1", "Europe/Bratislava"),
    ("../../etc/passwd", "Europe/Bratislava")])  # fmt: skip
def test_an_unknown_zone_is_refused_with_the_likeliest(raw: Cell, zone: str) -> None:
    assert read("meetings", "zone", raw) == (
        f'Time zone: "{raw}" is not the name of a time zone. Type {zone}, or the zone of another city.')  # fmt: skip


def test_zone_data_comes_from_the_pinned_package_alone(tmp_path: Path) -> None:
    winter = datetime(2027, 1, 1, tzinfo=UTC)
    wrong = tmp_path / "Europe" / "Prague"
    wrong.parent.mkdir()
    wrong.write_bytes((resources.files("tzdata") / "zoneinfo" / "Asia" / "Tokyo").read_bytes())
    try:
        zoneinfo.reset_tzpath(to=[str(tmp_path)])
        zones.use_pinned()
        assert winter.astimezone(zones.zone("Europe/Prague")).utcoffset() == timedelta(hours=1)
    finally:
        zoneinfo.reset_tzpath()


@pytest.mark.parametrize("name", ["Europe", "europe/prague", "../../etc/passwd", "/etc/localtime", "\x00", "",
                                  "Factory"])  # fmt: skip
def test_a_zone_that_is_not_listed_is_never_looked_up(name: str) -> None:
    assert not zones.known(name)
    with pytest.raises(zoneinfo.ZoneInfoNotFoundError):
        zones.zone(name)


def test_a_number_is_dialled_as_its_country_does() -> None:
    numbers = ("0903 123 456, evenings", "+421 903 123 456", "00421/903123456", "ask Peter", "12")
    assert [phones.e164(number, "SK") for number in numbers] == ["+421903123456"] * 3 + ["", ""]


# --- columns and model -----------------------------------------------------------------------------------------------


def test_every_team_column_with_a_model_behind_it_has_its_field() -> None:
    for tab, model in (("contacts", Contact), ("meetings", Meeting), ("promises", Commitment), ("team", Organizer)):
        keys = {column.key for column in TAB[tab].columns if column.owner is Owner.TEAM}
        assert keys <= set(model.model_fields), tab


def test_every_type_a_team_fills_in_is_read() -> None:
    ours = {CellType.SENTENCE, CellType.STATUS, CellType.ID}
    used = {column.type for tab in READ_TABS for column in tab.columns if column.owner is Owner.TEAM}
    left = set(CellType).difference(used, ours)
    assert not left
    assert not used & ours
    days = {column.key for tab in READ_TABS for column in tab.columns if column.type is CellType.DATE}
    assert days >= PAST
    assert CONTACTS.column("name").required
    assert MEETINGS.column("contact").required
