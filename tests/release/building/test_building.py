"""What built files say of themselves, and in what they differ."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from release import archives, building
from release.errors import BuildFailed
from tests.release.building.test_sdist import member, pack
from tests.targets import make_sdist, make_wheel

BACKEND = """\
import io, os, tarfile, zipfile

def build_sdist(directory, config_settings=None):
    if os.path.exists("broken"):
        raise SystemExit("this can't be built")
    with tarfile.open(os.path.join(directory, "p-1.0.tar.gz"), "w:gz") as archive:
        archive.add(".", "p-1.0")
        info = tarfile.TarInfo("p-1.0/PKG-INFO")
        archive.addfile(info)
    return "p-1.0.tar.gz"

def build_wheel(directory, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(os.path.join(directory, "p-1.0-py3-none-any.whl"), "w") as archive:
        archive.writestr(zipfile.ZipInfo("p.txt"), os.environ["SOURCE_DATE_EPOCH"] + os.environ["TZ"])
        archive.writestr(zipfile.ZipInfo("from.txt"), os.path.basename(os.getcwd()))
    return "p-1.0-py3-none-any.whl"
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A project with a build backend of its own."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (folder / "backend.py").write_text(BACKEND)
    return folder


def test_wheel_is_built_from_the_sdist(source: Path, tmp_path: Path) -> None:
    """The sdist is normalised, and the wheel comes out of what was unpacked from it, in given surroundings."""
    log = tmp_path / "log.txt"
    work = tmp_path / "work"
    work.mkdir()
    sdist, wheel = building.build(Path(sys.executable), source, work, 1_600_000_000, log=log, TZ="Asia/Kathmandu")
    with zipfile.ZipFile(wheel) as archive:
        assert b"1600000000Asia/Kathmandu" == archive.read("p.txt")
        assert b"p-1.0" == archive.read("from.txt")
    with tarfile.open(sdist) as packed:
        assert {1_600_000_000} == {info.mtime for info in packed}
    assert 2 == log.read_text().count(" -m build ")


def test_build_that_fails_shows_why(source: Path, tmp_path: Path) -> None:
    """The backend's own words are in the error, and how to run it alone."""
    (source / "broken").touch()
    (tmp_path / "work").mkdir()
    with pytest.raises(BuildFailed, match="this can't be built") as caught:
        building.build(Path(sys.executable), source, tmp_path / "work", 1)
    assert "nox -s build" in caught.value.do


def test_wheel_is_described(tmp_path: Path) -> None:
    """A wheel's name, bytes, Requires-Python and METADATA are what an index page needs."""
    expected = make_wheel(tmp_path, "1.2.0", requires_python=">=3.10")
    assert expected == building.describe(tmp_path / expected.name)
    assert "1.2.0" == building.version_of(tmp_path / expected.name)
    assert building.wheel_metadata(tmp_path / expected.name).startswith(b"Metadata-Version")


def test_sdist_is_described(tmp_path: Path) -> None:
    """An sdist has no METADATA to be served beside it."""
    expected = make_sdist(tmp_path, "1.2.0")
    found = building.describe(tmp_path / expected.name)
    assert ("sdist", expected.sha256, expected.size, None) == (
        found.kind, found.sha256, found.size, found.metadata_sha256,
    )  # fmt: skip


def test_requires_python_of_an_sdist_is_that_of_its_own_project(tmp_path: Path) -> None:
    """A PKG-INFO deeper inside, such as that of an egg-info, is not the project's."""
    members = [
        member("p-1/p.egg-info/PKG-INFO", b"Requires-Python: >=3.9\n"),
        member("p-1/PKG-INFO", b"Requires-Python: >=3.11\n"),
    ]
    found = building.describe(pack(tmp_path / "p-1.tar.gz", members))
    assert ">=3.11" == found.requires_python


def zipped(path: Path, members: dict[str, str], *, year: int = 2020, comment: bytes = b"", mode: int = 0o644) -> Path:
    """A zip of them."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.comment = comment
        for name, text in members.items():
            info = zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0))
            info.external_attr = mode << 16
            archive.writestr(info, text)
    return path


BASE = {"a": "1", "b": "2"}


@pytest.mark.parametrize(
    ("members", "options", "expected"),
    [
        (BASE, {}, []),
        ({"a": "1", "b": "3"}, {}, ["b"]),
        ({"a": "1"}, {}, ["b"]),
        ({**BASE, "c": "", "ä": ""}, {}, ["c", "ä"]),
        (BASE, {"year": 2021}, ["a", "b"]),
        (BASE, {"mode": 0o755}, ["a", "b"]),
        (BASE, {"comment": b"x"}, ["(the archive's own headers)"]),
        ({"b": "2", "a": "1"}, {}, ["(the archive's own headers)"]),
    ],
)
def test_differences_of_wheels_name_the_member(
    tmp_path: Path, members: dict[str, str], options: dict[str, int], expected: list[str]
) -> None:
    """Contents, times, modes, members that are missing; where none of it differs, the archive itself does."""
    one = zipped(tmp_path / "one.whl", BASE)
    assert expected == building.differences(one, zipped(tmp_path / "two.whl", members, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ([member("p/a", b"1"), member("p/b", b"3")], ["p/b"]),
        ([member("p/a", b"1", mode=0o755), member("p/b", b"2")], ["p/a"]),
        ([member("p/a", b"1", mtime=7), member("p/b", b"2")], ["p/a"]),
        ([member("p/a", b"1"), member("p/b", kind=tarfile.SYMTYPE, link="a")], ["p/b"]),
        ([member("p/a", b"1", uid=5), member("p/b", b"2")], ["(the archive's own headers)"]),
    ],
)
def test_differences_of_sdists_name_the_member(
    tmp_path: Path, other: list[tuple[tarfile.TarInfo, bytes]], expected: list[str]
) -> None:
    """The same for sdists, links included."""
    one = pack(tmp_path / "one.tar.gz", [member("p/a", b"1"), member("p/b", b"2")])
    assert expected == building.differences(one, pack(tmp_path / "two.tar.gz", other))


def test_sha256_of_a_large_and_an_empty_file(tmp_path: Path) -> None:
    """Files are read in pieces; the empty one has a sha256 too."""
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(b"x" * (3 << 20))
    assert "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" == archives.sha256(tmp_path / "empty")
    assert "3fb9b9b1a1b6d3b2a0f0b9c2f2f1b3a1" != archives.sha256(tmp_path / "large")[:32]
