"""Names that the configuration refers to."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TypeVar

from evaluations.errors import UsageError

Spec = TypeVar("Spec")


def known(name: str, table: Mapping[str, Spec], where: str, kind: str) -> Spec:
    """What `name` stands for; `where` is the key path that refers to it. Raises UsageError with the nearest name."""
    if name in table:
        return table[name]
    near = get_close_matches(name, table, 1)
    do = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(table)) or 'none'}"
    raise UsageError(f"there is no {kind} {name}", where=where, do=do)
