"""Reproducible sdists."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from release.archives import sha256
from release.building.sdist import normalise, unpack
from release.errors import BuildFailed


def member(name: str, data: bytes = b"", *, mode: int = 0o644, kind: bytes = tarfile.REGTYPE, link: str = "",
           mtime: float = 1.5, uid: int = 0) -> tuple[tarfile.TarInfo, bytes]:  # fmt: skip
    """A member of a tar."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.type, info.linkname, info.mtime = len(data), mode, kind, link, mtime
    info.uid = info.gid = uid
    info.uname = info.gname = "ada" if uid else ""
    return info, data


def pack(path: Path, members: Sequence[tuple[tarfile.TarInfo, bytes]]) -> Path:
    """A `.tar.gz` of them."""
    with tarfile.open(path, "w:gz") as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return path


ONE = [
    member("p-1", kind=tarfile.DIRTYPE, mode=0o700, mtime=3, uid=1000),
    member("p-1/b", b"b", mode=0o600, mtime=1, uid=1000),
    member("p-1/a", b"a", mode=0o755, mtime=2, uid=1000),
    member("p-1/näme \u2028 ✓", b"", mode=0o664),
    member("p-1/link", kind=tarfile.SYMTYPE, link="a", mode=0o777),
    member("p-1/" + "long/" * 40 + "name", b"x"),
]
OTHER = [ONE[0], *(member(info.name, data, mode=info.mode, kind=info.type, link=info.linkname, mtime=9.25)
                   for info, data in reversed(ONE[1:]))]  # fmt: skip


def test_same_members_give_the_same_bytes(tmp_path: Path) -> None:
    """Order, times, owners and file names of the packer make no difference."""
    paths = [pack(tmp_path / "one.tar.gz", ONE), pack(tmp_path / "two.tar.gz", OTHER)]
    for path in paths:
        normalise(path, 1_600_000_000)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert sha256(paths[0]) == sha256(paths[1])


def test_normalising_twice_changes_nothing(tmp_path: Path) -> None:
    """What is normalised stays as it is."""
    path = pack(tmp_path / "one.tar.gz", ONE)
    normalise(path, 5)
    before = path.read_bytes()
    normalise(path, 5)
    assert before == path.read_bytes()


def test_members_are_as_documented(tmp_path: Path) -> None:
    """Sorted, all of one time, of owner 0, and of modes 0644 or 0755; contents and links stay."""
    path = pack(tmp_path / "one.tar.gz", ONE)
    normalise(path, 1_600_000_000)
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        assert sorted(info.name for info, _ in ONE) == [info.name for info in members]
        assert {(1_600_000_000, 0, 0, "", "")} == {(i.mtime, i.uid, i.gid, i.uname, i.gname) for i in members}
        modes = {info.name: info.mode for info in members}
        assert (0o755, 0o755, 0o644) == (modes["p-1"], modes["p-1/a"], modes["p-1/b"])
        found = archive.extractfile("p-1/link")
        assert found is not None
        assert b"a" == found.read()
    assert 1_600_000_000 == int.from_bytes(path.read_bytes()[4:8], "little")


def test_name_that_is_no_utf8_survives(tmp_path: Path) -> None:
    """A file name with any bytes is packed and unpacked as it is."""
    path = pack(tmp_path / "one.tar.gz", [member("p-1", kind=tarfile.DIRTYPE), member("p-1/l\udce4tin", b"x")])
    normalise(path, 5)
    with tarfile.open(path) as archive:
        assert ["p-1", "p-1/l\udce4tin"] == archive.getnames()


@pytest.mark.parametrize("kind", [tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.LNKTYPE])
def test_odd_member_is_refused(tmp_path: Path, kind: bytes) -> None:
    """Devices, pipes and hard links are named and refused."""
    path = pack(tmp_path / "one.tar.gz", [*ONE, member("p-1/odd", kind=kind, link="p-1/a")])
    with pytest.raises(BuildFailed, match="files, folders and links only") as caught:
        normalise(path, 5)
    assert "p-1/odd" == caught.value.where


def test_unpack_gives_the_one_folder(tmp_path: Path) -> None:
    """An sdist has one folder on top, and that is where its project is."""
    (tmp_path / "to").mkdir()
    folder = unpack(pack(tmp_path / "one.tar.gz", ONE), tmp_path / "to")
    assert tmp_path / "to" / "p-1" == folder
    assert "a" == (folder / "link").read_text()


@pytest.mark.skipif(not hasattr(tarfile, "data_filter"), reason="this Python has no filter for tar")
@pytest.mark.parametrize("link", ["/etc/passwd", "../../outside"])
def test_link_out_of_the_sdist_is_refused(tmp_path: Path, link: str) -> None:
    """A link to somewhere else stops the build with its name, not with a traceback."""
    (tmp_path / "to").mkdir()
    path = pack(tmp_path / "one.tar.gz", [ONE[0], member("p-1/link", kind=tarfile.SYMTYPE, link=link)])
    with pytest.raises(BuildFailed, match="p-1/link"):
        unpack(path, tmp_path / "to")


def test_file_that_is_no_tar_is_refused(tmp_path: Path) -> None:
    """A broken file is an error of the build."""
    (tmp_path / "one.tar.gz").write_bytes(b"no tar")
    with pytest.raises(BuildFailed, match="can't be unpacked"):
        unpack(tmp_path / "one.tar.gz", tmp_path)
