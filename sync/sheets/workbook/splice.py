"""Writing cells into a workbook without touching anything else in it.

An ``.xlsx`` file is a ZIP archive of XML parts (ECMA-376 Part 2).  Only the parts of sheets that are written, and the
note that formulas are to be calculated anew, change; all other parts stay as they are, byte for byte.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape

from .sheet_xml import Found, FoundCell, FoundFormula, FoundRow, column_letters, place, scan

Cells = Mapping[tuple[int, int], str]
"""Texts by (row, column), 1-based; ``""`` empties the cell."""

Translate = Callable[[str, str, str], str]
"""(formula, from address, to address) → the formula as it reads at the second address."""

WORKBOOK, CONTENT, CHAIN = "xl/workbook.xml", "[Content_Types].xml", "xl/calcChain.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
LONGEST = 32_767
"""The most characters a cell holds ("Excel specifications and limits", Microsoft)."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # XML 1.0, production 2
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BEHIND_CALC = re.compile(
    rb"<(?:[\w.]+:)?(?:oleSize|customWorkbookViews|pivotCaches|smartTagPr|smartTagTypes|webPublishing|fileRecoveryPr"
    rb"|webPublishObjects|extLst)\b|</(?:[\w.]+:)?workbook\s*>"
)
_STALE = re.compile(rb"""\s(?:spans|ht)\s*=\s*(?:"[^"]*"|'[^']*')""")


def write_cells(data: bytes, edits: Mapping[str, Cells], translate: Translate) -> bytes:
    """Return the workbook ``data`` with ``edits`` (sheet title → cells) written into it as plain text.

    Raises :class:`KeyError` for a title that is not there, :class:`ValueError` for XML that cannot be understood.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = sheet_parts(archive)
        changed: dict[str, bytes] = {}
        lost_formula = False
        for title, cells in edits.items():
            name = parts[title]
            changed[name], lost = _write_sheet(_utf8(archive.read(name)), cells, translate)
            lost_formula = lost_formula or lost
        changed[WORKBOOK] = _calculate_anew(_utf8(archive.read(WORKBOOK)))
        gone = _forget_chain(archive, changed) if lost_formula else ()
        return _rebuilt(archive, changed, gone)


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet title → name of its part."""
    targets = {
        item.get("Id"): posixpath.normpath(posixpath.join("/xl", item.get("Target", ""))).lstrip("/")
        for item in ElementTree.fromstring(archive.read(_RELATIONS))  # noqa: S314 - expat has no external entities on
    }
    book = ElementTree.fromstring(archive.read(WORKBOOK))  # noqa: S314 - the same file was parsed by the reader
    sheets = (item for item in book.iter() if item.tag.rpartition("}")[2] == "sheet")
    return {item.get("name", ""): targets[item.get(_RELATION_ID)] for item in sheets if item.get(_RELATION_ID)}


def carry_results(old: bytes, new: bytes) -> bytes:
    """Return ``new`` with the results of formulas that ``old`` held in the same cells of the same sheets.

    A library that writes formulas drops their results; until somebody opens the file every such cell would be blank.
    """
    with zipfile.ZipFile(io.BytesIO(old)) as before, zipfile.ZipFile(io.BytesIO(new)) as after:
        known, parts = sheet_parts(before), sheet_parts(after)
        changed = {}
        for title in known.keys() & parts.keys():
            results = _results(_utf8(before.read(known[title])))
            if results:
                xml = _utf8(after.read(parts[title]))
                changed[parts[title]] = _patched(xml, _result_patches(xml, results))
        return _rebuilt(after, changed, ()) if changed else new


def _utf8(xml: bytes) -> bytes:
    """Return the part in UTF-8; the standard also allows UTF-16."""
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = re.sub(r"^<\?xml.*?\?>", "", xml.decode("utf-16"))
        return b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text.encode()
    return xml


