"""``sync demo``: what somebody finds who tries it out, on the real workbook, ledger, outbox and page."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl import load_workbook

from sync.app.demo import DemoResult, play
from sync.app.demo_people import END, START, ZONE, week
from sync.app.hold import for_life
from sync.app.load import load
from sync.cli import main
from sync.core.kinds.registry import ALL
from tests.system.desk import ROOT

ALL_KINDS = {kind.name for kind in ALL}
OURS = {"people.xlsx", "index.html", "mails", "config.yaml", "commonground.key"}


@dataclass(frozen=True)
class Played:
    """A demo that was played once, to be looked at by many tests and changed by none."""

    result: DemoResult
    folder: Path
    told: tuple[tuple[int, int, str], ...]

    def mails(self) -> list[EmailMessage]:
        return [read(path) for path in sorted((self.folder / "mails").glob("*.eml"))]

    def copy(self, to: Path) -> Path:
        shutil.copytree(self.folder, to)
        return to


def read(path: Path) -> EmailMessage:
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def rows(workbook: Path, tab: str) -> list[dict[str, object]]:
    book = load_workbook(workbook)
    header, *found = book[tab].iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in found if row[0]]


def told_in(workbook: Path) -> list[object]:
    """Everything that stands in a workbook."""
    return [cell.value for sheet in load_workbook(workbook) for row in sheet.iter_rows() for cell in row]


def look(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["-c", str(folder / "config.yaml"), *words])


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("demo") / "week"
    told: list[tuple[int, int, str]] = []
    result = play(folder, lambda *said: told.append(said))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    yield Played(result, folder, tuple(told))
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_week_gives_about_twenty_mails_of_all_kinds(played: Played) -> None:
    mails = played.mails()
    kinds = [str(message["X-CommonGround-Kind"]) for message in mails]
    assert set(kinds) == ALL_KINDS
    assert len(mails) == played.result.mails >= 20
    assert played.result.kinds == {kind: kinds.count(kind) for kind in kinds}
    assert {path.name for path in played.folder.iterdir() if not path.name.startswith(".")} == OURS


def test_every_mail_leaves_in_the_week_at_an_hour_for_mail(played: Played) -> None:
    for message in played.mails():
        at = message["Date"].datetime.astimezone(ZONE)
        assert START <= at <= END
        assert time(8) <= at.time() <= time(20)
        assert message["To"].addresses[0].domain in {"example.org", "example.net"}


def test_what_people_note_for_themselves_is_in_no_mail(played: Played) -> None:
    private = {"how_we_know", "care_about", "heard", "team_notes", "next_step"}
    notes = {str(value) for step in week() for one in step.typed for key, value in one.cells.items() if key in private}
    assert len(notes) > 10
    mailed = [" ".join(text_of(message).split()) for message in played.mails()]
    shown = played.result.page.read_text(encoding="utf-8")
    assert not [note for note in notes for text in [*mailed, shown] if note in text]


def test_the_story_holds_what_a_team_meets(played: Played) -> None:
    texts = {str(message["Subject"]): text_of(message) for message in played.mails()}
    moved = texts["New time: Sunday 7 March, 16:00"]
    assert "Sunday 7 March, 16:00" in moved
    assert "Thursday 4 March, 18:00" in moved
    thanks = texts["Thank you for Friday"]
    assert "What you said about the old playground" in thanks
    assert "I promised: send you the minutes" in thanks
    assert "You promised: ask Mrs Vargová" in thanks
    assert {"Another day instead of Friday 5 March", "I have to call off Saturday 6 March"} <= texts.keys()
    to_maria = [m["X-CommonGround-Kind"] for m in played.mails() if "Mária" in str(m["To"])]
    assert to_maria == ["confirmation", "reminder_day"]
    assert not [m for m in played.mails() if re.search("Ján|Ondrej", str(m["To"]))]


def test_the_page_shows_the_mails_in_order_with_what_the_sheet_said(played: Played) -> None:
    shown = played.result.page.read_text(encoding="utf-8")
    subjects = [str(message["Subject"]) for message in played.mails()]
    assert re.findall("<h3>(.*?)</h3>", shown) == subjects
    days = re.findall("<h2>(.*?)</h2>", shown)
    assert (days[0], days[-1], len(days)) == ("Monday 1 March", "Monday 8 March", 8)
    assert "Jana, entrance 4, 0903 123 456" in shown
    for words in (
        "Confirmation goes at 08:25 if you leave this row alone. Still typing? It waits.",
        "Time: &#34;5&#34; could be 5:00 or 17:00. Type 17:00.",
        "Thu 4 Mar 18:00 is now Sun 7 Mar 16:00. Peter Novák is told at 19:16. Put the old date back and nothing goes.",
        "Thank-you goes Thu 4 Mar 09:00, with your line and 2 promises.",
    ):
        assert words in shown


def test_the_page_needs_nothing_but_itself(played: Played) -> None:
    shown = played.result.page.read_text(encoding="utf-8")
    assert not re.search(r"<(script|iframe|img|link|object|embed)\b|\burl\(|@import", shown)
    links = re.findall(r'(?:href|src)="([^"]*)"', shown)
    assert links
    assert all((played.folder / link).is_file() or link.startswith(("mailto:", "tel:")) for link in links)
    assert "<style>" in shown
    assert str(played.folder) not in shown


def test_the_workbook_tells_in_every_row_how_it_stands(played: Played) -> None:
    meetings = {str(row["Contact"]): row for row in rows(played.result.workbook, "Meetings")}
    assert len(meetings) == 11
    assert all(row["What happens next"] and row["ID"] for row in meetings.values())
    ondrej = meetings["Ondrej Baláž"]
    assert ondrej["Date"] == "3/4"
    assert ondrej["What happens next"] == 'Date: "3/4" could be 3 April or 4 March. Type 3 Apr 2027 or 4 Mar 2027.'
    assert meetings["Daniel Polák"]["Day-of reminder"] == "Skipped: mail was on hold"
    assert meetings["Anna Kováčová"]["Thank-you"] == "Sent Sat 6 Mar 09:00"
    promises = rows(played.result.workbook, "Promises")
    assert {row["Who promised"] for row in promises} == {"We", "They"}
    assert "Kept Fri 5 Mar." in [row["What happens next"] for row in promises]


def test_rows_are_as_high_as_their_words_need_and_can_still_grow(played: Played) -> None:
    sheet = load_workbook(played.result.workbook)["Meetings"]
    anna = sheet.row_dimensions[2].height or 15  # her purpose, typed after everything else, needs three lines
    assert anna >= 45
    with zipfile.ZipFile(played.result.workbook) as archive:
        tags = [tag for name in archive.namelist() for tag in re.findall(rb"<row [^>]*>", archive.read(name))]
    assert {tag for tag in tags if b"customHeight" in tag} == {
        b'<row r="1" ht="34" customHeight="1">', b'<row r="1" ht="28" customHeight="1">',
    }  # fmt: skip


def test_the_other_commands_work_on_it_afterwards(played: Played) -> None:
    check = look(played.folder, "check")
    assert check.exit_code == 1
    assert 'Date: "3/4" could be 3 April or 4 March.' in check.output
    coming = look(played.folder, "preview", "--at", END.isoformat(), "--json")
    assert coming.exit_code == 0, coming.output
    planned = [(row["kind"], row["to"], row["at"]) for row in json.loads(coming.stdout) if row["state"] == "planned"]
    assert planned == [("reminder_day", "martin.urban@example.net", "2027-03-10T08:00:00+01:00")]
    status = look(played.folder, "status", "--json")
    assert status.exit_code == 0, status.output
    found = json.loads(status.stdout)
    assert datetime.fromisoformat(found["last_cycle"]) == END
    assert (found["unsure"], found["refused"]) == (0, 0)


def test_a_round_of_the_real_service_on_it_sends_nothing_again(played: Played, tmp_path: Path) -> None:
    folder = played.folder
    copied = played.copy(tmp_path / "copy")
    ran = look(copied, "run", "--once")
    assert ran.exit_code == 0, ran.output
    assert {path.name for path in (copied / "mails").iterdir()} == {path.name for path in (folder / "mails").iterdir()}


def test_it_tells_how_far_it_is(played: Played) -> None:
    done = [said[0] for said in played.told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, played.told[-1][1])
    assert played.told[-1][2] == "Mon 8 Mar 12:00"
    assert len(done) > 50


def test_played_again_elsewhere_at_another_hour_it_is_the_same_and_keeps_what_is_yours(
    played: Played, tmp_path: Path
) -> None:
    folder = played.copy(tmp_path / "once again")
    (folder / "letter to myself.txt").write_text("mine", encoding="utf-8")
    (folder / "mails" / "mine.eml").write_text("Subject: mine\n\nmine\n", encoding="utf-8")
    book = load_workbook(folder / "people.xlsx")
    book["Contacts"]["A20"] = "Somebody I typed"
    book.save(folder / "people.xlsx")
    (folder / "mails" / "2027-03-09T07-00-00-reminder_day-0123456789.eml").write_bytes(b"Subject: old\n\nold\n")
    strange = {**os.environ, "PYTHONPATH": str(ROOT), "TZ": "Pacific/Apia", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    ran = subprocess.run([sys.executable, "-W", "error", "-m", "sync", "demo", str(folder)], env=strange, text=True,
                         capture_output=True, check=False)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert str(folder / "index.html") in ran.stdout
    assert str(folder / "people.xlsx") in ran.stdout
    lines = [shlex.split(line.partition(": sync ")[2]) for line in ran.stdout.splitlines() if ": sync " in line]
    assert [words[2] for words in lines] == ["check", "preview"]
    assert [CliRunner().invoke(main, words).exit_code for words in lines] == [1, 0]
    for path in sorted((played.folder / "mails").iterdir()):
        assert (folder / "mails" / path.name).read_bytes() == path.read_bytes(), path.name
    assert (folder / "index.html").read_bytes() == played.result.page.read_bytes()
    assert not list((folder / "mails").glob("2027-03-09*"))
    assert (folder / "letter to myself.txt").read_text(encoding="utf-8") == "mine"
    assert (folder / "mails" / "mine.eml").exists()
    assert told_in(folder / "people.xlsx") == told_in(played.result.workbook)
    (kept,) = folder.glob("people (yours*.xlsx")
    assert load_workbook(kept)["Contacts"]["A20"].value == "Somebody I typed"
    assert not [row for row in rows(folder / "people.xlsx", "Contacts") if row["Name"] == "Somebody I typed"]


def state(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def refused(folder: Path, code: int, words: str) -> None:
    """Playing into ``folder`` ends with one sentence, and everything stays as it was."""
    before = state(folder)
    done = CliRunner().invoke(main, ["demo", str(folder)])
    assert done.exit_code == code, done.output
    assert words in done.stderr
    assert done.stderr.strip().count("\n") <= 1  # the progress bar's line, and the sentence
    assert state(folder) == before


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    refused(tmp_path, 2, "that the demo did not make. Name an empty folder")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_demo_that_became_a_real_service_is_refused(played: Played, tmp_path: Path) -> None:
    folder = played.copy(tmp_path / "real")
    config = folder / "config.yaml"
    real = config.read_text(encoding="utf-8").replace("type: outbox", "type: smtp")
    config.write_text(real, encoding="utf-8")
    refused(folder, 2, "that the demo did not make")


def test_while_a_service_works_on_it_it_is_refused(played: Played, tmp_path: Path) -> None:
    folder = played.copy(tmp_path / "busy")
    with for_life(load(folder / "config.yaml")):
        refused(folder, 5, "already")


def test_while_its_workbook_is_open_it_is_refused(played: Played, tmp_path: Path) -> None:
    folder = played.copy(tmp_path / "open")
    (folder / ".~lock.people.xlsx#").write_text("somebody", encoding="utf-8")
    refused(folder, 4, "Waits until the file is closed.")


def test_a_play_that_was_cut_short_can_be_played_again(tmp_path: Path) -> None:
    folder = tmp_path / "cut"

    def cut(done: int, total: int, words: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(folder, cut)
    assert (folder / "people.xlsx").exists()
    with pytest.raises(KeyboardInterrupt):
        play(folder, cut)
    assert not list(folder.glob("people (yours*"))
