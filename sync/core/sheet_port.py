"""What the core and the sheet backends say to each other: one read, rows and cells to write, log lines.

Backends move cells; they decide nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

Cell = str | float | int | bool | None
"""A cell as read: text, number (dates and times are serial numbers of days since 1899-12-30), checkbox, or blank."""


@dataclass(frozen=True, slots=True)
class TabRead:
    """One table as it was read.

    ``columns`` maps column keys of ``core.columns`` to positions in each row (0-based); a column that was not found is
    absent.  ``rows[i]`` stands at row number ``first_row + i``; rows may be shorter than the header.
    ``doubled`` names headers that stand over two columns, ``found`` is the header row as people see it.
    """

    tab: str
    columns: Mapping[str, int]
    rows: Sequence[Sequence[Cell]]
    first_row: int = 2
    found: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()

    def cell(self, row: Sequence[Cell], key: str) -> Cell:
        """Return the cell of ``row`` in the column ``key``; blank when the column or the cell is not there."""
        at = self.columns.get(key)
        if at is None or at >= len(row):
            return None
        value = row[at]
        return None if value == "" else value


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the ``Mail log`` as every cycle reads it: its number, the ``Key`` cell and the ``Decision``."""

    number: int
    key: str
    decision: Cell = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One row of the ``Mail log`` as it shall stand, or as recovery reads it.

    ``key`` is the ``Key`` cell's text and tells rows apart by its first word, the sequence number; the others are the
    texts of the columns of the same name.  When a line is written, an empty text leaves its cell as it is.
    """

    key: str
    when: str = ""
    message: str = ""
    to: str = ""
    about: str = ""
    subject: str = ""
    result: str = ""
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All tables in one consistent read, with the spreadsheet's own zone (IANA name) and locale (``en_US``).

    ``sheet`` identifies the spreadsheet for ever (Google's id, or the workbook's resolved path).  ``digest`` changes
    whenever any cell does.  ``lost`` names tabs (keys) that could not be found.  ``log`` are the rows of the
    ``Mail log`` that hold a key, in any order.
    """

    sheet: str
    zone: str
    locale: str
    tabs: Mapping[str, TabRead]
    stop_all: Cell
    digest: str
    lost: tuple[str, ...] = ()
    log: tuple[LogRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RowRef:
    """A row by what it is: its id, else (no id yet) its number and the text of its first required cell as read."""

    tab: str
    id: str
    number: int
    first: Cell = None


@dataclass(frozen=True, slots=True)
class CellEdit:
    """One cell of a service column that shall hold ``value`` (``""`` clears it)."""

    row: RowRef
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: how many cells, and how many edits found no row or landed beside another row.

    ``strayed`` and ``lost`` heal by themselves: the next cycle compares again.  ``logged`` are the sequence numbers
    of the log lines that surely stand in the ``Mail log`` now.
    """

    cells: int = 0
    lost: int = 0
    strayed: int = 0
    logged: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Repair:
    """One thing that set-up made or mended, in words ("Contacts: added the column Email")."""

    what: str


class Backend(Protocol):
    """A spreadsheet.  Raises ``ServiceRefused``, ``ServiceUnreachable`` or ``SheetUnusable`` of ``core.errors``."""

    def read(self) -> Snapshot:
        """Return all tables of ``READ_TABS`` in one consistent read."""

    def write(self, edits: Sequence[CellEdit], live: Mapping[str, str], log: Sequence[LogLine] = ()) -> Written:
        """Write service cells, the ``live`` lines of ``Start here`` (line name → text) and log lines in one request.

        A log line replaces the row whose ``Key`` begins with the same sequence number, else it takes a blank row below
        all others; ``Decision`` is never written.  Writing the same lines again changes nothing.

        Rows are looked up again by id right before; columns are resolved by the server.  A row that is gone is
        skipped.  Text stays text: nothing that is written can become a formula.
        """

    def repair(self, values: Mapping[str, str] = MappingProxyType({})) -> tuple[Repair, ...]:
        """Make or mend tabs, headers, dropdowns, formats and bindings; returns what was done, if anything.

        ``values`` (key of ``core.settings`` → text) are put into ``Value`` cells of ``Settings`` that are blank; no
        other team cell is touched.
        """

    def read_log(self) -> tuple[LogLine, ...]:
        """Return the whole ``Mail log``: what recovery needs when the ledger is empty, older or another one."""

    def read_marks(self) -> Mapping[str, str]:
        """Return the texts beside the live lines of ``Start here`` (line name → text, ``""`` when blank)."""

    def where(self) -> str:
        """Return the address (or path) at which people open the sheet."""

    def link(self, tab: str, row_id: str) -> str:
        """Return a link people can open to get to the tab, or ``""`` where there is none."""
