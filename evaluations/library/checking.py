"""Whether what a program gave is of the types and within the bounds of the specs, in the words of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import msgspec

from evaluations.config.keys import dotted
from evaluations.config.strict import flaws
from evaluations.errors import UsageError
from evaluations.model import Json


def check_spec(spec: msgspec.Struct, where: str = "") -> None:
    """Raise UsageError for a spec that no file could have given: what Python makes, msgspec does not look at."""
    try:
        value = msgspec.to_builtins(spec)
    except (TypeError, RecursionError) as error:
        raise UsageError(f"the settings hold what no configuration can: {error}", where=where, do="mend them") from None
    check(value, type(spec), where)


def check(value: Json, kind: Any, where: str = "") -> None:
    """Raise UsageError with the key path of the first thing that is wrong with a value for that type."""
    for flaw in flaws(value, kind):
        path = ".".join(part for part in (where, dotted(flaw.path)) if part)
        raise UsageError(flaw.what, where=path, do=flaw.do)


def path_of(given: object, where: str) -> Path:
    """A path that a program gave. Raises UsageError for what is none, and for an empty one: it names this folder."""
    if not isinstance(given, (str, Path)):
        raise UsageError(f"a {type(given).__name__} is no path", where=where, do="give a path")
    if not str(given):
        raise UsageError("the path is empty", where=where, do="give a path")
    return Path(given)


def plain(value: object) -> Json:
    """A value as a configuration has it: what is a number, a text or a mapping for Python, such as numpy's, is one."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
