"""`release -- --abandon`: closes an unfinished release, with every channel as it was before it."""

from __future__ import annotations

from release import opening
from release.errors import NotEligible
from release.lock import Claim
from release.pipeline import Pipeline
from release.recall import undoing
from release.run import Candidate, Project, Run


def abandon(project: Project, reason: str) -> None:
    """Take back what the unfinished release did to channels, and close it."""
    known = opening.history(project)
    if known.operation is None:
        raise NotEligible(
            "no release is under way", where="refs/releases/ledger", do="nox -s status shows what is served"
        )
    with opening.locked(project, "abandon a release", known) as (claim, history):
        operation = history.operation
        if operation is None or operation.verb not in ("release", "forward"):
            raise NotEligible(
                "no release is under way", where="refs/releases/ledger", do="nox -s status shows what is served"
            )
        data = operation.data
        candidate = Candidate(operation.version, operation.commit, data["epoch"], data["tag"], data["tag_object"])
        run = Run(project, candidate, history)
        if not operation.abandoning:
            Pipeline(claim, run).give_up(reason)
        finish(claim, run)


def finish(claim: Claim, run: Run) -> None:
    """Take the channels back, the last one that was changed first, and close the release that is being abandoned."""
    operation, pipeline = run.operation, Pipeline(claim, run)
    pipeline.settle()
    moved = [key for key in operation.done if operation.acts[key]["verb"] == "point" and not key.startswith("repair ")]
    for key in reversed(moved):
        pipeline.perform(undoing(run, key))
    pipeline.close(f"given up: {operation.data['abandon']}; every channel is as it was before")
    run.project.console.say(f"release {operation.version} is closed; every channel is as it was before it")
