"""The wizard's questions about the sheet: a Google spreadsheet, or a workbook to try things out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..core.config import GoogleSheet, spreadsheet_id
from ..core.errors import ConfigError, ServiceError
from ..core.tidy import single_line
from ..sheets.google_errors import check_key
from .secrets import refuse_readable
from .setup_answers import Given, Person, Tree, answer, one_of, placed, written

CONSOLE = "https://console.cloud.google.com"
STEPS = (
    f"Open {CONSOLE}/projectcreate, sign in with any Google account, type a name and press Create. "
    "Then choose the new project at the top of the page.",
    f"Open {CONSOLE}/apis/library/sheets.googleapis.com and press Enable.",
    f"Open {CONSOLE}/iam-admin/serviceaccounts/create, type a name, press Create and continue, skip what it asks about "
    "roles, and press Done. This account is the service's own address at Google.",
    f"Open {CONSOLE}/iam-admin/serviceaccounts, click the account, then Keys, Add key, Create new key, JSON, Create. "
    "A file is downloaded. It comes only once, and whoever has it can read the sheet: keep it on this machine.\n"
    'If Google says "Service account key creation is disabled", your organisation forbids it. Do these four steps with '
    "a private Google account, or ask the administrator to lift iam.disableServiceAccountKeyCreation.",
)
NEW_SHEET = (
    "Now the spreadsheet itself. Open https://sheets.new with your own Google account (the service cannot make one), "
    "give it a name, and copy its address from the browser. Or take one that your team has already: "
    "our tabs are added, nothing of yours is touched."
)


@dataclass(frozen=True, slots=True)
class FoundSheet:
    """The ``sheet`` block, and what the spreadsheet is called (for the team's name)."""

    block: Tree
    title: str = ""


def ask_sheet(old: Tree, given: Given, person: Person, folder: Path) -> FoundSheet:
    """Return the sheet that the person wants, tried out; paths in it count from ``folder``."""
    known = "workbook" if given.workbook else "google" if given.spreadsheet or given.credentials else None
    if known is None:
        person.say(
            "The team's people, meetings and promises live in one spreadsheet that all of you edit.\n"
            "google: a spreadsheet in Google Sheets, for a team.\n"
            "workbook: a file on this machine, to try things out alone."
        )
    kind = answer(person, "Which one, google or workbook?", one_of("google", "workbook"),
                  given=known, default=str(old.get("type", "google")))  # fmt: skip
    same_kind = old if old.get("type") == kind else {}
    if kind == "workbook":
        return FoundSheet(_workbook(same_kind, given, person, folder))
    return _google(same_kind, given, person, folder)


def _workbook(old: Tree, given: Given, person: Person, folder: Path) -> Tree:
    from ..sheets.workbook.files import SUFFIXES

    def check(text: str) -> str:
        path = placed(text, folder)
        if path.suffix.lower() not in SUFFIXES:
            raise ValueError("must be an Excel workbook, a name that ends in .xlsx")
        if path.is_dir():
            raise ValueError("must be a file; this is a folder")
        return written(path, folder)

    path = answer(person, "Where is the workbook? It is made when it is not there.", check,
                  given=given.workbook, default=str(old.get("path", "people.xlsx")))  # fmt: skip
    return {**old, "type": "workbook", "path": path}


def _google(old: Tree, given: Given, person: Person, folder: Path) -> FoundSheet:
    block: Tree = {**old, "type": "google"}
    if given.api_endpoint:
        block["api_endpoint"] = given.api_endpoint
    block["credentials"] = _key_file(old, given, person, folder)
    if not given.spreadsheet and not old:
        person.say(NEW_SHEET)

    def check(text: str) -> str:
        spreadsheet_id(text)
        return text

    first = given.spreadsheet
    while True:
        block["spreadsheet"] = answer(person, "The address of the spreadsheet?", check,
                                      given=first, default=str(block.get("spreadsheet", "")))  # fmt: skip
        title = _reach(GoogleSheet.model_validate(block), folder, person)
        first = None
        if title is not None:
            return FoundSheet(block, title)


# --- the key file ----------------------------------------------------------------------------------------------------


def _key_file(old: Tree, given: Given, person: Person, folder: Path) -> str:
    """Return where the service account's key lies; it is checked and closed to others."""
    default = str(old.get("credentials") or next(_keys_in(folder), ""))
    if given.credentials is None and not default:
        person.say("The service needs an account of its own at Google. Making it takes five minutes, once.")
        if not person.yes("Have you got its key file already?", False):
            for at, step in enumerate(STEPS, 1):
                person.say(f"\nStep {at} of {len(STEPS)}. {step}")
                person.wait("Press Enter when that is done")

    def check(text: str) -> str:
        if not text:
            raise ValueError("must be the file that Google gave you, like service-account.json")
        path = placed(text, folder)
        _read_key(path)
        _close(path, person)
        return written(path, folder)

    return answer(person, "Where is the key file?", check, given=given.credentials, default=default)


def _keys_in(folder: Path) -> Iterator[str]:
    """Yield the names of the key files of service accounts in ``folder``."""
    for path in sorted(folder.glob("*.json")):
        try:
            check_key(path.read_text(encoding="utf-8"), path.name)
        except (ConfigError, OSError, UnicodeDecodeError):
            continue
        yield path.name


def _read_key(path: Path) -> str:
    """Return the address of the service account whose key is in ``path``; raises ``ConfigError`` for anything else."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"There is no file {path}.", "Look where your browser keeps downloads.") from None
    except UnicodeDecodeError:
        text = ""
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", "Give the file to your account.") from None
    return check_key(text, path.name)["client_email"]


def _close(path: Path, person: Person) -> None:
    """Let nobody but the owner read the key file; raises ``ConfigError`` with the remedy when we may not."""
    try:
        refuse_readable(path, "The key of the service account")
    except ConfigError:
        try:
            path.chmod(0o600)
        except OSError:
            raise
        person.say(f"Others on this machine could read {path}; now only you can (chmod 600).")


def close_key_files(data: object, folder: Path, person: Person) -> None:
    """Close the key files that decoded configuration names; what is wrong with it otherwise is for others to say.

    Raises ``ConfigError`` with the remedy for one that we may not close.
    """
    if not isinstance(data, dict):
        return
    teams = data.get("teams")
    for block in [data, *(teams if isinstance(teams, list) else [])]:
        sheet = block.get("sheet") if isinstance(block, dict) else None
        name = sheet.get("credentials") if isinstance(sheet, dict) else None
        if isinstance(name, str) and (folder / name).is_file():
            _close(folder / name, person)


# --- the spreadsheet -------------------------------------------------------------------------------------------------


def _reach(sheet: GoogleSheet, folder: Path, person: Person) -> str | None:
    """Return the spreadsheet's title once it can be read and written; ``None`` when it is not the right one.

    Says what is in the way, in plain words, and waits for Enter to try again.
    """
    from ..sheets.google import GoogleBackend

    backend = GoogleBackend(sheet.id, folder / sheet.credentials, sheet.api_endpoint or "")
    try:
        person.say("Looking for the spreadsheet …")
        first = True
        while True:
            try:
                title = backend.title()
                backend.check_write()
            except ServiceError as error:
                _explain(error, backend.share_with, person, first=first)
                first = False
                if person.ask("Press Enter to try again, or type other for another address").strip():
                    return None
                continue
            title = single_line(title)
            person.say(f'Found "{title}", and we may write in it.')
            return title
    finally:
        backend.close()


def _explain(error: ServiceError, share_with: str, person: Person, *, first: bool) -> None:
    person.say(f"{error.sentence}\n{error.remedy}")
    if first and share_with in error.sentence + error.remedy:
        person.say(f"\nThis is the address to share with:\n\n    {share_with}\n")
