"""The words of the engine as values."""

from __future__ import annotations

import json

from release.model import Artifact, Change, Listed, Listing

WHEEL = Artifact("wheel", "sample-1.0-py3-none-any.whl", "ab" * 32, 7, ">=3.10", "cd" * 32)
IMAGE = Artifact("image", "1.0", "ef" * 32, 9)


def listed(version: str, withdrawn: str | None = None) -> Listed:
    """A release without artifacts."""
    return Listed(version, (), "2026-01-01T00:00:00Z", withdrawn)


def listing(*releases: Listed) -> Listing:
    """A listing of them."""
    return Listing(releases)


def test_artifact_survives_json() -> None:
    """What the ledger records of an artifact gives the same artifact, and what it lacks is left out."""
    for artifact in (WHEEL, IMAGE):
        assert artifact == Artifact.from_json(json.loads(json.dumps(artifact.to_json())))
    assert {"kind", "name", "sha256", "size"} == set(IMAGE.to_json())


def test_current_is_the_highest_version_that_stands() -> None:
    """Versions are compared by PEP 440, not as text; withdrawn ones don't count; an empty listing serves nothing."""
    found = listing(listed("1.9"), listed("1.10"), listed("2.0", "broken")).current()
    assert found is not None
    assert "1.10" == found.version
    assert Listing().current() is None
    assert listing(listed("1.0", "broken")).current() is None


def test_find_sees_withdrawn_releases() -> None:
    """A release is found by its version, withdrawn or not."""
    withdrawn = listed("1.0", "broken")
    assert withdrawn == listing(withdrawn).find("1.0")
    assert listing(withdrawn).find("1.1") is None


def test_change_adds_in_the_order_of_versions() -> None:
    """What is added stands where its version belongs, and a change of nothing changes nothing."""
    before = listing(listed("1.9"))
    after = Change(add=("1.10", "1.0")).apply(before, {"1.10": listed("1.10"), "1.0": listed("1.0")})
    assert ["1.0", "1.9", "1.10"] == [release.version for release in after.releases]
    assert before == Change().apply(before, {})


def test_change_withdraws_and_restores() -> None:
    """A withdrawal has its reason; what is restored has none."""
    before = listing(listed("1.0"), listed("1.1", "broken"))
    after = Change(withdraw={"1.0": "slow"}, restore={"1.1": "broken"}).apply(before, {})
    assert ["slow", None] == [release.withdrawn for release in after.releases]


def test_change_of_a_version_that_is_not_listed_does_nothing() -> None:
    """To withdraw or remove what is not there is no error, since acts are repeated."""
    before = listing(listed("1.0"))
    assert before == Change(remove=("2.0",), withdraw={"3.0": "x"}).apply(before, {})


def test_inverse_takes_a_change_back() -> None:
    """A change and its inverse give the listing from before."""
    before = listing(listed("1.0"), listed("1.1", "broken"))
    change = Change(add=("1.2",), withdraw={"1.0": "slow"}, restore={"1.1": "broken"})
    after = change.apply(before, {"1.2": listed("1.2")})
    assert before == change.inverse().apply(after, {})
    assert change == change.inverse().inverse()


def test_change_survives_json() -> None:
    """The ledger's form of a change leaves empty parts out, and gives the same change."""
    change = Change(add=("1.2",), remove=("1.0",), withdraw={"1.1": "naïve ✗"}, restore={"0.9": ""})
    assert change == Change.from_json(json.loads(json.dumps(change.to_json())))
    assert {} == Change().to_json()
    assert Change() == Change.from_json({})
