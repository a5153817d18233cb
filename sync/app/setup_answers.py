"""What the wizard is told: by options, by what is there already, and by a person who types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TypeVar

from ..core.config.values import email_address, mailbox
from ..core.errors import ConfigError
from ..core.zones import canonical, suggestion

Tree = dict[str, Any]
"""Configuration, or a block of it, in the shape of the YAML file."""

T = TypeVar("T")


class Person(Protocol):
    """Whoever sits at the terminal.  ``say`` is talk, ``result`` what was made."""

    def say(self, text: str) -> None: ...

    def result(self, text: str) -> None: ...

    def ask(self, question: str, default: str = "") -> str:
        """Return one line; ``default`` for Enter."""

    def secret(self, question: str) -> str:
        """Return one line that is not shown; may be empty."""

    def yes(self, question: str, default: bool) -> bool: ...

    def wait(self, words: str) -> None:
        """Return when Enter was pressed."""


@dataclass(frozen=True, slots=True)
class Given:
    """The options of ``sync setup``; ``None`` or ``False`` for what was not given."""

    spreadsheet: str | None = None
    credentials: str | None = None
    api_endpoint: str | None = None
    workbook: str | None = None
    team_name: str | None = None
    zone: str | None = None
    sender: str | None = None
    outbox: str | None = None
    mail_host: str | None = None
    mail_port: int | None = None
    mail_security: str | None = None
    mail_username: str | None = None
    mail_password_env: str | None = None
    mail_password_file: str | None = None
    mail_ca_file: str | None = None
    safe_to: str | None = None
    no_practice: bool = False
    test_mail: bool | None = None

    @property
    def beyond_settings(self) -> bool:
        """Whether any option was given that is not about ``Settings`` in the sheet alone."""
        own = (getattr(self, field.name) for field in fields(self) if field.name not in ("team_name", "zone"))
        return any(value not in (None, False) for value in own)


def time_zone(text: str) -> str:
    """Return the IANA name of the zone that was typed; raises :class:`ValueError` with the nearest one."""
    found = canonical(text)
    if not found:
        raise ValueError(f"must be a time zone like {suggestion(text)}")
    return found


def answer(
    person: Person, question: str, check: Callable[[str], T], *, given: str | None = None, default: str = ""
) -> T:
    """Return a checked answer: what was ``given``, else what the person types; asked again until it can be used.

    ``check`` returns the value, or raises :class:`ValueError` (the end of a sentence: "must be …") or ``ConfigError``.
    """
    typed = given
    while True:
        if typed is None:
            typed = person.ask(question, default)
        try:
            return check(typed.strip())
        except ValueError as error:
            person.say(f"That cannot be used: it {error}.")
        except ConfigError as error:
            person.say(str(error))
        typed = None


def one_of(*words: str) -> Callable[[str], str]:
    """Return a check that takes one of ``words``, or its beginning."""

    def check(text: str) -> str:
        found = [word for word in words if text and word.startswith(text.lower())]
        if len(found) != 1:
            raise ValueError(f"must be {' or '.join(words)}")
        return found[0]

    return check


def filled(text: str) -> str:
    """Take any text but none."""
    if not text:
        raise ValueError("must not be empty")
    return text


def number(least: int, most: int) -> Callable[[str], int]:
    """Return a check that takes a whole number from ``least`` to ``most``."""

    def check(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return check


def placed(text: str, folder: Path) -> Path:
    """Return the path that was typed: it counts from ``folder``, unless such a file is only where the person stands."""
    path = Path(text).expanduser()
    here = path.absolute()
    return here if here.exists() and not (folder / path).exists() else folder / path


def written(path: Path, folder: Path) -> str:
    """Return ``path`` as it stands in the configuration: short when it lies in ``folder``."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def sender_of(name: str, address: str) -> str:
    """Return ``name <address>`` so that reading it gives the same two back."""
    plain = " ".join(name.split())
    if set(plain) & set('"\\<>'):
        plain = '"' + plain.replace("\\", "\\\\").replace('"', '\\"').replace("<", "(").replace(">", ")") + '"'
    return f"{plain} <{address}>" if plain else address


def unasked(given: Given, file: Path) -> Tree:
    """Return a whole configuration made of options alone; raises ``ConfigError`` naming those that are missing."""
    missing = list(_missing(given))
    if missing:
        raise ConfigError(
            f"There is no configuration {file}, and the options do not suffice to make one.",
            f"Give {', '.join(missing)} as well, or leave out --yes and be asked.",
        )
    try:
        return {"sheet": _sheet(given, file.parent), "mail": _mail(given, file.parent)}
    except ValueError as error:
        raise ConfigError(f"--sender or --safe-to {error}.", "Type it again.") from None


def _missing(given: Given) -> list[str]:
    lacks = []
    if not given.workbook and not (given.spreadsheet and given.credentials):
        lacks.append("--workbook (or --spreadsheet and --credentials)")
    if not given.mail_host and not given.outbox and not given.workbook:
        lacks.append("--mail-host (or --outbox)")
    if not given.sender:
        lacks.append("--sender")
    if not given.safe_to and not given.no_practice:
        lacks.append("--safe-to (or --no-practice)")
    return lacks


def _sheet(given: Given, folder: Path) -> Tree:
    if given.workbook:
        return {"type": "workbook", "path": written(placed(given.workbook, folder), folder)}
    key = written(placed(given.credentials or "", folder), folder)
    block = {"type": "google", "spreadsheet": given.spreadsheet, "credentials": key}
    return block | ({"api_endpoint": given.api_endpoint} if given.api_endpoint else {})


def _mail(given: Given, folder: Path) -> Tree:
    found = mailbox(given.sender or "")
    who: Tree = {"sender": sender_of(given.team_name or found.name, found.address)}
    if not given.no_practice:
        who["safe_to"] = email_address(given.safe_to)
    if not given.mail_host:
        return {"type": "outbox", "path": written(placed(given.outbox or "outbox", folder), folder), **who}
    account = {
        "host": given.mail_host, "security": given.mail_security, "port": given.mail_port,
        "username": given.mail_username, "password": password_of(given, folder),
        "ca_file": written(placed(given.mail_ca_file, folder), folder) if given.mail_ca_file else None,
    }  # fmt: skip
    return {"type": "smtp", **{name: value for name, value in account.items() if value is not None}, **who}


def password_of(given: Given, folder: Path) -> Tree | None:
    """Return the reference to the mail password that was given, if any."""
    if given.mail_password_env:
        return {"env": given.mail_password_env}
    if given.mail_password_file:
        return {"file": written(placed(given.mail_password_file, folder), folder)}
    return None
