"""Builds the image that holds the wheel, starts it, and counts it only if it works."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from release.commands import command
from release.errors import BuildFailed, ReleaseError
from release.images.builders import build, specified
from release.model import Artifact, Json
from release.oci.contents import check_wheel
from release.oci.layout import Layout
from release.proof.smoke import prove, unpacked
from release.rollback import recovery
from release.run import Run, Step


def _work(run: Run) -> Mapping[str, Json]:
    known = next((one for one in run.history.releases[run.candidate.version].built() if one.kind == "image"), None)
    if known is not None and run.history.is_out(run.candidate.version):
        return {"artifacts": [_released(run, known).to_json()]}
    return _built(run)


def _released(run: Run, known: Artifact) -> Artifact:
    """The image that some channel lists already, for a target that lacks it: a new build may have other packages."""
    folder = run.project.workspace.image(run.candidate.version)
    found = recovery.find(run, known, run.project.workspace.release(run.candidate.version) / "recovered")
    if found != folder:
        shutil.rmtree(folder, ignore_errors=True)
        kept = Layout(folder)
        kept.name({known.name: Layout(found).copy(known.digest, kept)})
    _start(run, folder, known)
    return known


def _start(run: Run, folder: Path, artifact: Artifact) -> None:
    """VerifyFailed where it does not hold the wheel, or does not work."""
    with run.project.workspace.temporary("rootfs") as temporary, unpacked(folder, artifact, temporary) as program:
        check_wheel(temporary, run.wheel())
        prove(run, program, "the image")


def _built(run: Run) -> Mapping[str, Json]:
    project, candidate = run.project, run.candidate
    spec = specified(
        project.config, run.source(), project.repository.root,
        version=candidate.version, revision=candidate.commit, epoch=candidate.epoch,
    )  # fmt: skip
    folder = project.workspace.image(candidate.version)
    shutil.rmtree(folder, ignore_errors=True)
    built = build(project.config, spec, run.wheel(), folder)
    artifact = built.artifact
    _start(run, folder, artifact)
    for known in run.history.releases[candidate.version].built():
        if known.kind == "image" and known.sha256 != artifact.sha256:
            raise BuildFailed(
                f"the image was built before with sha256 {known.sha256[:12]}, now it is {artifact.sha256[:12]}",
                where=candidate.commit[:12],
                do="what it is made of has moved on, such as Debian's packages, or depends on the moment; "
                f"close the release ({command('release', '--abandon')}) and begin anew",
            )
    return {"artifacts": [artifact.to_json()], "packages": [package.to_json() for package in built.packages]}


def _holds(run: Run) -> bool:
    try:
        Layout(run.project.workspace.image(run.candidate.version)).verify(run.artifact("image").digest)
    except (ReleaseError, OSError):
        return False
    return True


def _skip(run: Run) -> str | None:
    return "no image is configured" if run.project.config.image is None else None


STEP = Step(
    "image", "build the image and start it", "the image is built and works", work=_work, skip=_skip, holds=_holds
)
