"""A package index that is a folder: pip and uv install from it by file URL, or from any web server that shows it.

    ROOT/files/<sha256>/<name>              wheels and sdists, never changed; <name>.metadata beside a wheel (PEP 658)
    ROOT/generations/<digest>/simple/...    the pages of one listing, and SHA256SUMS, whose sha256 is <digest>
    ROOT/<channel> -> generations/<digest>  what users follow; all pages of a channel change at one moment

`(cd ROOT/stable && sha256sum -c SHA256SUMS)` checks a channel by hand.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from pathlib import Path

from release import durable
from release.errors import ConfigError, Tampered
from release.model import Artifact, Fence, Holding, Listed, Listing
from release.targets import simple_pages
from release.targets.fencing import fenced, seal
from release.targets.resolvers import obtain_wheel

_KEPT = 5
"""Generations that stay besides those that channels point to, for readers that are in the middle of one."""
_SUMS = "SHA256SUMS"
_CHANNEL = re.compile(r"(?!(?:files|generations)$)[a-z0-9][a-z0-9._-]*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_PUT_BACK = "keep a copy to find out who changed it, put it back from a target that has it, and run the command again"
_ANEW = "keep a copy to find out who changed it, remove the generation and the links to it, and run the command again"
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


class StaticIndex:
    """The static index in the folder `root`, for one project; a release.targets.Target."""

    takes = simple_pages.KINDS
    embedded = True

    def __init__(self, name: str, root: Path, project: str) -> None:
        self.name = name
        self.root = root.absolute()
        self.project = simple_pages.normalised(project)

    def seal(self, fence: Fence) -> None:
        seal(self.root, fence)

    def ask(self, artifact: Artifact) -> Holding:
        """A wheel without its metadata file counts as absent, so that `put` completes it."""
        places = self._places(artifact)
        there = [path for path in places if path.exists()]
        for path in there:
            _compare(path, places[path])
        return Holding.SAME if len(there) == len(places) else Holding.ABSENT

    def put(self, artifact: Artifact, source: Path, fence: Fence) -> None:
        """Tampered where `source`, or the METADATA in it, is not what the artifact says."""
        _compare(source, artifact.sha256)
        with fenced(self.root, fence):
            if self.ask(artifact) is Holding.SAME:
                return
            place, *beside = self._places(artifact)
            metadata = [(path, _metadata(source, artifact)) for path in beside]
            fence.check()
            _sweep(place.parent)
            for path, data in metadata:
                durable.write_bytes(path, data)
            durable.copy_file(source, place)

    def pointer(self, listing: Listing) -> str:
        return _digest(simple_pages.checksums(simple_pages.render(self.project, listing)))

    def serving(self, channel: str) -> str | None:
        link = self._link(channel)
        while True:
            seen = _stamp(link)
            digest = self._followed(channel)
            if digest is None:
                return None
            try:
                self._check(digest)
            except Tampered:
                # A reader has no lock: what it was reading may be gone because the channel has moved on.
                if _stamp(link) == seen:
                    raise
            else:
                return digest

    def point(self, channel: str, listing: Listing, fence: Fence) -> None:
        """Tampered where pages that are there already differ, or a file is gone that the listing gives to users."""
        pages = simple_pages.render(self.project, listing)
        pages[_SUMS] = simple_pages.checksums(pages)
        digest = _digest(pages[_SUMS])
        with fenced(self.root, fence):
            self._followed(channel)
            self._hold_all(listing)
            generation = self._generation(digest)
            staging = generation.with_name(f".tmp-{digest}")
            _sweep(self.root)
            _sweep(generation.parent)
            if generation.exists():
                self._check(digest)
            else:
                _write(staging, pages)
            fence.check()
            if staging.exists():
                staging.rename(generation)
            self._prune(digest)
            durable.point_link(self.root / channel, f"generations/{digest}")

    def obtain(self, channel: str, expected: Listed, destination: Path, *, pinned: bool) -> Path:
        """The wheel that pip downloads, and that uv chooses too."""
        return obtain_wheel(self.address(channel), self.project, expected, destination, pinned=pinned)

    def recover(self, artifact: Artifact, destination: Path) -> Path:
        """Into the folder `destination`, under the artifact's name. Tampered where it is not there."""
        place = next(iter(self._places(artifact)))
        _compare(place, artifact.sha256)
        copy = destination / artifact.name
        durable.copy_file(place, copy)
        _compare(copy, artifact.sha256)
        return copy

    def address(self, channel: str) -> str:
        """For `pip install --index-url`."""
        return f"{(self._link(channel) / 'simple').as_uri()}/"

    def _link(self, channel: str) -> Path:
        if not _CHANNEL.fullmatch(channel):
            raise ConfigError(
                f"{channel!r} can't be the name of a channel here",
                where=f"tool.release.targets.{self.name}",
                do="use small letters, digits, '-', '_' and '.', and neither 'files' nor 'generations'",
            )
        return self.root / channel

    def _generation(self, digest: str) -> Path:
        return self.root / "generations" / digest

    def _followed(self, channel: str) -> str | None:
        """The digest that the channel's link names, or None where there is no link."""
        link = self._link(channel)
        try:
            folder, _, digest = str(link.readlink()).rpartition("/")
        except FileNotFoundError:
            return None
        except OSError:
            folder, digest = "", ""
        if folder != "generations" or not _SHA256.fullmatch(digest):
            raise _tampered(link, "is not a link to a generation of pages", "move it away, and run the command again")
        return digest

    def _places(self, artifact: Artifact) -> dict[Path, str]:
        """The files that the pool has for an artifact, with the sha256 of each; the artifact itself is the first."""
        if not (_NAME.fullmatch(artifact.name) and _SHA256.fullmatch(artifact.sha256)):
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
                            raise _tampered(path, "is missing")

    def _check(self, digest: str) -> None:
        """Tampered where a generation is not, byte for byte, what its name says."""
        folder = self._generation(digest)
        _compare(folder / _SUMS, digest, do=_ANEW)
        try:
            lines = (folder / _SUMS).read_text(encoding="ascii", errors="replace").splitlines()
            paths = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
        except FileNotFoundError:
            raise _tampered(folder, "was removed while it was read", _ANEW) from None
        pages = {path: sha256 for sha256, _, path in (line.partition("  ") for line in lines)}
        files = {str(path.relative_to(folder)) for path in paths}
        for page in sorted(pages.keys() | files - {_SUMS}):
            if page not in pages:
                raise _tampered(folder / page, "is not one of the pages", _ANEW)
            _compare(folder / page, pages[page], do=_ANEW)

    def _prune(self, digest: str) -> None:
        """Remove old generations and make the others durable.

        Called before the flip, so that the generation which users are reading now stays until the next one.
        """
        needed = {digest, *(path.readlink().name for path in self.root.iterdir() if path.is_symlink())}
        folder = self.root / "generations"
        spare = [path for path in folder.iterdir() if _SHA256.fullmatch(path.name) and path.name not in needed]
        for path in sorted(spare, key=lambda path: path.stat().st_mtime_ns)[:-_KEPT]:
            # Never half a generation under its name, even when this is killed.
            path.rename(folder / f".tmp-{path.name}")
        # The new generation has to be there after a crash, before a link leads to it.
        durable.sync_folder(folder)
        _sweep(folder)


