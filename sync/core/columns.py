"""The sheet as a table of facts: every tab and column of ``design.md`` 3.

From these facts come the row models' checks, the parser, the write-back, the set-up of tabs in Google and in the
local workbook, and the docs.  Titles and headers are fixed: people and tools outside the project rely on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Owner(StrEnum):
    """Who fills a column.  We never write a team column."""

    TEAM = "team"
    SERVICE = "service"


class CellType(StrEnum):
    """What stands in a column's cells, and so how it is parsed, formatted and validated."""

    TEXT = "text"
    LONG_TEXT = "long text"
    CHOICE = "choice"  # one of ``choices``
    NAME = "name"  # a name from the tab ``names_from``; an e-mail address or an ID is understood too
    EMAIL = "email"
    PHONE = "phone"
    LANGUAGE = "language"
    ZONE = "zone"
    DATE = "date"
    DATE_TIME = "date with an optional time"
    TIME = "time"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    SENTENCE = "sentence"  # ours: What happens next, Where things stand …
    STATUS = "status"  # ours: begins with Sent, Goes, Waits …
    ID = "id"  # ours: plain text, begins with a letter


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``key`` is its name in code, ``header`` its text in row 1; the rest tells how to make it."""

    key: str
    header: str
    owner: Owner
    type: CellType
    required: bool = False
    choices: tuple[str, ...] = ()
    names_from: str = ""  # key of the tab whose ``name`` column fills the dropdown
    note: str = ""  # one sentence with an example, shown on the header
    example: str = ""
    aliases: tuple[str, ...] = ()
    width: int = 120  # pixels
    hidden: bool = False
    grouped: bool = False  # stands in the closed group of what is rarely needed
    default: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: ``table`` says whether it has one header row and a row per thing; others have a layout of their own."""

    key: str
    title: str
    columns: tuple[Column, ...] = ()
    table: bool = True
    ours: bool = False  # wholly filled by the service
    colour: str = "#9AA0A6"
    aliases: tuple[str, ...] = ()

    def column(self, key: str) -> Column:
        """Return the column called ``key``; raises :class:`KeyError`."""
        for column in self.columns:
            if column.key == key:
                return column
        raise KeyError(f"{self.key}.{key}")

    @property
    def required(self) -> tuple[Column, ...]:
        """Columns marked * in ``design.md`` 3, in order; the first of them says whether a row counts."""
        return tuple(column for column in self.columns if column.required)

    @property
    def anchor(self) -> str:
        """Return the key of the column whose text says what a row is: the first required one, else the first."""
        return next((column.key for column in self.columns if column.required), self.columns[0].key)

    @property
    def identified(self) -> bool:
        """Whether rows of this tab carry an ``ID``."""
        return any(column.type is CellType.ID and column.key == "id" for column in self.columns)


TEAM, SERVICE = Owner.TEAM, Owner.SERVICE

REACH = (
    "Ask first",
    "E-mail is fine",
    "Few e-mails",
    "Phone only",
    "Leave in peace",
    "E-mail again, they asked",
)
STAGES = (
    "Draft",
    "Invite",
    "Agreed",
    "Confirmed",
    "Took place",
    "Didn't come",
    "Postponed",
    "They called off",
    "We called off",
)
ANSWERS = ("Yes", "Maybe", "Not today", "No", "Nothing asked")
TONES = ("Polite", "Familiar")
YES_NO = ("Yes", "No")
SIDES = ("We", "They")
DIGESTS = ("Daily", "Weekly", "None")
DECISIONS = ("Send again", "Leave it")

NEXT_HEADER = "What happens next"


def _next(note: str = "We write here what is wrong, or what goes next and when.") -> Column:
    return Column("next", NEXT_HEADER, SERVICE, CellType.SENTENCE, note=note, width=340)


def _id(key: str = "id", header: str = "ID") -> Column:
    return Column(key, header, SERVICE, CellType.ID, note="How we recognise this row. Please leave it.", hidden=True)


