"""Mean, standard error and interval of scores as they come, exact: the order of answers changes nothing."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from evaluations.statistics.interval import Interval
from evaluations.statistics.means import effective_size, mean_interval, t_interval

_WAITING = 256
"""Different scores that are only counted; adding fractions takes much longer."""


class Estimate(Struct, frozen=True):
    """What a number of scores says."""

    count: int
    mean: float | None
    """None where there is no score."""
    standard_error: float | None
    """Of the mean, cluster-robust where there are groups. None below two groups or single scores."""
    interval: Interval | None = None
    """For the mean, with 95 % confidence. None where there is no score; on a scale without ends also where all scores
    are the same, from which nothing follows there."""
    size: float = 0.0
    """Independent answers of yes or no that would tell as much; never NaN."""


def _root(squares: Fraction, count: int) -> float:
    """The root of the squares by the count; squares of great scores are beyond the greatest double."""
    try:
        return math.sqrt(squares) / count
    except OverflowError:
        return float(Fraction(math.isqrt(int(squares)), count))


class _Group(Struct):
    count: int
    total: Fraction


class _Closed(Struct):
    """Clusters that are complete, as sums: the squares of their distances from any mean follow from these."""

    clusters: int = 0
    scores: int = 0
    total: Fraction = Fraction()
    _totals_squared: Fraction = Fraction()
    _totals_by_count: Fraction = Fraction()
    _counts_squared: int = 0

    def add(self, count: int, total: Fraction) -> None:
        self.clusters += 1
        self.scores += count
        self.total += total
        self._totals_squared += total * total
        self._totals_by_count += total * count
        self._counts_squared += count * count

    def squares(self, mean: Fraction) -> Fraction:
        return self._totals_squared - 2 * mean * self._totals_by_count + mean * mean * self._counts_squared


class Moments:
    """Sums of scores and of their squares as fractions: rounded once, at the end. Memory grows with groups only."""

    def __init__(self, lowest: float = 0.0, highest: float = 1.0, *, boolean: bool = False) -> None:
        """The ends of the scale, which may be infinite; `boolean` says that all scores are one or the other."""
        self._lowest, self._highest, self._boolean = lowest, highest, boolean
        self._waiting = Counter[float]()
        self._count = 0
        self._sum = Fraction()
        self._squares = Fraction()
        self._groups: dict[str, _Group] = {}
        self._closed = _Closed()

    def add(self, score: float, group: str | None = None) -> None:
        """Count a finite score; those of one group are not independent of each other."""
        if group is None:
            self._waiting[score] += 1
            if len(self._waiting) > _WAITING:
                self._fold()
        else:
            exact = Fraction(score)
            known = self._groups.setdefault(group, _Group(0, Fraction()))
            known.count += 1
            known.total += exact
            self._count += 1
            self._sum += exact

    def add_cluster(self, scores: Sequence[float]) -> None:
        """Count finite scores that are all there is of their group: nothing more of it comes, so nothing is kept."""
        total = sum(map(Fraction, scores), Fraction())
        self._count += len(scores)
        self._sum += total
        self._closed.add(len(scores), total)

    def _fold(self) -> None:
        for score, times in self._waiting.items():
            exact = Fraction(score)
            self._count += times
            self._sum += exact * times
            self._squares += exact * exact * times
        self._waiting.clear()

    def estimate(self) -> Estimate:
        """The estimate from the scores so far."""
        self._fold()
        count = self._count
        if not count:
            return Estimate(0, None, None)
        mean, groups = self._sum / count, self._groups.values()
        closed = self._closed
        single = count - sum(group.count for group in groups) - closed.scores
        clusters, error = single + len(groups) + closed.clusters, None
        if clusters > 1:
            # Liang and Zeger (1986) with G / (G - 1). Without groups: the sample's standard deviation over root n.
            alone = self._sum - sum((group.total for group in groups), Fraction()) - closed.total
            squares = self._squares - 2 * mean * alone + mean * mean * single
            squares += sum((group.total - mean * group.count) ** 2 for group in groups) + closed.squares(mean)
            error = _root(squares * clusters / (clusters - 1), count)
        return self._with_interval(count, float(mean), error, clusters)

    def _with_interval(self, count: int, mean: float, error: float | None, clusters: int) -> Estimate:
        simple, scale = self._boolean and clusters == count, self._highest - self._lowest
        if math.isinf(scale):
            interval = t_interval(mean, error, clusters) if error else None
            return Estimate(count, mean, error, interval if interval and all(map(math.isfinite, interval)) else None)
        unit, unit_error = (mean - self._lowest) / scale, error and error / scale
        size = effective_size(unit, unit_error, clusters, simple=simple)
        interval = mean_interval(unit, unit_error, clusters, simple=simple).scaled(self._lowest, self._highest)
        return Estimate(count, mean, error, interval, size)
