"""What the ledger's events add up to: releases, what each channel lists, and the operation that is under way.

release/fold.py adds them up. The state can be written as JSON, so that a long ledger need not be folded from its
beginning each time (release/record.py).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

from packaging.version import Version

from release.model import Artifact, Change, Json, Listed, Listing

Verb = Literal["release", "forward", "rollback", "promote", "repair"]
"""`forward` is a release of an earlier release's tree under a higher version."""


@dataclass
class Release:
    """One version, as far as it has come."""

    version: str
    tag: str | None
    tag_object: str | None
    commit: str
    began: str
    artifacts: list[dict[str, Json]] = field(default_factory=list)
    like: str | None = None
    """The version whose tree it is, where it was rolled forward."""
    withdrawn: str | None = None
    """Why a rollback went back behind it; also where a target could not take it back."""
    finished_on: list[str] = field(default_factory=list)
    """Targets of everything that brought it to users and has reached its end; before that, nothing is proven."""
    given_up: str | None = None
    """Why its release was abandoned, until it begins anew."""

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
    """Something that somebody began."""

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

    def forget(self, *keys: str) -> None:
        """An act was taken back: neither it nor the taking back counts any more, so that it can be done again."""
        for key in keys:
            self.acts.pop(key, None)
            self.done[:] = [done for done in self.done if done != key]

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
    owed: dict[str, Json] | None = None
    """What the last rollback could not take back and is to be rolled forward: version, targets, reason."""

    def listing(self, target: str, channel: str) -> Listing:
        """What the channel was last made to list."""
        known = self.channels.get(f"{target}/{channel}", Channel())
        return Change(add=tuple(known.versions)).apply(Listing(), self._listed(known.versions))

    def after(self, target: str, channel: str, change: Change) -> Listing:
        """What it would list after a change."""
        return change.apply(self.listing(target, channel), self._listed(dict.fromkeys((*change.add, *change.remove))))

    def lists(self, target: str, channel: str, version: str) -> bool:
        """Whether it was last made to list that version, withdrawn or not."""
        return version in self.channels.get(f"{target}/{channel}", Channel()).versions

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
            owed=data["owed"],
        )
