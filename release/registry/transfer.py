"""Images between a registry and an OCI layout, whole: every blob compared with its digest on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from release.errors import TargetFailed, VerifyFailed
from release.model import Json
from release.oci.descriptor import INDEX, Descriptor
from release.oci.layout import Layout
from release.registry.client import DOCKER_INDEX, Manifest, Registry, passes
from release.registry.names import pinned
from release.registry.upload import upload
from release.web import Patience


def push(registry: Registry, layout: Layout, digest: str, check: Callable[[], None]) -> Manifest:
    """Bring an image of the layout there by its digest, without a tag; what is there already is not sent again.

    `check` is called right before each change.
    """
    image = layout.verify(digest)
    manifest = Manifest(layout.read(digest), image.manifest.media_type)
    sources = [(blob, _reader(layout.path(blob.digest))) for blob in (*image.layers, image.config_descriptor)]
    deliver(registry, digest, manifest, sources, check)
    return manifest


def deliver(
    registry: Registry, reference: str, manifest: Manifest,
    sources: Sequence[tuple[Descriptor, Callable[[], BinaryIO]]], check: Callable[[], None],
) -> None:  # fmt: skip
    """Bring the blobs of a manifest there, each from what opens it, and then itself under a digest or tag."""
    for left in reversed(range(registry.patience.tries)):
        for blob, source in sources:
            upload(registry, blob, source, check)
        try:
            registry.place(reference, manifest, check)
        except TargetFailed as error:
            if not left or passes(error) or error.status not in (400, 404):
                raise
            registry.rest(1)  # it misses a blob that it said it had
        else:
            return


def fetch(registry: Registry, manifest: Manifest, layout: Layout) -> Descriptor:
    """Bring an image into the layout, without a name there. Blobs that are there already are not fetched again."""
    for blob in manifest.blobs():
        if layout.path(blob.digest).exists():
            layout.read(blob.digest)
        else:
            layout.write(blob.media_type, registry.blob(blob))
    return layout.write(manifest.media_type, manifest.data)


def pull(
    reference: str, layout: Layout, *, platform: tuple[str, str] = ("linux", "amd64"), name: str = "base",
    patience: Patience | None = None,
) -> Descriptor:  # fmt: skip
    """Bring the image `HOST/NAME[:TAG]@sha256:...` into the layout; of an index, the one for (system, architecture).

    `name` is what its credentials are found by: RELEASE_BASE_USERNAME and so on, else docker's own login. ConfigError
    where there is no digest; VerifyFailed where it is not there, not for that platform, or has other bytes.
    """
    repository, digest = pinned(reference)
    registry = Registry(repository, name, patience=patience)
    manifest = _there(registry, digest)
    if manifest.media_type in (INDEX, DOCKER_INDEX):
        manifest = _there(registry, _for(platform, manifest, reference))
    return fetch(registry, manifest, layout)


def _reader(path: Path) -> Callable[[], BinaryIO]:
    return lambda: path.open("rb")


def _there(registry: Registry, digest: str) -> Manifest:
    found = registry.manifest(digest)
    if found is None:
        where, do = f"{registry.repository}@{digest}", "look whether it was removed there, and pin another one"
        raise VerifyFailed(f"{registry.repository.host} has no such image", where=where, do=do)
    return found


def _for(platform: tuple[str, str], index: Manifest, reference: str) -> str:
    """The digest of the image for that platform (image-spec, image-index.md)."""
    try:
        entries: list[Json] = json.loads(index.data)["manifests"]
        for entry in entries:
            known = entry.get("platform", {})
            if (known.get("os"), known.get("architecture")) == platform:
                return Descriptor.from_json(entry).digest
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    what, do = f"there is no image for {'/'.join(platform)} in it", "pin an index that has one"
    raise VerifyFailed(what, where=reference, do=do)
