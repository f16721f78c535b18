"""What the ledger's events add up to: releases, what each channel lists, and the operation that is under way.

release/ledger/fold.py adds them up. The state can be written as JSON, so that a long ledger need not be folded from its
beginning each time (release/ledger/record.py).
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import asdict, dataclass, field, replace

from packaging.version import Version

from release.ledger.operation import Operation, Owed
from release.model import Artifact, Change, Json, Listed, Listing


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
    withdrawn: dict[str, str] = field(default_factory=dict)
    """By target, why a rollback went back behind it there; also where the target could not take it back."""
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

    def standing(self) -> list[str]:
        """The versions that it lists and that are not withdrawn."""
        return [version for version, why in self.versions.items() if why is None]

    def _stands(self, version: str | None) -> bool:
        return version in self.versions and self.versions[version] is None


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
    owed: Owed | None = None
    """What the last rollback could not take back and is to be rolled forward; until something newer is out there."""

    def channel(self, target: str, channel: str) -> Channel:
        """What it was last made to list and to serve; one that was never turned lists nothing."""
        return self.channels.get(f"{target}/{channel}", Channel())

    def listing(self, target: str, channel: str) -> Listing:
        """What the channel was last made to list."""
        known = self.channel(target, channel)
        return Change(add=tuple(known.versions)).apply(Listing(), self._listed(known.versions))

    def after(self, target: str, channel: str, change: Change) -> Listing:
        """What it would list after a change."""
        return change.apply(self.listing(target, channel), self._listed(dict.fromkeys((*change.add, *change.remove))))

    def lists(self, target: str, channel: str, version: str) -> bool:
        """Whether it was last made to list that version, withdrawn or not."""
        return version in self.channel(target, channel).versions

    def pointer(self, target: str, channel: str) -> str | None:
        """The digest that it was last made to serve."""
        return self.channel(target, channel).pointer

    def is_out(self, version: str) -> bool:
        """Whether some channel of some target lists it, of whatever profile."""
        return any(version in channel.versions for channel in self.channels.values())

    def last_release(self) -> dict[str, Json] | None:
        """The newest finished release of any profile, a roll-forward too: version, commit, time, number, profile."""
        ended = [self.finished[verb] for verb in ("release", "forward") if verb in self.finished]
        return max(ended, key=lambda one: int(one["number"]), default=None)

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
            owed=Owed.from_json(data["owed"]) if data["owed"] else None,
        )
