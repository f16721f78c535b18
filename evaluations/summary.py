"""What a run found as a whole, and its JSON form. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from evaluations.cutoffs import Cutoff, Gate
from evaluations.errors import ExitCode
from evaluations.model import Json
from evaluations.statistics.interval import Interval
from evaluations.verdicts import Decision, Ending, Score, Verdict

SCHEMA = 1
"""Of the summary's JSON form; goes up when a field changes its meaning or goes."""

_EXITS = {
    Verdict.PASS: ExitCode.PASSED,
    Verdict.FAIL: ExitCode.CUTOFF_MISSED,
    Verdict.ERROR: ExitCode.RUN_FAILED,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}


@dataclass
class Cause:
    """Failures of one cause, with the first as an example."""

    count: int
    example: str
    """The id of the first datapoint that failed so."""
    message: str


@dataclass(frozen=True)
class Summary:
    """A run as a whole."""

    planned: int
    """Datapoints in the data set."""
    done: int
    """Datapoints that were asked to the end, with an answer or an error."""
    errors: int
    """Datapoints among them that lack at least one score."""
    ending: Ending
    gate: Gate
    scores: tuple[Score, ...]
    cutoffs: tuple[tuple[Cutoff, Decision], ...]
    causes: dict[str, Cause]
    verdict: Verdict
    reasons: tuple[str, ...]
    latency: dict[str, float | None] = field(default_factory=dict)
    """Seconds that answers took, by `p50` and the like; None without answers."""

    @property
    def complete(self) -> bool:
        """Whether no datapoint is left."""
        return self.ending is Ending.COMPLETE

    @property
    def exit_code(self) -> ExitCode:
        """How the command ends."""
        return ExitCode.INTERRUPTED if self.ending is Ending.INTERRUPTED else _EXITS[self.verdict]

    def to_json(self) -> dict[str, Json]:
        """The summary line; what has no value is null, never NaN."""
        return {
            "type": "summary",
            "schema": SCHEMA,
            "verdict": self.verdict.value,
            "reasons": list(self.reasons),
            "complete": self.complete,
            "ending": self.ending.value,
            "gate": self.gate.value,
            "planned": self.planned,
            "count": self.done,
            "errors": self.errors,
            "scores": {score.evaluator: _score(score) for score in self.scores},
            "cutoffs": [_cutoff(cutoff, decision) for cutoff, decision in self.cutoffs],
            "latency": {name: None if value is None else round(value, 6) for name, value in self.latency.items()},
            "causes": {
                name: {"count": cause.count, "example": cause.example, "message": cause.message}
                for name, cause in self.causes.items()
            },
        }


def _score(score: Score) -> dict[str, Json]:
    estimate = score.estimate
    return {
        "count": estimate.count,
        "errors": score.errors,
        "mean": estimate.mean,
        "standard_error": estimate.standard_error,
        "interval": _ends(estimate.interval),
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _cutoff(cutoff: Cutoff, decision: Decision) -> dict[str, Json]:
    return {
        ("metric" if cutoff.on_run else "evaluator"): cutoff.metric,
        ("maximum" if cutoff.on_run else "minimum"): cutoff.bound,
        "verdict": decision.verdict.value,
        "reason": decision.reason,
        "needed": decision.needed,
    }
