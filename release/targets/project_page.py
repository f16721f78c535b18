"""Compares what an index shows of a project with what a channel should list. Pure, but for hashes that no page has.

What a channel serves is known by the files that users without a pin get: of the highest version that is not withdrawn,
and final unless there are only pre-releases. Older files, from before this engine, do no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from release.errors import Tampered
from release.model import Artifact, Listed, Listing, Match, Sight
from release.targets.simple_index import PageFile
from release.targets.simple_pages import KINDS


class ProjectPage:
    """The files of a project on an index, at one moment."""

    def __init__(self, files: Mapping[str, PageFile], sha256: Callable[[PageFile], str], where: str) -> None:
        """`sha256` tells a file's hash; `where` is the index, for messages."""
        self.files = files
        self._sha256 = sha256
        self._where = where

    def serving(self) -> str | None:
        """The digest of what users without a pin get."""
        top = _highest(self._standing)
        return None if top is None else _digest((file.name, self._sha256(file)) for file in self._standing[top])

    def lacks(self, listed: Listed) -> list[Artifact]:
        """The release's files that are not there. Tampered where other bytes are there under such a name."""
        return [artifact for artifact in files_of(listed) if not self.has(artifact)]

    def has(self, artifact: Artifact) -> bool:
        """Whether the file is there. Tampered where other bytes have its name."""
        file = self.files.get(artifact.name)
        if file is None:
            return False
        found = self._sha256(file)
        if found != artifact.sha256:
            raise Tampered(
                f"{artifact.name} there has sha256 {found}, the ledger has {artifact.sha256}", where=self._where,
                do="find out who uploaded it; an index keeps a name for its first bytes, so release the next version",
            )  # fmt: skip
        return True

    def shows(self, listed: Listed) -> bool:
        """Whether any file of the release is there."""
        return any(artifact.name in self.files for artifact in files_of(listed))

    def yanked(self, listed: Listed) -> bool:
        """Whether somebody yanked a file of the release (PEP 592)."""
        return any(self.files[a.name].yanked for a in files_of(listed) if a.name in self.files)

    def look(self, listing: Listing, *, removable: bool) -> Sight:
        """What it serves, and whether it shows the listing, where releases can be removed from it, or can't."""
        return Sight(self._match(listing, removable=removable), self.serving())

    def _match(self, listing: Listing, *, removable: bool) -> Match:
        top = given(listing)
        whole = not any(self.lacks(listed) or self.yanked(listed) for listed in needed(listing, removable=removable))
        left = removable and any(self.shows(listed) for listed in going(listing))
        if whole and not left and (top is None or self.serving() == pointer(listing)):
            return Match.SAME
        return Match.OTHER if self._has_strangers(listing, top) else Match.PARTLY

    def _has_strangers(self, listing: Listing, top: Listed | None) -> bool:
        """Whether users could be given something that the listing does not have, of now or of before."""
        names = {artifact.name for listed in (*listing.releases, *listing.gone) for artifact in files_of(listed)}
        known = {Version(listed.version) for listed in (*listing.releases, *listing.gone)}
        goal = Version(top.version) if top else None
        for version, files in self._standing.items():
            strange = any(file.name not in names for file in files)
            above = goal is not None and version > goal and (goal.is_prerelease or not version.is_prerelease)
            if strange and (version in known or above):
                return True
        return False

    @cached_property
    def _standing(self) -> dict[Version, list[PageFile]]:
        found: dict[Version, list[PageFile]] = {}
        for file in self.files.values():
            version = _version(file.name)
            if version is not None and not file.yanked:
                found.setdefault(version, []).append(file)
        return found


def given(listing: Listing) -> Listed | None:
    """The release that a resolver gives to users without a pin."""
    standing = {Version(listed.version): listed for listed in listing.releases if listed.withdrawn is None}
    top = _highest(standing)
    return None if top is None else standing[top]


def needed(listing: Listing, *, removable: bool) -> list[Listed]:
    """The releases that have to be there, lowest first.

    From an index that removes nothing, somebody may have deleted an old release by hand, and it can't be uploaded
    again: that must not stop the next one.
    """
    standing = [listed for listed in listing.releases if listed.withdrawn is None]
    if removable:
        return standing
    newest = {listed.version for listed in (given(listing), listing.current()) if listed is not None}
    return [listed for listed in standing if listed.version in newest]


def going(listing: Listing) -> list[Listed]:
    """The releases that may not be there."""
    return [*(listed for listed in listing.releases if listed.withdrawn is not None), *listing.gone]


def pointer(listing: Listing) -> str | None:
    """The digest that `ProjectPage.serving` gives for a page with this listing."""
    top = given(listing)
    return None if top is None else _digest((artifact.name, artifact.sha256) for artifact in files_of(top))


def files_of(listed: Listed) -> list[Artifact]:
    """The artifacts of a release that an index takes."""
    return [artifact for artifact in listed.artifacts if artifact.kind in KINDS]


def _highest(versions: Iterable[Version]) -> Version | None:
    every = list(versions)
    return max([version for version in every if not version.is_prerelease] or every, default=None)


def _version(name: str) -> Version | None:
    """The version in a file's name; None for what is neither a wheel nor an sdist, which resolvers pass over too."""
    try:
        return parse_wheel_filename(name)[1] if name.endswith(".whl") else parse_sdist_filename(name)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def _digest(files: Iterable[tuple[str, str]]) -> str:
    text = "".join(f"{sha256}  {name}\n" for name, sha256 in sorted(files))
    return hashlib.sha256(text.encode()).hexdigest()
