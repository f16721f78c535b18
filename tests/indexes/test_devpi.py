"""devpi as a target, against a real server: what its stages allow, and what `doctor` finds out about them."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from release.config.targets import DevpiSpec
from release.errors import ConfigError, LockLost, NotEligible, TargetFailed
from release.model import Fence, Holding, Listing, Match, WayBack
from release.targets.devpi import Devpi
from tests.indexes import faults, places
from tests.indexes.conftest import set_environment
from tests.indexes.places import Place
from tests.servers.indexes import PASSWORD, Server
from tests.targets import FREE, PROJECT, withdraw

pytestmark = [pytest.mark.endtoend, pytest.mark.torture]
_users = itertools.count(1)


@pytest.fixture
def place(devpi: Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Stages of a new user, volatile unless the test is parametrised otherwise."""
    with places.devpi(devpi, f"target{next(_users)}", volatile=getattr(request, "param", True)) as one:
        set_environment(one, monkeypatch)
        yield one


def spec_of(place: Place) -> DevpiSpec:
    """What the target is told."""
    assert isinstance(place.spec, DevpiSpec)
    return place.spec


def configure(place: Place, stage: str, **settings: Any) -> None:
    """Change a stage, as its owner does."""
    spec = spec_of(place)
    user = stage.partition("/")[0]
    token = requests.post(f"{spec.url}/+login", json={"user": user, "password": PASSWORD}, timeout=10).json()
    mark = base64.b64encode(f"{user}:{token['result']['password']}".encode()).decode()
    headers = {"X-Devpi-Auth": mark, "Accept": "application/json"}
    changes = [f"{key}={value}" for key, value in settings.items()]
    answer = requests.patch(f"{spec.url}/{stage}", json=changes, headers=headers, timeout=10)
    assert answer.ok, answer.text


@pytest.mark.parametrize("place", [False], indirect=True)
def test_stages_that_are_not_volatile_give_nothing_back(place: Place, tmp_path: Path) -> None:
    """A release goes out, and no part of the target pretends that it can go back."""
    target = Devpi(spec_of(place), PROJECT)
    listed = faults.make_release(tmp_path / "files", "1.0")
    faults.release(place, tmp_path / "files", listed, Listing())
    assert target.way_back is WayBack.ROLL_FORWARD
    assert target.look("stable", Listing((listed,))).match is Match.SAME
    with pytest.raises(NotEligible, match="the stage is not volatile"):
        target.point("stable", Listing((withdraw(listed, "it divides"),)), FREE)
    assert "still gives 1.0 to whoever pins it" in target.caveat("1.0")
    assert faults.files(listed) == place.read("stable")


def test_a_withdrawn_release_comes_back_from_staging(place: Place, tmp_path: Path) -> None:
    """It leaves the channel, with nothing left for those who pin it, and a push brings the same bytes again."""
    target = Devpi(spec_of(place), PROJECT)
    listed = faults.make_release(tmp_path / "files", "1.0")
    faults.release(place, tmp_path / "files", listed, Listing())
    target.point("stable", Listing((withdraw(listed, "it divides"),)), FREE)
    assert ({}, "", WayBack.RETRACT) == (place.read("stable"), target.caveat("1.0"), target.way_back)
    assert target.serving("stable") is None
    target.point("stable", Listing((listed,)), FREE)
    assert faults.files(listed) == place.read("stable")


def test_a_release_that_staging_lost(place: Place, tmp_path: Path) -> None:
    """A push of what is not there is refused with the file's name; the bytes come back from a channel."""
    target, spec = Devpi(spec_of(place), PROJECT), spec_of(place)
    listed = faults.make_release(tmp_path / "files", "1.0")
    with pytest.raises(TargetFailed, match=r"staging does not have demo_project-1\.0"):
        target.point("canary", Listing((listed,)), FREE)
    with pytest.raises(NotEligible, match=r"shop does not have demo_project-1\.0"):
        target.recover(listed.artifacts[0], tmp_path)
    faults.release(place, tmp_path / "files", listed, Listing())
    emptied = Devpi(replace(spec, staging=spec.canary, canary=spec.staging), PROJECT)
    emptied.point("canary", Listing((withdraw(listed, "lost"),)), FREE)
    assert target.ask(listed.artifacts[0]) is Holding.ABSENT
    copy = target.recover(listed.artifacts[0], tmp_path)
    assert (tmp_path / "files" / listed.artifacts[0].name).read_bytes() == copy.read_bytes()


def test_who_has_lost_the_lock_changes_nothing(place: Place, tmp_path: Path) -> None:
    """Neither an upload nor a push nor a removal begins."""

    def lost() -> None:
        raise LockLost("gone")

    target = Devpi(spec_of(place), PROJECT)
    listed = faults.make_release(tmp_path / "files", "1.0")
    with pytest.raises(LockLost):
        target.put(listed.artifacts[0], tmp_path / "files" / listed.artifacts[0].name, Fence(1, lost))
    faults.release(place, tmp_path / "files", listed, Listing())
    for listing in (Listing((withdraw(listed, "it divides"),)), Listing(gone=(listed,))):
        with pytest.raises(LockLost):
            target.point("canary", listing, Fence(1, lost))
    assert faults.files(listed) == place.read("canary")
    target.seal(FREE)
    target.set_aside(FREE)
    assert ([], 0) == (target.damaged(), target.greatest_token())


def test_doctor_finds_what_is_wrong_with_a_stage(place: Place) -> None:
    """Rights, volatility and bases are compared with the configuration, and nothing is changed."""
    spec = spec_of(place)
    assert [True] * 4 == [finding.ok for finding in Devpi(spec, PROJECT).examine()]
    configure(place, spec.staging, acl_upload="somebody")
    configure(place, spec.canary, volatile="False")
    configure(place, spec.stable, bases=spec.staging)
    login, staging, canary, stable = Devpi(spec, PROJECT).examine()
    assert login.ok
    assert "may not upload to it, only somebody" in staging.said
    assert "it is not volatile, and the configuration says otherwise" in canary.said
    assert "set volatile = false" in canary.do
    assert f"it shows all that {spec.staging} has" in stable.said
    found = Devpi(replace(spec, stable="nobody/there"), PROJECT).examine()
    (missing,) = [one for one in found if "answers 404" in one.said]
    assert "target shop, stable" == missing.what


def test_doctor_and_credentials(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """None, and wrong ones, are told apart; a change without any is refused in the same words."""
    monkeypatch.setenv("RELEASE_SHOP_PASSWORD", "wrong one")
    (refused,) = Devpi(spec_of(place), PROJECT).examine()
    assert "401" in refused.said
    assert "wrong one" not in refused.said
    monkeypatch.delenv("RELEASE_SHOP_PASSWORD")
    (nobody,) = Devpi(spec_of(place), PROJECT).examine()
    assert "there are no credentials" in nobody.said
    assert "set RELEASE_SHOP_USERNAME and RELEASE_SHOP_PASSWORD" in nobody.do


def test_what_is_no_devpi(monkeypatch: pytest.MonkeyPatch, place: Place, devpi: Server) -> None:
    """An address that answers otherwise is an error that says so; a stage that nobody has is one too."""
    spec = replace(spec_of(place), url=f"{devpi.url}+api")
    (finding,) = Devpi(spec, PROJECT).examine()
    assert not finding.ok
    with pytest.raises(ConfigError, match="may hold no user name"):
        Devpi(replace(spec, url="http://ada:secret@127.0.0.1/"), PROJECT)
