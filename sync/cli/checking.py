"""Prints ``sync check``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from ..app.look import Look, look, problem_row
from ..app.service import Service
from ..core.columns import TAB
from ..core.model import Problem
from ..core.say import words
from ..core.tidy import single_line
from .grid import Group, show
from .outcome import for_each, print_json, talk

HEADERS = ("Where", "What")


def print_check(services: Sequence[Service], *, as_json: bool) -> int:
    """Print every problem of every team; return 1 when one of them is more than a hint."""
    rows: list[dict[str, object]] = []

    def one(service: Service) -> int:
        found = look(service)
        problems = found.book.problems
        if as_json:
            team = {"team": service.name} if len(services) > 1 else {}
            rows.extend(problem_row(problem, found.now) | team for problem in problems)
        else:
            _print(service, found)
        return int(any(not problem.hint for problem in problems))

    code = for_each(services, one)
    if as_json and (rows or code == 0):
        print_json(rows)
    return code


def _print(service: Service, found: Look) -> None:
    if service.name:
        click.echo(f"== {service.name} ==")
    book = found.book
    if not book.problems:
        click.echo(
            f"All is well: {_count(len(book.contacts), 'contact')}, {_count(len(book.meetings), 'meeting')}, "
            f"{_count(len(book.commitments), 'promise')}, {_count(len(book.organizers), 'organizer')}."
        )
        return
    by_tab: dict[str, list[Problem]] = {}
    for problem in book.problems:
        by_tab.setdefault(problem.tab, []).append(problem)
    groups = [
        Group(TAB[tab].title if tab in TAB else tab, [_row(problem, found) for problem in sorted(mine, key=_place)])
        for tab, mine in by_tab.items()
    ]
    show(HEADERS, groups)
    hints = sum(problem.hint for problem in book.problems)
    talk(f"{_count(len(book.problems) - hints, 'problem')}, {_count(hints, 'hint')}.")


def _place(problem: Problem) -> int:
    return problem.row


def _row(problem: Problem, found: Look) -> tuple[str, str]:
    where = f"row {problem.row}" if problem.row else "the tab"
    hint = "(hint) " if problem.hint else ""
    return where, hint + single_line(words(problem.sentence, found.now))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
