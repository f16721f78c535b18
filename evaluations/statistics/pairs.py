"""Two runs on the same datapoints: exact McNemar, randomised signs, the bootstrap, and Holm's correction."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import NamedTuple

from evaluations.statistics.distributions import binomial_cdf, normal_quantile, t_cdf
from evaluations.statistics.interval import CONFIDENCE, Interval
from evaluations.statistics.means import t_interval

LARGEST = 10_000
"""Clusters. With more, resampling would take minutes, and gives what Student's t gives."""
FEW = 15
"""Clusters. With fewer, too many resamples are alike."""
_DRAWS, _RESAMPLES = 10_000_000, 10_000
"""Numbers drawn for one answer, about, and the most resamples."""


class Cluster(NamedTuple):
    """Differences that belong together: those of one group of datapoints, or of a single one."""

    total: float
    size: int = 1
    """Of the group."""


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p-value (McNemar, 1947; binomial form) of datapoints that turned right and turned wrong."""
    turned = gained + lost
    return min(1.0, 2 * binomial_cdf(min(gained, lost), turned, 0.5)) if turned else 1.0


def paired_share_interval(gained: int, lost: int, pairs: int, confidence: float = CONFIDENCE) -> Interval:
    """For the difference of two paired shares: the adjusted Wald interval of Bonett and Price (2012, equation 6)."""
    up, down = (gained + 1) / (pairs + 2), (lost + 1) / (pairs + 2)
    half = normal_quantile((1 + confidence) / 2) * math.sqrt((up + down - (up - down) ** 2) / (pairs + 2))
    return Interval(max(-1.0, up - down - half), min(1.0, up - down + half))


def mean_difference(clusters: Sequence[Cluster]) -> tuple[float, float]:
    """The mean and its cluster-robust standard error (Liang and Zeger, 1986, times G / (G - 1)); two clusters at least.

    With clusters of one it is the sample's standard deviation over the root of their number.
    """
    count, number = sum(cluster.size for cluster in clusters), len(clusters)
    mean = math.fsum(cluster.total for cluster in clusters) / count
    squares = math.fsum((cluster.total - mean * cluster.size) ** 2 for cluster in clusters)
    return mean, math.sqrt(squares * number / (number - 1)) / count


def signs_test(clusters: Sequence[Cluster], seed: int = 0, resamples: int | None = None) -> float:
    """The two-sided p-value of a mean difference, from signs given at random (Fisher, 1935, section 21).

    Exact where either run could as well have been the other, and right for large samples where the two differ in more
    than the mean (Janssen, 1997; the t statistic is monotone in the sum). The p-value counts the sample itself, so that
    it never is too small (Phipson and Smyth, 2010). Above LARGEST clusters it is Student's t test.
    """
    sums = [cluster.total for cluster in clusters if cluster.total]
    if not sums:
        return 1.0
    if len(sums) > LARGEST:
        mean, error = mean_difference(clusters)
        return 2 * t_cdf(-abs(mean / error), len(clusters) - 1) if error else 0.0
    seen = abs(math.fsum(sums)) * (1 - 1e-12)  # equal sums may differ in the last digit
    draw, whole = random.Random(seed), math.fsum(sums)  # noqa: S311 - no secret
    resamples = resamples or _resamples(len(sums))
    bits = [draw.getrandbits(len(sums)) for _ in range(resamples)]
    far = sum(abs(whole - 2 * sum(compress(sums, map(int, f"{flips:0{len(sums)}b}")))) >= seen for flips in bits)
    return (far + 1) / (resamples + 1)


def _resamples(size: int) -> int:
    return max(1000, min(_RESAMPLES, _DRAWS // size))


def bootstrap_interval(
    clusters: Sequence[Cluster],
    confidence: float = CONFIDENCE,
    seed: int = 0,
    resamples: int | None = None,
) -> Interval:
    """For a mean difference, by the bootstrap-t (Efron, 1982, 10.10; Hall, 1988); two clusters at least.

    Whole clusters are drawn again and again, and each time the t statistic is worked out. Of 95 % intervals for skewed
    differences in 15 datapoints it covers 95 %, BCa (Efron, 1987) 90 % and percentiles 88 %; with 150 all do. Below
    FEW clusters each end is Student's where that is further out, and still only 92 % are covered with eight. Student's
    alone where all differences are the same, or where there are more than LARGEST clusters.
    """
    mean, error = mean_difference(clusters)
    number = len(clusters)
    student = t_interval(mean, error, number, confidence)
    if not error or number > LARGEST:
        return student
    rows = [_row(cluster.total - mean * cluster.size, cluster.size) for cluster in clusters]
    draw, count = random.Random(seed), resamples or _resamples(5 * number)  # noqa: S311 - no secret
    drawn = (_t_statistic(draw.choices(rows, k=number)) for _ in range(count))
    ratios = sorted(ratio for ratio in drawn if ratio is not None)
    tail = int((1 - confidence) / 2 * len(ratios))
    interval = Interval(mean - ratios[-1 - tail] * error, mean - ratios[tail] * error) if ratios else student
    if number >= FEW:
        return interval
    return Interval(min(interval.low, student.low), max(interval.high, student.high))


_Row = tuple[float, float, float, float, float]


def _row(residual: float, size: int) -> _Row:
    """What the mean and its error are sums of."""
    return residual, size, residual * residual, residual * size, size * size


def _t_statistic(rows: Sequence[_Row]) -> float | None:
    """Of residuals, so that the true mean is 0; None where all drawn are the same."""
    total, size, squares, products, sizes = map(sum, zip(*rows, strict=True))
    mean = total / size
    variance = (squares - 2 * mean * products + mean * mean * sizes) * len(rows) / (len(rows) - 1)
    return mean * size / math.sqrt(variance) if variance > 1e-12 * squares else None


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """The p-values of several tests, corrected so that any true null is rejected as rarely as one (Holm, 1979)."""
    corrected, most = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        most = max(most, min(1.0, p_values[name] * (len(p_values) - rank)))
        corrected[name] = most
    return {name: corrected[name] for name in p_values}
