"""Making and mending the workbook's tabs with openpyxl, without moving or overwriting anything of the team's."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from pathlib import Path

from openpyxl.cell.cell import Cell as OneCell
from openpyxl.cell.cell import MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from sync.core.columns import DASHBOARD, SETTINGS, START_HERE, TAB, TABS, CellType, Column, Tab
from sync.core.headers import Binding, bind, fold_header
from sync.core.ports import Cell, Repair
from sync.core.settings import SETTING_ROWS, Setting, SettingType

from . import look
from .losses import losses
from .names import (
    LAST_ROW,
    LISTS_TITLE,
    bound_columns,
    column_name,
    find_tab,
    is_lost,
    list_name,
    quoted,
    tab_name,
    target,
)
from .reading import cell_of, open_book, translate
from .splice import carried_over, write_cells
from .start import make_dashboard, mend_start

LANGUAGES = "English,Čeština,Slovenčina,Polski,Magyar,Deutsch,Español,Français"
_LITERAL = 255
"""The most characters that a list of words written into the rule itself may have (Excel refuses the file else)."""


def repair_book(old: bytes | None, path: Path, values: Mapping[str, str]) -> tuple[bytes, tuple[Repair, ...], str]:
    """Return the made or mended workbook, what was done in words, and what could not be taken over (mostly ``""``).

    ``old`` is the file as it is, ``None`` when there is none; ``values`` (setting key → text) go into blank ``Value``
    cells.  Nothing done means that all was well.
    """
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        book = _opened(old, path)
        mender = _Mender(book, values)
        if old is None:
            mender.done.append(f"Made the workbook {path.name}.")
        mender.mend()
        if not mender.done:
            return old or b"", (), ""
        out = io.BytesIO()
        book.save(out)
    new = write_cells(out.getvalue(), {}, mender.texts, translate)
    if old is None:
        return new, _repairs(mender.done), ""
    lost = losses(old, new, any("not supported" in str(one.message) for one in warned))
    return carried_over(old, new), _repairs(mender.done), lost


def _repairs(done: list[str]) -> tuple[Repair, ...]:
    return tuple(Repair(words) for words in done)


def _opened(old: bytes | None, path: Path) -> Workbook:
    if old is not None:
        return open_book(old, to_write=True, keep_vba=path.suffix.lower() == ".xlsm")
    book = Workbook()
    for sheet in list(book.worksheets):
        book.remove(sheet)
    book.properties.creator = "Common Ground"
    return book


class _Mender:
    def __init__(self, book: Workbook, values: Mapping[str, str]) -> None:
        self.book, self.values = book, values
        self.done: list[str] = []
        self.texts: dict[str, dict[int, dict[int, str]]] = {}  # sheet title → row → column → wrapped text
        self.made: set[str] = set()  # keys of tabs that are new
        self.added: set[tuple[str, str]] = set()  # tab and column keys that are new

    def mend(self) -> None:
        """Go through the tabs in their order, then through what refers from one tab to another."""
        self._forget_lost()
        active = self.book.active if self.book.worksheets else None
        sheets = {tab.key: self._sheet(tab) for tab in TABS}
        bindings = {key: self._columns(TAB[key], sheet) for key, sheet in sheets.items() if TAB[key].table}
        for key in ("contacts", "team"):
            self._name_list(TAB[key], sheets[key], bindings[key])
        for key, binding in bindings.items():
            self._dropdowns(TAB[key], sheets[key], binding)
            self._filter(TAB[key], sheets[key])
        self._settings(sheets[SETTINGS.key], bindings[SETTINGS.key])
        start = sheets[START_HERE.key]
        done, sentences = mend_start(self.book, start)
        self.done += done
        for row, sentence in sentences.items():
            self._wrap(start, row, 2, sentence)
        shown = active or start
        self.book.active = self.book.index(shown)

    # --- tabs and columns ---

    def _names(self) -> dict[str, str]:
        return {name: defined.attr_text or "" for name, defined in self.book.defined_names.items()}

    def _define(self, name: str, reference: str) -> None:
        self.book.defined_names[name] = DefinedName(name, attr_text=reference)

    def _forget_lost(self) -> None:
        """Drop our names of tabs that are gone, else a tab made again would seem to have everything already."""
        titles = [sheet.title for sheet in self.book.worksheets]
        for name, reference in self._names().items():
            if name.startswith("cg_") and is_lost(reference, titles):
                del self.book.defined_names[name]

    def _sheet(self, tab: Tab) -> Worksheet:
        titles = [sheet.title for sheet in self.book.worksheets]
        title = find_tab(tab, titles, self._names())
        if title is not None:
            sheet: Worksheet = self.book[title]
            known = target(self._names().get(tab_name(tab), ""))
            if known is None or known.title != title:
                self._define(tab_name(tab), f"{quoted(title)}!$A$1")
                self.done.append(f"{title}: noted which tab this is.")
            return sheet
        for column in tab.columns:  # what is left of a lost tab's names would bind columns that are not there
            self.book.defined_names.pop(column_name(tab, column), None)
        sheet = self.book.create_sheet(tab.title, self._place(tab))
        look.dress_tab(sheet, tab)
        self._define(tab_name(tab), f"{quoted(tab.title)}!$A$1")
        if tab is DASHBOARD:
            make_dashboard(sheet)
        self.made.add(tab.key)
        self.done.append(f"Made the tab {tab.title}.")
        return sheet

    def _place(self, tab: Tab) -> int:
        """Return the index for a new tab: behind the tab that comes before it in ours, else in front."""
        order = [one.key for one in TABS]
        titles = [sheet.title for sheet in self.book.worksheets]
        for before in reversed(TABS[: order.index(tab.key)]):
            title = find_tab(before, titles, self._names())
            if title is not None:
                return titles.index(title) + 1
        return 0

    def _columns(self, tab: Tab, sheet: Worksheet) -> Binding:
        """Add the columns that stand nowhere behind the last one, and note where each column is."""
        header = _header(sheet)
        binding = bind(tab, header, bound_columns(tab, sheet.title, self._names()))
        for at, column in enumerate(binding.missing, len(header) + 1):
            look.write_header(sheet, at, tab, column)
            look.format_column(sheet, at, column)
            look.add_colours(sheet, at, tab, column)
            self.added.add((tab.key, column.key))
            if tab.key not in self.made:
                self.done.append(f"{sheet.title}: added the column {column.header}.")
        if tab.key in self.made:
            _close_group(sheet, tab)
        binding = bind(tab, _header(sheet), bound_columns(tab, sheet.title, self._names()))
        self._bind(tab, sheet, binding)
        return binding

    def _bind(self, tab: Tab, sheet: Worksheet, binding: Binding) -> None:
        """Give every column its defined name, where it has none or one that points elsewhere."""
        noted = []
        known = bound_columns(tab, sheet.title, self._names())
        for column in tab.columns:
            at = binding.columns.get(column.key)
            if at is None or known.get(column.key) == at:
                continue
            letter = get_column_letter(at + 1)
            self._define(column_name(tab, column), f"{quoted(sheet.title)}!${letter}$1:${letter}${LAST_ROW}")
            if (tab.key, column.key) not in self.added:
                noted.append(column.header)
        if noted:
            self.done.append(f"{sheet.title}: noted where {', '.join(noted)} stand{'s' if len(noted) == 1 else ''}.")

    # --- dropdowns and filter ---

    def _name_list(self, tab: Tab, sheet: Worksheet, binding: Binding) -> None:
        """Define the list of names: from row 2 to the last name, so that the dropdown has no blank lines at its end."""
        at = binding.columns.get("name")
        name = list_name(tab.key)
        if at is None:
            return
        letter = get_column_letter(at + 1)
        first = f"{quoted(sheet.title)}!${letter}$2"
        known = self._names().get(name, "")
        if known and "#REF!" not in known and _refers(known, sheet.title, letter):
            return
        cells = f"{first}:${letter}${look.LAST}"
        last = f'MAX(1,SUMPRODUCT(MAX(({cells}<>"")*ROW({cells})))-1)'
        self._define(name, f"{first}:INDEX({cells},{last})")
        if tab.key not in self.made:
            self.done.append(f"{sheet.title}: made the list of names for the dropdowns anew.")

    def _dropdowns(self, tab: Tab, sheet: Worksheet, binding: Binding) -> None:
        for column in tab.columns:
            at = binding.columns.get(column.key)
            formula = "" if at is None else self._list_formula(tab, column)
            if at is None or not formula or look.has_dropdown(sheet, at + 1):
                continue
            letter = get_column_letter(at + 1)
            look.add_dropdown(sheet, f"{letter}2:{letter}{look.LAST}", formula)
            if (tab.key, column.key) not in self.added:
                self.done.append(f"{sheet.title}: put the dropdown of {column.header} back.")

    def _list_formula(self, tab: Tab, column: Column) -> str:
        if column.type is CellType.CHECKBOX:
            return '"TRUE,FALSE"'
        if column.type is CellType.NAME:
            return list_name(column.names_from)
        if column.type is CellType.LANGUAGE:
            return f'"{LANGUAGES}"'
        if not column.choices:
            return ""
        words = ",".join(column.choices)
        if len(words) <= _LITERAL and not any("," in choice for choice in column.choices):
            return f'"{words}"'
        return self._listed(tab, column)

    def _listed(self, tab: Tab, column: Column) -> str:
        """Return the name of a list on a hidden tab: words with a comma in them cannot stand in the rule itself."""
        name = list_name(tab.key, column.key)
        known = self._names().get(name, "")
        if known and "#REF!" not in known:
            return name
        sheet = self.book[LISTS_TITLE] if LISTS_TITLE in self.book.sheetnames else self.book.create_sheet(LISTS_TITLE)
        sheet.sheet_state = "hidden"
        at = len(_header(sheet)) + 1
        for row, text in enumerate((f"{tab.title}: {column.header}", *column.choices), 1):
            sheet.cell(row, at, text)
        letter = get_column_letter(at)
        self._define(name, f"{quoted(LISTS_TITLE)}!${letter}$2:${letter}${len(column.choices) + 1}")
        if (tab.key, column.key) not in self.added:
            self.done.append(f"{tab.title}: made the list of words for {column.header} anew.")
        return name

    def _filter(self, tab: Tab, sheet: Worksheet) -> None:
        """Put one filter over the whole table, IDs and people's own columns with it, so that sorting tears no row."""
        width = len(_header(sheet))
        wanted = f"A1:{get_column_letter(width)}{max(look.LAST, sheet.max_row)}"
        now = sheet.auto_filter.ref
        if sheet.tables or (now and _covers(now, width)):
            return
        sheet.auto_filter.ref = wanted
        if tab.key not in self.made:
            self.done.append(f"{sheet.title}: widened the filter to the whole table.")

    # --- Settings ---

    def _settings(self, sheet: Worksheet, binding: Binding) -> None:
        label = binding.columns.get("setting")
        if label is None:
            return
        there = {fold_header(cell_of(cell.value)): cell.row for cell in sheet[get_column_letter(label + 1)]}
        after = max((cell.row for row in sheet.iter_rows() for cell in row if cell.value not in (None, "")), default=1)
        for setting in SETTING_ROWS:
            row = there.get(fold_header(setting.label))
            if row is not None:
                self._fill(sheet, binding, row, setting)
                continue
            after += 1
            self._setting(sheet, binding, after, setting)
            if SETTINGS.key not in self.made:
                self.done.append(f"{sheet.title}: added the row {setting.label}.")

    def _fill(self, sheet: Worksheet, binding: Binding, row: int, setting: Setting) -> None:
        """Put the value that set-up was told into a blank cell."""
        at, text = binding.columns.get("value"), self.values.get(setting.key, "")
        if at is not None and text and sheet.cell(row, at + 1).value in (None, ""):
            _put(sheet.cell(row, at + 1), text)
            self.done.append(f"{sheet.title}: filled in {setting.label}.")

    def _wrap(self, sheet: Worksheet, row: int, column: int, text: str) -> None:
        self.texts.setdefault(sheet.title, {}).setdefault(row, {})[column] = text

    def _setting(self, sheet: Worksheet, binding: Binding, row: int, setting: Setting) -> None:
        values: dict[str, str | int] = {"setting": setting.label, "what": setting.what}
        number = setting.type is SettingType.NUMBER
        text = self.values.get(setting.key) or setting.default
        if text:
            values["value"] = int(text) if number and text.isdigit() else text
        for key, at in binding.columns.items():
            cell = sheet.cell(row, at + 1)
            _put(cell, values.get(key))
            look.format_cell(cell, SETTINGS.column(key))
            if key in values:
                self._wrap(sheet, row, at + 1, str(values[key]))
            if key == "value":
                cell.number_format = "General" if number else "@"
        if setting.choices and "value" in binding.columns:
            letter = get_column_letter(binding.columns["value"] + 1)
            look.add_dropdown(sheet, f"{letter}{row}", '"' + ",".join(setting.choices) + '"')


def _put(cell: OneCell | MergedCell, value: str | int | None) -> None:
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"  # openpyxl would make a formula of a text that begins with =


def _header(sheet: Worksheet) -> list[Cell]:
    """Return the cells of row 1, up to the last that is not blank."""
    cells = [cell_of(cell.value) for cell in sheet[1]] if sheet.max_row else []
    while cells and cells[-1] in (None, ""):
        cells.pop()
    return cells


def _close_group(sheet: Worksheet, tab: Tab) -> None:
    """Mark the column left of a closed group, where its button stands."""
    for left, column in enumerate(tab.columns[1:], 1):
        if column.grouped and not tab.columns[left - 1].grouped:
            sheet.column_dimensions[get_column_letter(left)].collapsed = True


def _covers(reference: str, width: int) -> bool:
    first, _, last = reference.partition(":")
    start, end = target(f"x!{first}"), target(f"x!{last or first}")
    return start is not None and end is not None and start.column == 1 and end.column >= width


def _refers(formula: str, title: str, letter: str) -> bool:
    plain = formula.replace("$", "").replace("'", "")
    return plain.startswith(f"{title.replace(chr(39), '')}!{letter}2:")
