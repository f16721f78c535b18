"""Podman: no daemon; as root or as an ordinary user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from release.images.engines import process


class Podman:
    """An `Engine`."""

    name = "podman"

    def check(self) -> None:
        process.call(self.name, "info", "--format", "{{.Version.Version}}")

    def build(self, context: Path, containerfile: Path, arguments: Mapping[str, str], options: Sequence[str]) -> str:
        return process.build((self.name, "build", "--layers"), context, containerfile, arguments, options)

    def save(self, image: str, archive: Path) -> None:
        process.call(self.name, "save", "--quiet", "--format", "docker-archive", "--output", archive, image)

    def load(self, archive: Path) -> None:
        process.call(self.name, "load", "--quiet", "--input", archive)

    def diff_ids(self, image: str) -> list[str]:
        form = "{{json .RootFS.Layers}}"
        return process.strings(process.call(self.name, "image", "inspect", "--format", form, image))

    def program(self, image: str, entry: Sequence[str] = ()) -> list[str]:
        return process.program(self.name, image, entry)
