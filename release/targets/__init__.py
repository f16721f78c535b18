"""Targets: places that artifacts are published to. One module per kind, all behind the Protocol in this one.

A target knows nothing of the ledger. It is asked, told, and asked again; what it answers is recorded by the pipeline.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from release.model import Artifact, ArtifactKind, Fence, Finding, Holding, Listed, Listing, Sight, WayBack


class Target(Protocol):
    """What the engine needs of a package index or an image registry."""

    name: str
    """From `[tool.release.targets.NAME]`."""
    takes: frozenset[ArtifactKind]
    """The kinds of artifact that are published here; the others are ignored in listings."""
    embedded: bool
    """True where it is a folder of this machine, so that an untagged commit may be released to it."""
    channels: tuple[str, ...]
    """Those of `release.config.CHANNELS` that it has, in that order; `stable` is always among them."""
    way_back: WayBack
    """What a rollback does here."""

    def greatest_token(self) -> int:
        """The greatest fencing token that was ever here; 0 where there was none."""

    def seal(self, fence: Fence) -> None:
        """Shut out every holder of an older token. LockHeld where one is in the middle of an act."""

    def ask(self, artifact: Artifact) -> Holding:
        """Whether the bytes are there. Reads and compares them; Tampered where others stand in their place."""

    def put(self, artifact: Artifact, source: Path, fence: Fence) -> None:
        """Bring the bytes there, durable and whole, where no channel shows them yet.

        `source` is the file, or for an image the folder of an OCI layout that holds it. A target to which uploading is
        publishing keeps them in the clone until `point` (`release.targets.spool`).
        """

    def pointer(self, listing: Listing) -> str | None:
        """The digest that a channel with this listing serves; pure. None where there is nothing to serve."""

    def serving(self, channel: str) -> str | None:
        """The digest that the channel serves now, checked against its bytes. Tampered names the file that differs.

        It may stand for all that the channel shows, or only for what users without a pin get.
        """

    def look(self, channel: str, listing: Listing) -> Sight:
        """What `serving` gives, and by the same look whether the channel shows the listing.

        That is its standing releases whole, and no withdrawn one that can go.
        """

    def point(self, channel: str, listing: Listing, fence: Fence) -> None:
        """Make the channel serve the listing, for all users at one moment where the target can do that.

        Every artifact in it is there already. Safe to repeat after it was cut off. It ends when users see the change.
        """

    def obtain(self, channel: str, expected: Listed, destination: Path, *, pinned: bool) -> Path:
        """Get what a user of the channel gets, the way a user would, into the empty folder `destination`.

        `pinned` asks for that version; otherwise the target is asked for whatever the channel gives.
        Returns the wheel, or the folder of an OCI layout. VerifyFailed where it is not `expected`.
        """

    def recover(self, artifact: Artifact, destination: Path) -> Path:
        """Copy stored bytes out again, compared by sha256. Tampered where they are not there.

        Into the folder `destination`, for an image as an OCI layout; returns the file, or that folder.
        """

    def address(self, channel: str) -> str:
        """What a user types to follow the channel, for messages: an index URL or an image reference."""

    def caveat(self, version: str) -> str:
        """What withdrawing the version leaves as it is, in plain words, with what to do by hand; empty for nothing."""

    def examine(self) -> list[Finding]:
        """Whether it answers and gives the rights that a release needs, found out without changing anything."""

    def damaged(self) -> list[Path]:
        """Every stored file that is not what its name, or the record beside it, says; none where they are elsewhere."""

    def set_aside(self, fence: Fence) -> None:
        """Move what is damaged out of the way, to a folder `damaged`, so that `put` and `point` can make it anew."""
