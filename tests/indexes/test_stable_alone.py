"""An index that keeps everything and has no canary, as PyPI mostly is: what is proven there before it is for good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.indexes.conftest import Shop, kill_at_the_break, make_shop
from tests.indexes.places import like_pypi
from tests.servers.proxy import Break

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]


@pytest.fixture
def shop(tmp_path: Path, cache: Path) -> Iterator[Shop]:
    """A project whose only target is such an index."""
    with like_pypi(canary=False, lag=0.0) as place:
        yield make_shop(place, tmp_path / "clone", cache)


def spoil(shop: Shop) -> None:
    """Make the program add where it should multiply, which no gate notices."""
    path = shop.sample.root / "sample" / "__init__.py"
    text = path.read_text()
    path.write_text(text.replace("int(words[0]) * ", "int(words[0]) + "))
    assert text != path.read_text()


def step_of(shop: Shop, sign: str) -> list[str]:
    """The sentences of the ledger with that in them."""
    return [sentence for sentence in shop.sample.ledger() if sign in sentence]


def test_what_does_not_work_is_never_uploaded(shop: Shop) -> None:
    """The staged wheel is installed and run before anything goes out for good; the reason is in status."""
    spoil(shop)
    shop.sample.tag("0.1.0")

    said = shop.run("release", code=6)

    why = "sample_project-0.1.0-py3-none-any.whl staged for shop does not work: it can't multiply"
    assert f"{why}\n" in said
    assert "do:    nobody has it yet: close this release (nox -s release -- --abandon)" in said
    assert ([], {}) == (shop.place.behind["stable"].uploads, shop.place.read("stable"))
    assert f"  stopped at verify staged: {why}\n" in shop.run("status")
    shop.run("release", "--abandon")
    assert [] == shop.place.behind["stable"].uploads


def test_what_is_staged_is_not_said_to_be_on_canary(shop: Shop) -> None:
    """Publish proves the staged wheel, and neither what it says nor the ledger speaks of a canary; promote goes on."""
    shop.sample.tag("0.1.0")

    said = shop.run("publish")

    assert "  ✓ install what is staged where there is no canary, and run it (" in said
    assert "  - make canary serve it: skipped, no target has a canary\n" in said
    assert "  - get it from canary, install it and run it: skipped, no target has a canary\n" in said
    assert "sample-project 0.1.0 is staged, on no channel yet\n" in said
    assert {} == shop.place.read("stable")
    proven = "Release 0.1.0: what is staged where there is no canary works"
    assert [proven] == step_of(shop, "canary")
    assert "✓ install what is staged where there is no canary, and run it: done before" in shop.run("promote")
    assert ["0.1.0"] == shop.versions("stable")


def test_staged_files_that_are_lost_say_how_to_go_on(shop: Shop) -> None:
    """Where the clone lost what it keeps for the upload, nothing is proven, and nothing goes out."""
    spoil(shop)
    shop.sample.tag("0.1.0")
    shop.run("release", code=6)
    for path in (shop.sample.root / ".release" / "spool").rglob("*.whl"):
        path.unlink()

    said = shop.run("release", code=9)

    assert "shop does not have sample_project-0.1.0-py3-none-any.whl, and this clone does not keep it any more" in said
    assert "do:    go on in the clone that published it, or close it here (nox -s release -- --abandon)" in said
    assert [] == shop.place.behind["stable"].uploads


def test_status_knows_the_deadline_for_late_files(shop: Shop) -> None:
    """Killed between two files: status, and the release that is run again, say until when the rest is taken."""
    shop.sample.tag("0.1.0")
    (front,) = shop.place.proxies
    front.rewind(Break("stall", first=2, times=None, only=lambda method, _: method == "POST"))
    kill_at_the_break(shop, front)
    front.rewind()
    assert 1 == len(shop.place.read("stable"))
    there = "stable of shop shows 1 of 2 files of 0.1.0, and takes the rest until "

    status, said = shop.run("status", code=7), shop.run("release")

    assert f"\n  {there}" in status
    assert f"\n  {there}" in said
    assert ["0.1.0"] == shop.versions("stable")
    assert there not in shop.run("status")
