"""The wizard's questions about mail: the account (or a folder), the login tried out, and practice mode."""

from __future__ import annotations

from pathlib import Path

from ..core.config import parse
from ..core.config.models import PORTS
from ..core.config.values import email_address, host_name, is_loopback, mailbox
from ..core.errors import ConfigError, ServiceError
from .load import Loaded
from .setup_answers import Given, Person, Tree, answer, filled, number, one_of, password_of, placed, sender_of, written
from .setup_finish import make_key_if_missing
from .setup_sheet import FoundSheet
from .setup_write import keep_private

PASSWORD_FILE = "mail-password"  # noqa: S105 - the name of a file

KNOWN = {
    "gmail.com": ("smtp.gmail.com", "ssl"),
    "googlemail.com": ("smtp.gmail.com", "ssl"),
    "yahoo.com": ("smtp.mail.yahoo.com", "ssl"),
    "icloud.com": ("smtp.mail.me.com", "starttls"),
    "fastmail.com": ("smtp.fastmail.com", "ssl"),
    "seznam.cz": ("smtp.seznam.cz", "ssl"),
    "gmx.net": ("mail.gmx.net", "ssl"),
    "gmx.de": ("mail.gmx.net", "ssl"),
}
"""Mail servers of large providers, by the domain of an address; taken from their help pages."""

GOOGLE_WANTS = (
    "Google wants an app password here, not the one you sign in with. Switch on 2-Step Verification at "
    "https://myaccount.google.com/signinoptions/twosv, then make one at https://myaccount.google.com/apppasswords and "
    "copy its sixteen letters."
)
PRACTICE = (
    "Practice: while you learn, every mail goes to you instead of the people, with their name in the subject, and does "
    "not count. `sync go-live` ends it."
)


def ask_mail(old: Tree, given: Given, person: Person, folder: Path, sheet: FoundSheet) -> Tree:
    """Return the ``mail`` block that the person wants, not tried out yet; what is not asked stays as in ``old``."""
    known = "smtp" if given.mail_host else "outbox" if given.outbox else None
    if known is None:
        person.say(
            "smtp: a mail account; mail leaves from the team's own address.\n"
            "outbox: a folder; every mail becomes a file that you can open, and nothing leaves."
        )
    usual = "outbox" if sheet.block["type"] == "workbook" else "smtp"
    kind = answer(person, "Which one, smtp or outbox?", one_of("smtp", "outbox"),
                  given=known, default=str(old.get("type", usual)))  # fmt: skip
    block: Tree = dict(old) if old.get("type") == kind else {k: v for k, v in old.items() if k in ("sender", "safe_to")}
    block["type"] = kind
    block["sender"] = _sender(block, given, person, sheet.title)
    if kind == "outbox":
        block["path"] = answer(
            person, "Which folder?", lambda text: written(placed(filled(text), folder), folder), given=given.outbox,
            default=str(block.get("path", "outbox")),
        )  # fmt: skip
        return block
    return _account(block, given, person, folder)


def _sender(block: Tree, given: Given, person: Person, title: str) -> str:
    """Return the team's name and its address, as the mails carry them."""
    known = mailbox(block["sender"]) if block.get("sender") else None
    found = answer(person, "Which address does the team's mail come from?", mailbox,
                   given=given.sender, default=known.address if known else "")  # fmt: skip
    usual = found.name or (known.name if known else "") or title
    named = given.team_name if given.team_name is not None else found.name or None
    name = answer(person, "What is the team called? It stands behind the organizer's name in every mail.", filled,
                  given=named, default=usual)  # fmt: skip
    return sender_of(name, found.address)


