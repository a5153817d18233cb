"""Secrets by reference, read when used; and files that only their owner may read.

Nothing here puts a secret into a sentence, a repr or a log: errors name where it should have come from.
"""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ..core.config import Secret
from ..core.errors import ConfigError

SERVICE = "commonground"
"""The service name under which secrets lie in a computer's keyring."""

_DOCKER_SECRETS = Path("/run/secrets")


def resolve(secret: Secret, folder: Path, what: str = "The mail password", *,
            environ: Mapping[str, str] = os.environ, timeout: float = 30) -> str:
    """Return the secret that ``secret`` refers to: one line, without its line break.

    Relative paths count from ``folder``; ``what`` begins the sentence of an error.  A command gets ``timeout``
    seconds.  Raises :class:`ConfigError` when there is nothing to be had, or when others could read it.
    """
    if secret.env is not None:
        return _first_line(environ.get(secret.env, ""), what, f"the environment variable {secret.env}")
    if secret.file is not None:
        path = folder / Path(secret.file).expanduser()
        return _first_line(_text(read_private(path, what, environ=environ), what, path), what, str(path))
    if secret.keyring is not None:
        return _first_line(_from_keyring(secret.keyring, what), what, f"the keyring entry {secret.keyring}")
    command = secret.command or ()
    return _first_line(_printed(command, folder, what, timeout), what, f"what {command[0]} prints")


def read_private(path: Path, what: str, *, environ: Mapping[str, str] = os.environ) -> bytes:
    """Return the bytes of a file with secrets; raises :class:`ConfigError` when it cannot be read or others can.

    Others may read what lies under /run/secrets or in $CREDENTIALS_DIRECTORY: there Docker and systemd keep watch.
    """
    try:
        with path.open("rb") as file:
            state = os.fstat(file.fileno())  # of the file that is open, so that nobody can exchange it in between
            if stat.S_ISDIR(state.st_mode):
                raise IsADirectoryError
            _refuse_open(path, state.st_mode, what, environ)
            return file.read()
    except FileNotFoundError:
        raise ConfigError(f"{what} should be in {path}, but there is no such file.",
                          "Put it there, or correct its name in the configuration.") from None
    except IsADirectoryError:
        raise ConfigError(f"{what} should be in {path}, but that is a folder.", "Name the file in it.") from None
    except OSError as error:
        raise ConfigError(f"{what} could not be read from {path}: {error.strerror}.",
                          "Give the file to the account that runs this service.") from None


def refuse_readable(path: Path, what: str, *, environ: Mapping[str, str] = os.environ) -> None:
    """Raise :class:`ConfigError` when others can read the file ``path``, which holds a secret."""
    _refuse_open(path, path.stat().st_mode, what, environ)


def _refuse_open(path: Path, mode: int, what: str, environ: Mapping[str, str]) -> None:
    if os.name != "posix" or not mode & (stat.S_IRWXG | stat.S_IRWXO) or _is_guarded(path, environ):
        return
    raise ConfigError(f"{what} is in {path}, which other people on this machine can read.", f"Run: chmod 600 {path}")


def _is_guarded(path: Path, environ: Mapping[str, str]) -> bool:
    """Say whether ``path``, after all links, lies where Docker or systemd hands secrets to one service."""
    given = environ.get("CREDENTIALS_DIRECTORY", "")
    homes = [_DOCKER_SECRETS, *([Path(given)] if given else [])]
    return any(path.resolve().is_relative_to(home.resolve()) for home in homes)


def write_private(path: Path, data: bytes, *, replace: bool = True) -> None:
    """Write a file that only its owner can read (0600), all of it or nothing, safe against a power cut.

    With ``replace=False`` an existing file stays as it is and :class:`FileExistsError` is raised.  A link is followed.
    """
    path = path.resolve()
    handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(made).replace(path)
        else:
            os.link(made, path)
            Path(made).unlink()
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and need not be
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _first_line(text: str, what: str, source: str) -> str:
    """Return the first line, as `pass` and its like print a password and then notes."""
    line = text.partition("\n")[0].removesuffix("\r")
    if not line:
        raise ConfigError(f"{what} should come from {source}, but there is nothing.",
                          "Put it there, or name another place in the configuration.")
    return line


def _text(data: bytes, what: str, path: Path) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{what} in {path} is not text.", "Save the file as plain text (UTF-8).") from None


def _from_keyring(name: str, what: str) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError:
        raise ConfigError(f"{what} should come from this computer's keyring, but keyring is not installed.",
                          'Run: pip install "commonground[keyring]"') from None
    try:
        return keyring.get_password(SERVICE, name) or ""
    except KeyringError as error:
        raise ConfigError(f"{what} should come from this computer's keyring, but it is closed: "
                          f"{type(error).__name__}.", "Open it, or name another place.") from None


def _printed(command: tuple[str, ...], folder: Path, what: str, timeout: float) -> str:
    """Return what a program prints; its arguments and its complaints stay out of every sentence."""
    program = command[0]
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,  # noqa: S603
                              stderr=subprocess.DEVNULL, timeout=timeout, check=False)
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{what} should come from {program}, but it did not answer in {timeout:g} seconds.",
                          "Run it by hand: it may be waiting for a password of its own.") from None
    except OSError as error:
        raise ConfigError(f"{what} should come from {program}, but it cannot be run: {error.strerror}.",
                          "Correct the program's name in the configuration.") from None
    if done.returncode:
        raise ConfigError(f"{what} should come from {program}, but it ended with {done.returncode}.",
                          "Run it by hand to see why.")
    try:
        return done.stdout.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{what} should come from {program}, but what it prints is not text.",
                          "Run it by hand to see what it prints.") from None
