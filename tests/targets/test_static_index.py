"""The index on disk: whole at every moment, whoever is killed; and one changed byte is refused by name."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from release.errors import ConfigError, LockLost, Tampered
from release.model import Artifact, Fence, Holding, Listed, Listing
from release.targets import Target
from release.targets.static_index import StaticIndex

from . import FREE, PROJECT, PUBLISHED, make_release, make_sdist, make_wheel, publish, withdraw

PAGE = f"simple/{PROJECT}/index.html"
EMPTY = "09f09cad65b094bf734f5c06ddb7f549f59b5064e56b4c4efafadb183d121a09"
_OPERATIONS = frozenset(
    {"open", "os.mkdir", "os.rename", "os.symlink", "os.remove", "os.rmdir", "os.truncate", "os.chmod", "fcntl.flock"}
)


@pytest.fixture
def index(tmp_path: Path) -> StaticIndex:
    """An index that is not there yet."""
    return StaticIndex("packages", tmp_path / "index", PROJECT)


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    """The folder that builds leave their files in."""
    folder = tmp_path / "dist"
    folder.mkdir()
    return folder


def _change(path: Path) -> None:
    """Flip one bit."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _litter(index: StaticIndex) -> list[Path]:
    return list(index.root.rglob(".tmp-*"))


def _generations(index: StaticIndex) -> set[str]:
    return {path.name for path in (index.root / "generations").iterdir() if not path.name.startswith(".")}


def _served_by_link(index: StaticIndex, digest: str) -> str | None:
    """What a channel that leads to the generation would serve; Tampered where it is not whole."""
    link = index.root / "probe"
    link.symlink_to(f"generations/{digest}")
    served = index.serving("probe")
    link.unlink()
    return served


def _fork(act: Callable[[], object]) -> int:
    """Run `act` in a child process; its process id. The child exits with 0 where `act` returns."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        act()
        code = 0
    finally:
        os._exit(code)


def _dies_at(step: int, act: Callable[[], object]) -> bool:
    """Run `act` in a child that kills itself with SIGKILL right before its `step`th operation on files.

    False where `act` ended well before that.
    """
    left = step

    def count(event: str, _arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event in _OPERATIONS:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def counted() -> None:
        sys.addaudithook(count)
        act()

    _, status = os.waitpid(_fork(counted), 0)
    assert status in {0, signal.SIGKILL}
    return status != 0


def _flip(index: StaticIndex, listings: list[Listing], times: int) -> None:
    for number in range(times):
        index.point("stable", listings[number % len(listings)], FREE)


def test_it_is_a_target(index: StaticIndex) -> None:
    """What the engine needs of a target is there, for wheels and sdists."""
    target: Target = index
    assert frozenset({"wheel", "sdist"}) == target.takes
    assert target.embedded


def test_put_makes_absent_same(index: StaticIndex, dist: Path) -> None:
    """Wheel, sdist and the wheel's metadata lie in the pool by sha256; a second put changes nothing."""
    wheel = make_wheel(dist, "1.0")  # once: a second one may have another time in it
    for artifact in (wheel, make_sdist(dist, "1.0")):
        assert Holding.ABSENT is index.ask(artifact)
        index.put(artifact, dist / artifact.name, FREE)
        index.put(artifact, dist / artifact.name, FREE)
        assert Holding.SAME is index.ask(artifact)
        assert (dist / artifact.name).read_bytes() == (
            index.root / "files" / artifact.sha256 / artifact.name
        ).read_bytes()
    metadata = zipfile.ZipFile(dist / wheel.name).read("demo_project-1.0.dist-info/METADATA")
    assert metadata == (index.root / "files" / wheel.sha256 / f"{wheel.name}.metadata").read_bytes()


def test_put_refuses_a_source_that_is_not_the_artifact(index: StaticIndex, dist: Path) -> None:
    """Other bytes, other metadata or no wheel at all are named, and nothing gets into the pool."""
    wheel = make_wheel(dist, "1.0")
    source = dist / wheel.name
    sdist = make_sdist(dist, "1.0")
    disguised = Artifact("wheel", wheel.name, sdist.sha256, sdist.size, None, wheel.metadata_sha256)
    for artifact, file in (
        (replace(wheel, sha256="0" * 64), source),
        (replace(wheel, metadata_sha256="0" * 64), source),
        (disguised, dist / sdist.name),
    ):
        with pytest.raises(Tampered) as caught:
            index.put(artifact, file, FREE)
        assert str(file) == caught.value.where
    assert not (index.root / "files").exists()


