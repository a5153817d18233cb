"""The settings of the ``Settings`` tab as facts: key, label, default and meaning (``design.md`` 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class SettingType(StrEnum):
    """How a setting's ``Value`` cell is read."""

    TEXT = "text"
    ZONE = "zone"
    LANGUAGE = "language"
    TIME = "time"
    DAYS = "days"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of ``Settings``: ``default`` is what set-up fills in (text), ``least``/``most`` bound a number."""

    key: str
    label: str
    default: str
    type: SettingType
    what: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 100_000


SETTING_ROWS: tuple[Setting, ...] = (
    Setting("team_name", "Team name", "", SettingType.TEXT,
            "Stands behind the organizer's name in every mail, like Harbour Street Co-op."),
    Setting("zone", "Default time zone", "", SettingType.ZONE,
            "For every meeting without a zone of its own, like Europe/Bratislava. Blank: the spreadsheet's."),
    Setting("language", "Default language", "", SettingType.LANGUAGE,
            "For people without a language of their own, like English. Blank: the spreadsheet's."),
    Setting("no_mail_before", "No mail before", "08:00", SettingType.TIME, "Nobody gets mail earlier in the day."),
    Setting("no_mail_after", "No mail after", "20:00", SettingType.TIME, "Nobody gets mail later in the day."),
    Setting("quiet_days", "Days without mail", "", SettingType.DAYS,
            "Weekdays or dates with commas, like: Sunday, 24 Dec 2027. Day-of reminders go all the same."),
    Setting("reminder_2d_at", "Two-day reminder at", "09:00", SettingType.TIME, "The hour, two days before."),
    Setting("reminder_day_at", "Day-of reminder at", "08:00", SettingType.TIME, "The hour, on the day itself."),
    Setting("thank_you_at", "Thank-you at", "09:00", SettingType.TIME, "The hour, the morning after."),
    Setting("brief_at", "Brief at", "17:00", SettingType.TIME, "The hour of the brief, the evening before."),
    Setting("usual_minutes", "Usual length", "45", SettingType.NUMBER, "Minutes, when a meeting has none of its own.",
            least=5, most=600),
    Setting("settle_minutes", "Wait after the last edit", "5", SettingType.NUMBER,
            "Minutes a row must rest before its mail leaves, so that you can finish typing.", least=0, most=1440),
    Setting("plain_thanks", "Thank-you without a line", "After 48 hours", SettingType.CHOICE,
            "What happens when you wrote no line of your own: a plain thank-you later, or none.",
            choices=("After 48 hours", "Never")),
    Setting("after_no_show", "After someone didn't come", "Ask me first", SettingType.CHOICE,
            "Whether a kind note goes the next morning by itself.", choices=("Ask me first", "Write next morning")),
    Setting("ask_before", "Ask me before sending more than", "30", SettingType.NUMBER,
            "More new mails at once than this wait for your OK.", least=1, most=1000),
    Setting("approve", "Approve waiting mail", "", SettingType.TEXT,
            "Type the code of the mails that wait, like K7-120, and they go."),
    Setting("per_day", "Mails per day", "400", SettingType.NUMBER, "At most; today's meetings go first.",
            least=1, most=100_000),
    Setting("keep_days", "Keep mail copies for days", "365", SettingType.NUMBER,
            "After that the words of old mails are removed here.", least=1, most=36500),
)  # fmt: skip
SETTING: dict[str, Setting] = {row.key: row for row in SETTING_ROWS}


class Settings(BaseModel):
    """The team's choices as they count now; a value that cannot be read leaves the default (or the last good one).

    ``zone`` is an IANA name, ``language`` a two-letter code of the mails, ``quiet_weekdays`` counts Monday as 0,
    times are local times of day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    team_name: str = ""
    zone: str = "UTC"
    language: str = "en"
    no_mail_before: time = time(8)
    no_mail_after: time = time(20)
    quiet_weekdays: frozenset[int] = frozenset()
    quiet_dates: frozenset[date] = frozenset()
    reminder_2d_at: time = time(9)
    reminder_day_at: time = time(8)
    thank_you_at: time = time(9)
    brief_at: time = time(17)
    usual_minutes: int = 45
    settle_minutes: int = 5
    plain_thanks: str = "After 48 hours"
    after_no_show: str = "Ask me first"
    ask_before: int = 30
    approve: str = ""
    per_day: int = 400
    keep_days: int = 365
