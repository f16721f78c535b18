"""`evaluations run`: reads, asks, and writes."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from evaluations.cutoffs import ERROR_RATE, Cutoff, Gate, parse_cutoffs
from evaluations.dataset import Contents, Dataset, open_dataset
from evaluations.errors import ExitCode, UsageError
from evaluations.evaluators import EVALUATORS, Evaluator
from evaluations.folder import ResultsFolder, open_folder
from evaluations.model import Datapoint, Json, Result
from evaluations.order import InOrder
from evaluations.output import write_out
from evaluations.progress import is_live, show
from evaluations.report import pretty
from evaluations.run import evaluate
from evaluations.shuffle import shuffled
from evaluations.tally import Tally
from evaluations.verdicts import Ending, Requirements

if TYPE_CHECKING:
    from evaluations.targets.chat import ChatTarget


def run(arguments: argparse.Namespace) -> ExitCode:
    """Everything that can be refused is refused before the first request. Raises EvaluationsError."""
    from evaluations.targets.chat import ChatTarget  # noqa: PLC0415, late: loads aiohttp, and `run --help` is quick

    evaluators = [EVALUATORS[name] for name in dict.fromkeys(arguments.evaluator or ["exact_match"])]
    gate = Gate(arguments.gate)
    cutoffs = parse_cutoffs(arguments.cutoff, evaluators, gate)
    requirements = _requirements(arguments, cutoffs)
    target = ChatTarget(
        arguments.endpoint,
        arguments.model,
        system=arguments.system,
        api_key=os.environ.get("OPENAI_API_KEY"),
        timeout=arguments.timeout,
        concurrency=arguments.concurrency,
    )
    with ExitStack() as stack:
        dataset = stack.enter_context(open_dataset(arguments.dataset))
        contents = dataset.check(evaluators)
        datapoints = _datapoints(dataset, contents, gate, arguments.seed)
        folder = stack.enter_context(open_folder(arguments.output)) if arguments.output else None
        tally = Tally(evaluators, cutoffs, planned=contents.count, gate=gate, requirements=requirements)
        started = time.monotonic()
        summary = tally.summary(
            asyncio.run(_ask(arguments, target, datapoints, evaluators, tally=tally, folder=folder))
        )
        seconds = time.monotonic() - started
        line = {
            **summary.to_json(),
            "model": arguments.model,
            "endpoint": arguments.endpoint,
            "dataset": {"name": dataset.name, "sha256": contents.sha256},
            "seed": arguments.seed if gate is Gate.SEQUENTIAL else None,
            "seconds": round(seconds, 3),
        }
        if folder is not None:
            folder.finish(line)
        write_out(_json_line(line) if arguments.format == "jsonl" else pretty(summary, seconds))
    return summary.exit_code


def _requirements(arguments: argparse.Namespace, cutoffs: Sequence[Cutoff]) -> Requirements:
    """Errors are judged by `--max-error-rate`, or by a cutoff on them, and by both where both are given."""
    if arguments.stop_when_decided and (arguments.gate != Gate.SEQUENTIAL.value or not cutoffs):
        raise UsageError(
            "only a sequential gate stays right when a run stops at its decision, and it needs a cutoff",
            where="--stop-when-decided",
            do="add --gate sequential and --cutoff NAME=NUMBER",
        )
    rate = arguments.max_error_rate
    if rate is None:
        rate = 1.0 if any(cutoff.metric == ERROR_RATE for cutoff in cutoffs) else 0.0
    return Requirements(rate, arguments.min_coverage)


def _datapoints(dataset: Dataset, contents: Contents, gate: Gate, seed: int) -> Iterator[Datapoint]:
    """In their order; in a random one where a part of them may have to speak for the rest."""
    if gate is not Gate.SEQUENTIAL:
        return dataset.checked(contents)
    if contents.grouped:
        raise UsageError(
            "a sequential gate needs datapoints that are independent, and these come in groups",
            where="--gate sequential",
            do="use --gate bound, or take one datapoint of each group",
        )
    return shuffled(dataset, contents, seed)


async def _ask(
    arguments: argparse.Namespace,
    target: ChatTarget,
    datapoints: Iterator[Datapoint],
    evaluators: Sequence[Evaluator],
    *,
    tally: Tally,
    folder: ResultsFolder | None,
) -> Ending:
    stop, shown = _stop_on_signals(), asyncio.create_task(show(tally, live=is_live(arguments.format)))
    write = _writer(folder, lines=arguments.format == "jsonl")
    decided = False

    def take(result: Result) -> None:
        nonlocal decided
        if not decided:  # what comes after the decision is given up, like what is on its way
            tally.add(result)
            write(result)
            decided = arguments.stop_when_decided and tally.decided
        if decided:
            stop.set()

    ordered = InOrder(take) if tally.is_sequential else None
    if ordered is not None:
        datapoints, take = ordered.source(datapoints), ordered.take
    try:
        async with target:
            whole = await evaluate(datapoints, target, evaluators, take, concurrency=arguments.concurrency, stop=stop)
    finally:
        shown.cancel()
        await asyncio.gather(shown, return_exceptions=True)
    if ordered is not None:
        ordered.flush()
    if decided:
        return Ending.COMPLETE if tally.done == tally.planned else Ending.DECIDED
    return Ending.COMPLETE if whole else Ending.INTERRUPTED


def _writer(folder: ResultsFolder | None, *, lines: bool) -> Callable[[Result], None]:
    def write(result: Result) -> None:
        if lines or folder is not None:
            line = _json_line(result.to_json())
            if folder is not None:
                folder.add(line)
            if lines:
                write_out(line)

    return write


def _json_line(fields: dict[str, Json]) -> str:
    return json.dumps(fields, allow_nan=False) + "\n"


def _stop_on_signals() -> asyncio.Event:
    stop, loop, signals = asyncio.Event(), asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)

    def interrupted() -> None:
        stop.set()
        for number in signals:  # the second one ends the process at once
            loop.remove_signal_handler(number)

    with suppress(NotImplementedError):  # Windows: there Ctrl-C ends the run without a summary
        for number in signals:
            loop.add_signal_handler(number, interrupted)
    return stop
