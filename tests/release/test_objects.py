"""Objects without a process for each, beside what git itself makes and reads."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from release import objects
from release.git import GitError, Repository
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


def reader(clone: Repository) -> subprocess.Popen[bytes]:
    """The git that answers, once it was asked something."""
    process = clone._reader._process
    assert process is not None
    return process


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


def test_answer_is_of_the_moment(clone: Repository) -> None:
    """One git answers all questions, and what others change is in its next answer, packed or not."""
    one, two = (clone.store("blob", content) for content in (b"1", b"2"))
    clone.git("update-ref", "refs/x", one)
    assert one == clone.reference("refs/x")
    process = reader(clone)
    clone.git("update-ref", "refs/x", two)
    assert two == clone.reference("refs/x")
    clone.git("pack-refs", "--all", "--prune")
    clone.git("gc", "--quiet", "--prune=now")
    assert two == clone.reference("refs/x")
    clone.git("update-ref", "-d", "refs/x")
    assert clone.reference("refs/x") is None
    clone.git("update-ref", "refs/x", clone.store("blob", b"3"))
    assert b"3" == clone.object("refs/x")[2]
    assert process is reader(clone)


def test_ref_whose_object_is_gone_is_no_missing_ref(clone: Repository) -> None:
    """What a ref points to is said, also where the object is not there; a lost ledger is not an empty one."""
    name = clone.store("blob", b"gone")
    clone.git("update-ref", "refs/x", name)
    (clone.root / ".git" / "objects" / name[:2] / name[2:]).unlink()
    assert name == clone.reference("refs/x")
    with pytest.raises(GitError, match="missing"):
        clone.object(name)


def test_damaged_object_is_said_in_gits_words(clone: Repository) -> None:
    """Git ends at a damaged object; the next question is answered again."""
    name, other = clone.store("blob", b"x" * 100), clone.store("blob", b"y")
    path = clone.root / ".git" / "objects" / name[:2] / name[2:]
    path.chmod(0o600)
    path.write_bytes(b"no zlib")
    with pytest.raises(GitError, match=f"cat-file: .*{name}"):
        clone.object(name)
    assert b"y" == clone.object(other)[2]


def test_reader_that_was_ended_is_started_again(clone: Repository) -> None:
    """Ctrl-C in a terminal ends every git that runs."""
    assert clone.reference("refs/heads/main") == clone.commit()
    for number in (signal.SIGINT, signal.SIGKILL):
        clone.reference("refs/heads/main")
        process = reader(clone)
        process.send_signal(number)
        process.wait()
        assert clone.reference("refs/heads/main") == clone.commit()


@pytest.mark.parametrize("when", ["before", "after"])
def test_half_an_answer_is_none_to_the_next_question(
    clone: Repository, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """Interrupted between question and answer, it begins anew."""
    ask: Callable[..., object] = objects._ask
    one, two = (clone.store("blob", content) for content in (b"1", b"2"))

    def interrupted(process: subprocess.Popen[bytes], name: str) -> object:
        assert process.stdin is not None
        process.stdin.write(f"{name}\n".encode())
        process.stdin.flush()
        if when == "after":
            ask(process, name)
        raise KeyboardInterrupt

    monkeypatch.setattr(objects, "_ask", interrupted)
    with pytest.raises(KeyboardInterrupt):
        clone.object(one)
    monkeypatch.undo()
    assert b"2" == clone.object(two)[2]


def test_threads_get_their_own_answers(clone: Repository) -> None:
    """The renewal of the lock asks while the main thread does."""
    names = [clone.store("blob", str(number).encode()) for number in range(20)]
    barrier = threading.Barrier(4)

    def ask(_: int) -> list[bytes]:
        barrier.wait()
        return [clone.object(name)[2] for name in names * 5]

    with ThreadPoolExecutor(4) as pool:
        for answers in pool.map(ask, range(4)):
            assert [str(number).encode() for number in range(20)] * 5 == answers


def test_reader_ends_with_its_repository(tmp_path: Path) -> None:
    """No process stays behind."""
    clone = make_clone(tmp_path / "one")
    clone.reference("refs/heads/main")
    process = reader(clone)
    del clone
    assert process.returncode is not None
