"""``docs/sheet.md``, made from the facts of the columns and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from .columns import REACH, STAGES, STOP_WORDS, TAB, TABS, CellType, Column, Owner, Tab
from .settings import SETTING_ROWS

_HEAD = """\
# The sheet

One spreadsheet holds everything. `sync setup` makes its tabs and mends them when it is run again. You may sort, filter,
move and insert rows and columns, rename headings and add columns of your own.

A row counts as soon as its first cell is filled. A column marked * must be filled before mail about that row goes. Each
tab begins with who or what the row is about; beside it `What happens next` says in words what goes, when, and why not.

**Who reads it** says how far a cell goes. Only a column whose heading ends in ✉ reaches your contact word for word. Of
some others they get a fact: a name, the day, the time, how long, where an answer goes. The rest stays in the sheet.

*At rest* means: the column or setting is there, and nothing is done with it yet. Mails are in English so far.

## How days and times are typed

The service reads them as people type them: `17:30`, `17.30`, `17h`, `5 pm`; `11 Mar 2027`, `11. 3. 2027`, `2027-03-11`.
A day without a year is the next such day. What could be read two ways is never guessed: the row says what it could mean
and what to type, and no mail uses that cell until you have.
"""
_FOOT = """\
This page is made from the program's own facts by `make example`.
"""

PURPOSE: Mapping[str, str] = MappingProxyType({
    "start_here": "The first thing to look at: the switch that stops all mail, when the service last looked at the "
                  "sheet, and a guide of one minute.",
    "contacts": "The people you meet, one row each.",
    "meetings": "One row for each one-on-one. A person you meet three times has three rows.",
    "promises": "What you promised each other. Open promises stand in the thank-you, word for word.",
    "team": "Those of you who meet people. The name and number here stand in the mails.",
    "messages": "At rest: later you can put texts of your own here.",
    "settings": "How the service behaves. `Value` is yours; a blank one means the usual value.",
    "mail_log": "Every mail has a line here before it leaves, and what became of it. If the computer of the service is "
                "lost, another one learns from here what has gone.",
    "dashboard": "At rest: later there are charts here.",
})  # fmt: skip
"""What each tab is for, in words for the team."""

AT_REST: Mapping[str, frozenset[str]] = MappingProxyType({
    "contacts": frozenset({"language", "stands"}),
    "meetings": frozenset({"text_next", "reply", "debrief"}),
    "promises": frozenset({"st_reminder"}),
    "team": frozenset({"language", "zone", "briefs", "digest", "told_when_stops", "heir"}),
    "messages": frozenset(column.key for column in TAB["messages"].columns),
    "settings": frozenset({"brief_at", "after_no_show", "keep_days"}),
})  # fmt: skip
"""Columns (for ``settings``: settings) with which nothing is done yet."""

FACTS: Mapping[str, frozenset[str]] = MappingProxyType({
    "contacts": frozenset({"name", "email"}),
    "meetings": frozenset({"contact", "date", "time", "organizer", "minutes", "zone"}),
    "promises": frozenset({"contact", "side", "due", "who"}),
    "team": frozenset({"name", "email"}),
})  # fmt: skip
"""Team columns from which a fact gets into a mail."""

STAGE_MEANS: Mapping[str, str] = MappingProxyType({
    "Draft": "You are not ready. Nothing goes, nothing is cancelled. Blank means the same.",
    "Invite": "Ask them: they get one honest invitation with your purpose; day, time and place may be a proposal. "
              "When they say yes, choose Agreed.",
    "Agreed": "You have settled day, time and place. They get a confirmation with an entry for their calendar, a "
              "reminder two days before that asks whether it still suits, and one on the day.",
    "Confirmed": "As Agreed, but they told you themselves that they will come: no mail asks any more.",
    "Took place": "You met. The thank-you goes the next morning, with your `Thank-you line ✉` and what you promised "
                  "each other. Without either a plain one goes after 48 hours, unless Settings says never.",
    "Didn't come": "Nothing goes. You could call them.",
    "Postponed": "There is no new day yet. If they had a confirmation, they are told that the old day is off.",
    "They called off": "If they had a confirmation, they get a line that it is all right.",
    "We called off": "If they had a confirmation, they are told, with one line of regret.",
})  # fmt: skip
"""What each choice of ``Stage`` does now."""

REACH_MEANS: Mapping[str, str] = MappingProxyType({
    "Ask first": "You have not asked whether you may write. Nothing goes. Blank means the same.",
    "E-mail is fine": "They get all mails about their meetings.",
    "Few e-mails": "Confirmation, change, cancellation and the reminder on the day. No 2-day reminder, no thank-you.",
    "Phone only": "No mail. Call them.",
    "Leave in peace": "No mail.",
    "E-mail again, they asked": "They once wanted no mail and have asked for it again: as E-mail is fine.",
})  # fmt: skip
"""What each choice of ``How to reach them`` does now."""


_STATUS = "Begins with Sent, Goes, Waits, Skipped, Refused, Not sure, Practice or Before start; then when, or why."
_UNSAID: Mapping[tuple[str, str], str] = MappingProxyType({
    ("team", "open_promises"): "How many promises they still have to keep.",
    ("settings", "setting"): "What the row is about; see below.",
    ("settings", "what"): "One sentence about it.",
    ("mail_log", "when"): "When it left.",
    ("mail_log", "message"): "Which kind of mail.",
    ("mail_log", "to"): "Name and address.",
    ("mail_log", "about"): "The person and the meeting.",
    ("mail_log", "subject"): "Its subject.",
    ("mail_log", "result"): "Sent, Not sure, Refused, Waits or Practice, with time or reason.",
    ("mail_log", "message_id"): "The number by which mail programs know it.",
    ("mail_log", "key"): "How the service knows it again. Please leave it.",
})  # fmt: skip
"""What stands in columns that have no note in the sheet."""


def sheet_page() -> str:
    """Return the text of ``docs/sheet.md``: every tab, column, choice and setting, and who fills it."""
    parts = [_HEAD, *(_tab(tab) for tab in TABS), _FOOT]
    return "\n".join(parts)


def _tab(tab: Tab) -> str:
    lines = [f"## {tab.title}", "", PURPOSE[tab.key], ""]
    if tab.key == "start_here":
        lines += _start_here()
    elif tab.key == "settings":
        lines += [*_columns(tab), "", *_settings()]
    elif tab.columns:
        lines += _columns(tab)
    if tab.key == "meetings":
        lines += ["", *_choices("Stage", STAGES, STAGE_MEANS)]
    if tab.key == "contacts":
        lines += ["", *_choices("How to reach them", REACH, REACH_MEANS)]
    return "\n".join(lines).rstrip() + "\n"


def _start_here() -> Iterator[str]:
    yield f"Beside `{STOP_WORDS}` is a checkbox, in a workbook a list with TRUE and FALSE. While it is ticked no mail"
    yield "leaves, whatever else the sheet says. Any other word in that cell stops the mail too."


def _columns(tab: Tab) -> Iterator[str]:
    if frozenset(column.key for column in tab.columns) == AT_REST.get(tab.key):
        yield "| column | filled by |"
        yield "|---|---|"
        yield from (f"| `{column.header}` | {_filler(column)} |" for column in tab.columns)
        return
    yield "| column | filled by | what stands there | who reads it |"
    yield "|---|---|---|---|"
    for column in tab.columns:
        star = "*" if column.required else ""
        yield f"| `{column.header}`{star} | {_filler(column)} | {_what(tab, column)} | {_reader(tab, column)} |"


def _filler(column: Column) -> str:
    return "you" if column.owner is Owner.TEAM else "the service"


def _what(tab: Tab, column: Column) -> str:
    unsaid = _STATUS if column.type is CellType.STATUS else _UNSAID.get((tab.key, column.key), "")
    words = [column.note or unsaid]
    if column.choices in (STAGES, REACH):
        words.append("The choices stand below.")
    elif any(choice not in column.note for choice in column.choices):
        words.append("One of: " + ", ".join(column.choices) + ".")
    if column.type is CellType.CHECKBOX:
        words.append("A checkbox.")
    if column.hidden:
        words.append("Hidden.")
    elif column.grouped:
        words.append("Folded away; open the group to see it.")
    return " ".join(word for word in words if word).replace("|", "\\|")


def _reader(tab: Tab, column: Column) -> str:
    if tab.key != "settings" and column.key in AT_REST.get(tab.key, ()):
        return "*at rest*"
    if column.header.endswith("✉"):
        return "your contact, word for word"
    if column.key in FACTS.get(tab.key, ()):
        return "your contact, as a fact"
    return "only you"


def _choices(header: str, choices: tuple[str, ...], means: Mapping[str, str]) -> Iterator[str]:
    yield f"| `{header}` | what it does |"
    yield "|---|---|"
    for choice in choices:
        yield f"| {choice} | {means[choice]} |"


def _settings() -> Iterator[str]:
    yield "| setting | usual value | what it does |"
    yield "|---|---|---|"
    for row in SETTING_ROWS:
        usual = f"`{row.default}`" if row.default else "blank"
        more = f" One of: {', '.join(row.choices)}." if row.choices else ""
        rest = " *At rest.*" if row.key in AT_REST["settings"] else ""
        yield f"| `{row.label}` | {usual} | {row.what}{more}{rest} |"
