"""Mean and standard error."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from evaluations.estimates import Estimate, Moments


def estimate(scores: list[float]) -> Estimate:
    """Of all of them."""
    moments = Moments()
    for score in scores:
        moments.add(score)
    return moments.estimate()


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([], Estimate(0, None, None)),
        ([0.5], Estimate(1, 0.5, None)),
        ([1, 1], Estimate(2, 1.0, 0.0)),
        ([1, 1, 0, 1], Estimate(4, 0.75, 0.25)),
        ([2, 4, 4, 4, 5, 5, 7, 9], Estimate(8, 5.0, math.sqrt(32 / 7 / 8))),
    ],
)
def test_known_values(scores: list[float], expected: Estimate) -> None:
    """By hand; what has no value is None."""
    assert expected == estimate(scores)


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
