"""The one place that chooses real parts: configuration in, services out.  Nothing is opened before it is needed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path

from ..core.config import GoogleSheet, Secret, SmtpMail, Team
from ..core.keys import Keyring
from ..core.plan import Policy
from ..core.ports import Ledger, Mailer, Receipt
from ..core.render import Renderer, Sender
from ..core.zones import use_pinned
from ..ledger import open_ledger, open_readonly
from ..mail import open_mailer
from ..sheets import open_backend
from .clock import Clock, SystemClock
from .load import Loaded, keyring_for
from .secrets import resolve
from .service import Service


def talk(text: str) -> None:
    """Say something to the person at the terminal, beside the results."""
    sys.stderr.write(text.rstrip() + "\n")
    sys.stderr.flush()


def read_templates() -> dict[str, str]:
    """Return our templates (``en/confirmation.md`` → source): from the wheel, or beside the package in a checkout."""
    packed = Path(str(files("sync"))) / "_templates"
    folder = packed if packed.is_dir() else Path(__file__).resolve().parents[2] / "templates"
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".md", ".html")
    }


def wire(
    loaded: Loaded, *, clock: Clock | None = None, stopping: Callable[[], bool] = lambda: False, look_only: bool = False
) -> tuple[Service, ...]:
    """Return one service per configured team, all on one ledger.

    ``look_only`` opens the ledger without leaving a trace, for ``preview``, ``status`` and ``check``.
    Raises ``ConfigError`` or ``LedgerError`` when something cannot be opened.
    """
    use_pinned()
    ledger: Ledger = (open_readonly if look_only else open_ledger)(loaded.config.ledger, loaded.folder)
    keyring = Keyring(keyring_for(loaded.folder))
    templates = read_templates()
    return tuple(
        _service(team, loaded, ledger, keyring, templates, clock or SystemClock(), stopping) for team in loaded.teams()
    )


def _service(
    team: Team, loaded: Loaded, ledger: Ledger, keyring: Keyring, templates: dict[str, str], clock: Clock,
    stopping: Callable[[], bool],
) -> Service:  # fmt: skip
    mail = team.mail
    sender = Sender(mail.sender.name, mail.sender.address)
    renderer = Renderer(templates, sender, team.name, reader=team.replies.type != "none", safe_to=mail.safe_to)
    policy = Policy(keyring, mail.sender.domain, mail.practice, mail.per_day, mail.most_at_once)
    return Service(
        team.name, _sheet_name(team, loaded), open_backend(team.sheet, loaded.folder, interrupted=stopping),
        ledger,
        WhenNeeded(lambda: _mailer(team, loaded)), renderer, policy, clock, loaded.config.every, mail.safe_to or "",
        stopping=stopping,
    )  # fmt: skip


def _sheet_name(team: Team, loaded: Loaded) -> str:
    """Return what snapshots of the team's sheet call themselves: Google's id, or the workbook's resolved path."""
    sheet = team.sheet
    return sheet.id if isinstance(sheet, GoogleSheet) else str((loaded.folder / sheet.path).resolve())


def _mailer(team: Team, loaded: Loaded) -> Mailer:
    secret: Secret | None = team.mail.password if isinstance(team.mail, SmtpMail) else None
    password = resolve(secret, loaded.folder) if secret else ""
    return open_mailer(team.mail, password=password, folder=loaded.folder)


class WhenNeeded:
    """A mailer that is made when it is first opened: looking at a plan needs neither password nor mail library."""

    def __init__(self, make: Callable[[], Mailer]) -> None:
        self._make = make
        self._mailer: Mailer | None = None

    def open(self) -> None:
        """Make the mailer, read its secret, and connect; see :class:`sync.core.ports.Mailer`."""
        if self._mailer is None:
            self._mailer = self._make()
        self._mailer.open()

    def send(self, message: EmailMessage, recipient: str, before_dot: Callable[[], bool]) -> Receipt:
        """Hand over one message; only after ``open``."""
        if self._mailer is None:
            raise RuntimeError("the mailer was not opened")
        return self._mailer.send(message, recipient, before_dot)

    def close(self) -> None:
        """Let go of the line."""
        if self._mailer is not None:
            self._mailer.close()
