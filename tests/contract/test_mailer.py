"""The contract of ``Mailer``: the folder and a real mail server with TLS and a login keep it alike."""

from __future__ import annotations

import email
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from sync.core.config import OutboxMail
from sync.core.errors import LedgerError, ServiceRefused
from sync.core.ports import Mailer, Scope, Verdict
from sync.mail import open_mailer

from ..fakes.letters import HOSTILE, SETTINGS, START, TO, Ask, contact, intent, letter, meeting, organizer, renderer
from ..fakes.smtp import PASSWORD, Authority, account, server

HOSTILE_HEADERS = (
    "Anna\nBcc: eve@example.org",
    "Anna\r\n\r\n<h1>",
    "=?utf-8?q?Anna=0ABcc=3A_eve=40example=2Eorg?=",
    "Anna\u2028Bcc: eve@example.org",
    "Kováčová, Anna \"of\" <eve@example.org>",
    "Anna\x00\x0b\x0c\x85Bcc: eve@example.org",
    HOSTILE,
)  # fmt: skip


@dataclass(frozen=True)
class Way:
    """One mailer and how to see what arrived through it."""

    mailer: Mailer
    arrived: Callable[[], list[bytes]]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(params=["outbox", "ssl", "starttls"])
def way(request: pytest.FixtureRequest, tmp_path: Path, authority: Authority) -> Iterator[Way]:
    if request.param == "outbox":
        mail = OutboxMail.model_validate({"type": "outbox", "path": "out", "sender": "Us <team@example.org>"})
        mailer = open_mailer(mail, folder=tmp_path)
        yield Way(mailer, lambda: [file.read_bytes() for file in sorted((tmp_path / "out").glob("[!.]*"))])
        mailer.close()
        return
    with server(authority=authority, starttls=request.param == "starttls") as running:
        mailer = open_mailer(account(running, request.param, authority), password=PASSWORD)
        yield Way(mailer, lambda: running.kept.mails)
        mailer.close()


# --- both ------------------------------------------------------------------------------------------------------------


def test_a_mail_arrives_once_byte_for_byte(way: Way) -> None:
    way.mailer.open()
    message = letter()
    receipt = way.mailer.send(message, TO, Ask())
    assert receipt.verdict is Verdict.ACCEPTED
    assert [mail.replace(b"\r\n", b"\n") for mail in way.arrived()] == [message.as_bytes().replace(b"\r\n", b"\n")]


def test_the_ledger_is_asked_once_after_the_body_and_before_it_counts(way: Way) -> None:
    way.mailer.open()
    seen: list[int] = []

    def before_dot() -> bool:
        seen.append(len(way.arrived()))
        return True

    way.mailer.send(letter(), TO, before_dot)
    assert seen == [0]
    assert len(way.arrived()) == 1


def test_nothing_arrives_when_the_ledger_says_no(way: Way) -> None:
    way.mailer.open()
    receipt = way.mailer.send(letter(), TO, Ask(False))
    assert receipt.verdict is Verdict.LATER
    assert way.arrived() == []
    assert way.mailer.send(letter(), TO, Ask()).verdict is Verdict.ACCEPTED
    assert len(way.arrived()) == 1


def test_nothing_arrives_when_the_ledger_cannot_commit_and_its_error_comes_out(way: Way) -> None:
    way.mailer.open()

    def broken() -> bool:
        raise LedgerError("The disk is full.")

    with pytest.raises(LedgerError, match="disk is full"):
        way.mailer.send(letter(), TO, broken)
    assert way.arrived() == []


def test_it_opens_by_itself_and_twice_is_no_harm(way: Way) -> None:
    assert way.mailer.send(letter(1), TO, Ask()).verdict is Verdict.ACCEPTED
    way.mailer.open()
    way.mailer.open()
    assert way.mailer.send(letter(2), TO, Ask()).verdict is Verdict.ACCEPTED
    way.mailer.close()
    assert way.mailer.send(letter(3), TO, Ask()).verdict is Verdict.ACCEPTED
    assert len(way.arrived()) == 3


