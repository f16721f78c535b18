"""The order in which questions are asked, and results handed on in it.

Quick answers may differ from slow ones. Who decides as soon as enough answers are there must therefore look at them in
an order that does not depend on how long they took.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from evaluations.model import Result
from evaluations.running.run import Question

_Then = Callable[[Result], None]


class Places:
    """Where each question stands among all that a run asks (`questions`), from 0."""

    def __init__(self, variants: Sequence[str], repeats: int = 1, *, datapoints: int) -> None:
        """Each of so many datapoints is put to all variants, so many times."""
        self._variants = {name: number for number, name in enumerate(variants)}
        self._repeats = repeats
        self._datapoints = datapoints

    def __len__(self) -> int:
        """How many questions there are."""
        return self._datapoints * self._repeats * len(self._variants)

    def of(self, asked: Result | Question) -> int:
        """The place of a question, or of its result. Raises LookupError for what is no question of this run."""
        index, repeat = asked.index, asked.repeat
        if not (0 <= index < self._datapoints and 0 <= repeat < self._repeats):
            raise LookupError(index, repeat)
        return (index * self._repeats + repeat) * len(self._variants) + self._variants[asked.variant]


class Turns:
    """Takes results as they come, and keeps each until all before it are there."""

    def __init__(self, places: Places, hand_on: Callable[[Result, _Then], None]) -> None:
        self._places = places
        self._hand_on = hand_on
        self._next = 0
        self._waiting: dict[int, tuple[Result, _Then]] = {}

    def take(self, result: Result, then: _Then) -> None:
        """Hand on this result and those that waited for it, if all before it are there; `then` goes with it."""
        self._waiting[self._places.of(result)] = result, then
        while self._next in self._waiting:
            self._hand_on(*self._waiting.pop(self._next))
            self._next += 1

    def left(self) -> Iterator[tuple[Result, _Then]]:
        """Those that wait for what never came, in order."""
        return (self._waiting[place] for place in sorted(self._waiting))
