"""Percentiles of latencies."""

from __future__ import annotations

import random

import pytest

from evaluations.verdicts.latencies import Latencies


def test_percentiles_are_right_to_half_a_percent() -> None:
    """Of a distribution with a long tail."""
    draw, latencies = random.Random(2), Latencies()
    seconds = [draw.lognormvariate(-1, 1) for _ in range(5000)]
    for value in seconds:
        latencies.add(value)
    seconds.sort()
    for percent in (1, 50, 90, 99, 99.9, 100):
        exact = seconds[max(0, -int(-5000 * percent // 100) - 1)]
        assert latencies.percentile(percent) == pytest.approx(exact, rel=0.0051)


def test_few_answers() -> None:
    """None, one, and one that took no time."""
    latencies = Latencies()
    assert latencies.percentile(50) is None
    latencies.add(0.0)
    assert latencies.percentile(50) == 0.0
    latencies.add(2.5)
    assert latencies.percentile(99) == pytest.approx(2.5, rel=0.005)
    assert latencies.percentile(50) == pytest.approx(0.0, abs=1e-5)
