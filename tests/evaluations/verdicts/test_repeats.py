"""Datapoints that are asked several times."""

from __future__ import annotations

import random

import pytest

from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Failure, Rating, Result, Usage
from evaluations.verdicts.cutoffs import Gate, make_cutoffs
from evaluations.verdicts.estimates import Moments
from evaluations.verdicts.repeats import Reliability, Repeated
from evaluations.verdicts.tally import Tally
from evaluations.verdicts.verdict import Ending


def result(index: int, repeat: int, score: float | None, group: str | None = None) -> Result:
    """Of exact match."""
    point, failure = Datapoint(str(index), "q", "a", group), Failure("timeout", "slow")
    answer: Answer | Failure = failure if score is None else Answer("a")
    rating: Rating | Failure = failure if score is None else Rating(score)
    return Result(point, answer, {"exact_match": rating}, "v", repeat, index)


def test_repeats_are_one_cluster() -> None:
    """The same estimate as with a group for each datapoint, in whatever order they come."""
    draw = random.Random(1)
    values = [(index, float(draw.random() < 0.7)) for index in range(40) for _repeat in range(5)]
    draw.shuffle(values)
    grouped, repeated = Moments(boolean=True), Repeated(Moments(boolean=True), 5)
    for index, value in values:
        grouped.add(value, str(index))
        repeated.add(index, value, None)
    assert grouped.estimate() == repeated.estimate()


def test_only_open_datapoints_are_in_memory() -> None:
    """However many there were."""
    repeated = Repeated(Moments(), 3)
    for index in range(1000):
        for _repeat in range(3):
            repeated.add(index, 1.0, None)
    assert {} == repeated._open
    assert 3000 == repeated.estimate().count


def test_a_group_is_the_larger_cluster() -> None:
    """Repeats within it are in it anyway."""
    grouped, repeated = Moments(), Repeated(Moments(), 2)
    for index, value in enumerate([0.0, 1.0, 1.0, 1.0]):
        for _repeat in range(2):
            grouped.add(value, f"g{index // 2}")
            repeated.add(index, value, f"g{index // 2}")
    assert grouped.estimate() == repeated.estimate()


def test_what_an_end_cut_off_counts_as_it_is() -> None:
    """A datapoint with two of three repeats is a cluster of two."""
    repeated = Repeated(Moments(boolean=True), 3)
    for index, value in [(0, 1.0), (0, 0.0), (0, 1.0), (1, 1.0), (1, None)]:
        repeated.add(index, value, None)
    estimate = repeated.estimate()
    assert (4, 0.75) == (estimate.count, estimate.mean)


def test_pass_at_k_and_pass_hat_k() -> None:
    """Right at least once, right every time; a datapoint with an error in neither."""
    reliability = Reliability(1.0, 3)
    rows: dict[int, list[float | None]] = {0: [1, 1, 1], 1: [0, 1, 0], 2: [0, 0, 0], 3: [1, None, 1], 4: [1, 1, 0]}
    for index, scores in rows.items():
        for score in scores:
            reliability.add(index, score, None)
    found = reliability.estimates()
    assert {"pass@3": (4, 0.75), "pass^3": (4, 0.25)} == {
        name: (estimate.count, estimate.mean) for name, estimate in found.items()
    }


def test_a_run_with_repeats_says_how_reliable_answers_are() -> None:
    """And its interval is that of the clusters: ten identical repeats tell no more than one."""
    tally = Tally([ExactMatch()], planned=200, repeats=10)
    once = Tally([ExactMatch()], planned=20)
    for index in range(20):
        once.add(result(index, 0, float(index % 2)))
        for repeat in range(10):
            tally.add(result(index, repeat, float(index % 2)))
    score = tally.summary(Ending.COMPLETE).to_json()["scores"]["exact_match"]
    alone = once.summary(Ending.COMPLETE).to_json()["scores"]["exact_match"]
    assert (200, 0.5, 0.5, 0.5) == (
        score["count"],
        score["mean"],
        score["reliability"]["pass@10"]["mean"],
        score["reliability"]["pass^10"]["mean"],
    )
    assert score["standard_error"] == pytest.approx(alone["standard_error"])
    assert "reliability" not in alone


@pytest.mark.parametrize(("bound", "verdict"), [(0.03, "pass"), (0.029, "fail")])
@pytest.mark.parametrize("gate", list(Gate))
def test_a_cutoff_on_the_cost_is_on_the_sum(bound: float, verdict: str, gate: Gate) -> None:
    """A fact, whatever the gate: what came out of the cache costs nothing."""
    tally = Tally([ExactMatch()], make_cutoffs({"cost": bound}, [ExactMatch()], gate), planned=4, gate=gate)
    for index in range(4):
        answer = Answer("a", usage=Usage(10, 1, 0.01), cached=index == 3)
        tally.spend(Result(Datapoint(str(index), "q", "a"), answer, {"exact_match": Rating(1.0)}, "v", 0, index))
    (decision,) = tally.summary(Ending.COMPLETE).to_json()["cutoffs"]
    assert (verdict, bound) == (decision["verdict"], decision["maximum"])
