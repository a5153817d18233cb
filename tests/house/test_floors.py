"""Who may import whom (design.md 6).  Each test names the sentence that was broken, and where."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.tree import ROOT, imports, modules, none_of, tree_of, where

FLOORS = {
    "sync.core": (),
    "sync.sheets": ("sync.core",),
    "sync.ledger": ("sync.core",),
    "sync.mail": ("sync.core",),
    "sync.app": ("sync.core", "sync.sheets", "sync.ledger", "sync.mail"),
    "sync.cli": ("sync.core", "sync.sheets", "sync.ledger", "sync.mail", "sync.app"),
}
SENTENCES = {
    "sync.core": "core imports nothing of ours outside core",
    "sync.sheets": "an edge imports nothing of ours but core",
    "sync.ledger": "an edge imports nothing of ours but core",
    "sync.mail": "an edge imports nothing of ours but core",
    "sync.app": "app stands on the edges and on core, and does not know the door",
    "sync.cli": "cli stands on app",
}
HOMES = {
    "gspread": ("sync.sheets.google",),
    "google": ("sync.sheets.google",),
    "googleapiclient": (),
    "openpyxl": ("sync.sheets.workbook",),
    "yagmail": ("sync.mail.smtp",),
    "smtplib": ("sync.mail",),
    "imaplib": ("sync.mail.inbox",),
    "imap_tools": ("sync.mail.inbox",),
    "sqlalchemy": ("sync.ledger",),
    "alembic": ("sync.ledger",),
    "psycopg": ("sync.ledger",),
    "sqlite3": ("sync.ledger",),
    "schedule": ("sync.app.daemon",),
    "keyring": ("sync.app.secrets",),
    "platformdirs": ("sync.app.load",),
    "click": ("sync.cli",),
    "rich": ("sync.cli", "sync.app.setup"),
}
"""The only module, or package with all its modules, that may import a library."""

IMPURE = frozenset(
    ("asyncio", "builtins", "ctypes", "fcntl", "ftplib", "getpass", "glob", "http", "importlib", "io", "logging",
     "mmap", "multiprocessing", "os", "pathlib", "random", "requests", "secrets", "select", "shelve", "shutil",
     "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "uuid")
)  # fmt: skip
"""Modules by which core could reach a file, the network, the clock, chance or a log."""

IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__", "breakpoint"})
CLOCKS = frozenset({"now", "utcnow", "today"})
PURE_PARTS = frozenset({"importlib.resources"})


def within(module: str, homes: tuple[str, ...]) -> bool:
    return any(module == home or module.startswith(f"{home}.") for home in homes)


def floor_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def broken_floors(module: str, path: Path) -> Iterator[str]:
    floor = floor_of(module)
    allowed = (floor, *FLOORS.get(floor, FLOORS))
    for line, name in imports(module, path):
        inside = name == "sync" or name.startswith("sync.")
        version = name == "sync.__version__"
        if inside and not version and floor in FLOORS and not within(name, allowed):
            yield f"{SENTENCES[floor]}: {where(path, line)} imports {name}"


def homeless(module: str, path: Path) -> Iterator[str]:
    for line, name in imports(module, path):
        library = name.partition(".")[0]
        if library in HOMES and not within(module, HOMES[library]):
            homes = " and ".join(HOMES[library]) or "no module"
            yield f"{library} is imported by {homes} only: {where(path, line)}"


def impurities(module: str, path: Path) -> Iterator[str]:
    for line, name in imports(module, path):
        if name.partition(".")[0] in IMPURE and not within(name, tuple(PURE_PARTS)):
            yield f"core reaches no file, network, clock, chance or log: {where(path, line)} imports {name}"
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in IMPURE_CALLS:
            yield f"core reaches no file and prints nothing: {where(path, node.lineno)} calls {called.id}()"
        if isinstance(called, ast.Attribute) and called.attr in CLOCKS and not node.args and not node.keywords:
            yield f"time is an argument: {where(path, node.lineno)} calls {called.attr}()"


def core() -> list[tuple[str, Path]]:
    return [(module, path) for module, path in modules() if floor_of(module) == "sync.core"]


def test_every_floor_is_there() -> None:
    assert {floor_of(module) for module, _ in modules()} - {"sync", "sync.__main__"} == set(FLOORS)


def test_a_floor_imports_only_from_below_it() -> None:
    none_of(said for module, path in modules() for said in broken_floors(module, path))


def test_a_library_of_the_edges_has_one_home() -> None:
    none_of(said for module, path in modules() for said in homeless(module, path))


def test_smtplib_gives_its_exceptions_only() -> None:
    """The connection comes from yagmail; a second way to the mail server would escape the commit before the dot."""
    taken = [(where(path, line), name) for module, path in modules() for line, name in imports(module, path)]
    none_of(
        f"{place} takes {name}"
        for place, name in taken
        if name.partition(".")[0] == "smtplib" and not name.endswith(("Error", "Exception", "Disconnected", "Refused"))
    )


def test_core_is_pure() -> None:
    assert core()
    none_of(said for module, path in core() for said in impurities(module, path))


def test_no_module_hides_a_name_of_the_libraries() -> None:
    """A file called schedule.py or secrets.py is fine inside a package; beside sync/ it would hide the real one."""
    assert [path.name for path in ROOT.glob("*.py")] == []


def declared() -> set[str]:
    """Distributions that the project says it needs, in the form of importlib.metadata (lower case, dashes)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return {line.partition("[")[0].split(">")[0].split("=")[0].strip().lower() for line in wanted}


