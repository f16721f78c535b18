"""Hash-locked wheels, downloaded by the real pip from a folder."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from release.errors import BuildFailed, CommandFailed, ConfigError
from release.images import dependencies
from tests.images.wheels import make_wheel

DEBIAN = dependencies.of_debian("3.11")
HASH = "--hash=sha256:" + "0" * 64


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes wheels from, and nothing else."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    (tmp_path / "links").mkdir()
    return tmp_path / "links"


def _lock(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_markers_are_answered_for_the_images_python(tmp_path: Path) -> None:
    """A line counts by the image's Python and machine, whatever this one is; comments and line ends don't matter."""
    text = f"""# a comment
    first==1.0 ; python_version < "3.12" \\
        {HASH} \\
        {HASH}  # via second
    second==2.0 ; platform_machine == "aarch64" {HASH}
    third[extra]==3.0 ; python_version >= "3.12" {HASH}
    """
    lock = _lock(tmp_path / "lock.txt", text)
    assert (f"first==1.0 {HASH} {HASH}",) == dependencies.requirements(lock, "3.11", "x86_64")
    assert (f"second==2.0 {HASH}", f"third[extra]==3.0 {HASH}") == dependencies.requirements(lock, "3.13", "aarch64")


def test_empty_lock_has_no_lines(tmp_path: Path) -> None:
    """A lock of comments asks for nothing."""
    assert () == dependencies.requirements(_lock(tmp_path / "lock.txt", "# nothing\n\n"), "3.11", "x86_64")


@pytest.mark.parametrize("line", ["first==1.0", "-r other.txt", "--index-url https://example.org", f"!? {HASH}"])
def test_line_without_a_hash_is_refused(tmp_path: Path, line: str) -> None:
    """What is not locked by hash is refused, with the file."""
    with pytest.raises(ConfigError, match="locks nothing by hash") as caught:
        dependencies.requirements(_lock(tmp_path / "lock.txt", line), "3.11", "x86_64")
    assert str(tmp_path / "lock.txt") == caught.value.where


def test_wheels_come_by_hash(tmp_path: Path, links: Path) -> None:
    """The wheels of the lock are downloaded; one with another hash is refused by name."""
    wheels = [make_wheel(links, name, "") for name in ("first", "second")]
    lines = [f"{w.name.split('-')[0]}==1.2.0 --hash=sha256:{sha256(w.read_bytes()).hexdigest()}" for w in wheels]
    destination = tmp_path / "downloaded"
    destination.mkdir()
    assert [w.name for w in wheels] == [w.name for w in dependencies.download(lines, DEBIAN, "x86_64", destination)]
    with pytest.raises(CommandFailed, match=r"first==1\.2\.0"):
        dependencies.download([f"first==1.2.0 {HASH}"], DEBIAN, "x86_64", destination)


def test_wheels_are_laid_out_for_debians_python(tmp_path: Path) -> None:
    """Modules go to dist-packages, commands to /usr/local/bin with Debian's Python in their first line."""
    tree = dependencies.installed([make_wheel(tmp_path, "first", "x = 1\n")], DEBIAN)
    assert b"x = 1\n" == tree["usr/local/lib/python3.11/dist-packages/first.py"].data
    script = tree["usr/local/bin/first"]
    assert (0o755, b"#!/usr/bin/python3.11") == (script.mode, script.data.splitlines()[0])


def test_damaged_and_clashing_wheels_are_refused(tmp_path: Path) -> None:
    """A file that is no wheel, or two wheels with one file, are refused by name."""
    one, other = make_wheel(tmp_path, "first", ""), make_wheel(tmp_path, "first", "", version="1.3.0")
    with pytest.raises(BuildFailed, match=r"first-1\.3\.0"):
        dependencies.installed([one, other], DEBIAN)
    one.write_bytes(b"no wheel")
    with pytest.raises(BuildFailed, match=r"first-1\.2\.0"):
        dependencies.installed([one], DEBIAN)
