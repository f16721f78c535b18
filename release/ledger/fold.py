"""Adds the ledger's events up, one function a kind of event. Pure: events in, state out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from packaging.version import Version

from release.ledger import Event, tampered
from release.ledger.history import Channel, History, Release
from release.ledger.operation import Operation, Owed
from release.model import Artifact, Change, Json

_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


def fold(events: Iterable[Event], history: History | None = None) -> History:
    """The state after the events, begun from `history`, which is changed, or from nothing.

    Tampered where an event is not as this engine writes it.
    """
    history = history or History()
    for event in events:
        try:
            _HANDLERS.get(event.kind, _ignore)(history, event)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise tampered(event.commit, f"{event.kind} is no such event: {error!r}") from error
        history.head, history.sequence = event.commit, event.sequence
    return history


def _started(history: History, event: Event) -> None:
    """An operation began. Data: verb, version, commit, epoch, tag, tag_object, by, reason, profile;
    of a withdrawal also withdrawn, changes, forward, targets; of a roll-forward also like.
    """
    data = dict(event.data)
    version, commit = _version(str(data["version"])), _commit(str(data["commit"]))
    history.operation = Operation(event.sequence, data["verb"], version, commit, event.time, str(data["by"]), data)
    if data["verb"] in ("release", "forward"):
        history.releases[version] = _made(history, event, version, commit)


def _version(version: str) -> str:
    """What is to be the name of a folder. ValueError where it is no version."""
    Version(version)
    return version


def _commit(commit: str) -> str:
    """What git is told to check out. ValueError where it is no object's id."""
    if not _ID.fullmatch(commit):
        raise ValueError(f"{commit!r} is no commit")
    return commit


def _made(history: History, event: Event, version: str, commit: str) -> Release:
    """The release that begins. What it was elsewhere, where it is out already, stays: bytes, and withdrawals."""
    known, tags = history.releases.get(version), (event.data.get("tag"), event.data.get("tag_object"))
    like = event.data.get("like")
    if known is None or known.commit != commit:
        return Release(version, *tags, commit, event.time, like=like)
    made = Release(version, *tags, commit, known.began, like=like, withdrawn=known.withdrawn)
    if history.is_out(version):
        made.artifacts, made.like, made.finished_on = known.artifacts, like or known.like, known.finished_on
    return made


def _step_done(history: History, event: Event) -> None:
    """A step ended well. Data: operation, step, outcome."""
    operation = _open(history)
    outcome = dict(event.data["outcome"])
    operation.steps[event.data["step"]] = outcome
    operation.failed = None
    built = _built(outcome.get("artifacts", []))
    if built:
        release = history.releases[operation.version]
        kinds = {artifact["kind"] for artifact in built}
        release.artifacts = [known for known in release.artifacts if known["kind"] not in kinds] + built


def _built(artifacts: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """What is to be the names of files. ValueError where they lead out of their folder."""
    for artifact in artifacts:
        if not Artifact.from_json(artifact).is_plain():
            raise ValueError(f"no build gives such an artifact: {artifact}")
    return artifacts


def _step_failed(history: History, event: Event) -> None:
    """It stopped at a step. Data: operation, step, what, evidence."""
    _open(history).failed = dict(event.data)


def _intended(history: History, event: Event) -> None:
    """An act on a target is about to happen. Data: operation, key, act."""
    _open(history).acts[event.data["key"]] = dict(event.data["act"])


def _done(history: History, event: Event) -> None:
    """The target was asked, and the act has happened. Data: operation, key."""
    operation = _open(history)
    act = operation.acts[event.data["key"]]
    operation.done.append(event.data["key"])
    if event.data["key"].startswith("undo "):
        operation.forget(event.data["key"].removeprefix("undo "), event.data["key"])
    if act["verb"] == "point":
        channel = history.channels.setdefault(f"{act['target']}/{act['channel']}", Channel())
        change = Change.from_json(act["change"])
        channel.turn(change, act["after"], event.time)
        for version in (*change.add, *change.restore):
            history.releases[version].withdrawn.pop(act["target"], None)


def _finished(history: History, event: Event) -> None:
    """The operation has reached its end. Data: operation, version, targets."""
    operation = _open(history)
    history.finished[operation.verb] = {
        "number": operation.number, "version": operation.version, "commit": operation.commit, "time": event.time,
        "profile": operation.profile,
    }  # fmt: skip
    if operation.verb in ("rollback", "promote"):
        _withdraw(history, operation)
    if operation.verb != "repair":
        known = history.releases[operation.version]
        known.finished_on = sorted({*known.finished_on, *_proven(history, operation, event.data.get("targets"))})
    history.owed = _owed(history, operation)
    history.operation = None


def _withdraw(history: History, operation: Operation) -> None:
    """What is withdrawn on which targets, or no longer, also on those that took nothing back."""
    data = operation.data
    for gone in data.get("withdrawn", ()):
        history.releases[gone].withdrawn.update(dict.fromkeys(_targets(data), str(data["reason"])))
    if operation.verb == "promote":
        marks = history.releases[operation.version].withdrawn
        for target in data.get("targets", list(marks)):
            marks.pop(target, None)


def _targets(data: Mapping[str, Json]) -> set[str]:
    """Those that a withdrawal is about; an older engine recorded only those that it changed or left to be changed."""
    changed = (target for target, _, _ in data.get("changes", ()))
    return set(data.get("targets") or [*changed, *data.get("forward", ())])


def _proven(history: History, operation: Operation, named: list[str] | None) -> list[str]:
    """The targets on which users get what it was about. Ledgers of before do not name them."""
    stable = [name.partition("/")[0] for name in history.channels if name.endswith("/stable")]
    kept = operation.data.get("forward", ())
    targets = stable if named is None else named
    return [one for one in targets if one not in kept and history.lists(one, "stable", operation.version)]


def _owed(history: History, operation: Operation) -> Owed | None:
    """What is owed when an operation has ended: only one of the same profile pays, and only by serving another one."""
    owed, version = history.owed, operation.version
    if operation.data.get("forward"):
        targets, reason = tuple(operation.data["forward"]), str(operation.data["reason"])
        return Owed(version, targets, reason, operation.profile)
    if owed is None or operation.verb == "repair" or owed.profile != operation.profile:
        return owed
    if operation.verb == "promote" and any(_serves_withdrawn(history, target) for target in owed.targets):
        return replace(owed, version=version)
    return None


def _serves_withdrawn(history: History, target: str) -> bool:
    current = history.channel(target, "stable").current
    return current is not None and target in history.releases[current].withdrawn


def _abandoning(history: History, event: Event) -> None:
    """The release is given up, and its channels are being taken back. Data: operation, reason."""
    _open(history).data["abandon"] = event.data["reason"]


def _closed(history: History, _: Event) -> None:
    """The operation will not be finished: given up, or another one took its place. Data: operation."""
    operation = _open(history)
    if operation.abandoning:
        history.releases[operation.version].given_up = str(operation.data["abandon"])
    history.operation = None


def _ignore(_: History, __: Event) -> None:
    """Somebody took over the lock of a run that had not given it back. Data: from."""


def _open(history: History) -> Operation:
    if history.operation is None:
        raise ValueError("an event belongs to no operation")
    return history.operation


_HANDLERS = {
    "operation.started": _started,
    "operation.finished": _finished,
    "operation.abandoning": _abandoning,
    "operation.closed": _closed,
    "step.done": _step_done,
    "step.failed": _step_failed,
    "act.intended": _intended,
    "act.done": _done,
    "lock.taken": _ignore,
}
