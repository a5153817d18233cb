"""Where things stand inside a worksheet part (ECMA-376 Part 1, 18.3.1): byte positions of rows, cells and columns.

People's workbooks hold much that no library writes back as it was: pictures, shapes, results of formulas, features
younger than the library.  So a write touches only the bytes of its own cells; this module finds them.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field
from xml.parsers import expat

_TAG = re.compile(rb"""<[^\s>/]+(?:\s+[^\s=>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d+)$")


def column_number(letters: str) -> int:
    """Return 1 for ``A``, 27 for ``AA``."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """Return ``A`` for 1, ``AA`` for 27."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def place(reference: str) -> tuple[int, int]:
    """Return (row, column), 1-based, of an address like ``B3``; raises :class:`ValueError`."""
    match = _REFERENCE.match(reference)
    if match is None:
        raise ValueError(f"{reference!r} is no address of a cell")
    return int(match[2]), column_number(match[1])


@dataclass(slots=True)
class FoundFormula:
    """The formula in a cell: ``shared`` is the index of a shared formula, ``text`` is empty where it is borrowed."""

    kind: str
    shared: str
    start: int
    end: int = 0
    text: str = ""


@dataclass(slots=True)
class FoundCell:
    """One ``<c>``: its column (1-based), bytes ``start`` to ``end``, style, and formula; ``value`` is its ``<v>``."""

    column: int
    start: int
    style: str
    type: str
    end: int = 0
    formula: FoundFormula | None = None
    value: str = ""


@dataclass(slots=True)
class FoundRow:
    """One ``<row>``: ``start`` to ``tag_end`` is its opening tag, ``inner_end`` where its last cell ends."""

    number: int
    start: int
    tag_end: int
    style: str
    closed: bool
    inner_end: int = 0
    cells: dict[int, FoundCell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnRun:
    """One ``<col>``: columns ``first`` to ``last`` (1-based), their style and width in characters (0: the usual)."""

    first: int
    last: int
    style: str
    width: float
    hidden: bool


@dataclass(slots=True)
class Found:
    """All that :func:`scan` found.  ``cells`` of rows that were not wanted are left out, unless they hold formulas."""

    prefix: str = ""
    data_start: int = 0
    data_tag_end: int = 0
    data_closed: bool = False
    data_inner_end: int = 0
    dimension: tuple[int, int, str] | None = None  # bytes of the tag, and its reference
    columns: list[ColumnRun] = field(default_factory=list)
    rows: dict[int, FoundRow] = field(default_factory=dict)


def scan(xml: bytes, wanted: Container[int] = ()) -> Found:
    """Return where the rows are, and the cells of the rows ``wanted``.  ``xml`` is UTF-8.

    Raises :class:`xml.parsers.expat.ExpatError` when it is not well-formed.
    """
    scanner = _Scanner(xml, wanted)
    scanner.run()
    return scanner.found


def _run(attributes: dict[str, str]) -> ColumnRun:
    hidden = attributes.get("hidden", "") in ("1", "true")
    width = float(attributes.get("width", "0"))
    return ColumnRun(int(attributes["min"]), int(attributes["max"]), attributes.get("style", ""), width, hidden)


class _Scanner:
    """Expat tells where an element starts; where an empty one (``<c …/>``) ends is read from its tag."""

    def __init__(self, xml: bytes, wanted: Container[int]) -> None:
        self.xml, self.wanted = xml, wanted
        self.found = Found()
        self.parser = expat.ParserCreate("UTF-8")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.row: FoundRow | None = None
        self.cell: FoundCell | None = None
        self.last_row = self.last_column = 0
        self.text: list[str] | None = None

    def run(self) -> None:
        self.parser.Parse(self.xml, True)

    def _tag_end(self, start: int) -> int:
        match = _TAG.match(self.xml, start)
        if match is None:
            raise ValueError(f"no tag at byte {start}")
        return match.end()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        at = self.parser.CurrentByteIndex
        if local == "c" and self.row is not None:
            self._start_cell(at, attributes)
        elif local == "row":
            self._start_row(at, attributes)
        elif self.cell is not None:
            self._start_in_cell(local, at, attributes)
        elif local == "col":
            self.found.columns.append(_run(attributes))
        elif local == "dimension":
            self.found.dimension = (at, self._tag_end(at), attributes.get("ref", ""))
        elif local == "sheetData":
            self.found.prefix = name[: -len(local)]
            self.found.data_start, self.found.data_tag_end = at, self._tag_end(at)

    def _start_row(self, at: int, attributes: dict[str, str]) -> None:
        number = int(float(attributes["r"])) if "r" in attributes else self.last_row + 1
        self.last_row, self.last_column = number, 0
        styled = attributes.get("customFormat", "") in ("1", "true")
        self.row = FoundRow(number, at, self._tag_end(at), attributes.get("s", "") if styled else "", False)
        self.found.rows[number] = self.row

    def _start_cell(self, at: int, attributes: dict[str, str]) -> None:
        column = place(attributes["r"])[1] if "r" in attributes else self.last_column + 1
        self.last_column = column
        self.cell = FoundCell(column, at, attributes.get("s", ""), attributes.get("t", "n"))

    def _start_in_cell(self, local: str, at: int, attributes: dict[str, str]) -> None:
        if local == "f" and self.cell is not None:
            self.cell.formula = FoundFormula(attributes.get("t", ""), attributes.get("si", ""), at)
        if local in ("f", "v"):
            self.text = []
            self.parser.CharacterDataHandler = self.text.append

    def _end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if local == "c" and self.cell is not None and self.row is not None:
            self.cell.end = self._element_end(self.cell.start)
            if self.row.number in self.wanted or self.cell.formula is not None:
                self.row.cells[self.cell.column] = self.cell
            self.cell = None
        elif local == "row" and self.row is not None:
            self.row.closed = self._is_empty(self.row.tag_end)
            self.row.inner_end = self._inner_end(self.row.tag_end)
            self.row = None
        elif local in ("f", "v") and self.cell is not None:
            self._end_in_cell(self.cell, local)
        elif local == "sheetData":
            self.found.data_closed = self._is_empty(self.found.data_tag_end)
            self.found.data_inner_end = self._inner_end(self.found.data_tag_end)

    def _end_in_cell(self, cell: FoundCell, local: str) -> None:
        text = "".join(self.text or ())
        self.text = None
        self.parser.CharacterDataHandler = None
        if local == "v":
            cell.value = text
        elif cell.formula is not None:
            cell.formula.text = text
            cell.formula.end = self._element_end(cell.formula.start)

    def _is_empty(self, tag_end: int) -> bool:
        return self.xml[tag_end - 2 : tag_end] == b"/>"

    def _inner_end(self, tag_end: int) -> int:
        """Return where the content ends of the element that is just ending."""
        return tag_end if self._is_empty(tag_end) else self.parser.CurrentByteIndex

    def _element_end(self, start: int) -> int:
        """Return where the element ends that began at ``start`` and is just ending."""
        tag_end = self._tag_end(start)
        return tag_end if self._is_empty(tag_end) else self.xml.index(b">", self.parser.CurrentByteIndex) + 1
