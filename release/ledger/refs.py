"""Refs that several releasers share: changed together or not at all, and only from the value that was read.

Locally by a ref transaction (git-update-ref(1)), on a remote by one atomic push with a lease on every ref
(git-push(1), --atomic and --force-with-lease). With a remote the remote decides, and the clone follows.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from release.errors import ConfigError, ReleaseError, Tampered
from release.git import GitError, Repository

_LEFT = re.compile(r"Unable to create '(?P<path>[^']+/refs/releases/[^']+\.lock)': File exists")
_STALE = 3.0
"""Seconds after which git's lock file of a ref is a dead git's: a live one holds it for an instant."""


LEDGER = "refs/releases/ledger"


class Moved(Exception):
    """A ref did not have the value that the change started from."""


@dataclass(frozen=True)
class Swap:
    """A change of one ref."""

    ref: str
    old: str | None
    new: str


class SharedRefs:
    """`refs/releases/*` of the clone and, where one is configured, of its remote."""

    def __init__(self, repository: Repository, remote: str | None) -> None:
        """`remote` is a remote's name, or None where the clone stands alone."""
        self.repository = repository
        self.remote = remote

    def refresh(self) -> None:
        """Bring the remote's values here. Tampered where its ledger does not go on from the one that is here."""
        if self.remote is None:
            return
        try:
            # A user's own fetch.prune would delete a ledger that the remote does not have yet.
            options = ("--quiet", "--no-tags", "--no-prune", "--no-recurse-submodules")
            specs = (f"{LEDGER}*:{LEDGER}*", "+refs/releases/lock*:refs/releases/lock*")
            _patiently(lambda: self.repository.git("fetch", *options, str(self.remote), *specs))
            theirs = self.repository.remote_refs(self.remote, LEDGER)
        except GitError as error:
            raise self._refused(str(error.what)) from error
        if self.read(LEDGER) is not None and not theirs:
            raise ReleaseError(
                f"{self.remote} does not have the ledger that is here",
                where=f"[tool.release.ledger] remote = {self.remote!r}",
                do=f"bring it there once: git push {self.remote} 'refs/releases/*:refs/releases/*'",
            )

    def _refused(self, said: str) -> ReleaseError:
        """Why the remote's refs can't be had; a fetch without force refuses a ledger that parted from ours."""
        try:
            theirs = self.repository.remote_refs(str(self.remote), LEDGER)
        except GitError:
            theirs = {}
        if theirs and self.read(LEDGER) is not None:
            return Tampered(
                f"the ledger of {self.remote} does not go on from the one that is here",
                where=f"{LEDGER}: here {self.read(LEDGER)}, there {theirs[LEDGER]}",
                do=f"find out which is right (git log {LEDGER}); to take the other one: "
                f"git fetch {self.remote} +{LEDGER}:{LEDGER}",
            )
        if "/" not in str(self.remote) and self.remote not in self.repository.remotes:
            return ConfigError(
                f"the clone has no remote {self.remote}, and the ledger is shared there",
                where="tool.release.ledger.remote", do=f"git remote add {self.remote} URL, or name one that is there",
            )  # fmt: skip
        return ReleaseError(
            f"the ledger's remote does not answer: {said.splitlines()[0]}",
            where=f"[tool.release.ledger] remote = {self.remote!r}",
            do=f"check the network and your rights: git ls-remote {self.remote}",
        )

    def read(self, ref: str) -> str | None:
        """What the ref points to, as of the last refresh or swap."""
        return self.repository.reference(ref)

    def swap(self, *swaps: Swap) -> None:
        """Change all of them at one moment, or none. Moved where one had another value."""
        if self.remote is not None:
            self._push(swaps)
        changes = [
            f"update {swap.ref} {swap.new} {swap.old}" if swap.old else f"create {swap.ref} {swap.new}"
            for swap in swaps
        ]
        try:
            _patiently(lambda: self.repository.change(*changes))
        except GitError as error:
            if self.remote is not None:
                self.refresh()  # the remote has taken it, and it decides
            elif any(self.read(swap.ref) != swap.old for swap in swaps):
                raise Moved(error.what) from error
            else:
                raise

    def _push(self, swaps: tuple[Swap, ...]) -> None:
        leases = [f"--force-with-lease={swap.ref}:{swap.old or ''}" for swap in swaps]
        specs = [f"{swap.new}:{swap.ref}" for swap in swaps]
        try:
            options = ("--quiet", "--atomic", "--no-verify", "--no-follow-tags")
            self.repository.git("push", *options, *leases, str(self.remote), *specs)
        except GitError as error:
            seen = self.repository.remote_refs(str(self.remote), *(swap.ref for swap in swaps))
            if all(seen.get(swap.ref) == swap.new for swap in swaps):
                return  # the answer was lost, the push was not
            if any(seen.get(swap.ref) != swap.old for swap in swaps):
                raise Moved(error.what) from error
            raise


def _patiently(change: Callable[[], object]) -> None:
    """Let git change refs; a lock file of git's own, left by a git that was killed, is waited out."""
    while True:
        try:
            change()
        except GitError as error:
            left = _LEFT.search(error.what)
            if left is None or not _outlived(Path(left["path"])):
                raise
        else:
            return


def _outlived(lock: Path) -> bool:
    """Wait until git's lock file is gone, or so old that its git is dead, and remove it. False where that can't be.

    A git that was only paused can't write its value any more when it wakes up: that was in the file.
    """
    descriptor = os.open(lock.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # of two that wait one removes it; the other looks again
        while 0 <= (age := time.time() - lock.stat().st_mtime) < _STALE:
            time.sleep(0.05)
        if age < 0:
            return False  # the clock was turned back, and says nothing
        lock.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True
