"""Formats of data set files. One module each, behind the Protocol in this one: a file in, a stream of records out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Protocol

from evaluations.model import Json

LONGEST = 32 << 20
"""Bytes of one record, characters in a JSON list. A longer one is refused before all of it is in memory."""

Record = tuple[int, int, Json]
"""A record's number, which is the id where there is none; its first line, from 1; and its value, plain JSON."""


class Format(Protocol):
    """Reads one open file, as often as it is asked to, in memory that does not grow with the file."""

    def records(self, digest: hashlib._Hash) -> Iterator[Record]:
        """All records in order, strictly; the digest has seen all bytes of the file when they end.

        Raises DatasetError at the first record that is wrong.
        """
        ...

    def where(self, number: int, line: int) -> str:
        """A record's place for messages: the file and the line, or what the format has instead."""
        ...
