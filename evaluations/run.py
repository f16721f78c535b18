"""Runs a data set through a target and evaluators: so many at once, each result handed over as soon as it is there."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from evaluations.evaluators import Evaluator
from evaluations.model import Answer, Datapoint, Failure, Result
from evaluations.targets import Target


async def evaluate(
    datapoints: Iterable[Datapoint],
    target: Target,
    evaluators: Sequence[Evaluator],
    on_result: Callable[[Result], None],
    *,
    concurrency: int = 64,
    stop: asyncio.Event | None = None,
) -> bool:
    """Ask and score every datapoint, `concurrency` of them at once; True where none was left out.

    Only what is in flight is in memory: a datapoint is taken when a place is free. Setting `stop` ends the run soon:
    requests in flight are given up, and nothing more is handed to `on_result`. What `on_result` or the iteration over
    `datapoints` raises ends the run too, and is raised here.
    """
    source = iter(datapoints)
    workers = {asyncio.create_task(_work(source, target, evaluators, on_result)) for _ in range(concurrency)}
    stopped = asyncio.create_task((stop or asyncio.Event()).wait())
    pending = set(workers)
    try:
        while pending and not stopped.done():
            done, _rest = await asyncio.wait({*pending, stopped}, return_when=asyncio.FIRST_COMPLETED)
            pending -= done
            for worker in done - {stopped}:
                worker.result()
    finally:
        for task in (*workers, stopped):
            task.cancel()
        await asyncio.gather(*workers, stopped, return_exceptions=True)
    return not pending


async def _work(
    source: Iterator[Datapoint], target: Target, evaluators: Sequence[Evaluator], on_result: Callable[[Result], None]
) -> None:
    for datapoint in source:
        on_result(await _evaluate(datapoint, target, evaluators))


async def _evaluate(datapoint: Datapoint, target: Target, evaluators: Sequence[Evaluator]) -> Result:
    try:
        answer = await target.ask(datapoint)
    except Exception as error:  # noqa: BLE001, one broken answer must not lose the others
        answer = Failure("target", repr(error))
    if isinstance(answer, Failure):
        return Result(datapoint, answer, dict.fromkeys((evaluator.name for evaluator in evaluators), answer))
    return Result(datapoint, answer, {each.name: await _score(each, datapoint, answer) for each in evaluators})


async def _score(evaluator: Evaluator, datapoint: Datapoint, answer: Answer) -> float | Failure:
    try:
        score = await evaluator.score(datapoint, answer)
    except Exception as error:  # noqa: BLE001, an evaluator that raises has failed for this datapoint, not for the run
        return Failure("evaluator", f"{evaluator.name}: {error!r}")
    if not math.isfinite(score):
        return Failure("evaluator", f"{evaluator.name}: the score is {score}")
    return score
