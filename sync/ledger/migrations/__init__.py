"""How the tables of older ledgers become those of ``tables``: one file per step in ``versions``, never edited later.

A new step: raise ``HEAD``, add ``versions/v<HEAD>_<what>.py`` with ``upgrade()``, change ``tables``; a test compares.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

HEAD = "0001"
"""Version of the tables; four digits, so that versions sort as text."""

VERSION_TABLE = "ledger_version"


def upgrade(connection: Connection, head: str = HEAD, scripts: Path | None = None) -> None:
    """Run the steps up to ``head`` in the transaction of ``connection``; ``scripts`` is the folder with ``env.py``."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = str(scripts or Path(__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, head)
