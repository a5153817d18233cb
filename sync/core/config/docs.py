"""``config.example.yaml`` and ``docs/configuration.md``, made from the models."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from .mistakes import VARIANTS
from .models import Config, Options, Team

_WIDTH = 100
_ALL = {block: set.intersection(*(set(m.model_fields) for m in kinds.values())) for block, kinds in VARIANTS.items()}

_HEAD = """\
# Common Ground: the configuration. Copy it to config.yaml, or let `sync setup` write it.
# A relative path counts from the folder of this file. A line whose # is followed by a letter is an
# option at rest: take the # away to use it. Of each block, use one type.
"""
_TEAMS = """\
# Several teams share one service: their blocks then stand in a list, each with a name.
#teams:
#  - name: Harbour Street
#    sheet: {type: workbook, path: harbour.xlsx}
#    mail: {type: outbox, path: outbox, sender: Harbour Street <team@example.org>}
#  - name: Mill Lane
#    sheet: {type: workbook, path: mill-lane.xlsx}
#    mail: {type: outbox, path: outbox, sender: Mill Lane <mill@example.org>}
"""
_PAGE_HEAD = """\
# The configuration

`sync setup` writes this file, `config.yaml`; these are all its options. It is looked for in the working folder, then
in your configuration folder; `-c FILE` names another. A relative path counts from the folder of the file.
`config.example.yaml` has every option with a comment. This page is made from the same schema by `make example`.
"""
_PAGE_TEAMS = """\
## Several teams

`teams:` is a list of blocks. Each has a `name` and its own `sheet`, `mail` and `replies`; these three do not stand at
the left edge then. `ledger`, `every` and `ping` are shared.
"""
_PAGE_SECRETS = """\
## Secrets

A password never stands in the file itself. It is read each time it is needed, from one of these:

| written so | read from |
|---|---|
| `{env: NAME}` | the environment variable `NAME` |
| `{file: PATH}` | the first line of a file that only you can read (`chmod 600`) |
| `{keyring: NAME}` | this computer's keyring, service `commonground`, name `NAME` (needs the extra `keyring`) |
| `{command: [PROGRAM, ARGUMENT]}` | the first line that a program prints; no shell stands between |

A secret file that others can read is refused, unless it lies under `/run/secrets` or in `$CREDENTIALS_DIRECTORY`.
"""


def render_example() -> str:
    """Return the text of ``config.example.yaml``: every option with its meaning, the usual ones in force."""
    blocks = [_HEAD]
    for block, kinds in VARIANTS.items():
        lines = [f"# {Team.model_fields[block].description}", f"{block}:"]
        for number, (kind, model) in enumerate(kinds.items()):
            lines += _example_of(block, kind, model, rest=number > 0)
        blocks.append("\n".join([*lines, *_shared_example(block)]) + "\n")
    top = [line for name in _top_options() for line in _option(name, Config.model_fields[name], "", rest=False)]
    return "\n".join([*blocks, "\n".join(top) + "\n", _TEAMS])


def _example_of(block: str, kind: str, model: type[Options], *, rest: bool) -> Iterator[str]:
    """Yield the lines of one type of ``block``, behind ``#`` when ``rest``, without what all its types share."""
    if rest:
        yield "  # or"
    yield from _prose(str(model.model_fields["type"].description), "  ")
    yield f"  {'#' if rest else ''}type: {kind}"
    for name, field in model.model_fields.items():
        if name not in _ALL[block]:
            yield from _option(name, field, "  ", rest=rest)


def _shared_example(block: str) -> Iterator[str]:
    """Yield the lines of the options that all types of ``block`` have."""
    model = next(iter(VARIANTS[block].values()))
    names = [name for name in model.model_fields if name in _ALL[block] and name != "type"]
    if names:
        yield "  # with every type"
    for name in names:
        yield from _option(name, model.model_fields[name], "  ", rest=False)


def _prose(text: str, indent: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _option(name: str, field: FieldInfo, indent: str, *, rest: bool) -> Iterator[str]:
    shown = _shown(field)
    yield from _prose(_meaning(field), indent)
    yield f"{indent}{'#' if rest or shown.get('commented') else ''}{name}: {shown.get('example') or field.default}"


def _meaning(field: FieldInfo) -> str:
    """Return the field's description with its limits."""
    least, most = _limits(field)
    text = str(field.description)
    return f"{text.removesuffix('.')} ({least} to {most})." if least is not None and most != 65_535 else text


def _limits(field: FieldInfo) -> tuple[Any, Any]:
    """Return the least and the most a number may be, ``None`` where there is no limit."""
    found = {"ge": None, "le": None}
    for rule in field.metadata:
        for limit in found:
            found[limit] = getattr(rule, limit, found[limit])
    return found["ge"], found["le"]


def _shown(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _top_options() -> list[str]:
    return [name for name in Config.model_fields if name != "blocks"]


def render_table() -> str:
    """Return the text of ``docs/configuration.md``: one table for each block and type."""
    parts = [_PAGE_HEAD]
    for block, kinds in VARIANTS.items():
        parts.append(f"## `{block}`\n\n{Team.model_fields[block].description}\n")
        shared = _ALL[block] - {"type"}
        for kind, model in kinds.items():
            own = [name for name in model.model_fields if name not in {*shared, "type"}]
            head = f"### `type: {kind}`\n\n{_first_up(str(model.model_fields['type'].description))}\n"
            parts.append(head + ("\n" + _table(model, own) if own else ""))
        if shared:
            model = next(iter(kinds.values()))
            names = [name for name in model.model_fields if name in shared]
            parts.append(f"### With every type of `{block}`\n\n{_table(model, names)}")
    parts.append(f"## At the left edge\n\n{_table(Config, _top_options())}")
    return "\n".join([*parts, _PAGE_TEAMS, _PAGE_SECRETS])


def _first_up(description: str) -> str:
    text = description.partition(": ")[2]
    return text[:1].upper() + text[1:]


def _table(model: type[Options], names: list[str]) -> str:
    lines = ["| option | value | default | meaning |", "|---|---|---|---|"]
    for name in names:
        field = model.model_fields[name]
        cells = (f"`{name}`", _kind(field), _default(field), str(field.description))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _default(field: FieldInfo) -> str:
    if words := _shown(field).get("default"):
        return str(words)
    return "required" if field.is_required() else f"`{field.default}`"


def _kind(field: FieldInfo) -> str:
    """Return what may stand there, in words."""
    least, most = _limits(field)
    if least is not None:
        return f"{'whole number' if _is_whole(field) else 'number'}, {least} to {most}"
    if get_origin(field.annotation) is Literal:
        return ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    return "a reference, see Secrets" if "Secret" in str(field.annotation) else "text"


def _is_whole(field: FieldInfo) -> bool:
    return field.annotation is int
