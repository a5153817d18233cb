"""The outside world of the measurements, in a process of its own so that its work is not counted as ours."""

from __future__ import annotations

import logging
import tempfile
from contextlib import ExitStack
from datetime import datetime
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.bench import people
from tests.fakes.sheets.hand import Hand
from tests.system.town import town

NOW = datetime(2026, 12, 1, 12, 0, tzinfo=ZoneInfo("Europe/Bratislava"))
"""When every measurement takes place: a Tuesday noon, so that mail may leave."""


class World:
    """A town (Google's emulator, a mail server with TLS and login, a configuration on disk) with many people."""

    def __init__(self, rows: int) -> None:
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd on its own deprecations
        self._open = ExitStack()
        self._folder = self._open.enter_context(tempfile.TemporaryDirectory())
        self._town = self._open.enter_context(town(Path(self._folder), now=NOW))
        self._round = 0
        self._counted = (0, 0)
        hand = self._town.hand
        fill(hand, "Team", people.team())
        fill(hand, "Contacts", people.contacts(rows))
        fill(hand, "Meetings", people.meetings(rows, rows, NOW.date()))

    def config(self) -> str:
        """Return the path of the configuration."""
        return str(self._town.config)

    def address(self) -> tuple[str, str, str]:
        """Return the emulator's address, the spreadsheet's id and the path of the key file."""
        return self._town.emulator.url, self._town.book.id, str(self._town.folder / "key.json")

    def mail(self) -> tuple[int, str]:
        """Return the mail server's port and the file of the authority that vouches for it."""
        return self._town.mail.port, str(self._town.folder / "authority.pem")

    def arrived(self) -> int:
        """Return how many mails arrived since the last call."""
        mails = self._town.mail.kept.mails
        number = len(mails)
        mails.clear()
        return number

    def last_read(self) -> tuple[str, bytes, dict[str, str]]:
        """Return address, body and headers of the latest read of values, to send it once more."""
        request = next(r for r in reversed(self._town.emulator.requests) if r.path.endswith(":batchGetByDataFilter"))
        url = f"{self._town.emulator.url}{request.path}?prettyPrint=false"
        names = ("authorization", "content-type", "user-agent")
        return url, request.body, {name: request.headers[name] for name in names if name in request.headers}

    def change(self, number: int) -> None:
        """Type into so many rows: half of them contacts, half meetings, evenly spread."""
        self._round += 1
        hand = self._town.hand
        for tab, header, text in (
            ("Contacts", "What they care about", f"the playground, said for the {self._round}th time"),
            ("Meetings", "Place ✉", f"Library, room {self._round}"),
        ):
            last = len(hand.rows(tab))
            for index in range(number // 2):
                hand.type_under(tab, header, 2 + index * (last - 2) // (number // 2), text)

    def requests(self) -> tuple[int, int]:
        """Return how many reads and writes there were since the last call."""
        emulator = self._town.emulator
        now = emulator.reads, emulator.writes
        reads, writes = (after - before for after, before in zip(now, self._counted, strict=True))
        self._counted = now
        return reads, writes

    def bugs(self) -> list[str]:
        """Return the emulator's own defects, if any."""
        return list(self._town.emulator.bugs)

    def close(self) -> None:
        """Take everything down."""
        self._open.close()


def fill(hand: Hand, tab: str, rows: object) -> None:
    """Put rows (by header) below the header of a tab."""
    headers = hand.headers(tab)
    hand.fill(tab, "A2", [[row.get(header) for header in headers] for row in rows])  # type: ignore[attr-defined]


class Worlds(BaseManager):
    """Makes a world in another process and hands out its proxy."""

    if TYPE_CHECKING:

        def World(self, rows: int) -> World: ...  # noqa: N802 - the registered name


Worlds.register("World", World)
