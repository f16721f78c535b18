"""The image that an image is built on: fetched by digest, and what is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from release.errors import ConfigError
from release.images.dependencies import Interpreter
from release.model import Json
from release.oci.contents import Tree, members
from release.oci.descriptor import Descriptor
from release.oci.layer import Layer
from release.oci.layers import tars
from release.oci.layout import Image, Layout

_WHERE = "tool.release.image.base"
_GLIBC = 28
"""What a base is taken to have, which does not say it: that of Debian 10 and of Red Hat 8."""
_INTERPRETER = re.compile(r"usr/(?P<local>local/)?bin/python(?P<version>3\.\d+)")


@dataclass(frozen=True)
class Base:
    """A base image, whole."""

    config: Mapping[str, Json]
    """The whole config blob (image-spec, config.md)."""
    layers: tuple[Layer, ...]
    """From the lowest to the highest."""
    tree: Tree
    """What is in it."""

    @property
    def paths(self) -> frozenset[str]:
        """Every file in it, from the root without a leading slash."""
        return frozenset(self.tree.files)

    @property
    def settings(self) -> Mapping[str, Json]:
        """How it says that it is to be run."""
        return self.config.get("config") or {}

    @property
    def libraries(self) -> list[str]:
        """The names under which a loader could find a shared library."""
        return sorted({name for path in self.paths if ".so" in (name := PurePosixPath(path).name)})

    def interpreter(self, python: str) -> Interpreter:
        """Its Python, of version `python` where that is not empty. ConfigError where it has none that wheels can use.

        A Python in /usr/local is used before one in /usr, as PATH has it.
        """
        if any(path.startswith("lib/ld-musl-") for path in self.paths):
            do = "use a base with glibc, such as one of Debian; or a Containerfile, with another builder"
            raise ConfigError("the base has musl, and locked wheels are for glibc", where=_WHERE, do=do)
        found = [match for path in sorted(self.paths) if (match := _INTERPRETER.fullmatch(path))]
        fitting = [match for match in found if python in ("", match["version"])]
        if not fitting:
            there = ", ".join(sorted({match["version"] for match in found})) or "none"
            do = "use a base that has /usr/bin/python3.N or /usr/local/bin/python3.N, and its version"
            raise ConfigError(f"the base has no Python {python or '3'}; it has {there}", where=_WHERE, do=do)
        best = max(fitting, key=lambda match: (bool(match["local"]), int(match["version"].partition(".")[2])))
        debians = not best["local"] and "etc/debian_version" in self.paths
        packages = "dist-packages" if debians else "site-packages"
        return Interpreter(best["version"], f"/{best[0]}", packages, _GLIBC)


def fetch_base(reference: str, destination: Layout, platform: str) -> Image:
    """Bring the image `NAME@sha256:...` into a layout, each blob compared with its digest.

    NAME is a repository of a registry, or `oci:FOLDER` for an OCI layout on disk. Of an index, the image for Linux on
    `platform` is taken (OCI's name, such as amd64). ConfigError where it is not there, or not for this platform.
    """
    name, _, digest = reference.rpartition("@")
    transport, _, folder = name.partition(":")
    if transport == "oci":
        image = destination.verify(_copied(Layout(Path(folder)), digest, destination, platform))
    else:
        from release.registry.transfer import pull  # noqa: PLC0415 - HTTP is loaded where it is needed

        image = destination.verify(pull(reference, destination, platform=("linux", platform)).digest)
    if image.config.get("os") != "linux" or image.config.get("architecture") != platform:
        made_for = f"{image.config.get('os')}/{image.config.get('architecture')}"
        raise ConfigError(f"the base is for {made_for}, not linux/{platform}", where=_WHERE, do="name another digest")
    return image


def _copied(source: Layout, digest: str, destination: Layout, platform: str) -> str:
    if not source.path(digest).is_file():
        do = "`skopeo inspect oci:FOLDER` shows it"
        raise ConfigError(f"{source.folder} has no image {digest}", where=_WHERE, do=do)
    chosen = _of_platform(source, digest, platform)
    source.copy(chosen, destination)
    return chosen


def _of_platform(source: Layout, digest: str, platform: str) -> str:
    content = json.loads(source.read(digest))
    if "manifests" not in content:
        return digest
    for entry in content["manifests"]:
        wanted = entry.get("platform", {})
        if (wanted.get("os"), wanted.get("architecture")) == ("linux", platform):
            return Descriptor.from_json(entry).digest
    raise ConfigError(f"the base has no image for linux/{platform}", where=_WHERE, do="name another digest")


def read_base(layout: Layout, image: Image) -> Base:
    """All of a base that `fetch_base` brought."""
    tree, layers = Tree(), []
    for made, tar in tars(layout, image):
        tree.add(members(tar))
        layers.append(made)
    return Base(image.config, tuple(layers), tree)
