"""From votes to a score."""

from __future__ import annotations

import pytest

from evaluations.evaluators.votes import Vote, combine
from evaluations.model import Failure, Rating

FAILED = Failure("judge", "gone")


def votes(*values: float | None) -> list[Vote | Failure]:
    """By judges a, b, c and so on; None is a judge that failed."""
    return [FAILED if value is None else Vote("abcde"[place], value) for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "worse", "expected"),
    [
        ((1,), 0, 1),
        ((0,), 0, 0),
        ((1, 1, 0), 0, 1),
        ((1, 0, 0), 0, 0),
        ((1, 0), 0, 0),
        ((1, 0), 1, 1),
        ((1, 1, 0, 0), 0, 0),
        ((None,), 0, None),
        ((1, 1, None), 0, 1),
        ((0, 0, None), 0, 0),
        ((1, 0, None), 0, None),
        ((0, None), 0, 0),
        ((1, None), 0, None),
        ((None, 1), 1, 1),
        ((1, 1, 1, None, None), 0, 1),
        ((1, 1, None, None), 0, None),
        ((None, None, None), 0, None),
    ],
)
def test_a_majority_is_more_than_half_of_all_judges(
    values: tuple[float | None, ...], worse: float, expected: float | None
) -> None:
    """A tie is the worse score; a judge that failed matters only where its vote could have."""
    judged = combine(votes(*values), "majority", worse)
    assert expected == (judged.value if isinstance(judged, Rating) else None)


@pytest.mark.parametrize(
    ("values", "method", "expected"),
    [
        ((0.2, 0.4, 0.9), "mean", 0.5),
        ((0.2, 0.4, 0.9), "median", 0.4),
        ((0.2, 0.4), "median", 0.3),
        ((0.2, None, 0.9), "mean", None),
        ((0.2, 0.2, None), "median", None),
    ],
)
def test_a_mean_and_a_median_need_every_vote(
    values: tuple[float | None, ...], method: str, expected: float | None
) -> None:
    """Since without one of them they would be of something else."""
    judged = combine(votes(*values), method)
    if expected is None:
        assert FAILED == judged
    else:
        assert isinstance(judged, Rating)
        assert pytest.approx(expected) == judged.value


@pytest.mark.parametrize(
    ("values", "method", "reason", "details"),
    [
        ((1,), "majority", None, {}),
        ((1, 1), "majority", "a: 1 | b: 1", {"votes": {"a": 1, "b": 1}}),
        ((1, 0), "majority", "tie 1 to 1, counted as 0 | a: 1 | b: 0", {"agreed": False, "tie": True}),
        ((1, 0, 1), "majority", "split 2 to 1 | a: 1 | b: 0 | c: 1", {"agreed": False}),
        ((0.25, 0.75), "mean", "split from 0.25 to 0.75 | a: 0.25 | b: 0.75", {"agreed": False}),
    ],
)
def test_ties_and_splits_are_told(
    values: tuple[float, ...], method: str, reason: str | None, details: dict[str, object]
) -> None:
    """In the reason for people, and in the details for the summary."""
    judged = combine(votes(*values), method)
    assert isinstance(judged, Rating)
    assert reason == judged.reason
    assert details.items() <= judged.details.items()
