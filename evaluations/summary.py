"""What a run found, added up result by result in memory that does not grow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evaluations.errors import ExitCode
from evaluations.estimates import Moments
from evaluations.evaluators import Evaluator
from evaluations.model import Failure, Json, Result
from evaluations.verdicts import Cutoff, Decision, Score, Verdict, decide_cutoff, decide_run

SCHEMA = 1
"""Of the summary's JSON form; goes up when a field changes its meaning or goes."""

_EXITS = {Verdict.PASS: ExitCode.PASSED, Verdict.FAIL: ExitCode.CUTOFF_MISSED, Verdict.ERROR: ExitCode.RUN_FAILED}


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
    complete: bool
    scores: tuple[Score, ...]
    cutoffs: tuple[tuple[Cutoff, Decision], ...]
    causes: dict[str, Cause]
    verdict: Verdict
    reasons: tuple[str, ...]

    @property
    def exit_code(self) -> ExitCode:
        """How the command ends."""
        return _EXITS.get(self.verdict, ExitCode.INTERRUPTED)

    def to_json(self) -> dict[str, Json]:
        """The summary line; what has no value is null, never NaN."""
        return {
            "type": "summary",
            "schema": SCHEMA,
            "verdict": self.verdict.value,
            "reasons": list(self.reasons),
            "complete": self.complete,
            "planned": self.planned,
            "count": self.done,
            "errors": self.errors,
            "scores": {
                score.evaluator: {
                    "count": score.estimate.count,
                    "errors": score.errors,
                    "mean": score.estimate.mean,
                    "standard_error": score.estimate.standard_error,
                }
                for score in self.scores
            },
            "cutoffs": [
                {
                    "evaluator": cutoff.evaluator,
                    "minimum": cutoff.minimum,
                    "verdict": decision.verdict.value,
                    "reason": decision.reason,
                }
                for cutoff, decision in self.cutoffs
            ],
            "causes": {
                name: {"count": cause.count, "example": cause.example, "message": cause.message}
                for name, cause in self.causes.items()
            },
        }


class Tally:
    """Adds results up."""

    def __init__(
        self,
        evaluators: Sequence[Evaluator],
        cutoffs: Sequence[Cutoff] = (),
        *,
        planned: int,
        max_error_rate: float = 0.0,
    ) -> None:
        self._moments = {evaluator.name: Moments() for evaluator in evaluators}
        self._errors = dict.fromkeys(self._moments, 0)
        self._causes: dict[str, Cause] = {}
        self._cutoffs = cutoffs
        self._max_error_rate = max_error_rate
        self.planned = planned
        self.done = 0
        self.failed = 0
        """Results that lack at least one score."""

    def add(self, result: Result) -> None:
        """Count a result."""
        self.done += 1
        for name, score in result.scores.items():
            if isinstance(score, Failure):
                self._errors[name] += 1
            else:
                self._moments[name].add(score)
        failure = result.failure
        if failure is not None:
            self.failed += 1
            cause = self._causes.setdefault(failure.cause, Cause(0, result.datapoint.id, failure.message))
            cause.count += 1

    def summary(self, *, complete: bool) -> Summary:
        """What was found so far; `complete` says that no datapoint is left."""
        scores = {name: Score(name, moments.estimate(), self._errors[name]) for name, moments in self._moments.items()}
        decisions = tuple((cutoff, decide_cutoff(cutoff, scores[cutoff.evaluator])) for cutoff in self._cutoffs)
        verdict, reasons = decide_run(
            tuple(scores.values()),
            [decision for _cutoff, decision in decisions],
            done=self.done,
            planned=self.planned,
            complete=complete,
            max_error_rate=self._max_error_rate,
        )
        return Summary(
            self.planned,
            self.done,
            self.failed,
            complete,
            tuple(scores.values()),
            decisions,
            self._causes,
            verdict,
            reasons,
        )
