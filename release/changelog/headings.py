"""The sections of a changelog in the form of Keep a Changelog. Pure.

Markdown, with `## [1.2.0] - 2026-01-01`, `## 1.2.0`, `## v1.2.0 (2026-01-01)`; or underlined headings, as in
reStructuredText.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

_LEAD = r"(?:[A-Za-z][\w.-]* +(?=\[?v?\d+\.\d))?"
"""A word that may stand before the version: `Version 1.2.0`, `sample 1.2.0`."""
_SECTION = re.compile(rf"^## +{_LEAD}\[?(?P<name>[^\]\s]+)\]?")
_TITLE = re.compile(rf"^{_LEAD}\[?(?P<name>unreleased|v?\d[^\]\s]*)\]?", re.IGNORECASE)
_UNDERLINE = re.compile(r"^(?P<mark>[=~^\"'*+#`:._-])(?P=mark){2,} *$")
_HEADING = re.compile(r"^### +(?P<name>\S.*?) *$")
_LINK = re.compile(r"^(?:\[[^\]]+\]|\.\. _[^:]+): +\S+ *$")
_REMARK = re.compile(r"^\.\.(?: (?!.*::).*)?$|^<!--.*-->$")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Section:
    """One version's part of the file."""

    name: str
    """As written: `Unreleased` or a version."""
    first: int
    """Index of the heading's line."""
    lines: tuple[str, ...]
    """What stands below the heading."""

    height: int = 1
    """How many lines the heading has: 2 where it is underlined."""

    def entries(self) -> list[str]:
        """Lines that say something: neither empty nor headings, nor the addresses of links at the end of the file."""
        return [line for heading, line in self._told() if not heading]

    def headings(self) -> set[str]:
        """Lower-case names of the headings that have entries below them."""
        found, current = set(), ""
        for heading, _line in self._told():
            if heading:
                current = heading
            elif current:
                found.add(current)
        return found

    def _told(self) -> Iterator[tuple[str, str]]:
        """Each line that matters, with its name in lower case where it is a heading."""
        for index, line in enumerate(self.lines):
            if match := _HEADING.match(line):
                yield match["name"].lower(), line
            elif _is_underlined(self.lines, index):
                yield line.strip().lower(), line
            elif _says_something(line):
                yield "", line


def _says_something(line: str) -> bool:
    nothing = line.startswith("#") or _LINK.match(line) or _REMARK.match(line) or _UNDERLINE.match(line)
    return bool(line.strip()) and not nothing


def sections(text: str) -> list[Section]:
    """All sections, in the order of the file."""
    lines = text.splitlines()
    marks = [mark for index in range(len(lines)) if (mark := _mark(lines, index))]
    ends = [*(mark.first for mark in marks), len(lines)][1:]
    return [
        Section(mark.name, mark.first, tuple(lines[mark.first + mark.height : end]), mark.height)
        for mark, end in zip(marks, ends, strict=True)
    ]


@dataclass(frozen=True)
class _Mark:
    name: str
    first: int
    height: int


def _mark(lines: list[str], index: int) -> _Mark | None:
    """The heading of a section at that line: `## NAME`, or a line that names a version, underlined."""
    if match := _SECTION.match(lines[index]):
        return _Mark(match["name"], index, 1)
    match = _TITLE.match(lines[index])
    if match and _is_underlined(lines, index) and (match["name"].lower() == "unreleased" or version_in(match["name"])):
        return _Mark(match["name"], index, 2)
    return None


def _is_underlined(lines: Sequence[str], index: int) -> bool:
    words = lines[index].strip()
    return bool(words) and not _UNDERLINE.match(words) and bool(_UNDERLINE.match("".join(lines[index + 1 : index + 2])))


def version_in(name: str) -> Version | None:
    """The version that a section is named after; None where it is no version (PEP 440)."""
    try:
        return Version(name)
    except InvalidVersion:
        return None


def find(text: str, version: Version | None) -> Section | None:
    """The section of a version, or with None the Unreleased one."""
    for section in sections(text):
        if version is None:
            if section.name.lower() == "unreleased":
                return section
            continue
        if version_in(section.name) == version:
            return section
    return None


def day_of(text: str, section: Section) -> str:
    """The date in a section's heading, ISO 8601; empty where it has none."""
    found = _DAY.search(text.splitlines()[section.first])
    return found[0] if found else ""
