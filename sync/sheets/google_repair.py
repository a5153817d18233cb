"""Set-up in a Google spreadsheet: look, compare with the facts, ask for everything at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..core.columns import START_HERE, TABS
from ..core.ports import Cell, Repair
from . import google_wire as wire
from .google_layout import Json, Layout, Sheet, header_at, layout, marks
from .google_looks import quoted
from .google_patience import BrokenError
from .google_reading import Line, decoded
from .google_requests import FIELDS, RULE_FIELDS, Found, plan

TOP = 30
"""Rows of each tab that are looked at: headings may stand below a title, live lines below inserted rows."""


@dataclass(slots=True)
class Mending:
    """One run of set-up.  ``values`` (setting key → text) go into blank ``Value`` cells.

    ``_asked`` is what a request whose answer was lost would have mended.
    """

    line: Line
    spreadsheet: str
    values: Mapping[str, str]
    _asked: tuple[Repair, ...] = field(default=())

    def once(self) -> tuple[Repair, ...]:
        """Return what was mended, nothing (and no write request) when all was well; raises :class:`BrokenError`.

        Safe to repeat: it looks first, so what a lost answer has mended already is not asked for again.
        """
        made = plan(self._found())
        if not made.requests:
            return self._asked
        try:
            self.line.batch(made.requests)
        except BrokenError as broken:
            if not broken.fault.unsent:
                self._asked = tuple(made.done)
            raise
        return tuple(made.done) or (Repair("The sheet was tidied up."),)

    def _found(self) -> Found:
        about = layout(self.line.about(FIELDS), marks(self.line.search()))
        rows = self._rows(about)
        tables = {tab.key: tab for tab in TABS if tab.table and tab.key in about.tabs}
        at = {key: header_at(tab, rows.get(key, ())) for key, tab in tables.items()}
        spare = self._spare(about, rows)
        return Found(self.spreadsheet, about, rows, at, self._rules(about, at), spare, self.values)

    def _rows(self, about: Layout) -> dict[str, list[list[Cell]]]:
        """Return the first rows by tab key; of ``Settings``, ``Start here`` and a lone unknown sheet (``""``) all."""
        filters: dict[str, Json] = {}
        for key, sheet in about.tabs.items():
            span = wire.whole(sheet.id)["gridRange"]
            filters[key] = {"gridRange": {**span, "startRowIndex": 0, "endRowIndex": min(TOP, sheet.rows)}}
        for key in {"settings", START_HERE.key} & set(about.tabs):
            filters[key] = wire.whole(about.tabs[key].id)
        if len(about.sheets) == 1 and not about.tabs:
            filters[""] = wire.whole(about.sheets[0].id)
        if not filters:
            return {}
        wanted = list(filters.values())
        answers = wire.answered(wanted, decoded(self.line.values(wire.get_body(wanted))))
        return {key: wire.rows_of(answer) for key, answer in zip(filters, answers, strict=True)}

    def _spare(self, about: Layout, rows: dict[str, list[list[Cell]]]) -> Sheet | None:
        """Return the one empty tab that Google puts into a new spreadsheet, under whatever name."""
        lone = about.sheets[0] if len(about.sheets) == 1 and "" in rows else None
        return lone if lone is not None and not any(rows[""]) else None

    def _rules(self, about: Layout, at: dict[str, int]) -> dict[str, list[str]]:
        """Return the kinds of validation in the first row below the headings, by tab key (row 1 of ``Start here``)."""
        wanted = {key: row + 2 for key, row in at.items()}
        if START_HERE.key in about.tabs:
            wanted[START_HERE.key] = 1
        there = {about.tabs[key].id: key for key, row in wanted.items() if row <= about.tabs[key].rows}
        if not there:
            return {}
        ranges = [f"{quoted(about.tabs[key].title)}!{wanted[key]}:{wanted[key]}" for key in there.values()]
        answer = self.line.about(RULE_FIELDS, ranges)
        found = {}
        for facts in answer.get("sheets") or ():
            key = there.get(int((facts.get("properties") or {}).get("sheetId") or 0))
            if key is not None and "data" in facts:
                found[key] = _kinds(facts["data"])
        return found


def _kinds(data: Sequence[Json]) -> list[str]:
    rows = data[0].get("rowData") if data else None
    cells = (rows[0].get("values") or []) if rows else []
    return [str(((cell.get("dataValidation") or {}).get("condition") or {}).get("type") or "") for cell in cells]
