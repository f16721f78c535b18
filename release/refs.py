"""Refs that several releasers share: changed together or not at all, and only from the value that was read.

Locally by a ref transaction (git-update-ref(1)), on a remote by one atomic push with a lease on every ref
(git-push(1), --atomic and --force-with-lease). With a remote the remote decides, and the clone follows.
"""

from __future__ import annotations

from dataclasses import dataclass

from release.errors import ReleaseError
from release.git import GitError, Repository

_NOTHING = "0" * 40


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
        """Bring the remote's values here."""
        if self.remote is None:
            return
        try:
            self.repository.git("fetch", "--quiet", "--no-tags", self.remote, "+refs/releases/*:refs/releases/*")
        except GitError as error:
            raise ReleaseError(
                f"the ledger's remote does not answer: {error.what}",
                where=f"[tool.release.ledger] remote = {self.remote!r}",
                do=f"check the network and your rights: git ls-remote {self.remote}",
            ) from error

    def read(self, ref: str) -> str | None:
        """What the ref points to, as of the last refresh or swap."""
        return self.repository.reference(ref)

    def swap(self, *swaps: Swap) -> None:
        """Change all of them at one moment, or none. Moved where one had another value."""
        if self.remote is not None:
            self._push(swaps)
        lines = "".join(f"update {swap.ref} {swap.new} {swap.old or _NOTHING}\n" for swap in swaps)
        try:
            self.repository.git("update-ref", "--stdin", stdin=f"start\n{lines}prepare\ncommit\n".encode())
        except GitError as error:
            if self.remote is not None:
                self.refresh()  # the remote has taken it, and it decides
            elif "cannot lock ref" in error.what or "already exists" in error.what:
                raise Moved(error.what) from error
            else:
                raise

    def _push(self, swaps: tuple[Swap, ...]) -> None:
        leases = [f"--force-with-lease={swap.ref}:{swap.old or ''}" for swap in swaps]
        specs = [f"{swap.new}:{swap.ref}" for swap in swaps]
        try:
            self.repository.git("push", "--quiet", "--atomic", *leases, str(self.remote), *specs)
        except GitError as error:
            seen = self.repository.remote_refs(str(self.remote), *(swap.ref for swap in swaps))
            if all(seen.get(swap.ref) == swap.new for swap in swaps):
                return  # the answer was lost, the push was not
            if any(seen.get(swap.ref) != swap.old for swap in swaps):
                raise Moved(error.what) from error
            raise