@pytest.mark.parametrize("suffix", ["", ".metadata"])
def test_a_changed_file_in_the_pool_is_named(suffix: str, index: StaticIndex, dist: Path) -> None:
    """One bit in the stored wheel or in its metadata: neither ask nor put goes on."""
    wheel = make_wheel(dist, "1.0")
    index.put(wheel, dist / wheel.name, FREE)
    stored = index.root / "files" / wheel.sha256 / f"{wheel.name}{suffix}"
    _change(stored)
    acts: list[Callable[[], object]] = [lambda: index.ask(wheel), lambda: index.put(wheel, dist / wheel.name, FREE)]
    for act in acts:
        with pytest.raises(Tampered) as caught:
            act()
        assert str(stored) == caught.value.where


def test_metadata_that_is_gone_is_completed(index: StaticIndex, dist: Path) -> None:
    """A wheel without its metadata file counts as absent; put brings it back."""
    wheel = make_wheel(dist, "1.0")
    index.put(wheel, dist / wheel.name, FREE)
    (index.root / "files" / wheel.sha256 / f"{wheel.name}.metadata").unlink()
    assert Holding.ABSENT is index.ask(wheel)
    index.put(wheel, dist / wheel.name, FREE)
    assert Holding.SAME is index.ask(wheel)


def test_the_pointer_is_what_the_channel_serves(index: StaticIndex, dist: Path) -> None:
    """Pure and the same in every run; None is served where there is no channel."""
    assert index.serving("stable") is None
    assert EMPTY == index.pointer(Listing())
    assert not index.root.exists()
    first = publish(index, old := make_release(index, dist, "1.0"), channel="canary")
    second = publish(index, old, make_release(index, dist, "2.0"))
    assert (index.pointer(first), index.pointer(second)) == (index.serving("canary"), index.serving("stable"))
    publish(index, channel="canary")
    assert EMPTY == index.serving("canary")
    assert f"generations/{EMPTY}" == str((index.root / "canary").readlink())


def test_a_channel_can_be_checked_by_hand(index: StaticIndex, dist: Path) -> None:
    """`sha256sum -c SHA256SUMS`, without the engine."""
    publish(index, make_release(index, dist, "1.0"))
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=index.root / "stable", check=True)


@pytest.mark.parametrize(
    "name",
    ["SHA256SUMS", "simple/index.html", "simple/index.json", PAGE, f"simple/{PROJECT}/index.json"],
)
def test_a_changed_page_is_named(name: str, index: StaticIndex, dist: Path) -> None:
    """One bit in any page or in SHA256SUMS; nor can a channel be pointed to such a generation again."""
    listing = publish(index, make_release(index, dist, "1.0"))
    publish(index, channel="canary")
    page = index.root / "generations" / index.pointer(listing) / name
    _change(page)
    acts: list[Callable[[], object]] = [lambda: index.serving("stable"), lambda: index.point("canary", listing, FREE)]
    for act in acts:
        with pytest.raises(Tampered) as caught:
            act()
        assert str(page) == caught.value.where
        assert "nox -s repair" in caught.value.do
    assert EMPTY == index.serving("canary")
    generation = index.root / "generations" / index.pointer(listing)
    assert [generation, index.root / "stable"] == index.damaged()
    index.set_aside(FREE)
    assert (EMPTY, None) == (index.serving("canary"), index.serving("stable"))
    assert ["000-" + generation.name, "001-stable"] == sorted(
        path.name for path in (index.root / "damaged").glob("*/*")
    )
    index.point("stable", listing, FREE)
    assert index.pointer(listing) == index.serving("stable")
    assert [] == index.damaged()


def test_missing_and_added_pages_are_named(index: StaticIndex, dist: Path) -> None:
    """A generation has its pages and nothing else."""
    generation = index.root / "generations" / index.pointer(publish(index, make_release(index, dist, "1.0")))
    for name, damage in (("simple/more.html", Path.touch), (PAGE, Path.unlink)):
        damage(generation / name)
        with pytest.raises(Tampered) as caught:
            index.serving("stable")
        assert str(generation / name) == caught.value.where
        (generation / name).unlink(missing_ok=True)


@pytest.mark.parametrize(
    "target", ["/tmp", "generations/short", "../generations/" + "0" * 64, "generations/" + "0" * 64]
)
def test_a_link_to_elsewhere_is_refused(target: str, index: StaticIndex) -> None:
    """A channel leads to a whole generation of this index, or the answer is an error."""
    index.root.mkdir()
    (index.root / "stable").symlink_to(target)
    with pytest.raises(Tampered):
        index.serving("stable")


def test_a_folder_in_a_channels_place_is_refused(index: StaticIndex) -> None:
    """Somebody who copied the index without its links gets told which one."""
    (index.root / "stable").mkdir(parents=True)
    acts: list[Callable[[], object]] = [lambda: index.serving("stable"), lambda: index.point("stable", Listing(), FREE)]
    for act in acts:
        with pytest.raises(Tampered, match="stable is not a link"):
            act()


