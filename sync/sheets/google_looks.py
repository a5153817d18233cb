"""How tabs and columns look and feel in Google Sheets: requests for ``spreadsheets.batchUpdate``.  Pure.

Everything follows from the facts in ``core.columns``.  Field names as of
https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets/request
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.columns import CellType, Column, Owner, Tab
from ..core.shades import marks
from .google_layout import COLUMN_KEY, Json

SERVICE_NOTE = "Common Ground fills this. Please leave it."
HEADER_NOTE = "These are the headings Common Ground looks for. You may rename and move them."

_FORMATS: Mapping[CellType, tuple[str, str]] = {
    CellType.DATE: ("DATE", "ddd d mmm yyyy"),
    CellType.DATE_TIME: ("DATE_TIME", "ddd d mmm yyyy hh:mm"),
    CellType.TIME: ("TIME", "hh:mm"),
    CellType.NUMBER: ("NUMBER", "0"),
    CellType.PHONE: ("TEXT", "@"),
    CellType.EMAIL: ("TEXT", "@"),
    CellType.ID: ("TEXT", "@"),
    CellType.SENTENCE: ("TEXT", "@"),
    CellType.STATUS: ("TEXT", "@"),
}
_WRAPPED = frozenset({CellType.LONG_TEXT, CellType.SENTENCE, CellType.STATUS})


def colour(code: str) -> Json:
    """Return ``#RRGGBB`` as a ColorStyle."""
    red, green, blue = (round(int(code[at : at + 2], 16) / 255, 4) for at in (1, 3, 5))
    return {"rgbColor": {"red": red, "green": green, "blue": blue}}


def span(sheet: int, start: int, end: int, dimension: str = "COLUMNS") -> Json:
    """Return a DimensionRange; 0-based, end exclusive."""
    return {"sheetId": sheet, "dimension": dimension, "startIndex": start, "endIndex": end}


def below(sheet: int, start: int, end: int, top: int = 1) -> Json:
    """Return the GridRange of whole columns below the header, open at the bottom."""
    return {"sheetId": sheet, "startRowIndex": top, "startColumnIndex": start, "endColumnIndex": end}


def letters(index: int) -> str:
    """Return the name of a column (0-based): 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def quoted(title: str) -> str:
    """Return a tab's title as it is written in a range."""
    return "'" + title.replace("'", "''") + "'"


# --- one column ------------------------------------------------------------------------------------------------------


def header_cells(sheet: int, start: int, columns: Sequence[Column], row: int = 0) -> Json:
    """Return the request that writes the headings of neighbouring columns, with their notes."""
    cells = [
        {"userEnteredValue": {"stringValue": column.header}, "note": column.note,
         "userEnteredFormat": {
             "textFormat": {"bold": True}, "wrapStrategy": "WRAP", "verticalAlignment": "MIDDLE",
             "backgroundColorStyle": colour("#F1F3F4" if column.owner is Owner.SERVICE else "#FFFFFF")}}
        for column in columns
    ]  # fmt: skip
    return {"updateCells": {
        "start": {"sheetId": sheet, "rowIndex": row, "columnIndex": start}, "rows": [{"values": cells}],
        "fields": "userEnteredValue,note,userEnteredFormat(textFormat,wrapStrategy,verticalAlignment,"
                  "backgroundColorStyle)"}}  # fmt: skip


def metadata(key: str, value: str, location: Json) -> Json:
    """Return the request that binds a place; DOCUMENT visibility, so that another project's key finds it too."""
    return {"createDeveloperMetadata": {"developerMetadata": {
        "metadataKey": key, "metadataValue": value, "visibility": "DOCUMENT", "location": location}}}  # fmt: skip


