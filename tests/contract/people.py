"""Three people in a spreadsheet, and finding them again; for the suite in ``test_backend*.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.core.columns import TAB
from sync.core.ports import Cell, CellEdit, RowRef, Snapshot, Written
from tests.contract.harness import Harness

NASTY = 'Zoë "<b>" O\'Neil & Söhne 🕊️'
PEOPLE: tuple[Mapping[str, Cell], ...] = (
    {"Name": "Anna Kováčová", "Email": "anna@example.org", "Phone": "0903 123 456", "Notes": "likes tea"},
    {"Name": NASTY, "Email": "zoe@example.org", "Greeting ✉": 'Dear "Zoë" & 🕊️,'},
    {"Name": "Eva Malá", "How to reach them": "E-mail is fine", "Notes": "-1 is her lucky number"},
)
IDS = {"Anna Kováčová": "rannaannaanna", NASTY: "rzoezoezoezoe", "Eva Malá": "revaevaevaeva"}


def fill(sheet: Harness, tab: str, rows: Sequence[Mapping[str, Cell]]) -> None:
    for number, row in enumerate(rows, 2):
        for header, value in row.items():
            sheet.type(tab, number, header, value)


def add_people(sheet: Harness) -> None:
    """Type the three people into Contacts and give them their ids."""
    fill(sheet, "Contacts", PEOPLE)
    backend = sheet.backend()
    snapshot = backend.read()
    edits = [edit_of(snapshot, "contacts", name, "id", row_id) for name, row_id in IDS.items()]
    assert backend.write(edits, {}) == Written(cells=3)


def edit_of(snapshot: Snapshot, tab: str, first: str, column: str, value: str) -> CellEdit:
    """Return the edit of the row whose first required cell says ``first``, as that read shows it."""
    read = snapshot.tabs[tab]
    key = TAB[tab].required[0].key
    index, row = next((i, row) for i, row in enumerate(read.rows) if read.cell(row, key) == first)
    row_id = read.cell(row, "id")
    return CellEdit(RowRef(tab, str(row_id or ""), read.first_row + index, first), column, value)


def row_of(sheet: Harness, tab: str, header: str, value: str) -> int:
    at = sheet.header(tab).index(header)
    return next(n for n, row in enumerate(sheet.rows(tab), 2) if at < len(row) and row[at] == value)


def told(sheet: Harness, name: str, header: str = "What happens next", name_header: str = "Name") -> Cell:
    """Return what stands beside a person now."""
    return sheet.cell("Contacts", row_of(sheet, "Contacts", name_header, name), header)
