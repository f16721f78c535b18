"""The target of images on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from release.errors import LockHeld, LockLost, Tampered, VerifyFailed
from release.model import Artifact, Fence, Holding, Listed, Listing
from release.oci.layout import Layout
from release.targets import Target, fencing
from release.targets.oci_layout import OciLayout
from tests.images.tiny import make_image

FENCE = Fence(1, lambda: None)


def listed(artifact: Artifact, withdrawn: str | None = None) -> Listed:
    """A release with this image."""
    return Listed(artifact.name, (artifact,), "2026-01-01T00:00:00Z", withdrawn)


@pytest.fixture
def target(tmp_path: Path) -> OciLayout:
    """An empty target."""
    return OciLayout("images", tmp_path / "target", wait=0.2)


@pytest.fixture
def images(tmp_path: Path) -> list[Artifact]:
    """Two images in a layout `source`."""
    return [make_image(tmp_path / "source", version=version) for version in ("1.0.0", "1.1.0")]


@pytest.fixture
def full(target: OciLayout, images: list[Artifact], tmp_path: Path) -> OciLayout:
    """The target with both images, stable on the first and canary on the second."""
    for artifact in images:
        target.put(artifact, tmp_path / "source", FENCE)
    target.point("stable", Listing((listed(images[0]),)), FENCE)
    target.point("canary", Listing(tuple(map(listed, images))), FENCE)
    return target


def test_image_goes_in_and_comes_out(full: OciLayout, images: list[Artifact], tmp_path: Path) -> None:
    """What was put is there, is served by its channels, and comes out again by channel, by version and by digest."""
    protocol: Target = full
    first, second = images
    assert [Holding.SAME] * 2 == [protocol.ask(artifact) for artifact in images]
    assert f"sha256:{first.sha256}" == full.serving("stable")
    assert f"sha256:{second.sha256}" == full.serving("canary")
    for number, folder in enumerate(
        (
            full.obtain("stable", listed(first), tmp_path / "a", pinned=False),
            full.obtain("canary", listed(first), tmp_path / "b", pinned=True),
            full.recover(first, tmp_path / "c"),
        )
    ):
        names = Layout(folder).names()
        assert ["1.0.0"] == list(names), number
        assert first.sha256 == Layout(folder).verify(names["1.0.0"].digest).manifest.digest.removeprefix("sha256:")


def test_empty_target_serves_nothing(target: OciLayout, images: list[Artifact]) -> None:
    """Before the first act nothing is there, and looking makes no folder."""
    assert (None, Holding.ABSENT) == (target.serving("stable"), target.ask(images[0]))
    assert target.pointer(Listing()) is None
    assert not target.folder.exists()


def test_put_again_changes_nothing(full: OciLayout, images: list[Artifact], tmp_path: Path) -> None:
    """The same image may be put again; files stay as they are."""
    before = {path: path.stat().st_mtime_ns for path in full.folder.rglob("*") if path.name != ".lock"}
    full.put(images[0], tmp_path / "source", FENCE)
    assert before == {path: path.stat().st_mtime_ns for path in full.folder.rglob("*") if path.name != ".lock"}


def test_channel_moves_back_and_away(full: OciLayout, images: list[Artifact]) -> None:
    """A withdrawn release is passed over, and a channel with nothing to serve has no tag."""
    first, second = images
    full.point("canary", Listing((listed(first), listed(second, "broken"))), FENCE)
    assert f"sha256:{first.sha256}" == full.serving("canary")
    full.point("canary", Listing((listed(first, "broken too"),)), FENCE)
    assert full.serving("canary") is None
    assert Holding.SAME == full.ask(second)


def test_version_tag_never_moves(full: OciLayout, tmp_path: Path) -> None:
    """A version whose tag has other bytes is refused, by asking and by putting; the tag stays."""
    other = make_image(tmp_path / "other", version="1.0.0+x")
    impostor = Artifact("image", "1.0.0", other.sha256, other.size)
    before = full.folder.joinpath("index.json").read_bytes()
    for act in (lambda: full.ask(impostor), lambda: full.put(impostor, tmp_path / "other", FENCE)):
        with pytest.raises(Tampered, match=r"the tag 1\.0\.0"):
            act()
    assert before == full.folder.joinpath("index.json").read_bytes()


def test_every_changed_byte_of_the_index_is_refused(full: OciLayout) -> None:
    """Whichever byte of index.json changes, what relies on it refuses and names the file."""
    index = full.folder / "index.json"
    data = index.read_bytes()
    for position in range(len(data)):
        index.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        with pytest.raises(Tampered) as caught:
            full.serving("stable")
        assert str(index) == caught.value.where, position
    index.write_bytes(data + b"\n")
    with pytest.raises(Tampered):
        full.serving("stable")


@pytest.mark.parametrize("part", ["manifest", "config", "layer", "mark"])
def test_changed_byte_of_an_image_is_refused(
    full: OciLayout, images: list[Artifact], tmp_path: Path, part: str
) -> None:
    """A changed manifest, config, layer or mark is named by whatever reads it."""
    layout = Layout(full.folder)
    image = layout.verify(f"sha256:{images[0].sha256}")
    blob = {"manifest": image.manifest, "config": image.config_descriptor, "layer": image.layers[0]}.get(part)
    path = layout.path(blob.digest) if blob else layout.mark
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])
    acts = (
        lambda: full.serving("stable"),
        lambda: full.ask(images[0]),
        lambda: full.obtain("stable", listed(images[0]), tmp_path / "out", pinned=False),
        lambda: full.put(images[0], tmp_path / "source", FENCE),
        lambda: full.point("canary", Listing((listed(images[0]),)), FENCE),
    )
    for act in acts:
        with pytest.raises(Tampered) as caught:
            act()
        assert str(path) == caught.value.where


def test_other_image_than_expected_is_refused(full: OciLayout, images: list[Artifact], tmp_path: Path) -> None:
    """A channel that gives another release, a missing channel, and a release without an image are told apart."""
    with pytest.raises(VerifyFailed, match=r"canary gives .* and 1\.0\.0 is"):
        full.obtain("canary", listed(images[0]), tmp_path / "out", pinned=False)
    with pytest.raises(VerifyFailed, match="beta gives nothing"):
        full.obtain("beta", listed(images[0]), tmp_path / "out", pinned=False)
    with pytest.raises(VerifyFailed, match="has no image"):
        full.obtain("stable", Listed("1.0.0", (), ""), tmp_path / "out", pinned=False)
    assert not (tmp_path / "out").exists()


def test_overtaken_holder_changes_nothing(full: OciLayout, images: list[Artifact], tmp_path: Path) -> None:
    """After a later holder sealed the target, the earlier one can neither put nor point."""
    full.seal(Fence(2, lambda: None))
    third = make_image(tmp_path / "source", version="1.2.0")
    before = {path: path.read_bytes() for path in full.folder.rglob("*") if path.is_file() and path.name != ".lock"}
    acts: tuple[Callable[[], object], ...] = (
        lambda: full.seal(FENCE),
        lambda: full.put(third, tmp_path / "source", FENCE),
        lambda: full.point("stable", Listing(tuple(map(listed, images))), FENCE),
    )
    for act in acts:
        with pytest.raises(LockLost):
            act()
    assert before == {p: p.read_bytes() for p in full.folder.rglob("*") if p.is_file() and p.name != ".lock"}


def test_lock_is_looked_at_right_before_the_rename(full: OciLayout, images: list[Artifact]) -> None:
    """A lock that is lost while the act is prepared leaves the channel where it was."""

    def lost() -> None:
        raise LockLost("the lock has gone to somebody else")

    with pytest.raises(LockLost):
        full.point("stable", Listing(tuple(map(listed, images))), Fence(1, lost))
    assert f"sha256:{images[0].sha256}" == full.serving("stable")


def test_writer_in_the_middle_keeps_others_out(full: OciLayout, images: list[Artifact]) -> None:
    """While one writer is in an act, another one is told so."""
    with fencing.fenced(full.folder, FENCE), pytest.raises(LockHeld, match="is changing this target"):
        full.point("stable", Listing((listed(images[1]),)), FENCE)