def unbind(metadata_id: int) -> Json:
    """Return the request that takes one mark away."""
    return {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": {"metadataId": metadata_id}}}}


def bind_column(tab: Tab, column: Column, sheet: int, index: int) -> Json:
    """Return the request that binds one column."""
    return metadata(COLUMN_KEY, f"{tab.key}.{column.key}", {"dimensionRange": span(sheet, index, index + 1)})


def format_of(tab: Tab, column: Column) -> Json | None:
    """Return the cell format of a column: dates as dates, and as plain text what must stay as it was typed.

    Phone numbers keep their zeros, an id stays an id, and what a contact reads word for word is not turned into a date.
    """
    found: dict[str, object] = {}
    kind = _FORMATS.get(column.type)
    if kind is None and (column.header.endswith("✉") or (tab.key, column.key) == ("settings", "value")):
        kind = ("TEXT", "@")
    if kind is not None:
        found["numberFormat"] = {"type": kind[0], "pattern": kind[1]}
    if column.type in _WRAPPED:
        found["wrapStrategy"] = "WRAP"
    if found:
        found["verticalAlignment"] = "TOP"
    return found or None


def cell_format(tab: Tab, column: Column, sheet: int, index: int, top: int = 1) -> Json | None:
    """Return the request that formats a column below its heading."""
    wanted = format_of(tab, column)
    if wanted is None:
        return None
    fields = "userEnteredFormat(" + ",".join(wanted) + ")"
    return {"repeatCell": {"range": below(sheet, index, index + 1, top), "cell": {"userEnteredFormat": wanted},
                           "fields": fields}}  # fmt: skip


def validation(column: Column, sheet: int, index: int, source: str, top: int = 1) -> Json | None:
    """Return the request that makes the dropdown or checkbox of a column.

    ``source`` is the range of names for a NAME column, as ``='Team'!$A$2:$A``.  Never strict: what we cannot read is
    said in the row, and people may type an address or an ID.
    """
    condition = condition_of(column, source)
    if condition is None:
        return None
    rule = {"condition": condition, "strict": False, "showCustomUi": True}
    return {"setDataValidation": {"range": below(sheet, index, index + 1, top), "rule": rule}}


def condition_of(column: Column, source: str = "") -> Json | None:
    """Return the condition of a column's cells, ``None`` for free text."""
    if column.type is CellType.CHECKBOX:
        return {"type": "BOOLEAN"}
    if column.choices:
        return one_of(column.choices)
    if column.names_from and source:
        return {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": source}]}
    return None


def one_of(choices: Sequence[str]) -> Json:
    """Return the condition of a dropdown with fixed values."""
    return {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": choice} for choice in choices]}


def names_source(title: str, index: int, top: int = 1) -> str:
    """Return the open-ended range of names for a dropdown."""
    name = letters(index)
    return f"={quoted(title)}!${name}${top + 1}:${name}"


def width(column: Column, sheet: int, index: int) -> Json:
    """Return the request for a column's width, and for hiding what nobody needs to see."""
    wanted: dict[str, object] = {"pixelSize": column.width}
    if column.hidden:
        wanted["hiddenByUser"] = True
    return {"updateDimensionProperties": {"range": span(sheet, index, index + 1), "properties": wanted,
                                          "fields": ",".join(wanted)}}  # fmt: skip


# --- one tab ---------------------------------------------------------------------------------------------------------


def runs(indexes: Sequence[int]) -> list[tuple[int, int]]:
    """Return neighbouring indexes as (start, end exclusive), in order."""
    found: list[tuple[int, int]] = []
    for index in sorted(set(indexes)):
        if found and found[-1][1] == index:
            found[-1] = (found[-1][0], index + 1)
        else:
            found.append((index, index + 1))
    return found


def group(sheet: int, start: int, end: int) -> list[Json]:
    """Return the requests for a closed group of columns."""
    where = span(sheet, start, end)
    return [
        {"addDimensionGroup": {"range": where}},
        {"updateDimensionGroup": {"dimensionGroup": {"range": where, "depth": 1, "collapsed": True},
                                  "fields": "collapsed"}},
    ]  # fmt: skip


def protect(where: Json, words: str = SERVICE_NOTE) -> Json:
    """Return the request for a warning before an edit.

    Warning only: a hard protection would keep people from sorting and deleting rows.
    """
    return {"addProtectedRange": {"protectedRange": {"range": where, "description": words, "warningOnly": True}}}


def colours(tab: Tab, sheet: int, indexes: Sequence[int], top: int = 1) -> list[Json]:
    """Return the requests that colour the sentences of these columns by their words; the first rule that holds wins.

    Conditions without formulas only: a formula would have to be typed in the spreadsheet's locale.
    """
    ranges = [below(sheet, start, end, top) for start, end in runs(indexes)]
    return [
        {"addConditionalFormatRule": {"index": at, "rule": {"ranges": ranges, "booleanRule": {
            "condition": {"type": "TEXT_CONTAINS" if mark.anywhere else "TEXT_STARTS_WITH",
                          "values": [{"userEnteredValue": mark.words}]},
            "format": {"backgroundColorStyle": colour(mark.shade)}}}}}
        for at, mark in enumerate(marks(tab))
    ]  # fmt: skip


def text_rows(sheet: int, row: int, column: int, rows: Sequence[Sequence[str]], *, bold: bool = False) -> Json:
    """Return the request that writes plain texts; an empty text leaves its cell blank."""
    shape: dict[str, object] = {"textFormat": {"bold": bold}, "wrapStrategy": "WRAP", "verticalAlignment": "TOP"}
    cells = [
        {"values": [({"userEnteredValue": {"stringValue": text}} if text else {}) | {"userEnteredFormat": shape}
                    for text in line]}
        for line in rows
    ]  # fmt: skip
    return {"updateCells": {
        "start": {"sheetId": sheet, "rowIndex": row, "columnIndex": column}, "rows": cells,
        "fields": "userEnteredValue,userEnteredFormat(textFormat,wrapStrategy,verticalAlignment)"}}  # fmt: skip
