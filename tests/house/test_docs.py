"""README and docs/: what they name is there, what they quote is said, and they keep to the tone of the house."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from html import unescape
from pathlib import Path

import click
import openpyxl
import pytest

from sync.app.demo import DemoResult, play
from sync.cli import main
from sync.core.columns import LIVE_LINES, STOP_WORDS, TAB, TABS, CellType, Column, Owner, Tab
from sync.core.kinds.registry import ALL
from sync.core.ports import TabRead
from sync.core.settings import SETTING_ROWS
from sync.core.sheet_page import AT_REST, FACTS, sheet_page
from sync.core.statuses import mail_name
from sync.sheets.workbook import WorkbookBackend
from tests.house.tree import ROOT, files, modules, none_of, tree_of, where

README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))
WRITTEN = tuple(page for page in PAGES if page.name not in ("commands.md", "configuration.md", "sheet.md"))
"""Pages that people write; the others are made of the code."""
PICTURE_BYTES = 150_000

_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
_COMMAND = re.compile(r"(?:^|[\s/])(?:sync|commonground) ([^|&;>#\n]*)")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """Return the page without its blocks of code."""
    return _FENCE.sub("", text_of(page))


def spans(page: Path) -> list[str]:
    """Return what stands in `code` in running text."""
    return _SPAN.findall(prose(page))


def code(page: Path) -> list[str]:
    """Return the lines in blocks of code, and what stands in `code`."""
    return [line for block in _FENCE.finditer(text_of(page)) for line in block[3].splitlines()] + spans(page)


def strings() -> Iterator[tuple[str, str]]:
    """Yield place and text of every string in the program, with its joined pieces as one."""
    for _, path in modules():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield where(path, node.lineno), node.value


# --- links, files, pictures ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_our_own_files_leads_somewhere(page: Path) -> None:
    links = ["".join(found) for found in _LINK.findall(prose(page))]
    ours = [link.partition("#")[0] for link in links if not link.startswith(("https://", "mailto:", "#"))]
    known = set(files())
    none_of(f"{page.name}: {link}" for link in ours if (page.parent / link).resolve() not in known)


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = [span for span in spans(page) if re.fullmatch(r"[\w.-]+/[\w./-]*", span) and not span.startswith(".venv")]
    tops = {path.name for path in ROOT.iterdir()}
    named = [name if name.partition("/")[0] in tops else f"sync/{name}" for name in named]
    none_of(f"{page.name}: {name}" for name in named if not (ROOT / name).exists())


def test_every_page_and_every_picture_can_be_reached_from_the_readme() -> None:
    linked = {"".join(found) for found in _LINK.findall(text_of(README))}
    shown = [path for path in files() if path.suffix == ".png" and path.is_relative_to(ROOT / "docs")]
    assert shown
    wanted = [*shown, *(ROOT / "docs").glob("*.md")]
    none_of(where(path) for path in wanted if path.relative_to(ROOT).as_posix() not in linked)
    none_of(f"{where(path)} is too big" for path in shown if path.stat().st_size > PICTURE_BYTES)


def test_every_picture_says_what_it_shows() -> None:
    text = text_of(README)
    assert "![](" not in text
    none_of(tag for tag in re.findall(r"<img[^>]*>", text) if not re.search(r'alt="[^"]{20,}"', tag))


# --- commands --------------------------------------------------------------------------------------------------------


def wrong_in(command: str) -> Iterator[str]:
    """Yield what is not there of a command line after the word ``sync``."""
    subject: click.Command = main
    for word in command.split():
        known = {option for param in subject.params for option in param.opts} | {"-h", "--help"}
        if word.startswith("-"):
            if word.partition("=")[0] not in known:
                yield f"{word} in: sync {command}"
        elif subject is main and word in main.commands:
            subject = main.commands[word]
        elif subject is main and re.fullmatch(r"[a-z-]+", word):
            yield f"{word} in: sync {command}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_can_be_typed(page: Path) -> None:
    none_of(wrong for line in code(page) for found in _COMMAND.finditer(line) for wrong in wrong_in(found[1]))


@pytest.mark.parametrize("command", ["stroll", "run --twice", "-x preview", "preview --once"])
def test_a_command_that_is_not_there_would_be_seen(command: str) -> None:
    assert list(wrong_in(command))


def test_commands_are_found_where_they_stand() -> None:
    found = {match[1].strip() for line in code(README) for match in _COMMAND.finditer(line)}
    assert {"demo", "setup", "run", "go-live", "run --once", "check", "status", "preview"} <= found


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_make_target_that_is_named_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    named = {found for line in code(page) for found in re.findall(r"^make (\w+)", line)}
    none_of(f"{page.name}: make {name}" for name in named - targets)
    assert page != README or {"demo", "test"} <= named


# --- words of the sheet ----------------------------------------------------------------------------------------------


def known_words() -> set[str]:
    """Return everything that can be seen in the sheet, and the names of our classes."""
    columns = [column for tab in TABS for column in tab.columns]
    seen = {tab.title for tab in TABS} | {column.header for column in columns}
    seen |= {choice for column in columns for choice in column.choices}
    seen |= {row.label for row in SETTING_ROWS} | {choice for row in SETTING_ROWS for choice in row.choices}
    classes = {n.name for _, path in modules() for n in ast.walk(tree_of(path)) if isinstance(n, ast.ClassDef)}
    return seen | classes | {STOP_WORDS, *LIVE_LINES}


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_word_of_the_sheet_that_is_named_stands_there(page: Path) -> None:
    """A heading, a choice, a setting, or the beginning of a sentence."""
    known = known_words()
    said = "\n".join(text for _, text in strings())
    words = [span for span in spans(page) if span[0].isupper() and not re.fullmatch(r"[A-Z]\d+-\d+|\S*/\S*", span)]
    none_of(f"{page.name}: {word}" for word in words if word not in known and word not in said)


def test_the_page_of_the_sheet_is_what_the_facts_say() -> None:
    """Run `make example` when this fails."""
    assert text_of(ROOT / "docs" / "sheet.md") == sheet_page()


def test_the_page_of_the_sheet_names_every_tab_column_and_setting() -> None:
    page = sheet_page()
    names = [column.header for tab in TABS for column in tab.columns] + [row.label for row in SETTING_ROWS]
    none_of(name for name in names if f"| `{name}`" not in page)
    none_of(tab.title for tab in TABS if f"\n## {tab.title}\n" not in page)


def test_what_rests_and_what_is_a_fact_are_columns() -> None:
    keys = {tab.key: {column.key for column in tab.columns} for tab in TABS}
    keys["settings"] |= {row.key for row in SETTING_ROWS}
    none_of(f"{tab}.{key}" for rule in (AT_REST, FACTS) for tab, found in rule.items() for key in found - keys[tab])


def test_the_words_name_every_kind_of_mail() -> None:
    text = text_of(ROOT / "docs" / "words.md")
    none_of(mail_name(kind.name) for kind in ALL if mail_name(kind.name) not in text)


# --- what the demo shows ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    return play(tmp_path_factory.mktemp("docs") / "demo")


def test_the_sentences_that_the_readme_quotes_are_those_of_the_demo(demo: DemoResult) -> None:
    said = unescape(demo.page.read_text(encoding="utf-8"))
    quoted = re.findall(r"^ *> (.*)$", text_of(README), re.MULTILINE)
    assert len(quoted) > 3
    none_of(sentence for sentence in quoted if sentence not in said)


def filled(workbook: Path) -> set[tuple[str, str]]:
    """Return the service columns, as tab and key, that hold something in some row of ``workbook``."""
    book = openpyxl.load_workbook(workbook, read_only=True)
    found = set()
    for tab in tables():
        header, *rows = book[tab.title].iter_rows(values_only=True)
        for column in ours(tab):
            at = header.index(column.header)
            if any(row[at] not in (None, "") for row in rows):
                found.add((tab.key, column.key))
    return found


def tables() -> list[Tab]:
    return [tab for tab in TABS if tab.columns]


def ours(tab: Tab) -> list[Column]:
    return [column for column in tab.columns if column.owner is Owner.SERVICE]


def test_exactly_what_rests_stays_empty(demo: DemoResult) -> None:
    """A column said to rest that is filled, or the other way round, makes the page wrong."""
    awake = {(tab.key, c.key) for tab in tables() for c in ours(tab) if c.key not in AT_REST.get(tab.key, ())}
    awake -= {("settings", "next")}  # speaks only of a value that cannot be used
    assert filled(demo.workbook) == awake


def values(read: TabRead, column: Column) -> list[str]:
    cells = [read.cell(row, column.key) for row in read.rows]
    return [str(cell) for cell in cells if cell not in (None, "", False)]


def test_what_only_the_team_reads_is_in_no_mail(demo: DemoResult) -> None:
    tabs = WorkbookBackend(demo.workbook).read().tabs
    private = [
        (f"{tab.title}, {column.header}", text)
        for tab in (TAB["contacts"], TAB["meetings"], TAB["promises"])
        for column in tab.columns
        if column.owner is Owner.TEAM and column.type in (CellType.TEXT, CellType.LONG_TEXT)
        if not column.header.endswith("✉") and column.key not in FACTS[tab.key]
        for text in values(tabs[tab.key], column)
    ]
    assert len(private) > 10
    mails = [path.read_bytes() for path in (demo.folder / "mails").glob("*.eml")]
    sent = "\n".join(
        str(part.get_content())
        for mail in mails
        for part in message_from_bytes(mail, policy=policy.default).walk()
        if part.get_content_maintype() == "text"
    )
    none_of(f"{place}: {text}" for place, text in private if text in sent)


# --- tone ------------------------------------------------------------------------------------------------------------

_TONE = re.compile(
    r"please be advised|dear (?:user|customer|sir)|do not hesitate|kindly |(?-i:[a-zà-ž]{2})!+(?=[\s\"'”)]|$)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "templates").rglob("*.md"))], ids=lambda page: page.name)
def test_pages_and_mails_keep_to_the_tone(page: Path) -> None:
    none_of(f"{page.name}: {found[0]}" for found in _TONE.finditer(text_of(page)))


def test_what_the_program_says_keeps_to_the_tone() -> None:
    none_of(f"{place}: {found[0]}" for place, text in strings() for found in _TONE.finditer(text))


@pytest.mark.parametrize("text", ["Please be advised that", "Dear User,", "Sent!", "It works! And", 'He said "go!"'])
def test_another_tone_would_be_heard(text: str) -> None:
    assert _TONE.search(text)


@pytest.mark.parametrize("text", ["a != b", "![picture](x.png)", "<!doctype html>", "Dear Anna,"])
def test_marks_of_code_are_no_tone(text: str) -> None:
    assert not _TONE.search(text)


# --- how it works ----------------------------------------------------------------------------------------------------


def test_the_sizes_of_the_folders_are_about_right() -> None:
    text = text_of(ROOT / "docs" / "how-it-works.md")
    said = {folder: int(size) for folder, size in re.findall(r"^\| `([\w/]+)` \| (\d+) \|", text, re.MULTILINE)}
    assert len(said) > 5
    lines = dict.fromkeys(said, 0)
    for path in files():
        inside = [folder for folder in said if path.is_relative_to(ROOT / folder)]
        if inside and path.suffix in (".py", ".md", ".html"):
            lines[max(inside, key=len)] += text_of(path).count("\n")
    off = {name: size for name, size in said.items() if not 0.6 < lines[name] / size < 1.6}
    none_of(f"{name} has {lines[name]} lines, not {size}" for name, size in off.items())


def test_every_folder_of_the_program_is_explained() -> None:
    text = text_of(ROOT / "docs" / "how-it-works.md")
    folders = {path.parent.relative_to(ROOT).as_posix() for _, path in modules()} - {"sync"}
    none_of(folder for folder in folders if f"`{folder}" not in text)
