"""Runs the gates over a clean export of the commit and the built wheel, and keeps the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from release.errors import GateFailed
from release.gates import session_runs
from release.ledger import now
from release.model import Json
from release.run import Run, Step


def _work(run: Run) -> Mapping[str, Json]:
    wheel = run.artifact("wheel")
    known = _standing(run, wheel.sha256)
    missing = [gate for gate in run.project.config.gates if gate not in known]
    folder = run.project.workspace.evidence(run.candidate.version) / now().replace(":", "")
    folder.mkdir(parents=True)
    ran = session_runs.outcomes(run, missing, folder) if missing else []
    outcomes = [*known.values(), *(outcome.to_json() for outcome in ran)]
    evidence = {
        "commit": run.candidate.commit, "wheel_sha256": wheel.sha256,
        "logs": str(folder.relative_to(run.project.repository.root)),
        "outcomes": sorted(outcomes, key=lambda outcome: run.project.config.gates.index(outcome["gate"])),
    }  # fmt: skip
    failed = [outcome for outcome in outcomes if not outcome["passed"]]
    if failed:
        raise _failure(failed, evidence, folder)
    return {"evidence": evidence}


def _failure(failed: Sequence[Mapping[str, Json]], evidence: Mapping[str, Json], folder: Path) -> GateFailed:
    names = ", ".join(outcome["gate"] for outcome in failed)
    reasons = "\n".join(
        f"    {outcome['gate']}: {outcome['reason']}{session_runs.end_of_logs(outcome['gate'], folder)}"
        for outcome in failed
    )
    plural = "s" if len(failed) > 1 else ""
    error = GateFailed(
        f"{len(failed)} gate{plural} failed, nothing was published: {names}\n{reasons}", where=f"logs in {folder}",
        do=f"run it alone and mend it: nox -s {names.replace(',', '')}",
    )  # fmt: skip
    error.evidence = dict(evidence)
    return error


def _standing(run: Run, wheel_sha256: str) -> dict[str, Mapping[str, Json]]:
    """Gates that passed in an earlier attempt for this very commit and wheel."""
    failed = run.operation.failed or {}
    evidence = failed.get("evidence", {}) if failed.get("step") == "gates" else {}
    if evidence.get("commit") != run.candidate.commit or evidence.get("wheel_sha256") != wheel_sha256:
        return {}
    wanted = run.project.config.gates
    return {
        outcome["gate"]: outcome for outcome in evidence["outcomes"] if outcome["passed"] and outcome["gate"] in wanted
    }


STEP = Step("gates", "run the gates", "every gate passed", work=_work)
