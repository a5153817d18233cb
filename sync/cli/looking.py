"""``sync preview``, ``sync check`` and ``sync status``: they look, and leave no trace."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from .moments import moment
from .outcome import Options, told

if TYPE_CHECKING:
    from ..app.service import Service


class Moment(click.ParamType[datetime]):
    """An option that takes a moment."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the moment; ends the command with 2 when it is none."""
        try:
            return moment(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


JSON = click.option("--json", "as_json", is_flag=True, help="Print it for programs; times are ISO 8601 with offset.")


@click.command(short_help="What would go, when, to whom, and why not.")
@click.option("--at", type=Moment(), metavar="TIME", help="Look as of then, like '2027-03-11 17:30'.")
@click.option("--days", type=click.IntRange(0, 3660), metavar="N", help="Only what happens in the next N days.")
@JSON
@click.pass_obj
@told
def preview(options: Options, at: datetime | None, days: int | None, as_json: bool) -> int:
    """Show what would be mailed, when and to whom, and what does not go and why. Nothing is sent or remembered.

    TIME is ISO 8601: 2027-03-11, "2027-03-11 17:30", 2027-03-11T17:30+01:00. Without an offset it is meant in the
    team's zone (Settings, Default time zone; else the spreadsheet's). For a later TIME, what would leave on the way
    counts as sent.

    \b
    Examples:
      sync preview
      sync preview --days 7
      sync preview --at "2027-03-11 08:00" --json
    """
    from .previewing import print_preview

    return print_preview(_services(options), at, days, as_json=as_json)


@click.command(short_help="Every problem in the sheet.")
@JSON
@click.pass_obj
@told
def check(options: Options, as_json: bool) -> int:
    """Read the whole sheet and print every problem: where it stands, what is wrong, what to type.

    Ends with 1 when something must be corrected, with 0 when all is well or there are only hints.

    \b
    Examples:
      sync check
      sync check --json
    """
    from .checking import print_check

    return print_check(_services(options), as_json=as_json)


@click.command(short_help="The last rounds, and what is due, waiting, unsure or refused.")
@JSON
@click.pass_obj
@told
def status(options: Options, as_json: bool) -> int:
    """Show the last rounds, when the next one is, and the mails that are due, wait, are unsure or were refused.

    When the sheet cannot be reached it shows what the ledger knows and ends with 4.

    \b
    Examples:
      sync status
      sync status --json
    """
    from .telling import print_status

    return print_status(_services(options), as_json=as_json)


def _services(options: Options) -> tuple[Service, ...]:
    from ..app.wire import wire

    return wire(options.load(), look_only=True)
