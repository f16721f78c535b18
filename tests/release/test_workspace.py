"""The engine's own folder in the clone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from release.workspace import Workspace, user_cache
from tests.release.clones import make_clone


def test_folder_is_invisible_to_git(tmp_path: Path) -> None:
    """What the engine keeps never makes the work tree dirty."""
    clone = make_clone(tmp_path / "clone")
    workspace = Workspace(clone.root)
    for _ in range(2):
        workspace.prepare()
    with workspace.temporary("x") as folder:
        (folder / "file").touch()
        assert [] == clone.changes()


def test_places_of_a_release() -> None:
    """Everything of a release is in one folder."""
    workspace = Workspace(Path("/clone"))
    release = Path("/clone/.release/releases/1.0")
    assert release == workspace.release("1.0")
    assert [release / "dist", release / "image", release / "gates"] == [
        workspace.dist("1.0"), workspace.image("1.0"), workspace.evidence("1.0"),
    ]  # fmt: skip


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
def test_temporary_folder_is_gone_afterwards(tmp_path: Path, error: type[BaseException] | None) -> None:
    """A temporary folder is empty, of its own, and gone after good and bad ends."""
    workspace = Workspace(tmp_path)
    with workspace.temporary("x") as one, workspace.temporary("x") as other:
        assert one != other
    if error is not None:
        with pytest.raises(error), workspace.temporary("x") as one:
            _fail_in(one, error)
    assert [] == list((tmp_path / ".release" / "tmp").iterdir())


def _fail_in(folder: Path, error: type[BaseException]) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "file").touch()
    raise error


def test_remains_of_killed_runs_are_removed(tmp_path: Path) -> None:
    """Folders of processes that are gone go; those of live ones, and what somebody else put there, stay."""
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    parent = tmp_path / ".release" / "tmp"
    for name in (f"{gone.pid}-gates-x", f"{os.getpid()}-gates-x", "1-of-init", "notes", ".hidden", "-"):
        (parent / name / "inside").mkdir(parents=True)
    Workspace(tmp_path).prepare()
    expected = {f"{os.getpid()}-gates-x", "1-of-init", "notes", ".hidden", "-"}
    assert expected == {path.name for path in parent.iterdir()}


def test_cache_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG_CACHE_HOME decides; without it, or empty, it is ~/.cache."""
    monkeypatch.setenv("HOME", "/home/ada")
    for value, expected in (("/cache", "/cache"), ("", "/home/ada/.cache")):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert Path(expected) / "release-engine" == user_cache()
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert Path("/home/ada/.cache/release-engine") == user_cache()
