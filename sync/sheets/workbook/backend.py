"""The local workbook as a backend: for trying out, and for one person at a time (``design.md`` 9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sync.core.columns import (
    LIVE_FIRST_ROW,
    LIVE_LINES,
    MAIL_LOG,
    READ_TABS,
    START_HERE,
    STOP_CELL,
    STOP_WORDS,
    TAB,
    CellType,
    Owner,
    Tab,
)
from sync.core.errors import ServiceUnreachable, SheetUnusable
from sync.core.headers import bind
from sync.core.log_rows import cells_of, first_free, log_lines, log_rows, number_of, placed
from sync.core.ports import Cell, CellEdit, LogLine, Repair, Snapshot, TabRead, Written

from . import files, splice
from .names import STOP_NAME, WRAPPED, bound_columns, target
from .reading import Raw, RawTab, load, translate, understandable
from .repair import repair_book
from .rows import changed_only, place_edits, row_at
from .sheet_xml import place

_REGULAR = (*(tab.key for tab in READ_TABS), START_HERE.key, MAIL_LOG.key)
_TRIES = 3
_TICKS = {"true": True, "false": False}


class WorkbookBackend:
    """A workbook at ``path``, in ``zone`` (IANA name) and ``locale`` (``en_US``): a file knows neither of them.

    Reading is always possible.  Writing waits while a spreadsheet program has the file open, and puts a whole new file
    in the place of the old one: a crash midway leaves the old one.
    """

    def __init__(self, path: Path, zone: str = "UTC", locale: str = "en_US") -> None:
        self.path, self.zone, self.locale = path, zone, locale
        self._seen: tuple[str, Raw, Snapshot] | None = None

    def where(self) -> str:
        """Return the path of the workbook."""
        return str(self.path)

    def link(self, tab: str, row_id: str) -> str:
        """Return ``""``: no link opens a tab of a local file."""
        return ""

    def read(self) -> Snapshot:
        """Return all tables in one consistent read; a file unchanged since the last read is not decoded again.

        Raises :class:`SheetUnusable` when there is no workbook or it is damaged, :class:`ServiceUnreachable` when it is
        being saved just now.
        """
        return self._look(files.read_file(self.path))[1]

    def write(self, edits: Sequence[CellEdit], live: Mapping[str, str], log: Sequence[LogLine] = ()) -> Written:
        """Write service cells, live lines and log lines; see :class:`sync.core.ports.Backend`.

        The steps, again from the start when somebody saves in between:

        1. read the file and bind tabs and columns anew;
        2. find every row again by its id;
        3. put the texts into a copy, all else byte for byte as it was;
        4. put the copy in the place of the file, if nobody has touched it.

        Raises :class:`ServiceUnreachable` while the file is open, :class:`ValueError` for an edit of a team's column.
        """
        _refuse_team_cells(edits, live)
        extra = {edit.row.tab for edit in edits} - set(_REGULAR)
        for _ in range(_TRIES if edits or live or log else 0):
            data = files.read_file(self.path)
            changed, written = self._placed(data, edits, live, log, extra)
            if not changed.cells:
                return written
            files.check_closed(self.path)
            with understandable(self.path):
                new = splice.write_cells(data, changed.cells, changed.texts, translate)
            if files.replace_file(self.path, new, data):
                return written
        if not (edits or live or log):
            return Written()
        raise ServiceUnreachable(
            f"{self.path.name} is being changed again and again just now.", "It is written in the next round."
        )

    def repair(self, values: Mapping[str, str] = MappingProxyType({})) -> tuple[Repair, ...]:
        """Make or mend the workbook; see :class:`sync.core.ports.Backend`.  Does not touch a file that is well."""
        files.check_kind(self.path)
        for _ in range(_TRIES):
            old = files.read_file(self.path) if self.path.exists() else None
            with understandable(self.path):
                new, done, lost = repair_book(old, self.path, values)
            if not done:
                return ()
            files.check_closed(self.path)
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if lost and old is not None:
                done = (*done, Repair(_kept_copy(self.path, old, lost)))
            if files.replace_file(self.path, new, old):
                return done
        raise ServiceUnreachable(
            f"{self.path.name} is being changed again and again just now.", "Close it and run `sync setup` again."
        )

    def read_log(self) -> tuple[LogLine, ...]:
        """Return the whole ``Mail log``."""
        raw = self._look(files.read_file(self.path))[0]
        return log_lines(read_tab(MAIL_LOG, raw)) if MAIL_LOG.key in raw.tabs else ()

    def read_marks(self) -> Mapping[str, str]:
        """Return the texts beside the live lines of ``Start here``."""
        tab = self._look(files.read_file(self.path))[0].tabs.get(START_HERE.key)
        rows = {name: _labelled(tab, name) for name in LIVE_LINES} if tab else {}
        return {name: str(_at(tab, row, 2) or "") if tab and row else "" for name, row in rows.items()}

    # --- reading ---

    def _look(self, data: bytes) -> tuple[Raw, Snapshot]:
        mark = files.digest(data)
        if self._seen is None or self._seen[0] != mark:
            with understandable(self.path):
                raw = load(data, _REGULAR)
            self._seen = (mark, raw, self._snapshot(raw, mark))
        return self._seen[1], self._seen[2]

    def _snapshot(self, raw: Raw, mark: str) -> Snapshot:
        tabs = {tab.key: read_tab(tab, raw) for tab in READ_TABS if tab.key in raw.tabs}
        if not tabs:
            raise SheetUnusable(
                f"{self.path.name} has none of our tabs.", "Run `sync setup`: it adds them and leaves yours alone."
            )
        lost = tuple(key for key in _REGULAR if key not in raw.tabs)
        log = log_rows(read_tab(MAIL_LOG, raw)) if MAIL_LOG.key in raw.tabs else ()
        return Snapshot(str(self.path.resolve()), self.zone, self.locale, tabs, _stop_all(raw), mark, lost, log)

    # --- writing ---

    def _placed(
        self, data: bytes, edits: Sequence[CellEdit], live: Mapping[str, str], log: Sequence[LogLine], extra: set[str]
    ) -> tuple[_Changes, Written]:
        """Return the cells that will differ, and what the write did or would do."""
        raw = self._look(data)[0]
        if extra:
            with understandable(self.path):
                raw = load(data, {*_REGULAR, *extra})
        changes = _Changes()
        cells = lost = 0
        by_tab: dict[str, list[CellEdit]] = {}
        for edit in edits:
            by_tab.setdefault(edit.row.tab, []).append(edit)
        for key, own in by_tab.items():
            if key not in raw.tabs:
                lost += len(own)
                continue
            read = read_tab(TAB[key], raw)
            placed, missed = place_edits(TAB[key], read, own)
            lost, cells = lost + missed, cells + len(own) - missed
            changes.add(TAB[key], raw.tabs[key].title, read, changed_only(read, placed))
        start = raw.tabs.get(START_HERE.key)
        lines, missed = _live_cells(start, live)
        if lines and start is not None:
            changes.cells[start.title] = lines
        logged = _place_log(raw, log, changes) if log else frozenset()
        return changes, Written(cells, lost + missed, logged=logged)


@dataclass(slots=True)
class _Changes:
    """Sheet title → cells to write, and the wrapped texts of their rows; rows and columns are 1-based."""

    cells: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)
    texts: dict[str, dict[int, dict[int, str]]] = field(default_factory=dict)

    def add(self, tab: Tab, title: str, read: TabRead, different: Mapping[tuple[int, int], str]) -> None:
        """Take in what differs in one table."""
        if not different:
            return
        self.cells[title] = {(number, at + 1): text for (number, at), text in different.items()}
        wrapped = [read.columns[c.key] for c in tab.columns if c.type in WRAPPED and c.key in read.columns]
        rows: dict[int, dict[int, str]] = {}
        for number in {number for number, _ in different}:
            row = row_at(read, number)
            texts = {at: different.get((number, at), row[at] if at < len(row) else None) for at in wrapped}
            rows[number] = {at + 1: text for at, text in texts.items() if isinstance(text, str) and text}
        self.texts[title] = rows


def _place_log(raw: Raw, log: Sequence[LogLine], changes: _Changes) -> frozenset[int]:
    """Put log lines among the changes; returns the numbers of those that have a place."""
    if MAIL_LOG.key not in raw.tabs:
        return frozenset()
    read = read_tab(MAIL_LOG, raw)
    if "key" not in read.columns:
        return frozenset()
    keys = [(number, read.cell(cells, "key")) for number, cells in enumerate(read.rows, read.first_row)]
    texts: dict[tuple[int, int], str] = {}
    for row, line in placed(log, keys, first_free(read)).items():
        texts.update({(row, at): text for at, text in cells_of(line, read.columns).items()})
    changes.add(MAIL_LOG, raw.tabs[MAIL_LOG.key].title, read, changed_only(read, texts))
    return frozenset(number for line in log if (number := number_of(line.key)) is not None)


def read_tab(tab: Tab, raw: Raw) -> TabRead:
    """Return a table of the workbook bound to the columns of ``tab``."""
    found = raw.tabs[tab.key]
    header = found.rows[0] if found.rows else ()
    binding = bind(tab, header, bound_columns(tab, found.title, raw.names))
    ticks = [binding.columns[c.key] for c in tab.columns if c.type is CellType.CHECKBOX and c.key in binding.columns]
    rows = [_ticked(row, ticks) for row in found.rows[1:]] if ticks else found.rows[1:]
    shown = tuple("" if cell is None else str(cell) for cell in header)
    return TabRead(tab.key, binding.columns, rows, 2, shown, binding.doubled)


def _ticked(row: tuple[Cell, ...], ticks: Sequence[int]) -> tuple[Cell, ...]:
    """Return ``row`` with the words TRUE and FALSE as ticks: a workbook's checkbox is a dropdown of these words."""
    if not any(at < len(row) and row[at] is not None for at in ticks):
        return row
    return tuple(_tick(cell) if at in ticks else cell for at, cell in enumerate(row))


