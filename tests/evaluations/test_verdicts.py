"""Cutoffs and verdicts."""

from __future__ import annotations

import pytest

from evaluations.errors import UsageError
from evaluations.estimates import Estimate
from evaluations.evaluators import ExactMatch
from evaluations.verdicts import Cutoff, Decision, Score, Verdict, decide_cutoff, decide_run, parse_cutoffs


def test_cutoffs_are_parsed() -> None:
    """NAME=NUMBER, the ends of the scale included."""
    for text, minimum in (("exact_match=0.9", 0.9), ("exact_match=0", 0.0), ("exact_match=1", 1.0)):
        assert (Cutoff("exact_match", minimum),) == parse_cutoffs([text], [ExactMatch()])
    assert () == parse_cutoffs([], [ExactMatch()])


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        (["exact_mach=0.9"], "no evaluator 'exact_mach' in this run"),
        (["judge=0.9"], "no evaluator 'judge' in this run"),
        (["=0.9"], "no evaluator '' in this run"),
        (["exact_match"], "'' is no cutoff for exact_match"),
        (["exact_match=high"], "'high' is no cutoff for exact_match"),
        (["exact_match=nan"], "'nan' is no cutoff for exact_match"),
        (["exact_match=90"], "'90' is no cutoff for exact_match"),
        (["exact_match=-0.1"], "'-0.1' is no cutoff for exact_match"),
        (["exact_match=0.9", "exact_match=0.8"], "a second cutoff for exact_match"),
    ],
)
def test_wrong_cutoffs_are_refused(texts: list[str], what: str) -> None:
    """An unknown name, a value off the scale, and a second cutoff, each with what to do."""
    with pytest.raises(UsageError) as caught:
        parse_cutoffs(texts, [ExactMatch()])
    assert what == caught.value.what
    assert f"--cutoff {texts[-1]}" == caught.value.where
    assert caught.value.do


@pytest.mark.parametrize(
    ("mean", "expected"),
    [(None, Verdict.ERROR), (0.0, Verdict.FAIL), (0.8999, Verdict.FAIL), (0.9, Verdict.PASS), (1.0, Verdict.PASS)],
)
def test_a_cutoff_is_met_from_its_value_on(mean: float | None, expected: Verdict) -> None:
    """Nothing scored is no pass."""
    score = Score("exact_match", Estimate(0 if mean is None else 10, mean, None), 0)
    assert expected is decide_cutoff(Cutoff("exact_match", 0.9), score).verdict


PASSED, MISSED = Decision(Verdict.PASS, "met"), Decision(Verdict.FAIL, "missed")


@pytest.mark.parametrize(
    ("scored", "errors", "planned", "complete", "rate", "decisions", "expected"),
    [
        (10, 0, 10, True, 0.0, [], Verdict.PASS),
        (10, 0, 10, True, 0.0, [PASSED], Verdict.PASS),
        (10, 0, 10, True, 0.0, [PASSED, MISSED], Verdict.FAIL),
        (9, 1, 10, True, 0.0, [PASSED], Verdict.ERROR),
        (9, 1, 10, True, 0.0, [MISSED], Verdict.ERROR),
        (9, 1, 10, True, 0.1, [PASSED], Verdict.PASS),
        (8, 2, 10, True, 0.1, [PASSED], Verdict.ERROR),
        (0, 10, 10, True, 1.0, [PASSED], Verdict.ERROR),
        (0, 0, 0, True, 0.0, [], Verdict.ERROR),
        (0, 0, 0, True, 1.0, [PASSED], Verdict.ERROR),
        (5, 0, 10, False, 0.0, [PASSED], Verdict.INCONCLUSIVE),
        (5, 1, 10, False, 0.0, [MISSED], Verdict.INCONCLUSIVE),
    ],
)
def test_the_verdict_on_a_run(
    *,
    scored: int,
    errors: int,
    planned: int,
    complete: bool,
    rate: float,
    decisions: list[Decision],
    expected: Verdict,
) -> None:
    """Interrupted before failed, failed before missed, missed before passed; an empty run never passes."""
    score = Score("exact_match", Estimate(scored, 1.0 if scored else None, None), errors)
    verdict, reasons = decide_run(
        [score], decisions, done=scored + errors, planned=planned, complete=complete, max_error_rate=rate
    )
    assert expected is verdict
    assert reasons or not decisions
