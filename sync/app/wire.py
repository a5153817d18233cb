"""The one place that chooses real parts: configuration in, services out.  Nothing is opened before it is needed."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path

from ..core.config import GoogleSheet, OutboxMail, Secret, SmtpMail, Team
from ..core.keys import Keyring
from ..core.plan import Policy
from ..core.ports import Ledger, Mailer
from ..core.render import Renderer, Sender
from ..core.zones import use_pinned
from ..ledger import open_ledger, open_readonly
from ..mail import open_mailer
from ..sheets import machine_zone, open_backend
from .clock import Clock, SystemClock
from .delivery import BATCH_MAILS, BATCH_SECONDS
from .load import Loaded, keyring_for
from .secrets import resolve
from .service import Service
from .when_needed import MailerWhenNeeded, SheetWhenNeeded


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
    loaded: Loaded, *, clock: Clock | None = None, look_only: bool = False,
    stopping: Callable[[], bool] = lambda: False, at_hand: Callable[[], AbstractContextManager[object]] = nullcontext,
) -> tuple[Service, ...]:  # fmt: skip
    """Return one service per configured team, all on one ledger; sheet and mail account are opened at first use.

    ``look_only`` opens the ledger without leaving a trace, for ``preview``, ``status`` and ``check``.  ``at_hand`` is
    entered around each mail.  Raises ``ConfigError`` or ``LedgerError`` for what concerns all teams; a key file or a
    password that cannot be used is told by the first use of that team's sheet or mail account.
    """
    use_pinned()
    ledger: Ledger = (open_readonly if look_only else open_ledger)(loaded.config.ledger, loaded.folder)
    keyring = Keyring(keyring_for(loaded.folder))
    templates = read_templates()
    return tuple(
        replace(_service(team, loaded, ledger, keyring, templates, clock or SystemClock(), stopping), at_hand=at_hand)
        for team in loaded.teams()
    )


def _service(
    team: Team, loaded: Loaded, ledger: Ledger, keyring: Keyring, templates: dict[str, str], clock: Clock,
    stopping: Callable[[], bool],
) -> Service:  # fmt: skip
    mail = team.mail
    sender = Sender(mail.sender.name, mail.sender.address)
    renderer = Renderer(templates, sender, team.name, safe_to=mail.safe_to)
    make = partial(open_backend, team.sheet, loaded.folder, zone=machine_zone(), interrupted=stopping)
    policy = Policy(keyring, mail.sender.domain, mail.practice, mail.per_day, mail.most_at_once)
    return Service(
        team.name, _sheet_name(team, loaded), SheetWhenNeeded(make, clock), ledger,
        MailerWhenNeeded(lambda: _mailer(team, loaded)), renderer, policy, clock, loaded.config.every,
        mail.safe_to or "", batch=_batch(mail), stopping=stopping, install=keyring.token("install"),
        nonce=secrets.token_hex(6),
    )  # fmt: skip


def _batch(mail: SmtpMail | OutboxMail) -> int:
    """Return how many mails fit into one batch: the log in the sheet holds no more open intents than that."""
    gap = mail.gap_seconds if isinstance(mail, SmtpMail) else 0
    return BATCH_MAILS if gap <= 0 else max(1, min(BATCH_MAILS, int(BATCH_SECONDS / gap)))


def _sheet_name(team: Team, loaded: Loaded) -> str:
    """Return what snapshots of the team's sheet call themselves: Google's id, or the workbook's resolved path."""
    sheet = team.sheet
    return sheet.id if isinstance(sheet, GoogleSheet) else str((loaded.folder / sheet.path).resolve())


def _mailer(team: Team, loaded: Loaded) -> Mailer:
    secret: Secret | None = team.mail.password if isinstance(team.mail, SmtpMail) else None
    password = resolve(secret, loaded.folder) if secret else ""
    return open_mailer(team.mail, password=password, folder=loaded.folder)
