"""A target that takes nothing back, as a public index does: a real static index with that restriction, and faults."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from release import opening
from release.console import Console
from release.errors import TargetFailed
from release.model import Fence, Listing, WayBack
from release.run import Project
from release.targets.static_index import StaticIndex
from tests.sample import Sample


class ImmutableIndex(StaticIndex):
    """It has stable only. `refuses` makes it answer no, `lies` makes it say no though it has done what was asked."""

    channels: tuple[str, ...] = ("stable",)
    way_back = WayBack.ROLL_FORWARD

    def __init__(self, name: str, root: Path, project: str) -> None:
        super().__init__(name, root, project)
        self.refuses = self.lies = False

    def point(self, channel: str, listing: Listing, fence: Fence) -> None:
        """Only ever to more."""
        if self.refuses:
            raise TargetFailed("public answers 503", where=self.address(channel), status=503)
        if any(listed.withdrawn is not None for listed in listing.releases):
            raise AssertionError("nothing is ever withdrawn here")
        super().point(channel, listing, fence)
        if self.lies:
            raise TargetFailed("public answers 500", where=self.address(channel), status=500)

    def caveat(self, version: str) -> str:
        """As such an index says it."""
        return f"pinned installs still get {version} from {self.name}"


def open_project(sample: Sample, *, alone: bool = False) -> tuple[Project, ImmutableIndex]:
    """The sample with its own index, unless `alone`, and after it one that takes nothing back."""
    known = opening.project(sample.root, Console())
    public = ImmutableIndex("public", sample.root / ".release" / "public", "sample-project")
    return replace(known, targets=(*(() if alone else known.targets), public)), public
