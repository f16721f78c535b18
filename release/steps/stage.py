"""Brings the artifacts to every target, where no channel shows them yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from release.acts import Act, Put
from release.model import Artifact
from release.run import Run, Step


def _source(run: Run, artifact: Artifact) -> Path:
    workspace, version = run.project.workspace, run.candidate.version
    return workspace.image(version) if artifact.kind == "image" else workspace.dist(version) / artifact.name


def _acts(run: Run) -> Sequence[Act]:
    return [
        Put(target, artifact, _source(run, artifact))
        for artifact in run.listed().artifacts
        for target in run.project.taking(artifact)
    ]


STEP = Step("stage", "bring the artifacts to the targets", "every target has the artifacts", acts=_acts)