def test_no_flip_to_files_that_are_not_there(index: StaticIndex, dist: Path) -> None:
    """A file that users could be given must be in the pool; one of a withdrawn release may be gone."""
    good, bad = make_release(index, dist, "1.0"), make_release(index, dist, "2.0")
    publish(index, good)
    before = index.serving("stable")
    gone = index.root / "files" / bad.artifacts[0].sha256 / bad.artifacts[0].name
    gone.unlink()
    with pytest.raises(Tampered) as caught:
        publish(index, good, bad)
    assert str(gone) == caught.value.where
    assert before == index.serving("stable")
    publish(index, good, withdraw(bad, "broken"))
    assert before != index.serving("stable")


def test_old_generations_go(index: StaticIndex, dist: Path) -> None:
    """Besides those that channels follow a handful stays, the one that was just left among them."""
    good = make_release(index, dist, "1.0")
    publish(index, good, channel="canary")
    digests = [index.pointer(publish(index, withdraw(good, f"reason {number}"))) for number in range(12)]
    assert {index.serving("canary"), *digests[-7:]} == _generations(index)


def test_whoever_lost_the_lock_changes_nothing(index: StaticIndex, dist: Path) -> None:
    """Neither a check that fails nor an older token lets put or point through."""

    def lost() -> None:
        raise LockLost("the lock has gone to somebody else")

    wheel = make_wheel(dist, "1.0")
    listing = publish(index)
    index.seal(Fence(7, lambda: None))
    for fence in (Fence(7, lost), Fence(8, lost), Fence(6, lambda: None)):
        with pytest.raises(LockLost):
            index.put(wheel, dist / wheel.name, fence)
        with pytest.raises(LockLost):
            index.point("stable", Listing((Listed("1.0", (), PUBLISHED),)), fence)
        with pytest.raises(LockLost):
            index.point("canary", listing, fence)
    assert Holding.ABSENT is index.ask(wheel)
    assert (EMPTY, None) == (index.serving("stable"), index.serving("canary"))


@pytest.mark.parametrize("channel", ["../x", "..", "", "files", "generations", "a/b", ".lock", "stable\n", "-x"])
def test_odd_channels_never_become_paths(channel: str, index: StaticIndex) -> None:
    """A channel's name is one plain name, and not one that the index needs itself."""
    acts: list[Callable[[], object]] = [lambda: index.serving(channel), lambda: index.point(channel, Listing(), FREE)]
    for act in acts:
        with pytest.raises(ConfigError) as caught:
            act()
        assert repr(channel) in caught.value.what


def test_odd_projects_never_become_paths(tmp_path: Path) -> None:
    """A project's name is checked before the index exists."""
    with pytest.raises(ConfigError):
        StaticIndex("packages", tmp_path, "../x")


@pytest.mark.parametrize(
    ("name", "sha256"),
    [("../../x.whl", "0" * 64), ("/x.whl", "0" * 64), (".lock", "0" * 64), ("x\n", "0" * 64), ("x.whl", "../stable")],
)
def test_odd_artifacts_never_become_paths(name: str, sha256: str, index: StaticIndex, tmp_path: Path) -> None:
    """A record that names a path instead of a file is refused, by all that would touch it."""
    source = tmp_path / "source"
    source.write_bytes(b"x")
    digest = hashlib.sha256(b"x").hexdigest() if sha256 == "0" * 64 else sha256
    artifact = Artifact("sdist", name, digest, 1)
    acts: list[Callable[[], object]] = [
        lambda: index.ask(artifact),
        lambda: index.put(artifact, source, FREE),
        lambda: index.recover(artifact, tmp_path),
        lambda: index.point("stable", Listing((Listed("1.0", (artifact,), PUBLISHED),)), FREE),
    ]
    for act in acts:
        with pytest.raises(Tampered):
            act()
    assert index.serving("stable") is None


def test_recover_gives_the_stored_bytes(index: StaticIndex, dist: Path, tmp_path: Path) -> None:
    """Out of the pool by sha256; a changed or missing file is named instead."""
    wheel, _ = make_release(index, dist, "1.0").artifacts
    copy = index.recover(wheel, tmp_path / "out")
    assert tmp_path / "out" / wheel.name == copy
    assert (dist / wheel.name).read_bytes() == copy.read_bytes()
    stored = index.root / "files" / wheel.sha256 / wheel.name
    for damage in (_change, Path.unlink):
        damage(stored)
        with pytest.raises(Tampered) as caught:
            index.recover(wheel, tmp_path / "out")
        assert str(stored) == caught.value.where


