"""How many datapoints it takes: to decide, to find a difference, and what difference a number of them can see."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache, partial

from evaluations.statistics.distributions import (
    binomial_cdf,
    binomial_pmf,
    normal_cdf,
    normal_quantile,
    t_quantile,
)
from evaluations.statistics.interval import CONFIDENCE
from evaluations.statistics.means import proves_above, share_interval

POWER = 0.8
"""How often what is there is to be found, unless something else is asked for."""
MOST = 10_000_000
"""Datapoints; what needs more is out of reach."""
_DEVIATIONS = 6.0
"""What is rarer than this many standard deviations is left out of sums."""


def smallest(enough: Callable[[int], bool], start: int = 1) -> int | None:
    """The least whole number from `start` on that is enough, where all greater ones are; None above MOST."""
    low, high = start - 1, start
    while not enough(high):
        if high >= MOST:
            return None
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def count_to_decide(mean: float, cutoff: float, *, size_each: float, start: int, confidence: float) -> int | None:
    """How many datapoints make the interval leave the cutoff out, if the mean stays; each is worth `size_each`."""
    if mean == cutoff:
        return None

    def decides(count: int) -> bool:
        low, high = share_interval(mean, count * size_each, confidence)
        return not low <= cutoff <= high

    return smallest(decides, start)


def gate_power(mean: float, cutoff: float, count: int, confidence: float = CONFIDENCE) -> float:
    """How often a yes-or-no metric of that true mean passes `--gate bound`; exact, from the binomial distribution."""
    passes = partial(proves_above, cutoff=cutoff, size=count, confidence=confidence)
    least = bisect_left(range(count + 1), x=True, key=passes) if passes(count) else count + 1
    return 1 - binomial_cdf(least - 1, count, mean)


def mcnemar_power(gain: float, loss: float, count: int, confidence: float = CONFIDENCE) -> float:
    """How often exact McNemar finds a difference, when so large a share of datapoints turn right, and wrong; exact.

    The sum of Duffy (1984) over the number that turn, which is binomial, and over those of them that turn right.
    """
    turning = gain + loss
    if turning <= 0:
        return 0.0
    middle, reach = count * turning, _DEVIATIONS * math.sqrt(count * turning * (1 - turning)) + _DEVIATIONS
    power = 0.0
    for turned in range(max(0, int(middle - reach)), min(count, int(middle + reach)) + 1):
        few = _few(turned, 1 - confidence)
        found = binomial_cdf(few, turned, gain / turning) + binomial_cdf(few, turned, loss / turning) if few >= 0 else 0
        power += binomial_pmf(turned, count, turning) * found
    return power


@lru_cache(maxsize=100_000)
def _few(turned: int, allowed: float) -> int:
    """The most datapoints that may turn one way for McNemar's test to reject; -1 where it never does."""
    return (
        bisect_left(range(turned // 2 + 1), x=True, key=lambda less: 2 * binomial_cdf(less, turned, 0.5) > allowed) - 1
    )


def mean_power(difference: float, deviation: float, count: int, confidence: float = CONFIDENCE) -> float:
    """How often Student's t test finds that difference from 0; `deviation` is the standard deviation of one datapoint.

    By the normal approximation to the noncentral t distribution (Abramowitz and Stegun, 26.7.10). It is right for the
    mean of differences in pairs, and for one run against a cutoff.
    """
    if count < 2:
        return 0.0
    freedom = count - 1
    critical, shift = t_quantile((1 + confidence) / 2, freedom), abs(difference) / deviation * math.sqrt(count)
    scale = math.sqrt(1 + critical**2 / (2 * freedom))
    return sum(normal_cdf((side * shift - critical * (1 - 1 / (4 * freedom))) / scale) for side in (-1, 1))


def count_for_power(power_at: Callable[[int], float], power: float = POWER) -> int | None:
    """The number of datapoints from which on the power is that great; None where MOST are too few.

    The power of an exact test climbs in a saw-tooth; the answer is beyond its last dip among the next twentieth.
    """
    count = smallest(lambda number: power_at(number) >= power)
    if count is None:
        return None
    dips = [number for number in range(count, count + min(count // 20, 100) + 3) if power_at(number) < power]
    return dips[-1] + 1 if dips else count


def detectable_share(turning: float, count: int, power: float = POWER, confidence: float = CONFIDENCE) -> float | None:
    """The least difference of two paired shares that McNemar's test finds, when such a share of datapoints turn.

    None where even datapoints that all turn the same way are too few.
    """
    low, high = 0.0, turning
    if mcnemar_power(high, 0.0, count, confidence) < power:
        return None
    for _ in range(20):
        middle = (low + high) / 2
        found = mcnemar_power((turning + middle) / 2, (turning - middle) / 2, count, confidence) >= power
        low, high = (low, middle) if found else (middle, high)
    return high


def detectable_mean(deviation: float, count: int, power: float = POWER, confidence: float = CONFIDENCE) -> float | None:
    """The least mean difference that Student's t test finds; (t + z) times the standard error, and None for one."""
    if count < 2:
        return None
    return (t_quantile((1 + confidence) / 2, count - 1) + normal_quantile(power)) * deviation / math.sqrt(count)
