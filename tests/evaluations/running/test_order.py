"""Results in the order in which datapoints were asked."""

from __future__ import annotations

import pytest

from evaluations.model import Answer, Datapoint, Result
from evaluations.running.order import Places, Turns
from evaluations.running.run import Question, questions


def _results(names: str) -> dict[str, Result]:
    points = [Datapoint(name, "q") for name in names]
    return {each.id: Result(each, Answer("x"), {}, "v", 0, place) for place, each in enumerate(points)}


def test_results_wait_for_those_before_them() -> None:
    """And what waits for one that never came can be had at the end."""
    taken, then = list[str](), list[Result]()
    turns = Turns(Places(["v"], datapoints=6), lambda result, _then: taken.append(result.datapoint.id))
    results, seen = _results("abcdef"), []
    for name in "cbafe":
        turns.take(results[name], then.append)
        seen.append("".join(taken))
    assert ["", "", "abc", "abc", "abc"] == seen
    assert ["e", "f"] == [result.datapoint.id for result, _then in turns.left()]


def test_what_is_told_of_a_result_goes_with_it() -> None:
    """Also where another one brings its turn: an earlier part of a run and this one tell different people."""
    earlier, new = list[Result](), list[Result]()
    turns = Turns(Places(["v"], datapoints=3), lambda result, then: then(result))
    results = _results("abc")
    turns.take(results["b"], earlier.append)
    turns.take(results["a"], new.append)
    turns.take(results["c"], new.append)
    assert ([results["b"]], [results["a"], results["c"]]) == (earlier, new)


def test_places_are_those_of_the_questions() -> None:
    """Each has its own, in the order in which all are asked."""
    places = Places(["v", "w"], 3, datapoints=4)
    asked = list(questions((Datapoint(name, "q") for name in "abcd"), ["v", "w"], 3))
    assert list(range(len(places))) == [places.of(question) for question in asked]


@pytest.mark.parametrize(("index", "variant", "repeat"), [(-1, "v", 0), (4, "v", 0), (0, "x", 0), (0, "v", 3)])
def test_what_is_no_question_has_no_place(index: int, variant: str, repeat: int) -> None:
    """A damaged line must not be taken for one."""
    with pytest.raises(LookupError):
        Places(["v"], 3, datapoints=4).of(Question(index, Datapoint("a", "q"), variant, repeat))
