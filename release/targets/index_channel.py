"""One package index that a channel's users install from: uploads to it, removals where it removes, what it shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from release.commands import command
from release.config.targets import IndexSpec
from release.credentials import Credentials
from release.errors import NotEligible, ReleaseError, TargetFailed
from release.model import Artifact, Fence, Finding, Listed
from release.targets.login import Basic, Who
from release.targets.project_page import ProjectPage, files_of
from release.targets.simple_index import SimpleIndex
from release.targets.uploading import Uploader
from release.web import Patience, Web

_UNSAID = 5.0
"""Seconds for which a file is looked for that the index refused, or took once more: it may have it, and lag."""
_POLL = 2.0
"""Seconds between two looks."""


class IndexChannel:
    """A place to upload to, and the pages that users read."""

    def __init__(self, spec: IndexSpec, channel: str, project: str, *, once: bool) -> None:
        place = spec.channels[channel]
        self.address = place.simple
        self._spec, self._channel, self._project, self._upload = spec, channel, project, place.upload
        hosts = {urlsplit(one.upload).netloc for one in spec.channels.values()}
        # A password that is meant for one host is not shown to another one.
        names = (f"{spec.name}-{channel}", *([spec.name] if len(hosts) == 1 else []))
        self._who = Who(names, place.upload, username="__token__")
        patience = Patience.of(spec.stall, once=once)
        auth = Basic(self._who, place.upload)
        self._writing = Web(place.upload, name=spec.name, auth=auth, patience=patience)
        self._index = SimpleIndex(
            Web(place.simple, name=spec.name, auth=auth, patience=patience), place.simple, project
        )
        self._uploader = Uploader(
            spec.name,
            place.upload,
            self._who,
            self._who.advice,
            trusted=spec.trusted,
            attestations=spec.attestations,
            patience=patience,
        )

    def page(self) -> ProjectPage:
        """What it shows now."""
        return ProjectPage(self._index.files(), self._index.sha256, self._index.url)

    def fetch(self, artifact: Artifact, folder: Path) -> Path | None:
        """The file in `folder`; None where the page does not have it. Tampered where it is another one."""
        file = self._index.files().get(artifact.name)
        return None if file is None else self._index.fetch(file, artifact, folder)

    def reader(self) -> Credentials | None:
        """As whom pip and uv read; None where the pages are on another host than the uploads, which are private."""
        return self._who() if urlsplit(self.address).netloc == urlsplit(self._upload).netloc else None

    def manage(self, version: str) -> str:
        """Where a person takes a release back."""
        parts = urlsplit(self._upload)
        if not parts.netloc.startswith("upload.") and not parts.netloc.startswith("test."):
            return self.address
        host = parts.netloc.removeprefix("upload.")
        return urlunsplit((parts.scheme, host, f"/manage/project/{self._project}/release/{version}/", "", ""))

    def bring(self, listed: Listed, find: Callable[[Artifact], Path], fence: Fence) -> None:
        """Upload what is missing of a release, all in one go, and wait until the page shows it.

        Tampered where other bytes are there, NotEligible where the index takes no late files any more.
        """
        self._refuse_late(listed)

        def absent() -> list[Path]:
            return [find(artifact) for artifact in self.page().lacks(listed)]

        try:
            self._uploader.bring(absent, lambda long: self._is_visible(listed, long=long), fence)
        except TargetFailed as error:
            raise self._half_done(listed, error) from None

    def remove(self, listed: Listed, fence: Fence) -> None:
        """Take a release off the index, by pypiserver's own request for that."""
        for _ in range(2):
            failed: TargetFailed | None = None
            for name in sorted({_spelt(artifact) for artifact in files_of(listed)}):
                data = {":action": "remove_pkg", "name": name, "version": listed.version}
                try:
                    self._ask(data, fence.check)
                except TargetFailed as error:
                    failed = error
            if not self.page().shows(listed):
                return
            if failed is not None:
                raise failed
        raise TargetFailed(
            f"{self._spec.name} says twice that {listed.version} is removed, and still shows it", where=self._index.url,
            do="run the command again; an index that lags needs a while",
        )  # fmt: skip

    def examine(self) -> list[Finding]:
        """Whether the page can be read, who the engine is there, and whether it may change something."""
        what, spec = f"target {self._spec.name}, {self._channel}", self._spec
        try:
            count = len(self._index.files())
            who = self._uploader.who()
            if spec.removable:  # pypiserver takes this request, and does nothing
                self._ask({":action": "verify"}, lambda: None)
        except ReleaseError as error:
            return [Finding(what, ok=False, said=f"{error.what} ({error.where})", do=error.do)]
        may = "may upload and remove" if spec.removable else "whether it may upload shows when it does"
        name = who.username if who else "a trusted publisher"
        return [Finding(what, ok=True, said=f"{self.address} has {count} files of the project; {name}: {may}")]

    def _ask(self, form: dict[str, str], check: Callable[[], None]) -> None:
        """One request in the form that uploads have, with `check` right before each try."""
        self._writing.ask("POST", ok=(200, 404), body=lambda: form, check=check)

    def _is_visible(self, listed: Listed, *, long: bool) -> bool:
        """Whether the page shows all of it, looked for as long as the index may lag behind what it has taken."""
        end = time.monotonic() + (self._spec.lag if long else min(self._spec.lag, _UNSAID))
        while self.page().lacks(listed):
            left = end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(_POLL, left))
        return True

    def _deadline(self, listed: Listed) -> datetime | None:
        """When the index stops taking files of the release."""
        began = datetime.fromisoformat(listed.published.replace("Z", "+00:00"))
        return began + timedelta(days=self._spec.late_days) if self._spec.late_days else None

    def _refuse_late(self, listed: Listed) -> None:
        deadline = self._deadline(listed)
        if deadline and deadline < datetime.now(timezone.utc) and self.page().shows(listed):
            raise NotEligible(
                f"{listed.version} is there in part, and since {deadline:%Y-%m-%d} it takes no more files of it",
                where=self._index.url,
                do=f"close the release ({command('release', '--abandon')}), yank what is there, "
                "release the next version",
            )  # fmt: skip

    def partly(self, listed: Listed, page: ProjectPage) -> str:
        """How much of a release is there, and until when the rest may come; empty where all of it is, or nothing."""
        every, lacking = len(files_of(listed)), len(page.lacks(listed))
        if lacking in (0, every):
            return ""
        there = f"{self._channel} of {self._spec.name} shows {every - lacking} of {every} files of {listed.version}"
        deadline = self._deadline(listed)
        late = deadline is not None and deadline < datetime.now(timezone.utc)
        how = "has taken no more since" if late else "takes the rest until"
        return f"{there}, and {how} {deadline:%Y-%m-%d %H:%M} UTC" if deadline else there

    def _half_done(self, listed: Listed, error: TargetFailed) -> TargetFailed:
        """The error, with how much is there, and until when the rest may come."""
        try:
            there = self.partly(listed, self.page())
        except TargetFailed:
            return error
        what = f"{there}: {error.what}" if there else error.what
        return TargetFailed(what, where=error.where, do=error.do, status=error.status)


def _spelt(artifact: Artifact) -> str:
    """The project's name as the file has it; an sdist may spell it otherwise than a wheel."""
    return artifact.name.partition("-")[0] if artifact.kind == "wheel" else artifact.name.rpartition("-")[0]


def yanked(listed: Listed, address: str) -> ReleaseError:
    """A release that should stand was yanked by hand."""
    return NotEligible(
        f"{listed.version} is yanked there, and only a person can take that back", where=address,
        do="take the yank back in the index's web page, or go to another release",
    )  # fmt: skip
