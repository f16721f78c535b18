"""Brings a released artifact's bytes back where a target lost them: from this clone, another target, or its commit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from release import archives, building
from release.building.environments import cached
from release.commands import command
from release.errors import NotEligible, ReleaseError
from release.model import Artifact
from release.oci.layout import Layout
from release.run import Run


def find(run: Run, artifact: Artifact, folder: Path) -> Path:
    """A copy of the artifact in `folder`, or in the clone, with the sha256 that the ledger has.

    NotEligible, with what was tried, where there is none: other bytes are never served under the same name.
    """
    tried = []
    for name, look in _places(run, artifact, folder):
        try:
            found = look()
        except (ReleaseError, OSError) as error:
            tried.append(f"{name}: {str(error).splitlines()[0]}")
            continue
        run.project.console.say(f"    {artifact.name}: bytes found in {name}")
        return found
    raise NotEligible(
        f"{artifact.name} of {run.candidate.version} is lost, so it can't be served again", where="; ".join(tried),
        do=f"go back to another release: {command('rollback', '--to VERSION')}",
    )  # fmt: skip


def _places(run: Run, artifact: Artifact, folder: Path) -> Iterator[tuple[str, Callable[[], Path]]]:
    yield "this clone", lambda: _kept_image(run, artifact) if artifact.kind == "image" else _kept_file(run, artifact)
    for target in run.project.taking(artifact):
        yield target.name, partial(target.recover, artifact, folder / target.name)
    if artifact.kind != "image":
        yield "a build of its commit", lambda: _rebuilt(run, artifact, folder / "rebuilt")


def _kept_file(run: Run, artifact: Artifact) -> Path:
    return _compared(run.project.workspace.dist(run.candidate.version) / artifact.name, artifact)


def _kept_image(run: Run, artifact: Artifact) -> Path:
    folder = run.project.workspace.image(run.candidate.version)
    Layout(folder).verify(artifact.digest)
    return folder


def _rebuilt(run: Run, artifact: Artifact, folder: Path) -> Path:
    source = folder / "source"
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was killed
    folder.mkdir(parents=True)
    run.project.repository.export(run.candidate.commit, source)
    python = cached(run.project.workspace.cache, source / run.project.config.build_lock)
    files = building.build(python, source, folder, run.candidate.epoch, TZ="UTC", LC_ALL="C.UTF-8", PYTHONHASHSEED="1")
    return _compared(next(path for path in files if path.name == artifact.name), artifact)


def _compared(path: Path, artifact: Artifact) -> Path:
    found = archives.sha256(path)
    if found != artifact.sha256:
        raise ReleaseError(f"its sha256 is {found[:12]}, the ledger has {artifact.sha256[:12]}", where=str(path))
    return path
