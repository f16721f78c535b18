"""What an image says about itself: its config and its manifest (image-spec v1.1, config.md and manifest.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from release.images.apt import Package
from release.model import Artifact, Json
from release.oci.descriptor import CONFIG, LAYER_GZIP, MANIFEST, render
from release.oci.layer import Layer
from release.oci.layout import Layout

_INHERITED = ("Env", "ExposedPorts", "Volumes", "StopSignal", "Labels")
"""What an image takes over from its base; the base's Cmd would become an argument of our entry point."""


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
    """Of this Debian: 3.11 on Debian 12, 3.13 on Debian 13. Empty where the base or the Containerfile says it."""
    packages: tuple[str, ...] = ()
    """Debian packages, all of them; empty for those of `debian.default_packages`."""
    user: int = 65532
    """The number of the ordinary user, and of its group."""
    lock: Path | None = None
    """The hash-locked dependencies, a requirements file."""
    base: str = ""
    """The image to build on, by digest, as `bases.fetch_base` takes it; empty for Debian packages."""
    containerfile: Path | None = None
    """For an engine."""
    options: tuple[str, ...] = ()
    """Further options of the engine's build command."""

    @property
    def tag(self) -> str:
        """The version as an OCI tag, in which a `+` may not stand."""
        return self.version.replace("+", "_")

    @property
    def created(self) -> str:
        """`epoch` as RFC 3339 has it."""
        return datetime.fromtimestamp(self.epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def labels(self) -> dict[str, str]:
        """The annotations that image-spec (annotations.md) defines; those that are empty are left out."""
        known = {"version": self.version, "revision": self.revision, "created": self.created, "title": self.name}
        known |= {"source": self.source, "licenses": self.licenses}
        return {f"org.opencontainers.image.{name}": value for name, value in known.items() if value}


@dataclass(frozen=True)
class BuiltImage:
    """An image in a layout."""

    artifact: Artifact
    packages: tuple[Package, ...] = ()
    """The exact Debian packages in it, where the builder chose them; the image has the same list (`debian.RECORD`)."""

    @property
    def digest(self) -> str:
        """Of the manifest."""
        return self.artifact.digest


def settings(spec: ImageSpec, base: Mapping[str, Json]) -> dict[str, Json]:
    """The `config` of an image of `spec` on a base with that `config`, which may be empty."""
    ours = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
    inherited = {key: base[key] for key in _INHERITED if base.get(key)}
    known = [line.partition("=")[0] for line in inherited.get("Env", ())]
    return {
        **inherited,
        "Env": [*inherited.get("Env", ()), *(f"{name}={text}" for name, text in ours.items() if name not in known)],
        "User": f"{spec.user}:{spec.user}",
        "Entrypoint": [f"/usr/local/bin/{spec.command}"],
        "WorkingDir": "/home/nonroot",
        "Labels": {**inherited.get("Labels", {}), **spec.labels},
    }


def assemble(
    spec: ImageSpec,
    platform: str,
    layers: Sequence[tuple[str, Layer]],
    layout: Layout,
    config: Mapping[str, Json] | None = None,
) -> Artifact:
    """Write the image of these titled layers into `layout` under the version's tag; `platform` is OCI's name.

    `config` is how it is run, where that is not what `settings` says for an image without a base.
    """
    whole = {
        "architecture": platform,
        "os": "linux",
        "created": spec.created,
        "config": settings(spec, {}) if config is None else config,
        "rootfs": {"type": "layers", "diff_ids": [made.diff_id for _title, made in layers]},
        "history": [{"created": spec.created, "created_by": title} for title, _made in layers],
    }
    blobs = [layout.write(LAYER_GZIP, made.data) for _title, made in layers]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": layout.write(CONFIG, render(whole)).to_json(),
        "layers": [blob.to_json() for blob in blobs],
        "annotations": spec.labels,
    }
    descriptor = layout.write(MANIFEST, render(manifest))
    layout.name({**layout.names(), spec.tag: descriptor})
    return Artifact("image", spec.tag, descriptor.digest.removeprefix("sha256:"), descriptor.size)
