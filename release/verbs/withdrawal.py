"""`rollback` takes users back to an earlier release; `promote VERSION` brings a withdrawn one back to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from release import decision, opening, recovery
from release.acts import Act, Point, Put
from release.decision import Decision
from release.errors import Refused, ReleaseError, UsageError
from release.history import History, Operation, Verb
from release.lock import Claim
from release.model import Change, Json
from release.pipeline import Pipeline
from release.proof import prove_channel
from release.run import Candidate, Project, Run, Step

_DONE = {"rollback": "Rolled back", "promote": "Brought back"}


@dataclass(frozen=True)
class _Request:
    """What somebody asked for."""

    verb: Verb
    decide: Callable[[History], Decision]
    reason: str
    version: str | None
    """The version that was named, if one was."""


def rollback(project: Project, *, to: str | None, reason: str, dry_run: bool) -> None:
    """Go back to the release before, or to `to`; the releases above it are withdrawn with the reason."""
    names = [target.name for target in project.targets]
    request = _Request("rollback", lambda history: decision.rollback(history, names, reason, to), reason, to)
    _operate(project, request, dry_run=dry_run)


def bring_back(project: Project, version: str, *, reason: str, dry_run: bool) -> None:
    """Serve a withdrawn release again; only with a reason, for the record."""
    if not reason:
        raise UsageError(
            f"{version} was withdrawn; bringing it back needs a reason",
            where="promote",
            do=f'nox -s promote -- {version} --reason "..."',
        )
    names = [target.name for target in project.targets]
    request = _Request("promote", lambda history: decision.bring_back(history, names, version), reason, version)
    _operate(project, request, dry_run=dry_run)


def _operate(project: Project, request: _Request, *, dry_run: bool) -> None:
    if dry_run:
        history = opening.history(project)
        _check_way(history.operation, request)
        chosen = request.decide(history)
        _show(_run(project, history, chosen.version), chosen, "would")
        return
    with opening.locked(project, request.verb) as (claim, history):
        run, steps = _begin_or_resume(claim, project, history, request)
        pipeline = Pipeline(claim, run)
        pipeline.run(steps)
        served = history.listing(project.targets[0].name, "stable").current()
        pipeline.finish(f"{_DONE[request.verb]}: stable serves {served.version if served else 'nothing'}{_gone(run)}")
    project.console.say(f"\nstable serves {served.version if served else 'nothing'}")
    for target in project.targets:
        project.console.say(f"  {target.name}: {target.address('stable')}")


def _begin_or_resume(claim: Claim, project: Project, history: History, request: _Request) -> tuple[Run, Sequence[Step]]:
    operation = history.operation
    _check_way(operation, request)
    if operation is not None and _is_same(operation, request):
        project.console.say(f"{request.verb} to {operation.version} goes on")
        chosen = _recorded(operation)
        return _run(project, history, chosen.version), _steps(chosen)
    if operation is not None:
        over = Pipeline(claim, _run(project, history, operation.version))
        over.settle()
        over.close(f"superseded by a {request.verb}")
    chosen = request.decide(history)
    run = _run(project, history, chosen.version)
    _show(run, chosen, "will")
    _ask(run, chosen)
    changes = [[target, channel, change.to_json()] for target, channel, change in chosen.changes]
    Pipeline(claim, run).begin(request.verb, reason=request.reason, withdrawn=list(chosen.withdrawn), changes=changes)
    return run, _steps(chosen)


def _ask(run: Run, chosen: Decision) -> None:
    """Tampered where a target is not what the ledger says; asked first, for an open rollback would keep repair out."""
    for artifact in run.listed().artifacts:
        for target in run.project.taking(artifact):
            target.ask(artifact)
    for act in _points(run, chosen):
        act.is_done()


def _is_same(operation: Operation, request: _Request) -> bool:
    return operation.verb == request.verb and request.version in {None, operation.version}


def _gone(run: Run) -> str:
    withdrawn, reason = run.operation.data["withdrawn"], run.operation.data["reason"]
    return f"; {', '.join(withdrawn)} withdrawn: {reason}" if withdrawn else f": {reason}"


def _check_way(operation: Operation | None, request: _Request) -> None:
    """Refuse where another operation must come first. A rollback may end whatever has begun to reach users."""
    if operation is None or _is_same(operation, request):
        return
    reached = operation.verb != "release" or operation.has_reached("stable")
    if request.verb == "rollback" and reached and not operation.abandoning:
        return
    do = f"finish it: nox -s {operation.verb}"
    if operation.verb == "release":
        do = f"it has not reached stable; close it: nox -s release -- --abandon, then nox -s {request.verb}"
    where = f"begun {operation.began} by {operation.by}"
    raise Refused([ReleaseError(f"{operation.verb} {operation.version} is not finished", where=where, do=do)])


def _recorded(operation: Operation) -> Decision:
    changes = tuple(
        (target, channel, Change.from_json(change)) for target, channel, change in operation.data["changes"]
    )
    return Decision(operation.version, tuple(operation.data["withdrawn"]), changes)


def _run(project: Project, history: History, version: str) -> Run:
    known = history.releases[version]
    epoch = project.repository.epoch(known.commit)
    return Run(project, Candidate(version, known.commit, epoch, known.tag, known.tag_object), history)


def _show(run: Run, chosen: Decision, word: str) -> None:
    run.project.console.say(f"{word} go to {chosen.version}:")
    for act in _points(run, chosen):
        run.project.console.say(f"  {word} {act.sentence}")


def _points(run: Run, chosen: Decision) -> list[Act]:
    targets = {target.name: target for target in run.project.targets}
    return [
        Point(
            targets[name], channel, change, run.history.pointer(name, channel), run.history.after(name, channel, change)
        )
        for name, channel, change in chosen.changes
        if f"point {channel} of {name}" not in (run.history.operation.done if run.history.operation else ())
    ]


def _steps(chosen: Decision) -> Sequence[Step]:
    return (
        Step("eligible", "find the bytes of the release to serve", "every target has its bytes", acts=_missing),
        Step("channels", "turn the channels", "every channel is turned", acts=lambda run: _points(run, chosen)),
        Step("proof", "ask a resolver and a pull what users get now", "a resolver and a pull get it", work=_proof),
    )


def _missing(run: Run) -> Sequence[Act]:
    """Bring back what a target lost, or has again without a record; Tampered where a target has other bytes."""
    folder: Path = run.project.workspace.release(run.candidate.version) / "recovered"
    artifacts, pending = run.listed().artifacts, run.operation.pending()
    known = [Put(target, artifact, folder) for artifact in artifacts for target in run.project.taking(artifact)]
    lost = [act for act in known if act.key in pending or not act.is_done()]
    return [replace(act, source=recovery.find(run, act.artifact, folder)) for act in lost]


def _proof(run: Run) -> Mapping[str, Json]:
    proven: list[dict[str, Json]] = []
    expected = run.history.listing(run.project.targets[0].name, "stable").current()
    if expected is not None:
        proven = prove_channel(run, "stable", expected, start_it=False)
    return {"proven": proven}
