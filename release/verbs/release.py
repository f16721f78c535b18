"""`release`: the commit at HEAD goes to users; `publish` stops at canary, and `promote` goes on from there."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.version import Version

from release import opening
from release.commands import command
from release.errors import NotEligible, Refused, ReleaseError, UsageError
from release.ledger import lock
from release.ledger.history import History
from release.ledger.holder import Holder
from release.ledger.lock import Claim
from release.ledger.operation import Operation
from release.pipeline import PUBLISH, RELEASE, Pipeline
from release.run import Candidate, Project, Run, Step
from release.steps import preflight
from release.targets import Target
from release.verbs import abandon, partly, released


def release(project: Project, *, steps: Sequence[Step] = RELEASE) -> None:
    """Bring HEAD to users, from wherever an earlier run of the same release stopped."""
    _release(project, steps)


def _release(project: Project, steps: Sequence[Step], *, begun: bool = False) -> None:
    """`begun` says that it must wait, proven, to go on."""
    history = opening.history(project)
    opening.refuse_other_profile(project, history)
    candidate = _candidate(project, history, lock.read(opening.shared(project))[1], begun=begun)
    if candidate is None:
        return
    seen = history.head
    with opening.locked(project, f"release {candidate.version}", history) as (claim, current):
        if current.head != seen:  # somebody did something before the lock was taken
            candidate = _candidate(project, current, None, begun=begun)
        if candidate is None:
            return
        run = Run(project, candidate, current)
        pipeline = Pipeline(claim, run)
        _begin_or_resume(claim, pipeline, run)
        pipeline.run(steps)
        if steps is RELEASE:
            pipeline.finish(f"{candidate.version} is released: stable serves it")
        _announce(run, "stable" if steps is RELEASE else "canary")


def publish(project: Project) -> None:
    """Bring HEAD to canary and prove it there, or as it is staged where there is no canary; the release stays open."""
    release(project, steps=PUBLISH)


def promote(project: Project) -> None:
    """Bring the release that is proven on canary, or as it is staged, to stable."""
    _release(project, RELEASE, begun=True)


def _candidate(project: Project, history: History, holder: Holder | None, *, begun: bool) -> Candidate | None:
    """What is to be released, by this history; None where it is released already, which is said."""
    if begun:
        _refuse_unproven(project, history)
    if released.is_released(project, history):
        return None
    return preflight.candidate(project, history, holder)


def _refuse_unproven(project: Project, history: History) -> None:
    operation = history.operation
    if operation is not None and (operation.verb != "release" or operation.abandoning):
        raise Refused([_in_the_way(operation)])
    if operation is None or not _is_proven(project, operation):
        raise NotEligible(
            "no release waits to be promoted",
            where="refs/releases/ledger",
            do=f"{command('publish')}, then {command('promote')}",
        )
    if operation.commit != project.repository.commit():
        raise UsageError(
            f"the release that waits to be promoted is {operation.version}, of another commit",
            where=operation.commit[:12],
            do=f"git switch --detach {operation.data.get('tag') or operation.commit[:12]}, then {command('promote')}",
        )  # fmt: skip


def _is_proven(project: Project, operation: Operation) -> bool:
    """Whether it works where users of canary get it, and as it is staged on targets that have no canary."""
    proofs = {"verify canary": project.having("canary"), "verify staged": project.lacking("canary")}
    return all(step in operation.steps for step, targets in proofs.items() if targets)


def _begin_or_resume(claim: Claim, pipeline: Pipeline, run: Run) -> None:
    operation, candidate, console = run.history.operation, run.candidate, run.project.console
    if operation is not None and operation.abandoning:
        abandon.finish(claim, run)
        operation = None
    if operation is not None and _is_same(operation, candidate):
        done = len(operation.steps)
        console.say(f"release {candidate.version} goes on ({done} step{'s' if done != 1 else ''} done before)")
        for there in partly.there(run.project, run.history):
            console.say(f"  {there}")
        return
    if operation is not None:
        if operation.verb != "release" or operation.acts:
            raise Refused([_in_the_way(operation)])
        pipeline.close(f"superseded by {candidate.version}, nothing had been published")
    known = run.history.releases.get(candidate.version)
    if known is not None and known.given_up is not None:
        again = f"this releases it anew; {command('release', '--abandon')} gives it up again"
        console.say(f"{candidate.version} was given up: {known.given_up}; {again}")
    console.say(f"release {candidate.version} of commit {candidate.commit[:12]}")
    pipeline.begin("release")


def _is_same(operation: Operation, candidate: Candidate) -> bool:
    same = operation.verb == "release" and Version(operation.version) == Version(candidate.version)
    return same and operation.commit == candidate.commit and operation.data.get("tag_object") == candidate.tag_object


def _in_the_way(operation: Operation) -> ReleaseError:
    return ReleaseError(operation.unfinished, where=operation.begun, do=operation.ways)


def _announce(run: Run, channel: str) -> None:
    say, there = run.project.console.say, run.project.having(channel)
    staged = {target.name: _staged(run, target) for target in run.project.lacking(channel)}
    same = len(set(staged.values())) == 1
    where = f"on {channel}" if there else next(iter(staged.values())) if same else "staged"
    say(
        f"\n{run.project.config.project} {run.candidate.version} is {where}",
        version=run.candidate.version,
        channel=channel if there else None,
    )
    for target in there:
        say(f"  {target.name}: {target.address(channel)}")
    for name, how in staged.items() if there or not same else ():
        say(f"  {name}: {how}")
    for artifact in run.listed().artifacts:
        say(f"  sha256 {artifact.sha256}  {artifact.kind} {artifact.name}")
    if channel == "canary":
        say(f"next: {command('promote')} brings it to stable, {command('release', '--abandon')} takes it back")
    else:
        say(f"back: {command('rollback')}")


def _staged(run: Run, target: Target) -> str:
    already = run.history.lists(target.name, "stable", run.candidate.version)
    return "staged, and on stable already" if already else "staged, on no channel yet"