CONTACTS = Tab(
    "contacts",
    "Contacts",
    (
        Column("name", "Name", TEAM, CellType.TEXT, required=True, example="Anna Kováčová", width=180,
               note="The name as you would say it, like Anna Kováčová.", aliases=("Contact", "Full name")),
        _next(),
        Column("reach", "How to reach them", TEAM, CellType.CHOICE, choices=REACH, default="Ask first", width=150,
               note='Nothing is mailed before you choose, like "E-mail is fine".', example="E-mail is fine"),
        Column("email", "Email", TEAM, CellType.EMAIL, example="anna@example.org", width=200,
               note="One address, like anna@example.org.", aliases=("E-mail", "Mail", "Email address")),
        Column("phone", "Phone", TEAM, CellType.PHONE, example="0903 123 456", width=130,
               note="With the country when it is not yours, like +421 903 123 456.", aliases=("Telephone", "Mobile")),
        Column("organizer", "Organizer", TEAM, CellType.NAME, names_from="team", width=130,
               note="Who of us keeps in touch with them, like Jana."),
        Column("greeting", "Greeting ✉", TEAM, CellType.TEXT, example="Dear Anna,", width=140,
               note="Opens every mail, word for word, like Dear Anna,"),
        Column("tone", "Tone", TEAM, CellType.CHOICE, choices=TONES, default="Polite", width=90,
               note="Polite unless you choose Familiar.", example="Familiar"),
        Column("language", "Language", TEAM, CellType.LANGUAGE, width=90, example="English",
               note="The language of their mails, like English or sk."),
        Column("how_we_know", "How we know them", TEAM, CellType.LONG_TEXT, width=220,
               note="For us only, like: met at the spring fair.", example="met at the spring fair"),
        Column("care_about", "What they care about", TEAM, CellType.LONG_TEXT, width=220,
               note="For us only, like: the playground, rents.", example="the playground"),
        Column("mention", "May mention publicly", TEAM, CellType.CHOICE, choices=YES_NO, width=110,
               note="Yes only if they said so; blank means no."),
        Column("quiet_until", "No mail until", TEAM, CellType.DATE, width=110,
               note="They get nothing before this day, like 22 Mar 2027."),
        Column("dropped_out", "Dropped out", TEAM, CellType.DATE, width=110,
               note="The day they stepped back, like 3 May 2027."),
        Column("notes", "Notes", TEAM, CellType.LONG_TEXT, width=260, note="For us only. Never mailed."),
        Column("stands", "Where things stand", SERVICE, CellType.SENTENCE, width=200,
               note="Made from the meetings with them."),
        Column("last_meeting", "Last one-on-one", SERVICE, CellType.SENTENCE, width=130,
               note="The last meeting that took place."),
        _id(),
    ),
    colour="#188038",
)  # fmt: skip

