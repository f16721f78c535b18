"""Adds the ledger's events up, one function a kind of event. Pure: events in, state out."""

from __future__ import annotations

from collections.abc import Iterable

from release.history import Channel, History, Operation, Release
from release.ledger import Event
from release.model import Change


def fold(events: Iterable[Event], history: History | None = None) -> History:
    """The state after the events, begun from `history`, which is changed, or from nothing."""
    history = history or History()
    for event in events:
        _HANDLERS.get(event.kind, _ignore)(history, event)
        history.head, history.sequence = event.commit, event.sequence
    return history


def _started(history: History, event: Event) -> None:
    """An operation began. Data: verb, version, commit, epoch, tag, tag_object, by, reason, profile;
    of a withdrawal also withdrawn, changes, forward; of a roll-forward also like.
    """
    data = dict(event.data)
    version, commit = str(data["version"]), str(data["commit"])
    history.operation = Operation(event.sequence, data["verb"], version, commit, event.time, str(data["by"]), data)
    if data["verb"] in ("release", "forward"):
        history.releases[version] = _begun(history, version, commit, event)
    if data["verb"] != "repair":
        history.owed = None
    for gone in data.get("withdrawn", ()):
        history.releases[gone].withdrawn = str(data["reason"])
    if data["verb"] == "promote":
        history.releases[version].withdrawn = None


def _begun(history: History, version: str, commit: str, event: Event) -> Release:
    """A release as it begins; one that begins again, as where a target was added, goes on with what it is known for."""
    made = Release(version, event.data.get("tag"), event.data.get("tag_object"), commit, event.time)
    known = history.releases.get(version)
    if known is not None and known.commit == commit:
        made.began = known.began
        if any(version in channel.versions for channel in history.channels.values()):
            made.artifacts, made.like, made.finished_on = known.artifacts, known.like, known.finished_on
    made.like = event.data.get("like", made.like)
    return made


def _step_done(history: History, event: Event) -> None:
    """A step ended well. Data: operation, step, outcome."""
    operation = _open(history)
    outcome = dict(event.data["outcome"])
    operation.steps[event.data["step"]] = outcome
    operation.failed = None
    built = outcome.get("artifacts", [])
    if built:
        release = history.releases[operation.version]
        kinds = {artifact["kind"] for artifact in built}
        release.artifacts = [known for known in release.artifacts if known["kind"] not in kinds] + built


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
        channel.turn(Change.from_json(act["change"]), act["after"], event.time)


def _finished(history: History, event: Event) -> None:
    """The operation has reached its end. Data: operation, version, targets."""
    operation = _open(history)
    history.finished[operation.verb] = {
        "number": operation.number, "version": operation.version, "commit": operation.commit, "time": event.time
    }  # fmt: skip
    if operation.verb in ("release", "forward", "promote"):
        known = history.releases[operation.version]
        named = event.data.get("targets")  # ledgers of before do not say
        stable = [name.partition("/")[0] for name in history.channels if name.endswith("/stable")]
        targets = stable if named is None else named
        known.finished_on = sorted({*known.finished_on, *targets})
    if operation.data.get("forward"):
        targets, reason = operation.data["forward"], operation.data["reason"]
        history.owed = {"version": operation.version, "targets": targets, "reason": reason}
    history.operation = None


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
