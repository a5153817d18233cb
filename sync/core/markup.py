"""Markdown with slots: words of ours are parsed once, words of the team are put in afterwards.

A template never sees a value.  It sees a :class:`Slot`, which writes a mark of two private-use characters and a name;
Markdown and HTML are made with the marks in them, and in the end each mark is replaced by its value in one pass over
the finished text.  So nothing in a value can be Markdown, HTML, a link or another placeholder.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARK = re.compile("\ue000([a-z0-9_]+)\ue001")
_PARSER = MarkdownIt("commonmark", {"html": False, "linkify": False, "breaks": True}).enable("strikethrough")


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one value in a template: prints its mark; an empty value prints nothing and counts as false."""

    name: str
    filled: bool

    def __str__(self) -> str:
        return f"\ue000{self.name}\ue001" if self.filled else ""

    def __bool__(self) -> bool:
        return self.filled


def parse(markdown: str) -> list[Token]:
    """Return the tokens of one template's Markdown (CommonMark with ``~~struck~~``; a line break is a line break)."""
    return _PARSER.parse(markdown)


def to_html(tokens: Sequence[Token]) -> str:
    """Return HTML of the tokens, with marks still in it."""
    return str(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def to_text(tokens: Sequence[Token]) -> str:
    """Return plain text of the tokens, with marks still in it: made from the Markdown and not from its HTML."""
    text = ""
    bullet = False
    for token in tokens:
        if token.type in ("list_item_open", "list_item_close"):
            bullet = token.type == "list_item_open"
        elif token.type in ("hr", "inline"):
            words = "—" if token.type == "hr" else _inline(token.children or ())
            gap = "\n" if bullet else "\n\n"
            text += (gap if text else "") + ("- " if bullet else "") + words
    return text + "\n"


def _inline(children: Sequence[Token]) -> str:
    """Return the words of one paragraph; a link is followed by its target, other marks fall away."""
    words: list[str] = []
    target = ""
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            words.append("\n")
        elif child.type == "link_open":
            target = str(child.attrGet("href") or "")
        elif child.type == "link_close":
            words.append(f" ({target})" if target else "")
        else:
            words.append(child.content)
    return "".join(words)


def fill_html(source: str, values: Mapping[str, str]) -> str:
    """Return ``source`` with every mark replaced by its value, escaped, line breaks as ``<br>``."""
    return _MARK.sub(lambda mark: html.escape(values[mark[1]]).replace("\n", "<br>\n"), source)


def fill_text(source: str, values: Mapping[str, str]) -> str:
    """Return ``source`` with every mark replaced by its value as it stands."""
    return _MARK.sub(lambda mark: values[mark[1]], source)
