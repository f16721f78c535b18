"""`evaluations run`: an evaluation of a configuration, or a model at an address. Reads, checks, asks, and writes."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections.abc import Mapping
from contextlib import ExitStack, suppress

from evaluations.errors import ExitCode, UsageError
from evaluations.job import Job, Outcome, UnderWay
from evaluations.loading import loading
from evaluations.model import Answer, Json, Result
from evaluations.planning import Plan, planned
from evaluations.results.lines import result_line
from evaluations.running.notes import notes_of
from evaluations.running.run import Execute, ask_and_score
from evaluations.terminal.output import reserved, write_out
from evaluations.terminal.progress import is_live, note, show
from evaluations.terminal.report import pretty


def run(arguments: argparse.Namespace) -> ExitCode:
    """Everything that can be refused is refused before the first request. Raises EvaluationsError."""
    if arguments.resume and arguments.output is None:
        raise UsageError("there is no run to go on with", where="--resume", do="name its folder: --output FOLDER")
    if arguments.workers is not None and arguments.executor != "ray":
        raise UsageError("only Ray has workers", where="--workers", do="add --executor ray, or leave --workers out")
    with reserved(), ExitStack() as files:
        with loading():
            plan = planned(arguments, files)
        contents = plan.dataset.check(plan.assembly.checks)
        execute = _executor(arguments, files)
        job = Job.of(plan, contents, execute, output=arguments.output, resume=arguments.resume)
        seen = _Seen(arguments.format)
        outcome = asyncio.run(_carry_out(job, plan, seen))
        for words in (plan.end() + notes_of(job.execute)).lines():
            note(f"evaluations: {words}\n")
        if arguments.format == "jsonl":
            write_out(_json_line(outcome.line))
        else:
            ended_by = outcome.line.get("ended_by")
            write_out(pretty(outcome.summary, outcome.seconds, ended_by=ended_by, cached=seen.cached))
    return outcome.summary.exit_code


def _executor(arguments: argparse.Namespace, files: ExitStack) -> Execute:
    if arguments.executor != "ray":
        return ask_and_score
    from evaluations.planning.remote import RemoteCrew  # noqa: PLC0415, late: for clusters only
    from evaluations.running.ray_executor import RayExecutor  # noqa: PLC0415

    return files.enter_context(RayExecutor(RemoteCrew.of(arguments), workers=arguments.workers))


async def _carry_out(job: Job, plan: Plan, seen: _Seen) -> Outcome:
    stop, under_way = _stop_on_signals(), UnderWay(job)
    async with plan.stack as stack:
        await plan.assembly.open(stack)
        shown = asyncio.create_task(show(under_way.evaluation, live=is_live(seen.form)))
        try:
            return await under_way.carry_out(seen.take, stop)
        finally:
            shown.cancel()
            await asyncio.gather(shown, return_exceptions=True)


class _Seen:
    """Takes each result: as a line, where these are wanted."""

    def __init__(self, form: str) -> None:
        self.form = form
        self.cached = 0
        """Answers that came out of the cache."""

    def take(self, result: Result) -> None:
        self.cached += isinstance(result.answer, Answer) and result.answer.cached
        if self.form == "jsonl":
            write_out(_json_line(result_line(result)))


def _json_line(fields: Mapping[str, Json]) -> str:
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
