"""Formulas: enough arithmetic for tests, and references that follow their cells.

What is not understood takes the value a test has set for it, else the book's default.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .a1 import Open, column_index, column_letters, parse_cells, quoted, split_title
from .cells import CellError, Plain
from .ranges import Shift

_TITLE = r"(?:'(?:[^']|'')*'|[^\W\d]\w*)!"
_END = r"\$?[A-Za-z]{1,3}\$?[0-9]+|\$?[A-Za-z]{1,3}|\$?[0-9]+"
_CELLS = rf"\$?[A-Za-z]{{1,3}}\$?[0-9]+(?::(?:{_END}))?"
_LINES = r"\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}|\$?[0-9]+:\$?[0-9]+"
_REFERENCE = rf"(?:{_TITLE})?(?:{_CELLS}|{_LINES})(?![\w(.])"
_NUMBER = r"\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+"
_TOKEN = re.compile(
    rf'\s*(?:(?P<text>"(?:[^"]|"")*")|(?P<ref>{_REFERENCE})|(?P<number>{_NUMBER})'
    r"|(?P<name>[A-Za-z_][\w.]*)|(?P<op><=|>=|<>|[-+*/^&=<>(),;:{}%]))"
)
_PARTS = re.compile(rf'"(?:[^"]|"")*"|(?<![\w.])({_REFERENCE})')
Lookup = Callable[[str | None, Open], list[list[Plain]]]


class Unknown(Exception):
    """The formula is beyond this evaluator."""


def evaluate(text: str, lookup: Lookup) -> Plain:
    """The value of `=…`; raises Unknown when a part is not understood."""
    parser = _Parser(_tokens(text[1:]), lookup)
    value = parser.comparison()
    if parser.rest:
        raise Unknown(text)
    return _scalar(value)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match or match.lastgroup is None:
            raise Unknown(text)
        found.append((match.lastgroup, match.group(match.lastgroup)))
        place = match.end()
    return found


def _scalar(value: Any) -> Plain:
    while isinstance(value, list):
        value = value[0] if value else None
    found: Plain = value
    return found


def _number(value: Any) -> float:
    value = _scalar(value)
    if value is None:
        return 0
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            raise _Failed(CellError("VALUE")) from None
    if isinstance(value, CellError):
        raise _Failed(value)
    return float(value) if isinstance(value, bool) else value


class _Failed(Exception):
    def __init__(self, error: CellError):
        super().__init__(error.kind)
        self.error = error


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, tokens: list[tuple[str, str]], lookup: Lookup):
        self.rest, self.lookup = tokens, lookup

    def peek(self, *wanted: str) -> str | None:
        if self.rest and self.rest[0][0] == "op" and self.rest[0][1] in wanted:
            return self.rest[0][1]
        return None

    def take(self) -> tuple[str, str]:
        if not self.rest:
            raise Unknown("end")
        token, self.rest = self.rest[0], self.rest[1:]
        return token

    def comparison(self) -> Any:
        left = self.joined()
        while op := self.peek("=", "<>", "<", ">", "<=", ">="):
            self.take()
            left = _compare(op, _scalar(left), _scalar(self.joined()))
        return left

    def joined(self) -> Any:
        left = self.sum()
        while self.peek("&"):
            self.take()
            left = _text(_scalar(left)) + _text(_scalar(self.sum()))
        return left

    def sum(self) -> Any:
        left = self.product()
        while op := self.peek("+", "-"):
            self.take()
            right = self.product()
            left = _guard(_plus if op == "+" else _minus, left, right)
        return left

    def product(self) -> Any:
        left = self.power()
        while op := self.peek("*", "/"):
            self.take()
            right = self.power()
            left = _guard(_times if op == "*" else _divide, left, right)
        return left

    def power(self) -> Any:
        left = self.unary()
        while self.peek("^"):
            self.take()
            left = _guard(lambda a, b: a**b, left, self.unary())
        return left

    def unary(self) -> Any:
        if op := self.peek("-", "+"):
            self.take()
            value = self.unary()
            return _guard(lambda a, b: a * b, value, -1 if op == "-" else 1)
        value = self.atom()
        while self.peek("%"):
            self.take()
            value = _guard(_divide, value, 100)
        return value

    def atom(self) -> Any:
        kind, text = self.take()
        if kind == "number":
            number = float(text)
            return int(number) if number.is_integer() else number
        if kind == "text":
            return text[1:-1].replace('""', '"')
        if kind == "ref":
            title, cells = split_title(text)
            area = parse_cells(cells)
            if area is None:
                raise Unknown(text)
            return self.lookup(title, area)
        if kind == "name" and text.upper() in {"TRUE", "FALSE"} and not self.peek("("):
            return text.upper() == "TRUE"
        if kind == "name" and self.peek("("):
            return self.call(text.upper())
        if (kind, text) == ("op", "("):
            value = self.comparison()
            self.close()
            return value
        raise Unknown(text)

    def close(self) -> None:
        if self.take() != ("op", ")"):
            raise Unknown(")")

    def call(self, name: str) -> Any:
        if name not in FUNCTIONS:
            raise Unknown(name)
        self.take()
        values: list[Any] = []
        while not self.peek(")"):
            values.append(self.comparison())
            if not self.peek(",", ";"):
                break
            self.take()
        self.close()
        try:
            return FUNCTIONS[name](*values)
        except TypeError as error:
            raise Unknown(name) from error


def _guard(work: Callable[[float, float], Any], left: Any, right: Any) -> Any:
    try:
        return work(_number(left), _number(right))
    except _Failed as failed:
        return failed.error
    except (OverflowError, ZeroDivisionError):
        return CellError("NUM")


def _plus(a: float, b: float) -> float:
    return a + b


def _minus(a: float, b: float) -> float:
    return a - b


def _times(a: float, b: float) -> float:
    return a * b


def _divide(a: float, b: float) -> float | CellError:
    if b == 0:
        return CellError("DIVIDE_BY_ZERO", "Function DIVIDE parameter 2 cannot be zero.")
    result = a / b
    return int(result) if result.is_integer() and abs(result) < 1e15 else result


def _text(value: Plain) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.shown if isinstance(value, CellError) else str(value)


def _compare(op: str, left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.casefold(), right.casefold()
    same = left == right or (left in (None, "", 0) and right is None) or (left is None and right in ("", 0))
    if op in {"=", "<>"}:
        return same if op == "=" else not same
    try:
        less = (left or 0) < (right or 0)
    except TypeError:
        less = not isinstance(left, str)
    return {"<": less and not same, "<=": less or same, ">": not less and not same}.get(op, not less or same)


def _flat(values: tuple[Any, ...]) -> list[Plain]:
    found: list[Plain] = []
    for value in values:
        found += _flat(tuple(value)) if isinstance(value, list) else [value]
    return found


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "SUM": lambda *v: sum(x for x in _flat(v) if isinstance(x, int | float) and not isinstance(x, bool)),
    "COUNTA": lambda *v: sum(x is not None for x in _flat(v)),
    "IF": lambda test, yes, no=False: yes if _scalar(test) else no,
    "HYPERLINK": lambda url, label=None: _scalar(label) if label is not None else _scalar(url),
}


def shifted(text: str, home: str, title: str, dimension: str, shift: Shift) -> str:
    """The formula after rows or columns of tab `title` moved; `home` is the formula's own tab."""

    def replace(match: re.Match[str]) -> str:
        found = match.group(1)
        if not found:
            return match.group()
        where, cells = split_title(found)
        if (where or home) != title:
            return found
        prefix = found[: len(found) - len(cells)]
        return _shift_cells(prefix, cells, dimension, shift)

    return _PARTS.sub(replace, text)


