"""Simulated models whose truth is known: how often the statistics are right, over 2,000 runs each and more."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from functools import lru_cache
from operator import mul

import pytest

from evaluations.statistics.distributions import binomial_pmf
from evaluations.statistics.means import effective_size, proves_above, share_interval
from evaluations.statistics.pairs import (
    FEW,
    Cluster,
    bootstrap_interval,
    holm,
    mcnemar,
    mean_difference,
    paired_share_interval,
    signs_test,
)
from evaluations.statistics.planning import gate_count, gate_power, mcnemar_count, mean_count, mean_power
from evaluations.statistics.sequences import ConfidenceSequence, Wealth
from evaluations.statistics.turning import mcnemar_power

RUNS = 2000
pytestmark = pytest.mark.torture
Draw = Callable[[random.Random], float]


def binomial(draw: random.Random, count: int, share: float, runs: int) -> list[int]:
    """Numbers of right answers, one for each run."""
    weights = [binomial_pmf(right, count, share) for right in range(count + 1)]
    return draw.choices(range(count + 1), weights, k=runs)


def noise(share: float, runs: int) -> float:
    """Three and a half standard deviations of a share that is seen in so many runs."""
    return 3.5 * math.sqrt(share * (1 - share) / runs)


@pytest.mark.parametrize(
    ("share", "count", "least", "most"),
    [
        *((share, 200, 0.94, 0.96) for share in (0.2, 0.5, 0.8, 0.9)),
        (0.9, 1000, 0.94, 0.96),
        *((share, count, 0.93, 1.0) for share in (0.01, 0.05, 0.5, 0.9, 0.99, 0.999) for count in (5, 10, 20, 50)),
        *((share, count, 0.93, 1.0) for share in (0.001, 0.01, 0.99, 0.999) for count in (100, 1000)),
    ],
)
def test_intervals_of_yes_or_no_cover_the_truth(share: float, count: int, least: float, most: float) -> None:
    """94 to 96 %; with few datapoints or near 0 and 1, 93 % at least."""
    seen = binomial(random.Random(1), count, share, 10 * RUNS)
    inside = {right: share_interval(right / count, count) for right in set(seen)}
    covered = sum(inside[right].low <= share <= inside[right].high for right in seen) / len(seen)
    assert least <= covered <= most


def _partly(draw: random.Random) -> float:
    return 1.0 if draw.random() < 0.8 else draw.random()


def _grade(draw: random.Random) -> float:
    return draw.choices((0.0, 0.25, 0.5, 0.75, 1.0), (2, 3, 5, 20, 70))[0]


def _skewed(draw: random.Random) -> float:
    return draw.betavariate(9, 1)


def covers(mean: float, error: float, clusters: int, truth: float) -> bool:
    """Whether the interval holds the truth, without working its ends out."""
    size = effective_size(mean, error, clusters, simple=False)
    return not (proves_above(mean * size, size, truth) or proves_above((1 - mean) * size, size, 1 - truth))


@pytest.mark.parametrize(
    ("kind", "count", "least", "most"),
    [
        (random.Random.random, 100, 0.94, 0.96),
        (_skewed, 200, 0.94, 0.96),
        (_partly, 200, 0.94, 0.96),
        (_grade, 200, 0.94, 0.96),
        (random.Random.random, 10, 0.93, 1.0),
        (_skewed, 20, 0.93, 1.0),
        (_partly, 10, 0.93, 1.0),
        (_grade, 20, 0.93, 1.0),
    ],
)
def test_intervals_of_scores_cover_the_truth(kind: Draw, count: int, least: float, most: float) -> None:
    """Of a population of 5,000 scores, with what Student's interval covers in 79 to 95 % of the runs."""
    draw, covered = random.Random(11), 0
    population = [kind(draw) for _ in range(5000)]
    truth = math.fsum(population) / len(population)
    for _ in range(RUNS):
        scores = draw.choices(population, k=count)
        mean = sum(scores) / count
        error = math.sqrt(max(0.0, sum(map(mul, scores, scores)) - count * mean * mean) / (count - 1) / count)
        covered += covers(mean, error, count, truth)
    assert least - noise(0.95, RUNS) / 3.5 <= covered / RUNS <= most + noise(0.95, RUNS) / 3.5


