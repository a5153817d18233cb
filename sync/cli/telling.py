"""Prints ``sync status``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import click

from ..app.look import Status, status_row
from ..app.look import status as status_of
from ..app.service import Service
from ..core.errors import ServiceUnreachable
from ..core.intent import Decision
from ..core.ports import CycleReport, Entry
from ..core.say import words
from ..core.statuses import mail_name
from ..core.tidy import single_line
from .decisions import words_of
from .grid import Group, show
from .outcome import for_each, print_json, talk

HEADERS = ("", "", "")


def print_status(services: Sequence[Service], *, as_json: bool) -> int:
    """Print the state of every team; return 4 when a sheet could not be read."""
    rows: dict[str, dict[str, object]] = {}

    def one(service: Service) -> int:
        found, now = status_of(service), service.clock.now()
        if as_json:
            rows[service.name] = status_row(found, now)
        else:
            _print(service, found, now)
        if found.unreached:
            talk(found.unreached)
            return ServiceUnreachable.exit_code
        return 0

    code = for_each(services, one)
    if as_json and rows:
        shown = rows if len(services) > 1 else rows[services[0].name]
        print_json(shown)
    return code


def _print(service: Service, found: Status, now: datetime) -> None:
    if service.name:
        click.echo(f"== {service.name} ==")
    click.echo(f"Sheet: {service.backend.where()}")
    if service.safe_to:
        click.echo(f"Practice: all mail goes to {service.safe_to}, until `sync go-live`.")
    click.echo(_rounds(found, now))
    groups = [
        Group("The last rounds", [_cycle(report, now) for report in found.cycles]),
        Group(f"Due now: {len(found.due)}", [_decision(d, now) for d in found.due]),
        Group(f"Waiting: {len(found.waiting)}", [_decision(d, now) for d in found.waiting]),
        Group(f"Not sure whether it arrived: {len(found.unsure)}", [_entry(e, now) for e in found.unsure]),
        Group(f"Refused: {len(found.refused)}", [_entry(e, now) for e in found.refused]),
    ]
    filled = [group for group in groups if group.rows]
    if filled:
        click.echo()
        show(HEADERS, filled)
    if not found.unreached and not any(group.rows for group in groups[1:]):
        click.echo("Nothing is due, waiting, unsure or refused.")


def _rounds(found: Status, now: datetime) -> str:
    if not found.cycles or found.next_check is None:
        return "There was no round yet. `sync run` starts the service."
    last = words_of(found.cycles[0].ended.astimezone(), now)
    if found.next_check < now:
        late = words_of(found.next_check.astimezone(), now)
        return f"Last round: {last}. The next should have been {late}: is `sync run` running?"
    return f"Last round: {last}. Next: {found.next_check.astimezone():%H:%M}."


def _cycle(report: CycleReport, now: datetime) -> tuple[str, str, str]:
    counts = (
        f"{report.sent} sent, {report.refused} refused, {report.unsure} not sure, {report.waiting} waiting, "
        f"{report.problems} to correct"
    )
    return words_of(report.ended.astimezone(), now), single_line(report.outcome), counts


def _decision(decision: Decision, now: datetime) -> tuple[str, str, str]:
    intent = decision.intent
    reason = words(decision.reason, now) if decision.reason else ""
    return single_line(intent.contact.name), mail_name(intent.kind), single_line(reason)


def _entry(entry: Entry, now: datetime) -> tuple[str, str, str]:
    about = f", {words_of(entry.told.start, now)}" if entry.told else ""
    return words_of(entry.at.astimezone(), now), f"{mail_name(entry.key.kind)}{about}", single_line(entry.reason)
