"""A TOML table that is read strictly: every value of its kind, every key asked for, every error with its key path."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TypeVar

from release.errors import ConfigError
from release.model import Json

T = TypeVar("T")
_NAMES: Mapping[type, str] = {str: "a string", int: "a whole number", list: "a list", dict: "a table"}
"""Kinds of value, as TOML and people call them."""


class Table:
    """A table, its key path, and the keys that were asked for."""

    def __init__(self, data: Json, path: str, elsewhere: Mapping[str, str] | None = None) -> None:
        """`elsewhere` has the key paths of keys that stand in another table and take the place of this one's."""
        if data is None:
            raise ConfigError(f"pyproject.toml has no [{path}]", where=path, do="add it, see docs/configuration.md")
        if not isinstance(data, dict):
            raise ConfigError("this must be a table", where=path, do=f"write [{path}]")
        self._data = data
        self._asked: set[str] = set()
        self.path = path
        self._elsewhere = elsewhere or {}

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        return key in self._data

    def path_of(self, key: str) -> str:
        """The key path of a key."""
        return self._elsewhere.get(key, f"{self.path}.{key}")

    def names(self) -> list[str]:
        """Its keys, in the order of the file."""
        return list(self._data)

    def table(self, key: str, *, required: bool = False) -> Table:
        """The table below; an empty one where it is not there, or a ConfigError where it is required."""
        self._asked.add(key)
        return Table(self._data.get(key, None if required else {}), self.path_of(key))

    def value(self, key: str, kind: type[T], default: T) -> T:
        """The value of a key. ConfigError where it is of another kind; a truth value is no number."""
        self._asked.add(key)
        if key not in self._data:
            return default
        found = self._data[key]
        if not isinstance(found, kind) or isinstance(found, bool):
            raise ConfigError(
                f"this must be {_NAMES[kind]}, not {found!r}",
                where=self.path_of(key),
                do="see docs/configuration.md",
            )
        return found

    def count(self, key: str, default: int, unit: str) -> int:
        """A whole number of something that can't be less than none. ConfigError where it is."""
        found = self.value(key, int, default)
        if found < 0:
            raise ConfigError(
                f"{found} {unit} can't be", where=self.path_of(key), do=f"use 0 or more, such as {default}"
            )
        return found

    def flag(self, key: str, *, default: bool) -> bool:
        """A truth value."""
        self._asked.add(key)
        found = self._data.get(key, default)
        if not isinstance(found, bool):
            raise ConfigError(
                f"this must be true or false, not {found!r}", where=self.path_of(key), do="see docs/configuration.md"
            )
        return found

    def required(self, key: str, kind: type[T]) -> T:
        """The same for a key that must be there."""
        if key not in self._data:
            raise ConfigError("this key is missing", where=self.path_of(key), do="add it, see docs/configuration.md")
        return self.value(key, kind, kind())

    def strings(self, key: str) -> tuple[str, ...]:
        """A list of strings, none of them empty; an empty one where the key is not there."""
        found: list[Json] = self.value(key, list, [])
        if not all(isinstance(item, str) and item for item in found):
            raise ConfigError("this must be a list of strings", where=self.path_of(key), do="see docs/configuration.md")
        return tuple(found)

    def refuse_unknown(self) -> None:
        """ConfigError where it has a key that nobody asked for, with the nearest one that is known."""
        for key in self._data:
            if key not in self._asked:
                near = difflib.get_close_matches(key, self._asked, 1)
                raise ConfigError(
                    "there is no such key", where=self.path_of(key),
                    do=f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(self._asked))}",
                )  # fmt: skip
