"""`release -- --abandon`: closes an unfinished release, with every channel as it was before it."""

from __future__ import annotations

from release import opening
from release.errors import NotEligible
from release.lock import Claim
from release.model import WayBack
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
    points = [key for key, act in operation.acts.items() if act["verb"] == "point" and not key.startswith("repair ")]
    cut_off = [key for key in points if key in operation.pending() and not key.startswith("undo ")]
    cut_off = [key for key in cut_off if not undoing(run, key).is_done()]
    moved = [key for key in points if key in operation.done]
    kept = [place for key in (*cut_off, *reversed(moved)) if (place := _take_back(pipeline, run, key))]
    as_before = f"every channel is as it was before{', but for ' if kept else ''}{', '.join(kept)}"
    pipeline.close(f"given up: {operation.data['abandon']}; {as_before}")
    run.project.console.say(f"release {operation.version} is closed; {as_before}{'' if kept else ' it'}")


def _take_back(pipeline: Pipeline, run: Run, key: str) -> str:
    """Undo an act on a channel. Where that can't be, the channel with its target, whose users are told of; else ''."""
    act = undoing(run, key)
    if act.target.way_back is not WayBack.ROLL_FORWARD:
        pipeline.perform(act)
        return ""
    place = f"{act.channel} of {act.target.name}"
    run.project.console.say(f"note: {place} removes nothing: its users get {run.candidate.version} until the next one")
    return place
