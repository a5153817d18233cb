"""How a tab of the workbook looks: formats, dropdowns, notes and colours, made from the facts of the columns."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.dimensions import ColumnDimension
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import CellType, Column, Owner, Tab
from sync.core.shades import Mark, Shade, marks, shaded

from .names import WRAPPED

LAST = 10_000
"""The last row that dropdowns, colours and the filter reach."""

_PAGE = 1_500  # pixels that can still be read on one page
DATE_FORMAT, TIME_FORMAT = "ddd d mmm yyyy", "hh:mm"
_FORMATS: Mapping[CellType, str] = {
    CellType.DATE: DATE_FORMAT,
    CellType.DATE_TIME: f"{DATE_FORMAT} {TIME_FORMAT}",
    CellType.TIME: TIME_FORMAT,
    CellType.NUMBER: "0",
    CellType.CHECKBOX: '"TRUE";"TRUE";"FALSE"',  # LibreOffice keeps ticks as numbers
    CellType.EMAIL: "@",
    CellType.PHONE: "@",
    CellType.ID: "@",
    # A text cell stays text even when somebody opens it and presses Enter: "=1+1" never becomes a formula.
    CellType.SENTENCE: "@",
    CellType.STATUS: "@",
}
_WIDEST: Mapping[CellType, int] = {CellType.DATE: 125, CellType.DATE_TIME: 165}  # pixels; a narrow date shows ####
INK, SOFT, LINE, OURS = "202124", "5F6368", "BDC1C6", "F6F7F8"
_OURS_HEAD = "E3E5E8"

def font(*, bold: bool = False, size: int = 11, colour: str = INK) -> Font:
    """Return the font of the workbook; a font without a name looks different in every program."""
    return Font(name="Calibri", family=2, sz=size, b=bold, color=colour)


def solid(colour: str) -> PatternFill:
    """Return a plain fill of ``RRGGBB``."""
    return PatternFill("solid", start_color=colour, end_color=colour)


def tint(colour: str) -> str:
    """Return ``#RRGGBB`` mixed with three parts of white, as ``RRGGBB``: dark letters can be read on it."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "".join(f"{(part + 3 * 255) // 4:02X}" for part in parts)


def width(pixels: int) -> float:
    """Return the width of a column in characters (ECMA-376 Part 1, 18.3.1.13, for a digit of 7 pixels)."""
    return round((pixels - 5) / 7, 2)


def format_column(sheet: Worksheet, at: int, column: Column) -> None:
    """Give the whole column ``at`` (1-based) its width, format and, for ours, a light grey."""
    dimension = single(sheet, at)
    dimension.width = width(max(column.width, _WIDEST.get(column.type, 0)))
    format_cell(dimension, column)
    dimension.hidden = column.hidden or column.grouped
    dimension.outlineLevel = 1 if column.grouped else 0


def format_cell(cell: Cell | MergedCell | ColumnDimension, column: Column) -> None:
    """Give a cell, or a whole column, the number format, alignment and fill that ``column`` has."""
    cell.number_format = _FORMATS.get(column.type, "General")
    centred = column.type is CellType.CHECKBOX
    cell.alignment = Alignment(
        horizontal="center" if centred else "left", vertical="top", wrap_text=column.type in WRAPPED
    )
    if column.owner is Owner.SERVICE:
        cell.fill = solid(OURS)
        cell.font = font(colour="3C4043")


def single(sheet: Worksheet, at: int) -> ColumnDimension:
    """Return the dimension of column ``at`` alone.

    Programs write one entry for a run of equal columns; Excel calls a file damaged that has two for one column.
    """
    for letter, run in list(sheet.column_dimensions.items()):
        first, last = run.min or 0, run.max or 0
        if first and first <= at <= last and first != last:
            del sheet.column_dimensions[letter]
            for one in range(first, min(last, max(at, sheet.max_column) + 1) + 1):
                own = ColumnDimension(
                    sheet, index=get_column_letter(one), width=run.width, bestFit=run.bestFit, hidden=run.hidden,
                    outlineLevel=run.outlineLevel, collapsed=run.collapsed, min=one, max=one,
                )  # fmt: skip
                for part in ("font", "fill", "border", "alignment", "number_format"):
                    setattr(own, part, copy(getattr(run, part)))
                sheet.column_dimensions[get_column_letter(one)] = own
    return sheet.column_dimensions[get_column_letter(at)]