MEETINGS = Tab(
    "meetings",
    "Meetings",
    (
        Column("contact", "Contact", TEAM, CellType.NAME, required=True, names_from="contacts", width=170,
               note="Choose a person from Contacts.", example="Anna Kováčová"),
        _next(),
        Column("stage", "Stage", TEAM, CellType.CHOICE, choices=STAGES, width=120, example="Agreed",
               note="Nothing goes while this is blank or Draft. Choose Agreed when you have settled it."),
        Column("date", "Date", TEAM, CellType.DATE, width=110, note="The day, like 11 Mar 2027."),
        Column("time", "Time", TEAM, CellType.TIME, width=80, note="When it starts, like 17:30."),
        Column("place", "Place ✉", TEAM, CellType.TEXT, width=200, example="Café Dobre, Hlavná 12",
               note="They read this word for word, like Café Dobre, Hlavná 12."),
        Column("purpose", "Purpose ✉", TEAM, CellType.LONG_TEXT, width=260,
               example="I want to hear what you would change in the courtyard.",
               note="One whole sentence they will read: why would you like to meet?"),
        Column("organizer", "Organizer", TEAM, CellType.NAME, required=True, names_from="team", width=130,
               note="Who of us goes, like Jana.", example="Jana"),
        Column("answer", "Answer to our ask", TEAM, CellType.CHOICE, choices=ANSWERS, width=130,
               note="What they said when you asked, like Not today."),
        Column("heard", "What I heard", TEAM, CellType.LONG_TEXT, width=260, note="For us only. Never mailed."),
        Column("thanks", "Thank-you line ✉", TEAM, CellType.LONG_TEXT, width=260,
               note="Your own sentence in the thank-you, word for word.",
               example="What you said about the old playground has stayed with me."),
        Column("next_step", "Next step", TEAM, CellType.LONG_TEXT, width=200, note="What you agreed to do next."),
        Column("next_step_date", "Next step date", TEAM, CellType.DATE_TIME, width=130,
               note="When, like 20 Mar 2027 or 20 Mar 2027 18:00."),
        Column("ask_again", "Ask again on", TEAM, CellType.DATE, width=110,
               note="The day this person comes back to you, like 3 May 2027."),
        Column("hold", "Hold mail", TEAM, CellType.CHECKBOX, width=80,
               note="Tick it and nothing about this meeting goes, at once."),
        Column("ask", "Our ask", TEAM, CellType.LONG_TEXT, width=200, note="For us only: what you would ask for."),
        Column("preparation", "Preparation notes", TEAM, CellType.LONG_TEXT, width=220, note="For us only."),
        Column("team_notes", "Team notes", TEAM, CellType.LONG_TEXT, width=220, note="For us only. Never mailed."),
        Column("minutes", "Minutes", TEAM, CellType.NUMBER, width=80, note="How long, like 45; blank: as in Settings."),
        Column("zone", "Time zone", TEAM, CellType.ZONE, width=140, example="Europe/Bratislava",
               note="Only when it is not the team's, like Europe/London."),
        Column("text_next", "Text of next email", SERVICE, CellType.SENTENCE, width=260,
               note="What would leave, so that nobody sends blind."),
        Column("stands", "Where it stands", SERVICE, CellType.SENTENCE, width=120, grouped=True,
               note="The stage that counts; the charts use it."),
        Column("reply", "Reply", SERVICE, CellType.SENTENCE, width=140, grouped=True, note="What they answered."),
        Column("debrief", "Debrief", SERVICE, CellType.SENTENCE, width=140, grouped=True,
               note="What the organizer answered by mail."),
        Column("st_invitation", "Invitation", SERVICE, CellType.STATUS, width=160, grouped=True),
        Column("st_confirmation", "Confirmation", SERVICE, CellType.STATUS, width=160, grouped=True,
               note="The latest of confirmation, change and cancellation."),
        Column("st_reminder_2d", "2-day reminder", SERVICE, CellType.STATUS, width=160, grouped=True),
        Column("st_reminder_day", "Day-of reminder", SERVICE, CellType.STATUS, width=160, grouped=True),
        Column("st_thank_you", "Thank-you", SERVICE, CellType.STATUS, width=160, grouped=True),
        _id("contact_id", "Contact ID"),
        _id(),
    ),
    colour="#1A73E8",
)  # fmt: skip

PROMISES = Tab(
    "promises",
    "Promises",
    (
        Column("contact", "Contact", TEAM, CellType.NAME, required=True, names_from="contacts", width=170,
               note="Choose a person from Contacts."),
        _next(),
        Column("side", "Who promised", TEAM, CellType.CHOICE, required=True, choices=SIDES, width=110,
               note="We or They.", example="We"),
        Column("what", "What ✉", TEAM, CellType.LONG_TEXT, required=True, width=280,
               note="They read this word for word, like: send you the minutes of the February meeting.",
               example="send you the minutes of the February meeting"),
        Column("due", "By when", TEAM, CellType.DATE, width=110, note="The day, like 14 Mar 2027."),
        Column("who", "Who does it", TEAM, CellType.NAME, names_from="team", width=130,
               note="Who of us keeps it, like Jana."),
        Column("done", "Done", TEAM, CellType.DATE, width=110, note="The day it was kept, like 13 Mar 2027."),
        Column("released", "No longer needed", TEAM, CellType.DATE, width=110,
               note="The day it fell away, like 13 Mar 2027."),
        Column("notes", "Notes", TEAM, CellType.LONG_TEXT, width=220, note="For us only. Never mailed."),
        Column("st_reminder", "Reminder", SERVICE, CellType.STATUS, width=160),
        _id(),
    ),
    colour="#F9AB00",
)  # fmt: skip

