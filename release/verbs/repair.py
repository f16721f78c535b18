"""`repair`: makes the targets again what the ledger says, after a disk, a hand or an attacker changed them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from release import opening
from release.acts import Act, Mending, Point, Put, SetAside
from release.commands import command
from release.errors import NotEligible
from release.ledger.history import History
from release.ledger.operation import Operation
from release.model import Artifact, Change, Holding, Listed
from release.pipeline import Pipeline
from release.rollback import recovery
from release.run import Candidate, Project, Run
from release.targets import Target


def repair(project: Project) -> None:
    """Compare every target with the ledger, byte by byte, and mend what differs. Nothing is thrown away.

    An operation that is under way stays so, and can go on afterwards.
    """
    with opening.locked(project, "repair") as (claim, history):
        run = _run(project, history)
        pipeline = Pipeline(claim, run)
        if history.operation is None:
            if not any(look(run) for look in _LOOKS):
                project.console.say(_summary([], None))
                return
            pipeline.begin("repair")
        number, found = _number(run) or history.sequence, list[Act]()
        for look in _LOOKS:
            for act in look(run):
                pipeline.perform(Mending(act, number))
                found.append(act)
        pipeline.settle(_recalled)  # what a repair had done when it was killed was not to be done again
        if run.operation.verb == "repair":
            pipeline.finish("Repaired: every target is what the ledger says")
        project.console.say(_summary(found, history.operation))


def _summary(found: Sequence[Act], under_way: Operation | None) -> str:
    """What was found and mended, where the damaged files are if there were any, and what goes on now."""
    aside = [act for act in found if isinstance(act, SetAside)]
    damaged = sum(len(act.files) for act in aside)
    lost, turned = (sum(isinstance(act, kind) for act in found) for kind in (Put, Point))
    mended = [
        f"{count} {thing}{'s' if count > 1 else ''} {how}"
        for count, thing, how in (
            (
                damaged,
                "damaged file",
                f"set aside (in the folder 'damaged' of {', '.join(a.target.name for a in aside)})",
            ),
            (lost, "lost artifact", "brought back"),
            (turned, "channel", "turned back"),
        )
        if count
    ]
    said = f" again: {', '.join(mended)}" if found else "; there is nothing to mend"
    going_on = f"; {under_way.unfinished}, and can go on" if under_way else ""
    return f"every target is what the ledger says{said}{going_on}"


def _number(run: Run) -> int:
    """Of a repair that was killed before it could record what came of an act; this one does that very act again."""
    return max(map(Mending.number_of, run.operation.pending()), default=0)


def _recalled(run: Run, key: str) -> Act | None:
    """A repair's act; those of the operation under way are settled when that goes on."""
    data, number = run.operation.acts[key], Mending.number_of(key)
    target = next((target for target in run.project.targets if target.name == data["target"]), None)
    if not number or target is None:
        return None
    if data["verb"] == "put":
        return Mending(Put(target, Artifact.from_json(data["artifact"]), Path()), number)
    if data["verb"] == "set-aside":
        return Mending(SetAside(target, ()), number)
    listing = run.history.listing(target.name, data["channel"])
    return Mending(Point(target, data["channel"], Change(), data["before"], listing), number)


def _run(project: Project, history: History) -> Run:
    versions = [listed.version for listed, _ in _listed(project, history)]
    if not versions:
        raise NotEligible("no channel lists a release", where="refs/releases/ledger", do=command("release"))
    return Run(project, Candidate.of(history.releases[versions[-1]], project.repository), history)


def _listed(project: Project, history: History) -> list[tuple[Listed, Target]]:
    """Every release that some channel of a target lists, withdrawn ones included, with that target."""
    found = {}
    for target in project.targets:
        for channel in target.channels:
            for listed in history.listing(target.name, channel).releases:
                found[listed.version, target.name] = (listed, target)
    return list(found.values())


def _aside(run: Run) -> Sequence[Act]:
    return [SetAside(target, tuple(files)) for target in run.project.targets if (files := target.damaged())]


def _bytes(run: Run) -> Sequence[Act]:
    return [
        act
        for listed, target in _listed(run.project, run.history)
        for artifact in listed.artifacts
        if artifact.kind in target.takes and target.ask(artifact) is Holding.ABSENT
        for act in _found(run, listed, artifact, target)
    ]


def _found(run: Run, listed: Listed, artifact: Artifact, target: Target) -> Sequence[Act]:
    of_it = replace(run, candidate=Candidate.of(run.history.releases[listed.version], run.project.repository))
    folder = run.project.workspace.release(listed.version) / "recovered"
    try:
        return [Put(target, artifact, recovery.find(of_it, artifact, folder))]
    except NotEligible as error:
        if listed.withdrawn is None:
            raise
        run.project.console.say(f"    {error.what}; it is withdrawn, so nobody is given it")
        return []


def _channels(run: Run) -> Sequence[Act]:
    found = []
    for target in run.project.targets:
        for channel in target.channels:
            serving, expected = target.serving(channel), run.history.pointer(target.name, channel)
            if serving != expected:
                listing = run.history.listing(target.name, channel)
                found.append(Point(target, channel, Change(), serving, listing))
    return found


_LOOKS: tuple[Callable[[Run], Sequence[Act]], ...] = (
    _aside,  # what is damaged makes room
    _bytes,  # for the bytes of every listed release
    _channels,  # which the channels then serve again
)
