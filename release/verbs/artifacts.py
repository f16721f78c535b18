"""`build` and `container`: the artifacts of the work tree as it is; a clean tree gives a release's bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

from release import building, durable
from release.environments import cached
from release.errors import UsageError
from release.images.build import ImageSpec
from release.images.build import build as build_image
from release.process import run
from release.run import Project
from release.smoke import unpacked
from release.workspace import user_cache


def build(project: Project, out: Path) -> list[Path]:
    """Build the work tree, uncommitted changes included, into `out`; the sdist and the wheel."""
    repository, commit = project.repository, project.repository.commit()
    with project.workspace.temporary("build") as folder:
        repository.export(commit, folder / "source")
        changed = repository.overlay(folder / "source")
        if changed:
            project.console.say(
                f"with {len(changed)} uncommitted or untracked paths: not what a release of HEAD builds"
            )
        python = cached(project.workspace.cache, folder / "source" / project.config.build_lock)
        with project.console.step("build the work tree"):
            files = building.build(python, folder / "source", folder, repository.epoch(commit))
            building.check(files)
        for path in files:
            durable.copy_file(path, out / path.name)
    for path in files:
        project.console.say(f"  sha256 {building.sha256(out / path.name)}  {out / path.name}")
    return [out / path.name for path in files]


def container(project: Project, out: Path) -> str:
    """Build the work tree's image into the OCI layout `out`, and start it; its digest."""
    settings = project.config.image
    if settings is None:
        raise UsageError(
            "no image is configured", where="tool.release.image", do="add the table, see docs/configuration.md"
        )
    wheel = build(project, out.parent)[1]
    commit = project.repository.commit()
    lock = project.repository.root / project.config.runtime_lock
    spec = ImageSpec(
        name=project.config.project, version=building.version_of(wheel), revision=commit,
        epoch=project.repository.epoch(commit), source=settings.source, licenses=settings.licenses,
        command=project.config.command, python=settings.python, packages=settings.packages, user=settings.user,
        lock=lock if lock.is_file() else None,
    )  # fmt: skip
    shutil.rmtree(out, ignore_errors=True)
    with project.console.step("build the image"):
        built = build_image(spec, wheel, out, user_cache())
    with project.console.step("start the image"), project.workspace.temporary("rootfs") as folder:
        run((*unpacked(out, built.artifact, folder).program, "--version"))
    project.console.say(f"  {built.digest}  {out}")
    return built.digest
