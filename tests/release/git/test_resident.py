"""Gits that stay: what they answer, how they fail, and that they end."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from release.git import GitError, Repository
from release.git.resident import Reader
from tests.release.clones import make_clone


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    """A repository with one commit."""
    return make_clone(tmp_path / "clone")


def reader(clone: Repository) -> subprocess.Popen[bytes]:
    """The git that answers, once it was asked something."""
    process = clone._reader._process
    assert process is not None
    return process


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
    ask: Callable[..., object] = Reader._answer
    one, two = (clone.store("blob", content) for content in (b"1", b"2"))

    def interrupted(resident: Reader, process: subprocess.Popen[bytes], text: str) -> object:
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.flush()
        if when == "after":
            ask(resident, process, text)
        raise KeyboardInterrupt

    monkeypatch.setattr(Reader, "_answer", interrupted)
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


def test_residents_end_with_their_repository(tmp_path: Path) -> None:
    """No process stays behind."""
    clone = make_clone(tmp_path / "one")
    clone.reference("refs/heads/main")
    clone.change(f"create refs/x {clone.commit()}")
    processes = reader(clone), clone._transactions._process
    del clone
    assert all(process is not None and process.returncode is not None for process in processes)


@pytest.fixture
def two(clone: Repository) -> tuple[str, str]:
    """Two objects to point at."""
    return clone.store("blob", b"1"), clone.store("blob", b"2")


def test_changes_are_made_together(clone: Repository, two: tuple[str, str]) -> None:
    """One git makes one transaction after another, and what it made is there for every other git at once."""
    one, other = two
    clone.change(f"create refs/a {one}", f"create refs/b {one}")
    process = clone._transactions._process
    assert [one, one] == [clone.git("rev-parse", f"refs/{name}") for name in "ab"]
    clone.change(f"update refs/a {other} {one}", f"update refs/b {other} {one}")
    assert [other, other] == [clone.git("rev-parse", f"refs/{name}") for name in "ab"]
    assert process is clone._transactions._process is not None


def test_refused_change_changes_nothing(clone: Repository, two: tuple[str, str]) -> None:
    """One of the refs has another value: the reason is in git's words, the other ref is as before, and it goes on."""
    one, other = two
    clone.change(f"create refs/a {one}", f"create refs/b {one}")
    for _again in range(2):
        with pytest.raises(GitError, match=r"refs/b.*but expected"):
            clone.change(f"update refs/a {other} {one}", f"update refs/b {one} {other}")
        assert [one, one] == [clone.git("rev-parse", f"refs/{name}") for name in "ab"]
    clone.change(f"update refs/a {other} {one}")
    assert other == clone.reference("refs/a")


def test_hook_may_say_much(clone: Repository, two: tuple[str, str]) -> None:
    """What a hook of the user's writes is no answer and blocks nothing."""
    hook = clone.root / ".git" / "hooks" / "reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nhead -c 100000 /dev/zero | tr '\\0' x >&2\n")
    hook.chmod(0o755)
    for number in range(3):
        clone.change(f"create refs/{number} {two[0]}")
    assert two[0] == clone.reference("refs/2")


def test_git_that_was_ended_is_started_again_for_a_change(clone: Repository, two: tuple[str, str]) -> None:
    """Ctrl-C in a terminal ends every git that runs; the next change is made by another."""
    for number, sent in enumerate((signal.SIGINT, signal.SIGKILL)):
        clone.change(f"create refs/before-{number} {two[0]}")
        process = clone._transactions._process
        assert process is not None
        process.send_signal(sent)
        process.wait()
        clone.change(f"create refs/after-{number} {two[0]}")
        assert two[0] == clone.git("rev-parse", f"refs/after-{number}")


def test_git_that_does_not_start_is_an_error(clone: Repository, two: tuple[str, str]) -> None:
    """Nothing is taken for done."""
    (clone.root / ".git" / "HEAD").unlink()
    with pytest.raises(GitError, match="not a git repository"):
        clone.change(f"create refs/a {two[0]}")
