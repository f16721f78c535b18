"""The ways to build an image: one Protocol, and which builder the configuration names."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from release.config import Config
from release.errors import ConfigError
from release.images.builders import builtin
from release.images.builders.containerfile import ContainerfileBuilder
from release.images.engines import ENGINES
from release.images.manifest import BuiltImage, ImageSpec
from release.workspace import user_cache


class Builder(Protocol):
    """Builds images."""

    def __call__(self, spec: ImageSpec, wheel: Path, layout: Path, cache: Path) -> BuiltImage:
        """Build the image of `wheel` into the folder `layout`, under the version's tag; `cache` keeps what is dear.

        BuildFailed and ConfigError say what does not fit together.
        """
        ...


def named(name: str) -> Builder:
    """The builder of that name (`[tool.release.image] builder`)."""
    return builtin.build if name == "builtin" else ContainerfileBuilder(ENGINES[name]())


def build(config: Config, spec: ImageSpec, wheel: Path, layout: Path) -> BuiltImage:
    """Build by the configured builder, with the user's cache."""
    if config.image is None:
        raise ConfigError("no image is configured", where="tool.release.image", do="add it, see docs/configuration.md")
    return named(config.image.builder)(spec, wheel, layout, user_cache())


def specified(config: Config, source: Path, clone: Path, *, version: str, revision: str, epoch: int) -> ImageSpec:
    """What the configuration says of the image of a commit.

    `source` is the tree that lock and Containerfile are taken from; a base in a folder is below `clone`.
    """
    image = config.image
    if image is None:
        raise ConfigError("no image is configured", where="tool.release.image", do="add it, see docs/configuration.md")
    lock = source / config.runtime_lock
    transport, colon, folder = image.base.partition(":")
    return ImageSpec(
        name=config.project,
        version=version,
        revision=revision,
        epoch=epoch,
        source=image.source,
        licenses=image.licenses,
        command=config.command,
        python=image.python,
        packages=image.packages,
        user=image.user,
        lock=lock if lock.is_file() else None,
        base=f"oci:{clone / folder}" if (transport, colon) == ("oci", ":") else image.base,
        containerfile=None if image.builder == "builtin" else source / image.containerfile,
        options=image.build_options,
    )
