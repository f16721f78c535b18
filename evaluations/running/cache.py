"""Answers that were paid for once: a SQLite database that several runs may share at the same time.

An answer is found again by the sha256 of all that decides it: the target's identity, the bytes of the request, which
repeat it is (so that cached repeats stay repeats), and the schema of the cache. Failures are never kept. Lookups are
made in the event loop (some microseconds each), writes in a thread. Who wants an answer that is being asked for waits
for it, so that it makes no difference who comes first. What goes wrong with the cache never ends a run: it is noted in
`Cache.notes`, and the run goes on without.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from evaluations.model import Answer, Json
from evaluations.running.cache_store import LARGEST, Writer, connect, set_aside

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

SCHEMA = 1
"""Goes up when what is kept of an answer changes its meaning; it is part of the key and of the file's name."""
FILE = f"answers-{SCHEMA}.sqlite"

Key = Callable[[bytes, int], bytes]
"""From a request and its repeat to the key."""


class CacheMode(Enum):
    """What the cache is used for; TensorZero's words."""

    ON = "on"
    OFF = "off"
    READ_ONLY = "read_only"
    WRITE_ONLY = "write_only"


def default_folder() -> Path:
    """`$XDG_CACHE_HOME/evaluations`, or `~/.cache/evaluations` (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    home = Path(given) if os.path.isabs(given) else Path(os.path.expanduser("~")) / ".cache"  # noqa: PTH111, PTH117, HOME may be missing
    return home / "evaluations"


class Cache:
    """An open cache; a context manager that writes what is left when it is closed, and keeps the size bounded."""

    def __init__(self, mode: CacheMode = CacheMode.ON, folder: Path | None = None, *, largest: int = LARGEST) -> None:
        """`largest` is in bytes: the oldest answers go when the run ends with more."""
        self._path = (folder or default_folder()) / FILE
        self._reads = mode in (CacheMode.ON, CacheMode.READ_ONLY)
        self._writes = mode in (CacheMode.ON, CacheMode.WRITE_ONLY)
        self._largest = largest
        self._decode = msgspec.msgpack.Decoder(Answer).decode
        self._encode = msgspec.msgpack.Encoder().encode
        self._reader: sqlite3.Connection | None = None
        self._writer: Writer | None = None
        self._asked: dict[bytes, asyncio.Event] = {}
        self.notes: list[str] = []
        """What went wrong, for people."""

    def __enter__(self) -> Self:
        """Open the database; make it where there is none and it is written to."""
        if self._reads or self._writes:
            try:
                self._open()
            except (OSError, sqlite3.Error) as error:
                self._give_up(error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """As `close`."""
        self.close()

    def close(self) -> None:
        """Write what is left, drop what is too much, and close. What went wrong is in `notes`."""
        if self._writer is not None:
            failure = self._writer.close(self._largest)
            if failure is not None:
                self.notes.append(f"{self._path}: answers could not be kept: {failure}")
        if self._reader is not None:
            self._reader.close()
        self._reader = self._writer = None

    def keys(self, identity: Mapping[str, Json]) -> Key:
        """The keys of one target's requests."""
        common = hashlib.sha256(json.dumps([SCHEMA, dict(identity)], sort_keys=True).encode() + b"\0")

        def key(request: bytes, repeat: int) -> bytes:
            digest = common.copy()
            digest.update(b"%d\0" % repeat)
            digest.update(request)
            return digest.digest()

        return key

    def get(self, key: bytes) -> Answer | None:
        """The answer that was kept under the key."""
        if self._reader is None or not self._reads:
            return None
        if self._writer is not None and (waiting := self._writer.waiting.get(key)) is not None:
            return self._decode(waiting)
        try:
            row = self._reader.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
            return None if row is None else self._decode(row[0])
        except msgspec.DecodeError:
            return None  # it is asked again, and the new answer takes its place
        except sqlite3.Error as error:
            self._give_up(error)
            return None

    @contextmanager
    def asking(self, key: bytes) -> Iterator[None]:
        """Around asking for an answer and putting it here: meanwhile others wait for it (`coming`)."""
        ended = self._asked.setdefault(key, asyncio.Event())
        try:
            yield
        finally:
            ended.set()
            self._asked.pop(key, None)

    async def coming(self, key: bytes) -> Answer | None:
        """The answer that somebody asks for right now; None where nobody does, or where that brought none."""
        ended = self._asked.get(key)
        if ended is None or not (self._reads and self._writes):
            return None
        await ended.wait()
        return self.get(key)

    def put(self, key: bytes, answer: Answer) -> None:
        """Keep the answer, soon."""
        if self._writer is None:
            return
        try:
            self._writer.add(key, self._encode(replace(answer, cached=True)))
        except UnicodeEncodeError:
            return  # half of a surrogate pair, which no database keeps; it is asked again

    def _open(self) -> None:
        if not self._writes and not self._path.exists():
            return
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._reader = connect(self._path)
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:  # its subclasses: locked, no room, no permission
                raise
            aside = set_aside(self._path)
            self.notes.append(f"{self._path}: {error}; it was set aside as {aside.name}, and a new cache begun")
            self._reader = connect(self._path)
        if self._writes:
            self._writer = Writer(self._path, int(time.time()))

    def _give_up(self, error: Exception) -> None:
        self.notes.append(f"{self._path}: {error}; the run goes on without the cache")
        writer, self._writer, self._reads = self._writer, None, False
        if writer is not None:
            writer.close(self._largest)
        if type(error) is sqlite3.DatabaseError:
            aside = set_aside(self._path)
            self.notes.append(f"{self._path}: set aside as {aside.name}")
