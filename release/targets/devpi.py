"""Stages of a devpi server: staging takes uploads, and devpi's own push takes a release from there to a channel.

A push is one transaction of the server, and copies the very files, so users of a channel see all of a release or none.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urljoin

from release.commands import command
from release.config import CHANNELS
from release.config.targets import DevpiSpec
from release.errors import NotEligible, TargetFailed
from release.model import Artifact, Fence, Finding, Holding, Listed, Listing, Sight, WayBack
from release.targets import devpi_rights, project_page, simple_pages
from release.targets.login import DevpiSession, Who
from release.targets.on_server import OnServer
from release.targets.project_page import ProjectPage
from release.targets.resolvers import obtain_wheel
from release.targets.simple_index import SimpleIndex
from release.targets.uploading import Uploader
from release.web import Patience, Web

STAGING = "staging"


class Devpi(OnServer):
    """Three stages of a devpi server, for one project; a release.targets.Target."""

    takes = simple_pages.KINDS
    channels: tuple[str, ...] = CHANNELS

    def __init__(self, spec: DevpiSpec, project: str, *, once: bool = False) -> None:
        """With `once` every request has one try."""
        self.name = spec.name
        self.way_back = WayBack.RETRACT if spec.volatile else WayBack.ROLL_FORWARD
        self._spec, self._project = spec, simple_pages.normalised(project)
        self._url = f"{spec.url.rstrip('/')}/"
        self._stages = {STAGING: spec.staging, "canary": spec.canary, "stable": spec.stable}
        patience = Patience.of(spec.stall, once=once)
        self._who = Who((spec.name,), self._url)
        self._open = Web(self._url, name=spec.name, patience=patience)
        self._session = DevpiSession(self._open, self._who)
        self._web = Web(self._url, name=spec.name, auth=self._session, patience=patience)
        self._uploader = Uploader(
            self.name, f"{self._url}{spec.staging}/", self._who, self._who.advice, patience=patience
        )

    def ask(self, artifact: Artifact) -> Holding:
        """Whether staging has it, as it says."""
        return Holding.SAME if self._page(STAGING).has(artifact) else Holding.ABSENT

    def put(self, artifact: Artifact, source: Path, fence: Fence) -> None:
        self._uploader.bring(lambda: [source], lambda _: self.ask(artifact) is Holding.SAME, fence)

    def pointer(self, listing: Listing) -> str | None:
        return project_page.pointer(listing)

    def serving(self, channel: str) -> str | None:
        return self._page(channel).serving()

    def look(self, channel: str, listing: Listing) -> Sight:
        return self._page(channel).look(listing, removable=self._spec.volatile)

    def point(self, channel: str, listing: Listing, fence: Fence) -> None:
        """NotEligible where a release would have to be removed, and the stage is not volatile."""
        page, removable = self._page(channel), self._spec.volatile
        over = [listed for listed in project_page.going(listing) if page.shows(listed)]
        if over and not removable:
            raise NotEligible(
                f"{over[0].version} can't be taken from {channel} of {self.name}: the stage is not volatile",
                where=self.address(channel), do="release a higher version, which users then get instead",
            )  # fmt: skip
        for listed in project_page.needed(listing, removable=removable):
            if page.lacks(listed):
                self._push(listed, channel, fence)
        for listed in over:
            self._remove(listed, channel, fence)

    def caveat(self, version: str) -> str:
        if self._spec.volatile:
            return ""
        return f"{self.name} still gives {version} to whoever pins it: its stages are not volatile"

    def examine(self) -> list[Finding]:
        return devpi_rights.examine(self._spec, self._web, self._session, self._who)

    def obtain(self, channel: str, expected: Listed, destination: Path, *, pinned: bool) -> Path:
        """The wheel that pip downloads, and that uv chooses too."""
        who = self._who()
        return obtain_wheel(self.address(channel), self._project, expected, destination, pinned=pinned, who=who)

    def recover(self, artifact: Artifact, destination: Path) -> Path:
        """From any of the stages."""
        for stage in self._stages:
            index = self._index(stage)
            file = index.files().get(artifact.name)
            if file is not None:
                return index.fetch(file, artifact, destination)
        raise NotEligible(f"{self.name} does not have {artifact.name}", where=self._url)

    def address(self, channel: str) -> str:
        """For `pip install --index-url`."""
        return f"{self._url}{self._stages[channel]}/+simple/"

    def _index(self, stage: str) -> SimpleIndex:
        return SimpleIndex(self._open, self.address(stage), self._project)

    def _page(self, stage: str) -> ProjectPage:
        index = self._index(stage)
        return ProjectPage(index.files(), index.sha256, index.url)

    def _push(self, listed: Listed, channel: str, fence: Fence) -> None:
        """From staging, which keeps every release, to a channel's stage."""
        lost = self._page(STAGING).lacks(listed)
        if lost:
            raise TargetFailed(
                f"staging does not have {', '.join(artifact.name for artifact in lost)}", where=self.address(STAGING),
                do=f"{command('repair')} brings it there again",
            )  # fmt: skip
        what = {"name": self._project, "version": listed.version, "targetindex": self._stages[channel]}
        self._change(
            "POST", self._spec.staging, lambda: not self._page(channel).lacks(listed), fence, json.dumps(what).encode()
        )

    def _remove(self, listed: Listed, channel: str, fence: Fence) -> None:
        place = f"{self._stages[channel]}/{self._project}/{quote(listed.version)}"
        self._change("DELETE", place, lambda: not self._page(channel).shows(listed), fence)

    def _change(self, method: str, place: str, happened: Callable[[], bool], fence: Fence, data: bytes = b"") -> None:
        """One request that changes something, repeated where that may help, and each time asked what came of it."""
        headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if data else {})}
        for _ in range(2):
            failed: TargetFailed | None = None
            try:
                self._web.ask(method, place, ok=(200, 201), headers=headers, body=lambda: data, check=fence.check)
            except TargetFailed as error:
                failed = error
            if happened():
                return
            if failed is not None:
                raise failed
        raise TargetFailed(
            f"{self.name} says twice that it did what it was asked, and has not", where=urljoin(self._url, place),
            do="run the command again; if it stays so, look at the server's log",
        )  # fmt: skip
