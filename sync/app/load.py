"""``config.yaml`` and ``commonground.key`` on disk: found, read, and the one line that ``go-live`` takes out."""

from __future__ import annotations

import binascii
import os
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any
from urllib.parse import urlsplit

import yaml
from platformdirs import user_config_path

from ..core.config import Config, Team, parse
from ..core.errors import ConfigError
from .secrets import read_private, refuse_readable, write_private

CONFIG_NAME = "config.yaml"
KEY_NAME = "commonground.key"
KEY_BYTES = 32
_KEY_WHAT = "The key of this installation"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and where it lies: ``path`` is the file, ``folder`` what relative paths in it count from."""

    config: Config
    folder: Path
    path: Path

    def at(self, name: str) -> Path:
        """Return the path that ``name`` in the configuration means."""
        return self.folder / Path(name).expanduser()

    @property
    def ledger(self) -> str:
        """The ledger's address, with the file of a SQLite one counted from the folder."""
        scheme, slashes, rest = self.config.ledger.partition(":///")
        if scheme != "sqlite":
            return self.config.ledger
        name, mark, query = rest.partition("?")
        return f"{scheme}{slashes}{self.at(name)}{mark}{query}"

    def teams(self) -> tuple[Team, ...]:
        """Return the configured teams, at least one."""
        return self.config.teams()


def places(path: Path | None) -> tuple[Path, ...]:
    """Return where the configuration is looked for: only ``path`` when given, else the usual two places."""
    return (path,) if path else (Path(CONFIG_NAME), user_config_path("commonground") / CONFIG_NAME)


def shell_word(path: str) -> str:
    """Return ``path`` as it is typed into this system's command line: in quotes when it holds a blank or the like."""
    if os.name == "nt":
        return f'"{path}"' if " " in path else path
    return quote(path)


def load(path: Path | None = None) -> Loaded:
    """Find, read and check the configuration.

    Raises :class:`ConfigError` when there is none, when it is no YAML (with line and column), when it holds mistakes
    (all of them, :class:`~sync.core.config.ConfigMistakes`), or when it holds a secret and others can read it.
    """
    looked = places(path)
    found = next((place for place in looked if place.exists()), None)
    if found is None:
        raise ConfigError(f"There is no configuration: {' or '.join(str(place) for place in looked)} does not exist.",
                          "Run `sync setup` to make one, or name one with -c FILE.")
    found = found.absolute()
    config = parse(decode(_read(found), found.name), found.name)
    loaded = Loaded(config, found.parent, found)
    _refuse_readable_secrets(loaded)
    return loaded


def _refuse_readable_secrets(loaded: Loaded) -> None:
    """Refuse files with secrets that others can read; one that is not there is told of by whoever needs it."""
    if urlsplit(loaded.config.ledger).password:
        refuse_readable(loaded.path, "The ledger's password")
    for team in loaded.teams():
        key, token = getattr(team.sheet, "credentials", None), getattr(team.mail, "oauth", None)
        for name, what in ((key, "The service account's key"), (token, "The mail account's OAuth token")):
            if name and loaded.at(name).exists():
                refuse_readable(loaded.at(name), what)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name} is not plain text in UTF-8.", "Save it again as UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"{path} could not be read: {error.strerror}.", "Give the file to your account.") from None


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which also refuses an option written twice instead of silently taking the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "an option must be a word", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def decode(text: str, name: str = CONFIG_NAME) -> object:
    """Return the data in ``text``, YAML of the file ``name``; raises :class:`ConfigError` with line and column."""
    try:
        data = yaml.load(text, _Loader)  # noqa: S506 - a safe loader, see there
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
        raise ConfigError(f"{name} cannot be read at {where}: {error.problem or error.context}.",
                          "Indent with blanks, and put text with special signs in quotes.") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"{name} holds a sign that cannot be there, in line {line}.", "Take it out.") from None
    if data is None:
        raise ConfigError(f"{name} is empty.", "Run `sync setup`, or begin with config.example.yaml.")
    return data


# --- the end of practice ---------------------------------------------------------------------------------------------


def remove_safe_to(path: Path) -> int:
    """Take every ``safe_to`` out of the file and leave everything else, comments too, as it is; returns how many.

    The file is replaced as a whole (0600) or not at all.  Raises :class:`ConfigError` when the rest would not stay
    the same, for a file written in some way we do not foresee.
    """
    text = _read(path)
    before = decode(text, path.name)
    spans = sorted(set(_spans(yaml.compose(text, _Loader))), reverse=True)  # an alias shows a place twice
    left = text
    for start, end in spans:
        left = _cut(left, start, end)
    if not spans:
        return 0
    try:
        same = decode(left, path.name) == _without_safe_to(before)
    except ConfigError:
        same = False
    if not same:
        raise ConfigError(f"The line safe_to could not be taken out of {path.name} without touching other lines.",
                          "Open the file and delete the line by hand.")
    write_private(path, left.encode())
    return len(spans)


def _mail_blocks(data: Any) -> Iterator[Any]:
    """Yield every ``mail`` block of decoded configuration."""
    if not isinstance(data, Mapping):
        return
    teams = data.get("teams")
    for block in [data, *(teams if isinstance(teams, list) else [])]:
        if isinstance(block, Mapping) and isinstance(block.get("mail"), dict):
            yield block["mail"]


def _without_safe_to(data: Any) -> Any:
    for mail in _mail_blocks(data):
        mail.pop("safe_to", None)
    return data


def _spans(node: yaml.Node | None) -> Iterator[tuple[int, int]]:
    """Yield where ``safe_to: value`` begins and ends in the text, for every mapping that has it."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _spans(item)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "safe_to" and isinstance(value, yaml.ScalarNode):
                yield key.start_mark.index, value.end_mark.index
            else:
                yield from _spans(value)


def _cut(text: str, start: int, end: int) -> str:
    """Return ``text`` without the option between ``start`` and ``end``: its line, or its place inside ``{ }``."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end) + 1 or len(text)
    behind = text[end:line_end].strip()
    if not text[line_start:start].strip() and (not behind or behind.startswith("#")):
        return text[:line_start] + text[line_end:]
    after = text[end:].lstrip(" ")
    if after.startswith(","):
        return text[:start] + after[1:].lstrip(" ")
    return text[:start].rstrip(" ").removesuffix(",") + text[end:]


# --- the key ---------------------------------------------------------------------------------------------------------


def keyring_for(folder: Path) -> bytes:
    """Return the 32 secret bytes of ``commonground.key`` in ``folder``, which recipients and ids are hashed with.

    Raises :class:`ConfigError` when it is missing, damaged, or readable by others.
    """
    path = folder / KEY_NAME
    if not path.exists():
        raise ConfigError(
            f"{_KEY_WHAT} is missing: {path}.",
            "Run `sync setup` if this is a new installation. Otherwise bring the file back from a backup: with another "
            "key the service would not recognise the people it has written to.",
        )
    text = read_private(path, _KEY_WHAT).strip()
    try:
        secret = b64decode(text, b"-_", validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise ConfigError(f"{_KEY_WHAT} in {path} is damaged.", "Bring the file back from a backup.")
    return secret


def make_key(folder: Path, random: bytes) -> Path:
    """Write ``commonground.key`` (0600) with 32 ``random`` bytes and return its path; one that is there is never
    overwritten (:class:`FileExistsError`)."""
    if len(random) != KEY_BYTES:
        raise ValueError(f"the key is made of {KEY_BYTES} random bytes")
    path = folder / KEY_NAME
    write_private(path, urlsafe_b64encode(random) + b"\n", replace=False)
    return path
