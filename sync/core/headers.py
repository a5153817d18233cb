"""Which column is which: by what set-up bound it to, else by its header (``design.md`` 3)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from .columns import Column, Tab
from .ports import Cell
from .tidy import shown, single_line

_NOTHING: Mapping[str, int] = MappingProxyType({})
_ORNAMENT = re.compile(r"[\s✉*:\ufe0e\ufe0f]+$")


@dataclass(frozen=True, slots=True)
class Binding:
    """Where the columns of a tab stand.

    ``columns`` maps column keys to 0-based positions; ``missing`` are columns of ours or the team's that stand
    nowhere; ``doubled`` are headers, as people see them, that stand over two columns so that people cannot tell which
    of them counts.  A doubled column is in ``columns`` only when set-up has bound it.
    """

    columns: Mapping[str, int]
    missing: tuple[Column, ...] = ()
    doubled: tuple[str, ...] = ()


def title(text: str) -> str:
    """Return a header as a sentence names it: on one line, without the trailing ``✉`` or ``*``."""
    return _ORNAMENT.sub("", single_line(text))


def fold_header(cell: Cell) -> str:
    """Return a header as it counts for "the same header": case, blanks, width and a trailing ``✉`` do not matter."""
    text = _ORNAMENT.sub("", unicodedata.normalize("NFKC", single_line(shown(cell))))
    return " ".join(text.casefold().split())


def letter(position: int) -> str:
    """Return the letters people see above the column at a 0-based ``position``: 0 is A, 26 is AA."""
    text = ""
    position += 1
    while position > 0:
        position, rest = divmod(position - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def places(found: Sequence[Cell], header: str) -> tuple[int, ...]:
    """Return the 0-based positions at which ``header`` stands in the header row ``found``."""
    wanted = fold_header(header)
    return tuple(at for at, cell in enumerate(found) if wanted and fold_header(cell) == wanted)


def bind(tab: Tab, header: Sequence[Cell], bound: Mapping[str, int] = _NOTHING) -> Binding:
    """Return where the columns of ``tab`` stand.

    Takes the cells of row 1 and the 0-based positions that set-up bound (developer metadata or defined names), by
    column key.  The steps, for each column:

    1. a bound position counts, whatever its header has become;
    2. else the one column that no other is bound to and whose header is ours;
    3. else the one with a header of the column's aliases.
    """
    folded = [fold_header(cell) for cell in header]
    columns = _bound(tab, bound)
    doubled: dict[str, None] = {}
    for names in (lambda c: (c.header,), lambda c: c.aliases):
        for column in tab.columns:
            if column.key not in columns:
                _by_header(column, tuple(names(column)), header, folded, columns, doubled)
    for at in list(columns.values()):
        if at < len(folded) and folded[at] and folded.count(folded[at]) > 1:
            doubled[single_line(shown(header[at]))] = None
    unsure = {fold_header(text) for text in doubled}
    missing = tuple(c for c in tab.columns if c.key not in columns and not unsure & _names(c))
    return Binding(columns, missing, tuple(doubled))


def _names(column: Column) -> set[str]:
    return {fold_header(name) for name in (column.header, *column.aliases)}


def _bound(tab: Tab, bound: Mapping[str, int]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for column in tab.columns:
        at = bound.get(column.key, -1)
        if at >= 0 and at not in columns.values():
            columns[column.key] = at
    return columns


def _by_header(
    column: Column, names: tuple[str, ...], header: Sequence[Cell], folded: Sequence[str], columns: dict[str, int],
    doubled: dict[str, None],
) -> None:  # fmt: skip
    if any(fold_header(text) in _names(column) for text in doubled):
        return  # two columns have its header already; an alias does not make it sure
    wanted = {fold_header(name) for name in names}
    taken = set(columns.values())
    found = [at for at, text in enumerate(folded) if text in wanted and at not in taken]
    if len(found) == 1:
        columns[column.key] = found[0]
    elif found:
        doubled[single_line(shown(header[found[0]]))] = None
