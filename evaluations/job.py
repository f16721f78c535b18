"""A whole run: questions out, results counted, written down and handed on. The command and the library both use it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import asdict, replace

from evaluations.assembly import Assembly
from evaluations.data.dataset import Contents, Dataset
from evaluations.data.shuffle import shuffled
from evaluations.errors import UsageError
from evaluations.evaluation import Evaluation, OnResult, Settings
from evaluations.model import Datapoint, Json, Result
from evaluations.pricing import refuse_unpriced
from evaluations.results.folder import RESULTS, open_folder
from evaluations.results.lines import result_line
from evaluations.results.manifest import Manifest, Source, dataset_json
from evaluations.running.budget import Budget, Spending
from evaluations.running.journal import Done, read_back
from evaluations.running.run import Execute, Question, ask_and_score
from evaluations.targets import Target, describe
from evaluations.verdicts.cutoffs import Gate
from evaluations.verdicts.summary import RunSummary
from evaluations.verdicts.verdict import Ending
from evaluations.version import installed_version

if TYPE_CHECKING:
    from evaluations.planning import Plan


class Job(Struct, frozen=True):
    """Everything that a run is made of, open and checked."""

    dataset: Dataset
    contents: Contents
    assembly: Assembly
    settings: Settings
    seed: int = 0
    """Of the random order that a sequential gate asks in."""
    budget: Budget = field(default_factory=Budget)
    configuration: Source | None = None
    output: Path | None = None
    """Where the run leaves its manifest, results and summary."""
    resume: bool = False
    """Whether an interrupted run in `output` is gone on with."""
    execute: Execute = ask_and_score
    """In this process, or spread over a cluster."""

    @classmethod
    def of(cls, plan: Plan, contents: Contents, execute: Execute, *, output: Path | None, resume: bool) -> Job:
        """What was planned, with what its data set was found to hold."""
        return cls(
            plan.dataset,
            contents,
            plan.assembly,
            plan.settings,
            plan.seed,
            plan.budget,
            plan.configuration,
            output,
            resume,
            execute,
        )

    @property
    def source(self) -> Source:
        """The data set as it was checked."""
        return Source(self.dataset.name, self.contents.sha256)

    @property
    def order_seed(self) -> int | None:
        """Where the order is random, what it was made of."""
        return self.seed if self.settings.gate is Gate.SEQUENTIAL else None

    def datapoints(self) -> Iterator[Datapoint]:
        """In their order; in a random one where a part of them may have to speak for the rest. Raises UsageError."""
        if self.settings.gate is not Gate.SEQUENTIAL:
            return self.dataset.checked(self.contents)
        what, do = None, "use the gate bound"
        if self.contents.grouped:
            what, do = "these come in groups", f"{do}, or take one datapoint of each group"
        elif self.settings.repeats > 1:
            what, do = "repeats of one datapoint are not", f"{do}, or ask each datapoint once"
        if what is not None:
            message = f"a sequential gate needs datapoints that are independent, and {what}"
            raise UsageError(message, where="gate sequential", do=do)
        return shuffled(self.dataset, self.contents, self.seed)

    def manifest(self) -> Manifest:
        """What the run is made of, to be written down before the first request."""
        first = next(self.dataset.checked(self.contents))
        return Manifest(
            installed_version() or "unknown",
            self.source,
            self.contents.count,
            {
                name: {**describe(target), "request": _request_sha256(target, first)}
                for name, target in self.assembly.targets.items()
            },
            self.assembly.evaluators,
            self.configuration,
            self.contents.datapoints_sha256,
            self.dataset.selection,
            {**self.settings.demands(), **{f"max_{name}": limit for name, limit in asdict(self.budget).items()}},
            self.order_seed,
            self.settings.repeats,
            self.settings.gate.value,
        )


def _request_sha256(target: Target, datapoint: Datapoint) -> str | None:
    """It tells of another template or image in the request."""
    request = target.prepare(datapoint)
    return hashlib.sha256(request).hexdigest() if isinstance(request, bytes) else None


class Outcome(Struct, frozen=True):
    """A run that has ended."""

    summary: RunSummary
    seconds: float
    """Of this part of the run."""
    line: Mapping[str, Json]
    """The summary line."""


class UnderWay:
    """A job under way."""

    def __init__(self, job: Job) -> None:
        refuse_unpriced(job.assembly, job.settings.cutoffs, job.budget)
        self.job = job
        self.evaluation = Evaluation(
            job.assembly.targets, job.assembly.evaluators, job.settings, datapoints=job.contents.count
        )
        """What was found so far; progress is read from it."""
        self.started = time.monotonic()
        """When this part of the run began to ask; before that, when it was made."""

    async def carry_out(
        self,
        on_result: OnResult,
        stop: asyncio.Event | None = None,
        *,
        on_earlier: OnResult = lambda _result: None,
    ) -> Outcome:
        """Ask and score everything; `on_result` gets each new result that is counted. Setting `stop` ends the run soon.

        `on_earlier` gets those that an earlier part of the run left in the folder. What a result took, and its line,
        do not wait for its turn.

        Raises EvaluationsError where the folder, the data set or the journal is not what it has to be.
        """
        job, evaluation = self.job, self.evaluation
        datapoints = job.datapoints()

        def earlier(result: Result) -> None:
            evaluation.arrive(result, on_earlier)

        with ExitStack() as stack:
            folder, done = None, Done(evaluation.places)
            if job.output is not None:
                folder = stack.enter_context(open_folder(job.output, job.manifest(), resume=job.resume))
                scored_by = [each.name for each in job.assembly.evaluators]
                done = read_back(job.output / RESULTS, evaluation.places, earlier, evaluators=scored_by)
            spending = Spending(job.budget, spent=evaluation.usage)

            def arrived(result: Result) -> None:
                spending.add(result.usage)
                if folder is not None:
                    folder.add(json.dumps(result_line(result), allow_nan=False) + "\n")

            def choose(asked: Iterator[Question]) -> Iterator[Question]:
                return spending.within(done.left(asked) if done.count else asked)

            loop, limiters = asyncio.get_running_loop(), job.assembly.limiters
            self.started, began = time.monotonic(), loop.time()
            if job.budget.seconds is not None:
                stack.callback(limiters.end_at(began + job.budget.seconds).cancel)
            summary = await evaluation.run(
                datapoints,
                job.assembly.asks,
                on_result,
                on_arrival=arrived,
                stop=stop,
                choose=choose,
                execute=job.execute,
            )
            seconds = time.monotonic() - self.started
            # What a cluster sends is not seen from here: then it is the whole time, which is no less.
            asked = seconds if limiters.sent < began else limiters.sent - began
            summary = replace(summary, budgets=spending.budgets(asked))
            # Where no budget kept a question back, questions that waited were given up.
            if summary.ending is Ending.BUDGET and spending.ended is None:
                spending.ended = spending.time_is_up
            line = self._line(summary, seconds, spending.ended)
            if folder is not None:
                folder.finish(line)
        return Outcome(summary, seconds, line)

    def _line(self, summary: RunSummary, seconds: float, ended: str | None) -> dict[str, Json]:
        job = self.job
        return {
            **summary.to_json(),
            "ended_by": ended,
            "dataset": dataset_json(
                job.source, job.contents.count, job.contents.datapoints_sha256, job.dataset.selection
            ),
            "seed": job.order_seed,
            "repeats": job.settings.repeats,
            "seconds": round(seconds, 3),
        }
