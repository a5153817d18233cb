"""What is wrong with a whole tab: gone, a column missing, a header twice (``design.md`` 3)."""

from __future__ import annotations

from collections.abc import Mapping

from .columns import Column, Owner, Tab
from .headers import fold_header, letter, places, title
from .model import Problem
from .ports import TabRead
from .say import Say, say
from .tidy import clip, joined

NEEDED: Mapping[str, frozenset[str]] = {
    "contacts": frozenset({"name", "reach", "email", "quiet_until", "dropped_out", "id"}),
    "meetings": frozenset({"contact", "stage", "date", "time", "place", "purpose", "organizer", "hold", "minutes",
                           "zone", "id"}),
    "promises": frozenset({"contact", "side", "what", "due", "done", "released", "id"}),
    "team": frozenset({"name", "email", "left", "id"}),
    "settings": frozenset({"setting", "value"}),
}  # fmt: skip
"""Columns without which a wrong mail could leave, or one that somebody has stopped; the ID, because nothing leaves
before it stands in its row.  Without one of the others the rest of the tab still says what is meant."""

_NAMED = 3  # headers that a sentence names


def examine(tab: Tab, read: TabRead | None) -> tuple[list[Problem], bool]:
    """Return what is wrong with a tab, each with one sentence for its row 1, and whether mail from it must stop."""
    if read is None:
        gone = say('The tab "{tab}" is missing. Bring it back (File, Version history) or run sync setup again; '
                   "until then nothing goes from it.", tab=tab.title)  # fmt: skip
        return [_problem(tab, gone)], True
    doubled = {fold_header(header) for header in read.doubled} - {""}
    needed = NEEDED[tab.key]
    halting = [c for c in tab.columns if c.key in needed]
    twice = [c for c in halting if doubled & _names(c, read)]
    lost = [c for c in halting if c.key not in read.columns and c not in twice]
    problems = []
    if lost:
        problems.append(_problem(tab, _missing(tab, lost)))
    problems += [_problem(tab, _twice(tab, read, column)) for column in twice]
    silent = [c for c in tab.columns if _is_silent(c, read) and c.key not in needed]
    if silent:
        problems.append(_problem(tab, _silent(tab, silent), hint=True))
    return problems, bool(lost or twice)


def _is_silent(column: Column, read: TabRead) -> bool:
    return column.owner is Owner.SERVICE and column.key not in read.columns


def _problem(tab: Tab, sentence: Say, *, hint: bool = False) -> Problem:
    return Problem(tab.key, 1, "", "", "", sentence, hint)


def _names(column: Column, read: TabRead) -> set[str]:
    """Return the folded headers a column may have: ours, its aliases, and the one that stands over it now."""
    at = read.columns.get(column.key)
    now = [read.found[at]] if at is not None and 0 <= at < len(read.found) else []
    return {fold_header(name) for name in (column.header, *(() if now else column.aliases), *now)}


def _headers(columns: list[Column]) -> str:
    names = [f'"{title(column.header)}"' for column in columns[:_NAMED]]
    if len(columns) > _NAMED:
        names.append(f"{len(columns) - _NAMED} more")
    return joined(names, "and")


def _missing(tab: Tab, lost: list[Column]) -> Say:
    if len(lost) == 1:
        return say("Column {header} is missing in {tab}. Put the header back (or run sync setup again); until then "
                   "nothing goes from {tab}.", header=_headers(lost), tab=tab.title)  # fmt: skip
    return say("Columns {headers} are missing in {tab}. Put the headers back (or run sync setup again); until then "
               "nothing goes from {tab}.", headers=_headers(lost), tab=tab.title)  # fmt: skip


def _twice(tab: Tab, read: TabRead, column: Column) -> Say:
    names = _names(column, read)
    header = next((text for text in read.doubled if fold_header(text) in names), column.header)
    where = [letter(at) for at in places(read.found, header)[:4]]
    return say('Two columns in {tab} are called "{header}"{where}. Rename the one that is not ours; until then '
               "nothing goes from {tab}.", tab=tab.title, header=clip(title(header)),
               where=f" ({joined(where, 'and')})" if where else "")  # fmt: skip


def _silent(tab: Tab, columns: list[Column]) -> Say:
    return say("We cannot write into {tab} what belongs under {headers}: no such column. Run sync setup again.",
               tab=tab.title, headers=_headers(columns))  # fmt: skip
