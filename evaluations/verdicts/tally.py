"""Adds the results of one variant up, one by one, in memory that does not grow. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from evaluations.evaluators import Evaluator, Report, Reporting
from evaluations.model import NOTHING, Answer, Rating, Result
from evaluations.statistics.sequences import ConfidenceSequence
from evaluations.verdicts.cutoffs import Cutoff, Gate
from evaluations.verdicts.decisions import decide_bound, decide_mean, decide_sequential, decide_sum
from evaluations.verdicts.estimates import Moments
from evaluations.verdicts.latencies import Latencies
from evaluations.verdicts.repeats import Reliability, Repeated
from evaluations.verdicts.requirements import judge
from evaluations.verdicts.summary import Cause, Summary
from evaluations.verdicts.verdict import Decision, Ending, Requirements, Score, decide_run, judged_as

_PERCENTILES = (50, 90, 95, 99)


class Tally:
    """Adds results up."""

    def __init__(
        self,
        evaluators: Sequence[Evaluator],
        cutoffs: Sequence[Cutoff] = (),
        *,
        planned: int,
        repeats: int = 1,
        gate: Gate = Gate.MEAN,
        requirements: Requirements | None = None,
    ) -> None:
        """`planned` counts the results that are to come: datapoints times repeats."""
        self._scores = {each.name: _Scores(each, gate, repeats) for each in evaluators}
        self._watches = [_Watch(cutoff, gate, repeats) for cutoff in cutoffs]
        self._causes: dict[str, Cause] = {}
        self._latencies = Latencies()
        self._gate = gate
        self._requirements = requirements or Requirements()
        self.planned = planned
        self.done = 0
        self.failed = 0
        """Results that lack at least one score."""
        self.usage = NOTHING
        """What was paid for in this run: not what came out of the cache."""

    def spend(self, result: Result) -> None:
        """Count what a result took, when it is there: the order changes nothing."""
        usage = result.usage
        if usage is not NOTHING:
            self.usage += usage
        for watch in self._watches:
            if watch.cutoff.summed:
                watch.spend(result)

    def add(self, result: Result) -> None:
        """Count all else of a result. With `--gate sequential` the order must not depend on what is in them."""
        self.done += 1
        for name, rating in result.ratings.items():
            self._scores[name].add(result, rating.value if isinstance(rating, Rating) else None)
        for watch in self._watches:
            if not watch.cutoff.summed:
                watch.add(result)
        if isinstance(result.answer, Answer):
            self._latencies.add(result.answer.seconds)
        failure = result.failure
        if failure is not None:
            self.failed += 1
            cause = self._causes.setdefault(failure.cause, Cause(0, result.datapoint.id, failure.message))
            cause.count += 1

    @property
    def decided(self) -> bool:
        """Whether no further result can change what the sequential gate says: one cutoff is missed, or all are met.

        A sum can only be missed before the end. Where a decision about the others ends the run, it is what it then is.
        """
        means = [watch for watch in self._watches if not watch.cutoff.summed]
        return self.done > 0 and (self._missed or (bool(means) and all(watch.reached for watch in means)))

    @property
    def standing(self) -> bool:
        """Whether the verdict stands, however the run ends: decided by a sequential gate, with no sum left open."""
        if self._gate is not Gate.SEQUENTIAL or not self.decided:
            return False
        return self._missed or not any(watch.cutoff.summed for watch in self._watches)

    @property
    def _missed(self) -> bool:
        return any(watch.missed for watch in self._watches)

    def summary(self, ending: Ending, *, standing: bool = False) -> Summary:
        """What was found. Asked for once, at the end.

        `standing` says that the verdict stood before the run was ended: what came out of turn after that decides
        nothing.
        """
        scores = tuple(found.score() for found in self._scores.values())
        decisions = tuple((watch.cutoff, watch.decide()) for watch in self._watches)
        verdict, reasons = decide_run(
            scores,
            [decision for _cutoff, decision in decisions],
            self._requirements,
            done=self.done,
            planned=self.planned,
            ending=ending,
            standing=standing,
        )
        judged = judged_as(ending, standing=standing)
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
            judge(scores, self._requirements, done=self.done, planned=self.planned, ending=judged),
            {f"p{percent}": self._latencies.percentile(percent) for percent in _PERCENTILES},
            self.usage,
        )


class _Scores:
    """Of one evaluator."""

    def __init__(self, evaluator: Evaluator, gate: Gate, repeats: int) -> None:
        lowest, highest = evaluator.lowest, evaluator.highest
        self._evaluator = evaluator
        self._estimate = Repeated(Moments(lowest, highest, boolean=evaluator.boolean), repeats)
        # Where a run may end at any time, only a confidence sequence is right at its end.
        self._sequence = ConfidenceSequence(0.0) if gate is Gate.SEQUENTIAL else None
        right = lowest if evaluator.smaller_is_better else highest
        self._reliability = Reliability(right, repeats) if evaluator.boolean and repeats > 1 else None
        self._report: Report | None = evaluator.report() if isinstance(evaluator, Reporting) else None
        self._errors = 0

    def add(self, result: Result, value: float | None) -> None:
        if self._report is not None:
            self._report.add(result)
        group = result.datapoint.group
        self._estimate.add(result.index, value, group)
        if self._reliability is not None:
            self._reliability.add(result.index, value, group)
        if value is None:
            self._errors += 1
        elif self._sequence is not None:
            lowest, highest = self._evaluator.lowest, self._evaluator.highest
            self._sequence.add((value - lowest) / (highest - lowest))

    def score(self) -> Score:
        estimate, lowest, highest = self._estimate.estimate(), self._evaluator.lowest, self._evaluator.highest
        if self._sequence is not None and estimate.count:
            estimate = replace(estimate, interval=self._sequence.interval().scaled(lowest, highest))
        reliability = self._reliability.estimates() if self._reliability is not None else {}
        judges = None if self._report is None else self._report.to_json()
        return Score(self._evaluator.name, estimate, self._errors, reliability, judges)


class _Watch:
    """What was seen of one cutoff."""

    def __init__(self, cutoff: Cutoff, gate: Gate, repeats: int) -> None:
        self.cutoff = cutoff
        self._gate = gate
        self._repeats = repeats
        self._estimate = Repeated(Moments(cutoff.lowest, cutoff.highest, boolean=cutoff.boolean), repeats)
        self._sequence = ConfidenceSequence(cutoff.unit(cutoff.threshold))
        self._sum = 0.0
        self._unknown = 0

    def spend(self, result: Result) -> None:
        self._sum += self.cutoff.value(result) or 0.0
        self._unknown += result.usage.unpriced

    def add(self, result: Result) -> None:
        value = self.cutoff.value(result)
        if self._gate is not Gate.SEQUENTIAL:
            self._estimate.add(result.index, value, result.datapoint.group)
        elif value is not None:
            self._sequence.add(self.cutoff.unit(value))

    @property
    def missed(self) -> bool:
        if self.cutoff.summed:
            return self._sum > self.cutoff.threshold
        return self._sequence.above if self.cutoff.at_most else self._sequence.below

    @property
    def reached(self) -> bool:
        return self._sequence.below if self.cutoff.at_most else self._sequence.above

    def decide(self) -> Decision:
        if self.cutoff.summed:
            return decide_sum(self.cutoff, self._sum, self._unknown)
        if self._gate is Gate.SEQUENTIAL:
            return decide_sequential(self.cutoff, self._sequence)
        estimate = self._estimate.estimate()
        if self._gate is Gate.MEAN:
            return decide_mean(self.cutoff, estimate)
        return decide_bound(self.cutoff, estimate, self._repeats)
