"""The second half of set-up: the key, the tabs, the first contact with the sheet, a test mail, and what to do next."""

from __future__ import annotations

import os
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

from ..core.errors import ConfigError, SyncError
from ..core.headers_safe import POLICY, mailbox
from ..core.ports import Verdict
from ..ledger import ledger_file
from .hold import close, for_a_command
from .load import CONFIG_NAME, KEY_NAME, Loaded, make_key, shell_word
from .service import Service
from .setup_answers import Given, Person


def make_key_if_missing(loaded: Loaded) -> Path | None:
    """Make ``commonground.key`` and return its path; ``None`` when there is one, which is kept.

    Raises ``ConfigError`` when the key is gone but the ledger is there: with another key the service would not
    recognise the people it has written to, and would write to them again (``design.md`` P1).
    """
    file = ledger_file(loaded.config.ledger, loaded.folder)
    if file is not None and file.exists() and not (loaded.folder / KEY_NAME).exists():
        raise ConfigError(
            f"{KEY_NAME} is gone from {loaded.folder}, but the ledger {file.name} is there.",
            "Bring the key back from a backup. If it is lost for good, move the ledger away too: then the service "
            "starts anew, and what stands in the sheet already waits for your OK.",
        )
    try:
        return make_key(loaded.folder, os.urandom(32))
    except FileExistsError:
        return None


def finish(loaded: Loaded, person: Person, values: Mapping[str, str]) -> None:
    """Make the key, make or mend the tabs, and record the first contact with each sheet; no mail leaves.

    ``values`` (setting key → text) go into ``Value`` cells of ``Settings`` that are blank, unless there are several
    teams.
    Run again it writes nothing when all is well.  Raises ``ServiceError``, ``ConfigError``, ``LedgerError``, or
    ``HeldByAnother`` when a running service stays busy.
    """
    from .wire import wire

    made = make_key_if_missing(loaded)
    if made:
        person.result(f"Made {made}. Keep a copy of it in a safe place: it is how the service knows whom it wrote to.")
    with for_a_command(loaded, person.say):
        services = wire(loaded, look_only=True)
        try:
            told = values if len(services) == 1 else {}
            fresh = [service.name for service in services if _mend(service, person, told)]
        finally:
            close(services)
        if fresh:
            _first_contact(loaded, fresh, person)


def _mend(service: Service, person: Person, values: Mapping[str, str]) -> bool:
    """Make or mend the tabs of one sheet; return whether the service has never looked at it."""
    team = f"{service.name}: " if service.name else ""
    person.say(f"{team}Looking after the tabs of {service.backend.where()} …")
    repairs = service.backend.repair(values)
    for repair in repairs:
        person.result(f"{team}{repair.what}")
    if not repairs:
        person.result(f"{team}The tabs are all there; nothing had to be mended.")
    return service.ledger.view(service.sheet).first_contact is None


def _first_contact(loaded: Loaded, names: list[str], person: Person) -> None:
    """Look at each named team's sheet for the first time: rows get their IDs, what has begun is left in peace."""
    from .cycle import run_cycle
    from .foreign import look_for_another
    from .look import look
    from .wire import wire

    services = wire(loaded)
    try:
        for service in services:
            if service.name not in names:
                continue
            other = look_for_another(service, service.clock.now())
            if other is not None and other.install != service.install:
                person.say("Another service works on this sheet already, so this one only looked after the tabs.")
                continue
            person.say("Looking at the sheet for the first time …")
            report = run_cycle(service, send=False).report
            team = f"{service.name}: " if service.name else ""
            found = f" {report.problems} cells need a correction: `sync check`." if report.problems else ""
            person.result(f"{team}Looked at the sheet for the first time; nothing was mailed.{found}")
            zone = look(service).book.settings.zone
            person.say(f"Times in it are meant in {zone}. Not yours? Type yours into Settings, Default time zone.")
    finally:
        close(services)


def test_mail(loaded: Loaded, person: Person, given: Given) -> None:
    """Offer a test mail to the operator; it leaves no trace in the ledger, and its failure stops nothing."""
    from .wire import wire

    if len(loaded.teams()) > 1 or given.test_mail is False:
        return
    mail = loaded.teams()[0].mail
    to = mail.safe_to or mail.sender.address
    if given.test_mail is None and not person.yes(f"Send a test mail to {to}?", mail.type == "smtp"):
        return
    (service,) = services = wire(loaded, look_only=True)
    try:
        service.mailer.open()
        receipt = service.mailer.send(_letter(service, mail.sender.name, mail.sender.address, to), to, lambda: True)
    except SyncError as error:
        person.say(f"The test mail did not leave. {error}")
        return
    finally:
        close(services)
    if receipt.verdict is Verdict.ACCEPTED:
        where = f"Look into {loaded.at(mail.path)}." if mail.type == "outbox" else f"Look for it at {to}."
        person.result(f"The test mail is out. {where}")
    else:
        person.say(f"The test mail did not leave. {receipt.words}".strip())


def _letter(service: Service, name: str, sender: str, to: str) -> EmailMessage:
    message = EmailMessage(policy=POLICY)
    message["From"] = mailbox(name, sender)
    message["To"] = mailbox("", to)
    message["Subject"] = "Common Ground can write to you"
    message["Date"] = format_datetime(service.clock.now().replace(microsecond=0))
    message["Message-ID"] = make_msgid(domain=service.policy.domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        "This is the test mail of `sync setup`.\n\nIf you can read it, the team's mail account works, and mail from it "
        f"arrives here.\n\nThe sheet: {service.backend.where()}\n",
        cte="quoted-printable",
    )
    return message


def next_steps(loaded: Loaded, named: Path | None, person: Person) -> None:
    """Say what to do next."""
    usual = named is None or named.absolute() == Path(CONFIG_NAME).absolute()
    command = "sync" if usual else f"sync -c {shell_word(str(named))}"
    practice = any(team.mail.practice for team in loaded.teams())
    lines = [
        "What to do next:",
        "1. Open the sheet and fill in Team: yourself, with name and e-mail address. Then Contacts, then Meetings.",
        f"2. See what would go: {command} preview",
        f"3. Keep it running: {command} run    (until you stop it; it goes on where it was when you start it again)",
    ]
    if practice:
        lines.append(f"4. When you trust it, let mail go to the people: {command} go-live")
    person.say("\n" + "\n".join(lines))
