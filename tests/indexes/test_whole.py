"""Whole releases to a real devpi, to real pypiservers, and to indexes that behave as PyPI does."""

from __future__ import annotations

import pytest

from release.redaction import forms
from tests.indexes.conftest import Shop, kill_at_the_break
from tests.indexes.places import KINDS, REMOVING, marks
from tests.servers.proxy import Break

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]
BOTH = ["canary", "stable"]


def release(shop: Shop, *versions: str) -> None:
    """Bring each of these to stable."""
    for version in versions:
        shop.sample.tag(version)
        shop.run("release")


def refuse_secrets(shop: Shop) -> None:
    """Nothing that was printed, and no file of the clone, holds a secret in any form."""
    written = [path.read_bytes() for path in shop.sample.root.rglob("*") if path.is_file() and not path.is_symlink()]
    ledger = shop.sample.git("log", "--format=%B", "refs/releases/ledger").encode()
    everything = b"\n".join([*(said.encode() for said in shop.said), ledger, *written])
    for secret in marks(shop.place):
        assert not [form for form in forms(secret) if form.encode() in everything]


@pytest.mark.parametrize("shop", ["devpi"], indirect=True)
def test_two_releases_and_back_again(shop: Shop) -> None:
    """Publish, promote, roll back and bring back: each leaves the channels with whole releases; no secret shows."""
    release(shop, "0.1.0")
    shop.sample.tag("0.2.0")
    shop.run("publish")
    assert [["0.1.0", "0.2.0"], ["0.1.0"]] == [shop.versions(channel) for channel in BOTH]
    shop.run("promote")
    assert {"canary": "0.2.0", "stable": "0.2.0"} == shop.served()

    shop.run("rollback", "--reason", "it divides")

    assert [["0.1.0"], ["0.1.0"]] == [shop.versions(channel) for channel in BOTH]
    assert {"canary": "0.1.0", "stable": "0.1.0"} == shop.served()
    shop.run("promote", "0.2.0", "--reason", "it multiplies")
    assert [["0.1.0", "0.2.0"], ["0.1.0", "0.2.0"]] == [shop.versions(channel) for channel in BOTH]
    refuse_secrets(shop)


@pytest.mark.parametrize("shop", REMOVING, indirect=True)
def test_everything_where_releases_can_be_removed(shop: Shop) -> None:
    """Release, publish, promote, rollback, promote of a withdrawn one, abandon; then all is in step, and no secret."""
    test_two_releases_and_back_again(shop)
    shop.sample.tag("0.3.0")
    shop.run("publish")
    assert [["0.1.0", "0.2.0", "0.3.0"], ["0.1.0", "0.2.0"]] == [shop.versions(channel) for channel in BOTH]

    shop.run("release", "--abandon", "--reason", "not this week")

    assert [["0.1.0", "0.2.0"], ["0.1.0", "0.2.0"]] == [shop.versions(channel) for channel in BOTH]
    assert {"canary": "0.2.0", "stable": "0.2.0"} == shop.served()
    assert "ready to release" in shop.run("doctor")
    refuse_secrets(shop)


@pytest.mark.parametrize("shop", ["pypi"], indirect=True)
def test_a_release_to_an_index_that_keeps_everything(shop: Shop) -> None:
    """All files go out once, canary first; a release that was on canary only stays there, and the next one goes on."""
    release(shop, "0.1.0")
    shop.sample.tag("0.2.0")
    shop.run("publish")
    assert [["0.1.0", "0.2.0"], ["0.1.0"]] == [shop.versions(channel) for channel in BOTH]
    shop.run("promote")
    for index in shop.place.behind.values():
        assert [200] * 4 == [status for status, _ in index.uploads]
    assert {"canary": "0.2.0", "stable": "0.2.0"} == shop.served()
    assert "ready to release" in shop.run("doctor")

    said = shop.run("rollback", "--reason", "it divides")

    assert "pinned installs still get 0.2.0 from shop; yank it by hand here" in said
    assert ["0.1.0", "0.2.0", "0.2.1"] == shop.versions("stable")
    assert {"canary": "0.2.1", "stable": "0.2.1"} == shop.served()
    refuse_secrets(shop)


@pytest.mark.parametrize("shop", ["pypi"], indirect=True)
def test_a_release_that_is_given_up_on_an_index_that_keeps_everything(shop: Shop) -> None:
    """Canary keeps what it has, which is said; stable never had it, and the next release goes out as ever."""
    release(shop, "0.1.0")
    shop.sample.tag("0.2.0")
    shop.run("publish")

    shop.run("release", "--abandon", "--reason", "not this week")

    assert {"canary": "0.2.0", "stable": "0.1.0"} == shop.served()
    release(shop, "0.3.0")
    assert {"canary": "0.3.0", "stable": "0.3.0"} == shop.served()
    assert ["0.1.0", "0.3.0"] == shop.versions("stable")


@pytest.mark.parametrize("shop", ["pypiserver"], indirect=True)
def test_a_release_that_was_killed_between_two_files_is_given_up(shop: Shop) -> None:
    """What was there in part is taken away again, and users get what they had."""
    release(shop, "0.1.0")
    shop.sample.tag("0.2.0")
    front = shop.place.proxies[0]  # of canary
    front.rewind(Break("stall", first=3, times=None, only=lambda method, _: method == "POST"))
    kill_at_the_break(shop, front)
    front.rewind()
    assert 3 == len(shop.place.read("canary"))

    shop.run("release", "--abandon", "--reason", "not this week")

    assert [["0.1.0"], ["0.1.0"]] == [shop.versions(channel) for channel in BOTH]
    assert {"canary": "0.1.0", "stable": "0.1.0"} == shop.served()


@pytest.mark.parametrize("shop", KINDS, indirect=True)
def test_a_release_that_was_killed_between_two_files_goes_on(shop: Shop) -> None:
    """The second upload hangs, the engine is killed; the next run uploads what is missing, and nothing twice."""
    release(shop, "0.1.0")
    shop.sample.tag("0.2.0")
    front = shop.place.proxies[-1]  # of stable
    where = "/staging/" if shop.place.kind == "devpi" else "/"
    asked_first = 1 if shop.place.kind == "pypiserver" else 0  # whether the engine may upload

    def only(method: str, path: str) -> bool:
        return method == "POST" and path.endswith(where)

    if shop.place.kind == "pypi":  # else it may be asked for the first file once more, which changes nothing
        shop.place.behind["stable"].lag = 0.0
    front.rewind(Break("stall", first=2 + asked_first, times=None, only=only))
    kill_at_the_break(shop, front)
    front.rewind()

    shop.run("release")

    assert 1 == len([seen for seen in front.seen if only(seen.method, seen.path) and seen.sent > 500])
    assert [["0.1.0", "0.2.0"], ["0.1.0", "0.2.0"]] == [shop.versions(channel) for channel in BOTH]
    assert {"canary": "0.2.0", "stable": "0.2.0"} == shop.served()
