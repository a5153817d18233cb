"""One spreadsheet: its state, transactions, the journal of what the API wrote, and addresses."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from . import formulas, ranges
from .a1 import Open, Rect, column_letters, parse_cells, split_title
from .cells import MAX_CELLS, CellError, Formula, Plain, Value
from .display import shown
from .errors import ApiError, bad_request
from .grid import Tab
from .locales import Locale, locale

Json = dict[str, Any]


@dataclass
class Switches:
    """Behaviour of Google that nobody here has seen on a real sheet; run tests both ways."""

    metadata_follows_sort: bool = False
    validation_refuses_api: bool = False
    values_extend_grid: bool = False
    metadata_update_needs_match: bool = False
    robot_may_create_files: bool = False
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class CellWrite:
    """One cell the API changed. `row` counts from 1, `column` is a letter, `index` from 0."""

    request: int
    tab: str
    tab_id: int
    row: int
    column: str
    index: int
    header: str
    old: Plain
    new: Plain


@dataclass
class State:
    """Everything that a failed request or an undo gives back."""

    props: Json
    tabs: list[Tab]
    metadata: dict[int, Json] = field(default_factory=dict)
    named: dict[str, Json] = field(default_factory=dict)

    def copy(self) -> State:
        """A cheap snapshot."""
        tabs = [tab.copy() for tab in self.tabs]
        return State(dict(self.props), tabs, dict(self.metadata), dict(self.named))


class Book:
    """A spreadsheet. All methods may be called from any thread."""

    def __init__(self, book_id: str, title: str, *, language: str = "en_US", zone: str = "Etc/GMT",
                 switches: Switches | None = None, seed: int = 0,
                 today: Callable[[], date] = date.today):  # fmt: skip
        self.id = book_id
        self.lock = threading.RLock()
        self.switches = switches or Switches()
        self.today = today
        self.role: str | None = "writer"
        self.office = False
        self.version = 1
        self.written_cells: list[CellWrite] = []
        self.formula_values: dict[str, Plain] = {}
        self.formula_default: Plain = CellError("N_A", "Not evaluated by the emulator.")
        self.header_row = 1
        self.actor = "human"
        self._random = random.Random(f"{book_id}{seed}")  # noqa: S311 - the same numbers in every run
        self._busy: set[tuple[int, int, int]] = set()
        props = {"title": title, "locale": language, "autoRecalc": "ON_CHANGE", "timeZone": zone}
        self.state = State(props, [Tab(0, "Sheet1")])

    @property
    def title(self) -> str:
        """The title of the spreadsheet."""
        found: str = self.state.props["title"]
        return found

    @property
    def locale(self) -> Locale:
        """The locale cells are read and shown in."""
        return locale(self.state.props["locale"])

    @property
    def tabs(self) -> list[Tab]:
        """The tabs from left to right."""
        return self.state.tabs

    def new_id(self, taken: Any = ()) -> int:
        """A fresh positive number for a tab, a range, an entry."""
        while True:
            number = self._random.randrange(1, 1 << 31)
            if number not in taken:
                return number

    # transactions

    @contextmanager
    def transaction(self, request: int | None = None) -> Iterator[None]:
        """All or nothing; with a request number every changed cell is written to the journal."""
        with self.lock:
            before = self.state
            self.state = before.copy()
            api = request is not None
            for tab in self.state.tabs:
                tab.journal = [] if api else None
            self.actor = "robot" if api else "human"
            try:
                yield
            except BaseException:
                self.state = before
                raise
            finally:
                self.actor = "human"
            if request is not None:
                self._commit(request, before)
            self.version += 1

    def _commit(self, request: int, before: State) -> None:
        alive = {tab.sheet_id for tab in self.state.tabs}
        for tab in self.state.tabs:
            for row, column, header, old, new in tab.journal or ():
                self._note(request, tab, row, column, header, old, new)
            tab.journal = None
        for tab in before.tabs:
            if tab.sheet_id not in alive:
                for row, line in enumerate(tab.rows):
                    for column, old in enumerate(line.cells):
                        if old is not None:
                            self._note(request, tab, row, column, tab.get(0, column), old, None)

    def _note(self, request: int, tab: Tab, row: int, column: int,
              header: Value, old: Value, new: Value) -> None:  # fmt: skip
        name = str(header) if header is not None else ""
        write = CellWrite(request, tab.title, tab.sheet_id, row + 1, column_letters(column), column,
                          name, _flat(old), _flat(new))  # fmt: skip
        self.written_cells.append(write)

    def adopt(self, tab: Tab, index: int) -> None:
        """Put a new tab in place; what the API writes into it is noted as well."""
        tab.journal = [] if self.actor == "robot" else None
        self.state.tabs.insert(index, tab)

    # finding things

    def tab(self, key: int | str) -> Tab:
        """A tab by its id or title; KeyError when there is none."""
        for found in self.state.tabs:
            if key == (found.sheet_id if isinstance(key, int) else found.title):
                return found
        raise KeyError(key)

    def sheet(self, sheet_id: int | None) -> Tab:
        """A tab by its id, refused as Google refuses an unknown one."""
        try:
            return self.tab(int(sheet_id or 0))
        except KeyError:
            raise bad_request(f"No grid with id: {sheet_id or 0}") from None

    def locate(self, text: str) -> tuple[Tab, Open]:
        """The tab and cells an A1 text, a tab title or the name of a named range means."""
        title, cells = split_title(text)
        if title is None:
            return self._locate_bare(text)
        try:
            tab = self.tab(title)
        except KeyError:
            raise _unparsed(text) from None
        if not cells:
            return tab, Open()
        area = parse_cells(cells)
        if area is not None:
            return tab, area
        named = self._locate_name(cells)
        if named is None or named[0] is not tab:
            raise _unparsed(text)
        return named

    def _locate_bare(self, text: str) -> tuple[Tab, Open]:
        area = parse_cells(text)
        if area is not None:
            return self.state.tabs[0], area
        named = self._locate_name(text)
        if named is not None:
            return named
        first = self.state.tabs[0]
        column = parse_cells(f"{text}:{text}")
        if column and column.right and column.right <= first.column_count:
            return first, column
        try:
            return self.tab(text), Open()
        except KeyError:
            raise _unparsed(text) from None

    def _locate_name(self, name: str) -> tuple[Tab, Open] | None:
        for named in self.state.named.values():
            if named["name"].casefold() == name.casefold() and "range" in named:
                return self.area(named["range"])
        return None

    def area(self, grid_range: Json) -> tuple[Tab, Open]:
        """The tab and cells of a GridRange."""
        tab = self.sheet(grid_range.get("sheetId"))
        keys = ("startRowIndex", "startColumnIndex", "endRowIndex", "endColumnIndex")
        return tab, Open(*(None if grid_range.get(k) is None else int(grid_range[k]) for k in keys))

    def rect(self, grid_range: Json) -> tuple[Tab, Rect]:
        """The same, cut to the grid; 400 when it starts outside."""
        tab, area = self.area(grid_range)
        rect = tab.clamp(area)
        if rect.top >= tab.row_count or rect.left >= tab.column_count:
            raise grid_limits(tab, area)
        return tab, rect

    # values

    def value(self, tab: Tab, row: int, column: int) -> Plain:
        """The effective value of a cell: a formula gives its result."""
        found = tab.get(row, column)
        if not isinstance(found, Formula):
            return found
        if found.text in self.formula_values:
            return self.formula_values[found.text]
        place = (tab.sheet_id, row, column)
        if place in self._busy:
            return CellError("REF", "Circular dependency detected.")
        self._busy.add(place)
        try:
            return formulas.evaluate(found.text, lambda title, area: self._look(tab, title, area))
        except formulas.Unknown:
            return self.formula_default
        finally:
            self._busy.discard(place)

    def _look(self, home: Tab, title: str | None, area: Open) -> list[list[Plain]]:
        try:
            tab = home if title is None else self.tab(title)
        except KeyError:
            return [[CellError("REF", "Unresolved sheet name.")]]
        rect = tab.clamp(area)
        bottom = min(rect.bottom, max(tab.used().bottom, rect.top + 1))
        return [[self.value(tab, r, c) for c in range(rect.left, rect.right)]
                for r in range(rect.top, bottom)]  # fmt: skip

    def text(self, tab: Tab, row: int, column: int) -> str:
        """What a person sees in the cell."""
        return shown(self.value(tab, row, column), tab.attr(row, column), self.locale)

    # structure

    def insert(self, tab: Tab, dimension: str, at: int, count: int, *, inherit: bool = False) -> None:
        """Insert empty rows or columns; everything bound to cells moves along."""
        self.check_size(tab, dimension, count)
        tab.insert(dimension, at, count, inherit)
        self._shift(tab, dimension, ranges.inserting(at, count))

    def delete(self, tab: Tab, dimension: str, first: int, last: int) -> None:
        """Delete rows or columns with everything that is bound to them alone."""
        tab.remove(dimension, first, last)
        self._shift(tab, dimension, ranges.deleting(first, last))

    def move(self, tab: Tab, dimension: str, first: int, last: int, target: int) -> None:
        """Move rows or columns before `target`."""
        tab.move(dimension, first, last, target)
        self._shift(tab, dimension, ranges.moving(first, last, target))

    def check_size(self, tab: Tab, dimension: str, count: int) -> None:
        """Refuse to grow beyond ten million cells."""
        total = sum(t.row_count * t.column_count for t in self.state.tabs)
        more = count * (tab.column_count if dimension == "ROWS" else tab.row_count)
        if total + more > MAX_CELLS:
            raise cell_limit()

    def _shift(self, tab: Tab, dimension: str, shift: ranges.Shift) -> None:
        def move(value: Any) -> Any:
            return ranges.moved(value, tab.sheet_id, dimension, shift)

        state = self.state
        moved = {k: move(v) for k, v in state.metadata.items()}
        state.metadata = {k: v for k, v in moved.items() if v is not None}
        state.named = {k: move(v) or {n: v[n] for n in v if n != "range"}
                       for k, v in state.named.items()}  # fmt: skip
        for each in state.tabs:
            self._shift_tab(each, move)
        frozen = "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"
        if frozen in tab.grid:
            span = shift(None, tab.grid.pop(frozen))
            tab.grid |= {frozen: span[1]} if span and span[1] else {}
        tab.basic_filter = _shift_columns(tab.basic_filter, dimension, shift)
        tab.views = {k: _shift_columns(v, dimension, shift) or v for k, v in tab.views.items()}
        self._shift_formulas(tab, dimension, shift)

    def _shift_tab(self, tab: Tab, move: Callable[[Any], Any]) -> None:
        for name in ("protected", "views", "bandings", "charts"):
            moved = {k: move(v) for k, v in getattr(tab, name).items()}
            setattr(tab, name, {k: v for k, v in moved.items() if v is not None})
        for name in ("merges", "conditional"):
            moved_list = [move(v) for v in getattr(tab, name)]
            setattr(tab, name, [v for v in moved_list if v is not None])
        tab.groups = {k: [m for m in map(move, v) if m is not None] for k, v in tab.groups.items()}
        if tab.basic_filter is not None:
            tab.basic_filter = move(tab.basic_filter)

    def _shift_formulas(self, tab: Tab, dimension: str, shift: ranges.Shift) -> None:
        self.rewrite(lambda text, home: formulas.shifted(text, home, tab.title, dimension, shift))

    def rewrite(self, change: Callable[[str, str], str]) -> None:
        """Change the text of every formula; not a write of the API."""
        for tab in self.state.tabs:
            if not tab.formulas:
                continue
            for index, row in enumerate(tab.rows):
                for column, value in enumerate(row.cells):
                    if isinstance(value, Formula):
                        text = change(value.text, tab.title)
                        if text != value.text:
                            tab.own(index).cells[column] = Formula(text)


def _flat(value: Value) -> Plain:
    return value.text if isinstance(value, Formula) else value


def _shift_columns(filtered: Json | None, dimension: str, shift: ranges.Shift) -> Json | None:
    """Move the column numbers inside a filter's criteria and sort order."""
    if not filtered or dimension != "COLUMNS":
        return filtered

    def place(index: int) -> int | None:
        span = shift(index, index + 1)
        return None if span is None else span[0]

    result = dict(filtered)
    if "criteria" in result:
        moved = {place(int(k)): v for k, v in result["criteria"].items()}
        result["criteria"] = {str(k): v for k, v in moved.items() if k is not None}
    for name, key in (("filterSpecs", "columnIndex"), ("sortSpecs", "dimensionIndex")):
        if name in result:
            specs = [(s, place(int(s.get(key, 0)))) for s in result[name]]
            result[name] = [s | {key: p} for s, p in specs if p is not None]
    return result


def _unparsed(text: str) -> ApiError:
    return bad_request(f"Unable to parse range: {text}")


def grid_limits(tab: Tab, area: Open | Rect) -> ApiError:
    """400 for cells outside the grid."""
    return bad_request(
        f"Range ({area.a1(tab.title)}) exceeds grid limits. Max rows: {tab.row_count}, max columns: {tab.column_count}"
    )


def cell_limit() -> ApiError:
    """400 for a workbook that would become too large."""
    return bad_request(
        f"This action would increase the number of cells in the workbook above the limit of {MAX_CELLS} cells."
    )
