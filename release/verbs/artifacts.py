"""`build` and `container`: the artifacts of the work tree as it is; a clean tree gives a release's bytes."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

from release import archives, building, durable
from release.building.environments import cached
from release.errors import ConfigError, UsageError
from release.images import development
from release.images.builders import build as build_image
from release.images.builders import specified
from release.images.engines import local
from release.images.loading import load
from release.images.manifest import BuiltImage, ImageSpec
from release.oci.contents import check_wheel
from release.oci.layout import Layout
from release.process import run
from release.proof.smoke import unpacked
from release.run import Project
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
        _hide(project, out)
        for path in files:
            durable.copy_file(path, out / path.name)
    for path in files:
        project.console.say(f"  sha256 {archives.sha256(out / path.name)}  {out / path.name}")
    return [out / path.name for path in files]


def _hide(project: Project, out: Path) -> None:
    """Keep git from seeing a folder of the clone that has nothing of the project: releases want a clean tree."""
    root, out = project.repository.root.resolve(), out.resolve()
    ignore = out / ".gitignore"
    inside = out != root and out.is_relative_to(root)
    if inside and not ignore.exists() and not project.repository.git("ls-files", "--", str(out)):
        out.mkdir(parents=True, exist_ok=True)
        ignore.write_text("*\n", encoding="utf-8")


def container(project: Project, out: Path, *, dev: bool = False, engine: str | None = None) -> str:
    """Build the work tree's image into the OCI layout `out`, and start it; its digest.

    With `dev`, `out` has the `-dev` image too, and the digest is of that. It is loaded into the local engine of that
    name; where the name is empty, into the first that is there.
    """
    if project.config.image is None:
        raise UsageError(
            "no image is configured", where="tool.release.image", do="add the table, see docs/configuration.md"
        )
    chosen = None if engine is None else local(engine)  # first, since it may refuse
    if dev and not (project.repository.root / project.config.test_lock).is_file():
        raise ConfigError(
            f"there is no {project.config.test_lock}, and the `-dev` image is made of it",
            where="tool.release.requirements.test",
            do="write it: what the tests need, pinned with hashes (uv pip compile --generate-hashes); it may be empty",
        )
    wheel = build(project, out.parent)[1]
    spec = _spec(project, wheel)
    shutil.rmtree(out, ignore_errors=True)
    with project.console.step("build the image"):
        built = build_image(project.config, spec, wheel, out)
    temporary = project.workspace.temporary("rootfs")
    with project.console.step("start the image"), temporary as folder, unpacked(out, built.artifact, folder) as started:
        check_wheel(folder, wheel)
        run((*started.program, "--version"))
    if dev:
        with project.console.step("build the image for tests"):
            built = _development(project, spec, built, out)
    project.console.say(f"  {built.digest}  {out}")
    if chosen is not None:
        name = f"localhost/{project.config.project}:{built.artifact.name}"
        with project.console.step(f"load it into {chosen.name}"):
            load(out, built.digest, name, chosen)
        project.console.say(f"  run it: {shlex.join(chosen.program(name))}")
    return built.digest


def _spec(project: Project, wheel: Path) -> ImageSpec:
    commit, root = project.repository.commit(), project.repository.root
    version, epoch = building.version_of(wheel), project.repository.epoch(commit)
    return specified(project.config, root, root, version=version, revision=commit, epoch=epoch)


def _development(project: Project, spec: ImageSpec, built: BuiltImage, out: Path) -> BuiltImage:
    settings = project.config.image
    packages = settings.test_packages if settings else ()
    tools = development.Tools(project.repository.root / project.config.test_lock, packages)
    layout = Layout(out)
    return development.build(spec, tools, layout, layout.image(built.digest), user_cache())
