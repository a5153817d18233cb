"""The configuration that the wizard writes: every option with its meaning, from the same schema that checks it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap

import yaml
from pydantic.fields import FieldInfo

from ..core.config import Config, Team, parse
from ..core.config.mistakes import VARIANTS
from ..core.errors import ConfigError
from .secrets import write_private
from .setup_answers import Tree

_WIDTH = 100
_HEAD = """\
# Common Ground: the configuration, written by `sync setup`. config.example.yaml shows every option.
# A relative path counts from the folder of this file.
"""


def same(config: Config, tree: Tree) -> bool:
    """Return whether ``tree`` says nothing else than ``config``."""
    return parse(tree) == config


def write_config(file: Path, tree: Tree) -> None:
    """Write ``tree`` as a commented configuration (0600); one that was there is kept as ``<name>.before``.

    Raises ``ConfigMistakes`` when it would not be read again, ``ConfigError`` when it cannot be written.
    """
    parse(tree, file.name)
    if file.exists():
        keep_private(file.with_name(f"{file.name}.before"), file.read_bytes())
    keep_private(file, render(tree).encode())


def keep_private(file: Path, data: bytes) -> None:
    """Write a file that only its owner can read, in a folder that is made; raises ``ConfigError``."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, data)
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written: {error.strerror or error}.", "Choose another folder, or make it yours."
        ) from None


def render(tree: Tree) -> str:
    """Return the YAML text of ``tree``: what it holds, and the usual options with their defaults."""
    parts = [_HEAD]
    for block in VARIANTS:
        data = tree.get(block)
        if isinstance(data, dict):
            parts.append("\n".join([f"# {Team.model_fields[block].description}", f"{block}:", *_block(block, data)]))
        elif block == "replies":
            parts.append(f"# {Team.model_fields[block].description}\n{block}: none")
    top = {name: field for name, field in Config.model_fields.items() if name != "blocks"}
    parts.append("\n".join(_options(top, tree, "")))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _block(block: str, data: Tree) -> Iterator[str]:
    model = VARIANTS[block][str(data["type"])]
    yield from _prose(str(model.model_fields["type"].description), "  ")
    yield f"  type: {data['type']}"
    shared = set.intersection(*(set(kind.model_fields) for kind in VARIANTS[block].values()))
    fields = {name: field for name, field in model.model_fields.items() if name != "type"}
    own = {name: field for name, field in fields.items() if name not in shared}
    yield from _options({**own, **fields}, data, "  ")


def _options(fields: dict[str, FieldInfo], data: Tree, indent: str) -> Iterator[str]:
    for name, field in fields.items():
        value = data.get(name, field.default)
        if name not in data and (value is None or field.is_required()):
            continue
        yield from _prose(str(field.description), indent)
        yield f"{indent}{name}: {_value(value)}"


def _prose(text: str, indent: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _value(value: object) -> str:
    """Return ``value`` on one line of YAML."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=1_000_000)
    return text.removesuffix("...\n").strip()
