"""`doctor`: whether this machine, clone and configuration can release; what to do for each thing that can't."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from release import opening
from release.errors import ReleaseError
from release.git import GitError
from release.images.engines import ENGINES, local
from release.process import run
from release.run import Project


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    said: str
    do: str = ""


def examine(project: Project) -> list[Finding]:
    """Look at everything; changes nothing."""
    return [finding for look in _LOOKS for finding in look(project)]


def _tools(project: Project) -> Iterator[Finding]:
    yield Finding("Python", ok=True, said=platform.python_version())
    needed = {"git": "git"}
    image = project.config.image
    if image is not None and image.builder == "builtin" and not image.base:
        needed |= {"apt-get": "apt", "dpkg-deb": "dpkg"}
    for program, package in needed.items():
        found = shutil.which(program)
        yield Finding(
            program, found is not None, found or "not found", f"install it, on Debian: apt-get install {package}"
        )


def _engine(project: Project) -> Iterator[Finding]:
    image = project.config.image
    if image is None or image.builder == "builtin":
        return
    try:
        ENGINES[image.builder]().check()
        yield Finding(image.builder, ok=True, said="it answers")
    except ReleaseError as error:
        yield Finding(image.builder, ok=False, said=error.what, do=error.do)


def _running(project: Project) -> Iterator[Finding]:
    if project.config.image is None:
        return
    try:
        run(["unshare", "-Urm", "true"])
        yield Finding("running images", ok=True, said="by unshare")
    except ReleaseError as error:
        try:
            yield Finding("running images", ok=True, said=f"by {local().name}")
        except ReleaseError:
            do = "install util-linux and allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 "
            do += "(on Ubuntu: kernel.apparmor_restrict_unprivileged_userns=0); or install podman"
            yield Finding("running images", ok=False, said=error.what, do=do)


def _configuration(project: Project) -> Iterator[Finding]:
    root, config = project.repository.root, project.config
    yield Finding("tool.release", ok=True, said=f"{len(config.gates)} gates, {len(config.targets)} targets")
    for path, do in (
        (config.changelog, "write it, see https://keepachangelog.com"),
        (config.build_lock, "nox -s lock"),
        (config.runtime_lock, "nox -s lock"),
        ("noxfile.py", "the gates are its sessions"),
    ):
        there = (root / path).is_file()
        yield Finding(path, there, "there" if there else "missing", do)


def _clone(project: Project) -> Iterator[Finding]:
    repository = project.repository
    yield Finding(
        "history",
        not repository.is_shallow(),
        "shallow" if repository.is_shallow() else "whole",
        "git fetch --unshallow --tags",
    )
    try:
        history = opening.history(project)
        yield Finding("ledger", ok=True, said=f"{history.sequence} events, each checked")
    except ReleaseError as error:
        yield Finding("ledger", ok=False, said=error.what, do=error.do)
    free = shutil.disk_usage(repository.root).free
    yield Finding("disk", free >= project.config.free_disk, f"{free >> 20} MiB free", "make room")


def _remote(project: Project) -> Iterator[Finding]:
    name = project.config.remote
    if name is None or name not in project.repository.remotes():
        yield Finding("remote", ok=True, said="none; the tag stays here")
        return
    try:
        project.repository.remote_refs(name)
        yield Finding("remote", ok=True, said=f"{name} answers")
    except GitError as error:
        yield Finding("remote", ok=False, said=error.what, do=f"git ls-remote {name}")


_LOOKS: tuple[Callable[[Project], Iterator[Finding]], ...] = (
    _tools,
    _engine,
    _running,
    _configuration,
    _clone,
    _remote,
)
