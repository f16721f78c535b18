"""Images on disk: an OCI layout whose index.json has a tag for each version and one for each channel.

A version's tag never moves; a channel is moved by one rename of index.json. Blobs are shared and never rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from release import durable
from release.commands import command
from release.config import CHANNELS
from release.errors import ReleaseError, Tampered, VerifyFailed
from release.model import Artifact, ArtifactKind, Fence, Finding, Holding, Listed, Listing, Sight, WayBack
from release.oci.descriptor import Descriptor, is_whole, parse_index, restore
from release.oci.layout import Layout
from release.targets import fencing
from release.targets.generations import sweep
from release.targets.released_images import image_of


class OciLayout:
    """A target of images in a folder; see `release.targets.Target`."""

    takes: frozenset[ArtifactKind] = frozenset({"image"})
    embedded = True
    channels: tuple[str, ...] = CHANNELS
    way_back = WayBack.REPOINT

    def __init__(self, name: str, folder: Path, *, wait: float = fencing.WAIT) -> None:
        self.name = name
        self.folder = folder
        self._layout = Layout(folder)
        self._wait = wait
        self._seen: tuple[bytes, dict[str, Descriptor]] = b"", {}

    def greatest_token(self) -> int:
        """Of all fencing tokens that were here."""
        return fencing.greatest_token(self.folder)

    def seal(self, fence: Fence) -> None:
        """Shut out every holder of an older token; LockHeld where one does not finish its act."""
        fencing.seal(self.folder, fence, wait=self._wait)

    def ask(self, artifact: Artifact) -> Holding:
        """Whether the version's tag and all bytes of its image are there."""
        tagged = self._tagged(self._names(), artifact)
        if tagged is None:
            return Holding.ABSENT
        self._layout.verify(tagged.digest)
        return Holding.SAME

    def put(self, artifact: Artifact, source: Path, fence: Fence) -> None:
        """Copy the image of the layout `source`, and tag it with its version."""
        with self._alone(fence):
            names = self._names()
            present = self._tagged(names, artifact)
            descriptor = Layout(source).copy(artifact.digest, self._layout)
            if present is None:
                self._layout.name({**names, artifact.name: descriptor}, fence.check)

    def pointer(self, listing: Listing) -> str | None:
        """The manifest digest of the highest version that is not withdrawn."""
        artifact = image_of(listing.current())
        return artifact.digest if artifact else None

    def serving(self, channel: str) -> str | None:
        """The manifest digest of the channel's tag, after index.json and every blob of the image were verified."""
        descriptor = self._names().get(channel)
        return self._layout.verify(descriptor.digest).manifest.digest if descriptor else None

    def look(self, channel: str, listing: Listing) -> Sight:
        """By what the channel's tag serves."""
        return Sight.of(self.serving(channel), self.pointer(listing))

    def point(self, channel: str, listing: Listing, fence: Fence) -> None:
        """Move the channel's tag to the listing's current image; take the tag away where there is none."""
        digest = self.pointer(listing)
        with self._alone(fence):
            names = {name: entry for name, entry in self._names().items() if name != channel}
            if digest is not None:
                names[channel] = self._layout.verify(digest).manifest
            self._layout.name(names, fence.check)

    def obtain(self, channel: str, expected: Listed, destination: Path, *, pinned: bool) -> Path:
        """Copy the image behind the channel's tag, or with `pinned` behind the version's, as a pull does."""
        artifact = image_of(expected)
        if artifact is None:
            raise VerifyFailed(
                f"{expected.version} has no image", where=self.name, do="look at the release's artifacts"
            )
        tag = artifact.name if pinned else channel
        descriptor = self._names().get(tag)
        if descriptor is None or descriptor.digest != artifact.digest:
            found = descriptor.digest if descriptor else "nothing"
            raise VerifyFailed(
                f"{tag} gives {found}, and {expected.version} is {artifact.digest}",
                where=self.address(tag),
                do=f"see with `{command('status')}` what each channel serves",
            )
        return self.recover(artifact, destination)

    def recover(self, artifact: Artifact, destination: Path) -> Path:
        """Copy the image by its digest into the layout `destination`, under its version's tag."""
        layout = Layout(destination)
        layout.name({artifact.name: self._layout.copy(artifact.digest, layout)})
        return destination

    def caveat(self, version: str) -> str:
        """The version's own tag never moves."""
        return f"{self.address(version.replace('+', '_'))} still gives {version} to whoever names it"

    def examine(self) -> list[Finding]:
        """Whether the folder can be written."""
        return [fencing.writable(self.name, self.folder)]

    def damaged(self) -> list[Path]:
        """Blobs whose bytes have another digest, and index.json where it is unreadable or names an image not there."""
        blobs = sorted((self.folder / "blobs" / "sha256").glob("[0-9a-f]*"))
        found = [path for path in blobs if sha256(path.read_bytes()).hexdigest() != path.name]
        try:
            for descriptor in self._names().values():
                self._layout.verify(descriptor.digest)
        except (Tampered, VerifyFailed):
            found += [path for path in (self._layout.index, self._layout.mark) if path.exists()]
        return found

    def set_aside(self, fence: Fence) -> None:
        """Move them away; names are made again by `put` and `point`."""
        with fencing.fenced(self.folder, fence, wait=self._wait):
            fence.check()
            durable.set_aside(self.damaged(), self.folder / "damaged")

    def address(self, channel: str) -> str:
        """What skopeo and podman take: `oci:FOLDER:TAG`."""
        return f"oci:{self.folder}:{channel}"

    @contextmanager
    def _alone(self, fence: Fence) -> Iterator[None]:
        """Be the one writer, and remove the unfinished files of writers that were killed."""
        with fencing.fenced(self.folder, fence, wait=self._wait):
            for folder in (self.folder, self.folder / "blobs" / "sha256"):
                sweep(folder)
            yield

    def _names(self) -> dict[str, Descriptor]:
        """The tags, from an index.json that is in every byte as this class writes it; empty before the first act."""
        mark, index = self._layout.mark, self._layout.index
        if not index.exists():
            return {}
        data = index.read_bytes()
        if data != self._seen[0]:  # thousands of tags take their time, and the same bytes need no second look
            names = parse_index(data, index)
            if not is_whole(data):
                raise _tampered("the index is not as it was written", index)
            self._seen = data, names
        if not mark.exists() or mark.read_bytes() != Layout.MARK:
            raise _tampered("the file that marks an OCI layout is not as it was written", mark)
        return dict(self._seen[1])

    def _tagged(self, names: Mapping[str, Descriptor], artifact: Artifact) -> Descriptor | None:
        tagged = names.get(artifact.name)
        if tagged is not None and tagged.digest != artifact.digest:
            raise _tampered(
                f"the tag {artifact.name} is {tagged.digest}, and was released as {artifact.digest}",
                self._layout.index,
            )
        return tagged


def _tampered(what: str, path: Path) -> ReleaseError:
    return Tampered(what, where=str(path), do=restore())