def _tick(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return _TICKS.get(cell.strip().casefold(), cell)
    # LibreOffice keeps a tick as the number 1 where it does not know the format.
    return bool(cell) if cell in (0, 1) and cell is not None else cell


def _at(tab: RawTab, row: int, column: int) -> Cell:
    cells = tab.rows[row - 1] if 0 < row <= len(tab.rows) else ()
    return cells[column - 1] if column <= len(cells) else None


def _labelled(tab: RawTab, words: str) -> int | None:
    """Return the number of the row whose first cell says ``words``."""
    return next((n for n, row in enumerate(tab.rows, 1) if row and str(row[0]).strip() == words), None)


def _stop_all(raw: Raw) -> Cell:
    """Return the cell beside ``Stop all mail``: by its name, else right of the words, else where set-up puts it."""
    tab = raw.tabs.get(START_HERE.key)
    if tab is None:
        return None
    known = target(raw.names.get(STOP_NAME, ""))
    if known is not None and known.title == tab.title and known.row:
        return _tick(_at(tab, known.row, known.column))
    row, column = place(STOP_CELL)
    return _tick(_at(tab, _labelled(tab, STOP_WORDS) or row, column))


def _live_cells(tab: RawTab | None, live: Mapping[str, str]) -> tuple[dict[tuple[int, int], str], int]:
    """Return (row, column) → text of the live lines that say something new, and how many have no place.

    A line goes beside its label.  Where the label is gone the cell beside it may be somebody's, so nothing is written,
    unless the usual place is empty.
    """
    if tab is None:
        return {}, len(live)
    cells, missed = {}, 0
    for name, text in live.items():
        usual = LIVE_FIRST_ROW + LIVE_LINES.index(name)
        row = _labelled(tab, name)
        if row is None and _at(tab, usual, 1) is None and _at(tab, usual, 2) is None:
            row = usual
            cells[row, 1] = name
        if row is None:
            missed += 1
        elif _at(tab, row, 2) != (text or None):
            cells[row, 2] = text
    return cells, missed


def _refuse_team_cells(edits: Sequence[CellEdit], live: Mapping[str, str]) -> None:
    """Raise :class:`ValueError` for anything that is not ours to write (``design.md`` P5)."""
    for edit in edits:
        if TAB[edit.row.tab].column(edit.column).owner is not Owner.SERVICE:
            raise ValueError(f"{edit.row.tab}.{edit.column} is the team's; it is never written")
    unknown = set(live) - set(LIVE_LINES)
    if unknown:
        raise ValueError(f"Start here has no line {', '.join(sorted(unknown))}")


def _kept_copy(path: Path, old: bytes, lost: str) -> str:
    """Keep the workbook as it was beside the mended one, and return the sentence that says so."""
    copy = path.with_name(f"{path.stem} (before setup){path.suffix}")
    number = 2
    while copy.exists() and copy.read_bytes() != old:
        copy = path.with_name(f"{path.stem} (before setup {number}){path.suffix}")
        number += 1
    if not files.replace_file(copy, old, old if copy.exists() else None):
        raise ServiceUnreachable(f"{copy.name} is being changed just now.", "Run `sync setup` again.")
    return f"Kept the workbook as it was as {copy.name}: {lost} could not be taken over."
