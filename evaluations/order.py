"""Hands results on in the order in which datapoints were asked.

Quick answers may differ from slow ones. Who decides as soon as enough answers are there must therefore look at them in
an order that does not depend on how long they took.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from evaluations.model import Datapoint, Result


class InOrder:
    """Takes results as they come, and keeps each until all before it are there."""

    def __init__(self, take: Callable[[Result], None]) -> None:
        self._take = take
        self._asked: deque[str] = deque()
        self._arrived: dict[str, Result] = {}

    def source(self, datapoints: Iterable[Datapoint]) -> Iterator[Datapoint]:
        """The same datapoints; their order is noted."""
        for datapoint in datapoints:
            self._asked.append(datapoint.id)
            yield datapoint

    def take(self, result: Result) -> None:
        """Hand on this result and those that waited for it, if all before it are there."""
        self._arrived[result.datapoint.id] = result
        while self._asked and self._asked[0] in self._arrived:
            self._take(self._arrived.pop(self._asked.popleft()))

    def flush(self) -> None:
        """Hand on what is there, in order, although some before it never came."""
        for identity in self._asked:
            if identity in self._arrived:
                self._take(self._arrived.pop(identity))
