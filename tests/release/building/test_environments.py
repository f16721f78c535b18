"""Environments made by a real uv, from locks that need no network."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from release.building import environments
from release.errors import CommandFailed
from tests.targets import make_wheel

NOTHING = "# The project has no dependencies.\n\n   # None at all.\n"


def prefix(python: Path) -> str:
    """Where an interpreter thinks that it lives."""
    return subprocess.run(
        [python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True
    ).stdout.strip()


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock that requires nothing."""
    path = tmp_path / "runtime.txt"
    path.write_text(NOTHING)
    return path


def test_environment_with_a_wheel(tmp_path: Path, lock: Path) -> None:
    """The wheel is installed without its dependencies, and the interpreter is this Python's."""
    wheel = tmp_path / make_wheel(tmp_path, "1.2.0").name
    log = tmp_path / "log.txt"
    python = environments.create(tmp_path / "env", lock, wheel=wheel, log=log)
    script = "import demo_project, sys; print(demo_project.VERSION, sys.version_info[:2])"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert f"1.2.0 {sys.version_info[:2]}\n" == done.stdout
    assert 2 == log.read_text().count("/uv --quiet ")


def test_requirement_without_a_hash_is_refused(tmp_path: Path, lock: Path) -> None:
    """Nothing is installed that the lock does not know by its hash."""
    make_wheel(tmp_path, "1.2.0")
    lock.write_text(f"--no-index\n--find-links {tmp_path}\ndemo-project==1.2.0\n")
    with pytest.raises(CommandFailed, match="hash") as caught:
        environments.create(tmp_path / "env", lock)
    assert "nox -s lock" in caught.value.do


def test_environment_is_kept(tmp_path: Path, lock: Path) -> None:
    """The same lock gives the same environment again, another one another; nothing temporary is left."""
    cache = tmp_path / "new" / "cache"
    python = environments.cached(cache, lock)
    marker = python.parent / "marker"
    marker.touch()
    assert python == environments.cached(cache, lock)
    assert marker.exists()
    assert str(python.parent.parent) == prefix(python)
    lock.write_text(NOTHING + "# Changed.\n")
    assert python != environments.cached(cache, lock)
    assert 2 == len(list(cache.iterdir()))


def test_environment_that_fails_is_not_kept(tmp_path: Path, lock: Path) -> None:
    """What could not be installed whole is not there the next time."""
    lock.write_text(f"--no-index\n--find-links {tmp_path}\ndemo-project==1.2.0 --hash=sha256:{'0' * 64}\n")
    for _ in range(2):
        with pytest.raises(CommandFailed):
            environments.cached(tmp_path / "cache", lock)
    assert [] == list((tmp_path / "cache").iterdir())


def test_two_at_once_share_one_environment(tmp_path: Path, lock: Path) -> None:
    """Two commands that need the same environment at the same moment both get it."""
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(environments.cached(tmp_path / "cache", lock))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 3 == len(found)
    assert 1 == len(set(found)) == len(list((tmp_path / "cache").iterdir()))
