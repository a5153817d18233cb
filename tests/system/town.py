"""A whole town for system tests: Google's emulator, a mail server with TLS and login, and a configuration on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from click.testing import CliRunner, Result

from sync.app.cycle import CycleResult, run_cycle
from sync.app.load import load
from sync.app.service import Service
from sync.app.wire import wire
from sync.cli import main
from sync.core.columns import TABS, Owner
from tests.fakes.sheets import Emulator, Spreadsheet
from tests.fakes.smtp import PASSWORD, USER, Authority, Running, server
from tests.fakes.toy import ToyClock

CONFIG = """\
sheet:
  type: google
  spreadsheet: {spreadsheet}
  credentials: key.json
  api_endpoint: {endpoint}
mail:
  type: smtp
  host: localhost
  port: {port}
  security: ssl
  username: {user}
  password: {{file: password}}
  sender: "Harbour Street Co-op <team@example.org>"
  ca_file: {ca}
  gap_seconds: 0
replies:
  type: none
ledger: sqlite:///commonground.db
every: {every}
"""


@dataclass
class Town:
    """One team's world.  ``clock`` stands until it is moved; every cycle is one of a service started anew."""

    folder: Path
    emulator: Emulator
    book: Spreadsheet
    mail: Running
    clock: ToyClock
    config: Path = field(init=False)

    def __post_init__(self) -> None:
        self.config = self.folder / "config.yaml"

    @property
    def hand(self):  # type: ignore[no-untyped-def]
        """The human hand on the spreadsheet."""
        return self.book.hand

    def sync(self, *args: str) -> Result:
        """Run a command of the real command line in this process."""
        return CliRunner().invoke(main, ["-c", str(self.config), *args])

    def services(self) -> Service:
        """Return the service as ``sync run`` would make it, on this town's clock."""
        return wire(load(self.config), clock=self.clock)[0]

    def cycle(self, *, times: int = 1) -> CycleResult:
        """Start the service, do a number of cycles, end it: a restart between any two calls."""
        service = self.services()
        try:
            results = [run_cycle(service) for _ in range(times)]
        finally:
            service.mailer.close()
            service.ledger.close()
        return results[-1]

    def run(self, until: datetime) -> list[str]:
        """Let time go by from wake-up to wake-up in one service; return the kinds that left."""
        before = len(self.mail.kept.mails)
        service = self.services()
        try:
            while True:
                run_cycle(service)
                run_cycle(service)
                wake = service.last_plan.wake if service.last_plan and service.last_plan.wake else until
                if self.clock.now() >= until:
                    break
                self.clock.to(min(max(wake, self.clock.now() + timedelta(minutes=1)), until))
        finally:
            service.mailer.close()
            service.ledger.close()
        return self.kinds()[before:]

    def kinds(self) -> list[str]:
        """Return the kinds of all mails that arrived, in order."""
        return [str(mail["X-CommonGround-Kind"]) for mail in self.mails()]

    def mails(self) -> list[EmailMessage]:
        """Return all mails that arrived, parsed."""
        return [message_from_bytes(raw, policy=policy.default) for raw in self.mail.kept.mails]  # type: ignore[misc]

    def type_row(self, tab: str, row: int, **cells: object) -> None:
        """Type into cells of a row as a person does, cell by cell; keys are headers with ``_`` for blanks."""
        found = self.hand.headers(tab)
        headers = {header.replace(" ", "_").replace("-", "_").replace("_✉", ""): header for header in found}
        for key, value in cells.items():
            self.hand.type_under(tab, headers[key], row, value)


def only_ours_was_written(made: Town) -> None:
    """Assert that since the journal was cleared no cell of a team column, and none of a team's own, was written."""
    ours = {(tab.title, c.header) for tab in TABS for c in tab.columns if c.owner is Owner.SERVICE}
    for write in made.book.written_cells:
        if write.tab != "Start here":
            assert (write.tab, write.header) in ours, write


@contextmanager
def town(folder: Path, *, now: datetime, every: int = 60, set_up: bool = True) -> Iterator[Town]:
    """Open a town: an empty spreadsheet, shared; a mail server; a configuration; set-up done when asked."""
    authority = Authority(folder)
    with Emulator() as emulator, server(authority=authority) as mail:
        book = emulator.new_spreadsheet("Harbour Street", locale="en_GB", zone="Europe/Bratislava")
        key = emulator.key_file(folder, "key.json")
        key.chmod(0o600)
        (folder / "password").write_text(PASSWORD)
        (folder / "password").chmod(0o600)
        made = Town(folder, emulator, book, mail, ToyClock(now.astimezone(UTC)))
        made.config.write_text(CONFIG.format(
            spreadsheet=book.id, endpoint=emulator.url, port=mail.port, user=USER, ca=authority.file, every=every
        ))  # fmt: skip
        made.config.chmod(0o600)
        if set_up:
            result = made.sync("setup", "--yes")
            assert result.exit_code == 0, result.output
        yield made
        assert not emulator.bugs, emulator.bugs
