"""Confidence sequences."""

from __future__ import annotations

import math
import random

import pytest

from evaluations.statistics.sequences import ConfidenceSequence, Wealth


def test_wealth_by_hand() -> None:
    """One bet wins 1 + bet * (score / null - 1) times its stake."""
    wealth = Wealth(0.5)
    assert wealth.logarithm() == pytest.approx(0.0)
    wealth.add(1.0)
    assert wealth.logarithm() == pytest.approx(math.log(1 + sum(((place + 0.5) / 12) ** 2 for place in range(12)) / 12))
    wealth.add(0.0, 3)
    one_by_one = Wealth(0.5)
    for score in (0.0, 0.0, 1.0, 0.0):
        one_by_one.add(score)
    assert one_by_one.logarithm() == pytest.approx(wealth.logarithm())


def test_wealth_does_not_grow_by_itself() -> None:
    """Where the mean is the null, the expected capital after a game is the capital before."""
    for null in (0.1, 0.5, 0.9):
        won, lost = Wealth(null), Wealth(null)
        won.add(1.0)
        lost.add(0.0)
        assert 1.0 == pytest.approx(null * math.exp(won.logarithm()) + (1 - null) * math.exp(lost.logarithm()))


@pytest.mark.parametrize("kind", ["yes or no", "scores"])
def test_the_interval_shrinks_around_the_mean(kind: str) -> None:
    """And is the same in whatever order scores came."""
    draw = random.Random(4)
    scores = [float(draw.random() < 0.7) if kind == "yes or no" else draw.betavariate(7, 3) for _ in range(2000)]
    forwards, backwards, widths = ConfidenceSequence(0.99), ConfidenceSequence(0.99), []
    for number, score in enumerate(scores, 1):
        forwards.add(score)
        if number in (20, 200, 2000):
            low, high = forwards.interval()
            assert low < sum(scores[:number]) / number < high
            widths.append(high - low)
    for score in reversed(scores):
        backwards.add(score)
    assert forwards.interval() == pytest.approx(backwards.interval())
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < (0.08 if kind == "yes or no" else 0.03)


def test_the_interval_respects_what_was_decided() -> None:
    """After a decision the interval is on its side of the cutoff, whatever comes."""
    sequence = ConfidenceSequence(0.5)
    for score in [1.0] * 20 + [0.0] * 12:
        sequence.add(score)
    assert (sequence.above, sequence.below) == (True, False)
    assert sequence.interval().low >= 0.5


def test_no_score_says_nothing() -> None:
    """Everything is possible."""
    sequence = ConfidenceSequence(0.5)
    assert (sequence.above, sequence.below, sequence.count_to_decide()) == (False, False, None)
    assert sequence.interval() == pytest.approx((0.0, 1.0), abs=1e-8)


def test_the_ends_of_the_scale_need_no_proof() -> None:
    """No mean is below 0 or above 1."""
    assert (ConfidenceSequence(0.0).above, ConfidenceSequence(1.0).below) == (True, True)


def test_a_mean_at_the_cutoff_is_never_decided() -> None:
    """However much of the same comes."""
    sequence = ConfidenceSequence(0.5)
    for _ in range(30):
        sequence.add(0.5)
    assert sequence.count_to_decide() is None
