"""`evaluate`: the same run as the command's, for Python programs. Nothing is printed; progress comes as events."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from evaluations.assembly import Assembly
from evaluations.data.dataset import Dataset, open_dataset
from evaluations.data.specs import DatasetSpec
from evaluations.errors import UsageError
from evaluations.evaluation import settings_from
from evaluations.evaluators import Evaluator
from evaluations.evaluators.build import build
from evaluations.evaluators.python_function import Aside, PythonFunction
from evaluations.evaluators.specs import EvaluatorSettings, ModelFreeSpec
from evaluations.job import Job, Run
from evaluations.model import Answer, Datapoint, Json, Result
from evaluations.running.asking import Asker, Limiters
from evaluations.running.budget import Budget
from evaluations.running.cache import Cache, CacheMode
from evaluations.running.retries import Retries
from evaluations.targets import Target
from evaluations.targets.python_function import PythonTarget
from evaluations.verdicts.cutoffs import Gate, make_cutoffs
from evaluations.verdicts.summary import RunSummary

_SECONDS = 60.0
"""For one score of a function."""

Records = str | Path | DatasetSpec | Iterable[Mapping[str, Json]]
"""A file, a specification, or the records themselves, each with `input` and what else a line of a file would have."""


Variant = Target | Callable[[Any], Any]
"""What is asked: a target, or a function, async or not, from an input to a text, an object or an Answer."""

Scorer = Evaluator | ModelFreeSpec | Callable[[Datapoint, Answer], Any]
"""What scores: an evaluator, the settings of one, or a function of datapoint and answer, which gives a number from 0 to
1, yes or no, or a Rating."""


class Progress(Struct, frozen=True):
    """Where a run is, after each result."""

    result: Result
    done: int
    planned: int
    failed: int


class Evaluated(Struct, frozen=True):
    """A run that has ended."""

    summary: RunSummary
    results: Sequence[Result]
    """In the order in which they came; empty with `keep=False`, so that memory does not grow."""
    seconds: float


async def evaluate_async(
    dataset: Records,
    variants: Mapping[str, Variant] | Variant,
    evaluators: Mapping[str, Scorer] | Sequence[Evaluator],
    *,
    cutoffs: Mapping[str, float] | None = None,
    gate: str = "mean",
    repeats: int = 1,
    concurrency: int = 64,
    max_error_rate: float | None = None,
    min_coverage: float | None = None,
    stop_when_decided: bool = False,
    seed: int = 0,
    budget: Budget | None = None,
    retries: Retries | None = None,
    cache: str = "off",
    cache_folder: Path | None = None,
    output: Path | str | None = None,
    resume: bool = False,
    keep: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    stop: asyncio.Event | None = None,
) -> Evaluated:
    """Put a data set to variants and score the answers; the options are the command's (docs/evaluations/library.md).

    Everything that can be refused is refused before the first request. Raises EvaluationsError; what goes wrong with
    single datapoints is in the results.
    """
    named = variants if isinstance(variants, Mapping) else {"variant": variants}
    targets = {name: _target(each, concurrency) for name, each in named.items()}
    results: list[Result] = []
    with ExitStack() as files:
        data = files.enter_context(_opened(dataset))
        kept = None if cache == "off" else files.enter_context(Cache(CacheMode(cache), cache_folder))
        async with AsyncExitStack() as stack:
            scorers = _evaluators(evaluators, stack)
            settings = settings_from(
                make_cutoffs(cutoffs or {}, scorers, Gate(gate)),
                Gate(gate),
                max_error_rate=max_error_rate,
                min_coverage=min_coverage,
                repeats=repeats,
                concurrency=concurrency,
                stop_when_decided=stop_when_decided,
            )
            limiters = Limiters(concurrency)
            askers = {
                name: Asker(target, retries, limiter=limiters.of(target), cache=kept)
                for name, target in targets.items()
            }
            assembly = Assembly(targets, askers, scorers)
            contents = data.check(assembly.checks)
            await assembly.open(stack)
            run = Run(
                Job(
                    data,
                    contents,
                    assembly,
                    settings,
                    seed,
                    budget or Budget(),
                    output=None if output is None else Path(output),
                    resume=resume,
                )
            )

            def take(result: Result) -> None:
                if keep:
                    results.append(result)
                if on_progress is not None:
                    known = run.evaluation
                    on_progress(Progress(result, known.done, known.planned, known.failed))

            outcome = await run.carry_out(take, stop)
    return Evaluated(outcome.summary, results, outcome.seconds)


def evaluate(
    dataset: Records,
    variants: Mapping[str, Variant] | Variant,
    evaluators: Mapping[str, Scorer] | Sequence[Evaluator],
    **options: Any,
) -> Evaluated:
    """`evaluate_async` for programs without an event loop; the same arguments and results."""
    return asyncio.run(evaluate_async(dataset, variants, evaluators, **options))


def _target(variant: Variant, concurrency: int) -> Target:
    if hasattr(variant, "prepare") and hasattr(variant, "attempt"):
        return cast("Target", variant)
    return PythonTarget(variant, concurrency=concurrency)


def _evaluators(given: Mapping[str, Scorer] | Sequence[Evaluator], stack: AsyncExitStack) -> list[Evaluator]:
    if not isinstance(given, Mapping):
        return list(given)
    return [_evaluator(name, each, stack) for name, each in given.items()]


def _evaluator(name: str, given: Scorer, stack: AsyncExitStack) -> Evaluator:
    if isinstance(given, EvaluatorSettings):
        return build(name, given, stack)
    if callable(given):
        aside = Aside()
        stack.callback(aside.end)
        return PythonFunction(name, boolean=False, function=given, aside=aside, timeout=_SECONDS)
    if given.name != name:
        raise UsageError(f"the evaluator {given.name} is called {name}", where="evaluators", do="give it one name")
    return given


@contextmanager
def _opened(dataset: Records) -> Iterator[Dataset]:
    if isinstance(dataset, (str, DatasetSpec)):
        with open_dataset(dataset) as data:
            yield data
    elif isinstance(dataset, Path):
        with open_dataset(str(dataset)) as data:
            yield data
    else:
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
            for record in dataset:
                file.write(json.dumps(dict(record)) + "\n")
            file.flush()
            with open_dataset(file.name) as data:
                data.name = "the records"
                yield data
