"""What every file of the project keeps to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files, modules, none_of, tree_of, where

LONGEST_FILE = 400
LONGEST_FUNCTION = 50

# Put together here, so that this file does not hold what it looks for.
_HERE = re.compile("/" + "work/|/tmp/" + "w/|/" + "root/|/opt/" + "(?:wheels|pypi)")
_HOSTS = re.compile("py" + r"pi\.org|python" + r"hosted\.org|registry\." + r"npmjs|deb\." + "debian")
_UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|raise Not" + "ImplementedError")


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""  # a picture or another file for machines


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{where(path, text.count(chr(10), 0, match.start()) + 1)} {match[0]}"
        for path in files()
        for text in [text_of(path)]
        for match in pattern.finditer(text)
    ]


def test_the_files_are_seen() -> None:
    names = {where(path) for path in files()}
    assert {"pyproject.toml", "Makefile", ".ci/run", "LICENSE", "sync/core/errors.py", "tests/conftest.py"} <= names


def test_no_file_names_a_machine() -> None:
    none_of(found(_HERE))


def test_no_file_names_a_package_registry() -> None:
    none_of(found(_HOSTS))


def test_nothing_is_left_for_later() -> None:
    none_of(found(_UNFINISHED))


@pytest.mark.parametrize("text", ["see /" + "work/main", "# TO" + "DO: later", "raise Not" + "ImplementedError",
                                  "https://py" + "pi.org/simple"])  # fmt: skip
def test_what_must_not_be_there_would_be_seen(text: str) -> None:
    assert any(pattern.search(text) for pattern in (_HERE, _HOSTS, _UNFINISHED))


def test_no_file_of_code_is_longer_than_a_person_reads() -> None:
    code = [path for path in files() if path.suffix == ".py"]
    sizes = {where(path): text_of(path).count("\n") for path in code}
    none_of(f"{name} has {size} lines" for name, size in sizes.items() if size > LONGEST_FILE)


def test_no_function_is_longer_than_a_screen() -> None:
    none_of(
        f"{where(path, node.lineno)} {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for _, path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= LONGEST_FUNCTION
    )


def test_every_module_says_what_it_is_for() -> None:
    trees = [(path, tree_of(path)) for _, path in modules()]
    none_of(where(path) for path, tree in trees if tree.body and not ast.get_docstring(tree))


def test_no_code_asks_whether_it_is_under_test() -> None:
    asked = re.compile(r"py" + r"test|under_test|PYTEST_CURRENT")
    none_of(where(path) for _, path in modules() if asked.search(text_of(path)))


def test_no_test_patches_our_own_modules() -> None:
    patched = re.compile(r"patch(?:\.object)?\(\s*[\"']?sync\b|setattr\(\s*[\"']?sync\b")
    tests = [path for path in files() if path.suffix == ".py" and path.is_relative_to(ROOT / "tests")]
    none_of(where(path) for path in tests if patched.search(text_of(path)))
