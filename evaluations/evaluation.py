"""One evaluation: a data set put to variants, scored, added up and judged. The command and the library both run it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from msgspec import Struct, field

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.model import NOTHING, Datapoint, Json, Result, Usage
from evaluations.running.order import InOrder, Key, key_of
from evaluations.running.run import Ask, Execute, Question, ask_and_score, questions
from evaluations.verdicts.cutoffs import ERROR_RATE, Cutoff, Gate
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
        """`datapoints` counts those of the data set. Raises UsageError where nothing would be asked or scored, or two
        parts could not be told apart.
        """
        variants = tuple(variants)
        _told_apart("variant", variants)
        _told_apart("evaluator", [each.name for each in evaluators])
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

    def add(self, result: Result) -> None:
        """Count a result; those of an earlier part of the same run come first."""
        self.tallies[result.variant].add(result)

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
        stop: asyncio.Event | None = None,
        choose: Callable[[Iterator[Question]], Iterator[Question]] = lambda asked: asked,
        execute: Execute = ask_and_score,
        early: Mapping[Key, Result] = MappingProxyType({}),
    ) -> RunSummary:
        """Ask, score and add up; `on_result` gets each result after it was counted.

        `choose` may leave questions out (those of an earlier part of the run) or end them (a budget). `execute` may
        spread the work over a cluster. `early` has results of an earlier part that a sequential gate may not look at
        before those of the questions before them; `on_result` gets them too.
        """
        stop = stop or asyncio.Event()
        enough = self._settings.stop_when_decided
        decided = enough and self.decided  # by what an earlier part of the run found
        in_turn = True

        def take(result: Result) -> None:
            nonlocal decided
            if decided and key_of(result) not in early:  # given up, like what is on its way
                return
            self.add(result)
            on_result(result)
            if enough and in_turn and self.decided and not decided:
                decided = True
                stop.set()

        if decided:
            for result in early.values():  # it is there, whatever it says
                take(result)
            return self.summary(self._ending(whole=False, decided=True))
        asked = choose(questions(datapoints, self.tallies, self._settings.repeats))
        ordered = InOrder(take, early) if self._settings.gate is Gate.SEQUENTIAL else None
        whole = await execute(
            asked if ordered is None else ordered.source(asked),
            asks,
            self._evaluators,
            take if ordered is None else ordered.take,
            concurrency=self._settings.concurrency,
            stop=stop,
        )
        standing = {name for name, tally in self.tallies.items() if tally.standing}
        in_turn = False
        if ordered is not None:
            ordered.flush()  # where the run was cut off: quick answers, which must not decide
        return self.summary(self._ending(whole=whole, decided=decided), standing)

    def _ending(self, *, whole: bool, decided: bool) -> Ending:
        if self.done == self.planned:
            return Ending.COMPLETE
        if decided:
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
