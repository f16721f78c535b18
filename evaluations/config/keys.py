"""Key paths of a TOML file: how they are written, which line they are on, and what a misspelt name was meant to be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

from evaluations.config.toml import TOMLDecodeError, loads
from evaluations.model import Json

KeyPath = tuple[str | int, ...]
"""The keys from the top; a number is a place in an array, from 0."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def dotted(path: KeyPath) -> str:
    """As TOML writes it: `functions.F.variants."gpt-4.1".stop[0]`."""
    parts = []
    for key in path:
        if isinstance(key, int):
            parts.append(f"[{key}]")
        elif _BARE.fullmatch(key):
            parts.append(f".{key}")
        else:
            parts.append('."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"')
    return "".join(parts).lstrip(".")


def advise(name: str, known: Iterable[str], *, otherwise: str) -> str:
    """What to do about an unknown name: the nearest known one, or all of them, or `otherwise` where there are none."""
    names = {each.lower(): each for each in known}
    near = difflib.get_close_matches(name.lower(), names, 1)
    if near:
        return f'write "{names[near[0]]}", if that is what is meant'
    return f"known here: {', '.join(names.values())}" if names else otherwise


def line_of(text: str, path: KeyPath) -> int | None:
    """The line, from 1, where the key begins, or the nearest table above it. None where the file has none of it.

    `text` is TOML that was read before; the parser tells no places, so it is asked once more for each statement alone.
    """
    best, found = 0, None
    for line, table, keys in _statements(text):
        shared = _shared(path, table, keys)
        if shared > best:
            best, found = shared, line
    return found


@lru_cache(maxsize=1)  # many problems of one file are placed one after the other
def _statements(text: str) -> tuple[tuple[int, KeyPath, Json], ...]:
    """Each statement: its first line, the table that it is in or begins, and the keys that it gives there."""
    found: list[tuple[int, KeyPath, Json]] = []
    table: KeyPath = ()
    arrays: dict[KeyPath, int] = {}
    first, statement = 1, ""
    for number, line in enumerate(text.split("\n"), 1):
        statement += line + "\n"
        try:
            keys = loads(statement)
        except TOMLDecodeError:
            continue  # a value of several lines goes on
        if statement.lstrip().startswith("["):
            table, keys = _header(keys, arrays), {}
        found.append((first, table, keys))
        first, statement = number + 1, ""
    return tuple(found)


def _header(keys: Json, arrays: dict[KeyPath, int]) -> KeyPath:
    """The path of the table that a header alone was read as; `arrays` has the last index of each array of tables."""
    path: KeyPath = ()
    while keys:
        ((key, keys),) = keys.items()
        path += (key,)
        if isinstance(keys, list):
            arrays[path] = arrays.get(path, -1) + 1
            keys = keys[0]
        if path in arrays:
            path += (arrays[path],)
    return path


def _shared(path: KeyPath, table: KeyPath, keys: Json) -> int:
    """How many of the first keys of `path` a statement has."""
    for place, (one, other) in enumerate(zip(path, table)):  # noqa: B905 - either may be the longer one
        if one != other:
            return place
    shared = min(len(path), len(table))
    for key in path[shared:]:
        try:
            keys = keys[key]
        except (LookupError, TypeError):
            break
        shared += 1
    return shared
