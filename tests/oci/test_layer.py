"""Layers: tar and gzip."""

from __future__ import annotations

import gzip
import io
import random
import subprocess
import tarfile
from pathlib import Path

import pytest

from release.images import elf
from release.images.cache import Kept, LayerCache, key_of
from release.oci.layer import EPOCH, Entry, archive, compress, layer


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3_500_000])
def test_gzip_is_one_member_that_others_read(size: int) -> None:
    """Pieces that were compressed side by side are one gzip member to Python and to gzip itself."""
    data = random.Random(1).randbytes(size // 2) + b"text " * (size // 10)
    packed = compress(data)
    assert data == gzip.decompress(packed)
    assert data == subprocess.run(["gzip", "-dc"], input=packed, stdout=subprocess.PIPE, check=True).stdout
    assert packed == compress(data)


def test_tar_is_sorted_and_has_its_folders_once() -> None:
    """A tar has each folder once, in order, and nothing of the time or the user."""
    tree = {"b/c": Entry(data=b"1"), "a": Entry(tarfile.LNKTYPE, link="b/c"), "b/a/d": Entry(mode=0o755)}
    with tarfile.open(fileobj=io.BytesIO(archive(tree))) as tar:
        members = tar.getmembers()
    assert ["b", "b/a", "b/a/d", "b/c", "a"] == [member.name for member in members]
    assert {(EPOCH, 0, 0, "", "")} == {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members}
    assert archive(tree) == archive(dict(reversed(tree.items())))


def test_elf_reader_agrees_with_the_loader() -> None:
    """The libraries read from an ELF file are those that objdump or readelf would name."""
    data = Path("/bin/sh").resolve().read_bytes()
    assert "libc.so.6" in elf.needed(data)
    tree = {"usr/bin/sh": Entry(data=data), "etc/passwd": Entry(data=b"no ELF")}
    assert {"usr/bin/sh": elf.needed(data)} == elf.missing(tree, ())
    assert {} == elf.missing({**tree, "usr/lib/libc.so.6": Entry()}, ())


def test_cache_forgets_what_is_old_or_changed(tmp_path: Path) -> None:
    """A kept layer is given back until it is too old, and never with other bytes."""
    cache, key = LayerCache(tmp_path), key_of("a", 1)
    kept = Kept(layer({"a": Entry()}), {"packages": []})
    assert cache.get(key) is None
    cache.put(key, kept)
    assert kept == cache.get(key, 60)
    assert cache.get(key, 0) is None
    (tmp_path / f"{key}.tar.gz").write_bytes(kept.layer.data + b"!")
    assert cache.get(key) is None
