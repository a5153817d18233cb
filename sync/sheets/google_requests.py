"""What set-up has to ask of Google so that the spreadsheet is as ``core.columns`` says.  Pure.

:func:`plan` compares a spreadsheet as found (:class:`Found`) with the facts and returns the requests of one
``spreadsheets.batchUpdate``, which Google applies wholly or not at all, and what they mend, in words.  Nothing to mend
means no requests.  Columns that people renamed, moved or added stay as they are; no tab is ever deleted, and nothing is
written over a cell that holds something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..core import headers
from ..core.columns import SETTINGS, TAB, TABS, Column, Owner, Tab
from ..core.headers import fold_header as fold
from ..core.ports import Cell, Repair
from ..core.settings import SETTING_ROWS, SettingType
from ..core.shades import shaded
from . import google_looks as looks
from .google_layout import SHEET_KEY, TAB_KEY, Json, Layout, Mark, Sheet, choose, names
from .google_start import start_here

ROWS = 1000
"""Rows of a new table; what a new Google sheet has."""

FIELDS = (
    "properties(title,timeZone,locale),"
    "sheets(properties(sheetId,title,index,sheetType,gridProperties(rowCount,columnCount,frozenRowCount)),"
    "protectedRanges(range,warningOnly),basicFilter,conditionalFormats(ranges))"
)
"""The field mask of set-up's look at the spreadsheet."""

RULE_FIELDS = "sheets(properties(sheetId),data(rowData(values(dataValidation(condition(type))))))"
"""The field mask for the dropdowns and checkboxes of one row per tab."""


