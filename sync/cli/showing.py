"""``sync demo``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .outcome import told

if TYPE_CHECKING:
    from ..app.demo import DemoResult

FOLDER = "commonground-demo"


@click.command(short_help="A week with sample people; no network, no account.")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path), default=Path(FOLDER))
@told
def demo(folder: Path) -> None:
    """Play a week of an imaginary team in FOLDER (commonground-demo when left out).

    It makes a workbook full of sample people and lets the service work on it with a clock of its own. Nothing leaves:
    every mail becomes a file, and index.html shows them all. Played again it makes everything in FOLDER anew.

    \b
    Examples:
      sync demo
      sync demo /tmp/look
    """
    from ..app.demo import play

    bar = click.progressbar(length=1, label="A week goes by", file=sys.stderr, item_show_func=lambda moment: moment)
    with bar as shown:

        def progress(done: int, total: int, moment: str) -> None:
            shown.length = total
            shown.update(done - shown.pos, moment)

        made = play(folder, progress)
    _tell(made)


def _tell(made: DemoResult) -> None:
    """Print where to look."""
    from ..app.load import shell_word

    if made.kept:
        click.echo(f"Your workbook from the last time is kept as {made.kept}.")
    click.echo(f"{made.mails} mails. Open this page in your browser to read them: {made.page}")
    click.echo(f"The team's workbook, with what every row says: {made.workbook}")
    config = shell_word(str(made.config))
    click.echo(f"See what is wrong in it: sync -c {config} check")
    click.echo(f"See what goes next: sync -c {config} preview --at {made.after:%Y-%m-%dT%H:%M%z}")
