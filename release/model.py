"""The words of the engine as values: artifacts, what a channel lists, and changes to that. No input or output here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any, Literal

from packaging.version import Version

Json = Any
"""What `json.loads` gives: dict, list, str, int, float, bool or None."""

ArtifactKind = Literal["wheel", "sdist", "image"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Artifact:
    """A built file or image, known by its sha256."""

    kind: ArtifactKind
    name: str
    """File name; for an image its version tag (`+` of a local version is written `_`, which OCI tags allow)."""
    sha256: str
    """Hexadecimal. For an image the digest of its manifest."""
    size: int
    """Bytes. For an image the size of its manifest."""
    requires_python: str | None = None
    """Of a wheel or sdist: its Requires-Python, for the index page."""
    metadata_sha256: str | None = None
    """Of a wheel: the sha256 of its METADATA file, served beside it (PEP 658)."""

    @property
    def digest(self) -> str:
        """Of an image's manifest, as OCI writes it."""
        return f"sha256:{self.sha256}"

    def is_plain(self) -> bool:
        """Whether name and sha256 are as a build gives them, so that they lead to no other folder than is meant."""
        return bool(_NAME.fullmatch(self.name) and _SHA256.fullmatch(self.sha256))

    def to_json(self) -> dict[str, Json]:
        """As recorded in the ledger."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Artifact:
        """The reverse of `to_json`."""
        return cls(**data)


@dataclass(frozen=True)
class Listed:
    """One release as a channel lists it."""

    version: str
    artifacts: tuple[Artifact, ...]
    published: str
    """When its release began, ISO 8601 in UTC; the upload-time of PEP 700."""
    withdrawn: str | None = None
    """Why it was withdrawn (PEP 592), or None."""


@dataclass(frozen=True)
class Listing:
    """What one channel lists: every release that reached it, in order of version."""

    releases: tuple[Listed, ...] = ()
    gone: tuple[Listed, ...] = field(default=(), compare=False)
    """What the change to it took away: for a target that has to be told what to remove."""

    def current(self) -> Listed | None:
        """The release that a user without a pin gets: the highest version that is not withdrawn."""
        standing = [listed for listed in self.releases if listed.withdrawn is None]
        return max(standing, key=lambda listed: Version(listed.version), default=None)

    def find(self, version: str) -> Listed | None:
        """The release of that version, withdrawn or not."""
        return next((listed for listed in self.releases if listed.version == version), None)


@dataclass(frozen=True)
class Change:
    """A change of a channel's listing, small enough to be recorded with each act."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    withdraw: Mapping[str, str] = field(default_factory=dict)
    """Version to reason."""
    restore: Mapping[str, str] = field(default_factory=dict)
    """Version to the reason for which it had been withdrawn, so that the change can be inverted."""

    def inverse(self) -> Change:
        """The change that takes this one back."""
        return Change(add=self.remove, remove=self.add, withdraw=self.restore, restore=self.withdraw)

    def apply(self, listing: Listing, releases: Mapping[str, Listed]) -> Listing:
        """The listing after this change; `releases` has the versions that are added, and may have those removed."""
        known = {**releases, **{listed.version: listed for listed in listing.releases}}
        now = {listed.version: listed for listed in listing.releases if listed.version not in self.remove}
        now.update({version: releases[version] for version in self.add})
        for version, listed in now.items():
            if version in self.withdraw or version in self.restore:
                now[version] = Listed(version, listed.artifacts, listed.published, self.withdraw.get(version))
        gone = tuple(known[version] for version in self.remove if version in known)
        return Listing(tuple(sorted(now.values(), key=lambda listed: Version(listed.version))), gone)

    def to_json(self) -> dict[str, Json]:
        """As recorded in the ledger; empty parts are left out."""
        parts = {
            "add": list(self.add),
            "remove": list(self.remove),
            "withdraw": dict(self.withdraw),
            "restore": dict(self.restore),
        }
        return {key: value for key, value in parts.items() if value}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Change:
        """The reverse of `to_json`."""
        return cls(
            add=tuple(data.get("add", ())),
            remove=tuple(data.get("remove", ())),
            withdraw=dict(data.get("withdraw", {})),
            restore=dict(data.get("restore", {})),
        )


class Match(Enum):
    """A target's answer to the question whether a channel shows a listing."""

    SAME = "it does"
    PARTLY = "a move to it was cut off"
    """Only where a move takes several requests: nothing is there that the listing does not have."""
    OTHER = "it shows something else"


@dataclass(frozen=True)
class Sight:
    """What a channel shows, of one look at it."""

    match: Match
    """Against the listing that it was compared with."""
    serving: str | None
    """The digest that it serves."""
    partly: str = ""
    """How much it shows of a release whose move was cut off, and until when the rest may come, in plain words."""

    @classmethod
    def of(cls, serving: str | None, wanted: str | None) -> Sight:
        """Where the digest says everything."""
        return cls(Match.SAME if serving == wanted else Match.OTHER, serving)


class WayBack(Enum):
    """How a target takes users back to an earlier release (docs/targets.md)."""

    REPOINT = "repoint"
    """The channel goes back to the earlier release's bytes."""
    RETRACT = "retract"
    """The later release's files are removed, so that the earlier one is what resolvers find."""
    ROLL_FORWARD = "roll forward"
    """Nothing can be taken back; the earlier release goes out again under a higher version."""


@dataclass(frozen=True)
class Finding:
    """One thing that `doctor` looked at."""

    what: str
    ok: bool
    said: str
    do: str = ""


class Holding(Enum):
    """A target's answer to the question whether it has an artifact."""

    ABSENT = "absent"
    SAME = "there, same sha256"


@dataclass(frozen=True)
class Fence:
    """The right to change a target, given with the lock (a fencing token: the later holder has the greater one)."""

    token: int
    check: Callable[[], None]
    """Raises LockLost when the lock has gone to somebody else."""
