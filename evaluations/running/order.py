"""Hands results on in the order in which questions were asked.

Quick answers may differ from slow ones. Who decides as soon as enough answers are there must therefore look at them in
an order that does not depend on how long they took.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from evaluations.model import Result
from evaluations.running.run import Question

_Key = tuple[int, str, int]
"""Index, variant, repeat."""


class InOrder:
    """Takes results as they come, and keeps each until all before it are there."""

    def __init__(self, take: Callable[[Result], None]) -> None:
        self._take = take
        self._asked: deque[_Key] = deque()
        self._arrived: dict[_Key, Result] = {}

    def source(self, asked: Iterable[Question]) -> Iterator[Question]:
        """The same questions; their order is noted."""
        for question in asked:
            self._asked.append((question.index, question.variant, question.repeat))
            yield question

    def take(self, result: Result) -> None:
        """Hand on this result and those that waited for it, if all before it are there."""
        self._arrived[result.index, result.variant, result.repeat] = result
        while self._asked and self._asked[0] in self._arrived:
            self._take(self._arrived.pop(self._asked.popleft()))

    def flush(self) -> None:
        """Hand on what is there, in order, although some before it never came."""
        for key in self._asked:
            if key in self._arrived:
                self._take(self._arrived.pop(key))
