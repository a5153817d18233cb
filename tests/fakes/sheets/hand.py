"""The human hand: what people do to the spreadsheet while the program runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops_moves, ops_tabs
from .a1 import Rect
from .book import Book, State
from .cells import Value, with_number_format
from .eye import Reading
from .grid import Row, Tab
from .ops_cells import grid_range
from .ops_dims import change_dimension
from .writing import entered

Json = dict[str, Any]
Undo = Callable[[], None]


class Hand(Reading):
    """Doing things to the sheet, as a person in the browser does; safe in any thread."""

    def __init__(self, book: Book):
        super().__init__(book)
        self._done: list[tuple[State, int, Undo]] = []

    def _act(self, work: Callable[[], Undo | None]) -> None:
        """Run one action in a transaction and remember how to take it back."""
        book = self.book
        with book.lock:
            before = book.state
            with book.transaction():
                undo = work()
            after = book.state.copy()
            self._done.append((before, book.version, undo or (lambda: self._restore(before, after))))

    def _restore(self, before: State, after: State) -> None:
        """Put the old contents back into the cells that an action changed."""
        done = {tab.sheet_id: tab for tab in after.tabs}
        for old in before.tabs:
            new, now = done[old.sheet_id], self.tab(old.sheet_id)
            for index, row in enumerate(old.rows):
                if row is new.rows[index]:
                    continue
                for column in range(max(len(row.cells), len(new.rows[index].cells))):
                    if old.get(index, column) != new.get(index, column):
                        now.put(index, column, old.get(index, column))
                        now.put_attr(index, column, old.attr(index, column))

    def undo(self) -> None:
        """Ctrl+Z: take back the last action; what the robot wrote elsewhere since then stays."""
        book = self.book
        with book.lock:
            before, version, undo = self._done.pop()
            if book.version == version:
                book.state = before
                book.version += 1
            else:
                with book.transaction():
                    undo()

    # cells

    def type(self, tab: str | int, cell: str, text: str) -> None:
        """Type a text into a cell; the sheet reads it in its locale."""
        rect = self.rect(tab, cell)
        self._type(tab, rect.top, rect.left, text)

    def type_under(self, tab: str | int, header: str, row: int, text: str) -> None:
        """Type a text under a header."""
        self._type(tab, row - 1, self.column(tab, header), text)

    def type_row(self, tab: str | int, row: int, texts: dict[str, str]) -> None:
        """Type several texts into one row, each as an action of its own."""
        for header, text in texts.items():
            self.type_under(tab, header, row, text)

    def _type(self, tab: str | int, row: int, column: int, text: str) -> None:
        self._act(lambda: self._enter(self.tab(tab), row, column, text))

    def _enter(self, sheet: Tab, row: int, column: int, text: str) -> None:
        self._room(sheet, row + 1, column + 1)
        attr = sheet.attr(row, column)
        value, new_attr = entered(self.book, attr, text)
        sheet.put(row, column, value)
        if new_attr is not attr:
            sheet.put_attr(row, column, new_attr)

    def _room(self, sheet: Tab, rows: int, columns: int) -> None:
        if rows > sheet.row_count:
            sheet.extend("ROWS", rows - sheet.row_count)
        if columns > sheet.column_count:
            sheet.extend("COLUMNS", columns - sheet.column_count)

    def put(self, tab: str | int, cell: str, value: Value) -> None:
        """Set a cell to a value as it is, without reading it as typed text."""
        rect = self.rect(tab, cell)
        self._act(lambda: self.tab(tab).put(rect.top, rect.left, value))

    def fill(self, tab: str | int, cell: str, rows: list[list[Value]]) -> None:
        """Set a block of values as they are (fast, for thousands of rows)."""
        rect = self.rect(tab, cell)

        def work() -> None:
            sheet = self.tab(tab)
            self._room(sheet, rect.top + len(rows), rect.left + max(map(len, rows), default=0))
            for r, line in enumerate(rows, rect.top):
                sheet.put_line(r, rect.left, list(line))

        self._act(work)

    def paste(self, tab: str | int, cell: str, block: list[list[str]] | str) -> None:
        """Paste a block of texts (or tab-separated lines), read as typed; the grid grows."""
        lines = [line.split("\t") for line in block.splitlines()] if isinstance(block, str) else block
        rect = self.rect(tab, cell)

        def work() -> None:
            for r, line in enumerate(lines, rect.top):
                for c, text in enumerate(line, rect.left):
                    self._enter(self.tab(tab), r, c, text)

        self._act(work)

    def clear(self, tab: str | int, cells: str) -> None:
        """Delete the contents of cells; formats stay."""

        def work() -> None:
            sheet = self.tab(tab)
            for row, column in self.rect(tab, cells).cells():
                if sheet.get(row, column) is not None:
                    sheet.put(row, column, None)

        self._act(work)

    def format(self, tab: str | int, cells: str, kind: str, pattern: str = "") -> None:
        """Give cells a number format, such as TEXT or DATE."""

        def work() -> None:
            sheet = self.tab(tab)
            for row, column in self.rect(tab, cells).cells():
                sheet.put_attr(row, column, with_number_format(sheet.attr(row, column), kind, pattern))

        self._act(work)

    # rows

    def sort(self, tab: str | int, column: str, *, descending: bool = False, cells: str | None = None) -> None:
        """Sort the whole table below the header, or only `cells`, by a column."""

        def work() -> None:
            sheet = self.tab(tab)
            used = sheet.used()
            whole = Rect(self.book.header_row, 0, used.bottom, sheet.column_count)
            rect = whole if cells is None else self.rect(tab, cells)
            ops_moves.sort(self.book, sheet, rect, [(self.column(tab, column), descending)])

        self._act(work)

    def insert_rows(self, tab: str | int, before: int, count: int = 1) -> None:
        """Insert empty rows above row `before`."""
        self._insert(tab, "ROWS", before - 1, count)

    def delete_rows(self, tab: str | int, row: int, count: int = 1) -> None:
        """Delete rows with their metadata."""
        self._delete(tab, "ROWS", row - 1, count)

    def move_rows(self, tab: str | int, row: int, before: int, count: int = 1) -> None:
        """Drag rows to above row `before`."""
        self._move(tab, "ROWS", row - 1, count, before - 1)

    def hide_rows(self, tab: str | int, row: int, count: int = 1, *, hidden: bool = True) -> None:
        """Hide or show rows; a sort leaves hidden rows where they are."""
        props = {"hiddenByUser": True} if hidden else {}

        def work() -> None:
            for index in range(row - 1, row - 1 + count):
                change_dimension(self.tab(tab), "ROWS", index, props, [["hiddenByUser"]])

        self._act(work)

    def cut_rows(self, tab: str | int, row: int, to: int, count: int = 1) -> None:
        """Cut the cells of whole rows and paste them over row `to`; metadata stays behind."""

        def work() -> None:
            sheet = self.tab(tab)
            self._room(sheet, to - 1 + count, 1)
            rect = Rect(row - 1, 0, row - 1 + count, sheet.column_count)
            ops_moves.cut(self.book, sheet, rect, sheet, to - 1, 0, "PASTE_NORMAL")

        self._act(work)

    def copy_rows(self, tab: str | int, row: int, to: int, count: int = 1) -> None:
        """Copy whole rows, hidden columns included, over row `to`."""

        def work() -> None:
            sheet = self.tab(tab)
            self._room(sheet, to - 1 + count, 1)
            rect = Rect(row - 1, 0, row - 1 + count, sheet.column_count)
            ops_moves.copy(self.book, sheet, rect, sheet, to - 1, 0)

        self._act(work)

    # columns

    def insert_columns(self, tab: str | int, before: str, count: int = 1) -> None:
        """Insert empty columns left of a column."""
        self._insert(tab, "COLUMNS", self.column(tab, before), count)

    def delete_columns(self, tab: str | int, column: str, count: int = 1) -> None:
        """Delete columns."""
        self._delete(tab, "COLUMNS", self.column(tab, column), count)

    def move_column(self, tab: str | int, column: str, before: str) -> None:
        """Drag a column to the left of another."""
        self._move(tab, "COLUMNS", self.column(tab, column), 1, self.column(tab, before))

    def rename_column(self, tab: str | int, header: str, new: str) -> None:
        """Type another header."""
        self._type(tab, self.book.header_row - 1, self.column(tab, header), new)

    def hide_column(self, tab: str | int, column: str, *, hidden: bool = True) -> None:
        """Hide or show a column."""
        index = self.column(tab, column)
        props = {"hiddenByUser": True} if hidden else {}

        def work() -> Undo:
            number, old = self.tab(tab).sheet_id, self.tab(tab).columns[index]
            change_dimension(self.tab(tab), "COLUMNS", index, props, [["hiddenByUser"]])
            return lambda: self.tab(number).columns.__setitem__(index, old)

        self._act(work)

    def duplicate_column(self, tab: str | int, column: str) -> None:
        """Insert a column to the right and copy everything into it, header included."""
        index = self.column(tab, column)

        def work() -> Undo:
            sheet = self.tab(tab)
            self.book.insert(sheet, "COLUMNS", index + 1, 1, inherit=True)
            rect = Rect(0, index, sheet.row_count, index + 1)
            ops_moves.copy(self.book, sheet, rect, sheet, 0, index + 1)
            return lambda: self.book.delete(self.tab(sheet.sheet_id), "COLUMNS", index + 1, index + 2)

        self._act(work)

    # rows and columns alike

    def _insert(self, tab: str | int, dimension: str, at: int, count: int) -> None:
        def work() -> Undo:
            sheet = self.tab(tab)
            if at >= (sheet.row_count if dimension == "ROWS" else sheet.column_count):
                sheet.extend(dimension, count)
            else:
                self.book.insert(sheet, dimension, at, count)
            return lambda: self.book.delete(self.tab(sheet.sheet_id), dimension, at, at + count)

        self._act(work)

    def _delete(self, tab: str | int, dimension: str, at: int, count: int) -> None:
        def work() -> Undo:
            sheet = self.tab(tab)
            rows = list(sheet.rows)
            metadata = dict(self.book.state.metadata)
            self.book.delete(sheet, dimension, at, at + count)
            return lambda: self._bring_back(sheet.sheet_id, dimension, at, count, rows, metadata)

        self._act(work)

    def _bring_back(self, sheet_id: int, dimension: str, at: int, count: int,
                    rows: list[Row], metadata: dict[int, Json]) -> None:  # fmt: skip
        sheet = self.tab(sheet_id)
        self.book.insert(sheet, dimension, at, count)
        for number, entry in metadata.items():
            self.book.state.metadata.setdefault(number, entry)
        if dimension == "ROWS":
            sheet.rows[at : at + count] = rows[at : at + count]
            return
        for index, row in enumerate(rows[: sheet.row_count]):
            for column in range(at, min(at + count, len(row.cells))):
                sheet.put(index, column, row.cells[column])

    def _move(self, tab: str | int, dimension: str, at: int, count: int, before: int) -> None:
        def work() -> Undo:
            sheet = self.tab(tab)
            self.book.move(sheet, dimension, at, at + count, before)
            landed = before if before <= at else before - count
            back = at if at <= landed else at + count
            return lambda: self.book.move(self.tab(sheet.sheet_id), dimension, landed, landed + count, back)

        self._act(work)

    # tabs and sharing

    def add_tab(self, title: str, rows: int = 1000, columns: int = 26) -> None:
        """Add a tab at the end."""
        grid = {"rowCount": rows, "columnCount": columns}
        body = {"properties": {"title": title, "gridProperties": grid}}

        def work() -> Undo:
            reply = ops_tabs.add_sheet(self.book, body)
            number = reply["addSheet"]["properties"]["sheetId"]
            return lambda: ops_tabs.remove_tab(self.book, self.tab(number))

        self._act(work)

    def rename_tab(self, tab: str | int, title: str) -> None:
        """Rename a tab."""

        def work() -> Undo:
            sheet = self.tab(tab)
            old, number = sheet.title, sheet.sheet_id
            ops_tabs.rename(self.book, sheet, title)
            return lambda: ops_tabs.rename(self.book, self.tab(number), old)

        self._act(work)

    def delete_tab(self, tab: str | int) -> None:
        """Delete a tab."""

        def work() -> Undo:
            sheet, state = self.tab(tab), self.book.state
            index, metadata, named = state.tabs.index(sheet), dict(state.metadata), dict(state.named)
            ops_tabs.remove_tab(self.book, sheet)

            def undo() -> None:
                now = self.book.state
                now.tabs.insert(index, sheet.copy())
                now.metadata = metadata | now.metadata
                now.named = now.named | named

            return undo

        self._act(work)

    def duplicate_tab(self, tab: str | int) -> str:
        """Duplicate a tab to its right; gives back the new title."""
        with self.book.lock:
            title = ops_tabs.copy_title(self.book, self.tab(tab).title)

            def work() -> Undo:
                index = self.book.tabs.index(self.tab(tab)) + 1
                twin = ops_tabs.copy_tab(self.book, self.tab(tab), None, title, index)
                return lambda: ops_tabs.remove_tab(self.book, self.tab(twin.sheet_id))

            self._act(work)
        return title

    def set_property(self, name: str, value: str) -> None:
        """File > Settings: `locale`, `timeZone` or `title`."""

        def work() -> Undo:
            old = self.book.state.props[name]
            self.book.state.props[name] = value
            return lambda: self.book.state.props.__setitem__(name, old)

        self._act(work)

    def protect(self, tab: str | int, cells: str, *, warning_only: bool = False) -> None:
        """Protect cells; unless it only warns, the robot may no longer write them."""

        def work() -> Undo:
            sheet, number = self.tab(tab), self.book.new_id()
            place = grid_range(sheet, self.rect(tab, cells))
            stored: Json = {"protectedRangeId": number, "range": place, "_robot": False}
            sheet.protected[number] = stored | ({"warningOnly": True} if warning_only else {})
            return lambda: self.tab(sheet.sheet_id).protected.__delitem__(number)

        self._act(work)

    def share(self, role: str = "writer") -> None:
        """Share with the robot as `writer` or `reader`."""
        self.book.role = role

    def make_viewer(self) -> None:
        """Leave the robot only the right to read."""
        self.book.role = "reader"

    def unshare(self) -> None:
        """Take the robot off the list."""
        self.book.role = None
