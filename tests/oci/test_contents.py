"""What is in an image: its paths, and the wheel."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import pytest

from release.errors import BuildFailed
from release.images import dependencies
from release.oci.contents import Tree, check_wheel, members
from tests.images.tiny import make_layer, member
from tests.images.wheels import make_wheel


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel."""
    return make_wheel(tmp_path, "first", "x = 1\n")


@pytest.fixture
def rootfs(tmp_path: Path, wheel: Path) -> Path:
    """An unpacked image that holds it."""
    for path, entry in dependencies.installed([wheel], dependencies.of_debian("3.11")).items():
        (tmp_path / "rootfs" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "rootfs" / path).write_bytes(entry.data)
    return tmp_path / "rootfs"


def test_layers_are_laid_over_each_other() -> None:
    """A whiteout takes a file or a folder of the layers below; an opaque one takes all that is in its folder."""
    below = make_layer(*(member(name) for name in ("a/one", "a/two", "b/one", "b/c/two", "d")))
    above = make_layer(
        member("a", kind=tarfile.DIRTYPE),
        member("a/.wh.one"),
        member("b/.wh..wh..opq"),
        member("b/new"),
        member(".wh.d"),
    )
    tree = Tree()
    for made in (below, above):
        tree.add(members(gzip.decompress(made.data)))
    assert ({"a/two", "b/new"}, {"a": (0o755, 0, 0)}) == (tree.files, tree.folders)
    tree.add([member("a")[0], member("b/new", kind=tarfile.DIRTYPE)[0]])
    assert ({"a"}, ["b/new"]) == (tree.files, list(tree.folders))


def test_image_with_the_wheel_passes(rootfs: Path, wheel: Path) -> None:
    """Every file of it is there as it is in the wheel."""
    check_wheel(rootfs, wheel)


def test_changed_file_is_refused(rootfs: Path, wheel: Path) -> None:
    """One byte of the installed wheel that is not the wheel's, by its path in the image."""
    (path,) = rootfs.rglob("first.py")
    path.write_text("x = 2\n")
    with pytest.raises(BuildFailed, match=r"first\.py is not as first-1\.2\.0") as caught:
        check_wheel(rootfs, wheel)
    assert "/usr/local/lib/python3.11/dist-packages/first.py of the image" == caught.value.where


def test_wheel_that_is_missing_or_twice_is_refused(rootfs: Path, wheel: Path) -> None:
    """Another version is another wheel; a second copy may be the one that is used."""
    with pytest.raises(BuildFailed, match=r"does not hold first-1\.3\.0"):
        check_wheel(rootfs, make_wheel(wheel.parent, "first", "", version="1.3.0"))
    (rootfs / "opt" / "first-1.2.0.dist-info").mkdir(parents=True)
    with pytest.raises(BuildFailed, match="in the image 2 times"):
        check_wheel(rootfs, wheel)
