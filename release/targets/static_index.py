"""A package index that is a folder: pip and uv install from it by file URL, or from any web server that shows it.

    ROOT/files/<sha256>/<name>              wheels and sdists, never changed; <name>.metadata beside a wheel (PEP 658)
    ROOT/generations/<digest>/simple/...    the pages of one listing, and SHA256SUMS, whose sha256 is <digest>
    ROOT/<channel> -> generations/<digest>  what users follow; all pages of a channel change at one moment

`(cd ROOT/stable && sha256sum -c SHA256SUMS)` checks a channel by hand.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

from release import durable
from release.config import CHANNELS
from release.errors import ConfigError, Tampered
from release.model import Artifact, Fence, Finding, Holding, Listed, Listing, Sight, WayBack
from release.targets import simple_pages
from release.targets.fencing import fenced, greatest_token, seal, writable
from release.targets.generations import Generations, compare, sweep, tampered
from release.targets.resolvers import obtain_wheel

_CHANNEL = re.compile(r"(?!(?:files|generations|damaged)$)[a-z0-9][a-z0-9._-]*", re.ASCII)
_PUT_BACK = "keep a copy to find out who changed it, put it back from a target that has it, and run the command again"
_ANEW = "keep a copy to find out who changed it, remove the generation and the links to it, and run the command again"
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


class StaticIndex:
    """The static index in the folder `root`, for one project; a release.targets.Target."""

    takes = simple_pages.KINDS
    embedded = True
    channels: tuple[str, ...] = CHANNELS
    way_back = WayBack.REPOINT

    def __init__(self, name: str, root: Path, project: str) -> None:
        self.name = name
        self.root = root.absolute()
        self.project = simple_pages.normalised(project)
        self._generations = Generations(self.root)

    def greatest_token(self) -> int:
        return greatest_token(self.root)

    def seal(self, fence: Fence) -> None:
        seal(self.root, fence)

    def ask(self, artifact: Artifact) -> Holding:
        """A wheel without its metadata file counts as absent, so that `put` completes it."""
        places = self._places(artifact)
        there = [path for path in places if path.exists()]
        for path in there:
            compare(path, places[path])
        return Holding.SAME if len(there) == len(places) else Holding.ABSENT

    def put(self, artifact: Artifact, source: Path, fence: Fence) -> None:
        """Tampered where `source`, or the METADATA in it, is not what the artifact says."""
        compare(source, artifact.sha256)
        with fenced(self.root, fence):
            if self.ask(artifact) is Holding.SAME:
                return
            place, *beside = self._places(artifact)
            metadata = [(path, _metadata(source, artifact)) for path in beside]
            fence.check()
            sweep(place.parent)
            for path, data in metadata:
                durable.write_bytes(path, data)
            durable.copy_file(source, place)

    def pointer(self, listing: Listing) -> str:
        return _digest(simple_pages.checksums(simple_pages.render(self.project, listing)))

    def serving(self, channel: str) -> str | None:
        return self._generations.serving(self._link(channel))

    def look(self, channel: str, listing: Listing) -> Sight:
        return Sight.of(self.serving(channel), self.pointer(listing))

    def point(self, channel: str, listing: Listing, fence: Fence) -> None:
        """Tampered where pages that are there already differ, or a file is gone that the listing gives to users."""
        pages = simple_pages.render(self.project, listing)
        pages["SHA256SUMS"] = simple_pages.checksums(pages)
        with fenced(self.root, fence):
            self._followed(channel)
            self._hold_all(listing)
            self._generations.flip(self._link(channel), pages, fence.check)

    def caveat(self, version: str) -> str:
        return f"{self.name} still gives {version} to whoever pins it (it is yanked, PEP 592)"

    def examine(self) -> list[Finding]:
        return [writable(self.name, self.root)]

    def damaged(self) -> list[Path]:
        return [
            *(path for path in sorted((self.root / "files").glob("*/*")) if not _is_whole(path)),
            *self._generations.damaged(),
        ]

    def set_aside(self, fence: Fence) -> None:
        with fenced(self.root, fence):
            fence.check()
            durable.set_aside(self.damaged(), self.root / "damaged")

    def obtain(self, channel: str, expected: Listed, destination: Path, *, pinned: bool) -> Path:
        """The wheel that pip downloads, and that uv chooses too."""
        return obtain_wheel(self.address(channel), self.project, expected, destination, pinned=pinned)

    def recover(self, artifact: Artifact, destination: Path) -> Path:
        """Into the folder `destination`, under the artifact's name. Tampered where it is not there."""
        place = next(iter(self._places(artifact)))
        compare(place, artifact.sha256)
        copy = destination / artifact.name
        durable.copy_file(place, copy)
        compare(copy, artifact.sha256)
        return copy

    def address(self, channel: str) -> str:
        """For `pip install --index-url`."""
        return f"{(self._link(channel) / 'simple').as_uri()}/"

    def _link(self, channel: str) -> Path:
        if not _CHANNEL.fullmatch(channel):
            raise ConfigError(
                f"{channel!r} can't be the name of a channel here",
                where=f"tool.release.targets.{self.name}",
                do="use small letters, digits, '-', '_' and '.', and none of 'files', 'generations' and 'damaged'",
            )
        return self.root / channel

    def _followed(self, channel: str) -> str | None:
        return self._generations.followed(self._link(channel))

    def _places(self, artifact: Artifact) -> dict[Path, str]:
        """The files that the pool has for an artifact, with the sha256 of each; the artifact itself is the first."""
        if not artifact.is_plain():
            raise Tampered(
                f"{artifact.name!r} with sha256 {artifact.sha256!r} can't be a file of an index",
                where=f"target {self.name}",
                do="compare the ledger with its remote; a build never gives such a name",
            )
        place = self.root / "files" / artifact.sha256 / artifact.name
        places = {place: artifact.sha256}
        if artifact.metadata_sha256 is not None:
            places[place.with_name(f"{place.name}.metadata")] = artifact.metadata_sha256
        return places

    def _hold_all(self, listing: Listing) -> None:
        """Tampered where a file is gone that a user of the listing could be given."""
        for listed in listing.releases:
            for artifact in listed.artifacts:
                if listed.withdrawn is None and artifact.kind in self.takes:
                    for path in self._places(artifact):
                        if not path.is_file():
                            raise tampered(path, "is missing")


def _metadata(wheel: Path, artifact: Artifact) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [archive.read(name) for name in archive.namelist() if _METADATA.fullmatch(name)]
    except zipfile.BadZipFile:
        found = []
    if len(found) != 1 or _digest(found[0]) != artifact.metadata_sha256:
        raise tampered(wheel, f"does not hold one METADATA with sha256 {artifact.metadata_sha256}")
    return found[0]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _is_whole(path: Path) -> bool:
    """Whether a file of the pool is what its folder says; a metadata file, what the wheel beside it says."""
    if path.suffix != ".metadata":
        return path.name.startswith(".tmp-") or _digest(path.read_bytes()) == path.parent.name
    try:
        if not _is_whole(path.with_suffix("")):
            return False
        with zipfile.ZipFile(path.with_suffix("")) as wheel:
            return path.read_bytes() in [wheel.read(name) for name in wheel.namelist() if _METADATA.fullmatch(name)]
    except (OSError, zipfile.BadZipFile):
        return False
