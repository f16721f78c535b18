"""Reads what an index shows of one project, as pip does: its page in the Simple API (PEP 503, 592, 691), its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import requests

from release import durable
from release.errors import Tampered, TargetFailed
from release.model import Artifact
from release.targets.simple_pages import normalised
from release.web import Web

_JSON = "application/vnd.pypi.simple.v1+json"
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_LARGEST_PAGE = 64 << 20
_LARGEST_FILE = 1 << 30
_LEAST = 1 << 16
"""Bytes that an answer may have in any case: one that says no has words too."""
_ELSEWHERE = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class PageFile:
    """One file on a project's page."""

    name: str
    url: str
    sha256: str | None
    """As the page says; None where it says nothing."""
    yanked: bool


class SimpleIndex:
    """One project on one index."""

    def __init__(self, web: Web, simple: str, project: str) -> None:
        """`simple` is what a user gives as --index-url; `web` reads there, and on no other host."""
        self.url = f"{simple.rstrip('/')}/"
        self._page = urljoin(self.url, f"{normalised(project)}/")
        self._web = web
        self._hashes: dict[str, str] = {}

    def files(self) -> dict[str, PageFile]:
        """The files on the page by name; none where the index does not have the project.

        An index that sends the reader to another host does not have it: that would be somebody else's project.
        TargetFailed where there is no answer, or none that can be read.
        """
        page = self._page
        found: dict[str, PageFile] = {}

        def look(answer: requests.Response, data: bytes) -> None:
            if answer.status_code == requests.codes.ok:
                found.update({file.name: file for file in _parsed(answer, data)})

        for _ in range(3):
            answer, _data = self._read(page, _LARGEST_PAGE, follow=False, look=look)
            if answer.status_code not in _ELSEWHERE:
                return found
            page = urljoin(page, answer.headers.get("Location", ""))
            if urlsplit(page).netloc != urlsplit(self._page).netloc:
                return {}
        raise TargetFailed(
            f"{self._web.name} sends the reader of its page round in circles", where=self._page,
            do="compare tool.release.targets with what pip is told",
        )  # fmt: skip

    def sha256(self, file: PageFile) -> str:
        """Of a file, from the page, or from its bytes where the page has none."""
        if file.sha256 is not None:
            return file.sha256
        if file.url not in self._hashes:
            _, data = self._read(file.url, _LARGEST_FILE)
            self._hashes[file.url] = hashlib.sha256(data).hexdigest()
        return self._hashes[file.url]

    def fetch(self, file: PageFile, artifact: Artifact, folder: Path) -> Path:
        """The file in `folder`. Tampered where its bytes are not the artifact's."""
        for _ in range(2):  # what was spoiled on the way comes whole the second time
            answer, data = self._read(file.url, artifact.size)
            if answer.status_code != requests.codes.ok:
                raise TargetFailed(
                    f"{self._web.name} lists {file.name} and does not have it", where=file.url, do="look at the index"
                )
            found = hashlib.sha256(data).hexdigest()
            if found == artifact.sha256:
                durable.write_bytes(folder / artifact.name, data)
                return folder / artifact.name
        raise Tampered(
            f"{file.name} there has sha256 {found}, the ledger has {artifact.sha256}", where=file.url,
            do="keep a copy to find out who changed it; see what stands between this machine and the index",
        )  # fmt: skip

    def _read(
        self,
        url: str,
        most: int,
        *,
        follow: bool = True,
        look: Callable[[requests.Response, bytes], None] | None = None,
    ) -> tuple[requests.Response, bytes]:
        """An answer with its whole body; credentials go to one host only.

        Tried again where it breaks off, or where `look`, which is given both, raises TargetFailed.
        """
        web = self._web
        if urlsplit(url).netloc != urlsplit(web.base).netloc:
            web = Web(url, name=web.name, patience=web.patience)
        found: list[bytes] = []

        def accept(answer: requests.Response) -> None:
            found[:] = [web.read(answer, max(most, _LEAST))]
            if look is not None:
                look(answer, found[0])

        ok = (200, 404) if follow else (200, 404, *_ELSEWHERE)
        headers = {"Accept": "*/*" if follow else _ACCEPT, "Cache-Control": "max-age=0"}
        answer = web.ask("GET", url, ok=ok, headers=headers, accept=accept, stream=True, allow_redirects=follow)
        return answer, found[0]


def _parsed(answer: requests.Response, data: bytes) -> Iterator[PageFile]:
    try:
        if answer.headers.get("Content-Type", "").partition(";")[0].strip() == _JSON:
            for file in json.loads(data)["files"]:
                url = urljoin(answer.url, file["url"])
                yield PageFile(file["filename"], url, file["hashes"].get("sha256"), bool(file.get("yanked", False)))
            return
        links = _Links()
        links.feed(data.decode())
        for href, yanked in links.found:
            url, fragment = urldefrag(urljoin(answer.url, href))
            kind, _, digest = fragment.partition("=")
            name = unquote(urlsplit(url).path.rpartition("/")[2])
            yield PageFile(name, url, digest if kind == "sha256" else None, yanked)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise TargetFailed(
            f"the project's page can't be read: {type(error).__name__}: {error}", where=answer.url,
            do="run the command again; look at the page with a browser",
        ) from None  # fmt: skip


class _Links(HTMLParser):
    """Collects the links of a page, each with whether it is yanked (PEP 592: an attribute, with or without a value)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag == "a" and known.get("href"):
            self.found.append((str(known["href"]), "data-yanked" in known))
