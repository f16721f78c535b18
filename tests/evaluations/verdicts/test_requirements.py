"""The verdicts on what every run must have."""

from __future__ import annotations

import pytest

from evaluations.model import NOTHING, UNKNOWN, Json, Usage
from evaluations.verdicts.estimates import Estimate
from evaluations.verdicts.requirements import in_words, judge, kept
from evaluations.verdicts.verdict import Ending, Requirements, Score

COMPLETE, DECIDED, BUDGET, INTERRUPTED = Ending


@pytest.mark.parametrize(
    ("scored", "errors", "planned", "ending", "required", "expected"),
    [
        (10, 0, 10, COMPLETE, Requirements(), [(0.0, 0.0, "pass"), (None, 1.0, "pass")]),
        (9, 1, 10, COMPLETE, Requirements(), [(0.0, 0.1, "error"), (None, 0.9, "pass")]),
        (9, 1, 10, COMPLETE, Requirements(0.1, 0.95), [(0.1, 0.1, "pass"), (0.95, 0.9, "error")]),
        (0, 10, 10, COMPLETE, Requirements(1.0), [(1.0, 1.0, "pass"), (None, 0.0, "error")]),
        (0, 0, 10, COMPLETE, Requirements(), [(0.0, None, "error"), (None, 0.0, "error")]),
        (0, 0, 0, COMPLETE, Requirements(), [(0.0, None, "error"), (None, 0.0, "error")]),
        (5, 0, 10, DECIDED, Requirements(0.0, 1.0), [(0.0, 0.0, "pass"), (1.0, 1.0, "pass")]),
        (5, 0, 10, BUDGET, Requirements(), [(0.0, 0.0, "inconclusive"), (None, 0.5, "inconclusive")]),
        (5, 0, 10, BUDGET, Requirements(0.0, 0.4), [(0.0, 0.0, "pass"), (0.4, 0.5, "pass")]),
        (5, 0, 10, INTERRUPTED, Requirements(0.0, 0.4), [(0.0, 0.0, "inconclusive"), (0.4, 0.5, "inconclusive")]),
    ],
)
def test_errors_and_coverage_have_verdicts_of_their_own(
    *, scored: int, errors: int, planned: int, ending: Ending, required: Requirements, expected: list[Json]
) -> None:
    """Limit, value and verdict; of the evaluator with the worst, and open where the run ended too early."""
    good = Score("good", Estimate(scored + errors, 1.0, 0.0), 0)
    worse = Score("worse", Estimate(scored, 1.0 if scored else None, None), errors)
    found = judge([good, worse], required, done=scored + errors, planned=planned, ending=ending)
    assert ["max_error_rate", "min_coverage"] == [each.name for each in found]
    assert expected == [(each.limit, each.value, each.verdict.value) for each in found]


@pytest.mark.parametrize(
    ("limit", "value", "expected"),
    [
        (None, 3.0, []),
        (5.0, 5.0, ["cost 5, at most 5: pass"]),
        (5.0, 5.5, ["cost 5.5, at most 5: fail"]),
        (5.0, None, ["cost unknown, at most 5: error"]),
    ],
)
def test_a_budget_was_kept_or_not_or_nobody_knows(
    limit: float | None, value: float | None, expected: list[str]
) -> None:
    """Nothing is said of one that was not set."""
    found = kept("max_cost", limit, value)
    assert expected == [f"{in_words(each.to_json())}: {each.verdict.value}" for each in found]


@pytest.mark.parametrize(
    ("usage", "tokens", "cost"),
    [
        (NOTHING, 0, 0.0),
        (UNKNOWN, None, None),
        (Usage(1, 0, 0.5, 0, 3), 1, 0.5),
        (Usage(0, 0, 0.5, 2, 0), None, 0.5),
        (Usage(7, 2, 0.0, 0, 1), 7, None),
        (Usage(7, 2, 0.1 + 0.2, 1, 0), 7, 0.3),
    ],
)
def test_what_is_not_known_is_null_and_not_nothing(usage: Usage, tokens: int | None, cost: float | None) -> None:
    """And comes back from a file as it was."""
    fields = usage.to_json()
    assert (tokens, cost) == (fields["input_tokens"], fields["cost"])
    assert fields == Usage.from_json(fields).to_json()
