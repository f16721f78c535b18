"""Normal, Student's t, beta and binomial distributions, to about 12 digits."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

_NORMAL = NormalDist()
_TINY, _PRECISE, _MOST_TERMS = 1e-300, 1e-15, 10_000


def normal_cdf(value: float) -> float:
    """P(Z <= value)."""
    return 0.5 * math.erfc(-value / math.sqrt(2))


def normal_quantile(probability: float) -> float:
    """The value that Z stays below with this probability, between 0 and 1."""
    return _NORMAL.inv_cdf(probability)


def beta_cdf(value: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), as a continued fraction (DLMF 8.17.22)."""
    if value <= 0 or value >= 1:
        return float(value >= 1)
    if value > (a + 1) / (a + b + 2):  # there the fraction of the mirrored function converges quickly
        return 1 - beta_cdf(1 - value, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(value) + b * math.log1p(-value)
    return math.exp(log_front) * _beta_fraction(value, a, b) / a


def _beta_fraction(value: float, a: float, b: float) -> float:
    """Lentz's algorithm, modified (Numerical Recipes, 5.2)."""
    upper, lower = 1.0, 1 / _not_zero(1 - (a + b) * value / (a + 1))
    fraction = lower
    for term in range(1, _MOST_TERMS):
        even = term * (b - term) * value / ((a + 2 * term - 1) * (a + 2 * term))
        odd = -(a + term) * (a + b + term) * value / ((a + 2 * term) * (a + 2 * term + 1))
        for numerator in (even, odd):
            lower = 1 / _not_zero(1 + numerator * lower)
            upper = _not_zero(1 + numerator / upper)
            fraction *= lower * upper
        if abs(lower * upper - 1) < _PRECISE:
            break
    return fraction


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The value at which `beta_cdf` is the probability, by bisection."""
    low, high = 0.0, 1.0
    while (middle := (low + high) / 2) not in (low, high) and high - low > _PRECISE * high:
        if beta_cdf(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return high


def t_cdf(value: float, freedom: float) -> float:
    """P(T <= value) for Student's t with so many degrees of freedom (DLMF 8.17, Abramowitz and Stegun 26.7.1)."""
    tail = beta_cdf(freedom / (freedom + value * value), freedom / 2, 0.5) / 2
    return 1 - tail if value > 0 else tail


@lru_cache(maxsize=1024)
def t_quantile(probability: float, freedom: float) -> float:
    """The value that T stays below with this probability, at least one half."""
    share = beta_quantile(2 * (1 - probability), freedom / 2, 0.5)
    return math.sqrt(freedom * (1 - share) / share)


def binomial_cdf(successes: int, trials: int, share: float) -> float:
    """P(X <= successes) for X out of so many trials (DLMF 8.17.5)."""
    if successes < 0 or successes >= trials:
        return float(successes >= 0)
    return beta_cdf(1 - share, trials - successes, successes + 1)


def binomial_pmf(successes: int, trials: int, share: float) -> float:
    """P(X = successes) for X out of so many trials."""
    if share in (0.0, 1.0):
        return float(successes == trials * share)
    ways = math.lgamma(trials + 1) - math.lgamma(successes + 1) - math.lgamma(trials - successes + 1)
    return math.exp(ways + successes * math.log(share) + (trials - successes) * math.log1p(-share))
