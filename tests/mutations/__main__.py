"""``python -m tests.mutations``: take out each guard in a copy of the tree and see its test fail; prints a table."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.mutations.guards import GUARDS, Guard

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("sync", "templates", "tests", "pyproject.toml")
LIMIT = 200
FAILED = 1
"""What pytest ends with when a test failed; every other code is trouble of another kind."""


def run(tree: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run some tests in ``tree``; returns the exit code and the last lines."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"--basetemp={tree / 'temp'}"]
    done = subprocess.run(
        [*command, *tests], cwd=tree, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout[-1500:] + done.stderr[-500:]


def without(tree: Path, guard: Guard) -> tuple[bool, str]:
    """Take one guard out, run its test, put it back; returns whether the test failed, and else what happened."""
    file = tree / guard.file
    whole = file.read_text(encoding="utf-8")
    if whole.count(guard.old) != 1:
        return False, f"the guard stands {whole.count(guard.old)} times in {guard.file}"
    file.write_text(whole.replace(guard.old, guard.new), encoding="utf-8")
    try:
        code, words = run(tree, [guard.test])
    except subprocess.TimeoutExpired:
        return False, "the test did not end"
    finally:
        file.write_text(whole, encoding="utf-8")
    return code == FAILED, "" if code == FAILED else f"pytest ended with {code}: {words[-400:]}"


def main() -> int:
    """Run what the arguments say; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--only", default="", help="a promise (P11) or a piece of a guard's name")
    only = parser.parse_args().only
    guards = [g for g in GUARDS if g.promise == only or only.casefold() in g.what.casefold()]
    began, alive = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / part, tree / part)
        code, words = run(tree, sorted({guard.test for guard in guards}))
        if code:
            print(f"The tests fail with all guards in place:\n{words}")
            return 1
        for guard in guards:
            caught, words = without(tree, guard)
            alive += not caught
            print(f"{guard.promise:4} {'caught' if caught else 'ALIVE '} {guard.what}  [{guard.test.split('::')[1]}]")
            if words:
                print(f"     {words}")
            sys.stdout.flush()
    print(f"{len(guards)} guards taken out, {len(guards) - alive} caught, {time.monotonic() - began:.0f} seconds")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
