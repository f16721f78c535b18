"""`rollback` takes users back to an earlier release; `promote VERSION` brings a withdrawn one back to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from release import decision, opening, recovery
from release.acts import Act, Point, Put
from release.decision import Decision
from release.errors import Refused, ReleaseError, UsageError
from release.history import History, Operation, Verb
from release.lock import Claim
from release.model import Change, Holding, Json
from release.pipeline import Pipeline
from release.proof import prove_channel
from release.run import Candidate, Project, Run, Step

Decide = Callable[[History], Decision]

_DONE = {"rollback": "Rolled back", "promote": "Brought back"}


def rollback(project: Project, *, to: str | None, reason: str, dry_run: bool) -> None:
    """Go back to the release before, or to `to`; the releases above it are withdrawn with the reason."""
    names = [target.name for target in project.targets]
    _operate(
        project, "rollback", lambda history: decision.rollback(history, names, reason, to), reason, dry_run=dry_run
    )


def bring_back(project: Project, version: str, *, reason: str, dry_run: bool) -> None:
    """Serve a withdrawn release again; only with a reason, for the record."""
    if not reason:
        raise UsageError(
            f"{version} was withdrawn; bringing it back needs a reason",
            where="promote",
            do=f'nox -s promote -- {version} --reason "..."',
        )
    names = [target.name for target in project.targets]
    _operate(project, "promote", lambda history: decision.bring_back(history, names, version), reason, dry_run=dry_run)


def _operate(project: Project, verb: Verb, decide: Decide, reason: str, *, dry_run: bool) -> None:
    if dry_run:
        history = opening.history(project)
        _check_way(history.operation, verb)
        chosen = decide(history)
        _show(_run(project, history, chosen.version), chosen, "would")
        return
    with opening.locked(project, verb) as (claim, history):
        run, steps = _begin_or_resume(claim, project, history, verb, decide, reason)
        pipeline = Pipeline(claim, run)
        pipeline.run(steps)
        served = history.listing(project.targets[0].name, "stable").current()
        pipeline.finish(f"{_DONE[verb]}: stable serves {served.version if served else 'nothing'}{_gone(run)}")
    project.console.say(f"\nstable serves {served.version if served else 'nothing'}")
    for target in project.targets:
        project.console.say(f"  {target.name}: {target.address('stable')}")


def _begin_or_resume(
    claim: Claim, project: Project, history: History, verb: Verb, decide: Decide, reason: str
) -> tuple[Run, Sequence[Step]]:
    operation = history.operation
    _check_way(operation, verb)
    if operation is not None and operation.verb == verb:
        project.console.say(f"{verb} to {operation.version} goes on")
        chosen = _recorded(operation)
        return _run(project, history, chosen.version), _steps(chosen)
    if operation is not None:
        over = Pipeline(claim, _run(project, history, operation.version))
        over.settle()
        over.close(f"superseded by a {verb}")
    chosen = decide(history)
    run = _run(project, history, chosen.version)
    _show(run, chosen, "will")
    changes = [[target, channel, change.to_json()] for target, channel, change in chosen.changes]
    Pipeline(claim, run).begin(verb, reason=reason, withdrawn=list(chosen.withdrawn), changes=changes)
    return run, _steps(chosen)


def _gone(run: Run) -> str:
    withdrawn, reason = run.operation.data["withdrawn"], run.operation.data["reason"]
    return f"; {', '.join(withdrawn)} withdrawn: {reason}" if withdrawn else f": {reason}"


def _check_way(operation: Operation | None, verb: Verb) -> None:
    """A release that users have begun to get may be rolled back; any other unfinished operation comes first."""
    if operation is None or operation.verb == verb:
        return
    if (
        verb == "rollback"
        and operation.verb == "release"
        and operation.has_reached("stable")
        and not operation.abandoning
    ):
        return
    do = f"finish it: nox -s {operation.verb}"
    if operation.verb == "release":
        do = f"it has not reached stable; close it first: nox -s release -- --abandon, then nox -s {verb}"
    problem = ReleaseError(
        f"{operation.verb} {operation.version} is not finished",
        where=f"begun {operation.began} by {operation.by}",
        do=do,
    )
    raise Refused([problem])


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
    """Bring back what a target lost; Tampered comes out of `ask` where it has other bytes."""
    folder: Path = run.project.workspace.release(run.candidate.version) / "recovered"
    return [
        Put(target, artifact, recovery.find(run, artifact, folder))
        for artifact in run.listed().artifacts
        for target in run.project.taking(artifact)
        if target.ask(artifact) is Holding.ABSENT
    ]


def _proof(run: Run) -> Mapping[str, Json]:
    proven: list[dict[str, Json]] = []
    expected = run.history.listing(run.project.targets[0].name, "stable").current()
    if expected is not None:
        proven = prove_channel(run, "stable", expected, start_it=False)
    return {"proven": proven}
