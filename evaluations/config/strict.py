"""Compares a value read from TOML with the specs, and finds all that is wrong with it, each with its key path. Pure.

msgspec stops at the first error and does not name the keys of tables; so the tables are walked here, and msgspec has
the word on each value.
"""

from __future__ import annotations

import math
import re
import types
from ast import literal_eval
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import msgspec

from evaluations.config.keys import KeyPath, advise
from evaluations.data.specs import BOUNDS, GATEWAY_ADDRESS
from evaluations.model import Json


class Flaw(NamedTuple):
    """Something wrong at a key path."""

    path: KeyPath
    what: str
    do: str


FORMS = {
    "^https?://": "begins with neither http:// nor https://",
    GATEWAY_ADDRESS: "is no http or https address of host, port and path alone",
    "^(none|env::[A-Za-z_][A-Za-z0-9_]*)$": "is neither none nor env::VARIABLE, and a key itself never stands here",
    "^/": "is no JSON pointer, which begins with /",
    r"^[\w.]+:[\w.]+$": "is not module:function",
    r"^[^:\s]+:[^:\s]+$": "is not module:function",
    BOUNDS: "is not START:STOP, counted from 0",
}
"""What a text that does not match a pattern of the specs lacks, in words. The text may be a key, and is not shown."""

_PATTERN = re.compile(r"^Expected `str` matching regex (?P<pattern>'.*')$")
_WORDS = {"object": "table", "str": "string", "int": "integer", "bool": "boolean"}
_TYPES = re.compile(r"`([\w |]+)`")


_ENDLESS = {"lowest", "highest", "cutoffs"}
"""The ends of a scale may be infinite; a cutoff is compared with them, and has an error of its own."""


def flaws(value: Json, kind: Any, path: KeyPath = ()) -> Iterator[Flaw]:
    """What is wrong with a value for a type made of Structs, dicts, sequences, unions and scalars."""
    found = False
    for flaw in _inside(value, _choice(value, kind), path):
        found = True
        yield flaw
    if found:
        return
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        yield _refused(value, kind, path, str(error).partition(" - at ")[0])
        return
    if isinstance(value, float) and not math.isfinite(value) and _ENDLESS.isdisjoint(path):
        yield Flaw(
            path, f"{value} is no number that can be worked with", "give one that is finite, or leave the key out"
        )


def _inside(value: Json, kind: Any, path: KeyPath) -> Iterator[Flaw]:
    """What is wrong below this value."""
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(value, dict):
        if isinstance(kind, _Unknown):
            yield Flaw((*path, kind.field), kind.what, kind.do)
        elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            yield from _fields(value, kind, path)
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            for key, each in value.items():
                yield from flaws(each, arguments[1], (*path, key))
    elif isinstance(value, list) and isinstance(origin, type) and issubclass(origin, (Sequence, frozenset, set)):
        for place, each in enumerate(value):
            yield from flaws(each, arguments[0], (*path, place))


def _fields(value: dict[str, Json], struct: type[msgspec.Struct], path: KeyPath) -> Iterator[Flaw]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    tag = struct.__struct_config__.tag_field
    for key, each in value.items():
        if key in fields:
            yield from flaws(each, fields[key].type, (*path, key))
        elif key != tag:
            what = f'"{key}" is no key here'
            yield Flaw((*path, key), what, advise(key, fields, otherwise="take it out"))
    for name, field in fields.items():
        if field.required and name not in value:
            yield Flaw((*path, name), f'"{name}" is missing', f"add it: {description(field.type) or name}")


class _Unknown(NamedTuple):
    """Stands for the struct of a union that was not found by its tag."""

    field: str
    what: str
    do: str


def _choice(value: Json, kind: Any) -> Any:
    """The type without annotations; of a union the member that the value is meant for."""
    bare = _bare(kind)
    if get_origin(bare) not in (Union, types.UnionType):
        return bare
    members = [_bare(each) for each in get_args(bare)]
    structs = [each for each in members if isinstance(each, type) and issubclass(each, msgspec.Struct)]
    if isinstance(value, dict) and structs:
        return structs[0] if len(structs) == 1 else _tagged(value, structs)
    wanted = Mapping if isinstance(value, dict) else Sequence
    fitting = (each for each in members if isinstance(origin := get_origin(each), type) and issubclass(origin, wanted))
    return next(fitting, bare)


def _tagged(value: dict[str, Json], structs: Sequence[type[msgspec.Struct]]) -> Any:
    """The struct of the value's tag."""
    by_tag = {str(each.__struct_config__.tag): each for each in structs}
    field = str(structs[0].__struct_config__.tag_field)
    given = value.get(field)
    if isinstance(given, str) and given in by_tag:
        return by_tag[given]
    known = ", ".join(by_tag)
    if field not in value:
        return _Unknown(field, f'"{field}" is missing', f"add it; there are {known}")
    if not isinstance(given, str):
        return _Unknown(field, f'"{field}" is no string', f"there are {known}")
    return _Unknown(field, f'there is no {field} "{given}"', advise(given, by_tag, otherwise=known))


def _refused(value: Json, kind: Any, path: KeyPath, message: str) -> Flaw:
    """What msgspec says of a value, in TOML's words."""
    choices = [str(each) for each in _literals(kind)]
    if choices and isinstance(value, str):
        return Flaw(path, f'"{value}" is none of {", ".join(choices)}', advise(value, choices, otherwise=""))
    pattern = _PATTERN.match(message)
    what = (
        f"the text {FORMS.get(form := literal_eval(pattern[1]), f'does not match {form}')}"
        if pattern
        else _TYPES.sub(_in_toml, message)
    )
    meaning = description(kind)
    return Flaw(path, what[:1].lower() + what[1:], f"it is for: {meaning}" if meaning else "mend the value")


def _in_toml(types: re.Match[str]) -> str:
    """The names of types, which are Python's and JSON's in msgspec, as TOML calls them; TOML has no null."""
    return " or ".join(_WORDS.get(name, name) for name in types[1].split(" | ") if name != "null") or "nothing"


def _literals(kind: Any) -> tuple[Any, ...]:
    """The values of a Literal, also where it is one of several types."""
    bare = _bare(kind)
    if get_origin(bare) is Literal:
        return get_args(bare)
    if get_origin(bare) in (Union, types.UnionType):
        return tuple(value for each in get_args(bare) for value in _literals(each))
    return ()


def description(kind: Any) -> str:
    """What the specs say of a field; empty where they say nothing."""
    notes = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return next((str(note.description) for note in notes if getattr(note, "description", None)), "")


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind
