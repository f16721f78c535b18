"""Refs that several releasers share, on real repositories and real bare remotes."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from release.errors import ConfigError, ReleaseError, Tampered
from release.git import GitError, Repository
from release.ledger import refs as module
from release.ledger.refs import LEDGER, Moved, SharedRefs, Swap
from tests.release.clones import add_remote, make_clone, store

ONE, TWO = "refs/releases/lock", "refs/releases/lock-too"


@pytest.fixture(params=["sha1", "sha256"])
def alone(request: pytest.FixtureRequest, tmp_path: Path) -> SharedRefs:
    """A clone without a remote, in both of git's object formats."""
    return SharedRefs(make_clone(tmp_path / "clone", object_format=request.param), None)


@pytest.fixture
def local(tmp_path: Path) -> SharedRefs:
    """A clone without a remote."""
    return SharedRefs(make_clone(tmp_path / "clone"), None)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[SharedRefs, SharedRefs, Repository]:
    """Two clones that share the refs of a bare remote, and that remote."""
    first, second = make_clone(tmp_path / "first"), make_clone(tmp_path / "second")
    bare = add_remote(first, tmp_path / "bare")
    second.git("remote", "add", "origin", str(bare.root))
    return SharedRefs(first, "origin"), SharedRefs(second, "origin"), bare


def values(refs: SharedRefs) -> tuple[str | None, str | None]:
    """What both refs are."""
    return refs.read(ONE), refs.read(TWO)


def test_refs_are_made_and_changed_together(alone: SharedRefs) -> None:
    """A swap from nothing makes refs, and one from the value that was read changes them."""
    a, b = store(alone.repository, "a"), store(alone.repository, "b")
    assert (None, None) == values(alone)
    alone.swap(Swap(ONE, None, a), Swap(TWO, None, b))
    assert (a, b) == values(alone)
    alone.swap(Swap(ONE, a, b), Swap(TWO, b, a))
    assert (b, a) == values(alone)
    alone.refresh()
    assert (b, a) == values(alone)


@pytest.mark.parametrize("case", ["made meanwhile", "changed meanwhile", "gone meanwhile"])
def test_one_that_moved_stops_both(alone: SharedRefs, case: str) -> None:
    """Where one ref has another value than was read, none is changed."""
    a, b, c = (store(alone.repository, name) for name in "abc")
    alone.swap(Swap(ONE, None, a))
    old = {"made meanwhile": None, "changed meanwhile": b, "gone meanwhile": a}[case]
    if case == "gone meanwhile":
        alone.repository.git("update-ref", "-d", ONE)
    before = values(alone)
    with pytest.raises(Moved):
        alone.swap(Swap(TWO, None, c), Swap(ONE, old, c))
    assert before == values(alone)


def test_wrong_object_is_gits_error(local: SharedRefs) -> None:
    """What is not somebody else's doing is not said to be."""
    with pytest.raises(GitError):
        local.swap(Swap(ONE, None, "12" * 20))
    assert local.read(ONE) is None


def test_race_has_one_winner(local: SharedRefs) -> None:
    """Of several that swap from the same value one succeeds, and every other one is told."""
    ids = [store(local.repository, str(number)) for number in range(4)]
    won, lost = [], []

    def swap(new: str) -> None:
        try:
            local.swap(Swap(ONE, None, new))
            won.append(new)
        except Moved:
            lost.append(new)

    threads = [threading.Thread(target=swap, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ([local.read(ONE)], 3) == (won, len(lost))


def lock_file(refs: SharedRefs, age: float) -> Path:
    """The lock file of git's own that a git which was killed leaves behind, `age` seconds old."""
    path = refs.repository.root / ".git" / f"{ONE}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("half")
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_lock_file_of_a_killed_git_is_removed(local: SharedRefs) -> None:
    """A git that was killed between its lock file and its rename does not stop releases for ever."""
    a = store(local.repository, "a")
    lock_file(local, 60)
    local.swap(Swap(ONE, None, a))
    assert a == local.read(ONE)


def test_young_lock_file_is_waited_out(local: SharedRefs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock file that may be a live git's is waited for, and not taken for somebody else's release."""
    monkeypatch.setattr(module, "_STALE", 0.5)
    a = store(local.repository, "a")
    path = lock_file(local, 0)
    begun = time.monotonic()
    local.swap(Swap(ONE, None, a))
    assert a == local.read(ONE)
    assert 0.3 < time.monotonic() - begun
    assert not path.exists()


def test_lock_file_that_its_git_removes_is_waited_for(local: SharedRefs) -> None:
    """Where the other git ends, this one goes on at once."""
    a = store(local.repository, "a")
    path = lock_file(local, 0)
    timer = threading.Timer(0.3, path.unlink)
    timer.start()
    local.swap(Swap(ONE, None, a))
    timer.join()
    assert a == local.read(ONE)


def test_lock_file_from_the_future_is_left(local: SharedRefs) -> None:
    """Where the clock says nothing, the file stays and git's own words say what to do."""
    a = store(local.repository, "a")
    path = lock_file(local, -60)
    with pytest.raises(GitError, match="remove the file manually"):
        local.swap(Swap(ONE, None, a))
    assert path.exists()


def test_push_takes_the_remote_along(pair: tuple[SharedRefs, SharedRefs, Repository]) -> None:
    """With a remote, a swap is on the remote and in the clone; the other clone sees it after a refresh."""
    first, second, bare = pair
    a = store(first.repository, "a")
    first.swap(Swap(ONE, None, a))
    assert (a, a) == (first.read(ONE), bare.reference(ONE))
    assert second.read(ONE) is None
    second.refresh()
    assert a == second.read(ONE)


def test_lost_race_changes_nothing(pair: tuple[SharedRefs, SharedRefs, Repository]) -> None:
    """Who swaps from a value that the remote has left behind is told; neither remote nor clone is changed."""
    first, second, bare = pair
    a, b, c = (store(first.repository, name) for name in "abc")
    for name in "abc":
        store(second.repository, name)
    first.swap(Swap(ONE, None, a))
    second.refresh()
    first.swap(Swap(ONE, a, b))
    with pytest.raises(Moved):
        second.swap(Swap(ONE, a, c), Swap(TWO, None, c))
    with pytest.raises(Moved):
        second.swap(Swap(ONE, None, c))
    assert (b, None) == (bare.reference(ONE), bare.reference(TWO))
    assert (a, None) == values(second)


def hook(bare: Repository, name: str, script: str) -> None:
    """A hook of the remote."""
    path = bare.root / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_push_is_refused_for_all_or_none(pair: tuple[SharedRefs, SharedRefs, Repository]) -> None:
    """A remote that refuses one ref gets neither, and that is not said to be a lost race."""
    first, _, bare = pair
    a = store(first.repository, "a")
    hook(bare, "update", f'test "$1" != {TWO}')
    with pytest.raises(GitError, match="git push"):
        first.swap(Swap(ONE, None, a), Swap(TWO, None, a))
    assert (None, None) == (bare.reference(ONE), bare.reference(TWO))
    assert (None, None) == values(first)


def test_lost_answer_is_asked_for_again(pair: tuple[SharedRefs, SharedRefs, Repository], tmp_path: Path) -> None:
    """A push that arrived, and whose answer did not, counts: what the remote has decides."""
    first, _, bare = pair
    program = tmp_path / "receive"
    program.write_text('#!/bin/sh\ngit receive-pack "$@"\nexit 1\n')
    program.chmod(0o755)
    first.repository.git("config", "remote.origin.receivepack", str(program))
    a = store(first.repository, "a")
    with pytest.raises(GitError):
        first.repository.git("push", "--quiet", "origin", f"{a}:{TWO}")
    first.swap(Swap(ONE, None, a))
    assert (a, a) == (first.read(ONE), bare.reference(ONE))


def test_clone_that_differs_follows_the_remote(pair: tuple[SharedRefs, SharedRefs, Repository]) -> None:
    """Where the clone's own ref is another one than the remote's, the remote decides."""
    first, _, bare = pair
    a, b, c = (store(first.repository, name) for name in "abc")
    first.swap(Swap(ONE, None, a))
    first.repository.git("update-ref", ONE, c)
    first.swap(Swap(ONE, a, b))
    assert (b, b) == (first.read(ONE), bare.reference(ONE))


def test_remote_that_does_not_answer_is_named(pair: tuple[SharedRefs, SharedRefs, Repository], tmp_path: Path) -> None:
    """Without the remote nothing goes on, and the key path says which one it is."""
    first, _, bare = pair
    bare.root.rename(tmp_path / "moved")
    with pytest.raises(ReleaseError, match="does not answer") as caught:
        first.refresh()
    assert "[tool.release.ledger] remote = 'origin'" == caught.value.where
    with pytest.raises(GitError):
        first.swap(Swap(ONE, None, store(first.repository, "a")))


def test_settings_of_the_user_do_not_prune_the_ledger(pair: tuple[SharedRefs, SharedRefs, Repository]) -> None:
    """With fetch.prune, a ledger that the remote does not have yet stays where it is."""
    first, _, _ = pair
    a = store(first.repository, "a")
    first.repository.git("update-ref", ONE, a)
    first.repository.git("config", "fetch.prune", "true")
    first.refresh()
    assert a == first.read(ONE)


def test_hooks_and_tags_of_the_user_stay_out(pair: tuple[SharedRefs, SharedRefs, Repository]) -> None:
    """A pre-push hook is about the user's own pushes; push.followTags publishes nothing with the ledger."""
    first, _, bare = pair
    repository = first.repository
    hook_path = repository.root / ".git" / "hooks" / "pre-push"
    hook_path.parent.mkdir(exist_ok=True)
    hook_path.write_text("#!/bin/sh\nexit 1\n")
    hook_path.chmod(0o755)
    repository.git("config", "push.followTags", "true")
    repository.git("tag", "--annotate", "--message", "x", "v1")
    first.swap(Swap(ONE, None, repository.commit()))
    assert [] == bare.tags()


def test_ledgers_that_parted_are_told_apart(pair: tuple[SharedRefs, SharedRefs, Repository]) -> None:
    """The remote's ledger is never taken over one that it does not go on from."""
    first, _, bare = pair
    tree = first.repository.git("hash-object", "-t", "tree", "-w", "--stdin")
    ours, theirs = (first.repository.git("commit-tree", tree, "-m", word) for word in ("ours", "theirs"))
    first.repository.git("push", "--quiet", "origin", f"{theirs}:{LEDGER}")
    first.repository.git("update-ref", LEDGER, ours)
    with pytest.raises(Tampered, match="does not go on from the one that is here"):
        first.refresh()
    assert (ours, theirs) == (first.read(LEDGER), bare.reference(LEDGER))


def test_ledger_that_the_remote_lacks_is_to_be_brought_there(pair: tuple[SharedRefs, SharedRefs, Repository]) -> None:
    """A remote that was configured later gets the ledger by hand, once; nobody is said to be releasing."""
    first, _, _ = pair
    tree = first.repository.git("hash-object", "-t", "tree", "-w", "--stdin")
    first.repository.git("update-ref", LEDGER, first.repository.git("commit-tree", tree, "-m", "ours"))
    with pytest.raises(ReleaseError, match="does not have the ledger that is here") as caught:
        first.refresh()
    assert "git push origin" in caught.value.do


def test_a_remote_that_the_clone_does_not_have(tmp_path: Path) -> None:
    """It is named, with the key that wants it; git's own four lines say less."""
    refs = SharedRefs(make_clone(tmp_path / "clone"), "nowhere")
    with pytest.raises(ConfigError, match="the clone has no remote nowhere, and the ledger is shared there") as caught:
        refs.refresh()
    assert ("tool.release.ledger.remote", "git remote add nowhere URL, or name one that is there") == (
        caught.value.where, caught.value.do,
    )  # fmt: skip
