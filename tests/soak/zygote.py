"""Starts the real command again and again without importing it each time: fork, run, tell how it ended.

A process of its own with one thread, so that forking is safe.  Reads lines ``CONFIG`` from standard input; for each it
answers the child's process id, then its exit code (negative: the signal).
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

WARM = (
    "sync.cli.main", "sync.cli.running", "sync.app.hold", "sync.app.daemon", "sync.app.cycle", "sync.app.wire",
    "sync.app.attempt", "sync.sheets.google", "sync.mail.smtp", "sync.ledger.ledger", "sync.ledger.schema",
)  # fmt: skip


def child(config: str) -> int:
    """Run ``sync run --once`` as the command line does; returns the exit code."""
    from sync.cli import main

    quiet = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(quiet, number)
    try:
        main(["-c", config, "run", "--once"])
    except SystemExit as over:
        return over.code if isinstance(over.code, int) else 1
    return 0


def serve() -> None:
    """Fork for every line until there are no more."""
    for name in WARM:
        import_module(name)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 99
            try:
                code = child(line.strip())
            finally:
                os._exit(code)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
