"""The one place that chooses real parts: configuration in, services out.  Nothing is opened before it is needed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from ..core.config import Team
from ..core.keys import Keyring
from ..core.plan import Policy
from ..core.ports import Ledger
from ..core.render import Renderer, Sender
from ..core.zones import use_pinned
from ..ledger import open_ledger, open_readonly
from ..mail import open_mailer
from ..sheets import open_backend, sheet_id
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
    password = getattr(mail, "password", None)
    mailer = open_mailer(
        mail, loaded.folder, password=(lambda: resolve(password, loaded.folder)) if password else None
    )
    policy = Policy(keyring, mail.sender.domain, mail.practice, mail.per_day, mail.most_at_once)
    return Service(
        team.name, sheet_id(team.sheet, loaded.folder), open_backend(team.sheet, loaded.folder, stopping=stopping),
        ledger, mailer, renderer, policy, clock, loaded.config.every, mail.safe_to or "", stopping=stopping,
    )  # fmt: skip
