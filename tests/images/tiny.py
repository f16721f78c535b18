"""Images of a few bytes, for tests that need no Python in them."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

from release.images.manifest import ImageSpec, assemble
from release.model import Artifact
from release.oci.descriptor import CONFIG, MANIFEST, digest_of, render
from release.oci.layer import Layer, compress
from release.oci.layout import Layout


def member(
    name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    """One member of a layer, with whatever name an attacker would choose."""
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(data), link
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o4644
    return info, data


def make_layer(*members: tuple[tarfile.TarInfo, bytes]) -> Layer:
    """A compressed layer of these members, in this order."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    return Layer(compress(buffer.getvalue()), digest_of(buffer.getvalue()))


def make_image(folder: Path, *layers: Layer, version: str = "1.2.0") -> Artifact:
    """A layout at `folder` with an image of these layers under its version."""
    content = layers or (make_layer(member("hello", version.encode())),)
    spec = ImageSpec("tiny", version, "a" * 40, 0, "", "MIT", "hello")
    return assemble(spec, "amd64", [("tiny", layer) for layer in content], Layout(folder))


def make_foreign_image(folder: Path, layers: Sequence[tuple[str, bytes]], config: object) -> str:
    """An image whose layers and config are as given, right or wrong; returns its manifest digest."""
    layout = Layout(folder)
    blobs = [layout.write(media_type, data).to_json() for media_type, data in layers]
    written = layout.write(CONFIG, render(config)).to_json()
    return layout.write(MANIFEST, render({"schemaVersion": 2, "config": written, "layers": blobs})).digest
