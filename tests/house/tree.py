"""The project's own files, for the tests that read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def where(path: Path, line: int = 0) -> str:
    """Return ``sync/core/x.py:12`` for people."""
    place = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{place}:{line}" if line else str(place)


def none_of(sentences: Iterable[str]) -> None:
    """Fail with every sentence, one a line."""
    said = list(sentences)
    assert not said, "\n" + "\n".join(said)


@cache
def files() -> tuple[Path, ...]:
    """Return every file that belongs to the project, tracked or about to be; without git, all but what tools made."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, check=True, text=True,
        ).stdout.split("\0")  # fmt: skip
        found = [ROOT / name for name in listed if name]
    else:
        made = {".venv", "build", "dist", "__pycache__", ".hypothesis"}
        found = [path for path in ROOT.rglob("*") if not any(p in made or p.endswith("_cache") for p in path.parts)]
    return tuple(sorted(path for path in set(found) if path.is_file()))


def modules(folder: str = "sync") -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the path of every Python file of the project in ``folder``."""
    for path in files():
        place = path.relative_to(ROOT)
        if path.suffix == ".py" and place.parts[0] == folder:
            yield ".".join(place.with_suffix("").parts).removesuffix(".__init__"), path


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(module: str, path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of everything ``module`` imports, wherever in the file, relative names resolved.

    ``from a import b`` yields ``a.b``: whether b is a module or a name does not matter to who may import whom.
    """
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            for alias in node.names:
                yield node.lineno, ".".join([*base, *([node.module] if node.module else []), alias.name])
