"""Changing cells, rows and results inside one worksheet part; everything else stays as it is, byte for byte."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from xml.parsers import expat
from xml.sax.saxutils import escape

from .sheet_xml import Found, FoundCell, FoundRow, column_letters, place, scan

Cells = Mapping[tuple[int, int], str]
"""Texts by (row, column), 1-based; ``""`` empties the cell."""

Texts = Mapping[int, Mapping[int, str]]
"""Row → column → text that is shown wrapped, so that the row must be high enough for it."""

Translate = Callable[[str, str, str], str]
"""(formula, from address, to address) → the formula as it reads at the second address."""

Patch = tuple[int, int, bytes]
"""Bytes from, bytes to, what stands there instead."""

LONGEST = 32_767
"""The most characters a cell holds ("Excel specifications and limits", Microsoft)."""

_LINE, _LEAST, _MOST = 15.0, 15.0, 300.0  # points; a row cannot be higher than 409
_NORMAL = 8.43  # characters; the width of a column that has none
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # XML 1.0, production 2
_MEASURED = re.compile(rb"""\s(?:spans|ht)\s*=\s*(?:"[^"]*"|'[^']*')""")
_SPANS = re.compile(rb"""\sspans\s*=\s*(?:"[^"]*"|'[^']*')""")
_HEIGHT = re.compile(rb"""\sht\s*=\s*["']([\d.]+)""")
_BY_HAND = re.compile(rb"""customHeight\s*=\s*["'](?:1|true)""")


def write_sheet(xml: bytes, cells: Cells, texts: Texts, translate: Translate) -> tuple[bytes, bool]:
    """Return the part with ``cells`` as plain text, rows high enough for ``texts``, and whether a formula went.

    Raises :class:`xml.parsers.expat.ExpatError` when the part is not, or would not be, well-formed.
    """
    wanted = {row for row, _ in cells} | set(texts)
    found = scan(xml, wanted)
    patches: list[Patch] = []
    new_rows: list[tuple[int, bytes]] = []
    by_row: dict[int, dict[int, str]] = {number: {} for number in wanted}
    for (number, column), text in cells.items():
        by_row[number][column] = text
    for number, own in sorted(by_row.items()):
        height = _height(found, texts.get(number, {}))
        if number in found.rows:
            patches += _row_patches(xml, found, found.rows[number], own, height)
        elif any(own.values()):
            new_rows.append((number, _row_xml(found, number, own, height)))
    formulas = [
        (row, cell)
        for row, column in cells
        if row in found.rows and (cell := found.rows[row].cells.get(column)) is not None and cell.formula is not None
    ]
    patches += _row_inserts(found, new_rows)
    patches += _freed(found, formulas, set(cells), translate)
    patches += _dimension_patch(found, cells)
    result = _patched(xml, patches)
    expat.ParserCreate().Parse(result, True)  # a part that cannot be read must never reach the disk
    return result, bool(formulas)


def _patched(xml: bytes, patches: Iterable[Patch]) -> bytes:
    pieces, at = [], 0
    # The sort is stable: what goes in at one and the same place keeps its order.
    for start, end, new in sorted(patches, key=lambda patch: patch[:2]):
        pieces += [xml[at:start], new]
        at = end
    return b"".join([*pieces, xml[at:]])


# --- cells and rows --------------------------------------------------------------------------------------------------


def _cell_xml(prefix: str, row: int, column: int, style: str, text: str) -> bytes:
    styled = f' s="{style}"' if style else ""
    head = f'<{prefix}c r="{column_letters(column)}{row}"{styled}'
    if not text:
        return f"{head}/>".encode()
    shown = escape(_ILLEGAL.sub("", text)[:LONGEST])
    inner = f'<{prefix}is><{prefix}t xml:space="preserve">{shown}</{prefix}t></{prefix}is>'
    return f'{head} t="inlineStr">{inner}</{prefix}c>'.encode()


def _style_for(found: Found, row: FoundRow | None, column: int) -> str:
    """Return the style of a cell that is not there yet: its row's, else its column's (18.3.1.73, 18.3.1.13)."""
    if row is not None and row.style:
        return row.style
    return next((run.style for run in found.columns if run.first <= column <= run.last), "")


def _row_xml(found: Found, number: int, own: Mapping[int, str], height: float) -> bytes:
    cells = b"".join(
        _cell_xml(found.prefix, number, column, _style_for(found, None, column), text)
        for column, text in sorted(own.items())
        if text
    )
    tag = _fresh_tag(f'<{found.prefix}row r="{number}">'.encode(), height)
    return tag + cells + f"</{found.prefix}row>".encode()


def _row_inserts(found: Found, rows: list[tuple[int, bytes]]) -> list[Patch]:
    """Return patches that put new rows in their order among those that are there."""
    if found.data_closed and rows:
        name = f"{found.prefix}sheetData"
        new = f"<{name}>".encode() + b"".join(xml for _, xml in rows) + f"</{name}>".encode()
        return [(found.data_start, found.data_tag_end, new)]
    patches = []
    for number, xml in rows:
        later = [row.start for row in found.rows.values() if row.number > number]
        at = min(later) if later else found.data_inner_end
        patches.append((at, at, xml))
    return patches


