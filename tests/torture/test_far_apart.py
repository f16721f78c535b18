"""The same tag, built by different people in different places, gives the same bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sample
from tests.sample import ROOT, Sample
from tests.torture.scene import side_by_side

pytestmark = pytest.mark.torture

_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
_SURROUNDINGS = (
    ("a", "022", {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}),
    ("a longer path/with spaces in it/and-more", "077", {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "7"}),
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def _another_user() -> tuple[str, ...]:
    """How to become somebody else; empty where this process may not, or where the others can't read the engine."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return ()
    # Through a shell, since setpriv itself may still read what only its caller may.
    argv = [*_NOBODY, "sh", "-c", 'exec "$@"', "sh", sys.executable, "-c", "import release.cli, nox, uv"]
    done = subprocess.run(argv, cwd="/", env={"PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    return () if done.returncode else _NOBODY


def test_the_same_bytes_far_apart(folder: Path, figures: list[str]) -> None:
    """Neither path nor umask, time zone, locale, hash seed, cache or user make a difference to any artifact."""
    begun, who = time.monotonic(), _another_user()
    origin = sample.make(folder / "origin", folder / "cache", image=True)
    origin.tag("0.1.0")

    def build(number: int) -> dict[str, str]:
        path, umask, environment = _SURROUNDINGS[number]
        place = folder / str(number)
        clone = Sample(place / path / "clone", place / "cache")
        clone.root.parent.mkdir(parents=True)
        origin.git("clone", "--quiet", "--no-local", str(origin.root), str(clone.root))
        clone.git("remote", "remove", "origin")
        user = who if number else ()
        if user:
            subprocess.run(["chown", "--recursive", "65534:65534", place], check=True)
        argv = [*user, "sh", "-c", 'umask "$0"; exec "$@"', umask, sys.executable, "-m", "release", "release"]
        full = clone.environment(**environment, HOME=str(place))
        done = subprocess.run(argv, cwd=clone.root, env=full, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stdout + done.stderr
        text = done.stderr.splitlines()
        return {line.split()[3]: line.split()[1] for line in text if line.startswith("  sha256 ")}

    one, two = side_by_side(build, [0, 1])
    assert 3 == len(one)
    assert one == two
    users = "by two users" if who else "by one user"
    figures.append(f"built far apart, {users}: {', '.join(one)} in {time.monotonic() - begun:.0f} s")
