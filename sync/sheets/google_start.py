"""The ``Start here`` tab: the switch that stops all mail, the live lines, and a guide of one minute.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.columns import LIVE_FIRST_ROW, LIVE_LINES, STOP_WORDS
from ..core.guide import COLOURS, GUIDE_ROW, guide
from ..core.marks import LINE
from ..core.ports import Cell
from . import google_looks as looks
from .google_layout import LINE_KEY, Json, Layout
from .google_wire import stop_row


def start_here(sheet: int, made: bool, rows: Sequence[Sequence[Cell]], layout: Layout, rules: Sequence[str] | None,
               requests: list[Json], say: Callable[[str], None]) -> None:  # fmt: skip
    """Add to ``requests`` what the tab lacks.

    ``made``: the tab is new, so everything is written.  ``rows`` are its first rows, ``rules`` the kinds of validation
    in row 1.  A tab of that name with other content gets our rows inserted above it.
    """
    filled = any(cell not in ("", None) for row in rows for cell in row)
    stop = stop_row(rows, STOP_WORDS)
    lines = layout.lines()
    if made or (stop is None and not lines):
        if filled and not made:
            height = GUIDE_ROW + len(guide(file=False)) + len(COLOURS)
            requests.append({"insertDimension": {"range": looks.span(sheet, 0, height, "ROWS"),
                                                 "inheritFromBefore": False}})  # fmt: skip
        _whole(sheet, requests)
        if not made:
            say("Start here: wrote the switch and the guide.")
        return
    if rules is not None and stop in (0, None) and (len(rules) < 2 or rules[1] != "BOOLEAN"):
        requests.append(checkbox(sheet, 0))
        say("Start here: brought the checkbox beside Stop all mail back.")
    _lines(sheet, rows, [name for name in LIVE_LINES if name not in lines], requests, say)


def _whole(sheet: int, requests: list[Json]) -> None:
    requests.append(looks.text_rows(sheet, 0, 0, [[STOP_WORDS]], bold=True))
    requests.append(checkbox(sheet, 0))
    requests.append(looks.text_rows(sheet, LIVE_FIRST_ROW - 1, 0, [[name] for name in LIVE_LINES]))
    for at, name in enumerate(LIVE_LINES):
        requests += bind_line(name, sheet, LIVE_FIRST_ROW - 1 + at)
    requests.append(_guide(sheet))
    for index, pixels in ((0, 200), (1, 520)):
        requests.append({"updateDimensionProperties": {
            "range": looks.span(sheet, index, index + 1), "properties": {"pixelSize": pixels},
            "fields": "pixelSize"}})  # fmt: skip
    first = LIVE_FIRST_ROW - 1
    requests.append(looks.protect({"sheetId": sheet, "startRowIndex": first, "endRowIndex": first + len(LIVE_LINES),
                                   "startColumnIndex": 0, "endColumnIndex": 2}))  # fmt: skip


def _lines(sheet: int, rows: Sequence[Sequence[Cell]], wanted: Sequence[str], requests: list[Json],
           say: Callable[[str], None]) -> None:  # fmt: skip
    """Bind live lines again: where their label stands, else in the first empty row below the switch."""
    taken: set[int] = set()
    for name in wanted:
        at = stop_row(rows, name)
        if at is None:
            at = next((i for i in range(2, len(rows) + 9) if i not in taken and not _any(rows, i)), len(rows) + 9)
            requests.append(looks.text_rows(sheet, at, 0, [[name]]))
        taken.add(at)
        requests += bind_line(name, sheet, at)
    if wanted:
        say(f"Start here: the line {', '.join(wanted)} is back.")


def _any(rows: Sequence[Sequence[Cell]], at: int) -> bool:
    return at < len(rows) and any(cell not in ("", None) for cell in rows[at])


def bind_line(name: str, sheet: int, row: int) -> list[Json]:
    """Return the requests that bind a live line to its row (0-based); the service's own line is hidden."""
    where = looks.span(sheet, row, row + 1, "ROWS")
    hide: Json = {"updateDimensionProperties": {"range": where, "properties": {"hiddenByUser": True},
                                                "fields": "hiddenByUser"}}  # fmt: skip
    return [looks.metadata(LINE_KEY, name, {"dimensionRange": where}), *([hide] if name == LINE else [])]


def _guide(sheet: int) -> Json:
    """Return the request that writes the guide: labels in bold, headings a little larger, the colours as they are."""
    rows = [_said(label, sentence, size=10 if sentence else 12) for label, sentence in guide(file=False)]
    rows += [_said(name, meaning, shade=shade) for name, meaning, shade in COLOURS]
    return {"updateCells": {
        "start": {"sheetId": sheet, "rowIndex": GUIDE_ROW - 1, "columnIndex": 0},
        "rows": [{"values": values} for values in rows],
        "fields": "userEnteredValue,userEnteredFormat(textFormat,wrapStrategy,verticalAlignment,"
                  "backgroundColorStyle)"}}  # fmt: skip


def _said(label: str, sentence: str, *, size: int = 10, shade: str = "#FFFFFF") -> list[Json]:
    if not label:
        return []
    shape: dict[str, object] = {"wrapStrategy": "WRAP", "verticalAlignment": "TOP"}
    head = shape | {"textFormat": {"bold": True, "fontSize": size}, "backgroundColorStyle": looks.colour(shade)}
    cells: list[Json] = [{"userEnteredValue": {"stringValue": label}, "userEnteredFormat": head}]
    if sentence:
        cells.append({"userEnteredValue": {"stringValue": sentence}, "userEnteredFormat": shape})
    return cells


def checkbox(sheet: int, row: int) -> Json:
    """Return the request for the checkbox beside ``Stop all mail``, in column B; its value is left alone."""
    return {"setDataValidation": {
        "range": {"sheetId": sheet, "startRowIndex": row, "endRowIndex": row + 1,
                  "startColumnIndex": 1, "endColumnIndex": 2},
        "rule": {"condition": {"type": "BOOLEAN"}, "strict": False, "showCustomUi": True}}}  # fmt: skip
