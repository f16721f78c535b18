"""Intervals for a mean: Wilson's for yes or no, and at an effective sample size for scores and for clusters."""

from __future__ import annotations

import math
from functools import lru_cache

from evaluations.statistics.distributions import beta_cdf, beta_quantile, normal_quantile, t_quantile
from evaluations.statistics.interval import CONFIDENCE, Interval

_PLENTY = 300
"""Size * share * (1 - share), from which on Wilson's interval is the wider one for certain."""
_TAIL = 0.7
"""Of what may be missed in all: the share that the exact bound may miss at its one end."""


def wilson(share: float, size: float, confidence: float = CONFIDENCE) -> Interval:
    """The score interval of Wilson (1927) for a share out of `size` trials, which need not be a whole number."""
    z = normal_quantile((1 + confidence) / 2)
    weight = z * z / size
    centre = (share + weight / 2) / (1 + weight)
    half = math.sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight)
    return Interval(
        0.0 if share <= 0 else max(0.0, centre - half),
        1.0 if share >= 1 else min(1.0, centre + half),
    )


@lru_cache(maxsize=4096)
def share_interval(share: float, size: float, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's interval, each end moved out to a one-sided exact bound (Clopper and Pearson, 1934) where that is wider.

    Wilson's alone covers only 84 % of the time where a share is near 0 or 1 (Brown, Cai and DasGupta, 2001, who mend it
    in the same way, 4.1.1, with Poisson's bound for one to three successes). With an exact bound that misses 0.7 times
    what the interval may miss, the coverage of the 95 % interval is at least 93 % for every size and share, and 94 to
    96 % from about 100 datapoints on; away from 0 and 1 it is Wilson's.
    """
    low, high = wilson(share, size, confidence)
    if size * share * (1 - share) > _PLENTY:
        return Interval(low, high)
    missed, successes = _TAIL * (1 - confidence), share * size
    if share > 0:
        low = min(low, beta_quantile(missed, successes, size - successes + 1))
    if share < 1:
        high = max(high, 1 - beta_quantile(missed, size - successes, successes + 1))
    return Interval(low, high)


def proves_above(successes: float, size: float, cutoff: float, confidence: float = CONFIDENCE) -> bool:
    """Whether the low end of `share_interval` is the cutoff or more, without working the end out."""
    if wilson(successes / size, size, confidence).low < cutoff:
        return False
    if successes * (1 - successes / size) > _PLENTY:
        return True
    return beta_cdf(cutoff, successes, size - successes + 1) <= _TAIL * (1 - confidence)


def t_interval(mean: float, standard_error: float, clusters: int, confidence: float = CONFIDENCE) -> Interval:
    """Student's (1908): for a mean without bounds, with one degree of freedom less than there are clusters."""
    half = t_quantile((1 + confidence) / 2, clusters - 1) * standard_error
    return Interval(mean - half, mean + half)


def effective_size(
    mean: float, standard_error: float | None, clusters: int, *, simple: bool, confidence: float = CONFIDENCE
) -> float:
    """How many independent answers of yes or no tell as much about a mean of scores from 0 to 1.

    Kish's (1965) effective sample size, mean * (1 - mean) / standard_error ** 2, times (z / t) ** 2 for the degrees of
    freedom of the standard error (Korn and Graubard, 1998). `simple` says that it is yes or no without groups: then it
    is their number. Where all scores are the same, each cluster counts as one answer, which is on the safe side.
    """
    if simple or clusters < 2 or not standard_error or not 0 < mean < 1:
        return float(clusters)
    z = normal_quantile((1 + confidence) / 2)
    t = t_quantile((1 + confidence) / 2, clusters - 1)
    return mean * (1 - mean) / standard_error**2 * (z / t) ** 2


def mean_interval(
    mean: float, standard_error: float | None, clusters: int, *, simple: bool, confidence: float = CONFIDENCE
) -> Interval:
    """For a mean of scores from 0 to 1: `share_interval` at the effective size.

    Dean and Pagano (2015) find Wilson's interval at the effective sample size the best of seven for clustered data. For
    scores it is better than Student's: with 20 scores of which one in 20 is not perfect, Student's 95 % interval covers
    57 % of the time and this one 96 %; with 100 well-behaved scores the two are the same. It stays on the scale, and
    needs no more memory than a mean.
    """
    size = effective_size(mean, standard_error, clusters, simple=simple, confidence=confidence)
    return share_interval(mean, size, confidence)
