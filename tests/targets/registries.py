"""What tests of registries share: an image with a layer of several pieces, a client for it, lies that sound right."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from release.model import Artifact, Fence, Listed
from release.oci.descriptor import digest_of
from release.registry.client import Registry
from release.registry.names import ImageRepository
from release.targets.oci_registry import OciRegistry
from release.web import Patience
from tests.images.tiny import make_image, make_layer, member

FENCE = Fence(1, lambda: None)
CHUNK = 50_000
"""Bytes of a piece, so that a small layer has several."""
PATIENCE = Patience(stall=1.0, pause=0.01)
SIZES: dict[str, int] = {}
"""Bytes of every blob that was made here, for lies that sound right."""


def noise(seed: int, size: int) -> bytes:
    """Bytes that no compression makes smaller."""
    return random.Random(seed).randbytes(size)


def image(folder: Path, version: str = "1.0.0") -> Artifact:
    """In the layout `folder`: two layers that are in each version, one of them of several pieces, and a third."""
    layers = [
        make_layer(member("base", noise(1, 3 * CHUNK))), make_layer(member("dependencies", noise(2, 1000))),
        make_layer(member("wheel", version.encode())),
    ]  # fmt: skip
    made = make_image(folder, *layers, version=version)
    for blob in (folder / "blobs" / "sha256").iterdir():
        SIZES[f"sha256:{blob.name}"] = blob.stat().st_size
    return made


def listed(artifact: Artifact, withdrawn: str | None = None) -> Listed:
    """A release with this image."""
    return Listed(artifact.name, (artifact,), "2026-01-01T00:00:00Z", withdrawn)


def client(host: str, name: str = "team/tiny", *, patience: Patience = PATIENCE) -> Registry:
    """Of a repository of the registry at `host`, for the target `images`."""
    return Registry(ImageRepository(host, name), "images", patience=patience, chunk=CHUNK)


def target(host: str, name: str = "team/tiny") -> OciRegistry:
    """The target `images`, a repository of the registry at `host`."""
    return OciRegistry("images", client(host, name))


def plausible(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """The answer of a registry that did what it was asked to, as far as one can make it up."""
    digest = re.search(r"sha256(?::|%3A)([0-9a-f]{64})", path)
    stated = {"Docker-Content-Digest": f"sha256:{digest[1]}"} if digest else {}
    if method == "POST":
        return 202, {"Location": f"{path}made-up?_state=x", "Range": "0-0"}, b""
    if method == "PATCH":
        begin, _, end = headers.get("Content-Range", "0-0").partition("-")
        return 202, {"Location": path, "Range": f"0-{end or begin}"}, b""
    if method == "PUT":
        stated = stated or {"Docker-Content-Digest": digest_of(body)}
        return 201, {"Location": path.partition("?")[0], **stated}, b""
    if method == "HEAD":
        size = SIZES.get(f"sha256:{digest[1]}" if digest else "", 2)
        return 200, {"Content-Length": str(size), **stated}, b""
    if method == "DELETE":
        return 202, {}, b""
    lie = b'{"schemaVersion": 2}'
    return 200, {"Docker-Content-Digest": f"sha256:{sha256(lie).hexdigest()}"}, lie
