"""``Start here`` and ``Dashboard`` of the workbook, made with openpyxl."""

from __future__ import annotations

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import LIVE_FIRST_ROW, LIVE_LINES, STOP_CELL, STOP_WORDS
from sync.core.guide import COLOURS, GUIDE_ROW, guide
from sync.core.marks import LINE

from . import look
from .names import STOP_NAME, quoted, target
from .sheet_xml import column_letters, place

_STOP = "F28B82"
_THIN = Side("thin", color=look.LINE)
_FRAME = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_WRAP = Alignment(vertical="top", wrap_text=True)
_TOP = Alignment(vertical="top")


def mend_start(book: Workbook, sheet: Worksheet) -> tuple[list[str], dict[int, str]]:
    """Write the switch, the live lines and the guide where they are missing.

    Returns what was done, and the sentences that were written, by row.

    An empty tab gets everything.  On any other only blank cells are filled, and the guide is not written again.
    """
    done: list[str] = []
    empty = not any(cell.value not in (None, "") for row in sheet.iter_rows() for cell in row)
    if empty:
        _page(sheet)
    if not _bound(book, sheet):
        row = _labelled(sheet, STOP_WORDS)
        if row is None:
            row = _place_for(sheet, place(STOP_CELL)[0])
            _switch(sheet, row)
            if not empty:
                done.append(f"{sheet.title}: put {STOP_WORDS} into row {row}.")
        cell = f"${column_letters(place(STOP_CELL)[1])}${row}"
        book.defined_names[STOP_NAME] = DefinedName(STOP_NAME, attr_text=f"{quoted(sheet.title)}!{cell}")
    for at, name in enumerate(LIVE_LINES):
        if _labelled(sheet, name) is None:
            row = _place_for(sheet, LIVE_FIRST_ROW + at)
            _line(sheet, row, name)
            if not empty:
                done.append(f"{sheet.title}: put the line {name} into row {row}.")
    return done, _guide(sheet) if empty else {}


def make_dashboard(sheet: Worksheet) -> None:
    """Write the heading of a new ``Dashboard``."""
    sheet["A1"] = "How we are doing"
    sheet["A1"].font = look.font(bold=True, size=14)
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width = look.width(360)


def _bound(book: Workbook, sheet: Worksheet) -> bool:
    defined = book.defined_names.get(STOP_NAME)
    known = target(defined.attr_text or "") if defined is not None else None
    return known is not None and known.title == sheet.title


def _labelled(sheet: Worksheet, words: str) -> int | None:
    return next((cell.row for cell in sheet["A"] if str(cell.value).strip() == words), None)


def _place_for(sheet: Worksheet, usual: int) -> int:
    """Return the usual row when it is blank, else the first row below everything."""
    if all(sheet.cell(usual, column).value in (None, "") for column in (1, 2)):
        return usual
    return sheet.max_row + 1


def _page(sheet: Worksheet) -> None:
    sheet.freeze_panes = None
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width = look.width(190)
    sheet.column_dimensions["B"].width = look.width(700)


def _switch(sheet: Worksheet, row: int) -> None:
    label, cell = sheet.cell(row, 1, STOP_WORDS), sheet.cell(row, 2, False)
    label.font = look.font(bold=True, size=12)
    cell.font = look.font(bold=True, size=12)
    for one in (label, cell):
        one.alignment = Alignment(horizontal="left", vertical="center")
        one.border = _FRAME
    sheet.row_dimensions[row].height = 28
    at = f"{column_letters(2)}{row}"
    look.add_dropdown(sheet, at, '"TRUE,FALSE"')
    style = DifferentialStyle(fill=PatternFill(bgColor=_STOP))
    # Whatever stands here that is not FALSE stops the mail, so it is shown.
    shown = f'AND({at}<>FALSE,{at}<>"FALSE",{at}<>"")'
    sheet.conditional_formatting.add(at, Rule(type="expression", dxf=style, formula=[shown]))


def _line(sheet: Worksheet, row: int, name: str) -> None:
    sheet.cell(row, 1, name).font = look.font(colour=look.SOFT)
    sheet.cell(row, 2).number_format = "@"
    sheet.cell(row, 2).font = look.font()
    for column in (1, 2):
        sheet.cell(row, column).alignment = _TOP
        sheet.cell(row, column).fill = look.solid(look.OURS)
    sheet.row_dimensions[row].hidden = name == LINE  # for the service, and nothing that people could read


def _guide(sheet: Worksheet) -> dict[int, str]:
    written: dict[int, str] = {}
    lines = guide(file=True)
    for row, (label, sentence) in enumerate(lines, GUIDE_ROW):
        _said(sheet, row, label, sentence)
        written[row] = sentence
    for row, (name, meaning, shade) in enumerate(COLOURS, GUIDE_ROW + len(lines)):
        _said(sheet, row, name, meaning)
        sheet.cell(row, 1).fill = look.solid(shade.lstrip("#"))
    return written


def _said(sheet: Worksheet, row: int, label: str, sentence: str) -> None:
    first = sheet.cell(row, 1, label or None)
    first.alignment = _TOP
    if not sentence:
        first.font = look.font(bold=True, size=12)
        return
    first.font = look.font(bold=True)
    second = sheet.cell(row, 2, sentence)
    second.font = look.font()
    second.alignment = _WRAP
