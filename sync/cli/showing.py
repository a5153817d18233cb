"""``sync demo``."""

from __future__ import annotations

from pathlib import Path

import click

from .outcome import talk, told

FOLDER = "commonground-demo"


@click.command(short_help="A week with sample people; no network, no account.")
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path), default=Path(FOLDER))
@told
def demo(folder: Path) -> None:
    """Play a week of an imaginary team in FOLDER (commonground-demo when left out).

    It makes a workbook full of sample people and lets the service work on it with a clock of its own. Nothing leaves:
    every mail becomes a file.

    \b
    Examples:
      sync demo
      sync demo /tmp/look
    """
    from ..app.demo import play

    play(folder, talk)
