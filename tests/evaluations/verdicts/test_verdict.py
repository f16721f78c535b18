"""The verdict on a run."""

from __future__ import annotations

import pytest

from evaluations.verdicts.estimates import Estimate
from evaluations.verdicts.verdict import Decision, Ending, Requirements, Score, Verdict, decide_run

PASSED, MISSED = Decision(Verdict.PASS, "met"), Decision(Verdict.FAIL, "missed")
OPEN = Decision(Verdict.INCONCLUSIVE, "held")
COMPLETE, DECIDED, BUDGET, INTERRUPTED = Ending


@pytest.mark.parametrize(
    ("scored", "errors", "planned", "ending", "rate", "decisions", "expected"),
    [
        (10, 0, 10, COMPLETE, 0.0, [], Verdict.PASS),
        (10, 0, 10, COMPLETE, 0.0, [PASSED], Verdict.PASS),
        (10, 0, 10, COMPLETE, 0.0, [PASSED, MISSED], Verdict.FAIL),
        (10, 0, 10, COMPLETE, 0.0, [PASSED, OPEN], Verdict.INCONCLUSIVE),
        (10, 0, 10, COMPLETE, 0.0, [OPEN, MISSED], Verdict.FAIL),
        (9, 1, 10, COMPLETE, 0.0, [PASSED], Verdict.ERROR),
        (9, 1, 10, COMPLETE, 0.0, [MISSED], Verdict.ERROR),
        (9, 1, 10, COMPLETE, 0.1, [PASSED], Verdict.PASS),
        (71, 29, 100, COMPLETE, 0.29, [PASSED], Verdict.PASS),
        (8, 2, 10, COMPLETE, 0.1, [PASSED], Verdict.ERROR),
        (0, 10, 10, COMPLETE, 1.0, [PASSED], Verdict.ERROR),
        (0, 0, 0, COMPLETE, 0.0, [], Verdict.ERROR),
        (0, 0, 0, COMPLETE, 1.0, [PASSED], Verdict.ERROR),
        (5, 0, 10, INTERRUPTED, 0.0, [PASSED], Verdict.INCONCLUSIVE),
        (5, 1, 10, INTERRUPTED, 0.0, [MISSED], Verdict.INCONCLUSIVE),
        (5, 0, 10, DECIDED, 0.0, [PASSED], Verdict.PASS),
        (9, 1, 100, DECIDED, 0.1, [PASSED], Verdict.PASS),
        (8, 2, 100, DECIDED, 0.1, [PASSED], Verdict.ERROR),
        (5, 0, 10, BUDGET, 0.0, [PASSED], Verdict.INCONCLUSIVE),
        (10, 0, 10, BUDGET, 0.0, [PASSED], Verdict.PASS),
    ],
)
def test_the_verdict_on_a_run(
    *,
    scored: int,
    errors: int,
    planned: int,
    ending: Ending,
    rate: float,
    decisions: list[Decision],
    expected: Verdict,
) -> None:
    """Interrupted, failed, missed, open, passed: the first of them that is so; an empty run never passes."""
    score = Score("exact_match", Estimate(scored, 1.0 if scored else None, None), errors)
    requirements = Requirements(max_error_rate=rate)
    verdict, reasons = decide_run(
        [score], decisions, requirements, done=scored + errors, planned=planned, ending=ending
    )
    assert expected is verdict
    assert reasons or not decisions


@pytest.mark.parametrize(("coverage", "expected"), [(0.0, Verdict.PASS), (0.07, Verdict.PASS), (0.08, Verdict.ERROR)])
def test_too_little_scored_is_an_error(coverage: float, expected: Verdict) -> None:
    """Seven of a hundred are 0.07 of them, also in binary."""
    score = Score("judge", Estimate(7, 1.0, 0.0), 93)
    requirements = Requirements(1.0, coverage)
    verdict, reasons = decide_run([score], [PASSED], requirements, done=100, planned=100, ending=COMPLETE)
    assert expected is verdict
    assert ("(min_coverage)" in reasons[0]) == (expected is Verdict.ERROR)


@pytest.mark.parametrize(("coverage", "expected"), [(0.5, Verdict.PASS), (0.6, Verdict.ERROR)])
def test_a_budget_may_end_a_run_that_has_enough(coverage: float, expected: Verdict) -> None:
    """Where it was said what is enough, of all that was planned."""
    score = Score("exact_match", Estimate(5, 1.0, 0.0), 0)
    requirements = Requirements(0.0, coverage)
    verdict, _reasons = decide_run([score], [PASSED], requirements, done=5, planned=10, ending=BUDGET)
    assert expected is verdict
