"""OCI layouts on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.errors import Tampered, VerifyFailed
from release.oci.descriptor import MANIFEST
from release.oci.layout import Layout
from tests.images.tiny import make_image


def _change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("part", ["manifest", "config", "layer"])
def test_changed_byte_is_refused_by_name(tmp_path: Path, part: str) -> None:
    """One changed byte in a manifest, config or layer is refused with the file and the digest."""
    artifact = make_image(tmp_path)
    layout, digest = Layout(tmp_path), f"sha256:{artifact.sha256}"
    image = layout.verify(digest)
    blob = {"manifest": image.manifest, "config": image.config_descriptor, "layer": image.layers[0]}[part]
    _change(layout.path(blob.digest))
    with pytest.raises(Tampered, match=blob.digest) as caught:
        layout.verify(digest)
    assert str(layout.path(blob.digest)) == caught.value.where
    with pytest.raises(Tampered):
        layout.copy(digest, Layout(tmp_path / "copy"))


def test_missing_blob_is_refused_by_name(tmp_path: Path) -> None:
    """A blob that somebody removed is named."""
    digest = f"sha256:{make_image(tmp_path).sha256}"
    layout = Layout(tmp_path)
    layout.path(digest).unlink()
    with pytest.raises(Tampered, match="is missing"):
        layout.verify(digest)


def test_copy_writes_only_what_is_not_there(tmp_path: Path) -> None:
    """Copying twice leaves the same files in place, and the copy is whole."""
    digest = f"sha256:{make_image(tmp_path / 'a').sha256}"
    copy = Layout(tmp_path / "b")
    Layout(tmp_path / "a").copy(digest, copy)
    before = {path: path.stat().st_ino for path in (tmp_path / "b").rglob("*")}
    descriptor = Layout(tmp_path / "a").copy(digest, copy)
    assert before == {path: path.stat().st_ino for path in (tmp_path / "b").rglob("*")}
    assert digest == copy.verify(descriptor.digest).manifest.digest


def test_copy_refuses_a_damaged_blob_that_is_there(tmp_path: Path) -> None:
    """A blob that is there with other bytes is not taken for the right one."""
    digest = f"sha256:{make_image(tmp_path / 'a').sha256}"
    make_image(tmp_path / "b")
    _change(Layout(tmp_path / "b").path(digest))
    with pytest.raises(Tampered, match=digest):
        Layout(tmp_path / "a").copy(digest, Layout(tmp_path / "b"))


@pytest.mark.parametrize("data", [b"{}", b"[]", b"no JSON", b'{"config":{"digest":"../../etc/passwd"}}'])
def test_what_is_no_image_manifest_is_refused(tmp_path: Path, data: bytes) -> None:
    """A blob that is something else than an image manifest is refused, paths in place of digests among them."""
    layout = Layout(tmp_path)
    with pytest.raises(VerifyFailed, match="is not an OCI image manifest"):
        layout.image(layout.write(MANIFEST, data).digest)


def test_names_of_an_index(tmp_path: Path) -> None:
    """Names are read back; an index that is none is refused by name."""
    make_image(tmp_path, version="1.0.0")
    make_image(tmp_path, version="1.1.0+local")
    layout = Layout(tmp_path)
    assert ["1.0.0", "1.1.0_local"] == sorted(layout.names())
    assert {} == Layout(tmp_path / "nothing").names()
    layout.index.write_text('{"manifests": [{"digest": "sha256:1", "size": 1, "mediaType": "x"}]}')
    with pytest.raises(Tampered, match="not an OCI index"):
        layout.names()


def test_blob_outside_the_layout_is_no_digest(tmp_path: Path) -> None:
    """Only a sha256 digest names a file."""
    with pytest.raises(ValueError, match="passwd"):
        Layout(tmp_path).path("sha256:../../../etc/passwd")
