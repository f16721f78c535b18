# ruff: noqa: INP001 - a part of a program, not a module of a package
"""The keys of evaluations.toml, from the specs that it is read with: a section a table, a row a key."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from evaluations.config.sifting import rule_for
from evaluations.config.specs import Configuration
from evaluations.config.strict import description
from evaluations.config.tensorzero import IGNORED, REFUSED, REFUSED_TYPES

_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", Any: "anything", type(None): ""}
_PLACES = {"functions": "F", "variants": "V", "evaluators": "E", "evaluations": "X", "models": "M", "providers": "P"}
"""What stands for a name of the user's below these tables; NAME below the others."""


class _Section(NamedTuple):
    struct: type[msgspec.Struct]
    path: str

    @property
    def heading(self) -> str:
        tag = self.struct.__struct_config__.tag
        return f'`[{self.path}]`, type = "{tag}"' if tag else f"`[{self.path}]`"

    @property
    def link(self) -> str:
        return f"[{self.struct.__struct_config__.tag or 'table'}](#{anchor(self.heading)})"


def tables() -> str:
    """Every table that a file may have, each once, where it first stands."""
    sections: dict[type[msgspec.Struct], _Section] = {}
    for each in _sections(Configuration, ""):
        sections.setdefault(each.struct, each)
    return "\n\n".join(_section(each, sections) for each in sections.values())


def ignored() -> str:
    """TensorZero's keys that are left unread."""
    return table(("key", "why"), [(keys, *why) for why, keys in _grouped({k: (v,) for k, v in IGNORED.items()})])


def refused() -> str:
    """TensorZero's keys and types that are an error. What holds for variants holds for those of judges, too."""
    rules = {key: rule for key, rule in REFUSED.items() if "evaluators.*.variants" not in key}
    for kinds in REFUSED_TYPES.values():
        rules |= {f'type = "{kind}"': rule for kind, rule in kinds.items()}
    return table(("key", "why", "what to do"), [(keys, *rule) for rule, keys in _grouped(rules)])


def _grouped(rules: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each rule with all keys that it is for."""
    found: dict[tuple[str, ...], list[str]] = {}
    for key, rule in rules.items():
        found.setdefault(rule, []).append(f"`{key}`")
    return ((rule, ", ".join(keys)) for rule, keys in found.items())


def _sections(struct: type[msgspec.Struct], path: str) -> Iterator[_Section]:
    """The tables from this one down. A struct that is met again is met where it was."""
    if path:
        yield _Section(struct, path)
    for field in msgspec.structs.fields(struct):
        below = f"{path}.{field.encode_name}".lstrip(".")
        for each, inside in _structs(field.type, below, field.encode_name):
            yield from _sections(each, inside)


def _structs(kind: Any, path: str, name: str) -> Iterator[tuple[type[msgspec.Struct], str]]:
    """The structs that a value may be or hold, and where it then stands."""
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind, path
    elif origin is dict:
        yield from _structs(arguments[1], f"{path}.{_PLACES.get(name, 'NAME')}", name)
    elif origin is tuple:
        yield from _structs(arguments[0], path, name)
    elif origin in (Annotated, Union, types.UnionType):
        for each in arguments:
            yield from _structs(each, path, name)


def _section(section: _Section, sections: Mapping[type[msgspec.Struct], _Section]) -> str:
    rows = [
        (f"`{field.encode_name}`", _kind(field.type, sections), _default(field), description(field.type))
        for field in msgspec.structs.fields(section.struct)
        if rule_for(REFUSED, (*section.path.split("."), field.encode_name)) is None
    ]
    said = " ".join((section.struct.__doc__ or "").split())
    return f"### {section.heading}\n\n{said}\n\n{table(('key', 'type', 'default', 'meaning'), rows)}"


def _kind(kind: Any, sections: Mapping[type[msgspec.Struct], _Section]) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sections[kind].link
    if origin is Literal:
        return ", ".join(f"`{json.dumps(value)}`" for value in arguments)
    kinds = [_kind(each, sections) for each in arguments if each is not ... and not isinstance(each, msgspec.Meta)]
    if origin in (Union, types.UnionType):
        return " or ".join(each for each in kinds if each)
    said = {Annotated: "{0}", dict: "by name: {1}", tuple: "array of {0}"}.get(origin)
    return said.format(*kinds) if said else _SCALARS[kind]


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "required"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value is None or value in ((), {}):
        return "none"
    return "its own" if isinstance(value, msgspec.Struct) else f"`{json.dumps(value)}`"


def anchor(heading: str) -> str:
    """What a heading is linked by."""
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown; a cell may have any text on one line."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


BLOCKS: dict[str, Callable[[], str]] = {
    "tables of evaluations": tables,
    "keys of TensorZero left unread": ignored,
    "keys of TensorZero refused": refused,
}
