"""The end of practice: who would be mailed from now on, and the one line that goes out of the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..core.config import Team
from .hold import Talk, for_a_command, has_daemon
from .load import Loaded, remove_safe_to
from .look import Look
from .service import Service


def practising(loaded: Loaded) -> bool:
    """Return whether any team practises."""
    return any(team.mail.practice for team in loaded.teams())


def without_practice(loaded: Loaded) -> tuple[Service, ...]:
    """Return the services of the teams that practise, for looking only, as they will be without practice.

    Raises ``ConfigError`` or ``LedgerError``.
    """
    from .wire import wire

    teams = tuple(_live(team) for team in loaded.teams() if team.mail.practice)
    live = replace(loaded, config=loaded.config.model_copy(update={"blocks": teams}))
    return wire(live, look_only=True)


def _live(team: Team) -> Team:
    return team.model_copy(update={"mail": team.mail.model_copy(update={"safe_to": None})})


def waiting_words(found: Look) -> Iterator[str]:
    """Yield what waits for one more OK after the end of practice."""
    waiting = sum(1 for decision in found.plan.decisions if decision.code == "code")
    if waiting:
        mails = "1 mail waits" if waiting == 1 else f"{waiting} mails wait"
        yield (
            f"Of these {mails} for one more OK: after the next round the rows name a code; typed into Settings, "
            "Approve waiting mail, it lets them go."
        )


def end_practice(loaded: Loaded, say: Talk) -> tuple[str, ...]:
    """Take ``safe_to`` out of the configuration, between two cycles; return what to tell.

    Raises ``ConfigError`` when the file cannot be changed, ``HeldByAnother`` when the service stays busy.
    """
    with for_a_command(loaded, say):
        remove_safe_to(loaded.path)
    told = [f"Practice is over: safe_to is out of {loaded.path}. Mail goes to the people from now on."]
    if has_daemon(loaded):
        told.append("`sync run` is at work and still practises: stop it and start it again.")
    return tuple(told)
