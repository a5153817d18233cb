"""Prints ``sync preview``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..app.look import Look, coming, decision_row, look
from ..app.service import Service
from ..core.tidy import single_line
from ..core.zones import zone
from .decisions import halted, show_decisions, show_silent, words_of
from .moments import in_zone
from .outcome import for_each, print_json, talk


def print_preview(services: Sequence[Service], at: datetime | None, days: int | None, *, as_json: bool) -> int:
    """Print what would go for every team and return the exit code."""
    rows: list[dict[str, str | None]] = []

    def one(service: Service) -> int:
        found = _look(service, at)
        decisions = coming(found, days)
        if as_json:
            team: dict[str, str | None] = {"team": service.name} if len(services) > 1 else {}
            rows.extend(decision_row(decision, found.now) | team for decision in decisions)
            return 0
        _beside(service, found, at)
        show_decisions(service, found, decisions, _empty(found, days))
        show_silent(found)
        return 0

    code = for_each(services, one)
    if as_json and (rows or code == 0):
        print_json(rows)
    return code


def _look(service: Service, at: datetime | None) -> Look:
    """Return the look as of ``at``, which without an offset is meant in the team's zone."""
    if at is None:
        return look(service)
    meant = look(service).book.settings.zone if at.tzinfo is None else ""
    return look(service, at=in_zone(at, meant))


def _beside(service: Service, found: Look, at: datetime | None) -> None:
    if service.safe_to:
        talk(f"Practice: all of this goes to {single_line(service.safe_to)}, until `sync go-live`.")
    if at is not None:
        zone_name = found.book.settings.zone
        as_of = words_of(found.now.astimezone(zone(zone_name)), service.clock.now())
        talk(f"As of {as_of} ({zone_name}).")
    halted(found)


def _empty(found: Look, days: int | None) -> str:
    period = "" if days is None else f" in the next {days} days" if days != 1 else " in the next day"
    if not found.book.meetings:
        return "There are no meetings in the sheet yet. Choose a person in Meetings, and this fills."
    return (
        f"No mail is planned{period}. A meeting shows up here once its Stage is Agreed and it has date, time and place."
    )
