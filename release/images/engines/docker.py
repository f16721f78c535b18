"""Docker, from 20.10, with or without BuildKit; and podman, which has the same commands but for a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from release.images.engines import process


class Docker:
    """An `Engine`: a daemon."""

    name = "docker"
    advice: ClassVar[str] = "start the daemon, or set DOCKER_HOST"
    version: ClassVar[str] = "{{.ServerVersion}}"
    building: ClassVar[tuple[str, ...]] = ()
    saving: ClassVar[tuple[str, ...]] = ()

    def check(self) -> None:
        process.call(self.name, "info", "--format", self.version, do=self.advice)

    def build(self, context: Path, containerfile: Path, arguments: Mapping[str, str], options: Sequence[str]) -> str:
        return process.build((self.name, "build", *self.building), context, containerfile, arguments, options)

    def save(self, image: str, archive: Path) -> None:
        process.call(self.name, "save", *self.saving, "--output", archive, image)

    def load(self, archive: Path) -> None:
        process.call(self.name, "load", "--quiet", "--input", archive)

    def remove(self, image: str) -> None:
        process.call(self.name, "image", "rm", image)

    def diff_ids(self, image: str) -> list[str]:
        form = "{{json .RootFS.Layers}}"
        return process.strings(process.call(self.name, "image", "inspect", "--format", form, image))

    def program(self, image: str, entry: Sequence[str] = ()) -> list[str]:
        return process.program(self.name, image, entry)


class Podman(Docker):
    """An `Engine`: no daemon; as root or as an ordinary user."""

    name = "podman"
    advice = ""
    version = "{{.Version.Version}}"
    building = ("--layers",)
    saving = ("--quiet", "--format", "docker-archive")
