"""Results in the order in which datapoints were asked."""

from __future__ import annotations

from msgspec.structs import replace

from evaluations.model import Answer, Datapoint, Result
from evaluations.running.order import InOrder, Turns, key_of
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


def test_an_earlier_part_is_taken_up_to_its_first_gap() -> None:
    """What came before its turn has it when the gap is filled, whoever fills it: an earlier part, or this one."""
    points = [Datapoint(name, "q") for name in "abcdef"]
    results = {each.id: Result(each, Answer("x"), {}, "v", 0, place) for place, each in enumerate(points)}
    taken: list[str] = []

    def take(result: Result) -> None:
        taken.append(result.datapoint.id)

    turns = Turns(take, ["v"], 1)
    for name in "bace":  # d and f never came
        turns.take(results[name])
    assert ["a", "b", "c"] == taken
    assert [results["e"]] == list(turns.early.values())
    ordered = InOrder(take, turns.early)
    left = [replace(each, index=each.index + 3) for each in questions(points[3:], ["v"])]
    asked = ordered.source(left)
    assert ["d", "f"] == [each.datapoint.id for each in asked]
    ordered.take(results["f"])
    assert ["a", "b", "c"] == taken
    ordered.take(results["d"])
    assert list("abcdef") == taken


def test_what_is_early_is_not_lost_when_its_question_never_comes() -> None:
    """It is handed on at the end."""
    result, taken = Result(Datapoint("z", "q"), Answer("x"), {}, "v", 0, 25), list[Result]()
    InOrder(taken.append, {key_of(result): result}).flush()
    assert [result] == taken
