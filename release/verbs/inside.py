"""`inside`: runs a command in the `-dev` image of the work tree, over a copy of the work tree."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from release.images.run import command
from release.oci.layout import Layout
from release.oci.unpack import unpack
from release.run import Project
from release.verbs.artifacts import container

_SOURCE = "home/nonroot/source"
_PASSED = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "TERM", "NO_COLOR")
"""Of the caller's environment; everything else is the image's."""


def inside(project: Project, words: Sequence[str]) -> int:
    """Run `words` in the image, as its user, in the copy's folder; the exit code.

    The installed wheel comes before the source: `evaluations` is that of the image, `tests` is that of the work tree.
    The copy is writable, and is gone afterwards.
    """
    with project.workspace.temporary("inside") as folder:
        layout, rootfs = Layout(folder / "image"), folder / "rootfs"
        digest = container(project, layout.folder, dev=True)
        with project.console.step("unpack it"):
            image = unpack(layout.folder, digest, rootfs)
            (library,) = (rootfs / "usr/local/lib").glob("python3.*/*-packages")
            repository = project.repository
            repository.export(repository.commit(), rootfs / _SOURCE)
            repository.overlay(rootfs / _SOURCE)
            (library / "source.pth").write_text(f"/{_SOURCE}\n", encoding="utf-8")
        config = {**image.config["config"], "Entrypoint": list(words), "WorkingDir": f"/{_SOURCE}"}
        config["Env"] = [*config["Env"], "HOME=/home/nonroot", *_passed()]
        return subprocess.run(command(rootfs, {"config": config}), check=False).returncode


def _passed() -> list[str]:
    names = [*_PASSED, *(name.lower() for name in _PASSED)]
    return [f"{name}={os.environ[name]}" for name in names if name in os.environ]
