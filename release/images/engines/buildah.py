"""Buildah: builds only, with the storage that podman uses too."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from release.images.engines import process


class Buildah:
    """An `Engine`."""

    name = "buildah"

    def check(self) -> None:
        process.call(self.name, "info")

    def build(self, context: Path, containerfile: Path, arguments: Mapping[str, str], options: Sequence[str]) -> str:
        # Without --layers all instructions make one layer, so that a new wheel would be a new copy of everything.
        return process.build((self.name, "build", "--layers"), context, containerfile, arguments, options)

    def save(self, image: str, archive: Path) -> None:
        process.call(self.name, "push", "--quiet", image, f"docker-archive:{archive}")

    def load(self, archive: Path) -> None:
        process.call(self.name, "pull", "--quiet", f"docker-archive:{archive}")

    def remove(self, image: str) -> None:
        process.call(self.name, "rmi", image)

    def diff_ids(self, image: str) -> list[str]:
        whole = json.loads(process.call(self.name, "inspect", "--type", "image", image))  # its templates know no JSON
        return [str(digest) for digest in whole["OCIv1"]["rootfs"]["diff_ids"]]

    def program(self, image: str, entry: Sequence[str] = ()) -> list[str]:
        # podman has the same images, and runs them
        return process.program("podman", image, entry)
