"""``sync --help`` next to a bare Click program, each as a process of its own, in turn."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure, Size, median, seconds, wall
from tests.house.tree import ROOT

BARE = '''\
import click


@click.group()
@click.option("--config")
def main(config):
    """Bare."""


@main.command()
def run():
    """Run."""


main()
'''
OURS = "from sync.cli import main\nmain()\n"


def measure(size: Size) -> list[Figure]:
    """Measure both from start to exit."""
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("ours", OURS), ("bare", BARE)):
            (Path(folder) / f"{name}.py").write_text(text)
        for _ in range(4 * size.runs):
            for name, taken in times.items():
                taken.append(wall(lambda name=name: _help(Path(folder) / f"{name}.py")))  # type: ignore[misc]
    ours, bare = median(times["ours"][1:]), median(times["bare"][1:])
    return [Figure("`sync --help`", ours / bare, "× a bare Click program", "≤ 2", ours <= 2 * bare, seconds(ours),
                   f"bare Click program: {seconds(bare)}")]  # fmt: skip


def _help(script: Path) -> None:
    subprocess.run(
        [sys.executable, str(script), "--help"], check=True, stdout=subprocess.DEVNULL, env={"PYTHONPATH": str(ROOT)}
    )
