"""Where log lines go in the ``Mail log``: over the row with the same number, else below all others.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .ports import Cell, LogLine, LogRow, TabRead

TEXTS: tuple[str, ...] = ("when", "message", "to", "about", "subject", "result", "message_id", "key")
"""The columns of a line, by key; ``Decision`` is the team's."""


def number_of(key: Cell) -> int | None:
    """Return the sequence number that a ``Key`` cell begins with."""
    first = str(key).partition(" ")[0] if isinstance(key, str) else ""
    return int(first) if first.isascii() and first.isdigit() and len(first) < 16 else None


def log_rows(read: TabRead) -> tuple[LogRow, ...]:
    """Return the rows of a read ``Mail log`` that hold a key."""
    found = []
    for number, row in enumerate(read.rows, read.first_row):
        key = read.cell(row, "key")
        if isinstance(key, str) and key.strip():
            found.append(LogRow(number, key, read.cell(row, "decision")))
    return tuple(found)


def log_lines(read: TabRead) -> tuple[LogLine, ...]:
    """Return the whole lines of a read ``Mail log``."""
    lines = []
    for row in read.rows:
        texts = {name: "" if (cell := read.cell(row, name)) is None else str(cell) for name in TEXTS}
        if texts["key"].strip():
            lines.append(LogLine(**texts))
    return tuple(lines)


def placed(lines: Sequence[LogLine], keys: Sequence[tuple[int, Cell]], first_free: int) -> Mapping[int, LogLine]:
    """Return row number → line.

    ``keys`` are the present ``Key`` cells by row number; new lines take the rows from ``first_free`` on, in order.
    """
    standing = {number: row for row, key in keys if (number := number_of(key)) is not None}
    result: dict[int, LogLine] = {}
    for line in lines:
        row = standing.get(number_of(line.key) or -1)
        if row is None:
            row, first_free = first_free, first_free + 1
        result[row] = line
    return result


def first_free(read: TabRead) -> int:
    """Return the number of the first row below everything that stands in the tab."""
    used = (at for at, row in enumerate(read.rows) if any(cell not in (None, "", False) for cell in row))
    last = max(used, default=-1)
    return read.first_row + last + 1


def cells_of(line: LogLine, columns: Mapping[str, int]) -> dict[int, str]:
    """Return position → text of the cells that a line writes; an empty text leaves its cell as it is."""
    return {columns[name]: text for name in TEXTS if name in columns and (text := getattr(line, name))}


