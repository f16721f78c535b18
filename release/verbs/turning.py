"""The part that `rollback` and `promote VERSION` share: showing a decision, and turning the channels as it says."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from release.acts import Act, Point, Put
from release.ledger.operation import Operation
from release.model import Change, Json
from release.proof.served import prove_channel
from release.rollback import recovery
from release.rollback.decision import Decision
from release.run import Run, Step
from release.targets import Target
from release.verbs import forward


def recorded(operation: Operation) -> Decision:
    """What was decided when it began."""
    data = operation.data
    changes = tuple((target, channel, Change.from_json(change)) for target, channel, change in data["changes"])
    return Decision(operation.version, tuple(data["withdrawn"]), changes, tuple(data.get("forward", ())))


def show(run: Run, chosen: Decision, word: str, done: Container[str] = ()) -> None:
    """The plan, in words; without the acts that are done."""
    say = run.project.console.say
    say(f"{word} go to {chosen.version}:")
    for act in _points(run, chosen, done):
        say(f"  {word} {act.sentence}")
    if not chosen.changes and not chosen.forward:
        say(f"  {word} withdraw {chosen.version} no longer: it was taken back nowhere")
    if chosen.forward:
        version = forward.following(run.project, run.history)
        say(f"  {word} then release {chosen.version} again as {version}: {', '.join(chosen.forward)} can't go back")
    for target in run.project.targets:
        for caveat in filter(None, map(target.caveat, chosen.withdrawn)):
            say(f"  note: {caveat}")


def ask(run: Run, chosen: Decision) -> None:
    """Tampered where a target is not what the ledger says; asked first, for an open rollback would keep repair out."""
    for artifact in run.listed().artifacts:
        for target in run.project.taking(artifact):
            target.ask(artifact)
    for act in _points(run, chosen):
        act.is_done()


def turned(run: Run, chosen: Decision) -> list[Target]:
    """The targets whose channels change, or serve the right release already."""
    given = {target for target, _, change in chosen.changes if chosen.version in change.add}
    return [
        target
        for target in run.project.targets
        if target.name not in chosen.forward
        and (target.name in given or run.history.lists(target.name, "stable", chosen.version))
    ]


def served(run: Run, chosen: Decision) -> str:
    """What is true afterwards, in words; of each target, where another profile has released something newer to one."""
    stable = {target.name: run.history.channel(target.name, "stable").current for target in turned(run, chosen)}
    each = len(set(stable.values())) > 1
    here = [f"stable{f' of {name}' if each else ''} serves {current or 'nothing'}" for name, current in stable.items()]
    left = [f"{', '.join(chosen.forward)} can't go back and is to be rolled forward"] if chosen.forward else []
    return "; ".join(dict.fromkeys(here + left))


def steps(chosen: Decision) -> Sequence[Step]:
    """From the bytes to the proof."""
    return (
        Step(
            "eligible", "find the bytes of the release to serve", "every target has its bytes",
            acts=partial(_missing, chosen=chosen),
        ),
        Step(
            "channels", "turn the channels", "every channel is turned", acts=lambda run: _left(run, chosen),
            skip=partial(_forward_only, chosen=chosen),
        ),
        Step(
            "proof", "ask a resolver and a pull what users get now", "a resolver and a pull get it",
            work=partial(_proof, chosen=chosen), skip=partial(_forward_only, chosen=chosen),
        ),
    )  # fmt: skip


def _forward_only(run: Run, chosen: Decision) -> str | None:
    """The reason to turn and to ask nothing: nothing can be taken back on any target."""
    return None if turned(run, chosen) else f"{', '.join(chosen.forward)} can't go back and is to be rolled forward"


def _left(run: Run, chosen: Decision) -> Sequence[Act]:
    return _points(run, chosen, run.operation.done)


def _points(run: Run, chosen: Decision, done: Container[str] = ()) -> list[Act]:
    targets = {target.name: target for target in run.project.targets}
    return [
        Point(
            targets[name], channel, change, run.history.pointer(name, channel), run.history.after(name, channel, change)
        )
        for name, channel, change in chosen.changes
        if f"point {channel} of {name}" not in done
    ]


def _missing(run: Run, chosen: Decision) -> Sequence[Act]:
    """Bring what a target lost, or never had, or has again without a record; Tampered where it has other bytes."""
    folder: Path = run.project.workspace.release(run.candidate.version) / "recovered"
    artifacts, pending, places = run.listed().artifacts, run.operation.pending(), turned(run, chosen)
    known = [Put(target, item, folder) for item in artifacts for target in run.project.taking(item) if target in places]
    lost = [act for act in known if act.key in pending or not act.is_done()]
    return [replace(act, source=recovery.find(run, act.artifact, folder)) for act in lost]


def _proof(run: Run, chosen: Decision) -> Mapping[str, Json]:
    proven: list[dict[str, Json]] = []
    for target in turned(run, chosen):
        expected = run.history.listing(target.name, "stable").current()
        proven += prove_channel(run, "stable", expected, [target], start_it=False) if expected else []
    return {"proven": proven}
