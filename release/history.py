"""What the ledger's events add up to: releases, what each channel lists, and the operation that is under way.

Pure: events in, state out. The state can be written as JSON, so that a long ledger need not be folded from its
beginning each time (release/record.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from packaging.version import Version

from release.ledger import Event
from release.model import Artifact, Change, Json, Listed, Listing

Verb = Literal["release", "rollback", "promote", "repair"]


@dataclass
class Release:
    """One version, as far as it has come."""

    version: str
    tag: str | None
    tag_object: str | None
    commit: str
    began: str
    artifacts: list[dict[str, Json]] = field(default_factory=list)

    def built(self) -> tuple[Artifact, ...]:
        """Its artifacts; empty before they were built."""
        return tuple(Artifact.from_json(data) for data in self.artifacts)

    def listed(self, withdrawn: str | None = None) -> Listed:
        """As a channel lists it."""
        return Listed(self.version, self.built(), self.began, withdrawn)


@dataclass
class Channel:
    """What one channel of one target was last made to serve."""

    versions: dict[str, str | None] = field(default_factory=dict)
    """Version to the reason of its withdrawal, or None."""
    pointer: str | None = None
    since: str = ""
    current: str | None = None
    """The highest version that is not withdrawn: what a user without a pin gets."""

    def turn(self, change: Change, pointer: str | None, time: str) -> None:
        """Apply a change as `Change.apply` does to a whole listing, in a time that does not grow with the listing."""
        for version in change.remove:
            self.versions.pop(version, None)
        self.versions.update(dict.fromkeys(change.add))
        for version in self.versions.keys() & (change.withdraw.keys() | change.restore.keys()):
            self.versions[version] = change.withdraw.get(version)
        candidates = (self.current, *change.add, *change.restore) if self._stands(self.current) else self.versions
        standing = (version for version in candidates if version is not None and self._stands(version))
        self.current = max(standing, key=Version, default=None)
        self.pointer, self.since = pointer, time

    def _stands(self, version: str | None) -> bool:
        return version in self.versions and self.versions[version] is None


@dataclass
class Operation:
    """Something that somebody began: a release, a rollback, a promotion or a repair."""

    number: int
    verb: Verb
    version: str
    commit: str
    began: str
    by: str
    data: dict[str, Json]
    steps: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Finished steps and what came out of them."""
    acts: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Every act that was intended, by its key, in order."""
    done: list[str] = field(default_factory=list)
    """Keys of the acts whose outcome is recorded."""
    failed: dict[str, Json] | None = None
    """The step at which it stopped last, and why."""

    @property
    def abandoning(self) -> bool:
        """Whether it is being taken back, which must be finished before anything else."""
        return "abandon" in self.data

    def has_reached(self, channel: str) -> bool:
        """Whether it has changed the channel of some target, or may have."""
        return any(act["verb"] == "point" and act["channel"] == channel for act in self.acts.values())

    def pending(self) -> list[str]:
        """Keys of the acts that may or may not have happened."""
        return [key for key in self.acts if key not in self.done]


@dataclass
class History:
    """The state after all events."""

    head: str | None = None
    sequence: int = 0
    releases: MutableMapping[str, Release] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    """By `target/channel`."""
    operation: Operation | None = None
    """The one that is not finished; there is at most one."""
    finished: dict[str, dict[str, Json]] = field(default_factory=dict)
    """The last finished operation of each verb."""

    def listing(self, target: str, channel: str) -> Listing:
        """What the channel was last made to list."""
        known = self.channels.get(f"{target}/{channel}", Channel())
        return Change(add=tuple(known.versions)).apply(Listing(), self._listed(known.versions))

    def after(self, target: str, channel: str, change: Change) -> Listing:
        """What it would list after a change."""
        return change.apply(self.listing(target, channel), self._listed(dict.fromkeys((*change.add, *change.remove))))

    def pointer(self, target: str, channel: str) -> str | None:
        """The digest that it was last made to serve."""
        return self.channels.get(f"{target}/{channel}", Channel()).pointer

    def _listed(self, versions: Mapping[str, str | None]) -> dict[str, Listed]:
        return {version: self.releases[version].listed(reason) for version, reason in versions.items()}

    def to_json(self) -> dict[str, Json]:
        """For the cache."""
        releases = {version: asdict(release) for version, release in self.releases.items()}
        return {**asdict(replace(self, releases={})), "releases": releases}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> History:
        """The reverse of `to_json`."""
        operation = data["operation"]
        return cls(
            head=data["head"],
            sequence=data["sequence"],
            releases={version: Release(**release) for version, release in data["releases"].items()},
            channels={name: Channel(**channel) for name, channel in data["channels"].items()},
            operation=Operation(**operation) if operation else None,
            finished=dict(data["finished"]),
        )


def fold(events: Iterable[Event], history: History | None = None) -> History:
    """The state after the events, begun from `history`, which is changed, or from nothing."""
    history = history or History()
    for event in events:
        _HANDLERS.get(event.kind, _ignore)(history, event)
        history.head, history.sequence = event.commit, event.sequence
    return history


def _started(history: History, event: Event) -> None:
    """A release, rollback, promotion or repair began. Data: verb, version, commit, epoch, tag, tag_object, by, reason;
    of a withdrawal also withdrawn, changes.
    """
    data = dict(event.data)
    version, commit = str(data["version"]), str(data["commit"])
    history.operation = Operation(event.sequence, data["verb"], version, commit, event.time, str(data["by"]), data)
    if data["verb"] == "release":
        known = history.releases.get(version)
        began = known.began if known is not None and known.commit == commit else event.time
        history.releases[version] = Release(version, data.get("tag"), data.get("tag_object"), commit, began)


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
    if act["verb"] == "point":
        channel = history.channels.setdefault(f"{act['target']}/{act['channel']}", Channel())
        channel.turn(Change.from_json(act["change"]), act["after"], event.time)


def _finished(history: History, event: Event) -> None:
    """The operation has reached its end. Data: operation, version."""
    operation = _open(history)
    history.finished[operation.verb] = {
        "number": operation.number, "version": operation.version, "commit": operation.commit, "time": event.time
    }  # fmt: skip
    history.operation = None


def _abandoning(history: History, event: Event) -> None:
    """The release is given up, and its channels are being taken back. Data: operation, reason."""
    _open(history).data["abandon"] = event.data["reason"]


def _closed(history: History, _: Event) -> None:
    """The operation will not be finished: given up, or another one took its place. Data: operation."""
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
