"""The workbook as a file: reading it whole, seeing who has it open, replacing it so that a crash leaves the old one."""

from __future__ import annotations

import glob
import hashlib
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

from sync.core.errors import ServiceUnreachable, SheetUnusable

_LEFT = 3_600  # seconds; nobody takes that long to write a workbook
SUFFIXES = (".xlsx", ".xlsm")
_OLD = {
    ".xls": "an old Excel file",
    ".ods": "an OpenDocument file",
    ".csv": "a text file",
    ".numbers": "a Numbers file",
}


def digest(data: bytes) -> str:
    """Return what tells two states of a file apart."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def read_file(path: Path) -> bytes:
    """Return the bytes of the workbook.

    Raises :class:`SheetUnusable` when there is none or it is of another kind, :class:`ServiceUnreachable` when it
    cannot be read just now.
    """
    check_kind(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SheetUnusable(
            f"There is no workbook {path.name} in {path.parent}.",
            "Run `sync setup` to make it, or `sync demo` to try out one with sample people.",
        ) from None
    except IsADirectoryError:
        raise SheetUnusable(f"{path.name} is a folder.", "Name the workbook itself in config.yaml.") from None
    except OSError as error:
        raise ServiceUnreachable(
            f"{path.name} cannot be read: {error.strerror or error}.", "Check who may read the file."
        ) from error


def check_kind(path: Path) -> None:
    """Raise :class:`SheetUnusable` unless the name is that of a workbook we can work on."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        kind = _OLD.get(suffix, "not an Excel workbook")
        raise SheetUnusable(
            f"{path.name} is {kind}.", "Save it as an Excel workbook (.xlsx) and name that file in config.yaml."
        )


def lock_file(path: Path) -> Path | None:
    """Return the lock file of a spreadsheet program that has the workbook open, or ``None``.

    Excel puts ``~$name.xlsx`` beside it, LibreOffice ``.~lock.name.xlsx#``.
    """
    for name in (f"~${path.name}", f".~lock.{path.name}#"):
        beside = path.with_name(name)
        if beside.exists():
            return beside
    return None


def check_closed(path: Path) -> None:
    """Raise :class:`ServiceUnreachable` while a spreadsheet program has the workbook open."""
    lock = lock_file(path)
    if lock is not None:
        raise ServiceUnreachable(
            "Waits until the file is closed.",
            f"Close {path.name} in the spreadsheet program. If it is closed everywhere, delete {lock.name} beside it.",
        )


def replace_file(path: Path, data: bytes, expected: bytes | None) -> bool:
    """Put ``data`` in the place of the workbook, whole or not at all; keeps its permissions.

    ``expected`` are the bytes that must still be there (``None``: no file).  Returns ``False``, and changes nothing,
    when something else is there by now.  Raises :class:`ServiceUnreachable` when the file is open or the disk says no.
    """
    target = path.resolve()
    temporary: Path | None = None
    try:
        _sweep(target)
        temporary = _write_beside(target, data)
        check_closed(path)
        if _bytes_now(target) != expected:
            return False
        os.replace(temporary, target)
        temporary = None
        _sync_folder(target.parent)
    except OSError as error:
        raise ServiceUnreachable(
            f"{path.name} cannot be written: {error.strerror or error}.",
            "Check that the disk has room and that the folder may be written to.",
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
    return True


def _bytes_now(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _sweep(target: Path) -> None:
    """Remove what a process left that was killed while it wrote."""
    for left in target.parent.glob(f".{glob.escape(target.stem)}-{'[0-9a-f]' * 12}.new"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT:
                left.unlink()


def _write_beside(target: Path, data: bytes) -> Path:
    temporary = target.with_name(f".{target.stem}-{secrets.token_hex(6)}.new")
    # Not mkstemp: a new workbook shall get the permissions that any program would give it.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _copy_permissions(target, temporary)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return temporary


def _copy_permissions(target: Path, temporary: Path) -> None:
    try:
        state = target.stat()
    except FileNotFoundError:
        return
    if hasattr(os, "chown"):
        with suppress(OSError):  # only root may give a file away
            os.chown(temporary, state.st_uid, state.st_gid)
    temporary.chmod(state.st_mode & 0o7777)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
