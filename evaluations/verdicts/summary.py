"""What a run found, variant by variant and as a whole, and its JSON form. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from evaluations.errors import ExitCode
from evaluations.model import NOTHING, Json, Usage
from evaluations.statistics.interval import Interval
from evaluations.verdicts.cutoffs import Cutoff, Gate
from evaluations.verdicts.estimates import Estimate
from evaluations.verdicts.requirements import Requirement
from evaluations.verdicts.verdict import Decision, Ending, Score, Verdict
from evaluations.version import SCHEMA

EXITS = {
    Verdict.PASS: ExitCode.PASSED,
    Verdict.FAIL: ExitCode.CUTOFF_MISSED,
    Verdict.ERROR: ExitCode.RUN_FAILED,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
}
"""How a command ends with that verdict."""
_BADNESS = (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.ERROR)


class Cause(Struct):
    """Failures of one cause, with the first as an example."""

    count: int
    example: str
    """The id of the first datapoint that failed so."""
    message: str


class Summary(Struct, frozen=True):
    """One variant in a run."""

    planned: int
    """Datapoints in the data set, times repeats."""
    done: int
    """Of these, those that were asked to the end, with an answer or an error."""
    errors: int
    """Datapoints among them that lack at least one score."""
    ending: Ending
    gate: Gate
    scores: tuple[Score, ...]
    cutoffs: tuple[tuple[Cutoff, Decision], ...]
    causes: dict[str, Cause]
    verdict: Verdict
    reasons: tuple[str, ...]
    requirements: tuple[Requirement, ...] = ()
    """The error rate and the coverage, whatever the cutoffs say."""
    latency: dict[str, float | None] = field(default_factory=dict)
    """Seconds that answers took, by `p50` and the like; None without answers."""

    usage: Usage = NOTHING

    def to_json(self) -> dict[str, Json]:
        """Its part of the summary; what has no value is null, never NaN."""
        return {
            "verdict": self.verdict.value,
            "reasons": list(self.reasons),
            "planned": self.planned,
            "count": self.done,
            "errors": self.errors,
            "scores": {score.evaluator: _score(score) for score in self.scores},
            "requirements": [each.to_json() for each in self.requirements],
            "cutoffs": [_cutoff(cutoff, decision) for cutoff, decision in self.cutoffs],
            "latency": {name: None if value is None else round(value, 6) for name, value in self.latency.items()},
            "usage": self.usage.to_json(),
            "causes": {
                name: {"count": cause.count, "example": cause.example, "message": cause.message}
                for name, cause in self.causes.items()
            },
        }


class RunSummary(Struct, frozen=True):
    """All variants of a run."""

    variants: Mapping[str, Summary]
    ending: Ending
    gate: Gate
    budgets: tuple[Requirement, ...] = ()
    """Those that were set. One that is not known to be kept is an error of the run."""

    @property
    def verdict(self) -> Verdict:
        """The worst of the variants' verdicts; an error where a budget is not known to be kept."""
        worst = max((summary.verdict for summary in self.variants.values()), key=_BADNESS.index)
        return Verdict.ERROR if self._unkept else worst

    @property
    def reasons(self) -> tuple[str, ...]:
        """For that verdict; with the variant's name where there are several."""
        verdict, several = self.verdict, len(self.variants) > 1
        found = (
            f"{name}: {reason}" if several else reason
            for name, summary in self.variants.items()
            if summary.verdict is verdict
            for reason in summary.reasons
        )
        return (*found, *self._unkept)

    @property
    def _unkept(self) -> tuple[str, ...]:
        unknown = {"max_cost": self.usage.unpriced, "max_tokens": self.usage.uncounted}
        return tuple(
            f"{each.name}: it is not known whether {each.limit:g} was kept: {unknown.get(each.name, 0):,} answers came "
            "without what they took"
            for each in self.budgets
            if each.verdict is Verdict.ERROR
        )

    @property
    def planned(self) -> int:
        """Datapoints times repeats times variants."""
        return sum(summary.planned for summary in self.variants.values())

    @property
    def done(self) -> int:
        """Of these, those that were asked to the end, with an answer or an error."""
        return sum(summary.done for summary in self.variants.values())

    @property
    def errors(self) -> int:
        """Of these, those that lack at least one score."""
        return sum(summary.errors for summary in self.variants.values())

    @property
    def usage(self) -> Usage:
        """What the run took, the cache left out."""
        return sum((summary.usage for summary in self.variants.values()), NOTHING)

    @property
    def complete(self) -> bool:
        """Whether no datapoint is left."""
        return self.ending is Ending.COMPLETE

    @property
    def exit_code(self) -> ExitCode:
        """How the command ends."""
        return ExitCode.INTERRUPTED if self.ending is Ending.INTERRUPTED else EXITS[self.verdict]

    def to_json(self) -> dict[str, Json]:
        """The summary line."""
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
            "usage": self.usage.to_json(),
            "budgets": [each.to_json() for each in self.budgets],
            "variants": {name: summary.to_json() for name, summary in self.variants.items()},
        }


def _score(score: Score) -> dict[str, Json]:
    found = {**_estimate(score.estimate), "errors": score.errors}
    if score.reliability:
        found["reliability"] = {name: _estimate(estimate) for name, estimate in score.reliability.items()}
    if score.judges is not None:
        found["judges"] = dict(score.judges)
    return found


def _estimate(estimate: Estimate) -> dict[str, Json]:
    return {
        "count": estimate.count,
        "mean": estimate.mean,
        "standard_error": estimate.standard_error,
        "interval": _ends(estimate.interval),
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _cutoff(cutoff: Cutoff, decision: Decision) -> dict[str, Json]:
    return {
        "metric": cutoff.metric,
        ("minimum" if cutoff.least else "maximum"): cutoff.bound,
        "verdict": decision.verdict.value,
        "reason": decision.reason,
        "needed": decision.needed,
    }
