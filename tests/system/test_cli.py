"""The command line: how commands end, and those that look without touching."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sync.cli import main
from sync.cli.outcome import Options, ready, told
from sync.core.errors import HeldByAnother, ServiceRefused, SyncError
from tests.system.desk import ROOT, Desk, agreed


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def ready_desk(desk: Desk) -> Desk:
    desk.setup()
    return desk


# --- how commands end ------------------------------------------------------------------------------------------------


def toy(error: Exception) -> click.Command:
    @click.command()
    @told
    def fails() -> None:
        raise error

    return fails


@pytest.mark.parametrize(("error", "code"), [
    (SyncError("It broke.", "Mend it."), 1), (ServiceRefused("No.", "Ask."), 4), (HeldByAnother("Taken.", "Wait."), 5),
])  # fmt: skip
def test_an_error_is_one_sentence_and_the_way_out(error: SyncError, code: int) -> None:
    done = CliRunner().invoke(toy(error))
    assert (done.exit_code, done.stdout) == (code, "")
    assert done.stderr == f"{error.sentence} {error.remedy}\n"


@pytest.mark.parametrize("verbose", [False, True])
def test_only_verbose_shows_where_the_unexpected_happened(verbose: bool) -> None:
    command = toy(KeyError("secret"))

    @click.command()
    @click.pass_context
    def group(context: click.Context) -> None:
        ready(verbose)
        context.invoke(command)

    done = CliRunner().invoke(group)
    ready(False)
    assert done.exit_code == 1
    assert "Something unexpected happened (KeyError)." in done.stderr
    assert ("Traceback" in done.stderr) is verbose
    assert ("secret" in done.stderr) is verbose


def test_without_a_configuration_it_says_how_to_get_one(desk: Desk) -> None:
    for command in ("run", "preview", "check", "status", "go-live"):
        done = desk.sync(command)
        assert done.exit_code == 3, command
        assert done.stdout == ""
        assert "sync setup" in done.stderr
        assert done.stderr.count("\n") == 1
    assert list(desk.folder.iterdir()) == []


def test_every_mistake_of_the_configuration_is_told(desk: Desk) -> None:
    desk.config.write_text("sheet: {type: workbook, pfad: x.xlsx}\nmail: {type: outbox, path: out}\nevery: 0\n")
    done = desk.sync("run", "--once")
    assert done.exit_code == 3
    for option in ("sheet.pfad", "sheet.path", "mail.sender", "every"):
        assert f"\n  {option}  <- " in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["sing"], ["preview", "--at", "soon"], ["preview", "--days", "-1"], ["run", "x"]])
def test_what_was_typed_wrongly_is_two(desk: Desk, words: list[str]) -> None:
    done = desk.sync(*words)
    assert (done.exit_code, done.stdout) == (2, "")


def test_help_and_version_need_nothing_heavy() -> None:
    """Counted in modules rather than seconds: the libraries of the edges are what would make it slow."""
    code = (
        "import sys\nfrom sync.cli import main\n"
        "for words in (['--help'], ['preview', '-h'], ['setup', '-h'], ['--version']):\n"
        "    try: main(words)\n    except SystemExit: pass\n"
        "heavy = {'rich', 'pydantic', 'yaml', 'sqlalchemy', 'gspread', 'google', 'openpyxl', 'jinja2', 'icalendar',\n"
        "         'babel', 'schedule', 'yagmail', 'phonenumbers', 'email_validator', 'asyncio'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.stderr == ""
    assert "Common Ground 0." in done.stdout


# --- preview, check, status ------------------------------------------------------------------------------------------


def test_looking_leaves_no_trace(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10))
    before = ready_desk.traces()
    for words in (["preview"], ["preview", "--json"], ["preview", "--at", "2030-01-01"], ["check"], ["status"]):
        ready_desk.sync(*words)
    assert ready_desk.traces() == before


def test_looking_needs_no_ledger(ready_desk: Desk) -> None:
    (ready_desk.folder / "commonground.db").unlink()
    for command in ("preview", "check", "status"):
        assert ready_desk.sync(command).exit_code == 0
    assert not (ready_desk.folder / "commonground.db").exists()


def test_preview_says_when_to_whom_what_and_why_not(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10), agreed(12, Contact="Petr"))
    ready_desk.fill("Contacts", {"Name": "Petr", "Email": "petr@example.org"})
    done = ready_desk.sync("preview")
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert any(line.startswith("09:00 Anna Kováčová <anna@example.org> 2-day reminder, ") for line in lines)
    silent = lines[lines.index("Does not go") + 1]
    assert silent.startswith("Petr <petr@example.org> confirmation, 2-day reminder, day-of reminder, ")
    assert silent.endswith('Nothing goes to Petr yet. When they agree, choose "E-mail is fine" in Contacts.')
    assert done.stderr == ""


def test_preview_as_json_has_the_promised_keys(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10))
    rows = json.loads(ready_desk.sync("preview", "--json").stdout)
    assert {row["kind"] for row in rows} == {"confirmation", "reminder_2d", "reminder_day"}
    for row in rows:
        assert list(row) == ["kind", "to", "about", "opens", "closes", "at", "state", "reason"]
        assert row["to"] == "anna@example.org"
        assert row["state"] in ("due", "planned", "waits", "skipped")


def test_preview_can_look_a_few_days_far(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10))
    kinds = [row["kind"] for row in json.loads(ready_desk.sync("preview", "--json", "--days", "3").stdout)]
    assert kinds == ["confirmation"]


def test_preview_as_of_a_later_time_takes_what_went_before_as_sent(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10))
    later = ready_desk.sync("preview", "--json", "--at", f"{agreed(9)['Date']}T12:00Z")
    assert [row["kind"] for row in json.loads(later.stdout)] == ["reminder_day"]


def test_a_time_without_offset_is_meant_in_the_teams_zone(ready_desk: Desk) -> None:
    ready_desk.staffed()
    ready_desk.set("Default time zone", "Asia/Tokyo")
    done = ready_desk.sync("preview", "--at", "2030-03-11 17:30")
    assert "As of Mon 11 Mar 2030 17:30 (Asia/Tokyo)." in done.stderr
    done = ready_desk.sync("preview", "--at", "2030-03-11T17:30+00:00")
    assert "As of Tue 12 Mar 2030 02:30 (Asia/Tokyo)." in done.stderr


def test_an_empty_sheet_gets_a_friendly_word(ready_desk: Desk) -> None:
    done = ready_desk.sync("preview")
    assert done.stdout == "There are no meetings in the sheet yet. Choose a person in Meetings, and this fills.\n"
    assert ready_desk.sync("preview", "--json").stdout == "[]\n"
    assert ready_desk.sync("check").stdout.startswith("All is well: 0 contacts, ")
    ready_desk.staffed(agreed(10, Stage="Draft"))
    assert ready_desk.sync("preview", "--days", "2").stdout.startswith("No mail is planned in the next 2 days.")


def test_practice_is_said_beside_the_preview(desk: Desk) -> None:
    desk.setup("--safe-to", "me@example.org")
    desk.staffed(agreed(10))
    done = desk.sync("preview")
    assert "Practice: all of this goes to me@example.org" in done.stderr
    assert "anna@example.org" in done.stdout


def test_check_prints_every_problem_and_ends_with_one(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10, Time="5"), agreed(11, Contact="Nobody"))
    done = ready_desk.sync("check")
    assert done.exit_code == 1
    assert 'row 2  Time: "5" could be 5:00 or 17:00. Type 17:00.' in done.stdout
    assert 'Contact: "Nobody" is not in Contacts.' in done.stdout
    assert done.stderr == "2 problems, 0 hints.\n"
    rows = json.loads(ready_desk.sync("check", "--json").stdout)
    assert [(row["tab"], row["row"], row["value"], row["hint"]) for row in rows] == [
        ("meetings", 2, "5", False), ("meetings", 3, "Nobody", False),
    ]  # fmt: skip


def test_a_hint_alone_is_no_problem(ready_desk: Desk) -> None:
    ready_desk.fill("Contacts", {"Name": "Petr", "Email": "petr@gmial.com"})
    done = ready_desk.sync("check")
    assert (done.exit_code, done.stderr) == (0, "0 problems, 1 hint.\n")
    assert '(hint) Email: is "petr@gmial.com" right?' in done.stdout


def test_status_says_when_nothing_has_run_for_long(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10, **{"Hold mail": True}))
    done = ready_desk.sync("status")
    assert done.exit_code == 0
    assert "Last round: " in done.stdout
    shown = json.loads(ready_desk.sync("status", "--json").stdout)
    assert list(shown)[:6] == ["last_cycle", "next_check", "due", "waiting", "unsure", "refused"]
    assert (shown["due"], shown["unsure"], shown["refused"]) == (0, 0, 0)


def test_status_of_a_lost_sheet_tells_what_the_ledger_knows(ready_desk: Desk) -> None:
    ready_desk.book.unlink()
    done = ready_desk.sync("status", "--json")
    assert done.exit_code == 4
    assert json.loads(done.stdout)["last_cycle"]
    assert "There is no workbook people.xlsx" in done.stderr
    for command in ("preview", "check"):
        done = ready_desk.sync(command, "--json")
        assert (done.exit_code, done.stdout) == (4, "")


def test_a_halted_tab_is_said_in_plain_words(ready_desk: Desk) -> None:
    ready_desk.staffed(agreed(10))
    rename(ready_desk, "Meetings", "Contact", "Somebody")
    done = ready_desk.sync("preview")
    assert done.exit_code == 0
    assert "Contact" in done.stderr
    assert "Meetings" in done.stderr
    assert ready_desk.sync("check").exit_code == 1


def rename(desk: Desk, title: str, header: str, to: str) -> None:
    """Type over a header and take away what bound it, as somebody does who makes the tab anew."""
    from openpyxl import load_workbook

    book = load_workbook(desk.book)
    for cell in book[title][1]:
        if cell.value == header:
            cell.value = to
    for name in [name for name in book.defined_names if name.lower().endswith(f"{title}_{header}".lower())]:
        del book.defined_names[name]
    book.save(desk.book)


def test_text_from_the_sheet_is_no_command_for_the_terminal(ready_desk: Desk) -> None:
    """A real terminal: there the table is drawn by rich, which must not take brackets for markup."""
    name = "[red]Anna[/red] \x9b31m"
    ready_desk.fill("Contacts", {"Name": name, "How to reach them": "E-mail is fine", "Email": "a@example.org"})
    ready_desk.staffed(agreed(10, Contact=name))
    shown = at_terminal(ready_desk, "preview")
    assert "[red]Anna[/red]" in shown
    assert "\x9b" not in shown
    assert "2-day reminder" in shown


def at_terminal(desk: Desk, *words: str) -> str:
    said = bytearray()

    def read(handle: int) -> bytes:
        data = os.read(handle, 4096)
        said.extend(data)
        return b"\0" if data else b""

    environment, os.environ["COLUMNS"] = os.environ.get("COLUMNS"), "120"
    os.environ["PYTHONPATH"] = str(ROOT)
    try:
        pty.spawn([sys.executable, "-m", "sync", "-c", str(desk.config), *words], read)
    finally:
        os.environ.pop("COLUMNS") if environment is None else os.environ.update(COLUMNS=environment)
    return said.decode("utf-8", "replace")


def test_options_know_where_to_look() -> None:
    assert Options(Path("x.yaml"), False).config == Path("x.yaml")
    assert list(main.commands) == ["setup", "go-live", "run", "preview", "check", "status", "demo"]
