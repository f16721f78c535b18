"""`rollback` takes users back to an earlier release; `promote VERSION` brings a withdrawn one back to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from release import decision, opening, recovery
from release.acts import Act, Point, Put
from release.decision import Decision, Place
from release.errors import Refused, ReleaseError, UsageError
from release.history import History, Operation, Verb
from release.lock import Claim
from release.model import Change, Json
from release.pipeline import Pipeline
from release.proof import prove_channel
from release.run import Candidate, Project, Run, Step
from release.targets import Target
from release.verbs import forward

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
    if to is None and not dry_run and forward.is_due(opening.history(project)):
        forward.roll_forward(project)
        return
    places = _places(project)
    request = _Request("rollback", lambda history: decision.rollback(history, places, reason, to), reason, to)
    chosen = _operate(project, request, dry_run=dry_run)
    if chosen.forward and not dry_run:
        forward.roll_forward(project)


def bring_back(project: Project, version: str, *, reason: str, dry_run: bool) -> None:
    """Serve a withdrawn release again; only with a reason, for the record."""
    if not reason:
        raise UsageError(
            f"{version} was withdrawn; bringing it back needs a reason",
            where="promote",
            do=f'nox -s promote -- {version} --reason "..."',
        )
    places = _places(project)
    request = _Request("promote", lambda history: decision.bring_back(history, places, version), reason, version)
    _operate(project, request, dry_run=dry_run)


def _places(project: Project) -> list[Place]:
    return [Place(target.name, target.way_back) for target in project.targets]


def _operate(project: Project, request: _Request, *, dry_run: bool) -> Decision:
    if dry_run:
        history = opening.history(project)
        _check_way(history.operation, request)
        chosen = request.decide(history)
        _show(_run(project, history, chosen.version), chosen, "would")
        return chosen
    with opening.locked(project, request.verb) as (claim, history):
        run, chosen = _begin_or_resume(claim, project, history, request)
        pipeline = Pipeline(claim, run)
        pipeline.run(_steps(chosen))
        served = _served(run, chosen)
        pipeline.finish(f"{_DONE[request.verb]}: {served}{_gone(run)}")
    project.console.say(f"\n{served}")
    for target in _turned(run, chosen):
        project.console.say(f"  {target.name}: {target.address('stable')}")
    return chosen


def _turned(run: Run, chosen: Decision) -> list[Target]:
    """The targets whose channels were to change, or serve the right release already."""
    return [target for target in run.project.targets if target.name not in chosen.forward]


def _served(run: Run, chosen: Decision) -> str:
    turned = _turned(run, chosen)
    current = run.history.listing(turned[0].name, "stable").current() if turned else None
    left = f"{', '.join(chosen.forward)} can't go back and is to be rolled forward" if chosen.forward else ""
    here = f"stable serves {current.version if current else 'nothing'}" if turned else ""
    return "; ".join(part for part in (here, left) if part)


def _begin_or_resume(claim: Claim, project: Project, history: History, request: _Request) -> tuple[Run, Decision]:
    operation = history.operation
    _check_way(operation, request)
    if operation is not None and _is_same(operation, request):
        project.console.say(f"{request.verb} to {operation.version} goes on")
        chosen = _recorded(operation)
        return _run(project, history, chosen.version), chosen
    if operation is not None:
        over = Pipeline(claim, _run(project, history, operation.version))
        over.settle()
        over.close(f"superseded by a {request.verb}")
    chosen = request.decide(history)
    run = _run(project, history, chosen.version)
    _show(run, chosen, "will")
    _ask(run, chosen)
    changes = [[target, channel, change.to_json()] for target, channel, change in chosen.changes]
    known = {"withdrawn": list(chosen.withdrawn), "changes": changes, "forward": list(chosen.forward)}
    Pipeline(claim, run).begin(request.verb, reason=request.reason, **known)
    return run, chosen


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
    made = operation.verb in ("release", "forward")
    reached = not made or operation.has_reached("stable")
    if request.verb == "rollback" and reached and not operation.abandoning:
        return
    do = f"finish it: nox -s {operation.verb}"
    if made:
        do = f"it has not reached stable; close it: nox -s release -- --abandon, then nox -s {request.verb}"
    where = f"begun {operation.began} by {operation.by}"
    raise Refused([ReleaseError(f"{operation.verb} {operation.version} is not finished", where=where, do=do)])


def _recorded(operation: Operation) -> Decision:
    changes = tuple(
        (target, channel, Change.from_json(change)) for target, channel, change in operation.data["changes"]
    )
    data = operation.data
    return Decision(operation.version, tuple(data["withdrawn"]), changes, tuple(data.get("forward", ())))


def _run(project: Project, history: History, version: str) -> Run:
    known = history.releases[version]
    epoch = project.repository.epoch(known.commit)
    return Run(project, Candidate(version, known.commit, epoch, known.tag, known.tag_object), history)


def _show(run: Run, chosen: Decision, word: str) -> None:
    run.project.console.say(f"{word} go to {chosen.version}:")
    say = run.project.console.say
    for act in _points(run, chosen):
        say(f"  {word} {act.sentence}")
    if chosen.forward:
        version = forward.following(run.project, run.history)
        say(f"  {word} then release {chosen.version} again as {version}: {', '.join(chosen.forward)} can't go back")
    for target in run.project.targets:
        for caveat in filter(None, map(target.caveat, chosen.withdrawn)):
            say(f"  note: {caveat}")


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
        Step(
            "channels", "turn the channels", "every channel is turned", acts=lambda run: _points(run, chosen),
            skip=partial(_forward_only, chosen=chosen),
        ),
        Step(
            "proof", "ask a resolver and a pull what users get now", "a resolver and a pull get it",
            work=partial(_proof, chosen=chosen), skip=partial(_forward_only, chosen=chosen),
        ),
    )  # fmt: skip


def _forward_only(run: Run, chosen: Decision) -> str | None:
    """The reason to turn and to ask nothing: nothing can be taken back on any target."""
    return None if _turned(run, chosen) else f"{', '.join(chosen.forward)} can't go back and is to be rolled forward"


def _missing(run: Run) -> Sequence[Act]:
    """Bring back what a target lost, or has again without a record; Tampered where a target has other bytes."""
    folder: Path = run.project.workspace.release(run.candidate.version) / "recovered"
    artifacts, pending = run.listed().artifacts, run.operation.pending()
    known = [Put(target, artifact, folder) for artifact in artifacts for target in run.project.taking(artifact)]
    lost = [act for act in known if act.key in pending or not act.is_done()]
    return [replace(act, source=recovery.find(run, act.artifact, folder)) for act in lost]


def _proof(run: Run, chosen: Decision) -> Mapping[str, Json]:
    turned = _turned(run, chosen)
    expected = run.history.listing(turned[0].name, "stable").current() if turned else None
    return {"proven": prove_channel(run, "stable", expected, turned, start_it=False) if expected else []}
