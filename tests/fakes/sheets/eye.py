"""Looking at a spreadsheet as a person does."""

from __future__ import annotations

from .a1 import Rect, column_index, parse_cells
from .book import Book
from .cells import Plain
from .grid import Tab


class Reading:
    """Looking at the sheet. Rows count from 1; a column is a letter or a header."""

    def __init__(self, book: Book):
        self.book = book

    def tab(self, key: str | int) -> Tab:
        """The tab with this title or id."""
        return self.book.tab(key)

    def column(self, tab: str | int, name: str) -> int:
        """Index of the column with this header, else with this letter."""
        found = self.headers(tab)
        if name in found:
            return found.index(name)
        if name.isalpha() and name.isupper() and column_index(name) < self.tab(tab).column_count:
            return column_index(name)
        raise KeyError(f"no column {name!r} in {tab!r}: {found}")

    def headers(self, tab: str | int) -> list[str]:
        """The texts of the header row."""
        with self.book.lock:
            sheet, row = self.tab(tab), self.book.header_row - 1
            return [self.book.text(sheet, row, c) for c in range(len(sheet.rows[row].cells))]

    def value(self, tab: str | int, cell: str) -> Plain:
        """The effective value of a cell such as `B5`."""
        with self.book.lock:
            rect = self.rect(tab, cell)
            return self.book.value(self.tab(tab), rect.top, rect.left)

    def text(self, tab: str | int, cell: str) -> str:
        """What a person sees in a cell."""
        with self.book.lock:
            rect = self.rect(tab, cell)
            return self.book.text(self.tab(tab), rect.top, rect.left)

    def under(self, tab: str | int, header: str, row: int) -> Plain:
        """The value under a header in a row."""
        with self.book.lock:
            return self.book.value(self.tab(tab), row - 1, self.column(tab, header))

    def rows(self, tab: str | int) -> list[list[Plain]]:
        """All effective values, trailing empty cells cut."""
        with self.book.lock:
            sheet = self.tab(tab)
            return [
                [self.book.value(sheet, r, c) for c in range(len(sheet.rows[r].cells))]
                for r in range(sheet.used().bottom)
            ]

    def table(self, tab: str | int) -> list[dict[str, Plain]]:
        """One dictionary per row below the header; blank headers are left out."""
        with self.book.lock:
            names = self.headers(tab)
            found = []
            for line in self.rows(tab)[self.book.header_row :]:
                padded = line + [None] * (len(names) - len(line))
                found.append({n: v for n, v in zip(names, padded, strict=False) if n})
            return found

    def find(self, tab: str | int, header: str, value: Plain) -> int:
        """Number of the first row with this value under the header."""
        for number, row in enumerate(self.table(tab), self.book.header_row + 1):
            if row.get(header) == value:
                return number
        raise KeyError(f"no row with {value!r} under {header!r}")

    def rect(self, tab: str | int, cells: str) -> Rect:
        """The rectangle of an A1 text without a tab."""
        area = parse_cells(cells)
        if area is None:
            raise ValueError(f"not cells: {cells!r}")
        sheet = self.tab(tab)
        bottom = sheet.row_count if area.bottom is None else area.bottom
        right = sheet.column_count if area.right is None else area.right
        return Rect(area.top or 0, area.left or 0, bottom, right)
