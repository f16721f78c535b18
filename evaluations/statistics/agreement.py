"""How far two raters agree beyond chance: Cohen's kappa, and an interval for it. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import NamedTuple

from evaluations.statistics.distributions import t_quantile
from evaluations.statistics.interval import CONFIDENCE, Interval

_DRAWS, _WORK = 4000, 400_000
"""Draws of the posterior, and draws times clusters: beyond, the large-sample interval is as good and quicker."""
_FEWEST = 1000
_EQUAL = 1e-12
_TAIL = 0.7
"""Of what may be missed at either end: the share that is. As for `share_interval`, where coverage swings too."""
_PRIOR = {True: 0.375, False: 0.1}
"""Answers at each corner of the scale that are taken for seen before the first one; for yes or no, and for scores."""


class Ratings(NamedTuple):
    """Sums over pairs of scores of the same answers, x by one rater and y by the other. Of a cluster, or of all."""

    answers: float
    x: float
    y: float
    xx: float
    yy: float
    apart: float
    """Sum of (x - y) squared."""

    def plus(self, other: Ratings) -> Ratings:
        """Both together."""
        return Ratings(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def times(self, weight: float) -> Ratings:
        """As if it had been seen so many times."""
        return Ratings(*(weight * value for value in self))


def pair(x: float, y: float) -> Ratings:
    """One answer, scored by both."""
    return Ratings(1, x, y, x * x, y * y, (x - y) ** 2)


def added(ratings: Iterable[Ratings]) -> Ratings:
    """The sums over all of them."""
    return reduce(Ratings.plus, ratings, Ratings(0, 0, 0, 0, 0, 0))


def kappa(ratings: Ratings) -> float | None:
    """Cohen's kappa (1960) for yes or no; for scores, with quadratic weights (Cohen, 1968).

    1 - mean of (x - y)^2 / what that mean would be, were the raters independent. For 0 and 1 this is the unweighted
    kappa; for scores it needs no categories, and is Lin's (1989) concordance coefficient. None where it is not defined:
    both give every answer the same score, or there is no answer.
    """
    if not ratings.answers:
        return None
    by_chance = _by_chance(ratings)
    same = by_chance * ratings.answers <= _EQUAL * (ratings.xx + ratings.yy)
    return None if same else 1 - ratings.apart / ratings.answers / by_chance


def _by_chance(ratings: Ratings) -> float:
    answers, x, y, xx, yy, _apart = ratings
    return (xx + yy) / answers - 2 * x / answers * y / answers


def kappa_error(clusters: Mapping[Ratings, int]) -> float | None:
    """The standard error of kappa in large samples (Fleiss, Cohen and Everitt, 1969), by the delta method.

    With clusters of more than one answer it is cluster-robust; times G / (G - 1). None below two clusters, or where
    kappa is not defined.
    """
    total, number = added(each.times(times) for each, times in clusters.items()), sum(clusters.values())
    found = kappa(total)
    if found is None or number < 2:
        return None
    chance = _by_chance(total)
    mean_x, mean_y, apart = total.x / total.answers, total.y / total.answers, total.apart / total.answers
    spread_x, spread_y = total.xx / total.answers - mean_x**2, total.yy / total.answers - mean_y**2
    squares = 0.0
    for each, times in clusters.items():
        across = each.xx - 2 * mean_y * each.x + each.answers * (mean_y**2 + spread_y)
        across += each.yy - 2 * mean_x * each.y + each.answers * (mean_x**2 + spread_x)
        influence = -(each.apart - each.answers * apart) / chance
        influence += apart / chance**2 * (across - 2 * each.answers * chance)
        squares += times * influence**2
    return math.sqrt(squares * number / (number - 1)) / total.answers


def kappa_interval(
    clusters: Mapping[Ratings, int],
    *,
    lowest: float = 0.0,
    highest: float = 1.0,
    boolean: bool,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Interval | None:
    """An interval for kappa that holds for few answers too; None where kappa is not defined.

    From the posterior of the shares (Basu, Banerjee and Sen, 2000, for yes or no; Rubin's Bayesian bootstrap, 1981, for
    scores): a Dirichlet distribution with a little weight at the corners of the scale, so that what was not seen is
    not taken for impossible. The usual interval, kappa and 1.96 standard errors, covers as little as 34 % for ten
    answers and 41 % for 200 with one answer in 20 bad, since it is [1, 1] as long as nobody disagreed; this one covers
    93 % at least, from ten answers on. Where clusters are many and all different it is the usual one, on Fisher's z.
    """
    seen, number = sorted(clusters.items()), sum(clusters.values())
    total = added(each.times(times) for each, times in seen)
    found = kappa(total)
    if found is None:
        return None
    draws = min(_DRAWS, _WORK // len(seen))
    if draws < _FEWEST:
        return _fisher(found, kappa_error(clusters), number, confidence)
    size, draw = total.answers / number, random.Random(seed)  # noqa: S311 - no secret
    corners = [pair(x, y).times(size) for x in (lowest, highest) for y in (lowest, highest)]
    weights = [
        *((each, float(times)) for each, times in seen),
        *((each, _PRIOR[boolean]) for each in corners),
    ]
    drawn = sorted(value for value in (_draw(weights, draw) for _ in range(draws)) if value is not None)
    tail = int((1 - confidence) / 2 * _TAIL * len(drawn))
    return Interval(drawn[tail], 1.0 if not total.apart else drawn[-1 - tail])


def _draw(weights: Iterable[tuple[Ratings, float]], draw: random.Random) -> float | None:
    """Kappa of one table out of the posterior."""
    answers = x = y = xx = yy = apart = 0.0
    for each, shape in weights:
        weight = draw.gammavariate(shape, 1.0)
        answers += weight * each[0]
        x += weight * each[1]
        y += weight * each[2]
        xx += weight * each[3]
        yy += weight * each[4]
        apart += weight * each[5]
    return kappa(Ratings(answers, x, y, xx, yy, apart))


def _fisher(found: float, error: float | None, number: int, confidence: float) -> Interval | None:
    if error is None or not -1 < found < 1:
        return Interval(found, found)
    middle = math.atanh(found)
    half = t_quantile((1 + confidence) / 2, number - 1) * error / (1 - found**2)
    return Interval(math.tanh(middle - half), math.tanh(middle + half))
