"""How long answers took, in memory that does not grow: a sketch of percentiles. Pure."""

from __future__ import annotations

import math
from collections import Counter

_STEP = math.log(1.01)
_LEAST = 1e-6
"""Seconds; what is shorter counts as this."""


class Latencies:
    """Counts by logarithm, as in DDSketch (Masson, Rim and Lee, 2019); percentiles are right to half a percent."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()
        self._count = 0
        self._longest = 0.0

    def add(self, seconds: float) -> None:
        """Count an answer's time."""
        self._counts[round(math.log(max(seconds, _LEAST)) / _STEP)] += 1
        self._count += 1
        self._longest = max(self._longest, seconds)

    def percentile(self, percent: float) -> float | None:
        """The shortest time, in seconds, that so many percent of the answers needed at most; None without answers."""
        rank = max(1, math.ceil(self._count * percent / 100))
        for step in sorted(self._counts):
            rank -= self._counts[step]
            if rank <= 0:
                return min(math.exp(step * _STEP), self._longest)
        return None
