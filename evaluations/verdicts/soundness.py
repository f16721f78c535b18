"""Whether a comparison of two runs may be believed, and what it says then. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluations.verdicts.comparison import Change, Difference
from evaluations.verdicts.verdict import Verdict


def decide_comparison(
    differences: Sequence[Difference],
    coverage: Mapping[str, float],
    *,
    planned: int,
    asked: float,
    least: float,
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict with its reasons. Of datapoints that nobody scored nothing is known, least of all that all is well.

    `coverage` has the share of the `planned` datapoints that each evaluator scored in both runs, `asked` the share that
    was asked in both, and `least` the share that is enough. Too little of what was asked is an error, and a run that
    has not asked enough is inconclusive, unless something is worse already.
    """
    scored = {each.metric for each in differences}
    failed = [f"{name}: nothing was scored in both" for name in coverage if name not in scored]
    short = [
        f"{name}: {share * planned:.10g} of {planned:,} datapoints were scored in both runs, and {least:g} of them "
        "must be (--min-coverage)"
        for name, share in coverage.items()
        if name in scored and share < least - _ROUNDING
    ]
    if failed or (short and asked >= least - _ROUNDING):
        return Verdict.ERROR, (*failed, *short)
    worse = tuple(f"{each.metric} got worse" for each in differences if each.change is Change.WORSE)
    if worse:
        return Verdict.FAIL, (*worse, *short)
    return (Verdict.INCONCLUSIVE, tuple(short)) if short else (Verdict.PASS, ())


_ROUNDING = 1e-9
"""Shares are sums of fractions, where datapoints have repeats."""
