"""Cells become the Book: every row read, checked and linked; what is wrong becomes a Problem, never an exception."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from . import languages
from .cells import Where, is_error, shows_error, ticked
from .columns import CONTACTS, MEETINGS, PROMISES, READ_TABS, STOP_CELL, STOP_WORDS, TAB, TEAM_TAB, Tab
from .model import Book, Commitment, Contact, Meeting, Organizer, Problem, Reach
from .parse_meetings import MAILED, READ_HERE, Linking, commitment, meeting
from .parse_people import People, row_key
from .parse_rows import RowRead, TableReader
from .parse_settings import read_settings
from .parse_tabs import examine
from .ports import Cell, Snapshot
from .say import Say, say
from .settings import Settings
from .tidy import clip, typed
from .zones import zone

_START = "start_here"
_NO_TEXTS: Mapping[str, str] = MappingProxyType({})
_NO_LISTS: Mapping[str, Sequence[str]] = MappingProxyType({})
_NO_DATES: Mapping[str, date] = MappingProxyType({})


@dataclass(slots=True)
class _Parse:
    """One parse at work: what was read, and what has been found so far."""

    snapshot: Snapshot
    ids: Mapping[str, Sequence[str]]
    prints: Mapping[str, Sequence[str]]
    problems: list[Problem]
    halted: set[str]
    where: Where

    def reader(self, tab: Tab, skip: frozenset[str] = frozenset()) -> TableReader | None:
        """Return the reader of a tab, ``None`` when the tab is lost."""
        read = self.snapshot.tabs.get(tab.key)
        return None if read is None else TableReader(tab, read, self.where, skip)

    def rows(self, reader: TableReader | None) -> Iterable[RowRead]:
        """Return the rows of a tab that count."""
        if reader is None:
            return ()
        key = reader.tab.key
        return reader.rows(self.ids.get(key, ()), self.prints.get(key, ()))

    def collect(self, tab: Tab, rows: Iterable[RowRead]) -> None:
        """Take the problems of rows over, each row's in the order of the columns."""
        order = {column.key: at for at, column in enumerate(tab.columns)}
        for row in rows:
            if row.problems:
                self.problems += sorted(row.problems, key=lambda problem: order.get(problem.column, 0))


def parse(
    snapshot: Snapshot,
    ids: Mapping[str, Sequence[str]],
    *,
    now: datetime,
    fallback_language: str = "en",
    contact_memory: Mapping[str, str] = _NO_TEXTS,
    fingerprints: Mapping[str, Sequence[str]] = _NO_LISTS,
    last_good: Settings | None = None,
    told_dates: Mapping[str, date] = _NO_DATES,
) -> Book:
    """Return the Book of one read.  Never raises, whatever the cells hold.

    ``ids`` and ``fingerprints`` hold one text for every row of a tab, in the order of its rows; ``now`` is aware;
    ``fallback_language`` counts when neither the team nor the spreadsheet's locale names one of the eight;
    ``contact_memory`` maps meeting ids to the id of the contact that their name meant before; ``last_good`` are the
    settings of an earlier read, kept where a value cannot be read now; ``told_dates`` maps meeting ids to the date
    that a mail has named, so that a day typed without a year stays in its year.
    """
    settings = read_settings(snapshot, now, fallback_language, last_good)
    chosen = settings.settings
    today = now.astimezone(zone(chosen.zone)).date()
    where = Where(today, chosen.zone, chosen.language, languages.region(chosen.zone, snapshot.locale))
    work = _Parse(snapshot, ids, fingerprints, [], set(), where)
    _examine_tabs(work)
    stop_all = _stop_all(work)
    work.problems += settings.problems
    organizers = _organizers(work)
    team = People(TEAM_TAB.title, organizers)
    contacts, addressless = _contacts(work, team)
    links = Linking(
        People(CONTACTS.title, contacts), team, chosen, contact_memory, told_dates, settings.zone_doubt,
        _blind(work), addressless,
    )  # fmt: skip
    commitments = _commitments(work, links)
    return Book(
        settings=chosen,
        contacts=tuple(contacts),
        meetings=tuple(_meetings(work, links)),
        commitments=tuple(commitments),
        organizers=tuple(organizers),
        problems=tuple(work.problems),
        halted=frozenset(work.halted),
        stop_all=stop_all,
    )


def _examine_tabs(work: _Parse) -> None:
    for tab in READ_TABS:
        found, halts = examine(tab, work.snapshot.tabs.get(tab.key))
        work.problems += found
        if halts:
            work.halted.add(tab.key)


def _blind(work: _Parse) -> frozenset[str]:
    """Return the titles of the tabs of people in which no name can be found at all."""
    tabs = work.snapshot.tabs
    return frozenset(
        tab.title for tab in (CONTACTS, TEAM_TAB) if tab.key not in tabs or "name" not in tabs[tab.key].columns
    )


