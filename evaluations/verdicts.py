"""Whether a run is good enough: the words of a verdict, and the verdict on a run. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from evaluations.estimates import Estimate


class Verdict(Enum):
    """What is to be thought of a run, or of one cutoff."""

    PASS = "pass"  # noqa: S105, no password
    FAIL = "fail"
    ERROR = "error"
    """The run says nothing: too many errors, or too little scored."""
    INCONCLUSIVE = "inconclusive"
    """The data do not decide, or the run was interrupted before the end."""


class Ending(Enum):
    """Why a run asked no further."""

    COMPLETE = "complete"
    """No datapoint was left."""
    DECIDED = "decided"
    """Every cutoff was decided: --stop-when-decided."""
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Decision:
    """A verdict with its reason."""

    verdict: Verdict
    reason: str
    needed: int | None = None
    """About how many datapoints would decide, where the verdict is inconclusive and that is known."""


@dataclass(frozen=True)
class Score:
    """What one evaluator found."""

    evaluator: str
    estimate: Estimate
    errors: int
    """Datapoints that were asked and have no score."""


@dataclass(frozen=True)
class Requirements:
    """What every run must have, whatever its cutoffs."""

    max_error_rate: float = 0.0
    """Share of datapoints that may have errors."""
    min_coverage: float = 0.0
    """Least share of datapoints that each evaluator must have scored."""


def decide_run(
    scores: Sequence[Score],
    decisions: Sequence[Decision],
    requirements: Requirements,
    *,
    done: int,
    planned: int,
    ending: Ending,
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on a run with all its reasons; a run that failed or was interrupted is that, whatever the cutoffs."""
    if ending is Ending.INTERRUPTED:
        return Verdict.INCONCLUSIVE, (f"interrupted after {done} of {planned} datapoints",)
    asked = planned if ending is Ending.COMPLETE else done
    failed = [lack for score in scores for lack in _lacks(score, asked, requirements)] if asked else []
    if failed or not asked:
        return Verdict.ERROR, tuple(failed) or ("the data set has no datapoint",)
    for verdict in (Verdict.ERROR, Verdict.FAIL, Verdict.INCONCLUSIVE):
        reasons = tuple(decision.reason for decision in decisions if decision.verdict is verdict)
        if reasons:
            return verdict, reasons
    return Verdict.PASS, tuple(decision.reason for decision in decisions)


def _lacks(score: Score, asked: int, requirements: Requirements) -> list[str]:
    lacks, count = [], score.estimate.count
    if not count:
        lacks.append(f"{score.evaluator}: nothing was scored")
    if score.errors / asked > requirements.max_error_rate:
        share = f"{score.errors} of {asked} datapoints have errors"
        lacks.append(f"{score.evaluator}: {share}, and {requirements.max_error_rate:g} of them may (--max-error-rate)")
    if count / asked < requirements.min_coverage:
        share = f"{count} of {asked} datapoints were scored"
        lacks.append(f"{score.evaluator}: {share}, and {requirements.min_coverage:g} of them must be (--min-coverage)")
    return lacks
