"""Budgets of money, tokens and time, which end a run in good order: nothing new is asked, what is asked is finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from msgspec import Struct

from evaluations.model import NOTHING, Usage
from evaluations.verdicts.requirements import Requirement, kept

_Question = TypeVar("_Question")
_ROUNDING = 1e-9


class Budget(Struct, frozen=True):
    """What a run may take; None is without bound."""

    cost: float | None = None
    """In the currency of the configured prices."""
    tokens: int | None = None
    """Input and output together, of answers and judges."""
    seconds: float | None = None
    """From the first question on: after so long nothing more is sent."""


class Spending:
    """What a run has taken of its budget.

    Questions that are on their way are expected to take what those before them took on average, so that the end comes
    before the budget is passed, not a whole batch after.
    """

    def __init__(self, budget: Budget, *, spent: Usage = NOTHING, clock: Callable[[], float] = time.monotonic) -> None:
        """`spent` is what an earlier part of the same run took."""
        self._budget = budget
        self._spent = spent
        self._new = NOTHING
        self._clock = clock
        self._asked = self._finished = 0
        self.ended: str | None = None
        """Which budget ended the run, in words; None while none did."""

    def within(self, questions: Iterable[_Question]) -> Iterator[_Question]:
        """The same questions, up to the first that the budget has no room for."""
        began = self._clock()
        for question in questions:
            self.ended = self._exceeded(self._clock() - began)
            if self.ended is not None:
                return
            self._asked += 1
            yield question

    def add(self, usage: Usage) -> None:
        """A question is finished and took that."""
        self._finished += 1
        self._new += usage

    def budgets(self, seconds: float) -> tuple[Requirement, ...]:
        """What became of each budget that was set; `seconds` is how long was asked."""
        budget, spent = self._budget, self._spent + self._new
        return (
            *kept("max_cost", budget.cost, None if spent.unpriced else round(spent.cost, 9)),
            *kept("max_tokens", budget.tokens, None if spent.uncounted else _tokens(spent)),
            *kept("max_seconds", budget.seconds, round(seconds, 3)),
        )

    @property
    def time_is_up(self) -> str:
        """That its time ended the run, in words."""
        return f"the time of {self._budget.seconds:g} s is used up"

    def _exceeded(self, seconds: float) -> str | None:
        budget = self._budget
        if budget.seconds is not None and seconds >= budget.seconds:
            return self.time_is_up
        # What is not known can't be kept within bounds: nothing more is spent.
        if budget.cost is not None and (self._spent.unpriced or self._new.unpriced):
            return f"the budget of {budget.cost:g} can't be kept: an answer came without its cost"
        if budget.tokens is not None and (self._spent.uncounted or self._new.uncounted):
            return f"the budget of {budget.tokens} tokens can't be kept: an answer came without its tokens"
        expected = (self._asked - self._finished + 1) / self._finished if self._finished else 0.0
        if budget.cost is not None and _reached(self._spent.cost, self._new.cost, expected, budget.cost):
            return f"the budget of {budget.cost:g} is used up"
        if budget.tokens is not None and _reached(_tokens(self._spent), _tokens(self._new), expected, budget.tokens):
            return f"the budget of {budget.tokens} tokens is used up"
        return None


def _reached(earlier: float, new: float, expected: float, limit: float) -> bool:
    return earlier + new >= limit or earlier + new * (1 + expected) > limit * (1 + _ROUNDING)


def _tokens(usage: Usage) -> int:
    return usage.input_tokens + usage.output_tokens
