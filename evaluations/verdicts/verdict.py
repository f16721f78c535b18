"""Whether a run is good enough: the words of a verdict, and the verdict on a run. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from msgspec import Struct, field

from evaluations.model import Json
from evaluations.verdicts.estimates import Estimate


class Verdict(Enum):
    """What is to be thought of a run, or of one cutoff."""

    PASS = "pass"  # noqa: S105, no password
    FAIL = "fail"
    ERROR = "error"
    """The run failed, and says nothing: too many errors, too little scored, or a limit on what is not known."""
    INCONCLUSIVE = "inconclusive"
    """The data do not decide, or the run was interrupted before the end."""


class Ending(Enum):
    """Why a run asked no further."""

    COMPLETE = "complete"
    """No datapoint was left."""
    DECIDED = "decided"
    """Every cutoff was decided, and `stop_when_decided` was set."""
    BUDGET = "budget"
    """A budget of money, tokens or time was used up."""
    INTERRUPTED = "interrupted"


_EARLY = {Ending.BUDGET: "a budget ended the run", Ending.INTERRUPTED: "interrupted"}
"""Endings that have nothing to do with what was found, in words."""


class Decision(Struct, frozen=True):
    """A verdict with its reason."""

    verdict: Verdict
    reason: str
    needed: int | None = None
    """About how many datapoints would decide, where the verdict is inconclusive and that is known."""


class Score(Struct, frozen=True):
    """What one evaluator found."""

    evaluator: str
    estimate: Estimate
    errors: int
    """Datapoints that were asked and have no score."""
    reliability: Mapping[str, Estimate] = field(default_factory=dict)
    """`pass@k` and `pass^k`, where datapoints were asked k times and answers are right or wrong."""
    judges: Mapping[str, Json] | None = None
    """How often judges differ or contradict themselves, and how far they agree with people; None without judges."""


class Requirements(Struct, frozen=True):
    """What every run must have, whatever its cutoffs."""

    max_error_rate: float = 0.0
    """Share of datapoints that may have errors."""
    min_coverage: float | None = None
    """Least share of what was planned that each evaluator must have scored. None asks for none, but of a run that a
    budget ended: that one needs to be told what is enough."""


def decide_run(
    scores: Sequence[Score],
    decisions: Sequence[Decision],
    requirements: Requirements,
    *,
    done: int,
    planned: int,
    ending: Ending,
    standing: bool = False,
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on a run with all its reasons; a run that failed or was interrupted is that, whatever the cutoffs.

    `standing` says that a sequential gate had decided when the run ended. It would have been right to stop there, so
    the run is judged by that decision, and the reasons say last how it ended.
    """
    judged = judged_as(ending, standing=standing)
    if judged is not ending:
        found, reasons = decide_run(scores, decisions, requirements, done=done, planned=planned, ending=judged)
        return found, (*reasons, f"{_EARLY[ending]} after {done} of {planned} datapoints, and had decided before")
    if ending is Ending.INTERRUPTED:
        return Verdict.INCONCLUSIVE, (f"{_EARLY[ending]} after {done} of {planned} datapoints",)
    if is_open(requirements, done=done, planned=planned, ending=ending):
        reason = f"{_EARLY[ending]} after {done} of {planned} datapoints; say with min_coverage what is enough"
        return Verdict.INCONCLUSIVE, (reason,)
    asked = done if ending is Ending.DECIDED else planned
    failed = [lack for score in scores for lack in _lacks(score, done, asked, requirements)] if done else []
    if failed or not done:
        nothing = "no datapoint was asked" if planned else "the data set has no datapoint"
        return Verdict.ERROR, tuple(failed) or (nothing,)
    for verdict in (Verdict.ERROR, Verdict.FAIL, Verdict.INCONCLUSIVE):
        reasons = tuple(decision.reason for decision in decisions if decision.verdict is verdict)
        if reasons:
            return verdict, reasons
    return Verdict.PASS, tuple(decision.reason for decision in decisions)


def judged_as(ending: Ending, *, standing: bool) -> Ending:
    """The ending that a variant is judged by: one that was decided before is not open because the run ended early."""
    return Ending.DECIDED if standing and ending in _EARLY else ending


def is_open(requirements: Requirements, *, done: int, planned: int, ending: Ending) -> bool:
    """Whether a run ended before what it found can be judged."""
    cut = ending is Ending.BUDGET and requirements.min_coverage is None and done < planned
    return cut or ending is Ending.INTERRUPTED


def _lacks(score: Score, done: int, asked: int, requirements: Requirements) -> list[str]:
    lacks, count, coverage = [], score.estimate.count, requirements.min_coverage or 0.0
    if not count:
        lacks.append(f"{score.evaluator}: nothing was scored")
    if score.errors / done > requirements.max_error_rate:
        share = f"{score.errors} of {done} datapoints have errors"
        lacks.append(f"{score.evaluator}: {share}, and {requirements.max_error_rate:g} of them may (max_error_rate)")
    if count / asked < coverage:
        share = f"{count} of {asked} datapoints were scored"
        lacks.append(f"{score.evaluator}: {share}, and {coverage:g} of them must be (min_coverage)")
    return lacks