def test_intervals_of_groups_cover_the_truth() -> None:
    """Forty groups of one to five datapoints that are mostly right or wrong together; where groups are not told of,
    as often as one run in six misses.
    """
    draw, covered, naive = random.Random(5), 0, 0
    for _ in range(RUNS):
        groups = [Cluster(sum(draw.random() < easy for _ in range(size)), size) for easy, size in _groups(draw)]
        covered += covers(*mean_difference(groups), 40, 0.8)
        right, count = int(sum(group.total for group in groups)), sum(group.size for group in groups)
        naive += not (proves_above(right, count, 0.8) or proves_above(count - right, count, 0.2))
    assert 0.93 <= covered / RUNS <= 0.96 + noise(0.95, RUNS) / 3.5
    assert naive / RUNS < 0.9


def _groups(draw: random.Random) -> list[tuple[float, int]]:
    return [(draw.betavariate(1.6, 0.4), draw.randint(1, 5)) for _ in range(40)]


@lru_cache
def boundaries(cutoff: float, most: int) -> list[tuple[int, int]]:
    """For each number of answers: the right ones up to which the mean is proven below, and from which above."""
    enough, found = math.log(40), []
    below, above = -1, 0

    def proven(null: float, right: int, wrong: int) -> bool:
        wealth = Wealth(null)
        wealth.add(1.0, right)
        wealth.add(0.0, wrong)
        return wealth.logarithm() >= enough

    for count in range(1, most + 1):
        while below + 1 <= count and proven(1 - cutoff, count - below - 1, below + 1):
            below += 1
        while above <= count and not proven(cutoff, above, count - above):
            above += 1
        found.append((below, above))
    return found


def stop(draw: random.Random, truth: float, edges: list[tuple[int, int]]) -> tuple[int, int, int]:
    """Look after each answer: how many there were, how many were right, and the side that was decided, 0 for none."""
    right = 0
    for count, (below, above) in enumerate(edges, 1):
        right += draw.random() < truth
        if right <= below or right >= above:
            return count, right, 1 if right >= above else -1
    return len(edges), right, 0


def test_the_boundaries_are_those_of_the_sequence() -> None:
    """The quick form that is simulated decides like the class."""
    for seed in range(20):
        sequence, draw = ConfidenceSequence(0.85), random.Random(seed)
        count, right, side = stop(random.Random(seed), 0.7, boundaries(0.85, 300))
        for _ in range(count):
            assert (sequence.above, sequence.below) == (False, False)
            sequence.add(float(draw.random() < 0.7))
        assert (side == 1, side == -1) == (sequence.above, sequence.below)
        assert right <= count


