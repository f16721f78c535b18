"""Whether a run is good enough: cutoffs, checked before the run, and the verdict after it. Pure."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from evaluations.errors import UsageError
from evaluations.estimates import Estimate
from evaluations.evaluators import Evaluator


class Verdict(Enum):
    """What is to be thought of a run, or of one cutoff."""

    PASS = "pass"  # noqa: S105, no password
    FAIL = "fail"
    ERROR = "error"
    """The run says nothing: too many errors, or nothing scored."""
    INCONCLUSIVE = "inconclusive"
    """The run was interrupted before the end."""


@dataclass(frozen=True)
class Cutoff:
    """The least mean that an evaluator's scores must have."""

    evaluator: str
    minimum: float


@dataclass(frozen=True)
class Decision:
    """A verdict with its reason."""

    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class Score:
    """What one evaluator found."""

    evaluator: str
    estimate: Estimate
    errors: int
    """Datapoints that were asked and have no score."""


def parse_cutoffs(texts: Sequence[str], evaluators: Sequence[Evaluator]) -> tuple[Cutoff, ...]:
    """`NAME=NUMBER` for evaluators of this run, each once and on the evaluator's scale. UsageError otherwise."""
    scales = {evaluator.name: evaluator for evaluator in evaluators}
    cutoffs: dict[str, Cutoff] = {}
    for text in texts:
        where = f"--cutoff {text}"
        name, _equals, value = text.partition("=")
        if name not in scales:
            near = difflib.get_close_matches(name, scales, 1) or list(scales)
            raise UsageError(f"no evaluator {name!r} in this run", where=where, do=f"--cutoff {near[0]}=NUMBER")
        if name in cutoffs:
            raise UsageError(f"a second cutoff for {name}", where=where, do="give one cutoff for each evaluator")
        try:
            minimum = float(value)
        except ValueError:
            minimum = math.nan
        scale = scales[name]
        if not scale.lowest <= minimum <= scale.highest:
            do = f"give a number from {scale.lowest:g} to {scale.highest:g}"
            raise UsageError(f"{value!r} is no cutoff for {name}", where=where, do=do)
        cutoffs[name] = Cutoff(name, minimum)
    return tuple(cutoffs.values())


def decide_cutoff(cutoff: Cutoff, score: Score) -> Decision:
    """Whether the mean of what was scored reaches the cutoff."""
    mean = score.estimate.mean
    if mean is None:
        return Decision(Verdict.ERROR, f"{cutoff.evaluator}: nothing was scored")
    if mean < cutoff.minimum:
        return Decision(Verdict.FAIL, f"{cutoff.evaluator}: mean {mean:.6g} is below the cutoff {cutoff.minimum:g}")
    return Decision(Verdict.PASS, f"{cutoff.evaluator}: mean {mean:.6g} reaches the cutoff {cutoff.minimum:g}")


def decide_run(
    scores: Sequence[Score],
    decisions: Sequence[Decision],
    *,
    done: int,
    planned: int,
    complete: bool,
    max_error_rate: float,
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on a run with all its reasons; a run that failed or was interrupted is that, whatever the cutoffs."""
    if not complete:
        return Verdict.INCONCLUSIVE, (f"interrupted after {done} of {planned} datapoints",)
    failed = [] if planned else ["the data set has no datapoint"]
    for score in scores:
        if planned and not score.estimate.count:
            failed.append(f"{score.evaluator}: nothing was scored")
        if score.errors > max_error_rate * planned:
            share = f"{score.errors} of {planned} datapoints have errors"
            failed.append(f"{score.evaluator}: {share}, and {max_error_rate:g} of them may (--max-error-rate)")
    if failed:
        return Verdict.ERROR, tuple(failed)
    missed = tuple(decision.reason for decision in decisions if decision.verdict is not Verdict.PASS)
    return (Verdict.FAIL, missed) if missed else (Verdict.PASS, tuple(decision.reason for decision in decisions))
