"""`release -- --abandon`: closes an unfinished release, with every channel as it was before it."""

from __future__ import annotations

from release import opening
from release.commands import command
from release.config import CHANNELS
from release.errors import NotEligible
from release.ledger.history import History
from release.ledger.lock import Claim
from release.ledger.operation import Operation
from release.model import WayBack
from release.pipeline import Pipeline
from release.rollback.recall import undoing
from release.run import Candidate, Project, Run


def abandon(project: Project, reason: str) -> None:
    """Take back what the unfinished release did to channels, and close it."""
    known = opening.history(project)
    opening.refuse_other_profile(project, known)
    head, number = known.head, _begun(known).number
    with opening.locked(project, "abandon a release", known) as (claim, history):
        operation = _begun(history)
        if operation.number != number:
            opening.refuse_moved(history, head)
        run = Run(project, Candidate.resumed(operation), history)
        if not operation.abandoning:
            Pipeline(claim, run).give_up(reason)
        finish(claim, run)


def _begun(history: History) -> Operation:
    """The release under way. NotEligible where there is none, or something else is."""
    operation = history.operation
    if operation is not None and operation.verb in ("release", "forward"):
        return operation
    what = "no release is under way"
    if operation is None:
        raise NotEligible(what, where="refs/releases/ledger", do=f"{command('status')} shows what is served")
    raise NotEligible(
        f"{what}, but {operation.verb} {operation.version}", where=operation.begun,
        do=operation.ways,
    )  # fmt: skip


def finish(claim: Claim, run: Run) -> None:
    """Take the channels back, the last one that was changed first, and close the release that is being abandoned."""
    operation, pipeline = run.operation, Pipeline(claim, run)
    pipeline.settle()
    points = operation.moves(*CHANNELS)
    cut_off = [key for key in points if key in operation.pending() and not key.startswith("undo ")]
    cut_off = [key for key in cut_off if not undoing(run, key).is_done()]
    moved = [key for key in points if key in operation.done]
    kept = [place for key in (*cut_off, *reversed(moved)) if (place := _take_back(pipeline, run, key))]
    as_before = f"every channel is as it was before{', but for ' if kept else ''}{', '.join(kept)}"
    pipeline.close(f"given up: {operation.data['abandon']}; {as_before}")
    run.project.console.say(f"release {operation.version} is closed; {as_before}{'' if kept else ' it'}")
    if run.history.owed is not None:
        run.project.console.say(f"note: {run.history.owed.sentence}")


def _take_back(pipeline: Pipeline, run: Run, key: str) -> str:
    """Undo an act on a channel. Where that can't be, the channel with its target, whose users are told of; else ''."""
    act = undoing(run, key)
    if act.target.way_back is not WayBack.ROLL_FORWARD:
        pipeline.perform(act)
        return ""
    place = f"{act.channel} of {act.target.name}"
    run.project.console.say(f"note: {place} removes nothing: its users get {run.candidate.version} until the next one")
    return place
