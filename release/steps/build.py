"""Builds the commit twice, in different surroundings, and goes on only where the bytes agree."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

from release import archives, building, durable
from release.adopting.pins import is_supported
from release.building.environments import cached
from release.commands import command
from release.errors import BuildFailed
from release.model import Artifact, Json
from release.run import Run, Step

# What must not make a difference to the bytes: the second build differs from the first in all of it, the folder's
# name and the time of day included.
_SURROUNDINGS = (
    {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"},
    {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "2"},
)

_COMPILED = "; for an extension: no __DATE__, and a build folder below the source, since its path gets into the file"


def _work(run_: Run) -> Mapping[str, Json]:
    project, candidate = run_.project, run_.candidate
    log = project.workspace.release(candidate.version) / "log" / "build.txt"
    with project.workspace.temporary("first") as first, project.workspace.temporary("second-and-elsewhere") as second:
        built = []
        for folder, surroundings in zip((first, second), _SURROUNDINGS, strict=True):
            source = folder / "source"
            project.repository.export(candidate.commit, source)
            lock = source / project.config.build_lock
            if not lock.is_file():
                raise BuildFailed(
                    "the build tools are not pinned: the commit has no such file",
                    where=project.config.build_lock,
                    do=f"nox -s lock, or as {command('doctor')} says; then commit it",
                )
            python = cached(project.workspace.cache, lock, log=log)
            built.append(building.build(python, source, folder, candidate.epoch, log=log, **surroundings))
        _compare(*built)
        _check(candidate.version, built[0], log)
        artifacts = [building.describe(path) for path in built[0]]
        _check_python(artifacts[1])
        _recall(run_, {artifact.name: artifact.sha256 for artifact in artifacts})
        for path in built[0]:
            durable.copy_file(path, project.workspace.dist(candidate.version) / path.name)
    return {"artifacts": [artifact.to_json() for artifact in artifacts], "epoch": candidate.epoch}


def _compare(first: list[Path], second: list[Path]) -> None:
    for one, other in zip(first, second, strict=True):
        members = building.differences(one, other)
        if members:
            raise BuildFailed(
                f"two builds of the same commit differ in {', '.join(members[:5])}", where=one.name,
                do="take times, random values, paths and the order of files out of the build (https://reproducible-builds.org/docs)"
                + _COMPILED * any(member.endswith(".so") for member in members),
            )  # fmt: skip


def _check(version: str, files: list[Path], log: Path) -> None:
    named = building.version_of(files[1])
    if named != version:
        raise BuildFailed(
            f"the wheel says that it is {named}, the release is {version}", where=files[1].name,
            do="let the version come from the tag: [tool.setuptools_scm] or hatch-vcs in pyproject.toml",
        )  # fmt: skip
    building.check(files, log=log)


def _check_python(wheel: Artifact) -> None:
    """What this Python can't install can't be proven by it, and channels are flipped on proof alone."""
    if not is_supported(wheel.requires_python or "", platform.python_version()):
        raise BuildFailed(
            f"{wheel.name} requires Python {wheel.requires_python}, this is {platform.python_version()}",
            where="project.requires-python", do="run the engine with a Python that the project supports",
        )  # fmt: skip


def _recall(run_: Run, built: dict[str, str]) -> None:
    """What the ledger says of an earlier build of this release must be what came out now."""
    for known in run_.history.releases[run_.candidate.version].built():
        if built.get(known.name, known.sha256) != known.sha256:
            raise BuildFailed(
                f"{known.name} was built before with sha256 {known.sha256[:12]}, now it is {built[known.name][:12]}",
                where=run_.candidate.commit[:12],
                do="find out what changed in the machine's build tools; the ledger has both times",
            )


def _holds(run_: Run) -> bool:
    folder = run_.project.workspace.dist(run_.candidate.version)
    files = [artifact for artifact in run_.listed().artifacts if artifact.kind != "image"]
    return all((folder / file.name).is_file() and archives.sha256(folder / file.name) == file.sha256 for file in files)


STEP = Step("build", "build the commit twice and compare", "built twice, the bytes agree", work=_work, holds=_holds)