def _shift_cells(prefix: str, cells: str, dimension: str, shift: Shift) -> str:
    ends = [re.fullmatch(r"(\$?)([A-Za-z]*)(\$?)([0-9]*)", end) for end in cells.split(":")]
    if not all(ends):
        return prefix + cells
    first, last = ends[0], ends[-1]
    assert first
    assert last
    start, end = (_place(m, dimension) for m in (first, last))
    span = shift(start, None if end is None else end + 1)
    if span is None:
        return "#REF!"
    places = [span[0], None if span[1] is None else span[1] - 1]
    parts = [_rebuilt(m, dimension, p) for m, p in zip((first, last), places, strict=True)]
    return prefix + (":".join(parts) if len(ends) > 1 else parts[0])


def _place(match: re.Match[str], dimension: str) -> int | None:
    _, letters, _, digits = match.groups()
    if dimension == "ROWS":
        return int(digits) - 1 if digits else None
    return column_index(letters) if letters else None


def _rebuilt(match: re.Match[str], dimension: str, place: int | None) -> str:
    lock1, letters, lock2, digits = match.groups()
    if place is not None and dimension == "ROWS":
        digits = str(place + 1)
    elif place is not None:
        letters = column_letters(place)
    return f"{lock1}{letters}{lock2}{digits}"


def renamed(text: str, old: str, new: str) -> str:
    """The formula after a tab was renamed."""

    def replace(match: re.Match[str]) -> str:
        found = match.group(1)
        where, cells = split_title(found) if found else (None, "")
        return f"{quoted(new)}!{cells}" if where == old else match.group()

    return _PARTS.sub(replace, text)
