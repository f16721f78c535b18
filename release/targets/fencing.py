"""Who may change a target's folder: one writer at a time, and none whose lock has gone to somebody else.

Two things together make that hold. The kernel's `flock` lets one writer in; a new holder of the release lock waits for
it, so that a writer which was paused in the middle of an act is never overtaken. The greatest fencing token that was
ever seen stays in the folder; a writer with a smaller one is turned away before it has touched anything.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release import durable
from release.commands import command
from release.errors import LockHeld, LockLost, Tampered
from release.model import Fence, Finding

LOCK = ".lock"
FENCE = ".fence"
WAIT = 10.0
"""Seconds that a writer waits for another one to finish."""
_PAUSE = 0.02


@contextmanager
def fenced(folder: Path, fence: Fence, *, wait: float = WAIT) -> Iterator[None]:
    """Hold `folder` alone, with a token that nobody has overtaken; the folder is made where it is missing.

    The body prepares its bytes under temporary names and calls `fence.check()` right before the rename that shows
    them. Raises LockHeld where another writer does not finish within `wait` seconds, LockLost where a greater token
    was here or `fence.check` says so. Not re-entrant.
    """
    durable.make_folder(folder)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor, folder, wait)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}, token {fence.token}".encode(), 0)
        _raise_token(folder, fence)
        yield
    finally:
        os.close(descriptor)


def seal(folder: Path, fence: Fence, *, wait: float = WAIT) -> None:
    """Shut out every holder of a smaller token from `folder`, durably; waits for the one that is in an act."""
    with fenced(folder, fence, wait=wait):
        pass


def greatest_token(folder: Path) -> int:
    """The greatest token that `folder` has seen; 0 where there was none. Tampered where the file is not a number."""
    path = folder / FENCE
    try:
        text = path.read_text(encoding="ascii")
        token = int(text)
    except FileNotFoundError:
        return 0
    except ValueError:
        token, text = -1, ""
    if text != f"{token}\n" or token < 0:
        raise Tampered(
            "the fencing token is not a number",
            where=str(path),
            do="write the number of the last lock into it, as the ledger has it, or restore it from a backup",
        )
    return token


def writable(name: str, folder: Path) -> Finding:
    """Whether a target's folder can be written, or made where it is missing; for `doctor`."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding(f"target {name}", ok=True, said=f"{folder} can be written")
    return Finding(
        f"target {name}", ok=False, said=f"{place} can't be written", do=f"give yourself the right to {place}"
    )


def _lock(descriptor: int, folder: Path, wait: float) -> None:
    end = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                holder = os.pread(descriptor, 200, 0).decode(errors="replace") or "an unknown process"
                raise LockHeld(
                    f"{holder} is changing this target, and did not finish within {wait:g} s",
                    where=str(folder / LOCK),
                    do="wait for that process, or end it if it hangs; then run the command again",
                ) from None
            time.sleep(_PAUSE)
        else:
            return


def _raise_token(folder: Path, fence: Fence) -> None:
    seen = greatest_token(folder)
    if fence.token < seen:
        raise LockLost(
            f"this process holds token {fence.token}, and a holder of token {seen} has been here since",
            where=str(folder / FENCE),
            do=f"see with `{command('status')}` who is releasing; nothing was changed here",
        )
    if fence.token > seen:
        fence.check()
        durable.write_bytes(folder / FENCE, f"{fence.token}\n".encode())
