"""Lines of the ``Mail log``: where they go, whether they surely stand there, how a slip is undone.  Pure.

A row of the log may move between our look and our write, because people sort and insert.  Then a line lands on another
line's row.  The server echoes the whole ``Key`` column after the write, so such a slip never goes unseen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from ..core.columns import MAIL_LOG
from ..core.log_rows import TEXTS, first_free, log_lines, number_of, placed
from ..core.ports import Cell, CellEdit, LogLine, TabRead
from . import google_looks as looks
from .google_layout import Json, Mark
from .google_wire import PIECE, same
from .google_wire import pieces as edit_pieces

GROW = 500
"""Rows that a full log grows by, once or more."""

_ROOM = 300_000
"""Bytes of lines that a piece holds at least, however long the log above them is."""

Cells = Mapping[int, Mapping[str, Cell]]
"""Row number (from 1) → column key → what is written there; ``""`` clears a cell."""


@dataclass(frozen=True, slots=True)
class LogWrite:
    """What shall be written, and the whole tab as it stood right before.

    ``marks`` are those of our own columns that surely stand where they should; ``lines`` are by row number.
    """

    read: TabRead
    marks: Mapping[str, Mark]
    lines: Mapping[int, LogLine] = field(default_factory=dict)

    @property
    def cells(self) -> Cells:
        """What the lines write; an empty text leaves its cell as it is."""
        return {row: {name: text for name, text in _texts(line).items() if name in self.marks}
                for row, line in self.lines.items()}  # fmt: skip

    @property
    def last_row(self) -> int:
        """The number of the lowest row that is written, 0 when none is."""
        return max(self.lines, default=0)

    def columns(self, cells: Cells) -> dict[Mark, dict[int, Cell]]:
        """Return mark → 0-based row → cell, the ``Key`` last: a line without it does not count."""
        found: dict[Mark, dict[int, Cell]] = {}
        for name in TEXTS:
            column = {row - 1: texts[name] for row, texts in cells.items() if name in texts}
            if column and name in self.marks:
                found[self.marks[name]] = column
        return found

    def rows(self) -> range:
        """Return the numbers of the rows that stood there before."""
        return range(self.read.first_row, self.read.first_row + len(self.read.rows))

    def key(self, row: int) -> Cell:
        """Return the ``Key`` cell of a row, by its number, as it stood before."""
        return self.cell(row, "key")

    def cell(self, row: int, name: str) -> Cell:
        """Return one cell, by row number and column key, as it stood before."""
        at = row - self.read.first_row
        return self.read.cell(self.read.rows[at], name) if 0 <= at < len(self.read.rows) else None

    def key_column(self) -> list[Cell]:
        """Return the ``Key`` column below the heading, as it stood before."""
        return [self.key(row) for row in self.rows()]

    def numbers(self) -> frozenset[int]:
        """Return the sequence numbers of the lines."""
        return frozenset(number for line in self.lines.values() if (number := number_of(line.key)) is not None)


def table(columns: Sequence[Sequence[Cell]], header_at: int, places: Mapping[str, int]) -> TabRead:
    """Return the tab from an answer by columns; ``places`` are column key → position."""
    rows = list(zip_longest(*columns))
    return TabRead(MAIL_LOG.key, places, rows[header_at + 1 :], header_at + 2)


def arranged(lines: Sequence[LogLine], read: TabRead, marks: Mapping[str, Mark]) -> LogWrite:
    """Return where the lines go: over the row with the same number, else below everything that stands in the tab."""
    known = [line for line in lines if number_of(line.key) is not None]
    keys = [(number, read.cell(row, "key")) for number, row in enumerate(read.rows, read.first_row)]
    return LogWrite(read, marks, placed(known, keys, first_free(read)))


def made_good(lines: Sequence[LogLine], before: LogWrite, read: TabRead) -> list[LogLine]:
    """Return the lines to write now, when nobody knows what an earlier write has hit.

    ``before`` is that write: what stood there or was to stand there, and stands there no more, goes along.
    """
    there = {number_of(read.cell(row, "key")) for row in read.rows} | {None}
    old: dict[int | None, LogLine] = {}
    for line in (*log_lines(before.read), *before.lines.values()):
        if number_of(line.key) not in there:
            old.setdefault(number_of(line.key), line)
    wanted = [_over(old.pop(number_of(line.key), line), line) for line in lines]
    return [*wanted, *old.values()]


def _over(old: LogLine, new: LogLine) -> LogLine:
    return replace(old, **_texts(new))


def untorn(write: LogWrite, keys: Sequence[Cell]) -> bool:
    """Whether every number that stood there before the write stands there still."""
    return {number_of(key) for key in write.key_column()} <= {None, *(number_of(key) for key in keys)}


def as_meant(write: LogWrite, cells: Cells, echo: Sequence[Cell]) -> bool:
    """Whether the echoed ``Key`` column (from row 1 on) is the one before the write with our cells in it.

    Then no row has moved in between, and every line stands in its own row.
    """
    last = max(len(echo), write.read.first_row - 1 + len(write.read.rows), *cells, 0)
    for row in range(write.read.first_row, last + 1):
        meant = cells[row]["key"] if row in cells and "key" in cells[row] else write.key(row)
        if not same(echo[row - 1] if row <= len(echo) else None, meant):
            return False
    return True


def undoing(write: LogWrite, now: LogWrite) -> Cells:
    """Return what brings back the rows that a write has hit although they were not meant.

    ``now`` is the tab as it stands after that write.  A row that was overwritten is known by the cells that we did not
    write; where two rows are alike in those, either may have either content.  What should have gone over an old line
    and hit a blank row is taken away again; a new line may stand on any row that was blank.
    """
    written = _found_again(write, now)
    elsewhere = {key for row in now.rows() if row not in written and isinstance(key := now.key(row), str)}
    before = {row: key for row in write.rows() if isinstance(key := write.key(row), str)}
    numbers = {number_of(key) for key in before.values()}
    hidden = [row for row, key in before.items() if key not in elsewhere]
    back: dict[int, dict[str, Cell]] = {}
    for row, line in sorted(written.items(), key=lambda item: len(_texts(item[1]))):  # few cells written tell most
        names = [name for name in _texts(line) if name in write.marks]
        kept = [name for name in write.read.columns if name in now.read.columns and name not in names]
        old = next((o for o in hidden if all(same(write.cell(o, n), now.cell(row, n)) for n in kept)), None)
        if old is not None:
            hidden.remove(old)
            if number_of(before[old]) != number_of(line.key):
                back[row] = {name: _put(write.cell(old, name)) for name in names}
        elif number_of(line.key) in numbers:
            back[row] = dict.fromkeys(names, "")
    return back


def _found_again(write: LogWrite, now: LogWrite) -> dict[int, LogLine]:
    """Return row → line as the lines stand now: in the row that was meant, else wherever their very text is."""
    places: dict[Cell, list[int]] = {}
    for row in now.rows():
        places.setdefault(now.key(row), []).append(row)
    found: dict[int, LogLine] = {}
    for row, line in write.lines.items():
        rows = places.get(line.key, [])
        if rows:
            found[row if row in rows else rows[0]] = line
    return found


def _texts(line: LogLine) -> dict[str, str]:
    return {name: text for name in TEXTS if (text := getattr(line, name))}


def _put(cell: Cell) -> Cell:
    return "" if cell is None else cell


def standing(write: LogWrite, keys: Sequence[Cell]) -> frozenset[int]:
    """Return the numbers of the lines that ``keys`` show exactly once, with exactly our text."""
    seen: dict[int, list[Cell]] = {}
    for key in keys:
        number = number_of(key)
        if number is not None:
            seen.setdefault(number, []).append(key)
    return frozenset(number for line in write.lines.values()
                     if (number := number_of(line.key)) is not None and seen.get(number) == [line.key])  # fmt: skip


def weight(lines: Sequence[LogLine]) -> int:
    """Return how many bytes the lines' texts take in a request."""
    return sum(len(json.dumps(getattr(line, name))) + 1 for line in lines for name in TEXTS) + 64 * len(lines)


