"""A signal while the main thread is stuck in a library: Python itself would hear of it only afterwards."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.system.running import ROOT

# As uninterruptible as the lookup of a name: seconds in a library, without the interpreter's lock.
STUCK = """
import hashlib
from sync.app.stopping import Stop
with Stop(grace={grace}) as stop:
    print("ready", flush=True)
    with {around}:
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 200_000_000)
"""


@contextmanager
def stuck(grace: float, around: str = "__import__('contextlib').nullcontext()") -> Iterator[subprocess.Popen[bytes]]:
    """A process whose main thread hears nothing for a minute."""
    code = STUCK.format(grace=grace, around=around)
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_what_is_stuck_is_left_when_its_time_is_up() -> None:
    with stuck(grace=0.3) as process:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, b"", b"Stopped.\n")


def test_what_is_stuck_is_left_at_once_by_a_second_signal() -> None:
    with stuck(grace=300) as process:
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 128 + signal.SIGTERM


def test_a_mail_that_is_stuck_is_not_left_by_the_first_signal() -> None:
    with stuck(grace=0.1, around="stop.mail_at_hand()") as process:
        process.send_signal(signal.SIGTERM)
        time.sleep(1)
        assert process.poll() is None
