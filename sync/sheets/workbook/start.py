"""``Start here`` and ``Dashboard`` of the workbook, made with openpyxl."""

from __future__ import annotations

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import LIVE_FIRST_ROW, LIVE_LINES, STOP_CELL, STOP_WORDS

from . import look
from .guide import COLOURS, COLOURS_HEADING, DASHBOARD_HEADING, GUIDE, GUIDE_FIRST_ROW
from .names import STOP_NAME, quoted, target
from .sheet_xml import column_letters, place

_INK, _SOFT, _STOP, _LINE = "202124", "5F6368", "F28B82", "BDC1C6"
_THIN = Side("thin", color=_LINE)
_FRAME = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_WRAP = Alignment(vertical="top", wrap_text=True)
_TOP = Alignment(vertical="top")


def mend_start(book: Workbook, sheet: Worksheet) -> list[str]:
    """Write the switch, the live lines and the guide where they are missing; return what was done.

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
    if empty:
        _guide(sheet)
    return done


def make_dashboard(sheet: Worksheet) -> None:
    """Write the heading of a new ``Dashboard``."""
    sheet["A1"] = DASHBOARD_HEADING
    sheet["A1"].font = Font(bold=True, size=14, color=_INK)
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
    sheet.column_dimensions["B"].width = look.width(620)
    sheet.print_title_rows = None


def _switch(sheet: Worksheet, row: int) -> None:
    label, cell = sheet.cell(row, 1, STOP_WORDS), sheet.cell(row, 2, False)
    label.font = Font(bold=True, size=12, color=_INK)
    cell.font = Font(bold=True, size=12, color=_INK)
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
    sheet.cell(row, 1, name).font = Font(color=_SOFT)
    sheet.cell(row, 2).number_format = "@"
    for column in (1, 2):
        sheet.cell(row, column).alignment = _TOP
        sheet.cell(row, column).fill = look.solid("F6F7F8")


def _guide(sheet: Worksheet) -> None:
    row = GUIDE_FIRST_ROW
    for label, sentence in GUIDE:
        _said(sheet, row, label, sentence)
        row += 1
    row += 1
    _said(sheet, row, COLOURS_HEADING, "")
    for name, meaning, colour in COLOURS:
        row += 1
        _said(sheet, row, name, meaning)
        sheet.cell(row, 1).fill = look.solid(colour)


def _said(sheet: Worksheet, row: int, label: str, sentence: str) -> None:
    first = sheet.cell(row, 1, label or None)
    first.alignment = _TOP
    if not sentence:
        first.font = Font(bold=True, size=12, color=_INK)
        return
    first.font = Font(bold=True, color=_INK)
    second = sheet.cell(row, 2, sentence)
    second.font = Font(color=_INK)
    second.alignment = _WRAP
