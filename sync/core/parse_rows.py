"""One table read row by row: values by column key, sentences for cells that cannot be read, problems.

Readers are made once for each column, so that a blank cell costs a comparison and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .cells import Hinter, Reader, Where, hinter, is_error, reader, shows_error
from .columns import CellType, Column, Owner, Tab
from .headers import title
from .model import Problem, Reach, Stage
from .ports import Cell, TabRead
from .say import Say, say
from .tidy import clip, typed

_MODELS: Mapping[str, Mapping[str, object]] = {
    "reach": {each.value: each for each in Reach},
    "stage": {each.value: each for each in Stage},
}
"""Choices that are more than text in the model."""

REMEDIES: Mapping[tuple[str, str], str] = {
    ("contacts", "name"): "Type the name as you would say it.",
    ("meetings", "contact"): "Choose a person from Contacts.",
    ("meetings", "organizer"): "Choose who of us goes.",
    ("promises", "contact"): "Choose a person from Contacts.",
    ("promises", "side"): "Choose We or They.",
    ("promises", "what"): "Write what was promised; they will read it word for word.",
    ("team", "name"): "Type the name people know.",
    ("team", "email"): "Type where answers and briefs should go.",
}
"""What to do about a required cell that is blank."""


@dataclass(slots=True)
class RowRead:
    """One row that counts.  ``values`` are the model's fields, ``unread`` (one of them) the cells we could not read."""

    index: int
    row: Sequence[Cell]
    values: dict[str, object]
    unread: dict[str, Say]
    problems: list[Problem] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The effective id; empty before the row has one."""
        return str(self.values["id"])

    def text(self, key: str) -> str:
        """Return the text read from a column, ``""`` when there is none."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class _Reading:
    at: int
    key: str
    read: Reader
    hint: Hinter | None
    ticks: bool


class TableReader:
    """Reads the rows of one table.  ``skip`` names columns that the caller reads with :meth:`read_here`."""

    def __init__(self, tab: Tab, read: TabRead, where: Where, skip: frozenset[str] = frozenset()) -> None:
        self.tab, self.read, self.where = tab, read, where
        self.labels = {column.key: label(column, read) for column in tab.columns}
        self._readings = tuple(self._reading(c) for c in tab.columns if self._is_read(c) and c.key not in skip)
        self._first = read.columns.get(tab.required[0].key, -1)
        self._required = tuple(column.key for column in tab.required)

    def _is_read(self, column: Column) -> bool:
        return column.owner is Owner.TEAM and column.key in self.read.columns

    def _reading(self, column: Column) -> _Reading:
        name = self.labels[column.key]
        read = reader(column, name, self.where, _MODELS.get(column.key))
        return _Reading(self.read.columns[column.key], column.key, read, hinter(column, name, self.where),
                        column.type is CellType.CHECKBOX)  # fmt: skip

    def rows(self, ids: Sequence[str], prints: Sequence[str]) -> Iterator[RowRead]:
        """Yield the rows that count: those whose first required cell holds text.

        FALSE, 0 and other columns alone do not count (``design.md`` 3); an error of a formula is text.
        """
        first, start = self._first, self.read.first_row
        if first < 0:
            return
        for index, row in enumerate(self.read.rows):
            head = row[first] if first < len(row) else None
            if isinstance(head, str) and head and not head.isspace():
                unread: dict[str, Say] = {}
                values: dict[str, object] = {
                    "id": ids[index] if index < len(ids) else "",
                    "row": start + index,
                    "fingerprint": prints[index] if index < len(prints) else "",
                    "unread": unread,
                }
                yield self._row(RowRead(index, row, values, unread))

    def _row(self, found: RowRead) -> RowRead:
        row, width, values = found.row, len(found.row), found.values
        for reading in self._readings:
            if reading.at >= width:
                continue
            raw = row[reading.at]
            if raw is None or raw == "" or (raw is False and reading.ticks):
                continue
            value = reading.read(raw)
            if value.__class__ is Say:
                self._refuse(found, reading.key, raw, value)
            elif value is not None:
                values[reading.key] = value
                if reading.hint is not None and (advice := reading.hint(raw, value)) is not None:
                    self.problem(found, reading.key, advice, hint=True)
        return found

    def raw(self, found: RowRead, key: str) -> Cell:
        """Return the cell as read, blank when there is none."""
        return self.read.cell(found.row, key)

    def read_here(self, found: RowRead, key: str, read: Callable[[Cell, str], object]) -> None:
        """Read one cell with the caller's own reader, which takes the cell and the label of its column."""
        raw = self.raw(found, key)
        if raw is None:
            return
        value = shows_error(str(raw), self.labels[key]) if is_error(raw) else read(raw, self.labels[key])
        if isinstance(value, Say):
            self._refuse(found, key, raw, value)
        elif value is not None:
            found.values[key] = value

    def _refuse(self, found: RowRead, key: str, raw: Cell, sentence: object) -> None:
        if isinstance(sentence, Say):
            found.unread[key] = sentence
            found.problems.append(self._problem(found, key, typed(raw), sentence))

    def problem(self, found: RowRead, key: str, sentence: Say, *, hint: bool = False) -> None:
        """Note a problem of a cell that could be read."""
        found.problems.append(self._problem(found, key, typed(self.raw(found, key)), sentence, hint=hint))

    def _problem(self, found: RowRead, key: str, value: str, sentence: Say, *, hint: bool = False) -> Problem:
        return Problem(self.tab.key, self.read.first_row + found.index, found.id, key, value, sentence, hint)

    def blanks(self, found: RowRead, *, only_first: bool = False) -> None:
        """Note a problem for every required cell that is blank; such a cell counts as unread as well."""
        for key in self._required[:1] if only_first else self._required:
            if key not in found.values and key not in found.unread and key in self.read.columns:
                self.blank(found, key, REMEDIES.get((self.tab.key, key), "Type it."))

    def blank(self, found: RowRead, key: str, remedy: str) -> None:
        """Note that a cell is blank that must not be."""
        sentence = say("{column} is empty. {remedy}", column=self.labels[key], remedy=remedy)
        found.unread[key] = sentence
        self.problem(found, key, sentence)


def label(column: Column, read: TabRead) -> str:
    """Return the header of a column as people see it, without its ``✉``; ours when theirs is blank."""
    at = read.columns.get(column.key)
    shown = clip(title(read.found[at])) if at is not None and 0 <= at < len(read.found) else ""
    return shown or title(column.header)
