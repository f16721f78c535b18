"""Only one writer, and never one that was overtaken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from release.errors import LockHeld, LockLost, Tampered
from release.model import Fence
from release.targets.fencing import fenced, greatest_token, seal

HOLDER = """
import sys
from pathlib import Path
from release.model import Fence
from release.targets.fencing import fenced
with fenced(Path(sys.argv[1]), Fence(1, lambda: None)):
    print("in", flush=True)
    sys.stdin.readline()
    (Path(sys.argv[1]) / "written").touch()
"""


def fence(token: int) -> Fence:
    """The right to write, from a lock that is still held."""
    return Fence(token, lambda: None)


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that is in the middle of an act, with token 1, until it reads a line."""
    root = Path(__file__).parents[2]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLDER, folder], **pipes, cwd=root) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"in\n"
        try:
            yield process
        finally:
            process.kill()


def test_token_is_only_raised(tmp_path: Path) -> None:
    """A greater token is remembered, the same one may come again, a smaller one is turned away."""
    folder = tmp_path / "target"
    assert 0 == greatest_token(folder)
    for token in (3, 3, 7):
        seal(folder, fence(token))
    with pytest.raises(LockLost, match="token 3, and a holder of token 7"), fenced(folder, fence(3)):
        pytest.fail("the body ran")
    assert 7 == greatest_token(folder)


def test_lost_lock_does_not_raise_the_token(tmp_path: Path) -> None:
    """A holder that lost its lock leaves no trace, even with a greater token than any seen here."""

    def lost() -> None:
        raise LockLost("the lock has gone to somebody else")

    seal(tmp_path, fence(2))
    with pytest.raises(LockLost):
        seal(tmp_path, Fence(5, lost))
    assert 2 == greatest_token(tmp_path)


def test_writer_in_another_process_is_waited_for(tmp_path: Path) -> None:
    """While another process is in an act, a new holder is told which one; after that it goes on."""
    with holder(tmp_path) as process:
        with pytest.raises(LockHeld, match=rf"process {process.pid} on .*, token 1 is changing") as caught:
            seal(tmp_path, fence(2), wait=0.1)
        assert LockHeld is type(caught.value)
        assert 1 == greatest_token(tmp_path)
        process.communicate(b"\n")
        seal(tmp_path, fence(2))
    assert (tmp_path / "written").exists()


def test_paused_writer_is_never_overtaken(tmp_path: Path) -> None:
    """A writer that was stopped in the middle of its act keeps the new holder out until it has ended."""
    with holder(tmp_path) as process:
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(LockHeld):
            seal(tmp_path, fence(2), wait=0.1)
        process.kill()
        process.wait()
        seal(tmp_path, fence(2))
    assert not (tmp_path / "written").exists()
    with pytest.raises(LockLost):
        seal(tmp_path, fence(1))


@pytest.mark.parametrize("text", ["", "seven\n", "-1\n", "7", " 7\n", "1_0\n"])
def test_changed_token_is_refused_by_name(tmp_path: Path, text: str) -> None:
    """A token that is not written as this module writes it is refused with its file."""
    (tmp_path / ".fence").write_text(text)
    with pytest.raises(Tampered) as caught:
        seal(tmp_path, fence(9))
    assert str(tmp_path / ".fence") == caught.value.where
