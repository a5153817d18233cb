"""Our own templates: Markdown with front matter, run by Jinja2 over slots, made into HTML and text once per shape.

A shape is what a template looks like once its sentences are chosen.  Many mails share one, so parsing Markdown and
putting the style into the HTML is done once for each, and a mail costs one replacement of marks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import css_inline
import yaml
from jinja2 import Environment, StrictUndefined, Template, TemplateError
from markupsafe import Markup

from .errors import ConfigError
from .markup import Slot, parse, to_html, to_text

FRAME = "frame.html"
_MOST_SHAPES = 512


@dataclass(frozen=True, slots=True)
class Source:
    """One template ready to run: its subject, its body, and the values without which it says nothing."""

    path: str
    subject: Template
    body: Template
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """A mail with marks instead of values: subject, whole HTML page, plain text."""

    subject: str
    html: str
    text: str


@cache
def _environment() -> Environment:
    return Environment(
        undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )


@dataclass(slots=True)
class Templates:
    """All templates of one Renderer, by path (``en/confirmation.md``).

    :raises ConfigError: when made: a template cannot be read; the sentence names its file.
    """

    sources: Mapping[str, str]
    _ready: dict[str, Source] = field(init=False, default_factory=dict)
    _shapes: dict[tuple[str, str, str], Shape] = field(init=False, default_factory=dict)
    _frame: Template = field(init=False)
    _inliner: css_inline.CSSInliner = field(init=False)

    def __post_init__(self) -> None:
        self._inliner = css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
        try:
            self._frame = _compiled(self.sources[FRAME])
        except (KeyError, TemplateError) as error:
            raise ConfigError(f"The template {FRAME} cannot be used: {error}.") from error
        for path, text in self.sources.items():
            if path.endswith(".md"):
                self._ready[path] = _source(path, text)

    def find(self, kind: str, languages: tuple[str, ...]) -> tuple[str, Source]:
        """Return the first of ``languages`` that has a template for ``kind``, and the template.

        :raises ConfigError: none has.
        """
        for language in (*languages, "en"):
            source = self._ready.get(f"{language}/{kind}.md")
            if source is not None:
                return language, source
        raise ConfigError(f"There is no template {kind}.md.", "Install the program again, or put the file back.")

    def shape(self, source: Source, language: str, context: dict[str, object], team: str) -> Shape:
        """Return the mail of ``source`` in the given ``context`` (slots and flags); ``team`` may be empty.

        :raises ConfigError: the template uses a word that it is not given.
        """
        try:
            subject = " ".join(source.subject.render(context).split())
            body = source.body.render(context)
        except (TemplateError, TypeError) as error:
            raise ConfigError(f"The template {source.path} cannot be used: {error}.") from error
        key = (subject, body, f"{language} {bool(team)}")
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            shape = self._shapes[key] = self._make(subject, body, language, bool(team))
        return shape

    def _make(self, subject: str, body: str, language: str, team: bool) -> Shape:
        tokens = parse(body)
        body_html = Markup(to_html(tokens))  # noqa: S704 - our words only: no value is in it yet
        page = self._frame.render(
            language=language, subject=Slot("subject", True), team=Slot("team", team), body=body_html
        )
        return Shape(subject, self._inliner.inline(page), to_text(tokens))


# Every team has a Renderer of its own and nearly always the same templates.
@lru_cache(maxsize=64)
def _compiled(text: str) -> Template:
    return _environment().from_string(text)


@lru_cache(maxsize=256)
def _source(path: str, text: str) -> Source:
    """Return one template, its front matter between two lines of ``---`` read."""
    try:
        _, front, body = text.split("---\n", 2)
        facts: dict[str, Any] = yaml.safe_load(front)
        return Source(
            path,
            _environment().from_string(str(facts["subject"])),
            _environment().from_string(body),
            tuple(facts.get("requires", ())),
        )
    except (ValueError, KeyError, AttributeError, yaml.YAMLError, TemplateError) as error:
        raise ConfigError(f"The template {path} cannot be used: {error}.") from error
