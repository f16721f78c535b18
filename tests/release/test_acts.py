"""Acts on a remote: the tag, pushed last."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.acts import PushTag
from release.errors import LockLost, Tampered
from release.git import Repository
from release.model import Fence
from tests.release.clones import add_remote, commit, make_clone

FREE = Fence(1, lambda: None)


@pytest.fixture
def clone(tmp_path: Path) -> Repository:
    """A clone with a remote, and with two annotated tags that only the clone has."""
    repository = make_clone(tmp_path / "clone")
    add_remote(repository, tmp_path / "bare")
    for name in ("v1.0", "v1.1"):
        commit(repository, {"version": name})
        repository.git("tag", "--annotate", "--message", name, name)
    return repository


def push_of(clone: Repository, name: str) -> PushTag:
    """The act that publishes a tag."""
    return PushTag(clone, "origin", name, str(clone.reference(f"refs/tags/{name}")))


def test_tag_is_pushed_as_it_is(clone: Repository) -> None:
    """The remote gets the tag's own object, after which it is done; a second time changes nothing."""
    act = push_of(clone, "v1.1")
    assert not act.is_done()
    for _ in range(2):
        act.do(FREE)
        assert act.is_done()
    assert act.tag_object == clone.remote_refs("origin")["refs/tags/v1.1"]
    assert ("push tag v1.1 to origin", "origin has tag v1.1") == (act.key, act.past)
    assert act.key == act.sentence
    assert {"verb": "push-tag", "target": "origin", "tag": "v1.1", "object": act.tag_object} == act.to_json()


def test_no_other_tag_goes_along(clone: Repository) -> None:
    """A user's push.followTags publishes nothing that was not released."""
    clone.git("config", "push.followTags", "true")
    push_of(clone, "v1.1").do(FREE)
    assert not push_of(clone, "v1.0").is_done()


def test_other_tag_on_the_remote_is_named(clone: Repository) -> None:
    """Where the remote has another tag of that name, nothing is pushed over it."""
    clone.git("push", "--quiet", "origin", "v1.0:refs/tags/v1.1")
    with pytest.raises(Tampered, match=r"origin has another tag v1\.1") as caught:
        push_of(clone, "v1.1").is_done()
    assert "refs/tags/v1.1" == caught.value.where


def test_lost_lock_pushes_nothing(clone: Repository) -> None:
    """Who has lost the lock publishes no tag."""

    def lost() -> None:
        raise LockLost("the lock has gone to somebody else")

    with pytest.raises(LockLost):
        push_of(clone, "v1.1").do(Fence(1, lost))
    assert not push_of(clone, "v1.1").is_done()
