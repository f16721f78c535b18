"""Cutoffs, and the verdict on each."""

from __future__ import annotations

import math

import pytest

from evaluations.errors import UsageError
from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Failure, Rating, Result
from evaluations.statistics.sequences import ConfidenceSequence
from evaluations.verdicts.cutoffs import Gate, make_cutoffs, parse_cutoffs
from evaluations.verdicts.decisions import decide_bound, decide_mean, decide_sequential
from evaluations.verdicts.estimates import Estimate, Moments
from evaluations.verdicts.verdict import Verdict


@pytest.mark.parametrize(
    ("text", "bound", "threshold", "at_most"),
    [
        ("exact_match=0.9", 0.9, 0.9, False),
        ("exact_match=0", 0.0, 0.0, False),
        ("exact_match=1", 1.0, 1.0, False),
        ("error_rate=0.05", 0.05, 0.05, True),
        ("latency_p95=2.5", 2.5, 0.95, False),
        ("latency_p99.9=10", 10.0, 0.999, False),
    ],
)
def test_cutoffs_are_parsed(text: str, bound: float, threshold: float, at_most: bool) -> None:
    """NAME=NUMBER, the ends of the scale included; a percentile is the share of answers that come in time."""
    (cutoff,) = make_cutoffs(parse_cutoffs([text]), [ExactMatch()])
    assert (bound, at_most) == (cutoff.bound, cutoff.at_most)
    assert cutoff.threshold == threshold


def test_no_cutoffs() -> None:
    """Are fine."""
    assert make_cutoffs(parse_cutoffs([]), [ExactMatch()]) == ()


@pytest.mark.parametrize(
    ("texts", "gate", "what"),
    [
        (["exact_mach=0.9"], Gate.MEAN, "no metric 'exact_mach' in this run"),
        (["judge=0.9"], Gate.MEAN, "no metric 'judge' in this run"),
        (["=0.9"], Gate.MEAN, "no metric '' in this run"),
        (["latency=2"], Gate.MEAN, "no metric 'latency' in this run"),
        (["latency_p0=2"], Gate.MEAN, "no metric 'latency_p0' in this run"),
        (["latency_p100=2"], Gate.MEAN, "no metric 'latency_p100' in this run"),
        (["exact_match"], Gate.MEAN, "'' is no cutoff for exact_match"),
        (["exact_match=high"], Gate.MEAN, "'high' is no cutoff for exact_match"),
        (["exact_match=nan"], Gate.MEAN, "nan is no cutoff for exact_match"),
        (["exact_match=90"], Gate.MEAN, "90 is no cutoff for exact_match"),
        (["exact_match=-0.1"], Gate.MEAN, "-0.1 is no cutoff for exact_match"),
        (["error_rate=5"], Gate.MEAN, "5 is no cutoff for error_rate"),
        (["latency_p95=-1"], Gate.MEAN, "-1 is no cutoff for latency_p95"),
        (["latency_p95=inf"], Gate.MEAN, "inf is no cutoff for latency_p95"),
        (["exact_match=0.9", "exact_match=0.8"], Gate.MEAN, "a second cutoff for exact_match"),
        (["exact_match=1"], Gate.BOUND, "no number of datapoints can prove that exact_match is 1"),
        (["error_rate=0"], Gate.SEQUENTIAL, "no number of datapoints can prove that error_rate is 0"),
    ],
)
def test_wrong_cutoffs_are_refused(texts: list[str], gate: Gate, what: str) -> None:
    """An unknown name, a value off the scale, a second cutoff, what can't be proven; each with what to do."""
    with pytest.raises(UsageError) as caught:
        make_cutoffs(parse_cutoffs(texts), [ExactMatch()], gate)
    assert what == caught.value.what
    assert f"cutoff {texts[-1]}" in caught.value.where
    assert caught.value.do


def test_what_a_result_adds() -> None:
    """A score, an error, and whether the answer came in time; no answer has no latency, and no score."""
    score, error, late = make_cutoffs(
        parse_cutoffs(["exact_match=0.5", "error_rate=0.5", "latency_p50=2"]), [ExactMatch()]
    )
    point = Datapoint("1", (), "a")
    good = Result(point, Answer("a", 2.0), {"exact_match": Rating(1.0)})
    slow = Result(point, Answer("b", 2.1), {"exact_match": Rating(0.0)})
    failed = Result(point, Failure("timeout", "x"), {"exact_match": Failure("timeout", "x")})
    seen = [[cutoff.value(result) for cutoff in (score, error, late)] for result in (good, slow, failed)]
    assert seen == [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [None, 1.0, None]]


def estimate(right: int, count: int) -> Estimate:
    """Of yes or no."""
    moments = Moments(boolean=True)
    for number in range(count):
        moments.add(float(number < right))
    return moments.estimate()


