"""Lets one session make the attestations (PEP 740): alone, since it gets what proves who the CI job is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from release.archives import ATTESTATION
from release.config.targets import IndexSpec
from release.credentials import identity
from release.errors import GateFailed
from release.gates import session_runs
from release.ledger import now
from release.model import Json
from release.run import Run, Step


def _work(run: Run) -> Mapping[str, Json]:
    session = run.project.config.attest
    folder = run.project.workspace.release(run.candidate.version) / "attest" / now().replace(":", "")
    folder.mkdir(parents=True)
    for path in _attestations(run):  # of an earlier try
        path.unlink(missing_ok=True)
    (outcome,) = session_runs.outcomes(run, [session], folder, identity())
    if not outcome.passed:
        raise GateFailed(
            f"the attestations were not made, nothing was published: {outcome.reason}"
            f"{session_runs.end_of_logs(session, folder)}",
            where=f"logs in {folder}", do="see whether the CI lets this job prove who it is (OIDC)",
        )  # fmt: skip
    lacking = [path.name for path in _attestations(run) if not path.is_file()]
    if lacking:
        raise GateFailed(
            f"{session} passed, and did not write {', '.join(lacking)}", where="tool.release.attest",
            do="let it write one beside each file in the folder of RELEASE_WHEEL: python -m pypi_attestations sign",
        )  # fmt: skip
    return {"session": session, "logs": str(folder.relative_to(run.project.repository.root))}


def _attestations(run: Run) -> list[Path]:
    folder = run.project.workspace.dist(run.candidate.version)
    files = [artifact.name for artifact in run.listed().artifacts if artifact.kind != "image"]
    return [folder / f"{name}{ATTESTATION}" for name in files]


def _skip(run: Run) -> str | None:
    config = run.project.config
    if not any(isinstance(target, IndexSpec) and target.attestations for target in config.targets):
        return "no target takes attestations"
    return None if config.attest else "tool.release.attest names no session"


def _holds(run: Run) -> bool:
    return all(path.is_file() for path in _attestations(run))


STEP = Step("attest", "make the attestations", "the files are attested", work=_work, skip=_skip, holds=_holds)
