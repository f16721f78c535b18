"""Results in the order in which datapoints were asked."""

from __future__ import annotations

from evaluations.model import Answer, Datapoint, Result
from evaluations.running.order import InOrder
from evaluations.running.run import questions


def test_results_wait_for_those_before_them() -> None:
    """And what never came is passed over at the end only."""
    taken: list[str] = []
    ordered = InOrder(lambda result: taken.append(result.datapoint.id))
    asked = list(ordered.source(questions((Datapoint(name, "q") for name in "abcde"), ["v"])))
    results = {each.datapoint.id: Result(each.datapoint, Answer("x"), {}, "v", 0, each.index) for each in asked}
    seen = []
    for name in "cbae":
        ordered.take(results[name])
        seen.append("".join(taken))
    assert seen == ["", "", "abc", "abc"]
    ordered.flush()
    assert "".join(taken) == "abce"
