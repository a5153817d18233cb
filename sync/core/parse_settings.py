"""The ``Settings`` tab: each value checked by its type; a wrong one leaves the last good one (``design.md`` 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from . import clock, languages, when, zones
from .cells import NAME_LIMIT, Where, as_number, choice, is_error, language, shows_error, whole, zone
from .columns import SETTINGS
from .model import Problem
from .ports import Cell, Snapshot, TabRead
from .say import Say, say
from .settings import SETTING_ROWS, Setting, Settings, SettingType
from .tidy import bare, clip, shown, single_line, typed

_UNITS = frozenset({"usual_minutes", "settle_minutes"})
_EXAMPLE_DAYS = "Sunday, 24 Dec 2027"


@dataclass(slots=True)
class SettingsRead:
    """What the tab says.

    ``zone_doubt`` says why the team's zone is not sure; then meetings without a zone of their own must wait.
    """

    settings: Settings
    problems: list[Problem] = field(default_factory=list)
    zone_doubt: Say | None = None


@dataclass(slots=True)
class _Work:
    where: Where
    values: dict[str, object] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, Say] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, key: str, value: str, sentence: Say, *, hint: bool = False) -> None:
        row = self.rows.get(key, 1)
        self.problems.append(Problem(SETTINGS.key, row, "", "value", value, sentence, hint))
        if not hint:
            self.wrong[key] = sentence


def read_settings(
    snapshot: Snapshot, now: datetime, fallback_language: str, last_good: Settings | None
) -> SettingsRead:  # fmt: skip
    """Return the settings that count: what the tab says, else the last good value, else the default.

    Zone and language come from the spreadsheet where the team chose none; ``now`` is aware.
    """
    usual = snapshot.zone if zones.known(snapshot.zone) else ""
    spoken = languages.of_locale(snapshot.locale) or languages.language(fallback_language) or "en"
    today = now.astimezone(zones.zone(usual) if usual else ZoneInfo("UTC")).date()
    work = _Work(Where(today, usual, spoken))
    read = snapshot.tabs.get(SETTINGS.key)
    if read is not None:
        _read_rows(read, work)
    _check_hours(work, last_good or Settings())
    if last_good is not None:
        work.values.update({key: _good(last_good, key) for key in work.wrong})
    doubt = work.wrong.get("zone") if last_good is None else None
    if "zone" not in work.values and not usual:
        doubt = doubt or _no_zone(snapshot, work)
    if read is None and last_good is not None:
        return SettingsRead(last_good, work.problems, None)
    work.values.setdefault("zone", usual or "UTC")
    work.values.setdefault("language", spoken)
    return SettingsRead(Settings.model_validate(_quiet(work.values)), work.problems, doubt)


def _good(settings: Settings, key: str) -> object:
    if key == "quiet_days":
        return QuietDays(settings.quiet_weekdays, settings.quiet_dates)
    value: object = getattr(settings, key)
    return value


def _quiet(values: Mapping[str, object]) -> dict[str, object]:
    """Take the two kinds of days without mail apart."""
    result = dict(values)
    days = result.pop("quiet_days", None)
    if isinstance(days, QuietDays):
        result |= {"quiet_weekdays": days.weekdays, "quiet_dates": days.dates}
    return result


def _no_zone(snapshot: Snapshot, work: _Work) -> Say:
    sentence = say('Default time zone is empty, and the spreadsheet\'s "{typed}" is not known. '
                   "Type one, like {example}.", typed=clip(snapshot.zone), example="Europe/Bratislava")  # fmt: skip
    work.refuse("zone", "", sentence)
    return sentence


def _read_rows(read: TabRead, work: _Work) -> None:
    known = {bare(setting.label): setting for setting in SETTING_ROWS}
    for index, row in enumerate(read.rows):
        setting = known.get(bare(shown(read.cell(row, "setting"))[:100]))
        if setting is None:
            continue
        number = read.first_row + index
        raw = read.cell(row, "value")
        if setting.key in work.rows:
            sentence = say("{setting} stands twice. Row {row} counts; delete this one.",
                           setting=setting.label, row=work.rows[setting.key])  # fmt: skip
            work.problems.append(Problem(SETTINGS.key, number, "", "setting", typed(raw), sentence, hint=True))
            continue
        work.rows[setting.key] = number
        if raw is not None and raw != "":
            _take(setting, raw, work)


def _take(setting: Setting, raw: Cell, work: _Work) -> None:
    value = shows_error(str(raw), setting.label) if is_error(raw) else _READ[setting.type](setting, raw, work.where)
    if isinstance(value, Say):
        work.refuse(setting.key, typed(raw), value)
    elif value is not None:
        work.values[setting.key] = value


def _check_hours(work: _Work, usual: Settings) -> None:
    """Refuse hours that leave no time for mail."""
    first = work.values.get("no_mail_before", usual.no_mail_before)
    last = work.values.get("no_mail_after", usual.no_mail_after)
    if isinstance(first, type(usual.no_mail_before)) and isinstance(last, type(first)) and first >= last:
        key = "no_mail_after" if "no_mail_after" in work.values else "no_mail_before"
        work.refuse(key, f"{work.values.get(key)}", say(
            "No mail after ({last}) is not later than No mail before ({first}), so nothing could ever go. "
            "Type a later hour.", first=first, last=last))  # fmt: skip
        for bound in ("no_mail_before", "no_mail_after"):
            if work.values.pop(bound, None) is not None:
                work.wrong.setdefault(bound, work.wrong[key])


# --- one reader for each type ----------------------------------------------------------------------------------------


def _text(setting: Setting, raw: Cell, _: Where) -> object:
    text = single_line(shown(raw))
    if len(text) > NAME_LIMIT:
        return say("{column} is {length} characters long. Shorten it to {limit}.",
                   column=setting.label, length=f"{len(text):,}", limit=NAME_LIMIT)  # fmt: skip
    return text or None


def _zone(setting: Setting, raw: Cell, where: Where) -> object:
    said = single_line(shown(raw))
    return zone(said, setting.label, where.zone) if said else None


def _language(setting: Setting, raw: Cell, _: Where) -> object:
    said = single_line(shown(raw))
    return language(said, setting.label) if said else None


def _time(setting: Setting, raw: Cell, where: Where) -> object:
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return clock.from_serial(as_number(raw), setting.label, where.today)
    said = single_line(shown(raw))
    return clock.read_text(said, setting.label) if said else None


def _number(setting: Setting, raw: Cell, _: Where) -> object:
    units = setting.key in _UNITS
    return whole(raw, setting.label, setting.least, setting.most, setting.default, units=units)


def _choice(setting: Setting, raw: Cell, _: Where) -> object:
    return choice(setting.choices, setting.label)(raw)


@dataclass(frozen=True, slots=True)
class QuietDays:
    """``Days without mail``: weekdays (Monday is 0) and dates."""

    weekdays: frozenset[int]
    dates: frozenset[date]


def _days(setting: Setting, raw: Cell, where: Where) -> object:
    """Read weekday names and dates with commas; a date without a year comes back every year."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        moment = when.from_serial(as_number(raw), setting.label, where.today)
        return moment if isinstance(moment, Say) else QuietDays(frozenset(), frozenset({moment.date()}))
    text = shown(raw).replace(";", ",").replace("\n", ",")
    items = [item for part in text.split(",") if (item := single_line(part))]
    weekdays: set[int] = set()
    dates: set[date] = set()
    for item in items[:400]:
        found = languages.weekdays(item, where.language)
        if len(found) == 1:
            weekdays |= found
            continue
        day = when.read_text(item, setting.label, when.Days(where.today, grace=timedelta(0)))
        if isinstance(day, Say):
            return _no_day(setting, item, found, day)
        dates.add(day)
    if len(weekdays) == 7:
        return say("{column} holds all seven days, so nothing could ever go. Leave one out.", column=setting.label)
    return QuietDays(frozenset(weekdays), frozenset(dates)) if items else None


def _no_day(setting: Setting, item: str, weekdays: frozenset[int], sentence: Say) -> Say:
    if weekdays:
        one, two = sorted(weekdays)[:2]
        return say('{column}: "{typed}" could be {first} or {second}. Type the whole word.', column=setting.label,
                   typed=clip(item), first=when.WEEKDAYS[one], second=when.WEEKDAYS[two])  # fmt: skip
    if when.readable(item):
        return sentence
    return say('{column}: "{typed}" is neither a weekday nor a date. Type them with commas, like {example}.',
               column=setting.label, typed=clip(item), example=_EXAMPLE_DAYS)  # fmt: skip


_READ: Mapping[SettingType, Callable[[Setting, Cell, Where], object]] = {
    SettingType.TEXT: _text,
    SettingType.ZONE: _zone,
    SettingType.LANGUAGE: _language,
    SettingType.TIME: _time,
    SettingType.DAYS: _days,
    SettingType.NUMBER: _number,
    SettingType.CHOICE: _choice,
}
