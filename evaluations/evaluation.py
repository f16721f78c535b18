"""One evaluation: a data set put to variants, scored, added up and judged. The command and the library both run it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.model import NOTHING, Datapoint, Json, Result, Usage
from evaluations.running.order import Places, Turns
from evaluations.running.run import Ask, Execute, Question, ask_and_score, questions
from evaluations.verdicts.cutoffs import ERROR_RATE, Cutoff, Gate, of_every_run
from evaluations.verdicts.summary import RunSummary
from evaluations.verdicts.tally import Tally
from evaluations.verdicts.verdict import Ending, Requirements

OnResult = Callable[[Result], None]


class Settings(Struct, frozen=True):
    """How an evaluation is run and judged."""

    cutoffs: Sequence[Cutoff] = ()
    gate: Gate = Gate.MEAN
    requirements: Requirements = field(default_factory=Requirements)
    repeats: int = 1
    """How often each datapoint is put to each variant."""
    concurrency: int = 64
    """Most questions on their way at once."""
    stop_when_decided: bool = False
    """Ask no more once the sequential gate has decided for every variant."""

    def demands(self) -> dict[str, Json]:
        """What the results have to come up to, for a run's manifest."""
        limits = self.requirements
        return {
            "cutoffs": {cutoff.metric: cutoff.bound for cutoff in self.cutoffs},
            "max_error_rate": limits.max_error_rate,
            "min_coverage": limits.min_coverage,
            "stop_when_decided": self.stop_when_decided,
        }


def settings_from(
    cutoffs: Sequence[Cutoff],
    gate: Gate,
    *,
    max_error_rate: float | None = None,
    min_coverage: float | None = None,
    repeats: int = 1,
    concurrency: int = 64,
    stop_when_decided: bool = False,
) -> Settings:
    """Settings in the words of command line, configuration and library, checked together. Raises UsageError.

    Errors are judged by `max_error_rate` (0 where it is None), or by a cutoff on `error_rate`, or by both.
    """
    if stop_when_decided and (gate is not Gate.SEQUENTIAL or not cutoffs):
        raise UsageError(
            "only a sequential gate stays right when a run stops at its decision, and it needs a cutoff",
            where="stop_when_decided",
            do="choose the gate sequential, and give a cutoff",
        )
    if max_error_rate is None:
        max_error_rate = 1.0 if any(cutoff.metric == ERROR_RATE for cutoff in cutoffs) else 0.0
    requirements = Requirements(max_error_rate, min_coverage)
    return Settings(cutoffs, gate, requirements, repeats, concurrency, stop_when_decided)