@pytest.mark.parametrize(("truth", "cutoff"), [(0.5, 0.5), (0.99, 0.99), (0.9, 0.9), (0.8, 0.9), (0.93, 0.9)])
def test_stopping_at_any_time_covers_the_truth(truth: float, cutoff: float) -> None:
    """At least 95 %, also for a model at the cutoff, where looking at fixed intervals is wrong in every second run."""
    draw, wrong, missed, lengths = random.Random(7), 0, 0, []
    for _ in range(RUNS):
        count, right, side = stop(draw, truth, boundaries(cutoff, 500))
        wrong += side == 1 if truth <= cutoff else side == -1
        wrong += side == -1 if truth == cutoff else 0
        for null, good in ((truth, right), (1 - truth, count - right)):
            wealth = Wealth(null)
            wealth.add(1.0, good)
            wealth.add(0.0, count - good)
            missed += wealth.logarithm() >= math.log(40)
        lengths.append(count)
    assert wrong / RUNS <= 0.05
    assert missed / RUNS <= 0.05
    if (truth, cutoff) == (0.8, 0.9):
        assert sorted(lengths)[RUNS // 2] < 110


@pytest.mark.parametrize(("turn", "count"), [(0.2, 50), (0.2, 500), (0.04, 200), (0.02, 2000)])
def test_mcnemar_rejects_a_true_null_rarely(turn: float, count: int) -> None:
    """In at most 5 % of the runs; and the interval of the difference covers 0 in 94 % at least."""
    draw, rejected, covered = random.Random(3), 0, 0
    turned = binomial(draw, count, turn, RUNS)
    for number in turned:
        gained = draw.getrandbits(number).bit_count() if number else 0
        rejected += mcnemar(gained, number - gained) <= 0.05
        low, high = paired_share_interval(gained, number - gained, count)
        covered += low <= 0 <= high
    assert rejected / RUNS <= 0.05
    assert covered / RUNS >= 0.94


def _difference(draw: random.Random) -> float:
    return draw.choice((0.0, 0.0, 0.25, 0.5, 1.0)) * draw.choice((-1, 1))


def test_signs_reject_a_true_null_rarely() -> None:
    """In about 5 % of the runs, with as few as twelve datapoints."""
    draw = random.Random(13)
    samples = [[Cluster(_difference(draw)) for _ in range(12)] for _ in range(RUNS)]
    rejected = sum(signs_test(sample, seed, 99) <= 0.05 for seed, sample in enumerate(samples)) / RUNS
    assert 0.02 <= rejected <= 0.05 + noise(0.05, RUNS) / 3.5


def test_holm_rejects_true_nulls_rarely() -> None:
    """Any of five true nulls, in at most 5 % of the runs."""
    draw = random.Random(17)
    families = ({str(test): draw.random() for test in range(5)} for _ in range(10 * RUNS))
    assert sum(min(holm(family).values()) <= 0.05 for family in families) / (10 * RUNS) <= 0.05 + noise(0.05, 20_000)


@pytest.mark.parametrize(("truth", "cutoff"), [(0.95, 0.9), (0.75, 0.6), (0.92, 0.9)])
def test_the_power_of_a_gate_is_what_is_seen(truth: float, cutoff: float) -> None:
    """With the number of datapoints that `power` says, four runs in five pass."""
    count = gate_count(truth, cutoff)
    assert count is not None
    predicted = gate_power(truth, cutoff, count)
    seen = sum(proves_above(right, count, cutoff) for right in binomial(random.Random(19), count, truth, RUNS) if right)
    assert seen / RUNS == pytest.approx(predicted, abs=noise(predicted, RUNS))


def test_the_power_of_mcnemar_is_what_is_seen() -> None:
    """From 0.80 to 0.86 when one datapoint in five turns."""
    draw, count = random.Random(23), mcnemar_count(0.13, 0.07)
    assert count is not None
    found = 0
    for turned in binomial(draw, count, 0.2, RUNS):
        gained = sum(draw.random() < 0.65 for _ in range(turned))
        found += mcnemar(gained, turned - gained) <= 0.05
    predicted = mcnemar_power(0.13, 0.07, count)
    assert found / RUNS == pytest.approx(predicted, abs=noise(predicted, RUNS))


def test_the_power_of_a_comparison_of_scores_is_what_is_seen() -> None:
    """By random signs, with the number of datapoints that Student's test needs."""
    draw, count = random.Random(29), mean_count(0.3, 0.4)
    assert count is not None
    found = 0
    for seed in range(RUNS):
        found += signs_test([Cluster(draw.gauss(0.3, 0.4)) for _ in range(count)], seed, 99) <= 0.05
    assert found / RUNS == pytest.approx(mean_power(0.3, 0.4, count), abs=noise(0.8, RUNS))


@pytest.mark.parametrize("count", [8, 15, 40, 100])
def test_the_bootstrap_covers_the_truth(count: int) -> None:
    """Strongly skewed differences, 94 to 96 %; no more than 91 % can be had of eight of them."""
    draw, covered = random.Random(31), 0
    for seed in range(RUNS):
        sample = [Cluster(draw.expovariate(4) - 0.1 if draw.random() < 0.7 else 0.0) for _ in range(count)]
        low, high = bootstrap_interval(sample, seed=seed, resamples=999)
        covered += low <= 0.7 * 0.15 <= high
    least, most = (0.94, 0.96) if count >= FEW else (0.91, 1.0)
    assert least - noise(0.95, RUNS) / 3.5 <= covered / RUNS <= most + noise(0.95, RUNS) / 3.5


@pytest.mark.parametrize(("kind", "truth"), [(_partly, 0.9), (_grade, 0.8825), (random.Random.random, 0.5)])
def test_sequences_of_scores_cover_the_truth_at_any_time(kind: Draw, truth: float) -> None:
    """The class itself, at the cutoff, looked at after each of 1,000 scores: at most 5 % of 2,000 runs ever decide."""
    draw, decided = random.Random(37), 0
    for _ in range(RUNS):
        sequence = ConfidenceSequence(truth)
        for _ in range(1000):
            sequence.add(kind(draw))
        decided += sequence.above or sequence.below
    assert decided / RUNS <= 0.05
