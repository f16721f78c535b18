"""Reads the history of the ledger; a long one from a cache and what came after it.

The last events are always read and checked one by one, and so are all of them before anything is changed. The cache
saves only commands that change nothing from going through years of events.
"""

from __future__ import annotations

import hashlib
import json
from itertools import islice
from pathlib import Path

from release import durable, ledger
from release.git import Repository
from release.history import History, fold

_RECENT = 2000
"""Events that are always checked; a ledger that is not longer needs no cache."""


def read(repository: Repository, head: str | None) -> History:
    """The history of the whole ledger, with every event checked. Tampered where one is not what its id says."""
    return fold(ledger.read(repository, head)) if head else History()


def glance(repository: Repository, head: str | None, cache: Path) -> History:
    """The same from the cache, for commands that only show; at least the last events are checked."""
    if head is None:
        return History()
    known = _load(cache / "history.json")
    if known is not None and known.head is not None:
        begun = known.sequence
        history = fold(ledger.read(repository, head, after=(known.head, begun)), known)
        if history.sequence - begun < 2 * _RECENT:
            return history
    history = History()
    events = ledger.read(repository, head)
    fold(islice(events, max(0, ledger.last(repository, head).sequence - _RECENT)), history)
    if history.head is not None:
        _store(cache / "history.json", history)
    return fold(events, history)


def _load(path: Path) -> History | None:
    try:
        digest, _, body = path.read_bytes().partition(b"\n")
        return History.from_json(json.loads(body)) if hashlib.sha256(body).hexdigest() == digest.decode() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is only a cache


def _store(path: Path, history: History) -> None:
    body = json.dumps(history.to_json(), separators=(",", ":")).encode()
    durable.write_bytes(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
