"""Package indexes as targets, against one that behaves as PyPI does; the real pypiserver is in tests/indexes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from release.config.targets import IndexChannelSpec, IndexSpec
from release.errors import ConfigError, LockLost, NotEligible, ReleaseError, Tampered, TargetFailed
from release.model import Fence, Holding, Listed, Listing, Match, WayBack
from release.targets.package_index import PackageIndex
from release.targets.uploading import Uploader
from tests.servers import pypi
from tests.targets import FREE, PROJECT, make_sdist, make_wheel, withdraw


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both indexes take the same one, and no keyring of the machine has a say."""
    for channel in ("CANARY", "STABLE"):
        monkeypatch.setenv(f"RELEASE_SHOP_{channel}_PASSWORD", pypi.TOKEN)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@contextmanager
def opened(spool: Path, **behaviour: float) -> Iterator[tuple[PackageIndex, dict[str, pypi.Index]]]:
    """A target with a canary and a stable index; `behaviour` is of both, or of the target."""
    told = {key: behaviour.pop(key) for key in ("late_days", "attestations") if key in behaviour}
    with (
        pypi.serve(pypi.Index(lag=behaviour.get("lag", 0.0))) as canary,
        pypi.serve(pypi.Index(lag=behaviour.get("lag", 0.0))) as stable,
    ):
        indexes = {"canary": canary, "stable": stable}
        channels = {name: IndexChannelSpec(f"{one.url}/legacy/", f"{one.url}/simple/") for name, one in indexes.items()}
        spec = IndexSpec(
            name="shop", channels=channels, removable=False, lag=behaviour.get("wait", 10.0),
            late_days=int(told.get("late_days", 14)), trusted=False, attestations=bool(told.get("attestations")),
            stall=10.0,
        )  # fmt: skip
        yield PackageIndex(spec, spool, PROJECT), indexes


def staged(target: PackageIndex, folder: Path, version: str, published: str = "2999-01-01T00:00:00Z") -> Listed:
    """A release whose files wait in the clone."""
    folder.mkdir(exist_ok=True)
    artifacts = (make_sdist(folder, version), make_wheel(folder, version))
    for artifact in artifacts:
        assert target.ask(artifact) is Holding.ABSENT
        target.put(artifact, folder / artifact.name, FREE)
        assert target.ask(artifact) is Holding.SAME
    return Listed(version, artifacts, published)


@pytest.mark.torture
def test_uploading_waits_until_the_index_shows_it(tmp_path: Path) -> None:
    """Nothing is on the index before its channel moves; then all files go out in one go, and show after the lag."""
    with opened(tmp_path / "spool", lag=1.0) as (target, indexes):
        listed = staged(target, tmp_path / "files", "1.0")
        assert (WayBack.ROLL_FORWARD, ("canary", "stable"), 0) == (
            target.way_back, target.channels, target.greatest_token(),
        )  # fmt: skip
        assert {} == indexes["stable"].files
        target.point("stable", Listing((listed,)), FREE)
        assert [200, 200] == [status for status, _ in indexes["stable"].uploads]
        assert target.look("stable", Listing((listed,))).match is Match.SAME
        assert target.pointer(Listing((listed,))) == target.serving("stable")
        assert target.serving("canary") is None


def test_not_visible_yet_is_told_from_other_bytes(tmp_path: Path) -> None:
    """An index that lags for too long is waited for the next time; other bytes stop at once, and are named."""
    with opened(tmp_path / "spool", lag=30.0, wait=0.2) as (target, indexes):
        listed = staged(target, tmp_path / "files", "1.0")
        with pytest.raises(TargetFailed, match="does not show it yet"):
            target.point("stable", Listing((listed,)), FREE)
        indexes["stable"].lag = 0.0
        target.point("stable", Listing((listed,)), FREE)
        for file in indexes["stable"].files.values():
            file.data += b"!"
        with pytest.raises(Tampered, match=r"demo_project-1\.0.* there has sha256"):
            target.point("stable", Listing((listed,)), FREE)
        with pytest.raises(Tampered, match=r"demo_project-1\.0.* there has sha256"):
            target.ask(listed.artifacts[0])


@pytest.mark.torture
def test_a_name_that_was_used_before(tmp_path: Path) -> None:
    """What was deleted by hand can't be uploaded again: the index's own words say so, once, and there is no retry."""
    with opened(tmp_path / "spool") as (target, indexes):
        listed = staged(target, tmp_path / "files", "1.0")
        target.point("stable", Listing((listed,)), FREE)
        indexes["stable"].delete("1.0")
        indexes["stable"].uploads.clear()
        with pytest.raises(TargetFailed, match=r"400 Bad Request .*: File already exists, or its name") as caught:
            target.point("stable", Listing((listed,)), FREE)
        assert caught.value.status == 400
        assert 1 == len(indexes["stable"].uploads)


