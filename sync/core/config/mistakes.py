"""Mistakes in ``config.yaml``, told all at once and in the words of the file: ``mail.port  <- must be …``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ..errors import ConfigError
from .models import (
    Config,
    FolderReplies,
    GoogleSheet,
    ImapReplies,
    NoReplies,
    Options,
    OutboxMail,
    Secret,
    SmtpMail,
    Team,
    WorkbookSheet,
)

Location = tuple[int | str, ...]

VARIANTS: Mapping[str, Mapping[str, type[Options]]] = MappingProxyType(
    {
        "sheet": {"google": GoogleSheet, "workbook": WorkbookSheet},
        "mail": {"smtp": SmtpMail, "outbox": OutboxMail},
        "replies": {"none": NoReplies, "imap": ImapReplies, "folder": FolderReplies},
    }
)
"""The blocks that come in several types, and the model of each."""

_TOP = (*(name for name in Config.model_fields if name != "blocks"), *VARIANTS, "teams")


class ConfigMistakes(ConfigError):
    """The configuration can be read but says things that cannot be; ``mistakes`` has one line for each."""

    def __init__(self, file: str, mistakes: Sequence[str]) -> None:
        count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        lines = "".join(f"\n  {line}" for line in mistakes)
        super().__init__(f"{file} has {count}:{lines}", "Correct it there; config.example.yaml shows every option.")
        self.mistakes = tuple(mistakes)


def parse(data: object, file: str = "config.yaml") -> Config:
    """Return the configuration in ``data``, the decoded YAML of ``file`` (a name for people).

    Raises :class:`ConfigMistakes` with every mistake; no value of the file is ever part of it but the name of an
    option or a type.
    """
    if not isinstance(data, Mapping):
        raise ConfigMistakes(file, ["(the whole file)  <- must be blocks of options, beginning with sheet:"])
    mistakes = list(_team_mistakes(data))
    config = None
    try:
        config = Config.model_validate(_with_blocks(data))
    except ValidationError as error:
        mistakes += [_line(detail, data) for detail in error.errors(include_url=False, include_input=False)]
    if mistakes or config is None:
        raise ConfigMistakes(file, list(dict.fromkeys(mistakes)))
    return config


def _with_blocks(data: Mapping[Any, Any]) -> dict[str, Any]:
    """Return ``data`` in the shape of :class:`Config`: the teams under ``blocks``, however they were written."""
    if "teams" in data:
        rest = {str(key): value for key, value in data.items() if key != "teams"}
        return {**rest, "blocks": data["teams"]}
    team = {key: data[key] for key in VARIANTS if key in data}
    return {**{str(key): value for key, value in data.items() if key not in team}, "blocks": [team]}


def _team_mistakes(data: Mapping[Any, Any]) -> Iterator[str]:
    """Yield what is wrong with the names of teams, which only a file with ``teams:`` has."""
    blocks = data.get("teams")
    if not isinstance(blocks, list):
        return
    if not blocks:
        yield "teams  <- must hold at least one team"
    seen: set[str] = set()
    for number, block in enumerate(blocks, start=1):
        name = block.get("name") if isinstance(block, Mapping) else None
        if isinstance(block, Mapping) and name in (None, ""):
            yield f"teams[{number}].name  <- is missing; several teams are told apart by their names"
        elif isinstance(name, str) and name.strip().casefold() in seen:
            yield f"teams[{number}].name  <- is another team's name too"
        elif isinstance(name, str):
            seen.add(name.strip().casefold())


def _line(detail: ErrorDetails, data: Mapping[Any, Any]) -> str:
    location, context = detail["loc"], detail.get("ctx", {})
    if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
        location = (*location, "type")
    elif "option" in context:  # a check of one option that found another one missing
        inside = bool(location) and location[-1] in ("imap", "smtp", "replies")
        location = (*location[: None if inside else -1], str(context["option"]))
    words = _WORDS.get(detail["type"], _plain)(detail, location)
    return f"{_path(location, data)}  <- {words}"


def _path(location: Location, data: Mapping[Any, Any]) -> str:
    """Return ``location`` as people find it in their file: ``mail.port``, ``teams[2].mail.port`` (counted from 1)."""
    parts: list[str] = []
    for at, part in enumerate(location):
        if part == "blocks" and at == 0:
            parts += ["teams"] if "teams" in data or len(location) == 1 else []
        elif at == 1 and location[0] == "blocks":
            if parts:
                parts[-1] += f"[{int(part) + 1}]"
        elif isinstance(part, int):
            parts[-1] += f"[{part + 1}]"
        elif at and part in VARIANTS.get(str(location[at - 1]), {}) and at < len(location) - 1:
            continue  # the type by which pydantic told the blocks apart
        else:
            parts.append(str(part))
    return ".".join(parts)


def _model_at(location: Location) -> tuple[type[Options], str]:
    """Return the model of the block at ``location``, and that block's name for people."""
    model: type[Options] = Config
    name = ""
    for at, part in enumerate(location):
        if part == "blocks":
            model, name = Team, "a team"
        elif part == "password":
            model, name = Secret, "password"
        elif at and part in (kinds := VARIANTS.get(str(location[at - 1]), {})):
            model, name = kinds[str(part)], f"{location[at - 1]} of type {part}"
    return model, name


