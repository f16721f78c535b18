"""What the headings of a changelog mean for the next version, and the cutting of one."""

from __future__ import annotations

import re

from packaging.version import Version

from release.changelog.headings import Section, day_of, find, sections, version_in
from release.commands import command
from release.errors import ReleaseError

__all__ = ["cut", "day_of", "find", "next_version", "sections"]

_IN_BRACKETS = re.compile(r"\s\(\d{4}-")
_MAJOR, _MINOR, _PATCH = {"removed"}, {"added", "changed", "deprecated"}, {"fixed", "security"}


def next_version(text: str, last: Version | None, name: str = "CHANGELOG.md") -> Version:
    """What the Unreleased headings call for after `last` (Semantic Versioning 2.0.0); `name` is the file, for errors.

    Removed: major. Added, Changed, Deprecated: minor. Fixed, Security: patch. Below 1.0.0 one step less for Removed,
    since anything may change there. The first release is 0.1.0. ReleaseError where there is nothing to release.
    """
    headings = _unreleased(text, name).headings()
    unknown = headings - _MAJOR - _MINOR - _PATCH
    if unknown or not headings:
        raise ReleaseError(
            f"these headings say no kind of change: {', '.join(sorted(unknown)) or 'entries without a heading'}",
            where=f"{name}, [Unreleased]",
            do=f"use Added, Changed, Deprecated, Removed, Fixed or Security, or name it: {command('version', '1.4.0')}",
        )
    if last is None:
        return Version("0.1.0")
    epoch, major, minor, patch = last.epoch, last.major, last.minor, last.micro
    if last.is_prerelease:
        return Version(last.base_version)
    if headings & _MAJOR and major > 0:
        return Version(f"{epoch}!{major + 1}.0.0")
    if headings & (_MAJOR | _MINOR):
        return Version(f"{epoch}!{major}.{minor + 1}.0")
    return Version(f"{epoch}!{major}.{minor}.{patch + 1}")


def cut(text: str, version: Version, day: str, name: str = "CHANGELOG.md") -> str:
    """The file with the Unreleased entries moved under the version and its date, and an empty Unreleased above.

    The new heading is written as the one before it is, or else as Unreleased is; line ends are the file's own.
    """
    if find(text, version) is not None:
        raise ReleaseError(f"there is a section for {version} already", where=name, do="choose the next version")
    section = _unreleased(text, name)
    lines = text.splitlines()
    end = section.first + section.height
    mark = "\r\n" if text.count("\r\n") > text.count("\n") / 2 else "\n"
    return mark.join([*lines[:end], "", *_heading(text, section, version, day), *lines[end:], ""])


def _unreleased(text: str, name: str) -> Section:
    section = find(text, None)
    if section is None or not section.entries():
        raise ReleaseError(
            "nothing is written under [Unreleased]", where=name,
            do="write what changes for users, under ### headings; or under a heading of the version, and name it: "
            + command("version", "1.4.0"),
        )  # fmt: skip
    return section


def _heading(text: str, unreleased: Section, version: Version, day: str) -> list[str]:
    """The lines of a new section's heading, in the file's own style."""
    lines = text.splitlines()
    known = [one for one in sections(text) if version_in(one.name) and one.height == unreleased.height]
    model = known[0] if known else unreleased
    before, _, after = lines[model.first].partition(model.name)
    named = f"{before}{'v' if model.name.startswith('v') else ''}{version}{']' if '[' in before else ''}"
    dated = f"{named} ({day})" if _IN_BRACKETS.search(after) else f"{named} - {day}"
    return [dated] if unreleased.height == 1 else [dated, lines[unreleased.first + 1].strip()[0] * len(dated)]
