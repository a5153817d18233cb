"""``docs/faults.md``: each fault once, each test that is named is there, each sentence that is quoted is said."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT, modules, none_of, tree_of

PAGE = ROOT / "docs" / "faults.md"
FAULTS = {"S": 38, "M": 18, "P": 24, "H": 23}
"""How many faults of the sheet, the mail, the process and of people there are."""

_ROW = re.compile(r"^\| ([SMPH]\d+) \|(.*)\|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_QUOTE = re.compile("\u201c([^\u201d]+)\u201d")
_GAP = re.compile(r"\{[^{}]*\}")


def rows() -> list[tuple[str, list[str]]]:
    """Return number and cells (fault, what we do, what people see, test) of every row."""
    found = _ROW.findall(PAGE.read_text(encoding="utf-8"))
    return [(number, [cell.strip() for cell in re.split(r"(?<!\\)\|", rest)]) for number, rest in found]


def joined(node: ast.AST) -> str:
    """Return the text of a string, with a gap for whatever is put into it; ``""`` for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(joined(part) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return joined(node.left) + joined(node.right)
    return ""


def said() -> Iterator[str]:
    """Yield every string of the program without the names in its gaps; what explains the code does not count."""
    for _, path in modules():
        docs = {
            id(node.value) for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }  # fmt: skip
        for node in ast.walk(tree_of(path)):
            text = joined(node)
            if text and id(node) not in docs:
                yield _GAP.sub("{}", text)


def unsaid(sentences: list[str]) -> list[str]:
    """Return the sentences that no string of the program holds."""
    program = "\n".join(said())
    return [sentence for sentence in sentences if _GAP.sub("{}", sentence) not in program]


def has_test(path: str, name: str) -> bool:
    """Return whether the file ``path`` has a test of this name."""
    file = ROOT / path
    return file.is_file() and re.search(rf"^def {name}\(", file.read_text(encoding="utf-8"), re.MULTILINE) is not None


def test_every_fault_stands_there_once_and_in_order() -> None:
    wanted = [f"{letter}{number}" for letter, most in FAULTS.items() for number in range(1, most + 1)]
    assert [number for number, _ in rows()] == wanted


def test_every_row_is_whole() -> None:
    none_of(number for number, cells in rows() if len(cells) != 4 or not all(cells))
    twice = Counter(cells[0] for _, cells in rows())
    none_of(fault for fault, times in twice.items() if times > 1)


def test_every_fault_has_a_test_or_says_that_it_has_none() -> None:
    none_of(number for number, cells in rows() if not _TEST.search(cells[3]) and "not yet: " not in cells[3]
            and "not by us: " not in cells[3])  # fmt: skip
    assert sum(1 for _, cells in rows() if _TEST.search(cells[3])) > 90


def test_every_test_that_is_named_is_there() -> None:
    named = [(number, *found) for number, cells in rows() for found in _TEST.findall(cells[3])]
    none_of(f"{number}: {path}::{name}" for number, path, name in named if not has_test(path, name))
    other = [span for _, cells in rows() for span in re.findall(r"`(tests/[^`]*::[^`]*)`", cells[3])]
    assert len(other) == len(named), "a test is named in a way that is not looked up"


def test_every_sentence_that_is_quoted_is_said() -> None:
    quoted = [sentence for _, cells in rows() for sentence in _QUOTE.findall(cells[2])]
    assert len(quoted) > 50
    none_of(unsaid(quoted))


@pytest.mark.parametrize("sentence", ["The sheet is on fire.", "The sheet is shared with {share_with}."])
def test_a_sentence_that_nobody_says_would_be_seen(sentence: str) -> None:
    assert unsaid([sentence]) == [sentence]


def test_a_test_that_is_not_there_would_be_seen() -> None:
    assert not has_test("tests/house/test_faults.py", "test_nothing_at_all")
    assert not has_test("tests/house/test_nowhere.py", "test_nothing_at_all")


def test_the_readme_leads_here() -> None:
    assert "](docs/faults.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
