"""A mail account over the wire: TLS, login, one line for many mails, refusals, and lines that break at every point."""

from __future__ import annotations

import email
import json
import logging
import threading
import time
from contextlib import ExitStack
from email import policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from sync.core.errors import ConfigError, ServiceRefused, ServiceUnreachable
from sync.core.ports import Receipt, Scope, Verdict
from sync.mail import open_mailer
from sync.mail.account import Account, Limits
from sync.mail.smtp import SmtpMailer

from ..fakes.letters import TO, Ask, letter, written
from ..fakes.smtp import CUT, PASSWORD, STALL, USER, Authority, FaultServer, Step, account, server


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def plainly(port: int, limits: Limits | None = None) -> SmtpMailer:
    """Return a mailer for a server on loopback without TLS, login and gap."""
    return SmtpMailer(Account("127.0.0.1", port, "none", "team@example.org", gap_seconds=0), limits=limits)



@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_an_unknown_authority_gets_no_password(security: str, tmp_path: Path, authority: Authority) -> None:
    stranger = Authority(tmp_path)
    with server(authority=stranger, starttls=security == "starttls") as running:
        mailer = open_mailer(account(running, security, authority), password=PASSWORD)
        with pytest.raises(ServiceRefused, match="certificate"):
            mailer.open()
        receipt = mailer.send(letter(), TO, Ask())
        assert (receipt.verdict, receipt.scope) == (Verdict.REFUSED, Scope.ACCOUNT)
        assert running.kept.logins == []
        assert running.kept.mails == []


def test_a_certificate_for_another_name_gets_no_password(tmp_path: Path) -> None:
    other = Authority(tmp_path, "mail.example.net")
    with server(authority=other) as running:
        mailer = open_mailer(account(running, "ssl", other), password=PASSWORD)
        with pytest.raises(ServiceRefused, match="certificate"):
            mailer.open()
        assert running.kept.logins == []


def test_a_server_that_hides_starttls_gets_no_password() -> None:
    with FaultServer({}) as raw:
        mailer = SmtpMailer(Account("127.0.0.1", raw.port, "starttls", "team@example.org", USER, PASSWORD))
        with pytest.raises(ServiceRefused, match="does not offer"):
            mailer.open()
        assert not any(line.upper().startswith(b"AUTH") for line in raw.heard)


@pytest.mark.parametrize("security", ["ssl", "starttls"])
def test_a_wrong_password_is_tried_once_and_told_with_the_remedy(security: str, authority: Authority) -> None:
    with server(authority=authority, starttls=security == "starttls") as running:
        mailer = open_mailer(account(running, security, authority), password="wrong")
        with pytest.raises(ServiceRefused) as caught:
            mailer.open()
        assert caught.value.sentence == "The mail server did not accept the password."
        assert "app password" in caught.value.remedy
        assert caught.value.exit_code == 4
        assert running.kept.logins == [False]


def test_no_way_to_the_server_is_unreachable() -> None:
    with FaultServer({}) as raw:
        port = raw.port
    mailer = SmtpMailer(Account("127.0.0.1", port, "none", "team@example.org"))
    with pytest.raises(ServiceUnreachable, match="cannot be reached"):
        mailer.open()
    receipt = mailer.send(letter(), TO, Ask())
    assert (receipt.verdict, receipt.scope) == (Verdict.LATER, Scope.ACCOUNT)


@pytest.mark.parametrize(
    "account",
    [
        Account("mail.example.org", 25, "none", "team@example.org"),
        Account("mail.example.org", 465, "ssl", "team@example.org", USER, ""),
        Account("mail.example.org", 465, "ssl", "team@example.org", USER, oauth=Path("nowhere.json")),
        Account("mail.example.org", 587, "starttls", "team@example.org", USER, oauth=Path("nowhere.json")),
        Account("mail.example.org", 465, "ssl", "team@example.org", ca_file=Path("nowhere.pem")),
    ],
    ids=["clear text", "no password", "no oauth file", "oauth in the clear", "no authority file"],
)
def test_an_account_that_must_not_be_used_is_refused_before_any_line(account: Account) -> None:
    with pytest.raises(ConfigError):
        SmtpMailer(account)


