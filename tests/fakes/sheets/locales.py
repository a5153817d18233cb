"""How a locale writes numbers, dates, times and truth."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Locale:
    """Separators, order and default patterns of one locale."""

    decimal: str = "."
    group: str = ","
    order: str = "MDY"
    date: str = "m/d/yyyy"
    time: str = "h:mm:ss"
    separators: str = "/-"
    yes: str = "TRUE"
    no: str = "FALSE"
    currency: str = "$"
    currency_pattern: str = '"$"#,##0.00'
    months: tuple[str, ...] = field(default=())
    days: tuple[str, ...] = field(default=())


EN_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
EN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DE_MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
DE_DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
CS_MONTHS = (
    "leden",
    "únor",
    "březen",
    "duben",
    "květen",
    "červen",
    "červenec",
    "srpen",
    "září",
    "říjen",
    "listopad",
    "prosinec",
)
CS_DAYS = ("pondělí", "úterý", "středa", "čtvrtek", "pátek", "sobota", "neděle")

_EN_US = Locale(months=EN_MONTHS, days=EN_DAYS)
LOCALES: dict[str, Locale] = {
    "en_US": _EN_US,
    "en_GB": Locale(
        order="DMY",
        date="dd/mm/yyyy",
        time="hh:mm:ss",
        separators="/-.",
        currency="£",
        currency_pattern='"£"#,##0.00',
        months=EN_MONTHS,
        days=EN_DAYS,
    ),
    "de_DE": Locale(
        decimal=",",
        group=".",
        order="DMY",
        date="dd.mm.yyyy",
        time="hh:mm:ss",
        separators="./-",
        yes="WAHR",
        no="FALSCH",
        currency="€",
        currency_pattern='#,##0.00 "€"',
        months=DE_MONTHS,
        days=DE_DAYS,
    ),
    "cs_CZ": Locale(
        decimal=",",
        group="\u00a0",
        order="DMY",
        date="d.m.yyyy",
        time="h:mm:ss",
        separators="./-",
        yes="PRAVDA",
        no="NEPRAVDA",
        currency="Kč",
        currency_pattern='#,##0.00 "Kč"',
        months=CS_MONTHS,
        days=CS_DAYS,
    ),
    "fr_FR": Locale(
        decimal=",",
        group="\u202f",
        order="DMY",
        date="dd/mm/yyyy",
        time="hh:mm:ss",
        separators="/-.",
        yes="VRAI",
        no="FAUX",
        currency="€",
        currency_pattern='#,##0.00 "€"',
        months=EN_MONTHS,
        days=EN_DAYS,
    ),
}


def locale(name: str) -> Locale:
    """The locale, American when unknown."""
    return LOCALES.get(name, _EN_US)
