"""What people read."""

from __future__ import annotations

import pytest

from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Failure, Rating, Result, Usage
from evaluations.terminal.report import pretty, progress
from evaluations.verdicts.cutoffs import Gate, make_cutoffs
from evaluations.verdicts.summary import RunSummary
from evaluations.verdicts.tally import Tally
from evaluations.verdicts.verdict import Ending, Requirements


def whole(tally: Tally, ending: Ending) -> RunSummary:
    """A run of one variant."""
    return RunSummary({"v": tally.summary(ending)}, ending, Gate.MEAN)


def test_the_summary_shows_errors_beside_the_score() -> None:
    """And the verdict with its reasons last."""
    tally = Tally(
        [ExactMatch()],
        make_cutoffs({"exact_match": 0.9}, [ExactMatch()]),
        planned=2,
        requirements=Requirements(max_error_rate=0.5),
    )
    tally.add(Result(Datapoint("a", (), "1"), Answer("1", 0.25), {"exact_match": Rating(1.0)}))
    failure = Failure("timeout", "no answer within 60 s")
    tally.add(Result(Datapoint("b\x1b", (), "1"), failure, {"exact_match": failure}))
    assert pretty(whole(tally, Ending.COMPLETE), 1.25).splitlines() == [
        "2 of 2 datapoints in 1.2 s, 1 error",
        "  exact_match: mean 1.0000, 95 % interval 0.0350 to 1.0000, scored 1, 1 error",
        "  error timeout: 1 time, first at datapoint 'b\\x1b': no answer within 60 s",
        "  error rate 0.5, at most 0.5: pass; coverage 0.5: pass",
        "  latency: p50 0.25 s, p90 0.25 s, p95 0.25 s, p99 0.25 s",
        "verdict: pass",
        "  exact_match: mean 1 reaches the cutoff 0.9",
    ]


def test_an_interrupted_run_is_marked() -> None:
    """Nobody must take it for a whole one."""
    lines = pretty(whole(Tally([ExactMatch()], planned=5), Ending.INTERRUPTED), 0.0).splitlines()
    assert lines[-2:] == ["verdict: inconclusive (incomplete)", "  interrupted after 0 of 5 datapoints"]


def test_it_says_which_budget_ended_the_run_and_what_the_cache_gave() -> None:
    """Money, tokens and time are three things; nothing is said of a cache that gave nothing."""
    run = whole(Tally([ExactMatch()], planned=5), Ending.BUDGET)
    lines = pretty(run, 0.0, ended_by="the time of 5 s is used up", cached=1200).splitlines()
    assert lines[0] == "0 of 5 datapoints in 0.0 s, 0 errors, 1,200 answers from the cache"
    assert "verdict: inconclusive (the time of 5 s is used up)" in lines
    lines = pretty(run, 0.0).splitlines()
    assert "cache" not in lines[0]
    assert "verdict: inconclusive (ended by a budget)" in lines


@pytest.mark.parametrize(
    ("done", "failed", "planned", "seconds", "expected"),
    [
        (0, 0, 2000, 0.0, "0 of 2,000 (0 %), 0/s, 0 errors, no answer yet"),
        (500, 1, 2000, 0.5, "500 of 2,000 (25 %), 1,000/s, 1 error, 2 s left"),
        (10, 2, 2000, 10.0, "10 of 2,000 (0 %), 1/s, 2 errors, 33 min 10 s left"),
        (10, 0, 200_000, 10.0, "10 of 200,000 (0 %), 1/s, 0 errors, 55 h 33 min left"),
        (0, 0, 0, 1.0, "0 of 0 (100 %), 0/s, 0 errors, no answer yet"),
    ],
)
def test_progress(done: int, failed: int, planned: int, seconds: float, expected: str) -> None:
    """How far, how fast, how many errors, how much longer."""
    assert expected == progress(done, failed, planned, seconds, Usage())