def _unknown(detail: ErrorDetails, location: Location) -> str:
    option = str(location[-1])
    model, name = _model_at(location[:-1])
    if model is Config and option in VARIANTS:
        return "stands inside each team when there are teams:"
    if option in Config.model_fields:
        return "is not an option here; it stands at the left edge of the file"
    if homes := _homes(option, name.partition(" ")[0]):
        return f"is not an option {'of ' + name if name else 'here'}; it belongs to {homes[0]}"
    options = _TOP if model is Config else tuple(model.model_fields)
    near = get_close_matches(option, options, n=1)
    return f"is not an option; did you mean {near[0]}?" if near else (
        f"is not an option; here there are {_listed(options, 'and')}"
    )


def _homes(option: str, block: str) -> list[str]:
    """Return the blocks that have ``option``, for people; those of ``block`` come first."""
    found = [
        (other != block, f"{other} of type {kind}")
        for other, kinds in VARIANTS.items()
        for kind, model in kinds.items()
        if option in model.model_fields and option != "type"
    ]
    return [home for _, home in sorted(found, key=lambda item: item[0])]


def _tag(detail: ErrorDetails, location: Location) -> str:
    kinds = tuple(VARIANTS[str(location[-2])])
    if detail["type"] == "union_tag_not_found":
        return f"is missing; write {_listed(kinds, 'or')}"
    near = get_close_matches(str(detail.get("ctx", {}).get("tag", "")), kinds, n=1)
    return f"must be {_listed(kinds, 'or')}" + (f"; did you mean {near[0]}?" if near else "")


def _missing(detail: ErrorDetails, location: Location) -> str:
    field = _model_at(location[:-1])[0].model_fields.get(str(location[-1]))
    extra = field.json_schema_extra if field is not None else None
    example = extra.get("example") if isinstance(extra, dict) else None
    return f"is missing; write it like {example}" if example else "is missing"


def _literal(detail: ErrorDetails, location: Location) -> str:
    return f"must be {str(detail['ctx']['expected']).replace(chr(39), '')}"


def _limit(detail: ErrorDetails, location: Location) -> str:
    context = detail["ctx"]
    return f"must be at least {context['ge']:g}" if "ge" in context else f"must be at most {context['le']:g}"


def _value(detail: ErrorDetails, location: Location) -> str:
    return str(detail["ctx"]["error"])


def _plain(detail: ErrorDetails, location: Location) -> str:
    return detail["msg"]


def _always(words: str) -> Callable[[ErrorDetails, Location], str]:
    return lambda _detail, _location: words


def _listed(names: Sequence[str], last: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


_BLOCK = _always("must be a block of options, each on a line of its own")
_LIST = _always("must be a list, with a dash before each item")
_WHOLE = _always("must be a whole number")
_NUMBER = _always("must be a number")

_WORDS: Mapping[str, Callable[[ErrorDetails, Location], str]] = MappingProxyType(
    {
        "missing": _missing,
        "extra_forbidden": _unknown,
        "union_tag_invalid": _tag,
        "union_tag_not_found": _tag,
        "model_type": _BLOCK,
        "model_attributes_type": _BLOCK,
        "dict_type": _BLOCK,
        "tuple_type": _LIST,
        "list_type": _LIST,
        "too_short": _always("must not be empty"),
        "string_too_short": _always("must not be empty"),
        "string_type": _always("must be text; put it in quotes"),
        "int_type": _WHOLE,
        "int_parsing": _WHOLE,
        "int_from_float": _WHOLE,
        "float_type": _NUMBER,
        "float_parsing": _NUMBER,
        "finite_number": _NUMBER,
        "greater_than_equal": _limit,
        "less_than_equal": _limit,
        "literal_error": _literal,
        "value_error": _value,
    }
)
