"""``sync setup`` on real parts: a person's typing, a workbook, the Sheets emulator, a mail server with TLS."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest
import yaml

from sync.app.load import load
from sync.app.setup_answers import sender_of
from sync.app.setup_write import render
from sync.core.config import parse
from sync.core.config.values import mailbox
from tests.fakes.sheets import Emulator, Spreadsheet
from tests.fakes.sheets.auth import ROBOT
from tests.fakes.smtp import PASSWORD, USER, Authority, server
from tests.system.desk import Desk, agreed


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


WORKBOOK = ["workbook", "people.xlsx", "outbox", "team@example.org", "Harbour Street", "outbox", "y", "me@example.org"]
"""What a person types who tries it out with a workbook, up to the question whether to write the file."""


# --- a person at the terminal ----------------------------------------------------------------------------------------


def test_a_person_is_led_to_a_working_service(desk: Desk) -> None:
    done = desk.sync("setup", answers=[*WORKBOOK, "y", "y"])
    assert done.exit_code == 0, done.output
    mail = load(desk.config).teams()[0].mail
    assert str(mail.sender) == "Harbour Street <team@example.org>"
    assert mail.safe_to == "me@example.org"
    assert desk.book.exists()
    assert {path.name: mode(path) for path in (desk.config, desk.folder / "commonground.key")} == {
        "config.yaml": 0o600, "commonground.key": 0o600,
    }  # fmt: skip
    (letter,) = desk.mails()
    sent = message_from_bytes(letter.read_bytes())
    assert (sent["To"], sent["From"]) == ("me@example.org", "Harbour Street\r\n <team@example.org>")
    assert "Looked at the sheet for the first time; nothing was mailed." in done.stdout
    assert "sync go-live" in done.stderr
    assert desk.sync("run", "--once").exit_code == 0


def test_a_wrong_answer_is_explained_and_asked_again(desk: Desk) -> None:
    wrong = ["paper", "workbook", "people.ods", "people.xlsx", "o", "nobody", "team@example.org", "Harbour Street",
             "outbox", "y", "me@", "me@example.org"]  # fmt: skip
    done = desk.sync("setup", answers=[*wrong, "y", "n"])
    assert done.exit_code == 0, done.output
    assert "it must be google or workbook" in done.stderr
    assert "a name that ends in .xlsx" in done.stderr
    assert done.stderr.count("is not an e-mail address") == 2


def test_nothing_is_written_unasked(desk: Desk) -> None:
    done = desk.sync("setup", answers=[*WORKBOOK, "n"])
    assert done.exit_code == 3
    assert "Nothing was written." in done.stderr
    assert not desk.config.exists()
    assert not desk.book.exists()


def test_stopping_halfway_leaves_nothing(desk: Desk) -> None:
    done = desk.sync("setup", answers=WORKBOOK[:3])
    assert done.exit_code == 1
    assert done.stderr.endswith("\nStopped.\n")
    assert list(desk.folder.iterdir()) == []


def test_run_again_enter_keeps_everything(desk: Desk) -> None:
    desk.sync("setup", answers=[*WORKBOOK, "y", "n"])
    before = desk.traces()
    done = desk.sync("setup", answers=[""] * 8 + ["n"])
    assert done.exit_code == 0, done.output
    assert "stays as it is" in done.stderr
    assert "nothing had to be mended" in done.stdout
    assert desk.traces() == before


def test_run_again_one_answer_can_be_changed(desk: Desk) -> None:
    desk.sync("setup", answers=[*WORKBOOK, "y", "n"])
    old = desk.config.read_text().replace("every: 60", "every: 61") + "ping: https://ping.example.org/x\n"
    desk.config.write_text(old)
    changed = ["", "", "", "", "Mill Lane", "", "", ""]
    done = desk.sync("setup", answers=[*changed, "y", "n"])
    assert done.exit_code == 0, done.output
    config = load(desk.config).config
    assert config.blocks[0].mail.sender.name == "Mill Lane"
    assert (config.every, config.ping) == (61, "https://ping.example.org/x")  # what is not asked about is kept
    kept = desk.folder / "config.yaml.before"
    assert (kept.read_text(), mode(kept)) == (old, 0o600)


def test_an_existing_configuration_is_not_overwritten_when_one_says_no(desk: Desk) -> None:
    desk.sync("setup", answers=[*WORKBOOK, "y", "n"])
    before = desk.config.read_text()
    done = desk.sync("setup", answers=["", "", "", "", "Mill Lane", "", "", "", "n", "n"])
    assert done.exit_code == 0
    assert desk.config.read_text() == before


def test_every_question_has_an_option(desk: Desk) -> None:
    done = desk.sync(
        "setup", "--workbook", "people.xlsx", "--outbox", "out", "--sender", "team@example.org",
        "--team-name", "Harbour", "--safe-to", "me@example.org", "--no-test-mail", answers=["y"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert load(desk.config).teams()[0].mail.sender.name == "Harbour"  # one more question would have found nobody


@pytest.mark.parametrize("words", [
    ["--workbook", "a.xlsx", "--spreadsheet", "abc"], ["--outbox", "o", "--mail-host", "localhost"],
    ["--safe-to", "me@example.org", "--no-practice"], ["--mail-port", "99999"],
])  # fmt: skip
def test_options_that_contradict_are_refused(desk: Desk, words: list[str]) -> None:
    done = desk.sync("setup", *words)
    assert done.exit_code == 2
    assert list(desk.folder.iterdir()) == []


# --- without questions -----------------------------------------------------------------------------------------------


def test_without_a_configuration_yes_names_what_is_missing(desk: Desk) -> None:
    done = desk.sync("setup", "--yes", "--workbook", "people.xlsx")
    assert done.exit_code == 3
    assert "--sender" in done.stderr
    assert "--safe-to (or --no-practice)" in done.stderr
    assert "--workbook" not in done.stderr
    assert list(desk.folder.iterdir()) == []


def test_yes_takes_a_configuration_unchanged_and_a_second_run_changes_nothing(desk: Desk) -> None:
    desk.config.write_text(
        "# mine\nsheet: {type: workbook, path: people.xlsx}\n"
        "mail: {type: outbox, path: outbox, sender: t@example.org}\n"
    )
    before = desk.config.read_bytes()
    first = desk.sync("setup", "--yes", "--sender", "other@example.org")
    assert first.exit_code == 0, first.output
    assert "the other options were not used" in first.stderr
    assert desk.config.read_bytes() == before
    traces = desk.traces()
    second = desk.sync("setup", "--yes")
    assert second.exit_code == 0
    assert second.stdout == "The tabs are all there; nothing had to be mended.\n"
    assert desk.traces() == traces
    assert desk.mails() == []


def test_rows_found_at_setup_get_their_ids_and_are_not_mailed(desk: Desk) -> None:
    desk.setup()
    desk.as_if_new()
    (desk.folder / "commonground.key").unlink()
    desk.staffed(agreed(10), agreed(-3))
    done = desk.sync("setup", "--yes")
    assert "Looked at the sheet for the first time; nothing was mailed." in done.stdout
    before = desk.traces()
    assert desk.sync("setup", "--yes").exit_code == 0
    assert desk.traces() == before
    codes = [desk.sync("run", "--once").exit_code for _ in range(3)]
    assert 1 in codes  # they wait under a code, because they were there before the service
    assert desk.mails() == []


def test_the_first_look_sends_nothing_even_when_something_is_due(desk: Desk) -> None:
    """The rows have their IDs already, and a 2-day reminder is open just now."""
    soon = datetime.now().astimezone() + timedelta(hours=30)
    desk.setup()
    desk.staffed({**agreed(0), "Date": soon.date(), "Time": soon.time().replace(second=0, microsecond=0)})
    for _ in range(2):
        desk.as_if_new()
        assert "nothing was mailed" in desk.sync("setup", "--yes").stdout
    assert desk.mails() == []
    due = json.loads(desk.sync("preview", "--json").stdout)
    assert ("reminder_2d", "due") in {(row["kind"], row["state"]) for row in due}


def test_a_key_that_is_there_is_kept(desk: Desk) -> None:
    desk.setup()
    key = (desk.folder / "commonground.key").read_bytes()
    desk.config.unlink()
    desk.setup()
    assert (desk.folder / "commonground.key").read_bytes() == key


def test_a_lost_key_is_not_replaced_beside_a_ledger(desk: Desk) -> None:
    """With another key nobody would be recognised, and everybody mailed again."""
    desk.setup()
    (desk.folder / "commonground.key").unlink()
    for answers in ((["--yes"], []), ([], [""] * 8)):
        done = desk.sync("setup", *answers[0], answers=answers[1])
        assert done.exit_code == 3
        assert "Bring the key back from a backup." in done.stderr
    assert not (desk.folder / "commonground.key").exists()


def test_a_deleted_tab_comes_back(desk: Desk) -> None:
    from openpyxl import load_workbook

    desk.setup()
    book = load_workbook(desk.book)
    del book["Promises"]
    for name in book.defined_names.values():  # what a spreadsheet program makes of names into a deleted tab
        if "Promises" in str(name.attr_text):
            name.attr_text = "#REF!"
    book.save(desk.book)
    done = desk.sync("setup", "--yes")
    assert done.exit_code == 0
    assert "Promises" in done.stdout


# --- Google ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def google() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator
        assert emulator.bugs == []


def on_google(google: Emulator, book: Spreadsheet, *more: str) -> list[str]:
    return ["setup", "--spreadsheet", book.url, "--api-endpoint", google.url, "--outbox", "outbox",
            "--sender", "Harbour <team@example.org>", "--no-practice", "--no-test-mail", *more]  # fmt: skip


def test_the_address_to_share_with_is_printed_until_the_sheet_is_shared(desk: Desk, google: Emulator) -> None:
    book = google.new_spreadsheet("One-on-ones")
    book.role = None
    google.key_file(desk.folder)

    def share(_: int, __: str, path: str) -> None:
        """First as Viewer, as many do; then as Editor."""
        book.role = "reader" if book.role is None else "editor" if path.endswith(":batchUpdate") else book.role

    google.after_request = share
    done = desk.sync(*on_google(google, book, "--credentials", "key.json"), answers=["", "", "y"])
    assert done.exit_code == 0, done.output
    assert f"\n    {ROBOT}\n" in done.stderr
    assert f"The sheet is not shared with {ROBOT}." in done.stderr
    sheet, _, mail = done.stderr.partition("2. The mail")
    assert f"{ROBOT} may read the sheet but not write in it." in sheet
    assert mail
    assert 'Found "One-on-ones", and we may write in it.' in done.stderr
    assert "Meetings" in [tab.title for tab in book.tabs]
    written = google.writes
    assert desk.sync("setup", "--yes").exit_code == 0
    assert google.writes == written


def test_the_cause_of_a_refusal_is_told(desk: Desk, google: Emulator) -> None:
    book = google.new_spreadsheet("One-on-ones")
    google.key_file(desk.folder)
    google.api_enabled = False
    wrong = google.new_spreadsheet("Wrong")
    google.remove(wrong)

    def switch_on(number: int, _: str, __: str) -> None:
        google.api_enabled = True

    google.after_request = switch_on
    words = on_google(google, wrong, "--credentials", "key.json")
    done = desk.sync(*words, answers=["", "other", book.url, "y"])
    assert done.exit_code == 0, done.output
    assert "The Google Sheets API is not switched on" in done.stderr
    assert "https://console." in done.stderr
    assert "There is no Google sheet at this address." in done.stderr
    assert load(desk.config).teams()[0].sheet.model_dump()["spreadsheet"] == book.url


def test_without_questions_a_sheet_that_is_not_shared_is_four(desk: Desk, google: Emulator) -> None:
    book = google.new_spreadsheet()
    book.role = None
    google.key_file(desk.folder)
    done = desk.sync(*on_google(google, book, "--credentials", "key.json", "--yes"))
    assert done.exit_code == 4
    assert ROBOT in done.stderr


def test_the_way_to_a_key_file_is_shown_step_by_step(desk: Desk, google: Emulator) -> None:
    book = google.new_spreadsheet()
    key = google.key_file(desk.folder, "key.txt")  # not found by itself
    (desk.folder / "client.json").write_text(json.dumps({"installed": {"client_id": "x"}}))
    answers = ["n", "", "", "", "", "client.json", "missing.json", "key.txt", "y"]
    done = desk.sync(*on_google(google, book), answers=answers)
    assert done.exit_code == 0, done.output
    for link in ("projectcreate", "apis/library/sheets.googleapis.com", "iam-admin/serviceaccounts/create"):
        assert f"https://console.cloud.google.com/{link}" in done.stderr
    assert "is an OAuth client file, not a service account's key" in done.stderr
    assert "There is no file " in done.stderr
    assert load(desk.config).at("key.txt") == key


def test_a_key_file_that_others_can_read_is_closed(desk: Desk, google: Emulator) -> None:
    book = google.new_spreadsheet()
    key = google.key_file(desk.folder)
    key.chmod(0o644)
    done = desk.sync(*on_google(google, book, "--credentials", "key.json", "--yes"))
    assert done.exit_code == 0, done.output
    assert mode(key) == 0o600
    assert "now only you can (chmod 600)" in done.stderr


def test_rows_of_a_google_sheet_are_looked_at_once(desk: Desk, google: Emulator) -> None:
    book = google.new_spreadsheet(zone="Europe/Bratislava")
    google.key_file(desk.folder)
    assert desk.sync(*on_google(google, book, "--credentials", "key.json", "--yes")).exit_code == 0
    book.hand.type_row("Contacts", 2, {"Name": "Anna", "Email": "anna@example.org", "How to reach them": "Ask first"})
    assert desk.sync("check").stdout.startswith("All is well: 1 contact, ")
    assert desk.sync("run", "--once").exit_code == 0


# --- mail ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_the_login_is_tried_and_a_wrong_password_asked_again(desk: Desk, authority: Authority) -> None:
    with server(authority=authority) as running:
        options = [
            "setup", "--workbook", "people.xlsx", "--mail-host", "localhost", "--mail-port", str(running.port),
            "--mail-security", "ssl", "--mail-username", USER, "--mail-ca-file", str(authority.file),
            "--sender", f"Harbour <{USER}>", "--safe-to", "me@example.org",
        ]  # fmt: skip
        answers = ["wrong horse", "change", *[""] * 7, "again", "password", PASSWORD, "y", "y"]
        done = desk.sync(*options, answers=answers)
    assert done.exit_code == 0, done.output
    assert "did not accept the password" in done.stderr
    assert "The mail server lets us in." in done.stderr
    assert running.kept.recipients == ["me@example.org"]
    assert b"test mail of `sync setup`" in running.kept.mails[0]
    assert "horse" not in done.output
    secret = desk.folder / "mail-password"
    assert (secret.read_text(), mode(secret)) == (f"{PASSWORD}\n", 0o600)
    assert "horse" not in desk.config.read_text()


def test_yes_does_not_touch_the_mail_server(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SYNC_MAIL_PASSWORD", raising=False)
    done = desk.sync(
        "setup", "--yes", "--workbook", "people.xlsx", "--mail-host", "mail.example.org", "--mail-username", "team",
        "--mail-password-env", "SYNC_MAIL_PASSWORD", "--sender", "team@example.org", "--no-practice",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert load(desk.config).config == parse(yaml.safe_load(desk.config.read_text()))


# --- the file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [
    "Harbour Street Co-op", 'The "Harbour", Ltd.', "Přístav: č. 4 #1", "back\\slash", "a <b> c",
])  # fmt: skip
def test_any_team_name_survives_the_file(name: str) -> None:
    sender = sender_of(name, "team@example.org")
    tree = {"sheet": {"type": "workbook", "path": "x.xlsx"},
            "mail": {"type": "outbox", "path": "out", "sender": sender}}  # fmt: skip
    text = render(tree)
    found = parse(yaml.safe_load(text)).teams()[0].mail.sender
    assert found == mailbox(sender)
    assert found.address == "team@example.org"
    if "<" not in name:
        assert found.name == name


def test_the_file_says_what_every_option_means() -> None:
    tree = {"sheet": {"type": "google", "spreadsheet": "abc", "credentials": "k.json"},
            "mail": {"type": "smtp", "host": "smtp.gmail.com", "username": "u", "password": {"env": "PW"},
                     "sender": "t@example.org"}, "replies": {"type": "folder", "path": "in"}}  # fmt: skip
    lines = render(tree).splitlines()
    assert parse(yaml.safe_load("\n".join(lines))) == parse(tree)
    for at, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("#"):
            assert lines[at - 1].lstrip().startswith("#"), line
    assert max(len(line) for line in lines) <= 110
