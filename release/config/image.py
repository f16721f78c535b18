"""`[tool.release.image]`: which builder makes the image, of what, and for whom."""

from __future__ import annotations

import re
from dataclasses import dataclass

from release.config.table import Table
from release.errors import ConfigError
from release.model import Json

BUILDERS = ("builtin", "docker", "podman", "buildah")
_PINNED = re.compile(r"\S+@sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class ImageConfig:
    """`[tool.release.image]`; without that table no image is built."""

    python: str
    """Python's version, such as 3.11: that of this Debian. Needed where there is no base; a base says its own."""
    packages: tuple[str, ...]
    """Every Debian package in the base layer, with no dependency added; empty for those that Python needs."""
    user: int
    """The number of the ordinary user that the image runs as, and of its group."""
    source: str
    """Where the source is; the label `org.opencontainers.image.source`."""
    licenses: str
    """SPDX expression; the label `org.opencontainers.image.licenses`."""
    builder: str = "builtin"
    """`builtin`, or the engine that builds a Containerfile: `docker`, `podman` or `buildah`."""
    base: str = ""
    """The image to build on, pinned by digest: `REGISTRY/NAME@sha256:...`, or `oci:FOLDER@sha256:...`."""
    containerfile: str = "Containerfile"
    """What an engine builds; it gets the argument `BASE` and others, see images.md."""
    build_options: tuple[str, ...] = ()
    """Further options of the engine's build command, such as `--network=host`."""
    test_packages: tuple[str, ...] = ()
    """Debian packages that the tests need; they and what they depend on go into the `-dev` image only."""


def read_image(table: Table, project: Table) -> ImageConfig:
    """The image that the table asks for; `[project]` has its source and its license where the table has not."""
    urls: dict[str, str] = project.value("urls", dict, {})
    license_: Json = project.value("license", object, "")  # a table, as it was before PEP 639, names no expression
    source = next(
        (str(url) for label, url in urls.items() if label.lower() in ("source", "repository", "homepage")), ""
    )
    image = ImageConfig(
        python=table.value("python", str, ""),
        packages=table.strings("packages"),
        user=table.value("user", int, 65532),
        source=table.value("source", str, source),
        licenses=table.value("licenses", str, license_ if isinstance(license_, str) else ""),
        builder=table.value("builder", str, "builtin"),
        base=table.value("base", str, ""),
        containerfile=table.value("containerfile", str, "Containerfile"),
        build_options=table.strings("build-options"),
        test_packages=table.strings("test-packages"),
    )
    _check(image, table)
    return image


def _check(image: ImageConfig, table: Table) -> None:
    def wrong(what: str, key: str, do: str) -> ConfigError:
        return ConfigError(what, where=f"{table.path}.{key}", do=do)

    if image.builder not in BUILDERS:
        raise wrong(f"there is no builder {image.builder!r}", "builder", f"use one of {', '.join(BUILDERS)}")
    if image.base and not _PINNED.fullmatch(image.base):
        do = "write NAME@sha256:DIGEST; `skopeo inspect` shows the digest of a tag"
        raise wrong(f"{image.base!r} is not pinned by digest, so it is another image tomorrow", "base", do)
    if not image.user:
        raise wrong("the image would run as root", "user", "use the number of an ordinary user, such as 65532")
    alone = image.builder == "builtin"
    if alone and image.build_options:
        raise wrong("the built-in builder has no options", "build-options", "remove the key, or name an engine")
    if alone and not (image.base or image.python):
        raise wrong("this key is missing, and there is no base that would say it", "python", 'write python = "3.11"')
    for key, packages in (("packages", image.packages), ("test-packages", image.test_packages)):
        if packages and (image.base or not alone):
            do = "remove the key, and let the base or the Containerfile have the packages"
            raise wrong("only an image without a base and without a Containerfile is made of these", key, do)
    if not alone and image.python:
        raise wrong(f"Python comes from the Containerfile of {image.builder}", "python", "remove the key")
