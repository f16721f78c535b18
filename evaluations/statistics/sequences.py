"""Confidence sequences: intervals for a mean that stay valid however often one looks, and whenever one stops."""

from __future__ import annotations

import math
from collections import Counter

from evaluations.statistics.interval import CONFIDENCE, Interval
from evaluations.statistics.planning import smallest

_BETS = tuple(((place + 0.5) / 12) ** 2 for place in range(12))
"""Shares of the capital; closer together near 0, since a mean near the cutoff is found by small bets."""
_STEPS = 1024
"""Steps of the scale that scores are kept in for the interval; each is rounded to the side that widens it."""


class Wealth:
    """What a gambler has who bets, game after game, that scores from 0 to 1 have a mean above `null`.

    Betting by Waudby-Smith and Ramdas (2024, "Estimating means of bounded random variables by betting", JRSS B 86,
    section 4), with the capital divided among constant bets (their section B; a universal portfolio, Cover, 1991).
    While the mean is at most `null`, capital can't be expected to grow, so that it reaches k times its start with a
    probability of at most 1/k at any time (Ville, 1939).

    Why this and not an e-process with a Beta mixture (Robbins, 1970): it decides yes or no as fast (0.80 against a
    cutoff of 0.90 after 94 datapoints in the median, both), and scores, which vary less, three to eight times as fast.
    Why constant bets and not predictable ones: nothing then depends on the order in which scores came.
    """

    def __init__(self, null: float) -> None:
        self.null = null
        self.logarithms = [0.0] * len(_BETS)
        """Of the capital of each bet, which is 1 at the start."""

    def add(self, score: float, times: int = 1) -> None:
        """Play one game, or the same one several times."""
        odds = score / self.null - 1
        self.logarithms = [
            log + times * math.log1p(bet * odds) for log, bet in zip(self.logarithms, _BETS, strict=True)
        ]

    def logarithm(self, longer: float = 1.0) -> float:
        """Of the whole capital; or of what it would be after so many times as many games of the same kind."""
        most = max(self.logarithms) * longer
        return most + math.log(sum(math.exp(log * longer - most) for log in self.logarithms) / len(_BETS))


class ConfidenceSequence:
    """An interval for the mean of scores from 0 to 1 as they come in, and a standing decision about one cutoff."""

    def __init__(self, cutoff: float, confidence: float = CONFIDENCE) -> None:
        """Both sides may be wrong with half of what the confidence leaves."""
        self._enough = math.log(2 / (1 - confidence))
        inside = 0 < cutoff < 1
        self._sides = (Wealth(cutoff), Wealth(1 - cutoff)) if inside else ()
        self._cutoff = cutoff
        self._floors, self._shortfalls = Counter[float](), Counter[float]()
        self.count = 0
        self.above = cutoff <= 0
        """Whether it was ever proven that the mean is above the cutoff; 0 is reached without a proof."""
        self.below = cutoff >= 1
        """Whether it was ever proven that the mean is below the cutoff."""

    def add(self, score: float) -> None:
        """Take the next score."""
        self.count += 1
        self._floors[math.floor(score * _STEPS) / _STEPS] += 1
        self._shortfalls[math.floor((1 - score) * _STEPS) / _STEPS] += 1
        for wealth, value in zip(self._sides, (score, 1 - score), strict=False):
            wealth.add(value)
        if self._sides:
            self.above = self.above or self._sides[0].logarithm() >= self._enough
            self.below = self.below or self._sides[1].logarithm() >= self._enough

    def interval(self) -> Interval:
        """From all scores so far, and never on the other side of a cutoff that was decided."""
        low, high = _lower_bound(self._floors, self._enough), 1 - _lower_bound(self._shortfalls, self._enough)
        return Interval(max(low, self._cutoff) if self.above else low, min(high, self._cutoff) if self.below else high)

    def count_to_decide(self) -> int | None:
        """About how many scores decide, if the rest is like those so far; None where the mean is the cutoff's."""

        def decides(count: int) -> bool:
            return any(wealth.logarithm(count / self.count) >= self._enough for wealth in self._sides)

        return smallest(decides, self.count) if self.count else None


def _lower_bound(scores: Counter[float], enough: float) -> float:
    """The greatest mean that is refuted from below, by bisection: the capital falls as the null rises."""
    low, high = 0.0, 1.0
    for _ in range(30):
        wealth = Wealth((low + high) / 2)
        for score, times in scores.items():
            wealth.add(score, times)
        low, high = (wealth.null, high) if wealth.logarithm() >= enough else (low, wealth.null)
    return low
