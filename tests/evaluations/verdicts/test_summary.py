"""Adding results up."""

from __future__ import annotations

import json

import pytest

from evaluations.errors import ExitCode
from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Failure, Rating, Result
from evaluations.results.lines import result_line
from evaluations.verdicts.cutoffs import Gate, make_cutoffs, parse_cutoffs
from evaluations.verdicts.summary import RunSummary
from evaluations.verdicts.tally import Tally
from evaluations.verdicts.verdict import Ending, Requirements, Verdict

CUTOFF = make_cutoffs(parse_cutoffs(["exact_match=0.5"]), [ExactMatch()])


def result(identity: str, outcome: float | Failure) -> Result:
    """A result of exact match."""
    answer = outcome if isinstance(outcome, Failure) else Answer("a", 0.25)
    rating = outcome if isinstance(outcome, Failure) else Rating(outcome)
    return Result(Datapoint(identity, "q", "a"), answer, {"exact_match": rating})


def test_errors_are_counted_beside_the_score_and_by_cause() -> None:
    """The mean is of what was scored, and nothing is dropped."""
    tally = Tally([ExactMatch()], CUTOFF, planned=5, requirements=Requirements(max_error_rate=0.6))
    outcomes: list[float | Failure] = [
        1.0,
        Failure("timeout", "slow"),
        0.0,
        Failure("timeout", "late"),
        Failure("http_500", "x"),
    ]
    for number, outcome in enumerate(outcomes):
        tally.add(result(str(number), outcome))
    summary = tally.summary(Ending.COMPLETE).to_json()
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary
    score = summary["scores"]["exact_match"]
    assert score.pop("interval") == pytest.approx([0.0177, 0.9823], abs=1e-4)
    assert {"count": 2, "errors": 3, "mean": 0.5, "standard_error": 0.5} == score
    assert {"count": 2, "example": "1", "message": "slow"} == summary["causes"]["timeout"]
    assert (5, 5, 3, "pass") == (summary["planned"], summary["count"], summary["errors"], summary["verdict"])
    assert [
        {
            "metric": "exact_match",
            "minimum": 0.5,
            "verdict": "pass",
            "reason": summary["reasons"][0],
            "needed": None,
        }
    ] == summary["cutoffs"]


def test_every_verdict_has_its_exit_code() -> None:
    """0, 1, 3 and 130."""
    cases: list[tuple[float | Failure, bool, Verdict, ExitCode]] = [
        (1.0, True, Verdict.PASS, ExitCode.PASSED),
        (0.0, True, Verdict.FAIL, ExitCode.CUTOFF_MISSED),
        (Failure("timeout", "slow"), True, Verdict.ERROR, ExitCode.RUN_FAILED),
        (1.0, False, Verdict.INCONCLUSIVE, ExitCode.INTERRUPTED),
    ]
    for outcome, complete, verdict, code in cases:
        tally = Tally([ExactMatch()], CUTOFF, planned=1)
        tally.add(result("1", outcome))
        ending = Ending.COMPLETE if complete else Ending.INTERRUPTED
        summary = RunSummary({"v": tally.summary(ending)}, ending, Gate.MEAN)
        assert (verdict, code) == (summary.verdict, summary.exit_code)


@pytest.mark.parametrize("planned", [100, 200])
@pytest.mark.parametrize("ending", [Ending.INTERRUPTED, Ending.BUDGET])
def test_what_had_been_decided_is_judged_so_throughout(planned: int, ending: Ending) -> None:
    """The verdict, and those on errors and coverage beside it; also of a variant that had been asked everything."""
    tally = Tally([ExactMatch()], CUTOFF, planned=planned, gate=Gate.SEQUENTIAL)
    for number in range(100):
        tally.add(result(str(number), 1.0))
    assert tally.standing
    summary = tally.summary(ending, standing=True)
    assert [Verdict.PASS] * 3 == [summary.verdict, *(each.verdict for each in summary.requirements)]


def test_a_result_line_has_the_score_or_the_reason() -> None:
    """Null where there is no score, never NaN."""
    good, bad = result_line(result("1", 1.0)), result_line(result("2", Failure("timeout", "slow", 3)))
    assert ({"exact_match": 1.0}, {}, "a", 0.25) == (good["scores"], good["errors"], good["answer"], good["seconds"])
    assert ({"exact_match": None}, None, 3) == (bad["scores"], bad["answer"], bad["attempts"])
    assert {"exact_match": {"cause": "timeout", "message": "slow"}} == bad["errors"]
