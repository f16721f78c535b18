"""Whether refusals follow the rate, or come whatever it is."""

from __future__ import annotations

from evaluations.running.chance import Chance


def _seen(*overloads: tuple[float, int]) -> Chance:
    chance = Chance()
    for rate, taken in overloads:
        chance.overload(rate, taken)
    return chance


def test_refusals_that_are_as_frequent_at_a_quarter_of_the_rate_are_chance() -> None:
    """Two are taken before each, at 400 a second as at 100."""
    assert _seen(*[(400, 2)] * 4, *[(100, 2)] * 4).explains(100)


def test_refusals_that_get_rarer_with_the_rate_are_a_limit() -> None:
    """One is taken before each at 400 a second, and eight at 100."""
    assert not _seen(*[(400, 1)] * 4, *[(100, 8)] * 4).explains(100)


def test_little_is_no_proof() -> None:
    """Neither three overloads at the higher rate, nor rates that are near each other, nor nothing at all."""
    assert not _seen(*[(400, 2)] * 3, *[(100, 2)] * 9).explains(100)
    assert not _seen(*[(300, 2)] * 9, *[(100, 2)] * 9).explains(100)
    assert not Chance().explains(100)
