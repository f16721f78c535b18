"""Intervals for means, against statsmodels 0.15, and their exact coverage."""

from __future__ import annotations

import pytest

from evaluations.statistics.distributions import binomial_pmf
from evaluations.statistics.means import effective_size, mean_interval, proves_above, share_interval, t_interval, wilson


@pytest.mark.parametrize(
    ("right", "size", "low", "high"),
    [
        (0, 10, 0.0, 0.27753279986288926),
        (9, 10, 0.5958499732047614, 0.982123786904927),
        (50, 100, 0.4038315303659956, 0.5961684696340044),
        (1999, 2000, 0.9971731374967338, 0.9999117322692944),
        (2000, 2000, 0.9980829527187469, 1.0),
    ],
)
def test_wilson(right: int, size: int, low: float, high: float) -> None:
    """To the ends of the scale and not beyond."""
    assert wilson(right / size, size) == pytest.approx((low, high), rel=1e-9)


def test_wilson_at_another_confidence() -> None:
    """99 %."""
    assert wilson(17 / 20, 20, 0.99) == pytest.approx((0.5644132797389441, 0.9612129394919282), rel=1e-9)


@pytest.mark.parametrize(
    ("right", "size", "low", "high"),
    [
        (1, 20, 0.0017797732041176762, 0.2361310),
        (20, 20, 0.8388749, 1.0),
        (500, 1000, 0.4690696005, 0.5309303995),
    ],
)
def test_the_wider_of_wilson_and_an_exact_bound(right: int, size: int, low: float, high: float) -> None:
    """Clopper and Pearson's end (7 % both sides) near 0 and 1, Wilson's elsewhere."""
    assert share_interval(right / size, size) == pytest.approx((low, high), rel=1e-6)


@pytest.mark.parametrize(("size", "least", "mean"), [(5, 0.93, 1), (10, 0.93, 1), (31, 0.93, 0.97), (200, 0.935, 0.96)])
def test_exact_coverage(size: int, least: float, mean: float) -> None:
    """Over all shares, worked out from the binomial distribution: at least 93 % for each, and not much above 95 %."""
    intervals = [share_interval(right / size, size) for right in range(size + 1)]
    shares = [place / 400 for place in range(1, 201)] + [0.0005, 0.001, 0.0015]
    covered = [
        sum(binomial_pmf(right, size, share) for right, (low, high) in enumerate(intervals) if low <= share <= high)
        for share in shares
    ]
    assert min(covered) >= least
    assert sum(covered) / len(covered) <= mean


@pytest.mark.parametrize("cutoff", [0.3, 0.8, 0.9])
@pytest.mark.parametrize("size", [1, 7, 40, 6000])
def test_a_proof_is_the_interval_above_the_cutoff(size: int, cutoff: float) -> None:
    """Both ways of asking say the same."""
    for right in range(1, size + 1, max(1, size // 60)):
        assert (share_interval(right / size, size).low >= cutoff) == proves_above(right, size, cutoff)


def test_student() -> None:
    """Ten scores with a standard error of 0.1 have 9 degrees of freedom."""
    assert t_interval(0.5, 0.1, 10) == pytest.approx((0.5 - 0.2262157162798205, 0.5 + 0.2262157162798205), rel=1e-9)


def test_effective_sizes() -> None:
    """Yes or no counts itself; scores that vary less count more; all the same counts once for each cluster."""
    assert effective_size(0.8, 0.04, 100, simple=True) == 100
    assert effective_size(0.8, 0.02, 100, simple=False) == pytest.approx(0.16 / 0.0004 * (1.959964 / 1.984217) ** 2)
    assert effective_size(1.0, 0.0, 12, simple=False) == 12
    assert effective_size(0.5, None, 1, simple=False) == 1


def test_scores_approach_student() -> None:
    """With many scores that are well inside the scale, the interval is Student's."""
    assert mean_interval(0.5, 0.001, 50_000, simple=False) == pytest.approx(t_interval(0.5, 0.001, 50_000), abs=1e-6)