def write_header(sheet: Worksheet, at: int, tab: Tab, column: Column) -> None:
    """Write the header of ``column`` with its note into row 1."""
    cell = sheet.cell(1, at, column.header)
    ours = column.owner is Owner.SERVICE
    cell.font = font(bold=True, colour=SOFT if ours else INK)
    cell.fill = solid(_OURS_HEAD if ours else tint(tab.colour))
    cell.alignment = Alignment(horizontal="left", vertical="center", wrap_text=True)
    cell.border = Border(bottom=Side("thin", color=LINE))
    cell.number_format = "@"
    note = column.note or ("We fill this in. Please leave it." if ours else "")
    if note:
        cell.comment = Comment(note, "Common Ground", height=70, width=260)


def dress_tab(sheet: Worksheet, tab: Tab) -> None:
    """Give a new tab its colour, frozen header and first column, and a print layout."""
    sheet.sheet_properties.tabColor = tab.colour.lstrip("#")
    sheet.freeze_panes = "B2"
    sheet.row_dimensions[1].height = 34
    sheet.sheet_view.zoomScale = 100
    if sheet.sheet_properties.outlinePr is not None:
        # The button of a closed group stands over the column left of it; right of it are hidden ones.
        sheet.sheet_properties.outlinePr.summaryRight = False
    shown = sum(column.width for column in tab.columns if not column.hidden and not column.grouped)
    print_layout(sheet, 1 + shown // _PAGE)
    if tab.table:
        sheet.print_title_rows, sheet.print_title_cols = "1:1", "A:A"


def print_layout(sheet: Worksheet, pages: int = 1) -> None:
    """Make the tab print landscape, ``pages`` pages wide and as long as it takes."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages, 0
    if sheet.sheet_properties.pageSetUpPr is not None:
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.5


def add_dropdown(sheet: Worksheet, cells: str, formula: str) -> None:
    """Offer a list at ``cells``.  It never refuses what people type: the row says what cannot be understood."""
    rule = DataValidation(type="list", formula1=formula, allow_blank=True)
    rule.showErrorMessage = False
    rule.errorStyle = "warning"
    rule.sqref = cells
    sheet.data_validations.append(rule)


def has_dropdown(sheet: Worksheet, at: int) -> bool:
    """Return whether any cell of column ``at`` offers a list that still refers to something."""
    return any(
        rule.type == "list" and "#REF!" not in (rule.formula1 or "")
        and any(span.min_col <= at <= span.max_col for span in rule.sqref.ranges)
        for rule in sheet.data_validations.dataValidation
    )  # fmt: skip


def add_colours(sheet: Worksheet, at: int, tab: Tab, column: Column) -> None:
    """Colour what stands in a column: sentences and states by their words, dates without a time as dates."""
    letter = get_column_letter(at)
    first, cells = f"{letter}2", f"{letter}2:{letter}{LAST}"
    if column.type is CellType.DATE_TIME:
        plain = DifferentialStyle(numFmt=NumberFormat(numFmtId=190, formatCode=DATE_FORMAT))
        formula = f"AND(ISNUMBER({first}),MOD({first},1)=0)"
        sheet.conditional_formatting.add(cells, Rule(type="expression", dxf=plain, formula=[formula]))
    if column.key in shaded(tab):
        for shade in Shade:
            tests = ",".join(_test(mark, first) for mark in marks(tab) if mark.shade is shade)
            style = DifferentialStyle(fill=PatternFill(bgColor=shade.lstrip("#")), font=Font(color=INK))
            rule = Rule(type="expression", dxf=style, formula=[f"OR({tests})"], stopIfTrue=True)
            sheet.conditional_formatting.add(cells, rule)


def _test(mark: Mark, first: str) -> str:
    """Return the condition of one rule as a formula; comparing and searching take no notice of case."""
    words = mark.words.replace('"', '""')
    if mark.anywhere:
        return f'ISNUMBER(SEARCH("{words}",{first}))'
    return f'LEFT({first},{len(mark.words)})="{words}"'