@dataclass(frozen=True, slots=True)
class Found:
    """A spreadsheet as set-up finds it; everything by tab key.

    ``rows``: the first rows of each tab that is there (all rows of ``Settings``).  ``header_at``: 0-based row of the
    headings.  ``rules``: per tab the kinds of validation in its first row below the headings (first row for
    ``Start here``), left to right; a tab is absent when Google did not say.  ``spare`` is the one empty tab of a new
    spreadsheet, which becomes ``Start here``.  ``values`` (setting key → text) go into blank ``Value`` cells.
    """

    spreadsheet: str
    layout: Layout
    rows: Mapping[str, Sequence[Sequence[Cell]]]
    header_at: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, Sequence[str]] = field(default_factory=dict)
    spare: Sheet | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """Requests in the order in which they must run, and what they mend."""

    tabs: list[Json] = field(default_factory=list)
    columns: list[Json] = field(default_factory=list)
    feel: list[Json] = field(default_factory=list)
    done: list[Repair] = field(default_factory=list)

    @property
    def requests(self) -> list[Json]:
        """All requests: tabs first, then columns, then what refers to both."""
        return [*self.tabs, *self.columns, *self.feel]

    def say(self, what: str) -> None:
        """Note one thing in words."""
        self.done.append(Repair(what))


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a tab stands once the plan has run: its sheet, its title, and the index of each column."""

    sheet: int
    title: str
    columns: Mapping[str, int]
    top: int = 1
    fresh: frozenset[str] = frozenset()
    made: bool = False


def plan(found: Found) -> Plan:
    """Return what has to be asked of Google; no requests when all is well."""
    made = Plan()
    _own_id(found, made)
    stands: dict[str, Stand] = {}
    for position, tab in enumerate(TABS):
        sheet = found.layout.tabs.get(tab.key)
        stands[tab.key] = _new_tab(found, tab, position, made) if sheet is None else _old_tab(found, tab, sheet, made)
    for tab in TABS:
        stand = stands[tab.key]
        if tab.table:
            _feel(found, tab, stand, stands, made)
    _settings(found, stands["settings"], made)
    start = stands["start_here"]
    start_here(start.sheet, start.made, found.rows.get("start_here", ()), found.layout, found.rules.get("start_here"),
               made.feel, made.say)  # fmt: skip
    _dashboard(found, stands["dashboard"], made)
    return made


def _own_id(found: Found, made: Plan) -> None:
    born = [mark for mark in found.layout.marks if mark.key == SHEET_KEY]
    if [mark.value for mark in born] == [found.spreadsheet]:
        return
    made.tabs += [looks.unbind(mark.id) for mark in born]
    made.tabs.append(looks.metadata(SHEET_KEY, found.spreadsheet, {"spreadsheet": True}))
    if born and found.spreadsheet not in {mark.value for mark in born}:
        made.say("This copy of a sheet is now a sheet of its own.")


# --- tabs ------------------------------------------------------------------------------------------------------------


def _new_tab(found: Found, tab: Tab, position: int, made: Plan) -> Stand:
    grid = {"rowCount": ROWS if tab.table else 200, "columnCount": max(len(tab.columns), 8)}
    if tab.table:
        grid |= {"frozenRowCount": 1, "frozenColumnCount": 1}
    about: dict[str, object] = {"title": tab.title, "tabColorStyle": looks.colour(tab.colour)}
    if tab.key == "start_here" and found.spare is not None:
        sheet = found.spare.id
        made.tabs.append({"updateSheetProperties": {"properties": {"sheetId": sheet, **about},
                                                    "fields": "title,tabColorStyle"}})  # fmt: skip
    else:
        sheet = _free_id(found.layout, position)
        about |= {"sheetId": sheet, "gridProperties": grid}
        if tab.key == "start_here":
            about["index"] = 0
        made.tabs.append({"addSheet": {"properties": about}})
    made.tabs.append(looks.metadata(TAB_KEY, tab.key, {"sheetId": sheet}))
    made.say(f"Made the tab {tab.title}.")
    if tab.columns:
        _add_columns(tab, tab.columns, sheet, 0, 0, made)
    columns = {column.key: at for at, column in enumerate(tab.columns)}
    return Stand(sheet, tab.title, columns, fresh=frozenset(columns), made=True)


def _free_id(layout: Layout, position: int) -> int:
    taken = {sheet.id for sheet in layout.sheets}
    number = 1001 + position
    while number in taken:
        number += 100
    return number


def _old_tab(found: Found, tab: Tab, sheet: Sheet, made: Plan) -> Stand:
    tab_marks = [m for m in found.layout.marks if m.key == TAB_KEY and m.value == tab.key]
    ours = [m for m in tab_marks if m.sheet == sheet.id]
    made.tabs += [looks.unbind(m.id) for m in tab_marks if m not in ours[:1]]
    if not ours:
        made.tabs.append(looks.metadata(TAB_KEY, tab.key, {"sheetId": sheet.id}))
        made.say(f"{tab.title}: found, and remembered.")
        frozen = ((sheet.facts.get("properties") or {}).get("gridProperties") or {}).get("frozenRowCount")
        if tab.table and not frozen and not found.header_at.get(tab.key):
            made.tabs.append({"updateSheetProperties": {
                "properties": {"sheetId": sheet.id, "gridProperties": {"frozenRowCount": 1, "frozenColumnCount": 1}},
                "fields": "gridProperties(frozenRowCount,frozenColumnCount)"}})  # fmt: skip
    if not tab.table:
        return Stand(sheet.id, sheet.title, {})
    return _old_columns(found, tab, sheet, made)


# --- columns ---------------------------------------------------------------------------------------------------------


def _old_columns(found: Found, tab: Tab, sheet: Sheet, made: Plan) -> Stand:
    at = found.header_at.get(tab.key, 0)
    rows = found.rows.get(tab.key, ())
    header = list(rows[at]) if at < len(rows) else []
    marked = found.layout.marked(tab.key)
    chosen = choose(tab, marked, header)
    binding = headers.bind(tab, header, {key: mark.index for key, mark in chosen.items()})
    columns = dict(binding.columns)
    kept = {key: mark for key, mark in chosen.items() if columns.get(key) == mark.index}
    _marks(found, tab, sheet, columns, kept, made)
    blank = [tab.column(key) for key, place in columns.items() if place >= len(header) or not fold(header[place])]
    for column in blank:
        made.columns.append(looks.header_cells(sheet.id, columns[column.key], [column], at))
    if blank:
        made.say(f"{tab.title}: wrote the heading {_listed(blank)} again.")
    doubled = {fold(name) for name in binding.doubled}
    missing = [c for c in tab.columns if c.key not in columns and not names(c) & doubled]
    if missing:
        start = max([len(header), *(len(row) for row in rows), *(place + 1 for place in columns.values())])
        _make_room(sheet, start, len(missing), made)
        _add_columns(tab, missing, sheet.id, start, at, made)
        columns |= {column.key: start + offset for offset, column in enumerate(missing)}
        made.say(f"{tab.title}: added the column {_listed(missing)}.")
    return Stand(sheet.id, sheet.title, columns, at + 1, frozenset(column.key for column in missing))


def _marks(found: Found, tab: Tab, sheet: Sheet, columns: Mapping[str, int], kept: Mapping[str, Mark], made: Plan
           ) -> None:  # fmt: skip
    stale = [m for m in found.layout.marks if m.value.partition(".")[0] == tab.key and "." in m.value
             and m.id not in {mark.id for mark in kept.values()}]  # fmt: skip
    made.columns += [looks.unbind(mark.id) for mark in stale]
    unbound = [tab.column(key) for key in columns if key not in kept]
    made.columns += [looks.bind_column(tab, column, sheet.id, columns[column.key]) for column in unbound]
    if unbound:
        made.say(f"{tab.title}: remembered where {_listed(unbound)} stands.")
    elif stale:
        made.say(f"{tab.title}: forgot a copied column.")


def _make_room(sheet: Sheet, start: int, length: int, made: Plan) -> None:
    """New columns are inserted, never taken: what people typed beside the table in the meantime only moves right."""
    if start < sheet.columns:
        made.columns.append({"insertDimension": {"range": looks.span(sheet.id, start, start + length),
                                                 "inheritFromBefore": False}})  # fmt: skip
    else:
        made.columns.append({"appendDimension": {"sheetId": sheet.id, "dimension": "COLUMNS",
                                                 "length": start + length - sheet.columns}})  # fmt: skip


def _add_columns(tab: Tab, columns: Sequence[Column], sheet: int, start: int, row: int, made: Plan) -> None:
    made.columns.append(looks.header_cells(sheet, start, columns, row))
    for offset, column in enumerate(columns):
        index = start + offset
        made.columns += [looks.bind_column(tab, column, sheet, index), looks.width(column, sheet, index)]
        shape = looks.cell_format(tab, column, sheet, index, row + 1)
        if shape is not None:
            made.columns.append(shape)
    grouped = [start + offset for offset, column in enumerate(columns) if column.grouped]
    for first, end in looks.runs(grouped):
        made.feel += looks.group(sheet, first, end)


def _listed(columns: Sequence[Column]) -> str:
    if len(columns) > 4:
        return f"{columns[0].header} and {len(columns) - 1} more"
    return ", ".join(column.header for column in columns)


# --- dropdowns, filter, colours, warnings ----------------------------------------------------------------------------


def _feel(found: Found, tab: Tab, stand: Stand, stands: Mapping[str, Stand], made: Plan) -> None:
    facts = next((s.facts for s in found.layout.sheets if s.id == stand.sheet), {}) if not stand.made else {}
    _rules(found.rules.get(tab.key), tab, stand, stands, made)
    _filter(facts.get("basicFilter"), tab, stand, made)
    _warnings(facts.get("protectedRanges") or (), tab, stand, made)
    shown = [index for key, index in stand.columns.items() if key in shaded(tab)]
    if shown and not facts.get("conditionalFormats"):
        made.feel += looks.colours(tab, stand.sheet, shown, stand.top)
        if not stand.made and not stand.fresh:
            made.say(f"{tab.title}: brought the colours back.")


def _rules(rules: Sequence[str] | None, tab: Tab, stand: Stand, stands: Mapping[str, Stand], made: Plan) -> None:
    mended = []
    for key, index in stand.columns.items():
        column = tab.column(key)
        request = looks.validation(column, stand.sheet, index, _source(column, stands), stand.top)
        known = stand.made or key in stand.fresh
        lacks = rules is not None and (rules[index] if index < len(rules) else "") == ""
        if request is not None and (known or lacks):
            made.feel.append(request)
            if not known:
                mended.append(column)
    if mended:
        made.say(f"{tab.title}: brought the dropdown or checkbox of {_listed(mended)} back.")


def _source(column: Column, stands: Mapping[str, Stand]) -> str:
    if not column.names_from:
        return ""
    source = stands[column.names_from]
    index = source.columns.get("name")
    return "" if index is None else looks.names_source(source.title, index, source.top)


def _filter(present: Json | None, tab: Tab, stand: Stand, made: Plan) -> None:
    """One filter over all our columns, ID included: then sorting by it never tears an id from its row."""
    first, last = min(stand.columns.values(), default=0), max(stand.columns.values(), default=-1)
    span = (present or {}).get("range") or {}
    start, end = span.get("startColumnIndex") or 0, span.get("endColumnIndex")
    if last < 0 or (present and start <= first and (end is None or end > last)):
        return
    area = {"sheetId": stand.sheet, "startRowIndex": stand.top - 1, "startColumnIndex": 0, "endColumnIndex": last + 1}
    made.feel.append({"setBasicFilter": {"filter": {**(present or {}), "range": area}}})
    if not stand.made and not stand.fresh:
        made.say(f"{tab.title}: the filter covers the whole table again.")


def _warnings(present: Sequence[Json], tab: Tab, stand: Stand, made: Plan) -> None:
    ours = [index for key, index in stand.columns.items() if tab.column(key).owner is Owner.SERVICE]
    open_ = [index for index in ours if not any(_covers(item.get("range") or {}, index, stand.top) for item in present)]
    made.feel += [looks.protect(looks.below(stand.sheet, start, end, stand.top)) for start, end in looks.runs(open_)]
    if not any(_is_row(item.get("range") or {}, stand.top - 1) for item in present):
        made.feel.append(looks.protect(
            {"sheetId": stand.sheet, "startRowIndex": stand.top - 1, "endRowIndex": stand.top},
            looks.HEADER_NOTE))  # fmt: skip
    elif not open_:
        return
    if not stand.made and not stand.fresh:
        made.say(f"{tab.title}: brought the warnings on our columns and the headings back.")


def _covers(area: Json, index: int, top: int) -> bool:
    end = area.get("endColumnIndex")
    tall = (area.get("startRowIndex") or 0) <= top and (area.get("endRowIndex") or ROWS) > top + 1
    return tall and (area.get("startColumnIndex") or 0) <= index and (end is None or index < end)


def _is_row(area: Json, row: int) -> bool:
    return not area.get("startColumnIndex") and (area.get("startRowIndex") or 0) <= row and (
        area.get("endRowIndex") is None or row < area["endRowIndex"] <= row + 1)  # fmt: skip


# --- what stands in cells --------------------------------------------------------------------------------------------


def _settings(found: Found, stand: Stand, made: Plan) -> None:
    """Add the rows that ``Settings`` lacks, with their usual value; a value that a person cleared stays clear.

    Only what set-up was told (``found.values``) goes into a blank cell.
    """
    rows = found.rows.get("settings", ())
    label = stand.columns.get("setting")
    if label is None:
        return
    there = {fold(row[label]): at for at, row in enumerate(rows) if label < len(row)} if not stand.made else {}
    wanted = [setting for setting in SETTING_ROWS if fold(setting.label) not in there]
    first = max(stand.top, len(rows) if not stand.made else 0)
    texts = [{"setting": s.label, "value": found.values.get(s.key) or s.default, "what": s.what} for s in wanted]
    for key in ("setting", "value", "what"):
        if key in stand.columns and wanted:
            cells = [[text[key]] for text in texts]
            made.feel.append(looks.text_rows(stand.sheet, first, stand.columns[key], cells))
    value = stand.columns.get("value")
    for offset, setting in enumerate(wanted):
        if setting.type is SettingType.CHOICE and value is not None:
            rule = {"condition": looks.one_of(setting.choices), "strict": False, "showCustomUi": True}
            made.feel.append({"setDataValidation": {"rule": rule, "range": {
                "sheetId": stand.sheet, "startRowIndex": first + offset, "endRowIndex": first + offset + 1,
                "startColumnIndex": value, "endColumnIndex": value + 1}}})  # fmt: skip
    for setting in SETTING_ROWS:
        row, text = there.get(fold(setting.label)), found.values.get(setting.key)
        if value is not None and row is not None and text and not _filled(rows[row], value):
            made.feel.append(looks.text_rows(stand.sheet, row, value, [[text]]))
            made.say(f"{SETTINGS.title}: filled in {setting.label}.")
    if wanted and not stand.made:
        made.say(f"{SETTINGS.title}: added {', '.join(s.label for s in wanted[:4])}{' …' if len(wanted) > 4 else ''}.")


def _filled(row: Sequence[Cell], at: int) -> bool:
    return at < len(row) and row[at] not in ("", None)


def _dashboard(found: Found, stand: Stand, made: Plan) -> None:
    if stand.made or not any(any(cell not in ("", None) for cell in row) for row in found.rows.get("dashboard", ())):
        title = TAB["dashboard"].title
        made.feel.append(looks.text_rows(stand.sheet, 0, 0, [[title]], bold=True))
        if not stand.made:
            made.say(f"{title}: wrote the heading again.")
    if stand.made:
        made.feel.append(looks.protect({"sheetId": stand.sheet}))
