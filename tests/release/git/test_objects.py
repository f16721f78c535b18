"""Objects that the engine writes, beside what git itself makes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from release.git import Repository
from tests.release.clones import make_clone
from tests.sample import ROOT

KILLED = """\
import os, signal, sys
from pathlib import Path
from release.git import Repository
os.fchmod = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
Repository(Path(sys.argv[1])).store("blob", b"cut off")
"""
BOTH = pytest.mark.parametrize("clone", ["sha1", "sha256"], indirect=True)


@pytest.fixture
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> Repository:
    """A repository with one commit."""
    return make_clone(tmp_path / "clone", object_format=getattr(request, "param", "sha1"))


@BOTH
@pytest.mark.parametrize(("kind", "content"), [("blob", b"a\0b\n"), ("blob", b""), ("tree", b"")])
def test_object_is_gits_own(clone: Repository, kind: str, content: bytes) -> None:
    """It has the id that git gives to it, git finds nothing wrong with it, and it can be read at once."""
    name = clone.store(kind, content)
    assert name == clone.git("hash-object", "-t", kind, "--stdin", stdin=content)
    assert "" == clone.git("fsck", "--strict", "--no-dangling")
    assert (name, kind, content) == clone.object(name)


def test_object_that_is_there_stays(clone: Repository) -> None:
    """The same content is written once."""
    name = clone.store("blob", b"x")
    path = clone.root / ".git" / "objects" / name[:2] / name[2:]
    before = path.stat()
    assert name == clone.store("blob", b"x")
    assert before == path.stat()


def test_others_may_add_to_a_shared_repository(clone: Repository) -> None:
    """New folders of objects have the rights of the folder that they are in (core.sharedRepository)."""
    folder = clone.root / ".git" / "objects"
    folder.chmod(0o2775)
    name = clone.store("blob", b"shared")
    assert 0o2775 == (folder / name[:2]).stat().st_mode & 0o7777
    assert 0o444 == (folder / name[:2] / name[2:]).stat().st_mode & 0o7777


def test_rest_of_a_killed_write_is_cleared_up_by_git(clone: Repository) -> None:
    """Killed in the middle of it, nothing is there under the object's name, and `git prune` removes what is left."""
    killed = subprocess.run([sys.executable, "-c", KILLED, str(clone.root)], cwd=ROOT, check=False)
    assert -signal.SIGKILL == killed.returncode
    folder = clone.root / ".git" / "objects"
    assert ["tmp_obj_"] == [path.name[:8] for path in folder.glob("??/tmp_*")]
    clone.git("prune", "--expire=now")
    assert [] == list(folder.glob("??/tmp_*"))
    assert "" == clone.git("fsck", "--strict", "--no-dangling")
