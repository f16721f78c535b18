"""The right to change things: one holder at a time, with an expiry, in the ref `refs/releases/lock`.

Every append to the ledger renews the lock in the same swap, so that whoever lost the lock can't append, and whoever
can't append may not act. Targets on disk are fenced by the token, which only grows (a fencing token in the sense of
M. Kleppmann, "How to do distributed locking", 2016).
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, replace

from release import ledger
from release.commands import command
from release.errors import LockHeld, LockLost, ReleaseError, Tampered
from release.git import GitError, Repository
from release.ledger.holder import Holder, born, machine
from release.ledger.refs import Moved, SharedRefs, Swap
from release.model import Fence, Json

REF = "refs/releases/lock"
_TRIES = 10
"""Renewals that took longer than the lock lives, after which it counts as lost."""


def _who(repository: Repository) -> str:
    name = os.environ.get("GIT_COMMITTER_NAME") or repository.maybe("config", "user.name")
    try:
        return name or getpass.getuser()
    except (OSError, KeyError):  # a container may run as a user that has no name
        return f"user {os.getuid()}"


def read(refs: SharedRefs) -> tuple[str | None, Holder | None]:
    """The lock's object id and what it says; None and None where nobody ever held it."""
    found = refs.read(REF)
    if found is None:
        return None, None
    try:
        return found, Holder(**json.loads(refs.repository.object(found)[2]))
    except (GitError, ValueError, TypeError) as error:
        there = f"; git push {refs.remote} :{REF}" if refs.remote else ""
        do = f"when surely nobody releases (docs/runbook.md, 'Somebody holds the lock'): git update-ref -d {REF}{there}"
        raise Tampered(f"the lock is not one of ours: {error}", where=REF, do=do) from error


class Claim:
    """The lock, held; the only way to append to the ledger. Use it as a context manager."""

    def __init__(self, refs: SharedRefs, doing: str, seconds: float, *, above: int = 0) -> None:
        """Take the lock, or raise LockHeld with who has it. `seconds` is how long it lives without a renewal.

        `above` is the greatest token that some target has seen: a lock that was lost must not begin below it.
        """
        self.refs = refs
        self.seconds = seconds
        refs.refresh()
        old, before = read(refs)
        if before is not None and not before.is_free():
            raise LockHeld(
                "somebody else is releasing",
                where=str(before),
                do=f"wait for it, or see what it does: {command('status')}",
            )
        self.former = before if before is not None and before.held else None
        """Who held the lock and did not give it back: a killed, lost or paused process."""
        self._holder = Holder(
            token=max(before.token if before else 0, above) + 1,
            who=_who(refs.repository),
            host=socket.gethostname(),
            machine=machine(),
            pid=os.getpid(),
            born=born(os.getpid()),
            doing=doing,
            expires=time.time() + seconds,
            held=True,
        )
        self.who, self.host = self._holder.who, self._holder.host
        self._object = self._store(self._holder)
        self._mutex = threading.Lock()
        self._ended = threading.Event()
        self._lost: LockLost | None = None
        try:
            refs.swap(Swap(REF, old, self._object))
        except Moved:
            refs.refresh()
            raise LockHeld(
                "somebody else began to release at the same moment",
                where=str(read(refs)[1]),
                do=f"see what it does: {command('status')}",
            ) from None
        self.head = refs.read(ledger.REF)
        """The ledger's last event, as this holder knows it."""
        self.sequence = ledger.last(refs.repository, self.head).sequence if self.head else 0
        self.fence = Fence(self._holder.token, self.check)
        self._author = ledger.Author(refs.repository)
        self._thread = threading.Thread(target=self._keep, name="lock renewal", daemon=True)

    def __enter__(self) -> Claim:  # noqa: PYI034 - typing.Self is of Python 3.11
        """Begin to renew the lock in the background."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lock back, unless it is lost."""
        self._ended.set()
        self._thread.join()
        with self._mutex:
            if self._lost is None:
                try:
                    self._recognise()
                    self._swap(held=False)
                except (ReleaseError, OSError) as error:  # it must not hide how the command ended; the lock expires
                    sys.stderr.write(f"{error}\n")

    def append(self, kind: str, sentence: str, data: Mapping[str, Json]) -> ledger.Event:
        """Add an event to the ledger and renew the lock, both or neither. LockLost where somebody else has it."""
        with self._mutex:
            if self._lost:
                raise self._lost
            event = ledger.Event(self.sequence + 1, ledger.now(), kind, sentence, data)
            commit = self._author.write(self.head, event)
            self._swap(Swap(ledger.REF, self.head, commit))
            self.head, self.sequence = commit, event.sequence
            return replace(event, commit=commit)

    def check(self) -> None:
        """Raise LockLost unless the lock is still this holder's."""
        with self._mutex:
            for _again in range(_TRIES):
                if self._lost:
                    raise self._lost
                if self._holder.expires < time.time():
                    self._swap()
                elif self.refs.read(REF) != self._object:
                    raise self._lose()
                # git answers also while this process is paused. Until it expires, nobody else can have taken the lock.
                if time.time() <= self._holder.expires:
                    return
            raise self._lose()

    def _swap(self, *more: Swap, held: bool = True) -> None:
        state = replace(self._holder, expires=time.time() + self.seconds, held=held, renewed=self._holder.renewed + 1)
        new = self._store(state)
        try:
            self.refs.swap(Swap(REF, self._object, new), *more)
        except Moved:
            raise self._lose() from None
        self._holder, self._object = state, new

    def _recognise(self) -> None:
        """A swap that Ctrl-C cut off may have happened: a lock with this token is this holder's."""
        found, holder = read(self.refs)
        if found is not None and holder is not None and holder.token == self._holder.token:
            self._object = found

    def _lose(self) -> LockLost:
        self.refs.refresh()
        self._lost = LockLost(
            "this process lost the lock (it was paused or cut off for too long) and changes nothing more",
            where=str(read(self.refs)[1]),
            do=f"see what is served now: {command('status')}",
        )
        return self._lost

    def _keep(self) -> None:
        while not self._ended.wait(self.seconds / 4):
            with self._mutex:
                try:
                    if self._lost is None:
                        self._swap()
                except LockLost:
                    return
                except (ReleaseError, OSError):
                    continue  # the remote does not answer now, or the disk is full; there is time for another try

    def _store(self, holder: Holder) -> str:
        body = ledger.canonical(asdict(holder)).encode(errors="replace")
        return self.refs.repository.store("blob", body)