def _stop_all(work: _Parse) -> bool | None:
    """Return whether all mail is stopped; ``None`` when the cell, or its tab, does not say so or otherwise."""
    raw: Cell = work.snapshot.stop_all
    title = TAB[_START].title
    if _START in work.snapshot.lost:
        sentence = say('The tab "{tab}" is missing, so nobody can stop the mail. Run sync setup again; until then '
                       "nothing goes.", tab=title)  # fmt: skip
    elif raw is None or raw == "" or (isinstance(raw, str) and not typed(raw)):
        return False
    elif (tick := ticked(raw)) is not None and (tick or isinstance(raw, bool) or typed(raw).casefold() == "false"):
        return tick
    elif is_error(raw):
        sentence = shows_error(str(raw), STOP_WORDS)
    else:
        sentence = say('{words}: "{typed}" is neither a tick nor empty. Nothing goes until the box in {cell} of '
                       "{tab} is ticked or empty.", words=STOP_WORDS, typed=typed(raw), cell=STOP_CELL,
                       tab=title)  # fmt: skip
    work.problems.append(Problem(_START, 1, "", "stop_all", typed(raw), sentence))
    return None


# --- people ----------------------------------------------------------------------------------------------------------


def _organizers(work: _Parse) -> list[Organizer]:
    reader = work.reader(TEAM_TAB)
    if reader is None:
        return []
    rows: list[RowRead] = []
    heirs: dict[int, str] = {}
    people: list[Organizer] = []
    for row in work.rows(reader):
        reader.blanks(row)
        heirs[len(people)] = str(row.values.pop("heir", ""))
        row.values.setdefault("name", "")
        people.append(Organizer.model_validate(row.values))
        rows.append(row)
    team = People(TEAM_TAB.title, people)
    for at, name in heirs.items():
        if name:
            people[at] = _with_heir(reader, rows[at], people[at], name, team)
    work.collect(TEAM_TAB, rows)
    return people


def _with_heir(
    reader: TableReader, row: RowRead, person: Organizer, name: str, team: People[Organizer]
) -> Organizer:  # fmt: skip
    label = reader.labels["heir"]
    found = team.resolve(name, label)
    if found is person:
        found = say("{column}: {name} is the same person. Choose somebody else.", column=label, name=clip(name))
    if isinstance(found, Say):
        row.unread["heir"] = found
        reader.problem(row, "heir", found)
        return person.model_copy(update={"unread": row.unread})
    return person.model_copy(update={"heir": row_key(found)})


def _contacts(work: _Parse, team: People[Organizer]) -> tuple[list[Contact], frozenset[int]]:
    reader = work.reader(CONTACTS)
    if reader is None:
        return [], frozenset()
    people: list[Contact] = []
    rows: list[RowRead] = []
    addressless: set[int] = set()
    first_with: dict[str, RowRead] = {}
    blind = TEAM_TAB.title in _blind(work)
    for row in work.rows(reader):
        values = row.values
        reader.blanks(row)
        values.setdefault("name", "")
        if "email" not in values and "email" not in row.unread:
            addressless.add(reader.read.first_row + row.index)
        _demand(reader, row)
        _same_address(reader, row, first_with)
        name = row.text("organizer")
        if name:
            values["organizer"] = "" if blind else _keeper(reader, row, name, team)
        people.append(Contact.model_validate(row.values))
        if row.problems:
            rows.append(row)
    work.collect(CONTACTS, rows)
    return people, frozenset(addressless)


def _keeper(reader: TableReader, row: RowRead, name: str, team: People[Organizer]) -> str:
    """Return the key of who keeps in touch with a contact, ``""`` with the reason noted."""
    found = team.resolve(name, reader.labels["organizer"])
    if not isinstance(found, Say):
        return row_key(found)
    row.unread["organizer"] = found
    reader.problem(row, "organizer", found)
    return ""


def _demand(reader: TableReader, row: RowRead) -> None:
    """Note that ``How to reach them`` demands an e-mail address or a phone number that is not there."""
    reach = row.values.get("reach")
    if reach in MAILED:
        _demand_cell(reader, row, "email", "Type an address, or choose Phone only under How to reach them.")
    elif reach is Reach.PHONE:
        _demand_cell(reader, row, "phone", "Type a number, or choose E-mail is fine under How to reach them.")


def _demand_cell(reader: TableReader, row: RowRead, key: str, remedy: str) -> None:
    if key in reader.read.columns and key not in row.values and key not in row.unread:
        reader.blank(row, key, remedy)


def _same_address(reader: TableReader, row: RowRead, first_with: dict[str, RowRead]) -> None:
    """Hint at two rows with one address: they are probably one person."""
    address = row.text("email").casefold()
    first = first_with.setdefault(address, row) if address else row
    if first is not row:
        sentence = say("{column}: {name} in row {row} has the same address. If they are one person, keep one row.",
                       column=reader.labels["email"], name=clip(first.text("name")) or "somebody",
                       row=reader.read.first_row + first.index)  # fmt: skip
        reader.problem(row, "email", sentence, hint=True)


# --- what people agreed ----------------------------------------------------------------------------------------------


def _commitments(work: _Parse, links: Linking) -> list[Commitment]:
    reader = work.reader(PROMISES)
    if reader is None:
        return []
    rows = list(work.rows(reader))
    found = [commitment(reader, row, links) for row in rows]
    work.collect(PROMISES, rows)
    return found


def _meetings(work: _Parse, links: Linking) -> list[Meeting]:
    reader = work.reader(MEETINGS, READ_HERE)
    if reader is None:
        return []
    found: list[Meeting] = []
    rows: list[RowRead] = []
    for row in work.rows(reader):
        found.append(meeting(reader, row, links))
        if row.problems:
            rows.append(row)
    work.collect(MEETINGS, rows)
    return found
