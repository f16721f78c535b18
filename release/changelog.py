"""CHANGELOG.md in the form of Keep a Changelog: sections by version, and what their headings mean for the next one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from release.errors import ReleaseError

_SECTION = re.compile(r"^## +\[?(?P<name>[^\]\s]+)\]?(?P<rest>.*)$")
_HEADING = re.compile(r"^### +(?P<name>\S.*?) *$")
_LINK = re.compile(r"^\[[^\]]+\]: +\S+ *$")
_MAJOR, _MINOR, _PATCH = {"removed"}, {"added", "changed", "deprecated"}, {"fixed", "security"}


@dataclass(frozen=True)
class Section:
    """One version's part of the file."""

    name: str
    """As written: `Unreleased` or a version."""
    first: int
    """Index of the heading's line."""
    lines: tuple[str, ...]
    """What stands below the heading."""

    def entries(self) -> list[str]:
        """Lines that say something: neither empty nor headings, nor the addresses of links at the end of the file."""
        return [line for line in self.lines if _says_something(line)]

    def headings(self) -> set[str]:
        """Lower-case names of the headings that have entries below them."""
        found, current = set(), ""
        for line in self.lines:
            match = _HEADING.match(line)
            if match:
                current = match["name"].lower()
            elif _says_something(line) and current:
                found.add(current)
        return found


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#") and not _LINK.match(line)


def sections(text: str) -> list[Section]:
    """All sections, in the order of the file."""
    lines = text.splitlines()
    marks = [(index, match) for index, line in enumerate(lines) if (match := _SECTION.match(line))]
    ends = [*(index for index, _ in marks), len(lines)][1:]
    return [
        Section(match["name"], index, tuple(lines[index + 1 : end]))
        for (index, match), end in zip(marks, ends, strict=True)
    ]


def find(text: str, version: Version | None) -> Section | None:
    """The section of a version, or with None the Unreleased one."""
    for section in sections(text):
        if version is None:
            if section.name.lower() == "unreleased":
                return section
            continue
        try:
            if Version(section.name) == version:
                return section
        except InvalidVersion:
            continue
    return None


def next_version(text: str, last: Version | None) -> Version:
    """What the Unreleased headings call for after `last` (Semantic Versioning 2.0.0).

    Removed: major. Added, Changed, Deprecated: minor. Fixed, Security: patch. Below 1.0.0 one step less for Removed,
    since anything may change there. The first release is 0.1.0. ReleaseError where there is nothing to release.
    """
    section = find(text, None)
    if section is None or not section.entries():
        raise ReleaseError(
            "nothing is written under [Unreleased]",
            where="CHANGELOG.md",
            do="write what changes for users, under ### headings",
        )
    headings = section.headings()
    unknown = headings - _MAJOR - _MINOR - _PATCH
    if unknown or not headings:
        raise ReleaseError(
            f"these headings say no kind of change: {', '.join(sorted(unknown)) or 'entries without a heading'}",
            where="CHANGELOG.md, [Unreleased]",
            do="use Added, Changed, Deprecated, Removed, Fixed or Security",
        )
    if last is None:
        return Version("0.1.0")
    major, minor, patch = last.major, last.minor, last.micro
    if last.is_prerelease:
        return Version(last.base_version)
    if headings & _MAJOR and major > 0:
        return Version(f"{major + 1}.0.0")
    if headings & (_MAJOR | _MINOR):
        return Version(f"{major}.{minor + 1}.0")
    return Version(f"{major}.{minor}.{patch + 1}")


def cut(text: str, version: Version, day: str) -> str:
    """The file with the Unreleased entries moved under the version and its date, and an empty Unreleased above."""
    if find(text, version) is not None:
        raise ReleaseError(
            f"there is a section for {version} already", where="CHANGELOG.md", do="choose the next version"
        )
    section = find(text, None)
    if section is None or not section.entries():
        raise ReleaseError(
            "nothing is written under [Unreleased]", where="CHANGELOG.md", do="write what changes for users"
        )
    lines = text.splitlines()
    head = [*lines[: section.first + 1], "", f"## [{version}] - {day}"]
    return "\n".join([*head, *lines[section.first + 1 :]]) + "\n"