def _account(block: Tree, given: Given, person: Person, folder: Path) -> Tree:
    address = mailbox(block["sender"]).address
    usual_host, usual_security = KNOWN.get(address.rpartition("@")[2].lower(), ("smtp.gmail.com", "ssl"))
    host = answer(person, "The mail server? For Gmail and Google Workspace it is smtp.gmail.com.", host_name,
                  given=given.mail_host, default=str(block.get("host", usual_host)))  # fmt: skip
    security = answer(
        person, "How is the line protected: ssl, starttls, or none (only for a server on this machine)?",
        one_of(*PORTS), given=given.mail_security, default=str(block.get("security", usual_security)),
    )  # fmt: skip
    moved = security != block.get("security")
    port = answer(person, "Its port?", number(1, 65_535),
                  given=None if given.mail_port is None else str(given.mail_port),
                  default=str(PORTS[security] if moved else block.get("port", PORTS[security])))  # fmt: skip
    block = {**block, "host": host, "security": security, "port": port}
    if given.mail_ca_file:
        block["ca_file"] = written(placed(given.mail_ca_file, folder), folder)
    if block.get("oauth"):
        return block  # made by hand; the wizard has nothing to better here
    own = "-" if is_loopback(host) and "username" not in block else address
    user = answer(person, "The account's user name? Type - when the server asks for none.", filled,
                  given=given.mail_username, default=str(block.get("username", own)))  # fmt: skip
    if user == "-":
        return {name: value for name, value in block.items() if name not in ("username", "password")}
    block["username"] = user
    block["password"] = password_of(given, folder) or _password(block, person, folder)
    return block


def _password(block: Tree, person: Person, folder: Path) -> Tree:
    """Ask for the password and keep it in a file of its own; Enter keeps what is there, or names a variable."""
    if str(block["host"]).endswith("gmail.com"):
        person.say(GOOGLE_WANTS)
    old = block.get("password")
    hint = "Enter keeps the present one" if old else "Enter when it is in an environment variable"
    typed = person.secret(f"The password? It is not shown, and kept in a file that only you can read ({hint})").strip()
    if typed:
        keep_private(folder / PASSWORD_FILE, typed.encode() + b"\n")
        return {"file": PASSWORD_FILE}
    if isinstance(old, dict):
        return dict(old)
    return {"env": answer(person, "The variable's name?", filled, default="SYNC_MAIL_PASSWORD")}


def ask_practice(block: Tree, given: Given, person: Person, *, known: bool) -> Tree:
    """Return the block with ``safe_to``, or without it when the person does not want to practise."""
    rest = {name: value for name, value in block.items() if name != "safe_to"}
    if given.no_practice:
        return rest
    if given.safe_to is None:
        person.say(PRACTICE)
        if not person.yes("Practise first?", not known or "safe_to" in block):
            return rest
    default = str(block.get("safe_to") or mailbox(block["sender"]).address)
    address = answer(person, "Your own address, where all mail goes while you practise?", email_address,
                     given=given.safe_to, default=default)  # fmt: skip
    return {**rest, "safe_to": address}


def try_mail(tree: Tree, person: Person, file: Path) -> Tree:
    """Log in, and return the ``mail`` block with which that worked; nothing is sent.

    Says what is in the way and waits, or asks the questions about mail again.
    """
    block: Tree = tree["mail"]
    if block["type"] == "outbox":
        return block
    person.say("Trying to log in …")
    while True:
        try:
            _log_in(_loaded({**tree, "mail": block}, file))
        except (ServiceError, ConfigError) as error:
            person.say(str(error))
            block = _again(block, tree, person, file.parent)
            continue
        person.say("The mail server lets us in.")
        return block


def _again(block: Tree, tree: Tree, person: Person, folder: Path) -> Tree:
    """Return the block to try next: the same, with another password, or with other answers."""
    how = answer(
        person, "Press Enter to try again; or type password for another one, or change for all questions about mail",
        one_of("again", "password", "change"), default="again",
    )  # fmt: skip
    if how == "password" and "username" in block:
        return {**block, "password": _password(block, person, folder)}
    return block if how == "again" else ask_mail(block, Given(), person, folder, FoundSheet(tree["sheet"]))


def _loaded(tree: Tree, file: Path) -> Loaded:
    return Loaded(parse(tree, file.name), file.parent, file)


def _log_in(loaded: Loaded) -> None:
    from .wire import wire

    make_key_if_missing(loaded)
    (service,) = wire(loaded, look_only=True)
    try:
        service.mailer.open()
    finally:
        service.mailer.close()
        service.ledger.close()
