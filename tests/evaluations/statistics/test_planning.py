"""Sample sizes, against statsmodels 0.15 and against sums over every outcome."""

from __future__ import annotations

from functools import partial
from itertools import product

import pytest

from evaluations.statistics.distributions import binomial_pmf
from evaluations.statistics.means import share_interval
from evaluations.statistics.pairs import mcnemar
from evaluations.statistics.planning import (
    MOST,
    count_for_power,
    count_to_decide,
    detectable_mean,
    detectable_share,
    gate_power,
    mcnemar_power,
    mean_power,
    smallest,
)


def test_smallest() -> None:
    """From the start on, and None where nothing is enough."""
    assert [smallest(lambda count: count >= 1000, start) for start in (1, 999, 1000, 1500)] == [1000, 1000, 1000, 1500]
    assert smallest(lambda count: count > MOST) is None


@pytest.mark.parametrize(("mean", "cutoff", "count"), [(0.92, 0.9, 50), (0.5, 0.3, 20), (0.99, 0.9, 30), (0.8, 0.9, 9)])
def test_the_power_of_a_gate(mean: float, cutoff: float, count: int) -> None:
    """The sum over every number of right answers."""
    passing = [right for right in range(count + 1) if share_interval(right / count, count).low >= cutoff]
    expected = sum(binomial_pmf(right, count, mean) for right in passing)
    assert gate_power(mean, cutoff, count) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("gain", "loss", "count"), [(0.3, 0.1, 25), (0.2, 0.0, 40), (0.05, 0.05, 30), (0.0, 0.0, 30)])
def test_the_power_of_mcnemar(gain: float, loss: float, count: int) -> None:
    """The sum over every way in which datapoints can turn."""
    expected = 0.0
    for up, down in product(range(count + 1), repeat=2):
        if up + down <= count and mcnemar(up, down) <= 0.05:
            turned = binomial_pmf(up + down, count, gain + loss)
            expected += turned * binomial_pmf(up, up + down, gain / (gain + loss)) if gain + loss else 0
    assert mcnemar_power(gain, loss, count) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("difference", "deviation", "count", "expected"),
    [
        (0.1, 0.4, 100, 0.696980274054786),
        (0.05, 0.3, 300, 0.8205611736461693),
        (-0.5, 0.5, 12, 0.8828916377291324),
        (0.1, 0.4, 1, 0.0),
    ],
)
def test_the_power_of_student(difference: float, deviation: float, count: int, expected: float) -> None:
    """To half a point."""
    assert mean_power(difference, deviation, count) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(
    "power_at",
    [partial(gate_power, 0.95, 0.9), partial(mcnemar_power, 0.15, 0.05), partial(mean_power, 0.1, 0.4)],
)
def test_a_count_has_the_power_and_fewer_have_not(power_at: partial[float]) -> None:
    """From it on for good, saw-teeth included."""
    count = count_for_power(power_at)
    assert count is not None
    assert all(power_at(number) >= 0.8 for number in range(count, count + 12))
    assert power_at(count - 1) < 0.8


def test_what_no_count_finds() -> None:
    """Nothing to find."""
    assert count_for_power(lambda _count: 0.05) is None


def test_what_can_be_detected_is_detected() -> None:
    """A difference of that size has the power; a little less has not."""
    seen = detectable_share(0.15, 500)
    assert seen is not None
    power = [mcnemar_power((0.15 + size) / 2, (0.15 - size) / 2, 500) for size in (seen, seen - 0.003)]
    assert power[0] >= 0.8 > power[1]
    mean = detectable_mean(0.4, 100)
    assert mean is not None
    assert mean_power(mean, 0.4, 100) == pytest.approx(0.8, abs=0.005)


def test_too_little_data_detects_nothing() -> None:
    """Four that turn can't be told from chance."""
    assert (detectable_share(0.04, 100), detectable_share(0.0, 100), detectable_mean(0.4, 1)) == (None, None, None)


def test_the_count_that_decides() -> None:
    """Wilson's closed form agrees where it is the wider one: z^2 c (1 - c) / (m - c)^2."""
    expected = 1.959964**2 * 0.5 * 0.5 / 0.01**2
    assert count_to_decide(0.51, 0.5, size_each=1.0, start=10, confidence=0.95) == pytest.approx(expected, rel=0.001)
    assert count_to_decide(0.51, 0.5, size_each=2.0, start=10, confidence=0.95) == pytest.approx(
        expected / 2, rel=0.001
    )
    assert count_to_decide(0.5, 0.5, size_each=1.0, start=10, confidence=0.95) is None
