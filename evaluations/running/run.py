"""Asks and scores a stream of questions: so many at once, each result handed over as soon as it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from evaluations.evaluators import Evaluator
from evaluations.evaluators.scale import read_score
from evaluations.model import Answer, Datapoint, Failure, Rating, Result
from evaluations.running.rate import NotAskedError

Ask = Callable[[Datapoint, int], Awaitable[Answer | Failure]]
"""Puts a datapoint's question for the n-th time, counted from 0, and insists on an answer as far as that helps."""


class Execute(Protocol):
    """What `ask_and_score` does, wherever it is done."""

    async def __call__(
        self,
        asked: Iterable[Question],
        variants: Mapping[str, Ask],
        evaluators: Sequence[Evaluator],
        on_result: Callable[[Result], None],
        /,
        *,
        concurrency: int = 64,
        stop: asyncio.Event | None = None,
    ) -> bool:
        """Ask and score every question; True where it was not stopped."""
        ...


class Question(Struct, frozen=True):
    """A datapoint that is to be put to a variant."""

    index: int
    """The datapoint's place in its data set, from 0."""
    datapoint: Datapoint
    variant: str
    repeat: int
    """Which of the times that it is asked, from 0."""


def questions(datapoints: Iterable[Datapoint], variants: Iterable[str], repeats: int = 1) -> Iterator[Question]:
    """Each datapoint for each variant, so many times; variants side by side, so that they see the same weather."""
    names = tuple(variants)
    for index, datapoint in enumerate(datapoints):
        for repeat in range(repeats):
            for name in names:
                yield Question(index, datapoint, name, repeat)


async def ask_and_score(
    asked: Iterable[Question],
    variants: Mapping[str, Ask],
    evaluators: Sequence[Evaluator],
    on_result: Callable[[Result], None],
    *,
    concurrency: int = 64,
    stop: asyncio.Event | None = None,
) -> bool:
    """Ask and score every question, `concurrency` of them at once; True where it was not stopped.

    Only what is in flight is in memory: a question is taken when a place is free. Setting `stop` ends the run soon:
    requests in flight are given up, and nothing more is handed to `on_result`. What `on_result` or the iteration over
    `asked` raises ends the run too, and is raised here.
    """
    source = iter(asked)
    return await until_stopped((_work(source, variants, evaluators, on_result) for _ in range(concurrency)), stop)


async def until_stopped(work: Iterable[Coroutine[Any, Any, None]], stop: asyncio.Event | None) -> bool:
    """Do all of it side by side, and give it up when `stop` is set or one raises; True where all was done."""
    workers = {asyncio.create_task(each) for each in work}
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
    source: Iterator[Question],
    variants: Mapping[str, Ask],
    evaluators: Sequence[Evaluator],
    on_result: Callable[[Result], None],
) -> None:
    for question in source:
        try:
            result = await answer_and_score(question, variants[question.variant], evaluators)
        except NotAskedError:  # a run that goes on asks it
            continue
        on_result(result)


async def answer_and_score(question: Question, ask: Ask, evaluators: Sequence[Evaluator]) -> Result:
    """One question from asking to scoring. What goes wrong is in the result.

    Raises NotAskedError where the time for asking was over before it had an answer, or before a judge had one.
    """
    datapoint, repeat = question.datapoint, question.repeat
    try:
        answer = await ask(datapoint, repeat)
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001, one broken answer must not lose the others
        _go_on_after(error)
        answer = Failure("target", repr(error))
    ratings: dict[str, Rating | Failure]
    if isinstance(answer, Failure):
        ratings = dict.fromkeys((evaluator.name for evaluator in evaluators), answer)
    else:
        ratings = {each.name: await _rate(each, datapoint, answer) for each in evaluators}
    return Result(datapoint, answer, ratings, question.variant, repeat, question.index)


async def _rate(evaluator: Evaluator, datapoint: Datapoint, answer: Answer) -> Rating | Failure:
    try:
        score = await evaluator.score(datapoint, answer)
        return read_score(evaluator, score)
    except RecursionError:
        what = "the answer or the reference is nested too deeply to be compared: ask for a flatter answer"
        return Failure("evaluator", f"{evaluator.name}: {what}")
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001, it has failed for this datapoint, not for the run
        _go_on_after(error)
        return Failure("evaluator", f"{evaluator.name}: {error!r}")


def _go_on_after(error: BaseException) -> None:
    """Raise it again where it is this task that was cancelled, and not what a target or an evaluator waited for."""
    task = asyncio.current_task()
    cancelling = getattr(task, "cancelling", lambda: 1)  # Python 3.10 can't tell them apart
    if isinstance(error, asyncio.CancelledError) and cancelling():
        raise error