def test_obtain_follows_the_channel_back(index: StaticIndex, dist: Path, tmp_path: Path) -> None:
    """After the rollback pip and uv get 1.0 from stable; canary is not touched by it."""
    old, new = make_release(index, dist, "1.0"), make_release(index, dist, "2.0")
    canary = publish(index, old, new, channel="canary")
    publish(index, old, new)
    publish(index, old, withdraw(new, "wrong scores"))
    (tmp_path / "got").mkdir()
    wheel = index.obtain("stable", old, tmp_path / "got", pinned=False)
    assert old.artifacts[0].sha256 == hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert index.pointer(canary) == index.serving("canary")


def test_a_kill_before_any_operation_leaves_every_channel_whole(index: StaticIndex, dist: Path) -> None:
    """SIGKILL at each operation on files of point: stable is as before or as after, and the next run completes it."""
    good = make_release(index, dist, "1.0")
    canary = publish(index, good, channel="canary")
    before = publish(index, good, make_release(index, dist, "2.0"))
    for number in range(5):
        publish(index, withdraw(good, f"old {number}"))
    step, killed = 0, True
    while killed:
        step += 1
        index.point("stable", before, FREE)
        after = Listing((withdraw(good, f"step {step}"),))
        killed = _dies_at(step, partial(index.point, "stable", after, FREE))
        assert index.serving("stable") in {index.pointer(before), index.pointer(after)}
        assert index.pointer(canary) == index.serving("canary")
        assert _generations(index) == {_served_by_link(index, digest) for digest in _generations(index)}
        index.point("stable", after, FREE)
        assert index.pointer(after) == index.serving("stable")
        assert [] == _litter(index)
    assert step > 30


def test_a_killed_put_is_completed_by_the_next(index: StaticIndex, dist: Path) -> None:
    """SIGKILL at each operation on files of put: absent or whole, and the next put leaves no litter."""
    step, killed = 0, True
    while killed:
        step += 1
        wheel = make_wheel(dist, f"1.{step}")
        killed = _dies_at(step, partial(index.put, wheel, dist / wheel.name, FREE))
        assert index.ask(wheel) is Holding.SAME or killed
        index.put(wheel, dist / wheel.name, FREE)
        assert Holding.SAME is index.ask(wheel)
        assert [] == _litter(index)
    assert step > 10


def test_random_kills_leave_the_channel_whole(index: StaticIndex, dist: Path) -> None:
    """A process that points without end is killed at random moments, again and again."""
    good = make_release(index, dist, "1.0")
    listings = [Listing((withdraw(good, f"{number}"),)) for number in range(9)]
    pointers = {index.pointer(listing) for listing in listings}
    index.point("stable", listings[0], FREE)
    chance = random.Random(20261123)
    for _ in range(25):
        child = _fork(partial(_flip, index, listings, 10**6))
        time.sleep(chance.uniform(0.002, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert index.serving("stable") in pointers
    index.point("stable", listings[1], FREE)
    assert [] == _litter(index)


def test_a_reader_never_sees_anything_half_written(index: StaticIndex, dist: Path) -> None:
    """While another process flips the channel 200 times, over more listings than are kept, every page read is whole."""
    good = make_release(index, dist, "1.0")
    listings = [Listing((withdraw(good, f"{number}"),)) for number in range(9)]
    index.point("stable", listings[0], FREE)
    pages = set()
    for listing in listings:
        index.point("canary", listing, FREE)
        pages.add((index.root / "canary" / PAGE).read_bytes())
    pointers = {index.pointer(listing) for listing in listings}
    child = _fork(partial(_flip, index, listings, 200))
    seen, served = set(), set()
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        seen.add((index.root / "stable" / PAGE).read_bytes())
        served.add(index.serving("stable"))
    assert (child, 0) == ended
    assert pages == seen
    assert served <= pointers


def test_damaged_files_of_the_pool_are_set_aside(index: StaticIndex, dist: Path) -> None:
    """A wheel and its metadata are damaged where they differ; afterwards they are absent, and can be put again."""
    release = make_release(index, dist, "1.0")
    listing = publish(index, release)
    wheel = next(artifact for artifact in release.artifacts if artifact.kind == "wheel")
    place = index.root / "files" / wheel.sha256 / wheel.name
    for path in (place.with_name(f"{place.name}.metadata"), place):
        _change(path)
        assert path in index.damaged()
        index.set_aside(FREE)
        assert Holding.ABSENT == index.ask(wheel)
        index.put(wheel, dist / wheel.name, FREE)
        assert (Holding.SAME, []) == (index.ask(wheel), index.damaged())
    assert index.pointer(listing) == index.serving("stable")
