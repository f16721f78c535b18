"""`release -- --abandon`: closes an unfinished release, with every channel as it was before it."""

from __future__ import annotations

from release import opening
from release.acts import Point
from release.errors import NotEligible, ReleaseError
from release.lock import Claim
from release.model import Change
from release.pipeline import Pipeline, intended
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
        if operation is None or operation.verb != "release":
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
    for key in reversed(operation.done):
        data = operation.acts[key]
        if key.startswith(("undo ", "repair ")) or f"undo {key}" in operation.done or data["verb"] != "point":
            continue
        done = intended(run, key)
        if done is None:
            raise ReleaseError(f"{key} can't be taken back", where=key)
        change = Change.from_json(data["change"]).inverse()
        now = run.history.pointer(done.target.name, done.channel)
        after = run.history.after(done.target.name, done.channel, change)
        pipeline.perform(Point(done.target, done.channel, change, now, after, undo=True))
    pipeline.close(f"given up: {operation.data['abandon']}; every channel is as it was before")
    run.project.console.say(f"release {operation.version} is closed; every channel is as it was before it")
