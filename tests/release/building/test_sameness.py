"""Archives of different versions: what is the same, and what is not."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from release.building import sameness

ONE, OTHER = "1.2.0", "1.3.1"
COMMITS = {ONE: "a" * 40, OTHER: "b" * 40}


def wheel(folder: Path, version: str, **changed: str) -> Path:
    """A wheel in which the version stands where build tools write it; `changed` by the last part of a member's name."""
    numbers = ", ".join(version.split("."))
    commit = COMMITS[version]
    files = {
        "thing/code.py": changed.get("code", "x = 1\n"),
        "thing/_version.py": f"version = '{version}'\nversion_tuple = ({numbers})\ncommit_id = 'g{commit[:9]}'\n",
        f"thing-{version}.dist-info/METADATA": f"Name: thing\nVersion: {version}\n{changed.get('metadata', '')}",
        f"thing-{version}.dist-info/RECORD": f"thing/code.py,sha256={commit},6\nthing-{version}.dist-info/RECORD,,\n",
        **({"thing/extra.py": ""} if "extra" in changed else {}),
    }
    path = folder / f"thing-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (0o100755 if name == changed.get("executable") else 0o100644) << 16
            archive.writestr(info, text)
    return path


def sdist(folder: Path, version: str, text: str, time: int) -> Path:
    """An sdist with one file, made at a time."""
    path = folder / f"thing-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo(f"thing-{version}/code.py")
        info.size, info.mtime = len(text), time
        archive.addfile(info, io.BytesIO(text.encode()))
    return path


def test_a_version_makes_no_difference(tmp_path: Path) -> None:
    """Names, metadata, tuples and shortened commits count as the version; RECORD only by what it lists."""
    assert (4, []) == sameness.compare(wheel(tmp_path, ONE), wheel(tmp_path, OTHER), COMMITS)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"code": "x = 2\n"}, ["thing/code.py"]),
        ({"metadata": "Requires-Dist: other\n"}, ["thing-{version}.dist-info/METADATA"]),
        ({"extra": ""}, ["thing/extra.py"]),
        ({"executable": "thing/code.py"}, ["thing/code.py"]),
    ],
    ids=["content", "metadata", "member", "mode"],
)
def test_everything_else_makes_one(tmp_path: Path, changed: dict[str, str], named: list[str]) -> None:
    """A changed, added or otherwise executable member is named."""
    assert named == sameness.compare(wheel(tmp_path, ONE), wheel(tmp_path, OTHER, **changed), COMMITS)[1]


def test_sdists_are_compared_without_their_times(tmp_path: Path) -> None:
    """The same text at another time is the same; another text is not."""
    one = sdist(tmp_path, ONE, "x = 1", 1)
    assert (1, []) == sameness.compare(one, sdist(tmp_path, OTHER, "x = 1", 2), COMMITS)
    assert ["thing-{version}/code.py"] == sameness.compare(one, sdist(tmp_path, OTHER, "x = 2", 2), COMMITS)[1]
