"""The ``Start here`` tab: the switch that stops all mail, the live lines, and a guide of one minute.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.columns import LIVE_FIRST_ROW, LIVE_LINES, STOP_WORDS
from ..core.ports import Cell
from . import google_looks as looks
from .google_layout import LINE_KEY, Json, Layout
from .google_wire import stop_row

GUIDE: tuple[tuple[str, str], ...] = (
    ("How this works", ""),
    ("1. Contacts", "Write down the people you want to meet. Nothing is mailed before you choose how to reach them."),
    ("2. Meetings", "One row for each one-on-one. Choose Agreed when you have settled day, time and place."),
    ("3. What happens next", "Says in every row what goes next and when, or what to type. Read it; it is the truth."),
    ("4. Promises", "Write down what you promised each other. We remind the one who promised."),
    ("5. Team", "Everyone of us with an e-mail address. Tick Told when it stops for one or two people."),
    ("Made a mistake?", "Correct the cell. Mail waits a few minutes after the last change, so most slips go nowhere."),
    ("Stop everything", "Tick the box at the top of this tab, and nothing leaves until you take the tick away."),
    ("Colours", "Green is done, amber waits for a person, red needs a correction, grey is resting."),
)
GUIDE_ROW = 5
"""0-based row of the guide's first line, below the switch and the live lines."""


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
            height = GUIDE_ROW + len(GUIDE) + 1
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
    requests += [bind_line(name, sheet, LIVE_FIRST_ROW - 1 + at) for at, name in enumerate(LIVE_LINES)]
    requests.append(looks.text_rows(sheet, GUIDE_ROW, 0, GUIDE))
    requests.append(looks.text_rows(sheet, GUIDE_ROW, 0, GUIDE[:1], bold=True))
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
        requests.append(bind_line(name, sheet, at))
    if wanted:
        say(f"Start here: the line {', '.join(wanted)} is back.")


def _any(rows: Sequence[Sequence[Cell]], at: int) -> bool:
    return at < len(rows) and any(cell not in ("", None) for cell in rows[at])


def bind_line(name: str, sheet: int, row: int) -> Json:
    """Return the request that binds a live line to its row (0-based)."""
    return looks.metadata(LINE_KEY, name, {"dimensionRange": looks.span(sheet, row, row + 1, "ROWS")})


def checkbox(sheet: int, row: int) -> Json:
    """Return the request for the checkbox beside ``Stop all mail``, in column B; its value is left alone."""
    return {"setDataValidation": {
        "range": {"sheetId": sheet, "startRowIndex": row, "endRowIndex": row + 1,
                  "startColumnIndex": 1, "endColumnIndex": 2},
        "rule": {"condition": {"type": "BOOLEAN"}, "strict": False, "showCustomUi": True}}}  # fmt: skip
