"""Reads the history of the ledger; a long one from a cache and what came after it.

Before anything is changed every event is read and checked. The cache saves only commands that change nothing from going
through years of events.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from release import durable, ledger
from release.git import Repository
from release.ledger.fold import fold
from release.ledger.history import History, Release

_RECENT = 500
"""Events that are read and checked at every glance; a ledger that is not longer needs no cache."""
_FORM = 3
"""Of the cache; one of another form, which an older or newer engine wrote, is made anew."""


def read(repository: Repository, head: str | None, known: History | None = None) -> History:
    """The history of the whole ledger, with every event checked. Tampered where one is not what its id says.

    `known` is what this process has read before; it goes on from there, and is changed.
    """
    if head is None:
        return History()
    if known is None or known.head is None:
        return fold(ledger.read(repository, head))
    return (
        known if known.head == head else fold(ledger.read(repository, head, after=(known.head, known.sequence)), known)
    )


def glance(repository: Repository, head: str | None, cache: Path) -> History:
    """The same from the cache, for commands that only show.

    The last events are read and checked, and that the ledger continues the one that was read before. Not checked again
    are the events that the cache stands for; `read` finds what was changed among them. A first glance reads them all.
    """
    if head is None:
        return History()
    path = cache / "history.json"
    history = _load(path) or History()
    begun = history.sequence
    events = ledger.read(repository, head, after=(history.head, begun) if history.head else None)
    settled = ledger.last(repository, head).sequence - _RECENT - begun
    if settled >= (_RECENT if begun else 1):
        fold(islice(events, settled), history)
        _store(path, history)
    return fold(events, history)


class _Kept(MutableMapping[str, Release]):
    """Releases as the cache has them: text, until one is asked for, since few of thousands are."""

    def __init__(self, lines: list[str]) -> None:
        self._known: dict[str, Release | str] = {}
        for line in lines:
            version, _, text = line.partition(":")
            self._known[version.strip('"')] = text

    def __getitem__(self, version: str) -> Release:
        known = self._known[version]
        if isinstance(known, str):
            known = self._known[version] = Release(**json.loads(known))
        return known

    def __setitem__(self, version: str, release: Release) -> None:
        self._known[version] = release

    def __delitem__(self, version: str) -> None:
        del self._known[version]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _load(path: Path) -> History | None:
    try:
        digest, _, body = path.read_bytes().partition(b"\n")
        state, *lines = body.decode().split("\n")
        kept = json.loads(state)
        if kept["form"] != _FORM:
            return None
        history = History.from_json(kept)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is only a cache
    return replace(history, releases=_Kept(lines)) if hashlib.sha256(body).hexdigest() == digest.decode() else None


def _store(path: Path, history: History) -> None:
    state = history.to_json()
    lines = [f'"{version}":{json.dumps(release)}' for version, release in state["releases"].items()]
    body = "\n".join([json.dumps({"form": _FORM, **state, "releases": {}}), *lines]).encode()
    durable.write_bytes(path, hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
