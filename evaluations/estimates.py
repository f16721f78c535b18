"""Mean and standard error of scores as they come, exact, so that the order in which answers arrive changes nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Estimate:
    """What a number of scores says."""

    count: int
    mean: float | None
    """None where there is no score."""
    standard_error: float | None
    """Of the mean: the sample's standard deviation (n - 1) over the root of n. None below two scores."""


class Moments:
    """Sums of scores and of their squares as fractions: constant memory, and rounded once, at the end."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = Fraction()
        self._squares = Fraction()

    def add(self, score: float) -> None:
        """Count a finite score."""
        exact = Fraction(score)
        self._count += 1
        self._sum += exact
        self._squares += exact * exact

    def estimate(self) -> Estimate:
        """The estimate from the scores so far."""
        count = self._count
        mean = float(self._sum / count) if count else None
        error = None
        if count > 1:
            variance = (self._squares - self._sum * self._sum / count) / (count - 1)
            error = math.sqrt(variance / count)
        return Estimate(count, mean, error)