class Evaluation:
    """What was planned and what was found so far."""

    def __init__(
        self, variants: Iterable[str], evaluators: Sequence[Evaluator], settings: Settings, *, datapoints: int
    ) -> None:
        """`datapoints` counts those of the data set. Raises UsageError where nothing would be asked or scored, two
        parts could not be told apart, or the gate can do nothing with a scale.
        """
        variants = tuple(variants)
        _told_apart("variant", variants)
        _told_apart("evaluator", [each.name for each in evaluators])
        _named(evaluators)
        _measured(evaluators, settings.gate)
        self._evaluators = evaluators
        self._settings = settings
        self.tallies = {
            name: Tally(
                evaluators,
                settings.cutoffs,
                planned=datapoints * settings.repeats,
                repeats=settings.repeats,
                gate=settings.gate,
                requirements=settings.requirements,
            )
            for name in variants
        }
        self.places = Places(variants, settings.repeats, datapoints=datapoints)
        self._turns = Turns(self.places, self._in_turn) if settings.gate is Gate.SEQUENTIAL else None
        self._settled = False  # it stops at its decision, and is decided

    @property
    def planned(self) -> int:
        """Results that are to come, of all variants."""
        return sum(tally.planned for tally in self.tallies.values())

    @property
    def done(self) -> int:
        """Results that are there."""
        return sum(tally.done for tally in self.tallies.values())

    @property
    def failed(self) -> int:
        """Of these, those that lack at least one score."""
        return sum(tally.failed for tally in self.tallies.values())

    @property
    def usage(self) -> Usage:
        """What answers and judges took so far, the cache left out."""
        return sum((tally.usage for tally in self.tallies.values()), NOTHING)

    def arrive(self, result: Result, then: OnResult) -> None:
        """Count what a result took at once, and its scores when it is its turn; then tell `then` of it.

        Those of an earlier part of the same run come first, in the order in which they came then: so the run goes on
        as if it had not been cut. Once a run that stops at its decision is decided, scores are not counted any more.
        """
        self.tallies[result.variant].spend(result)
        if self._turns is None:
            self._add(result, then)
        else:
            self._turns.take(result, then)
            self._look()

    def _add(self, result: Result, then: OnResult) -> None:
        self.tallies[result.variant].add(result)
        then(result)

    def _in_turn(self, result: Result, then: OnResult) -> None:
        if not self._settled:
            self._add(result, then)
            self._look()

    def _look(self) -> None:
        self._settled = self._settled or (self._settings.stop_when_decided and self.decided)

    @property
    def decided(self) -> bool:
        """Whether the sequential gate has decided for every variant."""
        return all(tally.decided for tally in self.tallies.values())

    async def run(
        self,
        datapoints: Iterable[Datapoint],
        asks: Mapping[str, Ask],
        on_result: OnResult,
        *,
        on_arrival: OnResult = lambda _result: None,
        stop: asyncio.Event | None = None,
        choose: Callable[[Iterator[Question]], Iterator[Question]] = lambda asked: asked,
        execute: Execute = ask_and_score,
    ) -> RunSummary:
        """Ask, score and add up.

        `on_arrival` gets each result as soon as it is there, `on_result` after its scores were counted: under a
        sequential gate in the order of the questions. `choose` may leave questions out (those of an earlier part of the
        run) or end them (a budget). `execute` may spread the work over a cluster.
        """
        stop, whole = stop or asyncio.Event(), False

        def take(result: Result) -> None:
            on_arrival(result)
            self.arrive(result, on_result)
            if self._settled:
                stop.set()

        if not self._settled:
            asked = choose(questions(datapoints, self.tallies, self._settings.repeats))
            concurrency = self._settings.concurrency
            whole = await execute(asked, asks, self._evaluators, take, concurrency=concurrency, stop=stop)
        standing = {name for name, tally in self.tallies.items() if tally.standing}
        if self._turns is not None and not self._settled:
            for result, then in self._turns.left():  # the run was cut off: quick answers, which must not decide
                self._add(result, then)
        return self.summary(self._ending(whole=whole), standing)

    def _ending(self, *, whole: bool) -> Ending:
        if self.done == self.planned:
            return Ending.COMPLETE
        if self._settled:
            return Ending.DECIDED
        return Ending.BUDGET if whole else Ending.INTERRUPTED

    def summary(self, ending: Ending, standing: Collection[str] = ()) -> RunSummary:
        """What was found. Asked for once, at the end. `standing` has the variants that a sequential gate decided."""
        summaries = {name: tally.summary(ending, standing=name in standing) for name, tally in self.tallies.items()}
        return RunSummary(summaries, ending, self._settings.gate)


def _told_apart(kind: str, names: Sequence[str]) -> None:
    """A run of nothing must never pass, and each result is known by its names."""
    if not names:
        raise UsageError(f"there is no {kind}", where=f"{kind}s", do=f"give one {kind} at least")
    for name in names:
        if not name:
            raise UsageError(f"the {kind} has an empty name", where=f"{kind}s", do="give it a name")
        if names.count(name) > 1:
            raise UsageError(f"two {kind}s are called {name}", where=f"{kind}s", do="give each a name of its own")


def _named(evaluators: Sequence[Evaluator]) -> None:
    """A cutoff must say by its name what it is on."""
    for name in (each.name for each in evaluators if of_every_run(each.name)):
        what = f"an evaluator is called {name}, which is what a cutoff on the whole run is called"
        raise UsageError(what, where="evaluators", do="give it another name")


def _measured(evaluators: Sequence[Evaluator], gate: Gate) -> None:
    """Intervals that prove something, and confidence sequences, are for scores between two ends."""
    for each in evaluators:
        where = f"evaluators.{each.name}"
        if not each.lowest < each.highest:
            what = f"lowest, {each.lowest:g}, is not below highest, {each.highest:g}"
            raise UsageError(what, where=where, do="mend its scale")
        if gate is not Gate.MEAN and math.isinf(each.highest - each.lowest):
            what = f"its scale has no end, and the gate {gate.value} needs both"
            raise UsageError(what, where=where, do="give it a lowest and a highest score, or choose the gate mean")
