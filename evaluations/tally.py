"""Adds a run up, result by result, in memory that does not grow. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evaluations.cutoffs import Cutoff, Gate
from evaluations.decisions import decide_bound, decide_mean, decide_sequential
from evaluations.estimates import Moments
from evaluations.evaluators import Evaluator
from evaluations.latencies import Latencies
from evaluations.model import Answer, Failure, Result
from evaluations.statistics.sequences import ConfidenceSequence
from evaluations.summary import Cause, Summary
from evaluations.verdicts import Decision, Ending, Requirements, Score, decide_run

_PERCENTILES = (50, 90, 95, 99)


class Tally:
    """Adds results up."""

    def __init__(
        self,
        evaluators: Sequence[Evaluator],
        cutoffs: Sequence[Cutoff] = (),
        *,
        planned: int,
        gate: Gate = Gate.MEAN,
        requirements: Requirements | None = None,
    ) -> None:
        self._scores = {each.name: _Scores(each, gate) for each in evaluators}
        self._watches = [_Watch(cutoff, gate) for cutoff in cutoffs]
        self._causes: dict[str, Cause] = {}
        self._latencies = Latencies()
        self._gate = gate
        self._requirements = requirements or Requirements()
        self.planned = planned
        self.done = 0
        self.failed = 0
        """Results that lack at least one score."""

    def add(self, result: Result) -> None:
        """Count a result. With `--gate sequential` the order must not depend on what is in them."""
        self.done += 1
        for name, score in result.scores.items():
            self._scores[name].add(score, result.datapoint.group)
        for watch in self._watches:
            watch.add(result)
        if isinstance(result.answer, Answer):
            self._latencies.add(result.answer.seconds)
        failure = result.failure
        if failure is not None:
            self.failed += 1
            cause = self._causes.setdefault(failure.cause, Cause(0, result.datapoint.id, failure.message))
            cause.count += 1

    @property
    def is_sequential(self) -> bool:
        """Whether results have to come in the order in which datapoints were asked."""
        return self._gate is Gate.SEQUENTIAL

    @property
    def decided(self) -> bool:
        """Whether no further result can change what the sequential gate says: one cutoff is missed, or all are met."""
        missed = any(watch.missed for watch in self._watches)
        return missed or (bool(self._watches) and all(watch.reached for watch in self._watches))

    def summary(self, ending: Ending) -> Summary:
        """What was found so far."""
        scores = tuple(found.score() for found in self._scores.values())
        decisions = tuple((watch.cutoff, watch.decide()) for watch in self._watches)
        verdict, reasons = decide_run(
            scores,
            [decision for _cutoff, decision in decisions],
            self._requirements,
            done=self.done,
            planned=self.planned,
            ending=ending,
        )
        return Summary(
            self.planned,
            self.done,
            self.failed,
            ending,
            self._gate,
            scores,
            decisions,
            self._causes,
            verdict,
            reasons,
            {f"p{percent}": self._latencies.percentile(percent) for percent in _PERCENTILES},
        )


class _Scores:
    """Of one evaluator."""

    def __init__(self, evaluator: Evaluator, gate: Gate) -> None:
        self._evaluator = evaluator
        self._moments = Moments(evaluator.lowest, evaluator.highest, boolean=evaluator.boolean)
        # Where a run may end at any time, only a confidence sequence is right at its end.
        self._sequence = ConfidenceSequence(0.0) if gate is Gate.SEQUENTIAL else None
        self._errors = 0

    def add(self, score: float | Failure, group: str | None) -> None:
        if isinstance(score, Failure):
            self._errors += 1
            return
        self._moments.add(score, group)
        if self._sequence is not None:
            lowest, highest = self._evaluator.lowest, self._evaluator.highest
            self._sequence.add((score - lowest) / (highest - lowest))

    def score(self) -> Score:
        estimate, lowest, highest = self._moments.estimate(), self._evaluator.lowest, self._evaluator.highest
        if self._sequence is not None and estimate.count:
            estimate = replace(estimate, interval=self._sequence.interval().scaled(lowest, highest))
        return Score(self._evaluator.name, estimate, self._errors)


class _Watch:
    """What was seen of one cutoff."""

    def __init__(self, cutoff: Cutoff, gate: Gate) -> None:
        self.cutoff = cutoff
        self._gate = gate
        self._moments = Moments(cutoff.lowest, cutoff.highest, boolean=cutoff.boolean)
        self._sequence = ConfidenceSequence(cutoff.unit(cutoff.threshold))

    def add(self, result: Result) -> None:
        value = self.cutoff.value(result)
        if value is None:
            return
        if self._gate is Gate.SEQUENTIAL:
            self._sequence.add(self.cutoff.unit(value))
        else:
            self._moments.add(value, result.datapoint.group)

    @property
    def missed(self) -> bool:
        return self._sequence.above if self.cutoff.at_most else self._sequence.below

    @property
    def reached(self) -> bool:
        return self._sequence.below if self.cutoff.at_most else self._sequence.above

    def decide(self) -> Decision:
        if self._gate is Gate.SEQUENTIAL:
            return decide_sequential(self.cutoff, self._sequence)
        decide = decide_mean if self._gate is Gate.MEAN else decide_bound
        return decide(self.cutoff, self._moments.estimate())
