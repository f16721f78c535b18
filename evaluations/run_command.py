"""`evaluations run`: reads, asks, and writes; only this module and `cli` write to standard output and error."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from evaluations.dataset import open_dataset
from evaluations.errors import ExitCode, OutputError
from evaluations.evaluators import EVALUATORS, Evaluator
from evaluations.folder import ResultsFolder, open_folder
from evaluations.model import Datapoint, Json, Result
from evaluations.report import pretty, progress
from evaluations.run import evaluate
from evaluations.summary import Tally
from evaluations.verdicts import parse_cutoffs

if TYPE_CHECKING:
    from evaluations.targets.chat import ChatTarget

_LIVE, _PLAIN = 0.1, 10.0
"""Seconds between lines of progress: on a terminal, where each replaces the last, and in a log."""


def run(arguments: argparse.Namespace) -> ExitCode:
    """Everything that can be refused is refused before the first request. Raises EvaluationsError."""
    from evaluations.targets.chat import ChatTarget  # noqa: PLC0415, late: loads aiohttp, and `run --help` is quick

    evaluators = [EVALUATORS[name] for name in dict.fromkeys(arguments.evaluator or ["exact_match"])]
    cutoffs = parse_cutoffs(arguments.cutoff, evaluators)
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
        folder = stack.enter_context(open_folder(arguments.output)) if arguments.output else None
        tally = Tally(evaluators, cutoffs, planned=contents.count, max_error_rate=arguments.max_error_rate)
        started = time.monotonic()
        asked = _ask(arguments, target, dataset.checked(contents), evaluators, tally=tally, folder=folder)
        summary = tally.summary(complete=asyncio.run(asked))
        seconds = time.monotonic() - started
        line = {
            **summary.to_json(),
            "model": arguments.model,
            "endpoint": arguments.endpoint,
            "dataset": {"name": dataset.name, "sha256": contents.sha256},
            "seconds": round(seconds, 3),
        }
        if folder is not None:
            folder.finish(line)
        _print(_json_line(line) if arguments.format == "jsonl" else pretty(summary, seconds))
    return summary.exit_code


async def _ask(
    arguments: argparse.Namespace,
    target: ChatTarget,
    datapoints: Iterator[Datapoint],
    evaluators: Sequence[Evaluator],
    *,
    tally: Tally,
    folder: ResultsFolder | None,
) -> bool:
    take = _taker(tally, folder, lines=arguments.format == "jsonl")
    stop, shown = _stop_on_signals(), asyncio.create_task(_show(tally, live=_is_live(arguments.format)))
    try:
        async with target:
            return await evaluate(datapoints, target, evaluators, take, concurrency=arguments.concurrency, stop=stop)
    finally:
        shown.cancel()
        await asyncio.gather(shown, return_exceptions=True)


def _taker(tally: Tally, folder: ResultsFolder | None, *, lines: bool) -> Callable[[Result], None]:
    def take(result: Result) -> None:
        tally.add(result)
        if lines or folder is not None:
            line = _json_line(result.to_json())
            if folder is not None:
                folder.add(line)
            if lines:
                _print(line)

    return take


def _json_line(fields: dict[str, Json]) -> str:
    return json.dumps(fields, allow_nan=False) + "\n"


def _print(text: str) -> None:
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        # What is still in the buffer would fail once more, loudly, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        what = f"results can't be written: {error.strerror}"
        raise OutputError(what, where="standard output", do="keep the reader open, or use --output") from None


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


def _is_live(form: str) -> bool:
    mixed = form == "jsonl" and sys.stdout.isatty()
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb" and not mixed


async def _show(tally: Tally, *, live: bool) -> None:
    started = time.monotonic()
    try:
        while True:
            await asyncio.sleep(_LIVE if live else _PLAIN)
            line = progress(tally.done, tally.failed, tally.planned, time.monotonic() - started)
            width = shutil.get_terminal_size().columns - 1
            _note(f"\r{line[:width]}\x1b[K" if live else f"{line}\n")
    finally:
        if live:
            _note("\r\x1b[K")


def _note(text: str) -> None:
    with suppress(OSError):  # nobody reads the progress: no reason to end the run
        sys.stderr.write(text)
        sys.stderr.flush()
