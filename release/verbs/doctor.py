"""`doctor`: whether this machine, clone and configuration can release; what to do for each thing that can't."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable, Iterator

from release import opening
from release.adopting import prerequisites
from release.adopting.pins import is_supported
from release.config import at, load, read
from release.errors import ReleaseError
from release.git import GitError
from release.images.engines import ENGINES, local
from release.model import Finding
from release.process import run
from release.run import Project


def examine(project: Project) -> list[Finding]:
    """Look at everything; changes nothing."""
    return [finding for look in _LOOKS for finding in look(project)]


def _tools(project: Project) -> Iterator[Finding]:
    here, wanted = platform.python_version(), at(read(project.repository.root), "project").get("requires-python", "")
    fits = is_supported(wanted, here)
    said = here if fits else f"{here}, and the project requires {wanted}"
    yield Finding(
        "Python", fits, said, "run the engine with a Python that the project supports: releases are tried on it"
    )
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
    config = project.config
    yield Finding("tool.release", ok=True, said=f"{len(config.gates)} gates, {len(config.targets)} targets")
    for name in (name for name in config.profiles if name != config.profile):
        try:
            opening.assembled(load(project.repository.root, name), project.repository, project.console)
        except ReleaseError as error:
            said = f"{error.what} ({error.where})"
            yield Finding(f"tool.release.profiles.{name}", ok=False, said=said, do=error.do)


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
    if name is None or name not in project.repository.remotes:
        yield Finding("remote", ok=True, said="none; the tag stays here")
        return
    try:
        project.repository.remote_refs(name)
        yield Finding("remote", ok=True, said=f"{name} answers")
    except GitError as error:
        yield Finding("remote", ok=False, said=error.what, do=f"git ls-remote {name}")


def _targets(project: Project) -> Iterator[Finding]:
    for target in project.targets:
        yield from target.examine()


_LOOKS: tuple[Callable[[Project], Iterator[Finding]], ...] = (
    _tools,
    _engine,
    _running,
    _configuration,
    prerequisites.version,
    prerequisites.noxfile,
    prerequisites.files,
    prerequisites.smoke,
    prerequisites.submodules,
    _clone,
    _remote,
    _targets,
)
