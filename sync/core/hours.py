"""When mail may arrive: sending hours and days without mail, in the row's zone (``design.md`` 4, rule 4)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from .settings import Settings

_MOST_DAYS = 400  # a year of days without mail still ends


def zone_of(moment: datetime) -> tzinfo:
    """Return the zone of an aware moment; raises :class:`ValueError` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("this moment has no zone")
    return moment.tzinfo


def local(day: date, clock: time, zone: tzinfo) -> datetime:
    """Return the aware instant at which ``zone`` shows ``clock`` on ``day``.

    In the spring gap the clock is moved forward by the gap; in the autumn fold the first of the two is meant
    (PEP 495: ``fold=0``).
    """
    wall = datetime.combine(day, clock.replace(fold=0), tzinfo=zone)
    return wall.astimezone(UTC).astimezone(zone)





def quiet(day: date, settings: Settings) -> bool:
    """Return whether ``day`` is a day without mail."""
    return day.weekday() in settings.quiet_weekdays or day in settings.quiet_dates


def _window(settings: Settings) -> tuple[time, time]:
    """Return the first and the last allowed time of day; a window turned inside out counts as the whole day."""
    if settings.no_mail_before < settings.no_mail_after:
        return settings.no_mail_before, settings.no_mail_after
    return time.min, time.max


def allowed(at: datetime, settings: Settings, *, days: bool = True) -> bool:
    """Return whether mail may arrive at ``at`` (aware, in the row's zone); ``days=False`` looks at the hour only."""
    first, last = _window(settings)
    return first <= at.time() <= last and not (days and quiet(at.date(), settings))


def next_allowed(at: datetime, settings: Settings, *, days: bool = True) -> datetime:
    """Return ``at`` or the first instant after it at which mail may arrive."""
    if allowed(at, settings, days=days):
        return at
    first, _ = _window(settings)
    day = at.date() if at.time() < first else at.date() + timedelta(days=1)
    for _ in range(_MOST_DAYS):
        if not (days and quiet(day, settings)):
            break
        day += timedelta(days=1)
    return local(day, first, zone_of(at))


def last_allowed_before(at: datetime, settings: Settings) -> datetime:
    """Return the last allowed day's same clock hour before ``at``; an hour outside the window is clipped into it."""
    first, last = _window(settings)
    clock = min(max(at.time(), first), last)
    day = at.date() if at.time() > last else at.date() - timedelta(days=1)
    for _ in range(_MOST_DAYS):
        if not quiet(day, settings):
            break
        day -= timedelta(days=1)
    return local(day, clock, zone_of(at))


def fit(at: datetime, closes: datetime, settings: Settings, *, days: bool = True) -> datetime:
    """Return when a mail that is meant for ``at`` arrives: at the next allowed time, else before ``at``.

    "What would arrive too late because of them goes before them instead."
    """
    later = next_allowed(at, settings, days=days)
    if later < closes or later == at:
        return later
    return last_allowed_before(at, settings)
