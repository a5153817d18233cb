"""What a backend's harness can do, so that one suite holds for the workbook and for Google Sheets alike.

The harness plays the human hand: it changes the spreadsheet the way people do in their program, never through the
backend under test.  ``tab`` is a tab's title as people see it, ``header`` the text in row 1, ``row`` the row number
that people see (the first row of data is 2).  Cells are what :data:`sync.core.ports.Cell` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from sync.core.ports import Backend, Cell


class Harness(Protocol):
    """One empty spreadsheet (nothing set up yet) and a hand that edits it.

    A module ``harness_<name>.py`` beside this file offers ``open_harness(folder) -> Harness``; ``close`` ends it.
    """

    zone: str
    """The spreadsheet's own zone, as the backend shall report it."""
    locale: str
    """The spreadsheet's own locale, as the backend shall report it."""

    def backend(self) -> Backend:
        """Return a new backend on the spreadsheet, with no memory of earlier reads."""

    def titles(self) -> list[str]:
        """Return the titles of all tabs, in order."""

    def header(self, tab: str) -> list[str]:
        """Return the texts of row 1, up to the last that is not blank."""

    def cell(self, tab: str, row: int, header: str) -> Cell:
        """Return what stands in a cell, a formula's result for a formula; blank is ``None``."""

    def at(self, tab: str, address: str) -> Cell:
        """Return what stands at an address like ``B3``."""

    def is_text(self, tab: str, row: int, header: str) -> bool:
        """Return whether the cell holds text, and neither a formula nor a number."""

    def type(self, tab: str, row: int, header: str, value: Cell) -> None:
        """Put a value into the cell under ``header``; ``None`` empties it."""

    def insert_row(self, tab: str, before: int) -> None:
        """Insert a blank row above row ``before``."""

    def delete_row(self, tab: str, row: int) -> None:
        """Delete the row; what stands below moves up."""

    def sort(self, tab: str, header: str, *, descending: bool = False) -> None:
        """Sort whole rows by a column, blanks last."""

    def insert_column(self, tab: str, before: str, title: str = "") -> None:
        """Insert a column left of the one headed ``before``, headed ``title``."""

    def delete_column(self, tab: str, header: str) -> None:
        """Delete the column."""

    def move_column(self, tab: str, header: str, before: str) -> None:
        """Move a column to the left of the one headed ``before``."""

    def rename_header(self, tab: str, header: str, title: str) -> None:
        """Type another text over a header."""

    def rename_tab(self, tab: str, title: str) -> None:
        """Give a tab another title."""

    def delete_tab(self, tab: str) -> None:
        """Delete a tab."""

    def set_stop_all(self, value: Cell) -> None:
        """Put a value into the cell beside ``Stop all mail``."""

    def team_cells(self) -> dict[tuple[str, str, int], Cell]:
        """Return every cell that is the team's, by (tab, header, row): all team columns, and columns of their own.

        Service columns (owner ``service`` in ``core.columns``) and the live lines are left out; headers are in it as
        row 1, and so is ``B1`` of ``Start here``.
        """

    def rows(self, tab: str) -> Sequence[Sequence[Cell]]:
        """Return all cells below the header, up to the last row and cell in use."""

    def hidden_rows(self, tab: str) -> list[int]:
        """Return the numbers of the rows that nobody sees."""

    def state(self) -> Any:
        """Return everything the spreadsheet holds, for :meth:`restore` of another harness of this kind."""

    def restore(self, state: Any) -> None:
        """Make the spreadsheet hold what another one held."""

    def close(self) -> None:
        """Let go of servers and files."""
