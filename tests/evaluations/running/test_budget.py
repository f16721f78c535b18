"""Budgets."""

from __future__ import annotations

import asyncio

import pytest

from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Failure, Result, Usage
from evaluations.running.budget import Budget, Spending
from evaluations.running.run import ask_and_score, questions


def _run(spending: Spending, usage: Usage, concurrency: int = 8) -> list[Result]:
    """A thousand questions that take `usage` each."""
    results: list[Result] = []

    async def ask(_point: Datapoint, _repeat: int) -> Answer | Failure:
        await asyncio.sleep(0)
        return Answer("a", usage=usage)

    def take(result: Result) -> None:
        spending.add(result.usage)
        results.append(result)

    points = (Datapoint(str(number), "q", "a") for number in range(1000))
    asked = spending.within(questions(points, ["v"]))
    assert asyncio.run(ask_and_score(asked, {"v": ask}, [ExactMatch()], take, concurrency=concurrency))
    return results


@pytest.mark.parametrize(
    ("budget", "fewest", "most", "ended"),
    [
        (Budget(), 1000, 1000, None),
        (Budget(cost=1e9, tokens=10**9, seconds=3600), 1000, 1000, None),
        (Budget(cost=5.0), 93, 100, "the budget of 5 is used up"),
        (Budget(tokens=3000), 193, 200, "the budget of 3000 tokens is used up"),
        (Budget(cost=5.0, tokens=150), 8, 16, "the budget of 150 tokens is used up"),
        (Budget(cost=0.0), 0, 0, "the budget of 0 is used up"),
        (Budget(seconds=0.0), 0, 0, "the time of 0 s is used up"),
    ],
)
def test_a_budget_ends_a_run_in_good_order(budget: Budget, fewest: int, most: int, ended: str | None) -> None:
    """What was asked is finished, nothing is asked that the budget has no room for, and the reason is there."""
    spending = Spending(budget)
    results = _run(spending, Usage(10, 5, 0.05))
    assert fewest <= len(results) <= most
    assert ended == spending.ended


def test_what_was_spent_before_counts() -> None:
    """A run that goes on has the rest of its budget, not a new one."""
    results = _run(Spending(Budget(cost=5.0), spent=Usage(0, 0, 4.0)), Usage(1, 1, 0.05))
    assert 12 <= len(results) <= 20


def test_time_counts_from_the_first_question() -> None:
    """A clock that moves a second with each question that is asked."""
    seconds = 100.0

    def clock() -> float:
        nonlocal seconds
        seconds += 1
        return seconds

    spending = Spending(Budget(seconds=10.0), clock=clock)
    assert 9 == len(list(spending.within(range(1000))))
    assert "the time of 10 s is used up" == spending.ended