def test_twenty_mails_use_one_login_and_keep_their_gap(authority: Authority) -> None:
    waits: list[float] = []
    with server(authority=authority) as running:
        mail = account(running, "ssl", authority, gap_seconds=2)
        mailer = open_mailer(mail, password=PASSWORD, sleep=waits.append)
        mailer.open()
        for number in range(20):
            assert mailer.send(letter(number), TO, Ask()).verdict is Verdict.ACCEPTED
        mailer.close()
        assert running.kept.logins == [True]
        assert running.kept.connections == 1
        assert len(running.kept.mails) == 20
        assert set(running.kept.senders) == {"team@example.org"}
    assert len(waits) == 19
    assert all(1.5 < wait <= 2 for wait in waits)


def test_a_connection_is_renewed_after_its_share_of_mails() -> None:
    with server() as running:
        mailer = plainly(running.port, Limits(mails=2))
        for number in range(5):
            mailer.send(letter(number), TO, Ask())
        mailer.close()
        assert running.kept.connections == 3
        assert len(running.kept.mails) == 5


@pytest.mark.parametrize("idle", [0.0, 100.0], ids=["asked first", "found out while sending"])
def test_a_server_that_hung_up_on_an_idle_line_still_gets_one_copy(idle: float) -> None:
    with server() as running:
        mailer = plainly(running.port, Limits(idle=idle))
        mailer.open()
        mailer.send(letter(1), TO, Ask())
        running.hang_up()
        asked = Ask()
        assert mailer.send(letter(2), TO, asked).verdict is Verdict.ACCEPTED
        mailer.close()
        assert len(running.kept.mails) == 2
        assert asked.times == 1


