"""What the user should know after a run, and is no result: trouble with the cache, and endpoints that were given up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from msgspec import Struct


class Notes(Struct, frozen=True):
    """Of one process, or of several together."""

    said: tuple[str, ...] = ()
    """In words, each once."""
    not_asked: int = 0
    """Questions that failed without a request, since their endpoint had been given up."""

    def __add__(self, other: Notes) -> Notes:
        """Those of both; what both say is said once."""
        return Notes(tuple(dict.fromkeys((*self.said, *other.said))), self.not_asked + other.not_asked)

    def lines(self) -> Iterator[str]:
        """In words, a line each."""
        yield from self.said
        if self.not_asked:
            yield f"{self.not_asked:,} questions failed without a request: their endpoint had been given up"


@runtime_checkable
class Noting(Protocol):
    """An executor whose workers have notes of their own."""

    @property
    def notes(self) -> Notes:
        """Those of all workers, when the run has ended."""
        ...


def notes_of(execute: object) -> Notes:
    """What an executor has to say beyond what this process knows."""
    return execute.notes if isinstance(execute, Noting) else Notes()
