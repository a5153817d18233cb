"""Many hands on one sheet: people who do anything at any moment, and a look that does not trust headers."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sync.core.columns import TAB, Owner
from sync.core.ports import Cell
from sync.sheets.google_layout import COLUMN_KEY, TAB_KEY
from tests.fakes.sheets.a1 import column_letters
from tests.fakes.sheets.cells import CellError
from tests.fakes.sheets.errors import ApiError
from tests.fakes.watch import Tables
from tests.system.town import Town

NAMES = ("Anna Kováčová", "Ben Novák", "Cyril Malý", "Dana Biela")
TABS = ("contacts", "meetings", "team")


def columns(made: Town) -> dict[tuple[int, int], str]:
    """Return (sheet id, index) → ``meetings.date`` of the columns that set-up has marked, wherever they are now."""
    found = {}
    for entry in made.book.state.metadata.values():
        span = entry["location"].get("dimensionRange")
        if entry["metadataKey"] == COLUMN_KEY and span and span["dimension"] == "COLUMNS":
            found[span["sheetId"], span["startIndex"]] = str(entry["metadataValue"])
    return found


def sheet_ids(made: Town) -> dict[str, int]:
    """Return tab key → sheet id, whatever the tabs are called now."""
    return {
        str(entry["metadataValue"]): entry["location"]["sheetId"]
        for entry in made.book.state.metadata.values()
        if entry["metadataKey"] == TAB_KEY
    }


def tables(made: Town) -> Tables:
    """Return the rows of the tables by column key, as a person sees them."""
    with made.book.lock:
        bound, ids = columns(made), sheet_ids(made)
        found: dict[str, list[dict[str, Cell]]] = {key: [] for key in TABS}
        for key in TABS:
            if ids.get(key) not in {tab.sheet_id for tab in made.book.tabs}:
                continue
            mine = {index: name.partition(".")[2] for (sheet, index), name in bound.items() if sheet == ids[key]}
            for row in made.hand.rows(ids[key])[1:]:
                found[key].append({
                    name: None if isinstance(row[index], CellError) else row[index]
                    for index, name in mine.items() if index < len(row)
                })  # fmt: skip
        return found


class Crowd:
    """People at work.  ``act`` does one thing; ``done`` tells the story for a failing test."""

    def __init__(self, made: Town, seed: int) -> None:
        self.made, self.luck = made, random.Random(seed)  # noqa: S311 - the same story for the same seed
        self.done: list[str] = []
        self.own = 0
        self._acts: tuple[Callable[[], str], ...] = (
            self._type, self._type, self._type, self._clear, self._sort, self._sort, self._sort_range, self._sort_some,
            self._insert_rows, self._delete_rows, self._move_rows, self._cut_rows, self._copy_rows, self._own_column,
            self._move_column, self._rename_column, self._hide_column, self._double_column, self._rename_tab,
            self._hide_rows, self._undo, self._undo, self._delete_column, self._overwrite,
        )  # fmt: skip

    def act(self) -> None:
        """Do one thing; what cannot be done is left."""
        what = self.luck.choice(self._acts)
        try:
            self.done.append(what())
        except (KeyError, IndexError, ApiError) as error:
            self.done.append(f"({what.__name__}: {error})")

    # --- where -------------------------------------------------------------------------------------------------------

    def _tab(self) -> int:
        return sheet_ids(self.made)[self.luck.choice(("meetings", "meetings", "meetings", "contacts"))]

    def _last(self, tab: int) -> int:
        return max(2, min(len(self.made.hand.rows(tab)), 12))

    def _row(self, tab: int) -> int:
        return self.luck.randint(2, self._last(tab))

    def _at(self, tab: int, name: str) -> str:
        """Return the letter of one of our columns."""
        index = next(i for (sheet, i), n in columns(self.made).items() if sheet == tab and n.partition(".")[2] == name)
        return column_letters(index)

    def _any_column(self, tab: int, owner: Owner | None = None) -> str:
        mine = [(i, n) for (sheet, i), n in sorted(columns(self.made).items()) if sheet == tab]
        if owner is not None:
            mine = [(i, n) for i, n in mine if TAB[n.split(".")[0]].column(n.split(".")[1]).owner is owner]
        return column_letters(self.luck.choice(mine)[0])

    # --- what --------------------------------------------------------------------------------------------------------

    def _type(self) -> str:
        tab = sheet_ids(self.made)["meetings"]
        day = self.made.clock.now() + timedelta(days=self.luck.randint(0, 9))
        name, text = self.luck.choice((
            ("contact", self.luck.choice((*NAMES, "Nobody"))), ("date", f"{day:%d/%m/%Y}"), ("date", f"{day:%d/%m/%Y}"),
            ("time", self.luck.choice(("9:00", "12:00", "17:30"))), ("place", self.luck.choice(("Library", "Park"))),
            ("stage", self.luck.choice(("Agreed", "Confirmed", "Draft", "Took place", "We called off", "Postponed"))),
            ("organizer", "Jana"), ("team_notes", "zz-secret"), ("hold", self.luck.choice(("TRUE", "FALSE"))),
        ))  # fmt: skip
        cell = f"{self._at(tab, name)}{self._row(tab)}"
        self.made.hand.type(tab, cell, text)
        return f"type {name} {cell} {text}"

    def _clear(self) -> str:
        tab = self._tab()
        cell = f"{self._any_column(tab)}{self._row(tab)}"
        if self.luck.random() < 0.2:
            cell = f"A{cell.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}:Z{cell.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}"
        self.made.hand.clear(tab, cell)
        return f"clear {tab} {cell}"

    def _sort(self) -> str:
        tab = self._tab()
        column = self._any_column(tab)
        self.made.hand.sort(tab, column, descending=self.luck.random() < 0.5)
        return f"sort {tab} by {column}"

    def _sort_range(self) -> str:
        """Sort everything left of the first of the id columns."""
        tab = self._tab()
        ids = [i for (sheet, i), n in columns(self.made).items() if sheet == tab and n.endswith(("id",))]
        cells = f"A2:{column_letters(min(ids) - 1)}{self._last(tab)}"
        column = column_letters(self.luck.randint(0, min(ids) - 1))
        self.made.hand.sort(tab, column, cells=cells)
        return f"sort {tab} {cells} by {column}"

    def _sort_some(self) -> str:
        tab = self._tab()
        left = self.luck.randint(0, 6)
        right = self.luck.randint(left, 8)
        cells = f"{column_letters(left)}2:{column_letters(right)}{self._last(tab)}"
        self.made.hand.sort(tab, column_letters(left), cells=cells, descending=self.luck.random() < 0.5)
        return f"sort {tab} {cells}"

    def _insert_rows(self) -> str:
        tab, row = self._tab(), 0
        row = self._row(tab)
        self.made.hand.insert_rows(tab, row, self.luck.randint(1, 2))
        return f"insert rows {tab} {row}"

    def _delete_rows(self) -> str:
        tab = self._tab()
        row = self._row(tab)
        self.made.hand.delete_rows(tab, row)
        return f"delete row {tab} {row}"

    def _move_rows(self) -> str:
        tab = self._tab()
        row, before = self._row(tab), self._row(tab)
        self.made.hand.move_rows(tab, row, before)
        return f"move row {tab} {row} to {before}"

    def _cut_rows(self) -> str:
        tab = self._tab()
        row, to = self._row(tab), self._last(tab) + self.luck.randint(0, 2)
        self.made.hand.cut_rows(tab, row, to)
        return f"cut row {tab} {row} to {to}"

    def _copy_rows(self) -> str:
        tab = self._tab()
        row, to = self._row(tab), self._last(tab) + 1
        self.made.hand.copy_rows(tab, row, to)
        return f"copy row {tab} {row} to {to}"

    def _own_column(self) -> str:
        tab = self._tab()
        before = self._any_column(tab)
        self.made.hand.insert_columns(tab, before)
        self.own += 1
        self.made.hand.type(tab, f"{before}1", f"Our own {self.own}")
        self.made.hand.type(tab, f"{before}{self._row(tab)}", "zz-secret")
        return f"own column {tab} {before}"

    def _move_column(self) -> str:
        tab = self._tab()
        column, before = self._any_column(tab), self._any_column(tab)
        self.made.hand.move_column(tab, column, before)
        return f"move column {tab} {column} to {before}"

    def _rename_column(self) -> str:
        tab = self._tab()
        cell = f"{self._any_column(tab)}1"
        self.made.hand.type(tab, cell, f"Renamed {self.luck.randint(1, 99)}")
        return f"rename {tab} {cell}"

    def _hide_column(self) -> str:
        tab = self._tab()
        column = self._any_column(tab)
        self.made.hand.hide_column(tab, column, hidden=self.luck.random() < 0.7)
        return f"hide {tab} {column}"

    def _double_column(self) -> str:
        tab = self._tab()
        column = self._any_column(tab)
        if self.luck.random() < 0.7:
            return "(nothing)"
        self.made.hand.duplicate_column(tab, column)
        return f"double {tab} {column}"

    def _delete_column(self) -> str:
        tab = self._tab()
        if self.luck.random() < 0.8:
            return "(nothing)"
        column = self._any_column(tab, self.luck.choice(list(Owner)))
        self.made.hand.delete_columns(tab, column)
        return f"delete column {tab} {column}"

    def _rename_tab(self) -> str:
        tab = self._tab()
        title = f"Tab {self.luck.randint(1, 999)}"
        self.made.hand.rename_tab(tab, title)
        return f"rename tab {tab} {title}"

    def _hide_rows(self) -> str:
        tab = self._tab()
        row = self._row(tab)
        self.made.hand.hide_rows(tab, row, hidden=self.luck.random() < 0.6)
        return f"filter out row {tab} {row}"

    def _overwrite(self) -> str:
        tab = self._tab()
        cell = f"{self._any_column(tab, Owner.SERVICE)}{self._row(tab)}"
        self.made.hand.put(tab, cell, self.luck.choice((None, "x", "Sent Tue 2 Mar 12:00", "rabcdefghijklmnop")))
        return f"overwrite {tab} {cell}"

    def _undo(self) -> str:
        for _ in range(times := self.luck.randint(1, 3)):
            self.made.hand.undo()
        return f"undo {times}"


def owner_of(made: Town, write: Any) -> Owner | None:
    """Return who owns the cell that was written, by the marks; ``None`` where no mark says so."""
    name = columns(made).get((write.tab_id, write.index))
    return TAB[name.split(".")[0]].column(name.split(".")[1]).owner if name else None


