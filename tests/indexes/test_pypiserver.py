"""A real pypiserver as a target, which asks for a password for everything, and may say no hashes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from release.model import Listing, Match, WayBack
from tests.indexes import faults, places
from tests.indexes.conftest import set_environment
from tests.indexes.places import Place
from tests.servers.indexes import PASSWORD
from tests.targets import FREE, withdraw

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]
CHANNELS = ("canary", "stable")


@pytest.fixture
def place(python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A canary server, and one for stable whose pages have no hashes."""
    with places.pypiserver(python, tmp_path / "servers", hashed=False) as one:
        set_environment(one, monkeypatch)
        yield one


def test_out_and_back_and_out_again(place: Place, tmp_path: Path) -> None:
    """Two releases, the second withdrawn and restored: the folders of the servers have just what they should."""
    one, two = (faults.make_release(tmp_path / version, version) for version in ("1.0", "1.1"))
    faults.release(place, tmp_path / "1.0", one, Listing())
    faults.release(place, tmp_path / "1.1", two, Listing((one,)))
    both = faults.files(one) | faults.files(two)
    assert [both, both] == [place.read(channel) for channel in CHANNELS]

    faults.take_back(place, tmp_path / "1.1", two, Listing((one,)))

    target = faults.open_target(place, tmp_path / "another clone")
    withdrawn = Listing((one, withdraw(two, "it divides")))
    assert [faults.files(one)] * 2 == [place.read(channel) for channel in CHANNELS]
    assert (WayBack.RETRACT, Match.SAME) == (target.way_back, target.look("stable", withdrawn).match)
    for artifact in two.artifacts:
        target.put(artifact, tmp_path / "1.1" / artifact.name, FREE)
    target.point("stable", Listing((one, two)), FREE)
    assert [faults.files(one), both] == [place.read(channel) for channel in CHANNELS]
    assert target.pointer(Listing((one, two))) == target.serving("stable")


def test_doctor_asks_whether_it_may_upload(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right password is accepted without any change; a wrong one is refused, and not shown."""
    assert ["may upload and remove"] * 2 == [
        finding.said.rpartition(": ")[2] for finding in faults.open_target(place, tmp_path).examine()
    ]
    monkeypatch.setenv("RELEASE_SHOP_CANARY_PASSWORD", f"not {PASSWORD}")
    canary, stable = faults.open_target(place, tmp_path).examine()
    assert (False, True) == (canary.ok, stable.ok)
    assert "403" in canary.said
    assert PASSWORD not in canary.said
    assert [{}, {}] == [place.read(channel) for channel in CHANNELS]
