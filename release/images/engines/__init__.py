"""Container engines on this machine: docker, podman, buildah, behind one Protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from release.errors import CommandFailed, UsageError
from release.images.engines.buildah import Buildah
from release.images.engines.docker import Docker, Podman


class Engine(Protocol):
    """Builds, takes and gives images; its storage is its own.

    All settings that a machine needs (where the daemon is, runtime, limits, isolation) come from the engine's own
    environment and files: DOCKER_HOST, CONTAINERS_CONF, BUILDAH_ISOLATION and so on. CommandFailed where it fails.
    """

    @property
    def name(self) -> str:
        """Its command."""
        ...

    def check(self) -> None:
        """CommandFailed where it is not installed, or its daemon does not answer."""
        ...

    def build(self, context: Path, containerfile: Path, arguments: Mapping[str, str], options: Sequence[str]) -> str:
        """Build, and return the image's id."""
        ...

    def save(self, image: str, archive: Path) -> None:
        """Write an image as an archive (release/oci/archive.py)."""
        ...

    def load(self, archive: Path) -> None:
        """Take the image of such an archive, under its name."""
        ...

    def remove(self, image: str) -> None:
        """Take a name away, and the image with it where nothing else needs that."""
        ...

    def diff_ids(self, image: str) -> list[str]:
        """The digests of an image's layers before compression, which no engine can change."""
        ...

    def program(self, image: str, entry: Sequence[str] = ()) -> list[str]:
        """The command line of its entry point, or of `entry`, with standard input and the host's network.

        Arguments may follow.
        """
        ...


ENGINES: Mapping[str, type[Engine]] = {"docker": Docker, "podman": Podman, "buildah": Buildah}
"""By name, in the order in which they are looked for."""


@contextmanager
def removing(engine: Engine, image: str) -> Iterator[None]:
    """Leave no image of ours behind, however it ends; one that can't be removed is no reason to fail."""
    try:
        yield
    finally:
        with suppress(CommandFailed):
            engine.remove(image)


def local(name: str = "") -> Engine:
    """The engine of that name, or the first that answers. UsageError where there is none."""
    reasons = []
    for engine in (make() for known, make in ENGINES.items() if name in ("", known)):
        try:
            engine.check()
        except CommandFailed as error:
            reasons.append(error.what.splitlines()[0])
        else:
            return engine
    if not reasons:
        raise UsageError(f"there is no engine {name!r}", where="--load", do=f"use one of {', '.join(ENGINES)}")
    do = "install one (on Debian: apt-get install podman), or start its daemon"
    raise UsageError(f"no engine answers: {'; '.join(reasons)}", where="--load", do=do)
