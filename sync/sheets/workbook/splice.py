"""Writing cells into a workbook without touching anything else in it.

An ``.xlsx`` file is a ZIP archive of XML parts (ECMA-376 Part 2).  Only the parts of sheets that are written, the note
that formulas are to be calculated anew, and the name of the program that wrote last change; all other parts stay as
they are, byte for byte.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Mapping
from xml.etree import ElementTree

from .heights import chosen_heights, free_heights
from .sheet_patch import Cells, Texts, Translate, results, with_results, write_sheet

WORKBOOK, CONTENT, CHAIN, APP = "xl/workbook.xml", "[Content_Types].xml", "xl/calcChain.xml", "docProps/app.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BEHIND_CALC = re.compile(
    rb"<(?:[\w.]+:)?(?:oleSize|customWorkbookViews|pivotCaches|smartTagPr|smartTagTypes|webPublishing|fileRecoveryPr"
    rb"|webPublishObjects|extLst)\b|</(?:[\w.]+:)?workbook\s*>"
)


def write_cells(data: bytes, edits: Mapping[str, Cells], texts: Mapping[str, Texts], translate: Translate) -> bytes:
    """Return the workbook ``data`` with ``edits`` (sheet title → cells) written into it as plain text.

    Rows become high enough for ``texts`` (sheet title → row → column → text).  Raises :class:`KeyError` for a title
    that is not there, :class:`ValueError` or :class:`xml.parsers.expat.ExpatError` for XML that cannot be understood.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = sheet_parts(archive)
        changed: dict[str, bytes] = {}
        lost_formula = False
        for title in edits.keys() | texts.keys():
            name = parts[title]
            xml = _utf8(archive.read(name))
            changed[name], lost = write_sheet(xml, edits.get(title, {}), texts.get(title, {}), translate)
            lost_formula = lost_formula or lost
        changed[WORKBOOK] = _calculate_anew(_utf8(archive.read(WORKBOOK)))
        if APP in archive.namelist():
            changed[APP] = _signed(_utf8(archive.read(APP)))
        gone = _forget_chain(archive, changed) if lost_formula else ()
        return _rebuilt(archive, changed, gone)


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return sheet title → name of its part."""
    relations, book = (ElementTree.fromstring(archive.read(name)) for name in (_RELATIONS, WORKBOOK))  # noqa: S314
    targets = {
        item.get("Id"): posixpath.normpath(posixpath.join("/xl", item.get("Target", ""))).lstrip("/")
        for item in relations
    }
    sheets = (item for item in book.iter() if item.tag.rpartition("}")[2] == "sheet")
    return {item.get("name", ""): targets[item.get(_RELATION_ID)] for item in sheets if item.get(_RELATION_ID)}


def carried_over(old: bytes, new: bytes) -> bytes:
    """Return ``new``, which a library wrote, with what was lost of ``old`` in the same cells of the same sheets.

    It drops the results of formulas: until somebody opens the file every such cell would be blank.  And it marks every
    height of a row as chosen by a person: no program would let such a row grow with its text any more.
    """
    with zipfile.ZipFile(io.BytesIO(old)) as before, zipfile.ZipFile(io.BytesIO(new)) as after:
        known, parts = sheet_parts(before), sheet_parts(after)
        changed = {}
        for title in known.keys() & parts.keys():
            was, now = _utf8(before.read(known[title])), _utf8(after.read(parts[title]))
            found = results(was)
            mended = free_heights(with_results(now, found) if found else now, chosen_heights(was))
            if mended != now:
                changed[parts[title]] = mended
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


def _signed(xml: bytes) -> bytes:
    """Return the part that names the program (22.2.2.1) with our name.

    LibreOffice trusts results in files by itself and by Excel, and calculates those by all others anew.
    """
    return re.sub(rb"(<(?:\w+:)?Application>)[^<]*(</)", rb"\g<1>Common Ground\g<2>", xml)


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
