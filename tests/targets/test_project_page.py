"""What an index shows, compared with what a channel should list: a table of pages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from release.errors import Tampered
from release.model import Artifact, ArtifactKind, Listed, Listing, Match
from release.targets.project_page import ProjectPage, pointer
from release.targets.simple_index import PageFile
from tests.targets import PUBLISHED

WHEEL, SDIST = "demo-{}-py3-none-any.whl", "demo-{}.tar.gz"


def artifact(kind: ArtifactKind, name: str) -> Artifact:
    """One whose sha256 is its name."""
    return Artifact(kind, name, name, 1)


def release(version: str, withdrawn: str | None = None) -> Listed:
    """A wheel, an sdist, and an image, which no index takes."""
    files = (artifact("sdist", SDIST.format(version)), artifact("wheel", WHEEL.format(version)))
    return Listed(version, (*files, artifact("image", version)), PUBLISHED, withdrawn)


def page(*names: str, yanked: str = "\0", wrong: str = "\0") -> ProjectPage:
    """A page with these files; `yanked` and `wrong` are in the names of those that are."""
    files = [PageFile(name, name, "other" if wrong in name else name, yanked in name) for name in names]
    return ProjectPage({file.name: file for file in files}, lambda file: str(file.sha256), "the index")


def whole(*versions: str) -> list[str]:
    """The names of wheel and sdist of each."""
    return [form.format(version) for version in versions for form in (WHEEL, SDIST)]


A, B, C = release("1.0"), release("1.1"), release("2.0rc1")
GONE = release("1.1", "it divides")


@pytest.mark.parametrize(
    ("names", "listing", "removable", "immutable"),
    [
        (whole("1.0"), Listing((A,)), Match.SAME, Match.SAME),
        ([], Listing(()), Match.SAME, Match.SAME),
        ([], Listing((A,)), Match.PARTLY, Match.PARTLY),
        ([WHEEL.format("1.1"), *whole("1.0")], Listing((A, B)), Match.PARTLY, Match.PARTLY),
        (whole("1.0", "1.1"), Listing((A, B)), Match.SAME, Match.SAME),
        # An older file, from before this engine, does no harm; nor does one that is no distribution.
        ([*whole("0.9", "1.0"), "demo-1.0.exe"], Listing((A,)), Match.SAME, Match.SAME),
        (whole("0.9"), Listing((A,)), Match.PARTLY, Match.PARTLY),
        (whole("0.9"), Listing((), (A,)), Match.SAME, Match.SAME),
        # What a person uploaded is no part of the move.
        (whole("1.0", "3.0"), Listing((A,)), Match.OTHER, Match.OTHER),
        ([*whole("1.0"), "demo-1.0-cp311-cp311-linux_x86_64.whl"], Listing((A,)), Match.OTHER, Match.OTHER),
        # A withdrawn release has to go where that can be.
        (whole("1.0", "1.1"), Listing((A, GONE)), Match.PARTLY, Match.PARTLY),
        (whole("1.0"), Listing((A, GONE)), Match.SAME, Match.SAME),
        (whole("1.0", "1.1"), Listing((A,), (B,)), Match.PARTLY, Match.PARTLY),
        (whole("1.1"), Listing((), (B,)), Match.PARTLY, Match.SAME),
        # An old release that somebody deleted can't come back to an index that keeps names for ever.
        (whole("1.1"), Listing((A, B)), Match.PARTLY, Match.SAME),
        # A pre-release is there, and users without a pin get the last final one.
        (whole("1.0", "2.0rc1"), Listing((A, C)), Match.SAME, Match.SAME),
        (whole("1.0"), Listing((A, C)), Match.PARTLY, Match.PARTLY),
        (whole("2.0rc1"), Listing((C,)), Match.SAME, Match.SAME),
    ],
)
def test_match(names: list[str], listing: Listing, removable: Match, immutable: Match) -> None:
    """The same page is judged by whether releases can be removed from the index."""
    found = page(*names)
    assert removable is found.look(listing, removable=True).match
    assert immutable is found.look(listing, removable=False).match


def test_a_yanked_release_is_not_served() -> None:
    """A release that a person yanked does not count as there, and what is served is the one before."""
    found = page(*whole("1.0", "1.1"), yanked="1.1")
    assert pointer(Listing((A,))) == found.serving()
    assert found.look(Listing((A, B)), removable=False).match is Match.PARTLY
    assert found.yanked(B)
    assert not found.yanked(A)


def test_other_bytes_are_named() -> None:
    """A file with the right name and other bytes stops everything, and the message has its name."""
    found = page(*whole("1.0"), wrong=".whl")
    with pytest.raises(Tampered, match=r"demo-1\.0-py3-none-any\.whl there has sha256 other"):
        found.look(Listing((A,)), removable=True)


def test_the_pointer_is_of_the_files_that_an_index_takes() -> None:
    """Images are no part of it, and nothing is served where nothing stands."""
    assert pointer(Listing((A,))) == pointer(Listing((replace(A, artifacts=A.artifacts[:2]),)))
    assert pointer(Listing((GONE,))) is None
    assert page().serving() is None
