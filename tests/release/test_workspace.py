"""The engine's own folder in the clone."""

from __future__ import annotations

import errno
import fcntl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from release.workspace import Workspace, user_cache
from tests.release.clones import make_clone

ROOT = Path(__file__).parents[2]
USER = """
import sys
from pathlib import Path
from release.workspace import Workspace
with Workspace(Path(sys.argv[1])).temporary("gates") as folder:
    (folder / "deep").mkdir()
    print("in", flush=True)
    sys.stdin.read()
"""


@contextmanager
def using(root: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has a temporary folder there."""
    argv = [sys.executable, "-c", USER, str(root)]
    with subprocess.Popen(argv, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert "in\n" == process.stdout.readline()
        yield process


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
    """Folders of processes that were killed go; those of live ones, and what somebody else put there, stay."""
    parent = tmp_path / ".release" / "tmp"
    for name in ("1-of-init", "notes", ".hidden", "-"):
        (parent / name / "inside").mkdir(parents=True)
    others = set(parent.iterdir())
    with using(tmp_path) as process:
        used = set(parent.iterdir()) - others
        assert {"deep"} == {path.name for folder in used if folder.is_dir() for path in folder.iterdir()}
        Workspace(tmp_path).prepare()
        assert others | used == set(parent.iterdir())
        process.kill()
        process.wait()
    Workspace(tmp_path).prepare()
    assert others == set(parent.iterdir())


def test_another_process_namespace_removes_nothing_that_is_in_use(tmp_path: Path) -> None:
    """A container with the clone in it does not see the process, and sees another one under its id, or none."""
    apart = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc")
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine forbids process namespaces of one's own")
    look = "import sys; from pathlib import Path; from release.workspace import Workspace as W; W(Path(sys.argv[1]))"
    with using(tmp_path) as process:
        before = set((tmp_path / ".release" / "tmp").iterdir())
        subprocess.run([*apart, sys.executable, "-c", f"{look}.prepare()", str(tmp_path)], cwd=ROOT, check=True)
        assert before == set((tmp_path / ".release" / "tmp").iterdir())
        process.kill()


def test_a_file_system_without_locks_keeps_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can tell what is in use there; what ends well is removed all the same."""
    monkeypatch.setattr(fcntl, "flock", _no_locks)
    workspace, parent = Workspace(tmp_path), tmp_path / ".release" / "tmp"
    with workspace.temporary("x"):
        before = set(parent.iterdir())
        workspace.prepare()
        assert before == set(parent.iterdir())
    assert [] == list(parent.iterdir())


def _no_locks(*_: object) -> NoReturn:
    raise OSError(errno.ENOLCK, "No locks available")


def test_cache_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG_CACHE_HOME decides; without it, or empty, it is ~/.cache."""
    monkeypatch.setenv("HOME", "/home/ada")
    for value, expected in (("/cache", "/cache"), ("", "/home/ada/.cache")):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert Path(expected) / "release-engine" == user_cache()
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert Path("/home/ada/.cache/release-engine") == user_cache()