def test_a_token_that_the_server_refuses_is_noticed(tmp_path: Path, authority: Authority, monkeypatch: Any) -> None:
    """yagmail sends the token and looks away; the refusal would show at the first mail only."""

    class Tokens(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"access_token": "token", "expires_in": 3600}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            pass

    tokens = HTTPServer(("127.0.0.1", 0), Tokens)
    thread = threading.Thread(target=tokens.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr("yagmail.oauth2.GOOGLE_ACCOUNTS_BASE_URL", f"http://127.0.0.1:{tokens.server_port}")
    file = tmp_path / "oauth.json"
    file.write_text(json.dumps({
        "email_address": USER, "google_client_id": "i", "google_client_secret": "s", "google_refresh_token": "r",
    }))  # fmt: skip
    try:
        with server(authority=authority) as running:
            mail = account(running, "ssl", authority, password=None, oauth=str(file))
            mailer = open_mailer(mail)
            mailer.open()
            assert mailer.send(letter(), TO, Ask()).verdict is Verdict.ACCEPTED
            mailer.close()
            running.kept.answers["XOAUTH2"] = ["no"]
            with pytest.raises(ServiceRefused, match="did not accept"):
                mailer.open()
    finally:
        tokens.shutdown()
        tokens.server_close()
        thread.join(5)


def test_no_log_line_names_an_address_or_the_password(authority: Authority, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), server(authority=authority) as running:
        mailer = open_mailer(account(running, "ssl", authority), password=PASSWORD)
        mailer.open()
        running.kept.answers["RCPT"] = ["550 5.1.1 no such user anna@example.org"]
        receipt = mailer.send(letter(), TO, Ask())
        mailer.close()
    ours = [record for record in caplog.records if not record.name.startswith("mail.log")]
    assert not any(word in record.getMessage() for record in ours for word in (TO, USER, PASSWORD))
    assert TO not in receipt.words + receipt.code


# --- the mail server: refusals and broken lines ----------------------------------------------------------------------


def attempt(script: dict[str, list[Step]], limits: Limits | None = None) -> tuple[Receipt, FaultServer]:
    """Send one mail to a server that follows ``script``; return the receipt and the server, shut."""
    with ExitStack() as stack:
        raw = stack.enter_context(FaultServer(script))
        mailer = plainly(raw.port, limits)
        stack.callback(mailer.close)
        return mailer.send(letter(), TO, Ask()), raw


@pytest.mark.parametrize("end", [CUT, "garbage", b"250" + b"x" * 10_000], ids=["cut", "nonsense", "endless line"])
def test_a_line_that_breaks_after_the_dot_leaves_one_copy_and_a_doubt(end: Step) -> None:
    receipt, raw = attempt({"dot": [end]})
    assert receipt.verdict is Verdict.UNKNOWN
    assert "may or may not" in receipt.words
    assert len(raw.copies) == 1
    assert raw.connections == 1


def test_a_server_that_says_nothing_to_the_dot_leaves_a_doubt_after_a_while() -> None:
    began = time.monotonic()
    receipt, raw = attempt({"dot": [STALL]}, Limits(answer=5, dot=0.3))
    assert receipt.verdict is Verdict.UNKNOWN
    assert len(raw.copies) == 1
    assert time.monotonic() - began < 3


def test_a_server_may_take_its_time_over_the_dot_and_only_there() -> None:
    class Slow(FaultServer):
        def _do(self, line: Any, point: str) -> Step:
            if point == "dot":
                time.sleep(0.6)
            return super()._do(line, point)

    with Slow({}) as raw:
        mailer = plainly(raw.port, Limits(answer=0.3, dot=10, whole=0.5))
        assert mailer.send(letter(1), TO, Ask()).verdict is Verdict.ACCEPTED
        assert mailer.send(letter(2), TO, Ask()).verdict is Verdict.ACCEPTED
        mailer.close()
    assert len(raw.copies) == 2


@pytest.mark.parametrize("fault", [CUT, "421 4.3.0 going down"], ids=["cut", "answered"])
def test_a_line_that_ends_in_the_middle_of_the_body_is_no_doubt(fault: Step) -> None:
    """A body long enough that the server has its say while we still write: the ledger is not even asked."""
    asked = Ask()
    with FaultServer({"body": [fault]}) as raw:
        mailer = plainly(raw.port)
        receipt = mailer.send(written("a word and another\n" * 400_000), TO, asked)
        mailer.close()
    assert (receipt.verdict, receipt.scope) == (Verdict.LATER, Scope.MAIL)
    assert (raw.copies, asked.times) == ([], 0)


@pytest.mark.parametrize("point", ["greeting", "ehlo", "mail", "rcpt", "data"])
def test_a_line_that_breaks_before_the_body_is_tried_later(point: str) -> None:
    receipt, raw = attempt({point: [CUT, CUT, CUT]})
    assert receipt.verdict is Verdict.LATER
    assert raw.copies == []


def test_a_server_that_answers_letter_by_letter_has_its_time_limited() -> None:
    """Every byte starts the socket's timeout anew; only the whole attempt's time ends it."""
    drip = threading.Event()

    class Dripping(FaultServer):
        def _do(self, line: Any, point: str) -> Step:
            if point != "rcpt":
                return super()._do(line, point)
            while not drip.wait(0.05):
                line.sendall(b"2")
            return CUT

    with Dripping({}) as raw:
        mailer = plainly(raw.port, Limits(answer=5, whole=0.5))
        began = time.monotonic()
        receipt = mailer.send(letter(), TO, Ask())
        drip.set()
        mailer.close()
    assert receipt.verdict is Verdict.LATER
    assert time.monotonic() - began < 3


ANSWERS = [
    ("mail", "450 4.3.0 wait", Verdict.LATER, Scope.MAIL),
    ("mail", "421 4.7.0 too many", Verdict.LATER, Scope.ACCOUNT),
    ("mail", "550 5.4.5 daily limit", Verdict.REFUSED, Scope.ACCOUNT),
    ("mail", "530 5.7.0 log in first", Verdict.REFUSED, Scope.ACCOUNT),
    ("mail", "552 5.3.4 too big", Verdict.REFUSED, Scope.MAIL),
    ("rcpt", "450 4.2.0 greylisted", Verdict.LATER, Scope.ADDRESS),
    ("rcpt", "450 4.7.1 greylisted", Verdict.LATER, Scope.ADDRESS),
    ("rcpt", "550 5.1.1 no such user", Verdict.REFUSED, Scope.ADDRESS),
    ("rcpt", "553 5.1.3 bad address", Verdict.REFUSED, Scope.ADDRESS),
    ("rcpt", "554 5.7.1 relay denied", Verdict.REFUSED, Scope.ACCOUNT),
    ("rcpt", "421 4.3.2 going down", Verdict.LATER, Scope.ACCOUNT),
    ("rcpt", "452 4.2.2 full", Verdict.LATER, Scope.ADDRESS),
    ("data", "451 4.3.0 later", Verdict.LATER, Scope.MAIL),
    ("data", "421 4.3.0 going down", Verdict.LATER, Scope.ACCOUNT),
    ("data", "554 no", Verdict.REFUSED, Scope.MAIL),
    ("data", "250 what", Verdict.LATER, Scope.MAIL),
    ("dot", "450 4.2.1 slowly", Verdict.LATER, Scope.MAIL),
    ("dot", "552 5.2.3 too big", Verdict.REFUSED, Scope.MAIL),
    ("dot", "554 5.6.0 malformed", Verdict.REFUSED, Scope.MAIL),
    ("dot", "550 5.1.1 no such user", Verdict.REFUSED, Scope.ADDRESS),
    ("dot", "550 5.7.26 unauthenticated", Verdict.REFUSED, Scope.ACCOUNT),
    ("dot", "421 4.7.0 later", Verdict.LATER, Scope.ACCOUNT),
    ("dot", "251 taken all the same", Verdict.ACCEPTED, Scope.MAIL),
]


@pytest.mark.parametrize(("point", "answer", "verdict", "scope"), ANSWERS, ids=[f"{a}-{b}" for a, b, _, _ in ANSWERS])
def test_what_an_answer_means(point: str, answer: str, verdict: Verdict, scope: Scope) -> None:
    receipt, _ = attempt({point: [answer]})
    assert (receipt.verdict, receipt.scope) == (verdict, scope)
    assert receipt.words or verdict is Verdict.ACCEPTED


def test_a_refusal_leaves_the_line_for_the_next_mail() -> None:
    with FaultServer({"rcpt": ["550 5.1.1 no"], "dot": ["554 5.6.0 no"]}) as raw:
        mailer = plainly(raw.port)
        got = [mailer.send(letter(number), TO, Ask()).verdict for number in range(3)]
        mailer.close()
    assert got == [Verdict.REFUSED, Verdict.REFUSED, Verdict.ACCEPTED]
    assert raw.connections == 1


def test_one_refusal_by_policy_after_accepted_mail_is_about_that_mail_but_not_a_row_of_them() -> None:
    """One recipient's server must not hold up everybody; a blocked account must not use up everybody's mail."""
    with FaultServer({"rcpt": ["250 ok", *["550 5.7.1 not from you"] * 4]}) as raw:
        mailer = plainly(raw.port)
        scopes = [mailer.send(letter(number), TO, Ask()).scope for number in range(5)]
        mailer.close()
    assert scopes == [Scope.MAIL, Scope.ADDRESS, Scope.ADDRESS, Scope.ADDRESS, Scope.ACCOUNT]


def test_the_dot_follows_the_ledgers_commit_and_never_comes_before() -> None:
    """What the server has heard when the ledger is asked: the whole body, and no end of it."""
    with FaultServer({}) as raw:
        mailer = plainly(raw.port)

        def slow_commit() -> bool:
            time.sleep(0.2)
            assert raw.copies == []
            return True

        assert mailer.send(letter(), TO, slow_commit).verdict is Verdict.ACCEPTED
        mailer.close()
    assert len(raw.copies) == 1


def test_a_line_that_is_a_dot_does_not_end_the_mail() -> None:
    text = "before\n.\n..\n.after\n"
    with server() as running:
        mailer = plainly(running.port)
        mailer.send(written(text), TO, Ask())
        mailer.close()
        got = email.message_from_bytes(running.kept.mails[0], policy=policy.default)
    assert got.get_content().replace("\r\n", "\n") == text


def test_a_mail_too_big_for_the_server_is_refused_before_its_body() -> None:
    asked = Ask()
    with server(size_limit=1000) as running:
        mailer = plainly(running.port)
        receipt = mailer.send(letter(), TO, asked)
        mailer.close()
    assert (receipt.verdict, receipt.scope, asked.times) == (Verdict.REFUSED, Scope.MAIL, 0)


def test_an_international_domain_goes_in_its_ascii_form() -> None:
    unicode, wire = "anna@žluť.example.org", "anna@xn--lu-yta1h.example.org"
    message = letter(address=unicode)
    with server() as running:
        mailer = plainly(running.port)
        assert mailer.send(message, unicode, Ask()).verdict is Verdict.ACCEPTED
        mailer.close()
        assert running.kept.recipients == [message["To"].addresses[0].addr_spec] == [wire]
