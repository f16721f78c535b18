"""Finds an id that was given twice, in memory that does not grow: digests, sorted in runs and merged (Knuth, 5.4)."""

from __future__ import annotations

import heapq
import os
import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from itertools import pairwise
from typing import IO

_DIGEST = 16
"""Bytes. Two ids among 10^9 share a digest by chance once in 10^21 data sets (birthday bound)."""
_ENTRY = _DIGEST + 8
_BLOCK = _ENTRY * 256


class Duplicates:
    """Takes ids with their line numbers, and says which line repeats an earlier one."""

    def __init__(self, run_length: int = 1 << 15) -> None:
        self._run: list[bytes] = []
        self._run_length = run_length
        self._file: IO[bytes] | None = None
        self._spilled = 0

    def add(self, key: str, line: int) -> None:
        """Take an id. OSError where a temporary file is needed and none can be made."""
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=_DIGEST).digest()
        self._run.append(digest + line.to_bytes(8, "big"))
        if len(self._run) == self._run_length:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115, closed in `close`
            self._file.write(b"".join(sorted(self._run)))
            self._spilled += 1
            self._run.clear()

    def first(self) -> tuple[int, int] | None:
        """The first line that repeats an id, after the line that it repeats; None where all are different."""
        if self._file is not None:
            self._file.flush()
        merged = heapq.merge(sorted(self._run), *(self._read(run) for run in range(self._spilled)))
        repeats = ((late, early) for early, late in pairwise(merged) if early[:_DIGEST] == late[:_DIGEST])
        found = min(((late[_DIGEST:], early[_DIGEST:]) for late, early in repeats), default=None)
        return None if found is None else (int.from_bytes(found[1], "big"), int.from_bytes(found[0], "big"))

    def close(self) -> None:
        """Give the temporary file back."""
        if self._file is not None:
            self._file.close()

    def _read(self, run: int) -> Iterator[bytes]:
        if self._file is None:
            return
        size = self._run_length * _ENTRY
        for start in range(0, size, _BLOCK):
            block = os.pread(self._file.fileno(), min(_BLOCK, size - start), run * size + start)
            for offset in range(0, len(block), _ENTRY):
                yield block[offset : offset + _ENTRY]