def test_every_library_we_import_is_declared() -> None:
    """What is only there because another library needs it can be gone with that library's next version."""
    homes = packages_distributions()
    own = {"sync", *sys.stdlib_module_names}
    used = {name.partition(".")[0]: path for module, path in modules() for _, name in imports(module, path)}
    known, implied = declared(), {"pydantic_core": "pydantic"}
    none_of(
        f"{library} ({where(path)})"
        for library, path in sorted(used.items())
        if library not in own
        and implied.get(library) not in known
        and not known & {name.lower() for name in homes.get(library, [library])}
    )


@pytest.mark.parametrize(("module", "code", "said"), [
    ("sync.core.x", "from ..app import load", "core imports nothing of ours outside core"),
    ("sync.core.x", "import sync.sheets", "core imports nothing of ours outside core"),
    ("sync.core.x", "def f():\n    from sync.ledger import open_ledger", "core imports nothing of ours outside core"),
    ("sync.core.kinds.x", "from ...mail import smtp", "core imports nothing of ours outside core"),
    ("sync.mail.x", "from ..ledger import open_ledger", "an edge imports nothing of ours but core"),
    ("sync.app.x", "from ..cli import main", "app stands on the edges and on core, and does not know the door"),
    ("sync.app.x", "import gspread.utils", "gspread is imported by sync.sheets.google only"),
    ("sync.sheets.google_wire", "import gspread", "gspread is imported by sync.sheets.google only"),
    ("sync.app.x", "from google.auth import exceptions", "google is imported by sync.sheets.google only"),
    ("sync.core.x", "import time", "core reaches no file, network, clock, chance or log"),
    ("sync.core.x", "from os import environ", "core reaches no file, network, clock, chance or log"),
    ("sync.core.x", "open('x')", "core reaches no file and prints nothing"),
    ("sync.core.x", "import datetime as dt\ndt.datetime.now()", "time is an argument"),
    ("sync.core.x", "from datetime import date\ndate.today()", "time is an argument"),
])  # fmt: skip
def test_a_broken_sentence_is_found(module: str, code: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / f"{module.rpartition('.')[2]}.py"
    path.write_text(code, encoding="utf-8")
    found = [*broken_floors(module, path), *homeless(module, path)]
    found += impurities(module, path) if floor_of(module) == "sync.core" else []
    assert any(line.startswith(said) for line in found), found
