"""Hands results on in the order in which questions were asked.

Quick answers may differ from slow ones. Who decides as soon as enough answers are there must therefore look at them in
an order that does not depend on how long they took.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from evaluations.model import Result
from evaluations.running.run import Question

Key = tuple[int, str, int]
"""Index, variant, repeat."""


def key_of(asked: Result | Question) -> Key:
    """What tells questions apart, and their results."""
    return asked.index, asked.variant, asked.repeat


class InOrder:
    """Takes results as they come, and keeps each until all before it are there."""

    def __init__(self, take: Callable[[Result], None], early: Mapping[Key, Result] | None = None) -> None:
        """`early` has results of an earlier part of the run, whose turn has not come: their questions are not asked."""
        self._take = take
        self._asked: deque[Key] = deque()
        self._arrived = dict(early or {})

    def source(self, asked: Iterable[Question]) -> Iterator[Question]:
        """The questions that have no result; the order of all is noted."""
        for question in asked:
            key = key_of(question)
            self._asked.append(key)
            if key in self._arrived:
                self._hand_on()
            else:
                yield question

    def take(self, result: Result) -> None:
        """Hand on this result and those that waited for it, if all before it are there."""
        self._arrived[key_of(result)] = result
        self._hand_on()

    def _hand_on(self) -> None:
        while self._asked and self._asked[0] in self._arrived:
            self._take(self._arrived.pop(self._asked.popleft()))

    def flush(self) -> None:
        """Hand on what is there, in order, although some before it never came."""
        for key in (*self._asked, *sorted(self._arrived)):
            if key in self._arrived:
                self._take(self._arrived.pop(key))


class Turns:
    """Hands the results of an earlier part of a run on in the order in which they were asked, up to the first gap.

    A run that was interrupted leaves quick answers behind that came before slow ones.
    """

    def __init__(self, take: Callable[[Result], None], variants: Sequence[str], repeats: int) -> None:
        """Each datapoint is put to all variants, so many times (`questions`)."""
        self._take = take
        self._variants = {name: place for place, name in enumerate(variants)}
        self._repeats = repeats
        self._next = 0
        self._waiting: dict[int, Result] = {}

    def take(self, result: Result) -> None:
        """Hand on this result and those that waited for it, if all before it are there."""
        place = (result.index * self._repeats + result.repeat) * len(self._variants) + self._variants[result.variant]
        self._waiting[place] = result
        while self._next in self._waiting:
            self._take(self._waiting.pop(self._next))
            self._next += 1

    @property
    def early(self) -> dict[Key, Result]:
        """Those whose turn has not come."""
        return {key_of(result): result for _place, result in sorted(self._waiting.items())}