@pytest.mark.torture
def test_files_that_come_too_late(tmp_path: Path) -> None:
    """Half a release tells until when the rest may come; after that nothing is uploaded, and the way out is named."""
    with opened(tmp_path / "spool") as (target, indexes):
        listed = staged(target, tmp_path / "files", "1.0")
        stable, (sdist, wheel) = indexes["stable"], listed.artifacts
        data = (tmp_path / "files" / wheel.name).read_bytes()
        stable.files[wheel.name] = pypi.Stored(PROJECT, "1.0", wheel.name, data, -1e9)
        with pytest.raises(TargetFailed, match=r"shows 1 of 2 files of 1\.0, and takes the rest until 2999-01-15"):
            target.point("stable", Listing((listed,)), FREE)  # the index itself finds that the release is too old
        stable.uploads.clear()
        old = replace(listed, published="2026-01-01T00:00:00Z")
        with pytest.raises(NotEligible, match="since 2026-01-15 it takes no more files"):
            target.point("stable", Listing((old,)), FREE)
        assert [] == stable.uploads
        assert sdist.name not in stable.files


def test_another_machine_promotes(tmp_path: Path) -> None:
    """Where the clone does not have the files, they come from the canary index; where that has none, it says so."""
    with opened(tmp_path / "spool") as (target, indexes):
        listed = staged(target, tmp_path / "files", "1.0")
        listing = Listing((listed,))
        target.point("canary", listing, FREE)
        for path in (tmp_path / "spool").rglob("*.*"):
            path.write_bytes(b"damaged") if path.suffix == ".whl" else path.unlink()
        target.point("stable", listing, FREE)
        assert target.look("stable", listing).match is Match.SAME
        (tmp_path / "copy").mkdir()
        (tmp_path / "spool").rename(tmp_path / "gone")
        for artifact in listed.artifacts:
            copy = target.recover(artifact, tmp_path / "copy")
            assert (tmp_path / "files" / artifact.name).read_bytes() == copy.read_bytes()
        for index in indexes.values():
            index.files.clear()
        with pytest.raises(ReleaseError, match="neither in this clone nor on another channel"):
            target.point("stable", listing, FREE)
        with pytest.raises(NotEligible, match="does not have demo_project"):
            target.recover(listed.artifacts[0], tmp_path / "copy")


def test_attestations_go_with_the_files(tmp_path: Path) -> None:
    """A file without one is refused before anything is uploaded; with them, each file takes its own along."""
    with opened(tmp_path / "spool", attestations=True) as (target, indexes):
        folder = tmp_path / "files"
        folder.mkdir()
        artifacts = (make_sdist(folder, "1.0"), make_wheel(folder, "1.0"))
        with pytest.raises(ReleaseError, match="has no attestation"):
            target.put(artifacts[0], folder / artifacts[0].name, FREE)
        for artifact in artifacts:
            (folder / f"{artifact.name}.publish.attestation").write_text(json.dumps({"of": artifact.name}))
            target.put(artifact, folder / artifact.name, FREE)
        listing = Listing((Listed("1.0", artifacts, "2999-01-01T00:00:00Z"),))
        kept = next((tmp_path / "spool").rglob("*.whl.publish.attestation"))
        kept.rename(tmp_path / "aside")
        with pytest.raises(ReleaseError, match="has no attestation"):
            target.point("stable", listing, FREE)
        assert {} == indexes["stable"].files
        (tmp_path / "aside").rename(kept)
        target.point("stable", listing, FREE)
        assert all(name in stored.attestations for name, stored in indexes["stable"].files.items())


def test_nothing_is_taken_back(tmp_path: Path) -> None:
    """A release that is there can't go; the caveat says who still gets it, and where a person yanks it."""
    with opened(tmp_path / "spool") as (target, indexes):
        one, two = (staged(target, tmp_path / version, version) for version in ("1.0", "1.1"))
        target.point("stable", Listing((one,)), FREE)
        target.point("stable", Listing((one, two)), FREE)
        with pytest.raises(NotEligible, match=r"1\.1 can't be taken from stable of shop, which removes nothing"):
            target.point("stable", Listing((one,), gone=(two,)), FREE)
        indexes["stable"].yank("1.1")
        assert target.pointer(Listing((one, withdraw(two, "it divides")))) == target.serving("stable")
        with pytest.raises(NotEligible, match=r"1\.1 is yanked there, and only a person can take that back"):
            target.point("stable", Listing((one, two)), FREE)
        assert "pinned installs still get 1.1 from shop; yank it by hand here: http://" in target.caveat("1.1")


