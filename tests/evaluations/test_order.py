"""Results in the order in which datapoints were asked."""

from __future__ import annotations

from evaluations.model import Answer, Datapoint, Result
from evaluations.order import InOrder


def test_results_wait_for_those_before_them() -> None:
    """And what never came is passed over at the end only."""
    taken: list[str] = []
    ordered = InOrder(lambda result: taken.append(result.datapoint.id))
    points = list(ordered.source(Datapoint(name, ()) for name in "abcde"))
    results = {point.id: Result(point, Answer("x"), {}) for point in points}
    seen = []
    for name in "cbae":
        ordered.take(results[name])
        seen.append("".join(taken))
    assert seen == ["", "", "abc", "abc"]
    ordered.flush()
    assert "".join(taken) == "abce"