def pieces(lines: Sequence[LogLine], rows: int, limit: int) -> Iterator[tuple[list[LogLine], int]]:
    """Yield the lines in pieces that make bodies below ``limit`` bytes, with the size of each body.

    ``rows`` is how long the log is: each column is written from row 1 on, with five bytes for a row that is skipped.
    """
    piece: list[LogLine] = []
    fixed = size = 5 * rows * len(TEXTS)
    most = max(limit, fixed + _ROOM)
    for line in lines:
        cost = weight([line])
        if piece and size + cost > most:
            yield piece, size
            fixed += 5 * len(piece) * len(TEXTS)
            piece, size, most = [], fixed, max(limit, fixed + _ROOM)
        piece.append(line)
        size += cost
    if piece:
        yield piece, size


def loads(
    edits: Sequence[CellEdit], log: Sequence[LogLine], rows: int, limit: int = PIECE
) -> list[tuple[list[CellEdit], list[LogLine]]]:
    """Return what goes out in one request after the other: all together, or the log first when it is large."""
    parts = list(pieces(log, rows, limit))
    if len(parts) == 1 and parts[0][1] <= limit // 2:
        lines, size = parts[0]
        cut = list(edit_pieces(edits, limit - size)) or [[]]
        return [(cut[0], lines), *((piece, []) for piece in cut[1:])]
    alone: list[tuple[list[CellEdit], list[LogLine]]] = [([], lines) for lines, _ in parts]
    return [*alone, *((piece, []) for piece in edit_pieces(edits, limit))] or [([], [])]


def growth(write: LogWrite, sheet: int, rows: int) -> tuple[list[Json], int]:
    """Return the requests that make the grid of ``rows`` tall enough, and how many rows it has then.

    The new rows get the look and the dropdown of those above them.
    """
    length = -(-(write.last_row - rows) // GROW) * GROW
    requests: list[Json] = [{"appendDimension": {"sheetId": sheet, "dimension": "ROWS", "length": length}}]
    for key, index in write.read.columns.items():
        column = MAIL_LOG.column(key)
        shapes = (looks.cell_format(MAIL_LOG, column, sheet, index, rows),
                  looks.validation(column, sheet, index, "", rows))  # fmt: skip
        requests += [shape for shape in shapes if shape is not None]
    return requests, rows + length
