"""What an image says about itself: its config and its manifest (image-spec v1.1, config.md and manifest.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from release.images.descriptor import CONFIG, LAYER_GZIP, MANIFEST, render
from release.images.layer import Layer
from release.images.layout import Layout
from release.model import Artifact


@dataclass(frozen=True)
class ImageSpec:
    """What an image is to be, but for the wheel."""

    name: str
    version: str
    revision: str
    """The commit."""
    epoch: int
    """When it was made, as SOURCE_DATE_EPOCH has it: seconds since 1970."""
    source: str
    """Where the source is, a URL; may be empty."""
    licenses: str
    """An SPDX expression."""
    command: str
    """The script of the wheel that the image runs."""
    python: str = "3.11"
    """Of this Debian: 3.11 on Debian 12, 3.13 on Debian 13."""
    packages: tuple[str, ...] = ()
    """Debian packages, all of them; empty for those of `debian.default_packages`."""
    user: int = 65532
    """The number of the ordinary user, and of its group."""
    lock: Path | None = None
    """The hash-locked dependencies, a requirements file."""

    @property
    def tag(self) -> str:
        """The version as an OCI tag, in which a `+` may not stand."""
        return self.version.replace("+", "_")


def assemble(spec: ImageSpec, platform: str, layers: Sequence[tuple[str, Layer]], layout: Layout) -> Artifact:
    """Write the image of these titled layers into `layout` under the version's tag; `platform` is OCI's name."""
    created = datetime.fromtimestamp(spec.epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    known = {"version": spec.version, "revision": spec.revision, "created": created, "title": spec.name}
    known |= {"source": spec.source, "licenses": spec.licenses}
    labels = {f"org.opencontainers.image.{name}": value for name, value in known.items() if value}
    config = {
        "architecture": platform,
        "os": "linux",
        "created": created,
        "config": {
            "User": f"{spec.user}:{spec.user}",
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"],
            "Entrypoint": [f"/usr/local/bin/{spec.command}"],
            "WorkingDir": "/home/nonroot",
            "Labels": labels,
        },
        "rootfs": {"type": "layers", "diff_ids": [made.diff_id for _title, made in layers]},
        "history": [{"created": created, "created_by": title} for title, _made in layers],
    }
    blobs = [layout.write(LAYER_GZIP, made.data) for _title, made in layers]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": layout.write(CONFIG, render(config)).to_json(),
        "layers": [blob.to_json() for blob in blobs],
        "annotations": labels,
    }
    descriptor = layout.write(MANIFEST, render(manifest))
    layout.name({**layout.names(), spec.tag: descriptor})
    return Artifact("image", spec.tag, descriptor.digest.removeprefix("sha256:"), descriptor.size)
