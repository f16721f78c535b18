"""How many datapoints it takes: to decide, to find a difference, and what difference a number of them can see."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from functools import partial

from evaluations.statistics.distributions import binomial_cdf, normal_cdf, normal_quantile, t_quantile
from evaluations.statistics.interval import CONFIDENCE
from evaluations.statistics.means import proves_above, share_interval
from evaluations.statistics.turning import about_enough, is_smooth, mcnemar_power

POWER = 0.8
"""How often what is there is to be found, unless something else is asked for."""
MOST = 10_000_000
"""Datapoints; what needs more is out of reach."""


def smallest(enough: Callable[[int], bool], start: int = 1, about: int = 1) -> int | None:
    """The least whole number from `start` on that is enough, where all greater ones are; None above MOST.

    It is looked for from `about` on, and found the sooner the nearer that is.
    """
    low, high, step = start - 1, min(MOST, max(start, about)), 1
    if enough(high):
        while high - step > low and enough(high - step):
            high, step = high - step, 2 * step
        low = max(low, high - step)
    else:
        while True:
            if high >= MOST:
                return None
            low, high, step = high, min(high + step, MOST), 2 * step
            if enough(high):
                break
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


def gate_count(mean: float, cutoff: float, power: float = POWER) -> int | None:
    """The number of datapoints from which on `gate_power` is that great; None where MOST are too few."""
    return _count(partial(gate_power, mean, cutoff), power, deviation=math.sqrt(mean * (1 - mean)))


def mcnemar_count(gain: float, loss: float, power: float = POWER) -> int | None:
    """The number of datapoints from which on `mcnemar_power` is that great; None where MOST are too few."""
    if gain == loss:
        return None
    about = about_enough(gain, loss, power)
    deviation = 0.0 if is_smooth(gain, loss, about) else math.sqrt(gain * loss) / (gain + loss)
    return _count(partial(mcnemar_power, gain, loss), power, about=about, deviation=deviation)


def mean_count(difference: float, deviation: float, power: float = POWER) -> int | None:
    """The number of datapoints from which on `mean_power` is that great; None where MOST are too few."""
    return _count(partial(mean_power, difference, deviation), power)


def _count(power_at: Callable[[int], float], power: float, *, about: int = 1, deviation: float = 0.0) -> int | None:
    """The power of an exact test climbs in a saw-tooth: the number is beyond its last dip.

    A tooth is as high as a single outcome of the binomial distribution is likely, and the power climbs by that within
    sqrt(n) / deviation times 2 / (z + z'), where `deviation` is that of one datapoint; a quarter more is looked at.
    Without a deviation there are no teeth.
    """
    count = smallest(lambda number: power_at(number) >= power, about=about)
    if count is None or not deviation:
        return count
    quantiles = max(0.2, normal_quantile((1 + CONFIDENCE) / 2) + normal_quantile(power))
    last = count + 10 + int(2.5 * math.sqrt(count) / deviation / quantiles)
    return next((number + 1 for number in range(last, count, -1) if power_at(number) < power), count)


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
