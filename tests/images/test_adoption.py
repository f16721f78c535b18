"""What an engine built becomes the image of a release, or is refused."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from release.errors import BuildFailed
from release.images.adoption import adopt, normalised
from release.images.bases import read_base
from release.oci import archive
from release.oci.archive import Saved
from release.oci.contents import Tree
from release.oci.descriptor import digest_of
from release.oci.layer import EPOCH
from release.oci.layout import Layout
from tests.images.conftest import spec
from tests.images.tiny import make_image, make_layer, member

GOOD: dict[str, Any] = {"User": "65532", "Entrypoint": ["/opt/venv/bin/sample"], "Env": ["A=1"], "Healthcheck": {}}


def _tar(*names: str, when: float = 1.5, **headers: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.mtime, info.uname, info.pax_headers = when, "somebody", {"SCHILY.xattr.user.a": "b", **headers}
            tar.addfile(info)
    return buffer.getvalue()


def _saved(*tars: bytes, **config: Any) -> Saved:
    ids = [digest_of(tar) for tar in tars]
    whole = {"architecture": "amd64", "config": {**GOOD, **config}, "rootfs": {"diff_ids": ids}}
    return Saved(whole, tars)


def test_times_owners_and_order_of_members_do_not_count() -> None:
    """Two layers that differ in nothing else have the same bytes; attributes of files stay."""
    one = normalised(_tar("./b", "a", when=1.5, atime="7"), Tree())
    other = normalised(_tar("a", "b", when=99.25), Tree())
    assert one == other
    assert one is not None
    with tarfile.open(fileobj=io.BytesIO(one.data)) as tar:
        members = [(m.name, m.mtime, m.uname, m.pax_headers) for m in tar.getmembers()]
    attribute = {"SCHILY.xattr.user.a": "b"}
    assert [("a", EPOCH, "", attribute), ("b", EPOCH, "", attribute)] == members
    assert normalised(_tar(), Tree()) is None


def test_folders_that_have_not_changed_do_not_count() -> None:
    """A folder of the layers below is named again only where its mode, owner or attributes are others."""
    below, same, changed = (tarfile.TarInfo("a") for _ in range(3))
    for folder, mode in ((below, 0o755), (same, 0o755), (changed, 0o700)):
        folder.type, folder.mode = tarfile.DIRTYPE, mode
    tree = Tree()
    tree.add([below])
    for folder, kept in ((same, False), (changed, True), (changed, False), (same, True)):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            tar.addfile(folder)
        assert kept == (normalised(buffer.getvalue(), tree) is not None)


def test_config_is_ours_but_for_how_it_runs(tmp_path: Path) -> None:
    """Labels of the release win, those of the engine go, what OCI does not know goes; an empty layer is left out."""
    labels = {"mine": "1", "org.opencontainers.image.version": "0", "io.buildah.version": "1.28.2"}
    made = adopt(spec(), _saved(_tar("a"), _tar(), Labels=labels), None, Layout(tmp_path))
    image = Layout(tmp_path).verify(f"sha256:{made.sha256}")
    assert {"mine": "1", **spec().labels} == image.config["config"].pop("Labels")
    assert {"User": "65532", "Entrypoint": ["/opt/venv/bin/sample"], "Env": ["A=1"]} == image.config["config"]
    assert 1 == len(image.layers)
    assert spec().created == image.config["created"]


@pytest.mark.parametrize(
    ("config", "what"),
    [
        ({"User": ""}, "runs as user 0, and 65532"),
        ({"User": "root"}, "runs as user root"),
        ({"User": "65532:0"}, "runs as user 65532:0"),
        ({"Entrypoint": None}, r"entry point is \[\], not sample"),
        ({"Entrypoint": ["/bin/sh", "-c", "sample"]}, "entry point is .*/bin/sh"),
        ({"Cmd": ["--help"]}, r"adds \['--help'\] to every call"),
    ],
)
def test_image_that_runs_otherwise_is_refused(tmp_path: Path, config: dict[str, Any], what: str) -> None:
    """Another user, another entry point, or words that every call would get."""
    with pytest.raises(BuildFailed, match=what) as caught:
        adopt(spec(), _saved(_tar("a"), **config), None, Layout(tmp_path))
    assert caught.value.do
    assert not (tmp_path / "index.json").exists()


def test_base_keeps_its_bytes_and_has_to_be_below(tmp_path: Path) -> None:
    """An image on another base than the configured one is refused; on the right one, the base's blobs stay."""
    layout = Layout(tmp_path / "base")
    made = layout.image(f"sha256:{make_image(layout.folder).sha256}")
    base = read_base(layout, made)
    below = base.layers[0]
    archive.write(layout, made, "localhost/base:1", tmp_path / "base.tar")
    (tar,) = archive.read(tmp_path / "base.tar").tars
    adopted = adopt(spec(), _saved(tar, _tar("a")), base, Layout(tmp_path / "layout"))
    image = Layout(tmp_path / "layout").verify(f"sha256:{adopted.sha256}")
    assert (digest_of(below.data), below.diff_id) == (image.layers[0].digest, image.config["rootfs"]["diff_ids"][0])
    with pytest.raises(BuildFailed, match="not built on the configured base"):
        adopt(spec(), _saved(_tar("a"), tar), base, Layout(tmp_path / "layout"))


def test_archive_is_read_back(tmp_path: Path) -> None:
    """What is written for `docker load` is read again, a layer that is there twice among it."""
    twice = make_layer(member("a", b"1"))
    layout = Layout(tmp_path / "layout")
    image = layout.image(f"sha256:{make_image(layout.folder, twice, twice).sha256}")
    archive.write(layout, image, "localhost/tiny:1", tmp_path / "image.tar")
    saved = archive.read(tmp_path / "image.tar")
    assert image.config == saved.config
    assert [twice.diff_id] * 2 == [digest_of(tar) for tar in saved.tars]


@pytest.mark.parametrize("listed", ["", "[]", '[{"Config": "missing", "Layers": []}]', "{}"])
def test_archive_without_an_image_is_refused(tmp_path: Path, listed: str) -> None:
    """No tar, no image in it, or another shape."""
    path = tmp_path / "image.tar"
    path.write_bytes(b"no tar")
    if listed:
        with tarfile.open(path, "w") as tar:
            info = tarfile.TarInfo("manifest.json")
            info.size = len(listed)
            tar.addfile(info, io.BytesIO(listed.encode()))
    with pytest.raises(BuildFailed, match="the engine's archive has no image") as caught:
        archive.read(path)
    assert str(path) == caught.value.where
