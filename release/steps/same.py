"""Proves that a release which was rolled forward is the earlier one, member by member, but for its version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from release.building import sameness
from release.errors import BuildFailed
from release.model import Json
from release.rollback import recovery
from release.run import Candidate, Run, Step


def _work(run: Run) -> Mapping[str, Json]:
    like = run.history.releases[str(run.operation.data["like"])]
    of_it = replace(run, candidate=Candidate.of(like, run.project.repository))
    compared = {}
    for artifact in like.built():
        if artifact.kind == "image":  # it is made of the wheel that is compared here, and is proven by its own gate
            continue
        known = recovery.find(of_it, artifact, run.project.workspace.release(like.version) / "recovered")
        now = run.project.workspace.dist(run.candidate.version) / run.artifact(artifact.kind).name
        names = {like.version: like.commit, run.candidate.version: run.candidate.commit}
        members, differing = sameness.compare(known, now, names)
        if differing:
            raise BuildFailed(
                f"{now.name} differs from {known.name} in more than its version: {', '.join(differing[:5])}",
                where=run.candidate.commit[:12],
                do="the build depends on something outside the commit; release a mended commit under the next version",
            )
        compared[artifact.kind] = members
    return {"like": like.version, "members_compared": compared}


STEP = Step(
    "same", "compare it with the earlier release", "its contents are the earlier release's but for the version",
    work=_work,
)  # fmt: skip
