"""Paired tests, against scipy 1.17 and statsmodels 0.15."""

from __future__ import annotations

import random

import pytest

from evaluations.statistics.means import t_interval
from evaluations.statistics.pairs import (
    LARGEST,
    Cluster,
    bootstrap_interval,
    holm,
    mcnemar,
    mean_difference,
    paired_share_interval,
    signs_test,
)

DIFFERENCES = [0, 0.1, 0.3, -0.2, 0.5, 0.4, 0.1, 0, 0.25, 0.6, -0.1, 0.2, 0.35, 0.05, 0.15]


def singles(values: list[float]) -> list[Cluster]:
    """Each on its own."""
    return [Cluster(value) for value in values]


@pytest.mark.parametrize(
    ("gained", "lost", "expected"),
    [(10, 2, 0.03857421875), (5, 5, 1.0), (1, 0, 1.0), (30, 14, 0.022628841205914796), (0, 0, 1.0)],
)
def test_mcnemar(gained: int, lost: int, expected: float) -> None:
    """The same in both directions."""
    assert mcnemar(gained, lost) == pytest.approx(expected)
    assert mcnemar(lost, gained) == pytest.approx(expected)


def test_the_interval_of_a_paired_share() -> None:
    """Worked by hand: 11 of 102 up, 3 of 102 down."""
    assert paired_share_interval(10, 2, 100) == pytest.approx((0.00816378903006991, 0.1486989560679693))
    low, high = paired_share_interval(0, 0, 50)
    assert -low == pytest.approx(high)
    assert low < 0


def test_cluster_robust_error() -> None:
    """As statsmodels' OLS with cov_type="cluster"; single scores have the usual standard error."""
    grouped = [Cluster(0.6, 2), Cluster(1.9, 3), Cluster(0.2, 1), Cluster(1.2, 2)]
    assert mean_difference(grouped) == pytest.approx((0.4875, 0.09845816582014243))
    assert mean_difference(singles([1, 1, 0, 1])) == pytest.approx((0.75, 0.25))


def test_signs() -> None:
    """The exact p-value, from all 8,192 ways to give signs, is 0.00879."""
    assert signs_test(singles(DIFFERENCES)) == pytest.approx(0.00879, abs=0.003)
    assert signs_test(singles([0, 0, 0])) == 1.0
    assert signs_test(singles([0.1, -0.1])) == 1.0
    assert signs_test(singles([0.5])) == 1.0


def test_the_bootstrap() -> None:
    """Scipy's BCa interval is 0.073 to 0.293; this one is near, and the same seed gives the same interval."""
    low, high = bootstrap_interval(singles(DIFFERENCES))
    assert (low, high) == bootstrap_interval(singles(DIFFERENCES))
    assert low == pytest.approx(0.0733, abs=0.02)
    assert high == pytest.approx(0.2933, abs=0.02)


@pytest.mark.parametrize("values", [[0.1, 0.5], [0.0, 0.0, 1.0], [0.1, 0.2, 0.9, 0.5]])
def test_few_differences_have_a_wide_interval(values: list[float]) -> None:
    """At least Student's, although hardly anything can be drawn from them."""
    student = t_interval(*mean_difference(singles(values)), len(values))
    low, high = bootstrap_interval(singles(values))
    assert low <= student.low
    assert high >= student.high


def test_whole_groups_are_drawn() -> None:
    """Copies of a datapoint in its group change nothing."""
    copies = [Cluster(5 * value, 5) for value in DIFFERENCES]
    assert bootstrap_interval(copies) == pytest.approx(bootstrap_interval(singles(DIFFERENCES)))


def test_differences_that_are_all_the_same_have_an_interval_of_no_width() -> None:
    """Nothing can be drawn from them."""
    assert bootstrap_interval(singles([0.5, 0.5, 0.5])) == (0.5, 0.5)


def test_large_samples_use_student() -> None:
    """At once, and for the test too."""
    draw = random.Random(1)
    clusters = singles([draw.random() - 0.49 for _ in range(LARGEST + 1)])
    assert bootstrap_interval(clusters) == t_interval(*mean_difference(clusters), LARGEST + 1)
    assert signs_test(clusters) == pytest.approx(0.005941743022348918, rel=1e-8)
    assert signs_test(singles([0.5] * (LARGEST + 1))) == 0.0


def test_holm() -> None:
    """In the order given, never falling, never above 1."""
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005}) == pytest.approx(
        {"a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02}
    )
    assert holm({"a": 0.6, "b": 0.5, "c": 0.02}) == pytest.approx({"a": 1.0, "b": 1.0, "c": 0.06})
    assert holm({}) == {}
