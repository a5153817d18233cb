"""Finding rows again: by id, wherever they went, and never another row than the one that was meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sync.core.columns import Tab
from sync.core.ports import Cell, CellEdit, RowRef, TabRead


def place_edits(tab: Tab, read: TabRead, edits: Sequence[CellEdit]) -> tuple[dict[tuple[int, int], str], int]:
    """Return (row number, column position) → text for the edits whose row and column are there, and how many are not.

    All of ``edits`` are of ``tab``.  A new id, written in the same batch, is known to the other edits.
    """
    finder = _Finder(tab, read)
    placed: dict[tuple[int, int], str] = {}
    lost = 0
    for edit in sorted(edits, key=lambda one: one.column != "id"):  # ids first; the sort keeps the order otherwise
        number = finder.find(edit.row, edit.column)
        column = read.columns.get(edit.column)
        if number is None or column is None:
            lost += 1
            continue
        placed[number, column] = edit.value
        if edit.column == "id" and edit.value:
            finder.name(edit.value, number)
    return placed, lost


class _Finder:
    def __init__(self, tab: Tab, read: TabRead) -> None:
        self.tab, self.read = tab, read
        self.first = tab.required[0].key if tab.required else tab.columns[0].key
        self.by_id: dict[str, list[int]] = {}
        self.new: dict[str, list[int]] = {}
        if tab.identified:
            for number, row in self._numbered():
                row_id = _id(read.cell(row, "id"))
                if row_id:
                    self.by_id.setdefault(row_id, []).append(number)

    def name(self, row_id: str, number: int) -> None:
        """Remember the id that a row gets in this batch."""
        self.new.setdefault(row_id, []).append(number)

    def find(self, ref: RowRef, column: str) -> int | None:
        """Return the number of the row ``ref``; ``None`` when it is gone, or cannot be told from another."""
        if ref.id:
            given = [] if column == "id" else self.new.get(ref.id, [])
            return _one(ref.number, self.by_id.get(ref.id) or given)
        if self.tab.identified:
            return ref.number if self._is_nameless(ref) else None
        if self._first(ref.number) == _text(ref.first) or ref.first is None:
            return ref.number if 0 <= ref.number - self.read.first_row < len(self.read.rows) else None
        return _one(0, [number for number, _ in self._numbered() if self._first(number) == _text(ref.first)])

    def _numbered(self) -> Iterable[tuple[int, Sequence[Cell]]]:
        return enumerate(self.read.rows, self.read.first_row)

    def _row(self, number: int) -> Sequence[Cell]:
        return row_at(self.read, number)

    def _first(self, number: int) -> str:
        return _text(self.read.cell(self._row(number), self.first))

    def _is_nameless(self, ref: RowRef) -> bool:
        here = self._row(ref.number)
        return bool(here) and self._first(ref.number) == _text(ref.first) and not _id(self.read.cell(here, "id"))


def _one(number: int, candidates: list[int]) -> int | None:
    if number in candidates:
        return number
    return candidates[0] if len(candidates) == 1 else None


def _id(value: Cell) -> str:
    """Return the id in a cell; a number there is somebody's slip and no id."""
    return value.strip() if isinstance(value, str) else ""


def _text(value: Cell) -> str:
    return "" if value is None else str(value).strip()


def row_at(read: TabRead, number: int) -> Sequence[Cell]:
    """Return the cells of the row that people see under ``number``; nothing where there is none."""
    index = number - read.first_row
    return read.rows[index] if 0 <= index < len(read.rows) else ()


def changed_only(read: TabRead, placed: Mapping[tuple[int, int], str]) -> dict[tuple[int, int], str]:
    """Return the texts that differ from what stands there."""
    result = {}
    for (number, column), text in placed.items():
        row = row_at(read, number)
        now = row[column] if column < len(row) else None
        if now != (text or None):
            result[number, column] = text
    return result
