"""Defined names: how a workbook remembers which tab and column is which, wherever people put them.

Spreadsheet programs move a defined name along when a column is inserted, deleted, cut or pasted, and when a tab is
renamed (ECMA-376 Part 1, 18.2.5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.core.columns import CellType, Column, Tab

from .sheet_xml import column_number

LAST_ROW = 1_048_576
STOP_NAME = "cg_stop_all"
LISTS_TITLE = "Lists"
WRAPPED = frozenset({CellType.TEXT, CellType.LONG_TEXT, CellType.SENTENCE, CellType.STATUS, CellType.NAME})
"""Cells whose text runs over several lines, so that their row grows."""
_TITLE = re.compile(r"^(?:'((?:[^']|'')+)'|([^'!#]+))!")
_TARGET = re.compile(r"^(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?(\d*)(?::\$?([A-Z]{1,3})\$?\d*)?$")


@dataclass(frozen=True, slots=True)
class Target:
    """What a name refers to: a tab's title, a column (1-based), and a row (0 for a whole column)."""

    title: str
    column: int
    row: int


def tab_name(tab: Tab) -> str:
    """Return the defined name that says which tab is ``tab``."""
    return f"cg_tab_{tab.key}"


def column_name(tab: Tab, column: Column) -> str:
    """Return the defined name that says where ``column`` of ``tab`` stands."""
    return f"cg_{tab.key}_{column.key}"


def list_name(tab_key: str, column_key: str = "") -> str:
    """Return the defined name of a dropdown's words: the names of a tab, or the choices of a column."""
    return f"cg_list_{tab_key}_{column_key}".rstrip("_")


def quoted(title: str) -> str:
    """Return a tab's title as it stands in a formula."""
    return "'" + title.replace("'", "''") + "'"


def target(reference: str) -> Target | None:
    """Return what a defined name refers to; ``None`` for anything but one column or cell (``#REF!``, a formula …)."""
    match = _TARGET.match(reference.strip())
    if match is None or (match[5] and match[5] != match[3]):
        return None
    title = match[1].replace("''", "'") if match[1] else match[2]
    return Target(title, column_number(match[3]), int(match[4] or 0))


def is_lost(reference: str, titles: Sequence[str]) -> bool:
    """Return whether a defined name refers to a tab that is not there: some programs leave names behind."""
    match = _TITLE.match(reference.strip())
    return match is not None and (match[1].replace("''", "'") if match[1] else match[2]) not in titles


def find_tab(tab: Tab, titles: Sequence[str], names: Mapping[str, str]) -> str | None:
    """Return the title of ``tab`` as it is now: by its defined name, else by its title or an alias."""
    known = target(names.get(tab_name(tab), ""))
    if known is not None and known.title in titles:
        return known.title
    folded = {title.strip().casefold(): title for title in reversed(titles)}
    for wanted in (tab.title, *tab.aliases):
        title = folded.get(wanted.casefold())
        if title is not None:
            return title
    return None


def bound_columns(tab: Tab, title: str, names: Mapping[str, str]) -> dict[str, int]:
    """Return column key → position (0-based) for the columns of ``tab`` that have a defined name on that tab."""
    bound = {}
    for column in tab.columns:
        known = target(names.get(column_name(tab, column), ""))
        if known is not None and known.title == title:
            bound[column.key] = known.column - 1
    return bound
