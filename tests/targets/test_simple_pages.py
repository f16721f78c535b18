"""The index's pages as pure data: what each PEP asks for, and bytes that never change."""

from __future__ import annotations

import hashlib
import json
from html.parser import HTMLParser

import pytest

from release.errors import ConfigError
from release.model import Artifact, Listed, Listing
from release.targets.simple_pages import checksums, normalised, render

WHEEL = Artifact("wheel", "demo_project-1.0+b.2-py3-none-any.whl", "a" * 64, 1234, ">=3.10,<4", "b" * 64)
SDIST = Artifact("sdist", "demo_project-1.0+b.2.tar.gz", "c" * 64, 5678)
IMAGE = Artifact("image", "1.0_b.2", "d" * 64, 99)
RELEASE = Listed("1.0+b.2", (WHEEL, SDIST, IMAGE), "2026-11-23T05:00:00+00:00")
REASON = 'loses "answers" <b>&\nnever use · 答え'


class _Links(HTMLParser):
    """The attributes and the text of every link of a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.links: list[tuple[dict[str, str | None], str]] = []
        self._open: dict[str, str | None] | None = None
        self.meta: dict[str | None, str | None] = {}
        self.feed(page.decode("ascii"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember links and metas."""
        if tag == "a":
            self._open = dict(attrs)
        if tag == "meta":
            self.meta[dict(attrs)["name"]] = dict(attrs)["content"]

    def handle_data(self, data: str) -> None:
        """The text of a link."""
        if self._open is not None:
            self.links.append((self._open, data))
            self._open = None


def _html(listing: Listing, page: str = "simple/demo-project/index.html") -> _Links:
    return _Links(render("demo-project", listing)[page])


def _files(listing: Listing) -> list[dict[str, object]]:
    files: list[dict[str, object]] = json.loads(render("demo-project", listing)["simple/demo-project/index.json"])[
        "files"
    ]
    return files


def test_html_links_carry_hash_python_and_metadata() -> None:
    """A wheel's link has everything that PEP 503, 658 and 714 give a resolver; an sdist's has what an sdist has."""
    wheel, sdist = _html(Listing((RELEASE,))).links
    url = f"../../../files/{'a' * 64}/demo_project-1.0%2Bb.2-py3-none-any.whl#sha256={'a' * 64}"
    metadata = f"sha256={'b' * 64}"
    expected = {
        "href": url,
        "data-requires-python": ">=3.10,<4",
        "data-core-metadata": metadata,
        "data-dist-info-metadata": metadata,
    }
    assert (expected, WHEEL.name) == wheel
    assert ({"href": f"../../../files/{'c' * 64}/demo_project-1.0%2Bb.2.tar.gz#sha256={'c' * 64}"}, SDIST.name) == sdist


def test_html_names_the_version_of_the_pages_and_the_project() -> None:
    """Every HTML page has PEP 629's meta; the root page links to the project."""
    root = _html(Listing(), "simple/index.html")
    assert {"pypi:repository-version": "1.1"} == root.meta == _html(Listing()).meta
    assert [({"href": "demo-project/"}, "demo-project")] == root.links


def test_json_has_what_pep_691_and_700_ask_for() -> None:
    """Versions, sizes, hashes, upload times in Z, metadata under both its names."""
    pages = render("demo-project", Listing((RELEASE,)))
    detail = json.loads(pages["simple/demo-project/index.json"])
    assert {"api-version": "1.1"} == detail["meta"]
    assert ("demo-project", ["1.0+b.2"]) == (detail["name"], detail["versions"])
    assert {
        "filename": WHEEL.name,
        "url": f"../../../files/{'a' * 64}/demo_project-1.0%2Bb.2-py3-none-any.whl",
        "hashes": {"sha256": "a" * 64},
        "size": 1234,
        "upload-time": "2026-11-23T05:00:00Z",
        "yanked": False,
        "requires-python": ">=3.10,<4",
        "core-metadata": {"sha256": "b" * 64},
        "dist-info-metadata": {"sha256": "b" * 64},
    } == detail["files"][0]
    assert {"requires-python", "core-metadata"}.isdisjoint(detail["files"][1])
    root = json.loads(pages["simple/index.json"])
    assert {"meta": {"api-version": "1.1"}, "projects": [{"name": "demo-project"}]} == root


@pytest.mark.parametrize("reason", [REASON, "plain"])
def test_a_withdrawn_release_is_yanked_with_its_reason(reason: str) -> None:
    """PEP 592, in both forms, with every character of the reason kept and none taken for markup."""
    listing = Listing((Listed("1.0", (WHEEL,), "2026-11-23T05:00:00Z", reason),))
    assert [reason] == [attributes["data-yanked"] for attributes, _ in _html(listing).links]
    assert [reason] == [file["yanked"] for file in _files(listing)]


def test_an_empty_reason_still_yanks() -> None:
    """An attribute without a text in HTML, and true in JSON, since PEP 691 has no empty reasons."""
    listing = Listing((Listed("1.0", (SDIST,), "2026-11-23T05:00:00Z", ""),))
    assert [""] == [attributes["data-yanked"] for attributes, _ in _html(listing).links]
    assert [True] == [file["yanked"] for file in _files(listing)]


def test_images_and_releases_of_images_only_are_left_out() -> None:
    """A package index lists wheels and sdists, and no version that has neither."""
    listing = Listing((Listed("0.9", (IMAGE,), "2026-11-23T04:00:00Z"), RELEASE))
    pages = render("demo-project", listing)
    assert ["1.0+b.2"] == json.loads(pages["simple/demo-project/index.json"])["versions"]
    assert IMAGE.name.encode() not in pages["simple/demo-project/index.html"]


def test_an_empty_listing_has_a_project_page() -> None:
    """Before the first release the project exists and has no files."""
    assert [] == _html(Listing()).links
    assert [] == _files(Listing())


def test_bytes_never_change() -> None:
    """The same listing gives the same pages on every machine and Python, so its digest can be recorded."""
    withdrawn = Listed("1.1", (WHEEL,), "2026-11-23T05:00:00Z", REASON)
    sums = checksums(render("Demo_Project", Listing((RELEASE, withdrawn))))
    assert "9f8ce20c1291cf6e17d6b55c14d33ce9a0e77acff69a916ccd83bc8b52e5bb13" == hashlib.sha256(sums).hexdigest()
    assert (
        "09f09cad65b094bf734f5c06ddb7f549f59b5064e56b4c4efafadb183d121a09"
        == hashlib.sha256(checksums(render("demo-project", Listing()))).hexdigest()
    )


@pytest.mark.parametrize(
    ("written", "expected"), [("Demo_.Project", "demo-project"), ("a", "a"), ("0--x", "0-x"), ("A.b", "a-b")]
)
def test_names_are_normalised(written: str, expected: str) -> None:
    """PEP 503's rule for names in URLs."""
    assert expected == normalised(written)


@pytest.mark.parametrize(
    "name", ["../x", "..", "", ".", "a/b", "a\n", "-a", "a-", "a\0b", "é", "a b", "/etc", "%2e%2e"]
)
def test_what_is_no_name_never_becomes_a_path(name: str) -> None:
    """Odd names are refused by name, before anything is written."""
    with pytest.raises(ConfigError) as caught:
        render(name, Listing())
    assert repr(name) in caught.value.what
