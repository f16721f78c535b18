"""Whether two archives of different versions hold the same, member by member, but for what a version writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from packaging.version import Version

from release.archives import members

_LISTS = re.compile(r"(^|/)[^/]+\.dist-info/RECORD$")
"""RECORD has the hash of each file (binary distribution format), so it differs wherever a version stands."""


def compare(one: Path, other: Path, names: Mapping[str, str]) -> tuple[int, list[str]]:
    """How many members were compared, and the names of those that differ.

    `names` has the two versions, each with its commit's id. A version is taken out of names and contents, as it is, as
    a tuple of its numbers, and its commit's id too, in any length that git shows; times and owners do not count.
    """
    words = _words(names)
    first, second = (dict(_members(path, words)) for path in (one, other))
    every = sorted(first.keys() | second.keys())
    return len(every), [name for name in every if first.get(name) != second.get(name)]


def _words(names: Mapping[str, str]) -> re.Pattern[bytes]:
    forms = set()
    for version, commit in names.items():
        numbers = ", ".join(str(number) for number in Version(version).release)
        forms |= {re.escape(version), re.escape(numbers), *(_prefixes(commit))}
    return re.compile("|".join(sorted(forms, key=len, reverse=True)).encode())


def _prefixes(commit: str) -> Iterator[str]:
    """A commit's id as git shortens it: seven letters or more."""
    yield f"{re.escape(commit[:7])}[0-9a-f]{{0,{len(commit) - 7}}}"


def _members(path: Path, words: re.Pattern[bytes]) -> Iterator[tuple[str, tuple[bytes, int]]]:
    for name, member in members(path):
        plain = words.sub(b"{version}", name.encode()).decode()
        data = member.data or member.link.encode()
        yield plain, (_names_only(data, words) if _LISTS.search(name) else words.sub(b"{version}", data), member.mode)


def _names_only(data: bytes, words: re.Pattern[bytes]) -> bytes:
    return b"\n".join(sorted(words.sub(b"{version}", line.partition(b",")[0]) for line in data.splitlines()))
