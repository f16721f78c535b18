"""Package indexes that take uploads as PyPI does: pypiserver, PyPI and others. Each channel is an index of its own.

Uploading is publishing there, so bytes wait in the clone until their channel moves, and then go out together.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from release.commands import command
from release.config import CHANNELS
from release.config.targets import IndexSpec
from release.errors import NotEligible, ReleaseError, TargetFailed
from release.model import Artifact, Fence, Finding, Holding, Listed, Listing, Sight, WayBack
from release.targets import index_channel, project_page, simple_pages
from release.targets.index_channel import IndexChannel
from release.targets.on_server import OnServer
from release.targets.resolvers import obtain_wheel
from release.targets.spool import Spool, no_attestation


class PackageIndex(OnServer):
    """The indexes of one project, one for each channel; a release.targets.Target."""

    takes = simple_pages.KINDS

    def __init__(self, spec: IndexSpec, spool: Path, project: str, *, once: bool = False) -> None:
        """`spool` is a folder of the clone, for this target alone; with `once` every request has one try."""
        self.name = spec.name
        self.channels: tuple[str, ...] = tuple(channel for channel in CHANNELS if channel in spec.channels)
        self.way_back = WayBack.RETRACT if spec.removable else WayBack.ROLL_FORWARD
        self._spec, self._project = spec, simple_pages.normalised(project)
        self._spool = Spool(spool, attestations=spec.attestations)
        self._places = {channel: IndexChannel(spec, channel, self._project, once=once) for channel in self.channels}

    def ask(self, artifact: Artifact) -> Holding:
        """Whether the clone has it for the upload, or a channel shows it. Tampered where its name is taken."""
        shown = [place.page().has(artifact) for place in self._places.values()]
        return Holding.SAME if any(shown) or self._spool.find(artifact) is not None else Holding.ABSENT

    def put(self, artifact: Artifact, source: Path, fence: Fence) -> None:
        """Into the clone alone."""
        fence.check()
        self._spool.keep(artifact, source)

    def pointer(self, listing: Listing) -> str | None:
        return project_page.pointer(listing)

    def serving(self, channel: str) -> str | None:
        return self._places[channel].page().serving()

    def look(self, channel: str, listing: Listing) -> Sight:
        place, removable = self._places[channel], self._spec.removable
        page = place.page()
        parts = [place.partly(listed, page) for listed in project_page.needed(listing, removable=removable)]
        return replace(page.look(listing, removable=removable), partly="; ".join(filter(None, parts)))

    def point(self, channel: str, listing: Listing, fence: Fence) -> None:
        """NotEligible where a release would have to be removed, and can't, or where it is too late for its files."""
        place, removable = self._places[channel], self._spec.removable
        page = place.page()
        over = [listed for listed in project_page.going(listing) if page.shows(listed)]
        if not removable and any(page.shows(listed) for listed in listing.gone):
            raise NotEligible(
                f"{listing.gone[0].version} can't be taken from {channel} of {self.name}, which removes nothing",
                where=self.address(channel), do=self.caveat(listing.gone[0].version),
            )  # fmt: skip
        for listed in project_page.needed(listing, removable=removable):
            if page.lacks(listed):
                self._bring(listed, channel, fence, new=not page.shows(listed))
            elif page.yanked(listed):
                raise index_channel.yanked(listed, place.address)
        for listed in over if removable else []:
            place.remove(listed, fence)

    def caveat(self, version: str) -> str:
        if self._spec.removable:
            return ""
        place = self._places["stable"]
        return f"pinned installs still get {version} from {self.name}; yank it by hand here: {place.manage(version)}"

    def examine(self) -> list[Finding]:
        return [finding for place in self._places.values() for finding in place.examine()]

    def obtain(self, channel: str, expected: Listed, destination: Path, *, pinned: bool) -> Path:
        """The wheel that pip downloads, and that uv chooses too."""
        place = self._places[channel]
        return obtain_wheel(place.address, self._project, expected, destination, pinned=pinned, who=place.reader())

    def recover(self, artifact: Artifact, destination: Path) -> Path:
        """From the clone, or from a channel."""
        found = self._found(artifact, destination)
        if found is None:
            raise NotEligible(
                f"{self.name} does not have {artifact.name}, and this clone does not keep it any more",
                where=str(self._spool.folder), do=_lost(),
            )  # fmt: skip
        return found

    def address(self, channel: str) -> str:
        """For `pip install --index-url`."""
        return self._places[channel].address

    def _bring(self, listed: Listed, channel: str, fence: Fence, *, new: bool) -> None:
        """Upload a release; where that is cut off, and can be taken back, users see nothing of it."""
        place = self._places[channel]
        try:
            place.bring(listed, self._finder(channel), fence)
        except TargetFailed:
            if new and self._spec.removable:
                with suppress(TargetFailed):  # the first error says more
                    place.remove(listed, fence)
            raise

    def _finder(self, channel: str) -> Callable[[Artifact], Path]:
        """What gives the file of an artifact that is to be uploaded to `channel`."""

        def find(artifact: Artifact) -> Path:
            path = self._spool.find(artifact) or self._fetched(artifact, channel)
            if path is None:
                raise ReleaseError(
                    f"{artifact.name} is neither in this clone nor on another channel of {self.name}",
                    where=str(self._spool.folder), do=_lost(),
                )  # fmt: skip
            if not self._spool.attested(path):
                raise no_attestation(path)
            return path

        return find

    def _fetched(self, artifact: Artifact, channel: str) -> Path | None:
        """From another channel into the spool, as when another machine promotes."""
        folder = self._spool.folder / artifact.sha256
        return next(
            (got for name, place in self._places.items() if name != channel and (got := place.fetch(artifact, folder))),
            None,
        )

    def _found(self, artifact: Artifact, folder: Path) -> Path | None:
        kept = self._spool.find(artifact)
        return kept or next((got for place in self._places.values() if (got := place.fetch(artifact, folder))), None)


def _lost() -> str:
    close = command("release", "--abandon")
    return f"go on in the clone that published it, or close it here ({close}) and release it again"