@pytest.mark.parametrize(
    ("mean", "expected"),
    [(None, Verdict.ERROR), (0.0, Verdict.FAIL), (0.8999, Verdict.FAIL), (0.9, Verdict.PASS), (1.0, Verdict.PASS)],
)
def test_a_mean_meets_a_cutoff_from_its_value_on(mean: float | None, expected: Verdict) -> None:
    """Nothing scored is no pass."""
    (cutoff,) = make_cutoffs(parse_cutoffs(["exact_match=0.9"]), [ExactMatch()])
    assert expected is decide_mean(cutoff, Estimate(0 if mean is None else 10, mean, None)).verdict


@pytest.mark.parametrize(
    ("text", "right", "count", "mean", "bound"),
    [
        ("exact_match=0.9", 0, 0, Verdict.ERROR, Verdict.ERROR),
        ("exact_match=0.9", 95, 100, Verdict.PASS, Verdict.INCONCLUSIVE),
        ("exact_match=0.9", 85, 100, Verdict.FAIL, Verdict.INCONCLUSIVE),
        ("exact_match=0.9", 975, 1000, Verdict.PASS, Verdict.PASS),
        ("exact_match=0.9", 850, 1000, Verdict.FAIL, Verdict.FAIL),
        ("error_rate=0.1", 5, 100, Verdict.PASS, Verdict.INCONCLUSIVE),
        ("error_rate=0.1", 50, 1000, Verdict.PASS, Verdict.PASS),
        ("error_rate=0.1", 150, 1000, Verdict.FAIL, Verdict.FAIL),
        ("latency_p90=2", 950, 1000, Verdict.PASS, Verdict.PASS),
        ("latency_p90=2", 850, 1000, Verdict.FAIL, Verdict.FAIL),
    ],
)
def test_the_mean_and_the_bound(text: str, right: int, count: int, mean: Verdict, bound: Verdict) -> None:
    """The bound is stricter on both sides, and says so when it does not know."""
    (cutoff,) = make_cutoffs(parse_cutoffs([text]), [ExactMatch()])
    found = estimate(right, count)
    assert (mean, bound) == (decide_mean(cutoff, found).verdict, decide_bound(cutoff, found).verdict)


def test_an_open_verdict_says_how_many_datapoints_would_decide() -> None:
    """And that number of them does, and a few less do not."""
    (cutoff,) = make_cutoffs(parse_cutoffs(["exact_match=0.8"]), [ExactMatch()])
    decision = decide_bound(cutoff, estimate(85, 100))
    assert decision.needed is not None
    assert f"about {decision.needed:,} datapoints would decide, if the mean stays" in decision.reason
    assert decide_bound(cutoff, estimate(math.ceil(decision.needed * 0.85), decision.needed)).verdict is Verdict.PASS
    fewer = decision.needed - 6
    assert decide_bound(cutoff, estimate(int(fewer * 0.85), fewer)).verdict is Verdict.INCONCLUSIVE
    never = decide_bound(cutoff, estimate(80, 100))
    assert (never.verdict, never.needed) == (Verdict.INCONCLUSIVE, None)
    assert "no number of datapoints would decide" in never.reason


def test_datapoints_that_are_asked_several_times_are_counted_once() -> None:
    """Five scores each: a fifth as many datapoints as scores would decide."""
    (cutoff,) = make_cutoffs(parse_cutoffs(["exact_match=0.8"]), [ExactMatch()])
    scores, datapoints = (decide_bound(cutoff, estimate(85, 100), repeats) for repeats in (1, 5))
    assert scores.needed is not None
    assert math.ceil(scores.needed / 5) == datapoints.needed
    assert f"about {datapoints.needed:,} datapoints would decide" in datapoints.reason


def test_a_sequential_decision_stands() -> None:
    """Also where later scores speak against it; and an open one says about how many more it takes."""
    (cutoff,) = make_cutoffs(parse_cutoffs(["exact_match=0.8"]), [ExactMatch()], Gate.SEQUENTIAL)
    sequence = ConfidenceSequence(0.8)
    assert decide_sequential(cutoff, sequence).verdict is Verdict.ERROR
    for _ in range(10):
        sequence.add(1.0)
    still_open = decide_sequential(cutoff, sequence)
    assert still_open.verdict is Verdict.INCONCLUSIVE
    assert still_open.needed is not None
    for _ in range(still_open.needed - 11):
        sequence.add(1.0)
    assert decide_sequential(cutoff, sequence).verdict is Verdict.INCONCLUSIVE
    sequence.add(1.0)
    assert decide_sequential(cutoff, sequence).verdict is Verdict.PASS
    for _ in range(5):
        sequence.add(0.0)
    assert decide_sequential(cutoff, sequence).verdict is Verdict.PASS
    (errors,) = make_cutoffs(parse_cutoffs(["error_rate=0.8"]), [ExactMatch()], Gate.SEQUENTIAL)
    assert decide_sequential(errors, sequence).verdict is Verdict.FAIL
