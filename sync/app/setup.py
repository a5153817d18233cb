"""``sync setup``: one thing at a time, every answer checked against the real thing, nothing overwritten unasked.

The wizard does not know how it speaks: it is given a :class:`Person`.  Answers are gathered in the shape of
``config.yaml``, so that a re-run starts from what is there and keeps every option that it does not ask about.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..core.config import parse
from ..core.errors import ConfigError, ServiceError
from .load import Loaded, decode, load, places
from .setup_answers import Given, Person, Tree, time_zone, unasked
from .setup_finish import finish, next_steps, test_mail
from .setup_mail import ask_mail, ask_practice, try_mail
from .setup_sheet import ask_sheet, close_key_files
from .setup_write import render, same, write_config


def target(path: Path | None) -> Path:
    """Return where the configuration is, or will be: ``path`` when given, else the first usual place that has one."""
    looked = places(path)
    return next((place for place in looked if place.exists()), looked[0]).absolute()


def set_up(path: Path | None, given: Given, person: Person) -> None:
    """Lead a person through set-up; run again it repairs, with the present values as defaults.

    1. Ask for the sheet and the mail, unless ``given`` says it, and try both.
    2. Write the configuration, after asking.
    3. Make the key, the tabs, and the first contact with the sheet (no mail leaves).
    4. Offer a test mail to oneself, and say what to do next.

    Raises ``ConfigError`` for a configuration that is there but cannot be used, ``SyncError`` for what a person cannot
    mend while the wizard waits.
    """
    file = target(path)
    old = _there(file, person) if file.exists() else None
    _welcome(person, old, file)
    if old is not None and old.config.blocks[0].name:
        person.say("It holds several teams, so it stays as it is; their sheets are looked after now.")
        loaded = old
    else:
        loaded = _asked(file, old, given, person)
    values = settings_given(given)
    if old is None:
        values = {"team_name": loaded.teams()[0].mail.sender.name} | values
    _until_well(loaded, person, values)
    test_mail(loaded, person, given)
    next_steps(loaded, path, person)


def settings_given(given: Given) -> dict[str, str]:
    """Return what the options say about ``Settings``: setting key → text.

    Raises ``ConfigError`` for a time zone that is none.
    """
    found = {"team_name": given.team_name or "", "zone": ""}
    if given.zone:
        try:
            found["zone"] = time_zone(given.zone)
        except ValueError as error:
            raise ConfigError(f'--zone: "{given.zone}" {error}.', "Type it again.") from None
    return {key: text for key, text in found.items() if text}


def _until_well(loaded: Loaded, person: Person, values: Mapping[str, str]) -> None:
    """Finish, as often as it takes; what is done stays done."""
    while True:
        try:
            return finish(loaded, person, values)
        except ServiceError as error:
            person.say(str(error))
            person.wait("Press Enter to try again")


def _there(file: Path, person: Person) -> Loaded:
    """Return the configuration that is there; its key files are closed to others first, else it would be refused."""
    with suppress(OSError, UnicodeDecodeError):  # ``load`` says it in plain words
        close_key_files(decode(file.read_text(encoding="utf-8-sig"), file.name), file.parent, person)
    return load(file)


def _welcome(person: Person, old: Loaded | None, file: Path) -> None:
    person.say(
        "This sets up Common Ground: the team's sheet, the mail account, and the first look at the sheet.\n"
        "Nothing is mailed to anybody meanwhile. Ctrl+C stops it at any time; run it again to go on."
    )
    if old is not None:
        person.say(f"There is a configuration already: {file}. Press Enter to keep what stands in [brackets].")


def _asked(file: Path, old: Loaded | None, given: Given, person: Person) -> Loaded:
    """Return the configuration that the person wants, written."""
    before = _tree(file) if old is not None else {}
    tree: Tree = dict(before)
    person.say("\n1. The sheet\n")
    found = ask_sheet(tree.get("sheet") or {}, given, person, file.parent)
    tree["sheet"] = found.block
    person.say("\n2. The mail\n")
    tree["mail"] = ask_mail(tree.get("mail") or {}, given, person, file.parent, found)
    tree["mail"] = ask_practice(tree["mail"], given, person, known=old is not None)
    tree["mail"] = try_mail(tree, person, file)
    person.say("\n3. The configuration\n")
    return _written(file, old, tree, person)


def _tree(file: Path) -> Tree:
    data = decode(file.read_text(encoding="utf-8-sig"), file.name)
    return dict(data) if isinstance(data, dict) else {}


def _written(file: Path, old: Loaded | None, tree: Tree, person: Person) -> Loaded:
    if old is not None and same(old.config, tree):
        person.say(f"{file} says all this already and stays as it is.")
        return old
    shown = [line for line in render(tree).splitlines() if line and not line.lstrip().startswith("#")]
    person.say("\n".join(f"    {line}" for line in shown))
    question = f"Write {file}?"
    if old is not None:
        question = f"Write {file} anew? The old one is kept beside it as {file.name}.before."
    if not person.yes(question, True):
        if old is None:
            raise ConfigError("Nothing was written.", "Run `sync setup` again when you are ready.")
        person.say("It stays as it is.")
        return old
    write_config(file, tree)
    person.result(f"Wrote {file} (only you can read it).")
    return load(file)


def set_up_unasked(path: Path | None, given: Given, person: Person) -> None:
    """Set up without a question: ``config.yaml`` as it is, or one made from ``given``; nothing is sent.

    A second run writes nothing to the sheet and changes no file.  Raises ``ConfigError`` when there is no configuration
    and ``given`` does not suffice for one, ``ServiceError`` when the sheet cannot be reached.
    """
    file = target(path)
    values = settings_given(given)
    if file.exists():
        if given.beyond_settings:
            person.say(f"{file} is there and stays as it is; the other options were not used.")
    else:
        tree = unasked(given, file)
        parse(tree, file.name)
        write_config(file, tree)
        person.result(f"Wrote {file} (only you can read it).")
    loaded = _there(file, person)
    finish(loaded, person, values)
    next_steps(loaded, path, person)
