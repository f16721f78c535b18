"""OCI image layouts on disk (image-spec v1.1, image-layout.md): blobs by digest, and names for some of them.

Every blob that is read is compared with its digest, so no function here returns bytes that somebody changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from release import durable
from release.errors import Tampered, VerifyFailed
from release.model import Json
from release.oci.descriptor import (
    DIGEST,
    MANIFEST,
    Descriptor,
    digest_of,
    parse_index,
    render,
    render_index,
    restore,
)


@dataclass(frozen=True)
class Image:
    """A manifest and its config, both compared with their digests."""

    manifest: Descriptor
    config_descriptor: Descriptor
    config: Json
    """The whole config blob (image-spec, config.md)."""
    layers: tuple[Descriptor, ...]
    """From the lowest to the highest."""


class Layout:
    """One OCI image layout in a folder, made where it is missing when something is first written."""

    MARK = render({"imageLayoutVersion": "1.0.0"})

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = folder / "index.json"
        self.mark = folder / "oci-layout"
        self._compared: dict[str, tuple[int, ...]] = {}
        """What the file of each layer that was compared with its digest was then (stat(2))."""

    def names(self) -> dict[str, Descriptor]:
        """The images by name (`org.opencontainers.image.ref.name`); empty where there is no layout yet."""
        return parse_index(self.index.read_bytes(), self.index) if self.index.exists() else {}

    def name(self, names: Mapping[str, Descriptor], check: Callable[[], None] = lambda: None) -> None:
        """Replace all names at one moment, right after `check`, which may raise to leave them as they are."""
        if not self.mark.exists():
            durable.write_bytes(self.mark, self.MARK)
        durable.write_bytes(self.index, render_index(names), check=check)

    def path(self, digest: str) -> Path:
        """The file of a blob; ValueError where this is no sha256 digest."""
        match = DIGEST.fullmatch(digest)
        if match is None:
            raise ValueError(digest)
        return self.folder / "blobs" / "sha256" / match[1]

    def read(self, digest: str) -> bytes:
        """A blob, compared with its digest. Tampered names the file and both digests."""
        path = self.path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise Tampered(f"the blob {digest} is missing", where=str(path), do=restore()) from None
        if digest_of(data) != digest:
            raise Tampered(f"the blob {digest} holds bytes of {digest_of(data)}", where=str(path), do=restore())
        return data

    def write(self, media_type: str, data: bytes) -> Descriptor:
        """Store a blob, durably. One that is there already is read and compared, and not written again."""
        descriptor = Descriptor.of(media_type, data)
        if self.path(descriptor.digest).exists():
            self.read(descriptor.digest)
        else:
            durable.write_bytes(self.path(descriptor.digest), data)
        return descriptor

    def image(self, digest: str) -> Image:
        """The image of that manifest digest, without its layers. VerifyFailed where it is not an image."""
        data = self.read(digest)
        try:
            manifest = json.loads(data)
            config = Descriptor.from_json(manifest["config"])
            layers = tuple(Descriptor.from_json(layer) for layer in manifest["layers"])
            content = json.loads(self.read(config.digest))
            if len(content["rootfs"]["diff_ids"]) != len(layers):
                raise ValueError("as many diff_ids as layers")  # noqa: TRY301
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise VerifyFailed(
                f"{digest} is not an OCI image manifest for one platform ({error!r})",
                where=str(self.path(digest)),
                do="build or pull a single image, not a list of images",
            ) from None
        return Image(Descriptor.of(MANIFEST, data), config, content, layers)

    def verify(self, digest: str) -> Image:
        """The image, after its manifest, its config and every layer were compared with their digests."""
        image = self.image(digest)
        for layer in image.layers:
            self._compare(layer.digest)
        return image

    def _compare(self, digest: str) -> None:
        """Read a layer, unless it was read before and its file is the very one that it was then."""
        stamp = _stamp(self.path(digest))
        if stamp is None or stamp != self._compared.get(digest):
            self.read(digest)
            self._compared[digest] = stamp or ()

    def copy(self, digest: str, destination: Layout) -> Descriptor:
        """Copy an image, every blob compared with its digest; blobs that are there are not written again."""
        image = self.image(digest)
        for blob in (*image.layers, image.config_descriptor, image.manifest):
            destination.write(blob.media_type, self.read(blob.digest))
        return image.manifest


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Changes with every write to the file, also with one that sets its time back."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
