"""Who may work with a SQLite ledger: two locks on files beside it.

``<ledger>.daemon.lock`` is held by a daemon for its whole life: there is one daemon per ledger.
``<ledger>.cycle.lock`` is held by whoever is at work just now: the daemon during one cycle, a command (``setup``,
``forget``, ``import``) while it writes.  A command therefore waits for the end of a cycle, and the daemon starts its
next cycle when the command is done; neither has to know of the other.  Order: daemon lock first, then cycle lock.

Both are ``flock(2)`` locks: the kernel gives them back when the process dies, however it dies.  The files stay, and say
in JSON who holds them: process, machine, since when.
"""

from __future__ import annotations

import fcntl
import json
import os
import platform
import re
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sync.core.errors import HeldByAnother, LedgerError

_POLL_SECONDS = 0.05
_NETWORK = re.compile(
    r"nfs\d?|cifs|smb\w*|afs|afpfs|ceph|glusterfs|lustre|gfs2|ocfs2|beegfs|ncpfs|davfs\d?|webdav"
    r"|fuse\.(sshfs|rclone|s3fs|glusterfs|davfs2|gcsfuse|ceph-fuse)"
)
_MOUNTS = Path("/proc/self/mounts")
_HELD: set[Path] = set()


class FileLock:
    """A lock on one file, as a context manager; ``held`` is the sentence for whoever comes second."""

    def __init__(self, path: Path, held: str, remedy: str) -> None:
        """Take ``path`` of the lock file; ``held`` may name ``{holder}``, which becomes "process 71 since 19:10"."""
        self.path = path
        self._held = held
        self._remedy = remedy
        self._file: int | None = None

    def acquire(self, wait_seconds: float = 0) -> Self:
        """Take the lock, waiting at most so long; returns itself, for ``with lock.acquire():``.

        Raises ``HeldByAnother`` (exit 5) when somebody else keeps it, ``LedgerError`` when there can be no lock here.
        """
        if self._file is not None:
            return self
        refuse_network_drive(self.path)
        deadline = time.monotonic() + wait_seconds
        while not self._try():
            if time.monotonic() >= deadline:
                raise HeldByAnother(self._held.format(holder=_holder(self.path)), self._remedy)
            time.sleep(_POLL_SECONDS)
        return self

    def release(self) -> None:
        """Give the lock back; without effect when it is not held."""
        if self._file is None:
            return
        file, self._file = self._file, None
        _HELD.discard(self.path)
        try:
            os.ftruncate(file, 0)
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # closing is not enough while a forked child has the file too
            os.close(file)

    def taken(self) -> bool:
        """Return whether somebody holds the lock just now; makes no file and leaves no trace."""
        try:
            file = os.open(self.path, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def borrow(self) -> AbstractContextManager[object]:
        """Return a context in which this process holds the lock: its own already, or taken just for it."""
        return nullcontext() if self.path in _HELD else self.acquire()

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _try(self) -> bool:
        file = -1
        try:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _write_holder(file)
            self._file, file = file, -1
        except BlockingIOError:
            return False
        except OSError as error:
            raise LedgerError(
                f"The lock {self.path} cannot be taken.",
                "Check that its folder is there and that the service may write in it.",
            ) from error
        finally:
            if file >= 0:
                os.close(file)
        _HELD.add(self.path)
        return True


def daemon_lock(ledger: Path) -> FileLock:
    """Return the lock (not yet taken) that a daemon holds for its life; ``ledger`` is the SQLite file."""
    return FileLock(
        _beside(ledger, ".daemon.lock"),
        f"Another sync run already works with the ledger {ledger} ({{holder}}).",
        "Let it work, or stop it first: there can only be one.",
    )


def cycle_lock(ledger: Path) -> FileLock:
    """Return the lock (not yet taken) for one cycle, or for one command that writes."""
    return FileLock(
        _beside(ledger, ".cycle.lock"),
        f"The ledger {ledger} is in use just now ({{holder}}).",
        "Try again in a minute.",
    )


def refuse_network_drive(path: Path, mounts: Path = _MOUNTS) -> None:
    """Raise ``LedgerError`` when ``path`` lies on a network drive, where locks of two machines do not meet.

    ``mounts`` lists what is mounted, as proc(5) describes; where there is no such list nothing is refused.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return
    target = path.resolve()
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " ").replace("\\011", "\t"))
        if target.is_relative_to(point) and len(point.parts) >= best:  # the later of two counts: it lies on top
            best, kind = len(point.parts), fields[2]
    if _NETWORK.fullmatch(kind):
        raise LedgerError(
            f"The ledger {path} lies on a network drive ({kind}), where it is not safe.",
            "Put it on this machine's own disk, or use PostgreSQL.",
        )


def _beside(ledger: Path, ending: str) -> Path:
    file = ledger.resolve()
    return file.with_name(file.name + ending)


def _write_holder(file: int) -> None:
    holder = {"pid": os.getpid(), "host": platform.node(), "since": datetime.now(tz=UTC).isoformat(timespec="seconds")}
    os.ftruncate(file, 0)
    os.pwrite(file, json.dumps(holder).encode(), 0)


def _holder(path: Path) -> str:
    """Return who holds the lock, in words for the person at this terminal, so in the machine's own time."""
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        since = datetime.fromisoformat(holder["since"]).astimezone()
        machine = "" if holder["host"] == platform.node() else f" on {holder['host']}"
        return f"process {holder['pid']}{machine} since {since:%Y-%m-%d %H:%M}"
    except (OSError, ValueError, KeyError, TypeError):
        return "an unknown process"  # it has the lock, but has not yet, or could not, write its name
