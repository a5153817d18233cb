"""Two services on one sheet from two folders, as real processes: one works, the other says who is there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.system.town import town

ROOT = Path(__file__).resolve().parents[2]
FILES = ("config.yaml", "key.json", "password", "authority.pem")


def sync(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "sync", "-c", str(folder / "config.yaml"), *words], cwd=ROOT, timeout=60, text=True,
        capture_output=True, check=False, env={**os.environ, "TZ": "UTC"},
    )  # fmt: skip


def test_one_works_and_the_other_says_so_until_it_may_take_over(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with town(one, now=datetime.now(UTC)):
        for name in FILES:
            shutil.copy2(one / name, two / name)
        assert sync(one, "run", "--once").returncode == 0
        setup = sync(two, "setup", "--yes")
        assert setup.returncode == 0
        assert "Another service works on this sheet already" in setup.stderr
        refused = sync(two, "run", "--once")
        assert refused.returncode == 5
        assert "Another service already works on this sheet" in refused.stderr
        assert "--take-over" in refused.stderr
        daemon = subprocess.Popen(
            [sys.executable, "-m", "sync", "-c", str(two / "config.yaml"), "run", "--take-over"], cwd=ROOT,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            deadline = time.monotonic() + 30
            while sync(one, "run", "--once").returncode != 5:
                assert time.monotonic() < deadline
        finally:
            daemon.terminate()
            talk = daemon.communicate(timeout=30)[1]
        assert daemon.returncode == 0, talk
        assert sync(one, "run", "--once").returncode == 0