TEAM_TAB = Tab(
    "team",
    "Team",
    (
        Column("name", "Name", TEAM, CellType.TEXT, required=True, width=160, example="Jana",
               note="The name people know, like Jana."),
        _next(),
        Column("email", "Email", TEAM, CellType.EMAIL, required=True, width=200, example="jana@example.org",
               note="Where answers and briefs go, like jana@example.org.", aliases=("E-mail", "Mail")),
        Column("phone", "Phone ✉", TEAM, CellType.PHONE, width=140, example="0903 123 456",
               note="People call this number when something comes up, like 0903 123 456."),
        Column("signature", "Signature ✉", TEAM, CellType.TEXT, width=220, example="Jana, entrance 4, 0903 123 456",
               note="Closes the mails, like: Jana, entrance 4, 0903 123 456."),
        Column("language", "Language", TEAM, CellType.LANGUAGE, width=90, note="For mails to you, like English."),
        Column("zone", "Time zone", TEAM, CellType.ZONE, width=140, note="Only when it is not the team's."),
        Column("briefs", "Briefs", TEAM, CellType.CHECKBOX, width=80, note="Tick to get a brief the evening before."),
        Column("digest", "Digest", TEAM, CellType.CHOICE, choices=DIGESTS, width=90, note="How often, like Weekly."),
        Column("told_when_stops", "Told when it stops", TEAM, CellType.CHECKBOX, width=110,
               note="Tick to be told when the service stops."),
        Column("left", "Left on", TEAM, CellType.DATE, width=110, note="The last day with us, like 30 Jun 2027."),
        Column("heir", "Hands over to", TEAM, CellType.NAME, names_from="team", width=130,
               note="Who takes over, like Peter."),
        Column("open_promises", "Open promises", SERVICE, CellType.SENTENCE, width=110),
        _id(),
    ),
    colour="#A142F4",
)  # fmt: skip

MESSAGES = Tab(
    "messages",
    "Messages",
    (
        Column("message", "Message", SERVICE, CellType.SENTENCE, width=160),
        Column("language", "Language", SERVICE, CellType.SENTENCE, width=90),
        _next("We say here when a text cannot be used, and why."),
        Column("subject", "Subject", TEAM, CellType.TEXT, width=260, note="Used when Use it is ticked."),
        Column("text", "Text", TEAM, CellType.LONG_TEXT, width=460,
               note="Plain words; {{ places }} in double braces are filled in, like {{ day }}."),
        Column("use", "Use it", TEAM, CellType.CHECKBOX, width=80, note="Tick to use your text instead of ours."),
    ),
    colour="#9AA0A6",
)  # fmt: skip

SETTINGS = Tab(
    "settings",
    "Settings",
    (
        Column("setting", "Setting", SERVICE, CellType.SENTENCE, width=230),
        Column("value", "Value", TEAM, CellType.TEXT, width=200, note="Type here. Blank means the usual value."),
        _next("We say here when a value cannot be used; the last good one stays."),
        Column("what", "What it does", SERVICE, CellType.SENTENCE, width=460),
    ),
    colour="#9AA0A6",
)  # fmt: skip

MAIL_LOG = Tab(
    "mail_log",
    "Mail log",
    (
        Column("when", "When", SERVICE, CellType.SENTENCE, width=140),
        Column("decision", "Decision", TEAM, CellType.CHOICE, choices=DECISIONS, width=110,
               note="For a mail that is not sure: Send again or Leave it."),
        Column("message", "Message", SERVICE, CellType.SENTENCE, width=140),
        Column("to", "To", SERVICE, CellType.SENTENCE, width=300),
        Column("about", "About", SERVICE, CellType.SENTENCE, width=220),
        Column("subject", "Subject", SERVICE, CellType.SENTENCE, width=260),
        Column("result", "Result", SERVICE, CellType.SENTENCE, width=260),
        Column("message_id", "Message-ID", SERVICE, CellType.SENTENCE, width=200, hidden=True),
        Column("key", "Key", SERVICE, CellType.SENTENCE, width=200, hidden=True),
    ),
    colour="#9AA0A6",
)  # fmt: skip

START_HERE = Tab("start_here", "Start here", table=False, colour="#D93025")
DASHBOARD = Tab("dashboard", "Dashboard", table=False, ours=True, colour="#12B5CB")

TABS: tuple[Tab, ...] = (
    START_HERE, CONTACTS, MEETINGS, PROMISES, TEAM_TAB, MESSAGES, SETTINGS, MAIL_LOG, DASHBOARD,
)  # fmt: skip
TAB: dict[str, Tab] = {tab.key: tab for tab in TABS}

READ_TABS: tuple[Tab, ...] = (CONTACTS, MEETINGS, PROMISES, TEAM_TAB, SETTINGS)
"""The tables that every cycle reads; ``Stop all mail`` of ``Start here`` is read with them."""

STOP_CELL = "B1"
STOP_WORDS = "Stop all mail"
LIVE_LINES = ("Last check", "Next check", "First contact", "For the service")
LIVE_FIRST_ROW = 3
"""``Start here``: A3 'Last check' with its time in B3, and so on; the last is the service's own (``core.marks``)."""