def _rebuilt(archive: zipfile.ZipFile, changed: Mapping[str, bytes], gone: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in archive.infolist():
            if info.filename not in gone:
                target.writestr(info, changed.get(info.filename) or archive.read(info), zipfile.ZIP_DEFLATED)
    return out.getvalue()


# --- one sheet -------------------------------------------------------------------------------------------------------

Patch = tuple[int, int, bytes]
"""Bytes from, bytes to, what stands there instead."""


def _patched(xml: bytes, patches: list[Patch]) -> bytes:
    pieces, at = [], 0
    for start, end, new in sorted(patches):
        pieces += [xml[at:start], new]
        at = end
    return b"".join([*pieces, xml[at:]])


def _write_sheet(xml: bytes, cells: Cells, translate: Translate) -> tuple[bytes, bool]:
    """Return the part with ``cells``, and whether a formula went."""
    wanted = {row for row, _ in cells}
    found = scan(xml, wanted)
    patches: list[Patch] = []
    new_rows: list[tuple[int, bytes]] = []
    for number in sorted(wanted):
        own = {column: text for (row, column), text in cells.items() if row == number}
        if number in found.rows:
            patches += _row_patches(xml, found, found.rows[number], own)
        else:
            new_rows.append((number, _row_xml(found, number, own)))
    replaced = [
        (row, found.rows[row].cells[column])
        for row, column in cells
        if row in found.rows and column in found.rows[row].cells
    ]
    formulas = [(row, cell) for row, cell in replaced if cell.formula is not None]
    patches += _row_inserts(found, [(number, new) for number, new in new_rows if new])
    patches += _freed(found, formulas, set(cells), translate)
    patches += _dimension_patch(found, cells)
    result = _patched(xml, _merged(patches))
    expat.ParserCreate().Parse(result, True)  # a part that cannot be read must never reach the disk
    return result, bool(formulas)


def _merged(patches: list[Patch]) -> list[Patch]:
    """Return the patches with those that only insert at one and the same place made into one, in order."""
    inserts: dict[int, bytes] = {}
    rest = []
    for start, end, new in patches:
        if start == end:
            inserts[start] = inserts.get(start, b"") + new
        else:
            rest.append((start, end, new))
    return [*rest, *((at, at, new) for at, new in inserts.items())]


def _cell_xml(prefix: str, row: int, column: int, style: str, text: str) -> bytes:
    styled = f' s="{style}"' if style else ""
    head = f'<{prefix}c r="{column_letters(column)}{row}"{styled}'
    if not text:
        return f"{head}/>".encode()
    shown = escape(_ILLEGAL.sub("", text)[:LONGEST])
    return (
        f'{head} t="inlineStr"><{prefix}is><{prefix}t xml:space="preserve">{shown}</{prefix}t></{prefix}is></{prefix}c>'
    ).encode()


def _style_for(found: Found, row: FoundRow | None, column: int) -> str:
    """Return the style of a cell that is not there yet: its row's, else its column's (18.3.1.73, 18.3.1.13)."""
    if row is not None and row.style:
        return row.style
    return next((style for first, last, style in found.columns if first <= column <= last), "")


def _row_xml(found: Found, number: int, own: Mapping[int, str]) -> bytes:
    cells = b"".join(
        _cell_xml(found.prefix, number, column, _style_for(found, None, column), text)
        for column, text in sorted(own.items())
        if text
    )
    if not cells:
        return b""
    return f'<{found.prefix}row r="{number}">'.encode() + cells + f"</{found.prefix}row>".encode()


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


def _row_patches(xml: bytes, found: Found, row: FoundRow, own: Mapping[int, str]) -> list[Patch]:
    patches: list[Patch] = []
    added = b""
    for column, text in sorted(own.items()):
        cell = row.cells.get(column)
        if cell is not None:
            new = _cell_xml(found.prefix, row.number, column, cell.style, text)
            patches.append((cell.start, cell.end, new))
        elif text:
            new = _cell_xml(found.prefix, row.number, column, _style_for(found, row, column), text)
            later = [other.start for other in row.cells.values() if other.column > column]
            if row.closed:
                added += new
            else:
                at = min(later) if later else row.inner_end
                patches.append((at, at, new))
    tag = xml[row.start : row.tag_end]
    fresh = _fresh_tag(tag)
    if added:
        fresh = fresh.removesuffix(b">").rstrip(b"/ ") + b">" + added + f"</{found.prefix}row>".encode()
    if fresh != tag and (patches or added):
        patches.append((row.start, row.tag_end, fresh))
    return patches


def _fresh_tag(tag: bytes) -> bytes:
    """Return a row's opening tag without what was measured from its old content: the span, and a height of its own
    making (a height that a person set has ``customHeight``)."""
    if re.search(rb"""customHeight\s*=\s*["'](?:1|true)""", tag):
        return re.sub(rb"""\sspans\s*=\s*(?:"[^"]*"|'[^']*')""", b"", tag)
    return _STALE.sub(b"", tag)


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
    for row in found.rows.values():
        for cell in row.cells.values():
            formula = cell.formula
            if formula is None or formula.kind != "shared" or formula.shared not in masters:
                continue
            if (row.number, cell.column) not in written:
                origin, text = masters[formula.shared]
                own = translate(f"={text}", origin, f"{column_letters(cell.column)}{row.number}").removeprefix("=")
                patches.append(
                    (formula.start, formula.end, f"<{found.prefix}f>{escape(own)}</{found.prefix}f>".encode())
                )
    return patches


def _calculate_anew(xml: bytes) -> bytes:
    """Return the workbook part with the note that formulas are calculated when it is opened (18.2.2)."""
    match = re.search(rb"<([\w.]+:)?calcPr\b[^>]*>", xml)
    if match is None:
        # The element stands behind definedNames and before oleSize, customWorkbookViews, pivotCaches … (18.2.27).
        spot = _BEHIND_CALC.search(xml)
        if spot is None:
            return xml
        prefix = re.search(rb"<([\w.]+:)?workbook[\s>]", xml)
        name = (prefix[1] or b"") if prefix else b""
        return xml[: spot.start()] + b"<" + name + b'calcPr fullCalcOnLoad="1"/>' + xml[spot.start() :]
    tag = re.sub(rb"""\sfullCalcOnLoad\s*=\s*(?:"[^"]*"|'[^']*')""", b"", match[0])
    tag = re.sub(rb"\s*(/?)>$", rb' fullCalcOnLoad="1"\1>', tag)
    return xml[: match.start()] + tag + xml[match.end() :]


def _forget_chain(archive: zipfile.ZipFile, changed: dict[str, bytes]) -> tuple[str, ...]:
    """Drop the list of formula cells (18.6); programs make it anew, but call a file damaged whose list is wrong."""
    if CHAIN not in archive.namelist():
        return ()
    for name in (CONTENT, _RELATIONS):
        xml = _utf8(changed.get(name) or archive.read(name))
        changed[name] = re.sub(rb"<(?:[\w.]+:)?(?:Override|Relationship)\b[^>]*calcChain\.xml[^>]*/>", b"", xml)
    return (CHAIN,)


def _results(xml: bytes) -> dict[tuple[int, int], tuple[str, str]]:
    """Return (row, column) → (type, value) of formulas whose result is known."""
    return {
        (row.number, cell.column): (cell.type, cell.value)
        for row in scan(xml).rows.values()
        for cell in row.cells.values()
        if cell.formula is not None and cell.value
    }


def _result_patches(xml: bytes, results: Mapping[tuple[int, int], tuple[str, str]]) -> list[Patch]:
    found = scan(xml)
    patches = []
    for row in found.rows.values():
        for cell in row.cells.values():
            kind, value = results.get((row.number, cell.column), ("", ""))
            if cell.formula is not None and value and not cell.value:
                patches.append(
                    (cell.start, cell.end, _with_result(xml, found, row.number, cell, cell.formula, kind, value))
                )
    return patches


def _with_result(
    xml: bytes, found: Found, row: int, cell: FoundCell, formula: FoundFormula, kind: str, value: str
) -> bytes:
    prefix = found.prefix
    styled = f' s="{cell.style}"' if cell.style else ""
    typed = "" if kind == "n" else f' t="{kind}"'
    head = f'<{prefix}c r="{column_letters(cell.column)}{row}"{styled}{typed}>'
    own = xml[formula.start : formula.end]
    return head.encode() + own + f"<{prefix}v>{escape(value)}</{prefix}v></{prefix}c>".encode()
