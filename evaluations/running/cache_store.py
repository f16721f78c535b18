"""The cache's database: making it, writing to it in a thread, and keeping it small."""

from __future__ import annotations

import os
import queue
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

LARGEST = 1 << 30
"""Bytes."""
_BATCH = 512
_PATIENCE = 10.0
"""Seconds to wait for another process that writes."""
_SHRINK_TO = 0.8


def connect(path: Path) -> sqlite3.Connection:
    """Open the database, and make its table where it is new. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'answers'").fetchone():
            with suppress(OSError):
                path.chmod(0o600)
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS answers"
                " (number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, answer BLOB NOT NULL, kept INTEGER NOT NULL)"
            )
        connection.execute("PRAGMA synchronous = NORMAL")  # in WAL mode: a crash may lose answers, not the database
        connection.execute("SELECT answer FROM answers LIMIT 1").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def set_aside(path: Path) -> Path:
    """Rename a broken database and what belongs to it. Returns its new name."""
    mark = f".broken-{time.time_ns()}-{os.getpid()}"
    for end in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(path.with_name(path.name + mark + end))
    return path.with_name(path.name + mark)


def size(connection: sqlite3.Connection) -> int:
    """Bytes that answers and their index take."""
    pages, free, each = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * each)


def shrink(connection: sqlite3.Connection, largest: int) -> int:
    """Where it is larger, drop the oldest answers until it is a fifth smaller. Returns how many went."""
    dropped = 0
    if size(connection) <= largest:
        return 0
    while size(connection) > largest * _SHRINK_TO:
        count = connection.execute("SELECT count(*) FROM answers").fetchone()[0]
        part = max(1, count // 20)
        gone = connection.execute(
            "DELETE FROM answers WHERE number IN (SELECT number FROM answers ORDER BY number LIMIT ?)", (part,)
        ).rowcount
        if not gone:
            break
        dropped += gone
    connection.executescript("PRAGMA incremental_vacuum")  # `execute` would free one page only
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return dropped


class Writer:
    """Writes answers in a thread of its own, many in one transaction."""

    def __init__(self, path: Path, now: int) -> None:
        self._path = path
        self._now = now
        self._queue: queue.SimpleQueue[tuple[bytes, bytes] | None] = queue.SimpleQueue()
        self._largest = 0
        self._failure: Exception | None = None
        self.waiting: dict[bytes, bytes] = {}
        """Answers that are not in the database yet, by key."""
        self._thread = threading.Thread(target=self._run, name="answers cache", daemon=True)
        self._thread.start()

    def add(self, key: bytes, answer: bytes) -> None:
        """Write it soon."""
        if self._failure is None:
            self.waiting[key] = answer
            self._queue.put((key, answer))

    def close(self, largest: int) -> Exception | None:
        """Write the rest, shrink to `largest` bytes, and end. Returns what went wrong."""
        self._largest = largest
        self._queue.put(None)
        self._thread.join()
        return self._failure

    def _run(self) -> None:
        try:
            with closing(connect(self._path)) as connection:
                while self._write(connection, self._take()):
                    pass
                shrink(connection, self._largest)
        except Exception as error:  # noqa: BLE001, whatever it is: a thread that dies in silence loses answers
            self._failure = error
            self.waiting.clear()

    def _take(self) -> list[tuple[bytes, bytes] | None]:
        """What is there, at least one."""
        taken = [self._queue.get()]
        with suppress(queue.Empty):
            while len(taken) < _BATCH and taken[-1] is not None:
                taken.append(self._queue.get_nowait())
        return taken

    def _write(self, connection: sqlite3.Connection, taken: list[tuple[bytes, bytes] | None]) -> bool:
        """True until the end."""
        rows = [(*each, self._now) for each in taken if each is not None]
        if rows:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT OR REPLACE INTO answers (key, answer, kept) VALUES (?, ?, ?)", rows)
            connection.execute("COMMIT")
        for key, answer, _now in rows:
            if self.waiting.get(key) is answer:  # else another one under that key is still to be written
                self.waiting.pop(key, None)
        return taken[-1] is not None
