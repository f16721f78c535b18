"""Unpacking layers that anybody may have made."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from release.errors import Tampered, VerifyFailed
from release.oci.descriptor import LAYER, LAYER_GZIP
from release.oci.layer import Layer
from release.oci.unpack import unpack
from tests.images.tiny import make_foreign_image, make_image, make_layer, member


def _unpack(folder: Path, *layers: Layer) -> Path:
    artifact = make_image(folder / "layout", *layers)
    unpack(folder / "layout", f"sha256:{artifact.sha256}", folder / "root")
    return folder / "root"


def _files(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    "members",
    [
        [member("../escaped", b"x")],
        [member("/escaped", b"x")],
        [member("a/../../escaped", b"x")],
        [member("link", kind=tarfile.SYMTYPE, link=".."), member("link/escaped", b"x")],
        [member("link", kind=tarfile.SYMTYPE, link="/tmp"), member("link/escaped", b"x")],
        [member("hard", kind=tarfile.LNKTYPE, link="../layout/index.json")],
        [
            member("soft", kind=tarfile.SYMTYPE, link="../layout"),
            member("hard", kind=tarfile.LNKTYPE, link="soft/index"),
        ],
        [member("soft", kind=tarfile.SYMTYPE, link="/etc/passwd"), member("hard", kind=tarfile.LNKTYPE, link="soft")],
        [member("../.wh.layout")],
        [member("file", b"x"), member("file/below", b"x")],
        [member("device", kind=tarfile.CHRTYPE)],
        [member("pipe", kind=tarfile.FIFOTYPE)],
        [member(".", kind=tarfile.SYMTYPE, link="..")],
    ],
)
def test_member_that_leads_out_is_refused(tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
    """A member that would land or point outside the folder, or is no plain file, is refused."""
    with pytest.raises(VerifyFailed):
        _unpack(tmp_path, make_layer(*members))
    assert ["layout", "root"] == sorted(path.name for path in tmp_path.iterdir())
    assert (tmp_path / "layout/index.json").exists()


def test_file_replaces_a_link_and_is_not_written_through_it(tmp_path: Path) -> None:
    """A file with the name of a link takes its place; where the link went stays as it was."""
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    link = member("name", kind=tarfile.SYMTYPE, link=str(outside))
    root = _unpack(tmp_path, make_layer(link, member("name", b"inside")))
    assert ("inside", "untouched") == ((root / "name").read_text(), outside.read_text())


def test_whiteouts_hide_only_lower_layers(tmp_path: Path) -> None:
    """`.wh.NAME` removes a file or a folder of the layers below, and nothing of its own layer."""
    below = make_layer(member("keep", b"1"), member("gone", b"1"), member("folder/a", b"1"), member("again", b"1"))
    above = make_layer(member("again", b"2"), member(".wh.again"), member(".wh.gone"), member(".wh.folder"))
    assert {"keep": "1", "again": "2"} == _files(_unpack(tmp_path, below, above))


def test_opaque_whiteout_empties_a_folder(tmp_path: Path) -> None:
    """`.wh..wh..opq` hides all that lower layers have in its folder, and nothing beside it."""
    below = make_layer(member("folder/a/b", b"1"), member("folder/c", b"1"), member("folders", b"1"))
    above = make_layer(member("folder/new", b"2"), member("folder/.wh..wh..opq"), member("none/.wh..wh..opq"))
    assert {"folder/new": "2", "folders": "1"} == _files(_unpack(tmp_path, below, above))


def test_upper_layer_replaces_a_folder_by_a_file(tmp_path: Path) -> None:
    """A file over a folder takes the folder's contents away, and a folder over a file likewise."""
    below = make_layer(member("a/b/c", b"1"), member("d", b"1"))
    above = make_layer(member("a", b"2"), member("d", kind=tarfile.DIRTYPE), member("d/e", b"2"))
    assert {"a": "2", "d/e": "2"} == _files(_unpack(tmp_path, below, above))


def test_modes_lose_their_special_bits(tmp_path: Path) -> None:
    """Set-user-id is dropped; a folder that nobody may write to can still be filled and removed."""
    folder, _ = member("folder", kind=tarfile.DIRTYPE)
    folder.mode = 0o555
    root = _unpack(tmp_path, make_layer((folder, b""), member("folder/file", b"x"), member("./dot", b"x")))
    assert 0o644 == (root / "folder/file").stat().st_mode & 0o7777
    assert 0o755 == (root / "folder").stat().st_mode & 0o7777


def test_layer_that_is_not_the_configs_is_refused(tmp_path: Path) -> None:
    """A layer whose tar is not the config's diff_id is refused, and so is what is no gzip or an unknown kind."""
    layer = make_layer(member("a"))
    wrong = {"rootfs": {"diff_ids": ["sha256:" + "0" * 64]}}
    cases: list[tuple[str, bytes, type[Exception]]] = [
        (LAYER_GZIP, layer.data, Tampered),
        (LAYER, b"x", Tampered),
        (LAYER_GZIP, b"no gzip", VerifyFailed),
        (LAYER_GZIP, layer.data[:-9], VerifyFailed),
        ("application/vnd.oci.image.layer.v1.tar+zstd", b"x", VerifyFailed),
    ]
    for number, (media_type, data, error) in enumerate(cases):
        digest = make_foreign_image(tmp_path / "layout", [(media_type, data)], wrong)
        with pytest.raises(error):
            unpack(tmp_path / "layout", digest, tmp_path / f"root{number}")


def test_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """Nothing is unpacked over other files."""
    (tmp_path / "root").mkdir()
    (tmp_path / "root/file").touch()
    with pytest.raises(VerifyFailed, match="empty folder"):
        _unpack(tmp_path)
