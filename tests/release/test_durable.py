"""Writes that are there whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from release import durable


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    """Its permissions."""
    return stat.S_IMODE(path.stat().st_mode)


def test_write_makes_folders_and_replaces(tmp_path: Path) -> None:
    """Missing folders are made, a file that is there is replaced, and nothing temporary is left."""
    path = tmp_path / "a" / "b" / "file"
    for data in (b"one", b"", b"three"):
        durable.write_bytes(path, data)
        assert data == path.read_bytes()
    assert (["file"], 0o644) == (names(path.parent), mode(path))
    durable.write_bytes(path, b"x", mode=0o600)
    assert 0o600 == mode(path)


def test_mode_does_not_depend_on_the_umask(tmp_path: Path) -> None:
    """Who writes makes no difference to who may read."""
    before = os.umask(0o077)
    try:
        durable.write_bytes(tmp_path / "one", b"x")
        durable.copy_file(tmp_path / "one", tmp_path / "two")
    finally:
        os.umask(before)
    assert (0o644, 0o644) == (mode(tmp_path / "one"), mode(tmp_path / "two"))


def test_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    """Where the rename can't be done, the old one stays and nothing temporary is left."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").touch()
    (tmp_path / "source").write_bytes(b"x")
    with pytest.raises(OSError, match="directory"):
        durable.write_bytes(tmp_path / "folder", b"x")
    with pytest.raises(OSError, match="directory"):
        durable.copy_file(tmp_path / "source", tmp_path / "folder")
    assert ["folder", "source"] == names(tmp_path)
    assert ["inside"] == names(tmp_path / "folder")


def test_copy_is_whole_or_not_there(tmp_path: Path) -> None:
    """A copy has all bytes; without its source there is none, and no remains."""
    data = os.urandom(3 << 20)
    (tmp_path / "source").write_bytes(data)
    durable.copy_file(tmp_path / "source", tmp_path / "new" / "copy")
    assert data == (tmp_path / "new" / "copy").read_bytes()
    with pytest.raises(FileNotFoundError):
        durable.copy_file(tmp_path / "none", tmp_path / "new" / "other")
    assert ["copy"] == names(tmp_path / "new")


def test_link_is_turned(tmp_path: Path) -> None:
    """A link points to what was said last, also to what is not there, and after a killed run left its own behind."""
    link = tmp_path / "folder" / "link"
    for target in ("one", "two", "two"):
        durable.point_link(link, target)
        assert target == str(link.readlink())
    (link.parent / f".tmp-link-{os.getpid()}").symlink_to("killed")
    durable.point_link(link, "three")
    assert ("three", ["link"]) == (str(link.readlink()), names(link.parent))


def test_make_folder_twice(tmp_path: Path) -> None:
    """A folder that is there is fine; a file in its place is not."""
    for _ in range(2):
        durable.make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        durable.make_folder(tmp_path / "file" / "below")


def test_tree_with_links_is_synced(tmp_path: Path) -> None:
    """Files, folders and links, also those that lead nowhere or to a pipe, are no obstacle."""
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "file").write_bytes(b"x")
    (tmp_path / "tree" / "nowhere").symlink_to("none")
    (tmp_path / "tree" / "folder").symlink_to("deep")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "tree" / "pipe").symlink_to(tmp_path / "pipe")
    durable.sync_tree(tmp_path / "tree")
    durable.sync_tree(tmp_path / "none")
