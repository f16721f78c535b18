"""Mean and standard error."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from evaluations.verdicts.estimates import Estimate, Moments


def estimate(scores: list[float], lowest: float = 0.0, highest: float = 2e9) -> Estimate:
    """Of all of them."""
    moments = Moments(lowest, highest)
    for score in scores:
        moments.add(score)
    return moments.estimate()


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], (0, None, None)),
        ([0.5], (1, 0.5, None)),
        ([1, 1], (2, 1.0, 0.0)),
        ([1, 1, 0, 1], (4, 0.75, 0.25)),
        ([0.2, 0.4, 0.4, 0.4, 0.5, 0.5, 0.7, 0.9], (8, 0.5, math.sqrt(0.32 / 7 / 8))),
    ],
)
def test_known_values(scores: list[float], expected: tuple[int, float | None, float | None]) -> None:
    """By hand; what has no value is None."""
    found = estimate(scores)
    assert expected[:2] == (found.count, found.mean)
    assert found.standard_error == pytest.approx(expected[2])
    assert (found.interval is None) == (not scores)


def test_scores_whose_squares_are_beyond_a_double() -> None:
    """Such as perplexities: what can be said is said, and an interval that is no number is left out."""
    found = estimate([0.0, 1e200, 2e200], 0.0, math.inf)
    assert (1e200, True) == (found.mean, found.interval is not None)
    assert found.standard_error == pytest.approx(1e200 / math.sqrt(3))
    assert estimate([0.0, 1.7e308], 0.0, math.inf).interval is None


def test_agrees_with_the_standard_library() -> None:
    """Also far from zero, where a naive sum of squares loses everything."""
    draw = random.Random(3)
    scores = [1e9 + draw.random() for _ in range(500)]
    found = estimate(scores)
    assert found.mean == statistics.mean(scores)
    assert found.standard_error == pytest.approx(statistics.stdev(scores) / math.sqrt(500), rel=1e-12)


def test_the_order_of_answers_changes_nothing() -> None:
    """Not even the last digit."""
    scores = [0.1, 0.2, 0.3, 1e-17, 0.7, 1.0] * 20
    shuffled = random.Random(5).sample(scores, len(scores))
    assert estimate(scores) == estimate(shuffled)


@pytest.mark.parametrize("right", range(0, 1001, 100))
def test_a_share_is_exact(right: int) -> None:
    """9 of 10 is 0.9, so that a cutoff of 0.9 is met."""
    assert right / 1000 == estimate([1.0] * right + [0.0] * (1000 - right)).mean


def test_groups_are_clusters() -> None:
    """The standard error is that of statsmodels' OLS with cov_type="cluster"; a datapoint alone is a cluster too."""
    grouped, mixed = Moments(), Moments()
    scores, groups = [0.1, 0.5, 0.3, 0.9, 0.7, 0.2, 0.8, 0.4], "aabbbcdd"
    for score, group in zip(scores, groups, strict=True):
        grouped.add(score, group)
        mixed.add(score, None if group == "c" else group)
    found = grouped.estimate()
    assert found.count == 8
    assert found.mean == pytest.approx(0.4875)
    assert found.standard_error == pytest.approx(0.09845816582014243)
    assert found == mixed.estimate()


def test_yes_or_no_has_wilsons_interval() -> None:
    """And scores of the same mean that vary less have a narrower one."""
    boolean, scores = Moments(boolean=True), Moments()
    for number in range(100):
        boolean.add(float(number < 50))
        scores.add(0.4 if number < 50 else 0.6)
    assert boolean.estimate().interval == pytest.approx((0.4038315303659956, 0.5961684696340044))
    interval = scores.estimate().interval
    assert interval is not None
    assert interval == pytest.approx((0.48, 0.52), abs=0.001)
