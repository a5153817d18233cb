"""How a command ends: with an exit code, and with one sentence and the way out when something is wrong."""

from __future__ import annotations

import errno
import functools
import io
import json
import logging
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from ..core.errors import SyncError

if TYPE_CHECKING:
    from ..app.load import Loaded
    from ..app.service import Service

log = logging.getLogger("sync")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """The global options: which configuration (``None``: the usual places), and whether to say more."""

    config: Path | None
    verbose: bool

    def load(self) -> Loaded:
        """Return the configuration; raises ``ConfigError``."""
        from ..app.load import load

        return load(self.config)


def ready(verbose: bool) -> None:
    """Let no sign that a terminal lacks stop a command, and show our log only when it was asked for."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    for handler in list(log.handlers):
        log.removeHandler(handler)
    handler = logging.StreamHandler() if verbose else logging.NullHandler()
    log.addHandler(handler)
    log.setLevel(logging.DEBUG if verbose else logging.WARNING)
    log.propagate = False


def talk(text: str) -> None:
    """Say something beside the results; where that cannot be (a full disk, a closed terminal) the work goes on."""
    try:
        click.echo(text, err=True)
    except (OSError, ValueError):
        # What could not be written stays in the stream, fails once more at the end, and would make our exit code 120.
        with suppress(OSError):
            sys.stderr = open(2, "w", buffering=1, errors="replace", closefd=False, encoding="utf-8")  # noqa: SIM115


def complain(error: SyncError, team: str = "") -> None:
    """Print one error: the team when there are several, the sentence, then the way out."""
    log.debug("%s", type(error).__name__, exc_info=error)
    gap = "\n" if "\n" in error.sentence else " "
    talk(f"{team + ': ' if team else ''}{error.sentence}{gap}{error.remedy}".strip())


def print_json(value: object) -> None:
    """Print ``value`` for programs, readable for people too where the terminal knows the letters."""
    utf8 = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    click.echo(json.dumps(value, ensure_ascii=not utf8, indent=2))


def told(command: Callable[P, int | None]) -> Callable[P, None]:
    """Wrap a command: what it returns is the exit code (``None``: 0), what it raises becomes a sentence.

    A :class:`SyncError` ends with its own code; anything unexpected with 1.  Click's own exceptions pass.
    """

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        code = _code(lambda: command(*args, **kwargs))
        click.get_current_context().exit(code)

    return wrapped


def _code(work: Callable[[], int | None]) -> int:
    try:
        return work() or 0
    except (click.ClickException, click.exceptions.Exit):
        raise
    except (click.Abort, KeyboardInterrupt):
        talk("\nStopped.")
        return 1
    except SyncError as error:
        complain(error)
        return error.exit_code
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise  # whoever read our results has seen enough; Click ends this quietly
        log.debug("unexpected", exc_info=True)
        talk(f"Something unexpected happened ({type(error).__name__}). "
             "Run it once more as `sync -v …` to see where, and please tell the makers of Common Ground.")
        return 1


def for_each(services: Iterable[Service], work: Callable[[Service], int]) -> int:
    """Do ``work`` for every team, whatever happens to one; return the highest exit code."""
    worst = 0
    for service in services:
        try:
            code = work(service)
        except SyncError as error:
            complain(error, service.name)
            code = error.exit_code
        worst = max(worst, code)
    return worst
