"""A desk to sit at: the command line on a real workbook, a real ledger and a real folder of mails."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner, Result
from openpyxl import load_workbook

from sync.cli import main
from sync.core.columns import LIVE_LINES

ROOT = Path(__file__).resolve().parents[2]
Row = Mapping[str, object]
JANA = {"Name": "Jana", "Email": "jana@example.org", "Phone ✉": "+421 903 123 456"}
ANNA = {"Name": "Anna Kováčová", "How to reach them": "E-mail is fine", "Email": "anna@example.org"}


def agreed(days: int, **more: object) -> Row:
    """A meeting with Anna that is settled, so many days from today."""
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=days)
    return {
        "Contact": "Anna Kováčová", "Stage": "Agreed", "Date": day, "Time": dt.time(17, 30), "Place ✉": "Café Dobre",
        "Purpose ✉": "I want to hear you.", "Organizer": "Jana", **more,
    }  # fmt: skip


class Desk:
    """A folder with a configuration in it, and the command line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.yaml"
        self.book = folder / "people.xlsx"

    def sync(self, *words: str, answers: Sequence[str] = ()) -> Result:
        """Run one command in this process; ``answers`` are the lines that a person types."""
        typed = "".join(f"{line}\n" for line in answers)
        return CliRunner().invoke(main, ["-c", str(self.config), *words], input=typed)

    def setup(self, *more: str) -> Result:
        """Set up a workbook and an outbox without questions; mail goes to the people."""
        done = self.sync(
            "setup", "--yes", "--workbook", "people.xlsx", "--sender", "Harbour Street <team@example.org>",
            *(more or ("--no-practice",)),
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        return done

    def fill(self, title: str, *rows: Row) -> None:
        """Type rows below those that are there."""
        book = load_workbook(self.book)
        sheet = book[title]
        columns = {cell.value: cell.column for cell in sheet[1]}
        names = [cell.value for cell in sheet["A"]]
        below = max(at for at, name in enumerate(names, 1) if name not in (None, ""))
        for at, row in enumerate(rows, below + 1):
            for header, value in row.items():
                sheet.cell(at, columns[header], value)  # type: ignore[arg-type]
        book.save(self.book)

    def set(self, label: str, value: object) -> None:
        """Type a value into ``Settings``."""
        book = load_workbook(self.book)
        sheet = book["Settings"]
        columns = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            if sheet.cell(row, columns["Setting"]).value == label:
                sheet.cell(row, columns["Value"], value)  # type: ignore[arg-type]
        book.save(self.book)

    def staffed(self, *meetings: Row) -> None:
        """Fill in Jana, Anna and their meetings; mail may go at any hour and needs no rest."""
        self.fill("Team", JANA)
        self.fill("Contacts", ANNA)
        if meetings:
            self.fill("Meetings", *meetings)
        self.set("No mail before", "00:00")
        self.set("No mail after", "23:59")
        self.set("Wait after the last edit", 0)

    def as_if_new(self) -> None:
        """Take away all that the service remembers, here and in the sheet: it finds rows that it has never seen."""
        (self.folder / "commonground.db").unlink()
        book = load_workbook(self.book)
        for row in book["Start here"].iter_rows(max_row=20):
            if row[0].value in LIVE_LINES:
                row[1].value = None
        book.save(self.book)

    def mails(self) -> list[Path]:
        """The mails in the outbox."""
        return sorted((self.folder / "outbox").glob("*.eml"))

    def traces(self) -> dict[str, str]:
        """Every file with a digest of its content and its time of change."""
        return {
            str(path.relative_to(self.folder)): f"{hashlib.sha256(path.read_bytes()).hexdigest()} {stamp(path)}"
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


def stamp(path: Path) -> str:
    """When a file's content was changed last; a lock file is touched by whoever holds it."""
    return "" if path.suffix == ".lock" else str(path.stat().st_mtime_ns)


@contextmanager
def process(desk: Desk, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run one command in a process of its own; it is ended at the latest here."""
    command = [sys.executable, "-m", "sync", "-c", str(desk.config), *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen(command, env=environment, cwd=desk.folder, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()
