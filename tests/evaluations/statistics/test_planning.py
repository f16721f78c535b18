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
    count_to_decide,
    detectable_mean,
    detectable_share,
    gate_count,
    gate_power,
    mcnemar_count,
    mean_count,
    mean_power,
    smallest,
)
from evaluations.statistics.turning import mcnemar_power


def test_smallest() -> None:
    """From the start on, wherever it is looked for, and None where nothing is enough."""
    for about in (1, 900, 999, 1000, 1001, 5000, 2 * MOST):
        found = [smallest(lambda count: count >= 1000, start, about) for start in (1, 999, 1000, 1500)]
        assert [1000, 1000, 1000, 1500] == found
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
    ("count_for", "power_at"),
    [
        (partial(gate_count, 0.95, 0.9), partial(gate_power, 0.95, 0.9)),
        (partial(gate_count, 0.7, 0.5), partial(gate_power, 0.7, 0.5)),
        (partial(gate_count, 0.999, 0.95), partial(gate_power, 0.999, 0.95)),
        (partial(gate_count, 1.0, 0.9), partial(gate_power, 1.0, 0.9)),
        (partial(mcnemar_count, 0.15, 0.05), partial(mcnemar_power, 0.15, 0.05)),
        (partial(mcnemar_count, 0.4, 0.6), partial(mcnemar_power, 0.4, 0.6)),
        (partial(mcnemar_count, 0.93, 0.0), partial(mcnemar_power, 0.93, 0.0)),
        (partial(mcnemar_count, 0.02, 0.01), partial(mcnemar_power, 0.02, 0.01)),
        (partial(mean_count, 0.1, 0.4), partial(mean_power, 0.1, 0.4)),
    ],
)
@pytest.mark.parametrize("power", [0.3, 0.8, 0.95])
def test_a_count_has_the_power_for_good_and_one_less_has_not(
    count_for: partial[int | None], power_at: partial[float], power: float
) -> None:
    """Saw-teeth included: every number up to far beyond it is looked at."""
    count = count_for(power)
    assert count is not None
    less = [number for number in range(1, count + count // 2 + 100) if power_at(number) < power]
    assert count - 1 == max(less, default=0)


@pytest.mark.parametrize(("before", "after"), [(0.5, 0.505), (0.05, 0.052)])
def test_a_great_count_is_exact(before: float, after: float) -> None:
    """It is found from near by, and by no approximation."""
    gain, loss = after * (1 - before), before * (1 - after)
    count = mcnemar_count(gain, loss)
    assert count is not None
    assert mcnemar_power(gain, loss, count - 1) < 0.8 <= mcnemar_power(gain, loss, count)


@pytest.mark.parametrize("found", [mcnemar_count(0.1, 0.1), mcnemar_count(0.1, 0.0999), gate_count(0.90001, 0.9)])
def test_what_no_count_finds(found: int | None) -> None:
    """Nothing to find, or too little."""
    assert found is None


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
