"""A thousand due mails rendered, recorded and sent over TLS with login, next to ``yagmail.send`` and a bare loop."""

from __future__ import annotations

import smtplib
import ssl
import tempfile
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import yagmail

from sync.app.cycle import run_cycle
from sync.app.service import Service
from sync.core.config import SmtpMail
from sync.core.plan import Policy
from sync.core.ports import Receipt
from sync.mail import open_mailer
from tests.bench import people
from tests.bench.cycles import still_service
from tests.bench.figures import Figure, Size, median, seconds, wall
from tests.bench.people import Row
from tests.bench.world import NOW, World
from tests.fakes.sheets import serial
from tests.fakes.smtp import PASSWORD, USER

SETTINGS = {"Wait after the last edit": "0", "Ask me before sending more than": "1000", "Mails per day": "100000"}


class Kept:
    """The real mailer, and the last message that went through it."""

    def __init__(self, account: SmtpMail) -> None:
        self._mailer = open_mailer(account, password=PASSWORD, folder=Path())
        self.messages: list[tuple[str, EmailMessage]] = []

    def open(self) -> None:
        """Connect and log in."""
        self._mailer.open()

    def send(self, message: EmailMessage, recipient: str, before_dot: Callable[[], bool]) -> Receipt:
        """Hand over and keep the message for those who send the same."""
        self.messages.append((recipient, message))
        return self._mailer.send(message, recipient, before_dot)

    def close(self) -> None:
        """Log out."""
        self._mailer.close()


def measure(size: Size, world: World) -> list[Figure]:
    """Measure the three loops in turn; every mail must have arrived."""
    port, authority = world.mail()
    account = SmtpMail.model_validate({
        "type": "smtp", "host": "localhost", "port": port, "security": "ssl", "username": USER,
        "password": {"env": "NOT_READ"}, "sender": "Harbour Street Co-op <team@example.org>", "gap_seconds": 0,
        "ca_file": authority,
    })  # fmt: skip
    times: dict[str, list[float]] = {"ours": [], "yagmail": [], "bare": []}
    for _ in range(max(size.runs // 2, 1)):
        mailer = Kept(account)
        with tempfile.TemporaryDirectory() as folder:
            service = _due(Path(folder), size, mailer)
            times["ours"].append(_arriving(world, size, lambda service=service: run_cycle(service)))  # type: ignore[misc]
            service.ledger.close()
        mailer.close()
        context = ssl.create_default_context(cafile=authority)
        letters = _Letters(mailer.messages)
        times["yagmail"].append(_arriving(world, size, lambda: letters.by_yagmail(port, context)))  # noqa: B023
        times["bare"].append(_arriving(world, size, lambda: letters.bare(port, context)))  # noqa: B023
    ours, yag, bare = (median(times[name]) for name in ("ours", "yagmail", "bare"))
    return [Figure(
        f"{size.mails:,} due mails rendered, recorded and sent", yag / ours, "× `yagmail.send` in a loop", "≥ 1.5",
        yag >= 1.5 * ours, f"{seconds(ours)} ({size.mails / ours:.0f} a second)",
        f"`yagmail.send`, which records nothing: {seconds(yag)}; prebuilt messages, bare `smtplib`: {seconds(bare)} "
        f"(ours / bare {ours / bare:.1f})",
    )]  # fmt: skip


def _arriving(world: World, size: Size, work: Callable[[], object]) -> float:
    world.arrived()
    taken = wall(work)
    arrived = world.arrived()
    if arrived != size.mails:
        raise RuntimeError(f"{arrived} of {size.mails} mails arrived")
    return taken


def _due(folder: Path, size: Size, mailer: Kept) -> Service:
    """Return a service whose next cycle has ``size.mails`` confirmations to send."""
    service, sheet, clock = still_service(folder, Size(0, 0, 0, 0))
    run_cycle(service)  # first contact with an empty sheet: all rows that come later are news
    service.mailer = mailer
    service.policy = Policy(service.policy.keyring, "example.org", per_day=100_000, most_at_once=10_000)
    for label, value in SETTINGS.items():
        sheet.choose(label, value)
    sheet.add("contacts", (row | {"How to reach them": "E-mail is fine"} for row in people.contacts(size.mails)))
    sheet.add("meetings", (_ahead(row) for row in people.meetings(size.mails, size.mails, NOW.date())))
    sheet.settle()
    run_cycle(service, send=False)
    sheet.settle()
    clock.advance(timedelta(minutes=1))
    return service


def _ahead(row: Row) -> Row:
    return row | {"Stage": "Agreed", "Date": serial(NOW.date() + timedelta(days=10)), "Purpose ✉": people.PURPOSE}


class _Letters:
    """The mails that were sent, to send the same by other means."""

    def __init__(self, messages: list[tuple[str, EmailMessage]]) -> None:
        self._messages = messages
        self._prebuilt = [(to, message.as_bytes()) for to, message in messages]

    def by_yagmail(self, port: int, context: ssl.SSLContext) -> None:
        """Send subject, HTML and calendar file of each; its styles are inlined already, so yagmail need not."""
        with tempfile.TemporaryDirectory() as folder:
            client = yagmail.SMTP(USER, PASSWORD, host="localhost", port=port, context=context)
            for to, message in self._messages:
                html, calendar = message.get_body(("html",)), next(message.iter_attachments(), None)
                contents: list[str] = [yagmail.raw(html.get_content())] if html else []
                if calendar is not None:
                    file = Path(folder) / "invite.ics"
                    file.write_bytes(calendar.get_content())
                    contents.append(str(file))
                client.send(to=to, subject=str(message["Subject"]), contents=contents, prettify_html=False)
            client.close()

    def bare(self, port: int, context: ssl.SSLContext) -> None:
        """Send the prebuilt bytes over one connection: the limit."""
        with smtplib.SMTP_SSL("localhost", port, context=context) as session:
            session.login(USER, PASSWORD)
            for to, message in self._prebuilt:
                session.sendmail("team@example.org", [to], message)
