"""A1 notation: columns, rectangles, titles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PART = re.compile(r"^\$?([A-Za-z]{1,3})?\$?([1-9][0-9]*)?$")
_PLAIN_TITLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_.]*$")
_CELL_LIKE = re.compile(r"^([A-Za-z]{1,3}[0-9]+|[Rr][0-9]*[Cc][0-9]*|[Rr]|[Cc])$")


def column_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """A → 0, AA → 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def quoted(title: str) -> str:
    """The tab title as Google writes it in a range: quoted only when it must be."""
    if _PLAIN_TITLE.match(title) and not _CELL_LIKE.match(title):
        return title
    return "'" + title.replace("'", "''") + "'"


@dataclass(frozen=True, slots=True)
class Rect:
    """A bounded rectangle of cells: zero-based, ends exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left

    @property
    def single(self) -> bool:
        """True for one cell."""
        return self.height == 1 and self.width == 1

    def cells(self) -> Iterator[tuple[int, int]]:
        """All (row, column) pairs, row by row."""
        for row in range(self.top, self.bottom):
            for column in range(self.left, self.right):
                yield row, column

    def meets(self, other: Rect) -> bool:
        """True when the two share a cell."""
        return (
            self.top < other.bottom and other.top < self.bottom and self.left < other.right and other.left < self.right
        )

    def holds(self, other: Rect) -> bool:
        """True when the other lies wholly inside."""
        return (
            self.top <= other.top
            and self.left <= other.left
            and self.bottom >= other.bottom
            and self.right >= other.right
        )

    def a1(self, title: str) -> str:
        """`Tab!A1:B2`, one cell as `Tab!A1`."""
        first = f"{column_letters(self.left)}{self.top + 1}"
        if self.single or not self.height or not self.width:
            return f"{quoted(title)}!{first}"
        return f"{quoted(title)}!{first}:{column_letters(self.right - 1)}{self.bottom}"


@dataclass(frozen=True, slots=True)
class Open:
    """A rectangle whose sides may be open (None): what an A1 text or a GridRange says."""

    top: int | None = None
    left: int | None = None
    bottom: int | None = None
    right: int | None = None

    def a1(self, title: str) -> str:
        """As Google names it in a refusal: `Tab!A1001:B`, `Tab!AA1:2`, `Tab!5:9`."""
        start = _end(self.top, self.left)
        end = _end(_before(self.bottom), _before(self.right))
        both = f"{start}:{end}" if start and end and start != end else start or end
        return f"{quoted(title)}!{both}" if both else quoted(title)


def _before(end: int | None) -> int | None:
    return None if end is None else end - 1


def _end(row: int | None, column: int | None) -> str:
    letters = "" if column is None else column_letters(column)
    return letters + ("" if row is None else str(row + 1))


def split_title(text: str) -> tuple[str | None, str]:
    """`'My tab'!A1` → ("My tab", "A1"); a bare quoted title → (title, ""); else (None, text)."""
    if text.startswith("'"):
        match = re.match(r"^'((?:[^']|'')*)'(?:!(.*))?$", text, re.DOTALL)
        if match:
            return match.group(1).replace("''", "'"), match.group(2) or ""
        return None, text
    title, mark, rest = text.rpartition("!")
    if not mark:
        return None, text
    return title, rest


def parse_cells(text: str) -> Open | None:
    """`A1`, `A1:B2`, `A:C`, `2:5`, `A2:C`, `B1:1` → an open rectangle; None when it is not A1."""
    first, colon, second = text.partition(":")
    start, end = _PART.match(first), _PART.match(second)
    if not start or (colon and not end) or not first:
        return None
    (c1, r1), (c2, r2) = start.groups(), end.groups() if colon and end else start.groups()
    if (colon and not second) or (not colon and not (c1 and r1)):
        return None
    if (not c1 and not c2 and not (r1 and r2)) or (not r1 and not r2 and not (c1 and c2)):
        return None
    left, right = _ordered(_column(c1), _column(c2), bool(c1), bool(c2))
    top, bottom = _ordered(_row(r1), _row(r2), bool(r1), bool(r2))
    return Open(top, left, None if bottom is None else bottom + 1, None if right is None else right + 1)


def _column(letters: str | None) -> int | None:
    return column_index(letters) if letters else None


def _row(digits: str | None) -> int | None:
    return int(digits) - 1 if digits else None


def _ordered(first: int | None, second: int | None, has_first: bool, has_second: bool) -> tuple[int | None, int | None]:
    if has_first and has_second and first is not None and second is not None:
        return min(first, second), max(first, second)
    return (first if has_first else second), None
