"""Takes out of a file what TensorZero knows and the specs don't: what has no meaning here in silence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

from evaluations.config.keys import KeyPath, advise
from evaluations.config.strict import Flaw
from evaluations.config.tensorzero import IGNORED, REFUSED, REFUSED_TYPES
from evaluations.model import Json

_T = TypeVar("_T")
_TABLES = ("gateway", "provider_types")
"""Tables of which the specs know nothing at all."""


def sift(file: Json) -> tuple[Json, list[Flaw]]:
    """The file without what is ignored or refused, and a flaw for all that is refused."""
    left, flaws = _sift(file, ())
    for table in _TABLES:
        rest = left.pop(table, {})
        if not isinstance(rest, dict):
            flaws.append(Flaw((table,), "this must be a table", f"write [{table}]"))
            continue
        known = sorted({key.split(".")[1] for key in (*IGNORED, *REFUSED) if key.startswith(f"{table}.")})
        flaws += [
            Flaw((table, key), f'"{key}" is no key here', advise(key, known, otherwise="take it out"))
            for key, value in rest.items()
            if value != {}
        ]
    return left, flaws


def _sift(value: Json, path: KeyPath) -> tuple[Json, list[Flaw]]:
    if not isinstance(value, dict):
        return value, []
    left: dict[str, Json] = {}
    flaws: list[Flaw] = []
    for key, each in value.items():
        below = (*path, key)
        refusal, kind = rule_for(REFUSED, below), each.get("type") if isinstance(each, dict) else None
        types = rule_for(REFUSED_TYPES, below) or {}
        if refusal is not None and each is not False:
            flaws.append(Flaw(below, *refusal))
        elif isinstance(kind, str) and kind in types:
            flaws.append(Flaw((*below, "type"), f'"{kind}": {types[kind][0]}', types[kind][1]))
        elif refusal is None and rule_for(IGNORED, below) is None:
            left[key], more = _sift(each, below)
            flaws += more
    return left, flaws


def rule_for(rules: Mapping[str, _T], path: KeyPath) -> _T | None:
    """What stands for a key path in a table of rules."""
    for pattern, rule in rules.items():
        keys = _keys(pattern)
        if len(keys) == len(path) and all(key in ("*", given) for key, given in zip(keys, path, strict=True)):
            return rule
    return None


@cache
def _keys(pattern: str) -> list[str]:
    return pattern.split(".")
