"""`release`: the commit at HEAD goes to users; `publish` stops at canary, and `promote` goes on from there."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.version import Version

from release import lock, opening
from release.commands import REASON, command
from release.errors import NotEligible, Refused, ReleaseError, UsageError
from release.history import History
from release.lock import Claim
from release.operation import Operation
from release.pipeline import PUBLISH, RELEASE, Pipeline
from release.run import Candidate, Project, Run, Step
from release.steps import preflight
from release.verbs import abandon


def release(project: Project, *, steps: Sequence[Step] = RELEASE) -> None:
    """Bring HEAD to users, from wherever an earlier run of the same release stopped."""
    history = opening.history(project)
    opening.refuse_other_profile(project, history)
    if _is_released(project, history):
        return
    candidate = preflight.candidate(project, history, lock.read(opening.shared(project))[1])
    seen = history.head
    with opening.locked(project, f"release {candidate.version}", history) as (claim, current):
        if current.head != seen:  # somebody finished something before the lock was taken
            candidate = preflight.candidate(project, current, None)
        run = Run(project, candidate, current)
        pipeline = Pipeline(claim, run)
        _begin_or_resume(claim, pipeline, run)
        pipeline.run(steps)
        if steps is RELEASE:
            pipeline.finish(f"{candidate.version} is released: stable serves it")
        _announce(run, "stable" if steps is RELEASE else "canary")


def publish(project: Project) -> None:
    """Bring HEAD to canary and prove it there; the release stays open."""
    release(project, steps=PUBLISH)


def promote(project: Project) -> None:
    """Bring the release that is proven on canary to stable."""
    history = opening.history(project)
    opening.refuse_other_profile(project, history)
    operation = history.operation
    if operation is not None and operation.verb != "release":
        raise Refused([_in_the_way(operation)])
    if operation is None or "verify canary" not in operation.steps:
        raise NotEligible(
            "no release waits on canary to be promoted",
            where="refs/releases/ledger",
            do=f"{command('publish')}, then {command('promote')}",
        )
    if operation.commit != project.repository.commit():
        raise UsageError(
            f"the release that waits on canary is {operation.version}, of another commit", where=operation.commit[:12],
            do=f"git switch --detach {operation.data.get('tag') or operation.commit[:12]}, then {command('promote')}",
        )  # fmt: skip
    release(project)


def _is_released(project: Project, history: History) -> bool:
    """Whether HEAD has reached stable and nothing is open; says so, or why it can't go there again."""
    if history.operation is not None:
        return False
    commit = project.repository.commit()
    tags = {tag.object for tag in project.repository.tags(f"--points-at={commit}") if tag.annotated}
    found = [
        listed
        for target in project.targets[:1]
        for listed in history.listing(target.name, "stable").releases
        if history.releases[listed.version].commit == commit
    ]
    if not found or tags - {history.releases[listed.version].tag_object for listed in found}:
        return False
    listed = found[-1]
    if listed.withdrawn is not None:
        raise NotEligible(
            f"{listed.version} was released, and withdrawn: {listed.withdrawn}", where=commit[:12],
            do=f"{command('promote', listed.version, REASON)} brings it back",
        )  # fmt: skip
    for target in project.targets:
        for artifact in listed.artifacts:
            if artifact.kind in target.takes:
                target.ask(artifact)
        serving, expected = target.serving("stable"), history.pointer(target.name, "stable")
        if serving != expected:
            raise ReleaseError(
                f"{listed.version} was released, but stable of {target.name} serves something else now",
                where=target.address("stable"),
                do=f"{command('status')} shows the difference, {command('repair')} mends it",
            )  # fmt: skip
    project.console.say(f"{listed.version} is released already; there is nothing to do")
    return True


def _begin_or_resume(claim: Claim, pipeline: Pipeline, run: Run) -> None:
    operation, candidate, console = run.history.operation, run.candidate, run.project.console
    if operation is not None and operation.abandoning:
        abandon.finish(claim, run)
        operation = None
    if operation is not None and _is_same(operation, candidate):
        done = len(operation.steps)
        console.say(f"release {candidate.version} goes on ({done} step{'s' if done != 1 else ''} done before)")
        return
    if operation is not None:
        if operation.verb != "release" or operation.acts:
            raise Refused([_in_the_way(operation)])
        pipeline.close(f"superseded by {candidate.version}, nothing had been published")
    console.say(f"release {candidate.version} of commit {candidate.commit[:12]}")
    pipeline.begin("release")


def _is_same(operation: Operation, candidate: Candidate) -> bool:
    same = operation.verb == "release" and Version(operation.version) == Version(candidate.version)
    return same and operation.commit == candidate.commit and operation.data.get("tag_object") == candidate.tag_object


def _in_the_way(operation: Operation) -> ReleaseError:
    what, where = f"{operation.verb} {operation.version} is not finished", f"begun {operation.began} by {operation.by}"
    return ReleaseError(what, where=where, do=operation.ways)


def _announce(run: Run, channel: str) -> None:
    say = run.project.console.say
    say(
        f"\n{run.project.config.project} {run.candidate.version} is on {channel}",
        version=run.candidate.version,
        channel=channel,
    )
    for target in run.project.having(channel):
        say(f"  {target.name}: {target.address(channel)}")
    for artifact in run.listed().artifacts:
        say(f"  sha256 {artifact.sha256}  {artifact.kind} {artifact.name}")
    if channel == "canary":
        say(f"next: {command('promote')} brings it to stable, {command('release', '--abandon')} takes it back")
    else:
        say(f"back: {command('rollback')}")
