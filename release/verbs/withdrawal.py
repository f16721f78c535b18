"""`rollback` takes users back to an earlier release; `promote VERSION` brings a withdrawn one back to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from packaging.version import Version

from release import opening
from release.commands import REASON, command
from release.errors import Refused, ReleaseError, UsageError
from release.ledger.history import History
from release.ledger.lock import Claim
from release.ledger.operation import Operation, Verb
from release.pipeline import Pipeline
from release.rollback import decision
from release.rollback.decision import Decision, Place
from release.rollback.recall import foresee
from release.run import Candidate, Project, Run
from release.verbs import forward, turning

_DONE = {"rollback": "Rolled back", "promote": "Brought back"}


@dataclass(frozen=True)
class _Request:
    """What somebody asked for."""

    verb: Verb
    decide: Callable[[History], Decision]
    reason: str
    version: Version | None
    """The version that was named, if one was."""


def rollback(project: Project, *, to: str | None, reason: str, dry_run: bool, guessed: bool = False) -> None:
    """Go back to the release before, or to `to`; the releases above it are withdrawn with the reason.

    `guessed` says that nobody named the profile, which is refused where another one is likely to be meant.
    """
    wanted = None if to is None else decision.named(to, "--to", "was released, such as --to 1.2.0")
    history = opening.history(project)
    opening.refuse_other_profile(project, history)
    if guessed:
        opening.refuse_guess(project, history)
    if forward.is_due(history) and wanted in (None, Version(forward.like(history))):
        forward.roll_forward(project, dry_run=dry_run)
        return
    places = _places(project)
    request = _Request("rollback", lambda known: decision.rollback(known, places, reason, wanted), reason, wanted)
    if dry_run:
        _plan(project, history, request)
    elif _operate(project, history, request).forward:
        forward.roll_forward(project)


def bring_back(project: Project, version: str, *, reason: str, dry_run: bool) -> None:
    """Serve a withdrawn release again; only with a reason, for the record."""
    wanted = decision.named(version, "promote", "was withdrawn")
    history = opening.history(project)
    opening.refuse_other_profile(project, history)
    places = _places(project)
    request = _Request("promote", lambda known: decision.bring_back(known, places, wanted), reason, wanted)
    if not reason and not _is_same(history.operation, request):
        request.decide(history)  # says so where it was not withdrawn at all
        raise UsageError(
            f"{version} was withdrawn; bringing it back needs a reason", where="promote",
            do=command("promote", version, REASON),
        )  # fmt: skip
    if dry_run:
        _plan(project, history, request)
    else:
        _operate(project, history, request)


def _places(project: Project) -> list[Place]:
    return [Place(target.name, target.way_back, target.channels) for target in project.targets]


def _plan(project: Project, history: History, request: _Request) -> None:
    """Show what the command would do from where everything stands now."""
    operation = history.operation
    if operation is not None and _is_same(operation, request):
        project.console.say(f"{request.verb} to {operation.version} would go on")
        run = _run(project, history, operation.version)
        foresee(run)
        turning.show(run, turning.recorded(operation), "would", operation.done)
        return
    if operation is not None:
        over = Run(project, Candidate.resumed(operation), history)
        _refuse_unfinished(over, request, lambda: foresee(over))
    chosen = request.decide(history)
    turning.show(_run(project, history, chosen.version), chosen, "would")


def _operate(project: Project, known: History, request: _Request) -> Decision:
    seen = known.head
    with opening.locked(project, request.verb, known) as (claim, history):
        run, chosen = _begin_or_resume(claim, project, history, request, seen)
        pipeline = Pipeline(claim, run)
        pipeline.run(turning.steps(chosen))
        served = turning.served(run, chosen)
        pipeline.finish(f"{_DONE[request.verb]}: {served}{_gone(run)}")
    project.console.say(f"\n{served}")
    for target in turning.turned(run, chosen):
        project.console.say(f"  {target.name}: {target.address('stable')}")
    return chosen


def _begin_or_resume(
    claim: Claim, project: Project, history: History, request: _Request, seen: str | None
) -> tuple[Run, Decision]:
    operation = history.operation
    if operation is not None and _is_same(operation, request):
        project.console.say(f"{request.verb} to {operation.version} goes on")
        chosen = turning.recorded(operation)
        return _run(project, history, chosen.version), chosen
    opening.refuse_moved(history, seen)  # else what is decided now may be to go behind what somebody just went back to
    over = None
    if operation is not None:
        unfinished = Run(project, Candidate.resumed(operation), history)
        over = Pipeline(claim, unfinished)
        _refuse_unfinished(unfinished, request, over.settle)
    chosen = request.decide(history)
    run = _run(project, history, chosen.version)
    turning.show(run, chosen, "will")
    turning.ask(run, chosen)
    if over is not None:  # only now, for what refuses must leave it open
        over.close(f"superseded by a {request.verb}")
    changes = [[target, channel, change.to_json()] for target, channel, change in chosen.changes]
    known = {"withdrawn": list(chosen.withdrawn), "changes": changes, "forward": list(chosen.forward)}
    targets = [target.name for target in project.targets]
    Pipeline(claim, run).begin(request.verb, reason=request.reason, **known, targets=targets)
    return run, chosen


def _is_same(operation: Operation | None, request: _Request) -> bool:
    return (
        operation is not None
        and operation.verb == request.verb
        and request.version in (None, Version(operation.version))
    )  # fmt: skip


def _gone(run: Run) -> str:
    withdrawn, reason = run.operation.data["withdrawn"], run.operation.data["reason"]
    return f"; {', '.join(withdrawn)} withdrawn: {reason}" if withdrawn else f": {reason}"


def _refuse_unfinished(over: Run, request: _Request, settle: Callable[[], None]) -> None:
    """Refused where what is under way must come to its end first. A rollback may end it, if users of stable have it.

    `settle` finds that out. If they do not have it, a rollback would take them from the release that is good.
    """
    operation, do = over.operation, over.operation.ways
    if request.verb == "rollback" and not operation.abandoning:
        settle()
        stable = (over.history.lists(target.name, "stable", operation.version) for target in over.project.targets)
        if operation.verb not in ("release", "forward") or any(stable):
            return
        if operation.verb == "release":
            then = f", then {command('rollback', f'--to {request.version}')}" if request.version else ""
            do = f"it has not reached stable; close it: {command('release', '--abandon')}{then}"
    raise Refused([ReleaseError(operation.unfinished, where=operation.begun, do=do)])


def _run(project: Project, history: History, version: str) -> Run:
    return Run(project, Candidate.of(history.releases[version], project.repository), history)