def _row_patches(xml: bytes, found: Found, row: FoundRow, own: Mapping[int, str], height: float) -> list[Patch]:
    patches: list[Patch] = []
    added = b""
    for column, text in sorted(own.items()):
        cell = row.cells.get(column)
        if cell is not None:
            patches.append((cell.start, cell.end, _cell_xml(found.prefix, row.number, column, cell.style, text)))
        elif text:
            new = _cell_xml(found.prefix, row.number, column, _style_for(found, row, column), text)
            if row.closed:
                added += new
                continue
            later = [other.start for other in row.cells.values() if other.column > column]
            at = min(later) if later else row.inner_end
            patches.append((at, at, new))
    tag = xml[row.start : row.tag_end]
    fresh = _fresh_tag(tag, height)
    if added:
        fresh = fresh.removesuffix(b">").rstrip(b"/ ") + b">" + added + f"</{found.prefix}row>".encode()
    if fresh != tag:
        patches.append((row.start, row.tag_end, fresh))
    return patches


def _fresh_tag(tag: bytes, height: float) -> bytes:
    """Return a row's opening tag without the span of its old cells, and at least ``height`` points high.

    A height that a person chose stays (18.3.1.73, ``customHeight``).
    """
    if _BY_HAND.search(tag):
        return _SPANS.sub(b"", tag)
    now = _HEIGHT.search(tag)
    needed = max(height, float(now[1]) if now else 0.0)
    plain = _MEASURED.sub(b"", tag)
    if needed <= _LEAST:
        return plain
    return re.sub(rb"\s*(/?>)$", f' ht="{needed:g}"'.encode() + rb"\1", plain)


def _height(found: Found, texts: Mapping[int, str]) -> float:
    """Return how many points a row needs for ``texts``, by the widths of their columns; hidden columns need nothing."""
    lines = 0
    for column, text in texts.items():
        run = next((run for run in found.columns if run.first <= column <= run.last), None)
        if run is None or not run.hidden:
            # Letters are narrower, on average, than the digits that widths count.
            wide = max(int((run.width if run and run.width else _NORMAL) * 1.15 - 1), 1)
            lines = max(lines, sum(_lines(part, wide) for part in text.split("\n")))
    return min(lines * _LINE, _MOST)


def _lines(text: str, wide: int) -> int:
    """Return how many lines of ``wide`` characters a text takes: it breaks at blanks, a longer word anywhere."""
    lines, left = 1, wide
    for word in text.split(" "):
        if left < wide and len(word) > left:
            lines, left = lines + 1, wide
        more = max(math.ceil(len(word) / wide) - 1, 0)
        lines, left = lines + more, left + more * wide - len(word) - 1
    return lines


def _dimension_patch(found: Found, cells: Cells) -> list[Patch]:
    if found.dimension is None:
        return []
    start, end, reference = found.dimension
    try:
        first, _, last = reference.partition(":")
        (top, left), (bottom, right) = place(first), place(last or first)
    except ValueError:
        return []
    written = [at for at, text in cells.items() if text]
    rows, columns = [row for row, _ in written], [column for _, column in written]
    new = (min([top, *rows]), min([left, *columns]), max([bottom, *rows]), max([right, *columns]))
    if new == (top, left, bottom, right):
        return []
    shown = f"{column_letters(new[1])}{new[0]}:{column_letters(new[3])}{new[2]}"
    return [(start, end, f'<{found.prefix}dimension ref="{shown}"/>'.encode())]


# --- formulas --------------------------------------------------------------------------------------------------------


def _freed(
    found: Found, replaced: list[tuple[int, FoundCell]], written: set[tuple[int, int]], translate: Translate
) -> list[Patch]:
    """Return patches that give a formula of their own to cells that borrowed one which is overwritten now."""
    masters = {
        cell.formula.shared: (f"{column_letters(cell.column)}{row}", cell.formula.text)
        for row, cell in replaced
        if cell.formula is not None and cell.formula.kind == "shared" and cell.formula.text
    }
    patches = []
    for row in found.rows.values() if masters else ():
        for cell in row.cells.values():
            formula = cell.formula
            if formula is None or formula.kind != "shared" or formula.shared not in masters:
                continue
            if (row.number, cell.column) not in written:
                origin, text = masters[formula.shared]
                own = translate(f"={text}", origin, f"{column_letters(cell.column)}{row.number}").removeprefix("=")
                new = f"<{found.prefix}f>{escape(own)}</{found.prefix}f>"
                patches.append((formula.start, formula.end, new.encode()))
    return patches


Results = Mapping[tuple[int, int], tuple[str, str]]
"""(row, column) → type and value of a formula's result, as they stand in the part."""


def results(xml: bytes) -> Results:
    """Return the results of all formulas of a part that were calculated."""
    return {
        (row.number, cell.column): (cell.type, cell.value)
        for row in scan(xml).rows.values()
        for cell in row.cells.values()
        if cell.formula is not None and cell.value
    }


def with_results(xml: bytes, known: Results) -> bytes:
    """Return the part with ``known`` results beside formulas that have none."""
    found = scan(xml)
    patches = []
    for row in found.rows.values():
        for cell in row.cells.values():
            kind, value = known.get((row.number, cell.column), ("", ""))
            if cell.formula is not None and value and not cell.value:
                styled = f' s="{cell.style}"' if cell.style else ""
                typed = "" if kind == "n" else f' t="{kind}"'
                head = f'<{found.prefix}c r="{column_letters(cell.column)}{row.number}"{styled}{typed}>'
                formula = xml[cell.formula.start : cell.formula.end]
                tail = f"<{found.prefix}v>{escape(value)}</{found.prefix}v></{found.prefix}c>"
                patches.append((cell.start, cell.end, head.encode() + formula + tail.encode()))
    return _patched(xml, patches)