def _stamp(link: Path) -> tuple[int, int] | None:
    """Tells one flip of a link from another, also where both lead to the same place."""
    try:
        status = link.lstat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def _write(folder: Path, pages: dict[str, bytes]) -> None:
    for name, data in pages.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    durable.sync_tree(folder)


def _sweep(folder: Path) -> None:
    """Remove what a killed run left behind; only for the one writer that a fence lets in."""
    for path in folder.glob(".tmp-*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _metadata(wheel: Path, artifact: Artifact) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [archive.read(name) for name in archive.namelist() if _METADATA.fullmatch(name)]
    except zipfile.BadZipFile:
        found = []
    if len(found) != 1 or _digest(found[0]) != artifact.metadata_sha256:
        raise _tampered(wheel, f"does not hold one METADATA with sha256 {artifact.metadata_sha256}")
    return found[0]


def _compare(path: Path, sha256: str, *, do: str = _PUT_BACK) -> None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except FileNotFoundError:
        raise _tampered(path, "is missing", do) from None
    if digest.hexdigest() != sha256:
        raise _tampered(path, f"has sha256 {digest.hexdigest()}, not {sha256}", do)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _tampered(path: Path, how: str, do: str = _PUT_BACK) -> Tampered:
    return Tampered(f"{path.name} {how}", where=str(path), do=do)