@pytest.mark.parametrize("value", HOSTILE_HEADERS)
def test_hostile_cells_add_no_header_and_no_recipient(way: Way, value: str) -> None:
    way.mailer.open()
    message = letter(
        contact=contact(name=value, greeting=value), organizer=organizer(name=value, signature=value),
        meeting=meeting(place=value, purpose=value),
    )  # fmt: skip
    assert way.mailer.send(message, TO, Ask()).verdict is Verdict.ACCEPTED
    raw = way.arrived()[0].replace(b"\r\n", b"\n")
    head = raw.partition(b"\n\n")[0].lower()
    for name in (b"from:", b"to:", b"subject:", b"date:", b"message-id:"):
        assert (b"\n" + head).count(b"\n" + name) == 1
    assert b"\nbcc:" not in head
    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert [address.addr_spec for address in parsed["To"].addresses] == [TO]


def test_a_message_with_a_smuggled_header_is_refused_with_words(way: Way) -> None:
    """On Python before 3.11.10 a plain ``EmailMessage`` writes the Bcc out; later ones keep it; neither may pass."""
    way.mailer.open()
    message = EmailMessage()
    message["From"], message["To"] = "team@example.org", TO
    message["Subject"] = "=?utf-8?q?x=0ABcc=3A_eve=40example=2Eorg?="
    message["Date"], message["Message-ID"] = "Tue, 02 Mar 2027 18:10:00 +0000", "<x@example.org>"
    message["Bcc"] = "eve@example.org"
    message.set_content("x")
    receipt = way.mailer.send(message, TO, Ask())
    assert (receipt.verdict, receipt.scope) == (Verdict.REFUSED, Scope.MAIL)
    assert receipt.words.startswith("The finished mail")
    assert "eve" not in receipt.words
    assert way.arrived() == []


def test_a_message_for_somebody_else_is_refused(way: Way) -> None:
    way.mailer.open()
    receipt = way.mailer.send(letter(), "eve@example.org", Ask())
    assert receipt.verdict is Verdict.REFUSED
    assert way.arrived() == []


def test_an_address_that_is_two_addresses_is_refused(way: Way) -> None:
    way.mailer.open()
    receipt = way.mailer.send(letter(), "anna@example.org, eve@example.org", Ask())
    assert receipt.verdict is Verdict.REFUSED
    assert way.arrived() == []


def test_a_purpose_that_is_a_path_is_mailed_as_text(way: Way, tmp_path: Path) -> None:
    way.mailer.open()
    secret = tmp_path / "secret.txt"
    secret.write_text("the words of the secret")
    for number, path in enumerate(("/etc/passwd", str(secret))):
        way.mailer.send(letter(number, meeting=meeting(purpose=path), told=None), TO, Ask())
    for raw, path in zip(sorted(way.arrived(), key=len), ("/etc/passwd", str(secret)), strict=False):
        parsed = email.message_from_bytes(raw, policy=policy.default)
        texts = [part.get_content() for part in parsed.walk() if part.get_content_type() == "text/plain"]
        assert path in texts[0]
        assert [part.get_filename() for part in parsed.walk() if part.get_filename()] == []
        assert "root:" not in texts[0]
        assert "the words of the secret" not in texts[0]


# --- the folder ------------------------------------------------------------------------------------------------------


def test_files_sort_by_date_and_hold_only_whole_mails(tmp_path: Path) -> None:
    mail = OutboxMail.model_validate({"type": "outbox", "path": "out", "sender": "Us <team@example.org>"})
    mailer = open_mailer(mail, folder=tmp_path)
    mailer.open()
    for day in (9, 2, 4):
        message = renderer().message(
            intent("confirmation"), SETTINGS, message_id=f"<c.{day}@example.org>", date=START.replace(day=day),
            key_header="k",
        )  # fmt: skip
        mailer.send(message, TO, Ask())
    mailer.send(letter(), TO, Ask(False))
    names = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert [name[:10] for name in names] == ["2027-03-02", "2027-03-04", "2027-03-09"]
    assert all("-confirmation-" in name and name.endswith(".eml") for name in names)


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file stands here")
    mail = OutboxMail.model_validate({"type": "outbox", "path": "out", "sender": "Us <team@example.org>"})
    mailer = open_mailer(mail, folder=tmp_path)
    with pytest.raises(ServiceRefused, match="cannot be used"):
        mailer.open()
    assert mailer.send(letter(), TO, Ask()).verdict is Verdict.LATER
