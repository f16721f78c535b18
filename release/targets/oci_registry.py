"""Images in a registry: a tag for each version, which never moves, and one for each channel, which does.

A registry has no compare-and-swap, and keeps no fencing token: the lock in the ledger keeps others out, and is looked
at right before each request that changes something. What came of such a request is asked, whatever was answered.
"""

from __future__ import annotations

from pathlib import Path

from release.commands import command
from release.config import CHANNELS
from release.errors import ReleaseError, Tampered, VerifyFailed
from release.model import Artifact, ArtifactKind, Fence, Finding, Holding, Listed, Listing, Sight, WayBack
from release.oci.descriptor import Descriptor
from release.oci.layout import Layout
from release.registry.clearing import clear, nothing
from release.registry.client import Manifest, Registry
from release.registry.transfer import fetch, push
from release.registry.upload import may_upload
from release.targets.on_server import OnServer
from release.targets.released_images import image_of


class OciRegistry(OnServer):
    """A target of images in a registry; see `release.targets.Target`."""

    takes: frozenset[ArtifactKind] = frozenset({"image"})
    channels: tuple[str, ...] = CHANNELS
    way_back = WayBack.REPOINT

    def __init__(self, name: str, registry: Registry) -> None:
        self.name = name
        self._registry = registry

    def ask(self, artifact: Artifact) -> Holding:
        """By the version's tag, then each blob with its size; Tampered where the tag is another image's."""
        found = self._tagged(artifact)
        if found is None or self._missing(found):
            return Holding.ABSENT
        return Holding.SAME

    def put(self, artifact: Artifact, source: Path, fence: Fence) -> None:
        """Push by digest, then set the version's tag, unless it is set."""
        present = self._tagged(artifact)
        manifest = push(self._registry, Layout(source), artifact.digest, fence.check)
        if present is None and self._tagged(artifact) is None:
            self._registry.place(artifact.name, manifest, fence.check, moves=False)

    def pointer(self, listing: Listing) -> str | None:
        """The manifest digest of the highest version that is not withdrawn."""
        artifact = image_of(listing.current())
        return artifact.digest if artifact else None

    def serving(self, channel: str) -> str | None:
        """The manifest digest of the channel's tag, whose blobs are all there; Tampered where one is not."""
        found = self._registry.manifest(channel)
        if found is None or found.digest == nothing(channel).digest:
            return None
        missing = self._missing(found)
        if missing:
            raise Tampered(
                f"the blob {missing.digest} of {found.digest} is missing",
                where=self.address(channel),
                do=f"{command('repair')} brings it back",
            )
        return found.digest

    def look(self, channel: str, listing: Listing) -> Sight:
        """By what the channel's tag serves."""
        return Sight.of(self.serving(channel), self.pointer(listing))

    def point(self, channel: str, listing: Listing, fence: Fence) -> None:
        """Set the channel's tag to the listing's current image; take the tag away where there is none."""
        digest = self.pointer(listing)
        if digest is None:
            clear(self._registry, channel, fence.check)
            return
        manifest = self._registry.manifest(digest)
        if manifest is None:
            raise Tampered(
                f"the image {digest} is missing", where=self.address(channel), do=f"{command('repair')} brings it back"
            )
        self._registry.place(channel, manifest, fence.check)

    def obtain(self, channel: str, expected: Listed, destination: Path, *, pinned: bool) -> Path:
        """Pull the channel's tag, or with `pinned` the version's, all of it."""
        artifact = image_of(expected)
        if artifact is None:
            raise VerifyFailed(
                f"{expected.version} has no image", where=self.name, do="look at the release's artifacts"
            )
        tag = artifact.name if pinned else channel
        found = self._registry.manifest(tag)
        if found is None or found.digest != artifact.digest:
            gives = found.digest if found else "nothing"
            raise VerifyFailed(
                f"{tag} gives {gives}, and {expected.version} is {artifact.digest}",
                where=self.address(tag),
                do=f"see with `{command('status')}` what each channel serves",
            )
        return self._save(found, artifact, destination)

    def recover(self, artifact: Artifact, destination: Path) -> Path:
        """Pull the image by its digest into the layout `destination`, under its version's tag."""
        found = self._registry.manifest(artifact.digest)
        if found is None:
            raise Tampered(
                f"the image {artifact.digest} is missing",
                where=self.address(artifact.name),
                do=f"{command('repair')} brings it back",
            )
        return self._save(found, artifact, destination)

    def address(self, channel: str) -> str:
        """What podman, docker and skopeo take: `HOST/NAME:TAG`."""
        return f"{self._registry.repository}:{channel}"

    def caveat(self, version: str) -> str:
        """The version's own tag never moves."""
        address = self.address(version.replace("+", "_"))
        return (
            f"{address} still gives {version} to whoever names it; `skopeo delete docker://{address}` removes it for "
            f"good, where the registry allows that, and then {command('promote')} can't bring it back"
        )

    def examine(self) -> list[Finding]:
        """Whether it answers, lets us in, and takes an upload, which is begun and ended without a byte."""
        title, registry = f"target {self.name}", self._registry
        try:
            registry.manifest(self.channels[-1])
        except ReleaseError as error:
            return [Finding(title, ok=False, said=error.what, do=error.do)]
        found = [Finding(title, ok=True, said=f"{registry.repository} answers")]
        try:
            may_upload(registry)
        except ReleaseError as error:
            return [*found, Finding(f"{title}, push", ok=False, said=error.what, do=error.do)]
        return [*found, Finding(f"{title}, push", ok=True, said=f"images can be pushed to {registry.repository}")]

    def _tagged(self, artifact: Artifact) -> Manifest | None:
        found = self._registry.manifest(artifact.name)
        if found is not None and found.digest != artifact.digest:
            raise Tampered(
                f"the tag {artifact.name} is {found.digest}, and was released as {artifact.digest}",
                where=self.address(artifact.name),
                do="find out who moved it; a version's tag never moves, so put it back or release the next version",
            )
        return found

    def _missing(self, manifest: Manifest) -> Descriptor | None:
        return next((blob for blob in manifest.blobs() if not self._registry.has_blob(blob)), None)

    def _save(self, manifest: Manifest, artifact: Artifact, destination: Path) -> Path:
        layout = Layout(destination)
        layout.name({artifact.name: fetch(self._registry, manifest, layout)})
        return destination
