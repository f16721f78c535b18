"""The power of McNemar's exact test, when so large a share of datapoints turn right, and wrong."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator

from evaluations.statistics.distributions import binomial_cdf, binomial_pmf, normal_quantile
from evaluations.statistics.interval import CONFIDENCE

_DEVIATIONS = 6.0
"""What is rarer than this many standard deviations is left out of sums."""
_SMOOTH = 8.0
"""Variance of the number that turn from which on the power climbs without teeth. The teeth of the test are two wide, so
that the sum over such a spread leaves exp(-2 pi^2 8 / 2^2) of them, which is below 1e-17."""


def mcnemar_power(gain: float, loss: float, count: int, confidence: float = CONFIDENCE) -> float:
    """How often exact McNemar finds a difference, when so large a share of datapoints turn right, and wrong; exact.

    The sum of Duffy (1984) over the number that turn, which is binomial, and over those of them that turn right.
    """
    turning = min(1.0, gain + loss)
    if turning <= 0:
        return 0.0
    middle, reach = count * turning, _DEVIATIONS * math.sqrt(count * turning * (1 - turning)) + _DEVIATIONS
    first, last = max(0, int(middle - reach)), min(count, int(middle + reach))
    if turning == 1:
        first, share, odds = count, 1.0, 0.0
    else:
        share, odds = binomial_pmf(first, count, turning), turning / (1 - turning)
    power = 0.0
    for turned, found in enumerate(_found(first, last, gain / (gain + loss), 1 - confidence), first):
        power += share * found
        share *= (count - turned) / (turned + 1) * odds
    return power


def about_enough(gain: float, loss: float, power: float, confidence: float = CONFIDENCE) -> int:
    """About how many datapoints have that power (Connor, 1987), with what the exact test takes more of them."""
    turning, difference = gain + loss, abs(gain - loss)
    root = normal_quantile((1 + confidence) / 2) * math.sqrt(turning)
    root += normal_quantile(power) * math.sqrt(max(0.0, turning - difference**2))
    return math.ceil((root / difference) ** 2 + 1 / difference)


def is_smooth(gain: float, loss: float, count: int) -> bool:
    """Whether the power climbs without teeth there."""
    turning = gain + loss
    return count * turning * (1 - turning) >= _SMOOTH


def _found(first: int, last: int, right: float, allowed: float) -> Iterator[float]:
    """How often the test rejects when `first` datapoints turn, each to the right with that chance, and up to `last`.

    With one more that turns, a binomial distribution changes by one term, and the most that may turn the other way by
    one at most. So each number follows from the one before.
    """
    never = min(last + 1, math.ceil(1 - math.log2(allowed)))  # with fewer, even all on one side prove nothing
    yield from (0.0 for _ in range(first, never))
    first = max(first, never)
    if first > last:
        return
    fair, up, down = tails = [_Tail(_few(first, allowed), first, share) for share in (0.5, right, 1 - right)]
    for _ in range(first, last + 1):
        yield up.chance + down.chance
        for tail in tails:
            tail.add_trial()
        if 2 * (fair.chance + fair.next_term()) <= allowed:
            for tail in tails:
                tail.add_term()


class _Tail:
    """P(X <= most) for X out of so many trials, and its last term."""

    __slots__ = ("_odds", "_share", "_trials", "chance", "most", "term")

    def __init__(self, most: int, trials: int, share: float) -> None:
        self._share = share
        self._odds = share / (1 - share) if share < 1 else 0.0
        self._trials = trials
        self.most = most
        self.chance = binomial_cdf(most, trials, share)
        self.term = binomial_pmf(most, trials, share)

    def add_trial(self) -> None:
        self.chance -= self._share * self.term
        self._trials += 1
        self.term *= self._trials / (self._trials - self.most) * (1 - self._share)

    def next_term(self) -> float:
        return self.term * (self._trials - self.most) / (self.most + 1) * self._odds

    def add_term(self) -> None:
        self.term = self.next_term()
        self.most += 1
        self.chance += self.term


def _few(turned: int, allowed: float) -> int:
    """The most datapoints that may turn one way for McNemar's test to reject; -1 where it never does."""
    return (
        bisect_left(range(turned // 2 + 1), x=True, key=lambda less: 2 * binomial_cdf(less, turned, 0.5) > allowed) - 1
    )