def test_where_a_person_yanks() -> None:
    """On PyPI it is a page of the release, which is known from the address of uploads."""
    channels = {"stable": IndexChannelSpec("https://upload.index.example/legacy/", "https://index.example/simple/")}
    spec = IndexSpec("shop", channels, removable=False, lag=1, late_days=0, trusted=True, attestations=False, stall=1)
    target = PackageIndex(spec, Path("nowhere"), PROJECT)
    assert target.caveat("1.1").endswith(f"https://index.example/manage/project/{PROJECT}/release/1.1/")
    assert ("stable",) == target.channels
    assert "" == PackageIndex(replace(spec, removable=True), Path("nowhere"), PROJECT).caveat("1.1")


def test_the_lock_is_looked_at_before_each_upload(tmp_path: Path) -> None:
    """Who has lost the lock uploads nothing, and keeps nothing for it."""

    def lost() -> None:
        raise LockLost("gone")

    with opened(tmp_path / "spool") as (target, indexes):
        listed = staged(target, tmp_path / "files", "1.0")
        with pytest.raises(LockLost):
            target.point("stable", Listing((listed,)), Fence(1, lost))
        with pytest.raises(LockLost):
            target.put(listed.artifacts[0], tmp_path / "files" / listed.artifacts[0].name, Fence(1, lost))
        assert {} == indexes["stable"].files
        target.seal(FREE)
        target.set_aside(FREE)
        assert [] == target.damaged()


@pytest.mark.torture
def test_what_doctor_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page, and as whom; no credentials, and no server, come with what to do."""
    with opened(tmp_path / "spool") as (target, indexes):
        assert [True, True] == [finding.ok for finding in target.examine()]
        monkeypatch.delenv("RELEASE_SHOP_CANARY_PASSWORD")
        monkeypatch.setenv("RELEASE_SHOP_PASSWORD", pypi.TOKEN)  # of which host would it be?
    with opened(tmp_path / "spool") as (target, _):
        canary, stable = target.examine()
        assert (False, True) == (canary.ok, stable.ok)
        assert "there are no credentials for http://" in canary.said
        names = [f"RELEASE_SHOP_CANARY_PASSWORD{end}" for end in ("", "_FILE")]
        assert f"set {names[0]} (or {names[1]}), or add them to the keyring" == canary.do
    gone = PackageIndex(target._spec, tmp_path / "spool", PROJECT)
    assert [False, False] == [finding.ok for finding in gone.examine()]
    assert {} == indexes["stable"].files


def test_trusted_publishing_needs_a_ci_that_says_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a password twine proves who it is by what the CI gives it; elsewhere that is an error."""
    uploader = Uploader("shop", "https://upload.index.example/legacy/", lambda: None, "set them", trusted=True)
    for name in ("GITHUB_ACTIONS", "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError, match="there are no credentials for https://"):
        uploader.who()
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", "https://ci.example.org/")
    with pytest.raises(ConfigError, match="there are no credentials for https://"):
        uploader.who()  # nobody says which CI it is of
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert uploader.who() is None


def test_twine_gets_nothing_of_the_callers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration file, TWINE_* and a netrc of the user lead nowhere: the upload goes where it should."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".pypirc").write_text("[pypi]\nrepository = http://127.0.0.1:9/\nusername = eve\npassword = wrong\n")
    (home / ".netrc").write_text("machine 127.0.0.1 login eve password wrong\n")
    for name, value in {
        "HOME": str(home), "TWINE_REPOSITORY_URL": "http://127.0.0.1:9/", "TWINE_USERNAME": "eve",
        "TWINE_PASSWORD": "wrong", "NETRC": str(home / ".netrc"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    with opened(tmp_path / "spool") as (target, indexes):
        listed = staged(target, tmp_path / "files", "1.0")
        target.point("stable", Listing((listed,)), FREE)
        assert 2 == len(indexes["stable"].files)


@pytest.mark.torture
def test_a_wrong_password_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The index's answer is in the message, and the password is not."""
    monkeypatch.setenv("RELEASE_SHOP_STABLE_PASSWORD", "pypi-of-somebody-else")
    with opened(tmp_path / "spool") as (target, indexes):
        listed = staged(target, tmp_path / "files", "1.0")
        with pytest.raises(TargetFailed, match="403") as caught:
            target.point("stable", Listing((listed,)), FREE)
        assert "somebody-else" not in str(caught.value)
        assert {} == indexes["stable"].files
