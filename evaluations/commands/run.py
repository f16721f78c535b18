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
from evaluations.model import Json, Result
from evaluations.planning import Plan, planned
from evaluations.results.lines import result_line
from evaluations.running.run import Execute, ask_and_score
from evaluations.terminal.output import write_out
from evaluations.terminal.progress import is_live, note, show
from evaluations.terminal.report import pretty


def run(arguments: argparse.Namespace) -> ExitCode:
    """Everything that can be refused is refused before the first request. Raises EvaluationsError."""
    if arguments.resume and arguments.output is None:
        raise UsageError("there is no run to go on with", where="--resume", do="name its folder: --output FOLDER")
    with ExitStack() as files:
        with loading():
            plan = planned(arguments, files)
        contents = plan.dataset.check(plan.assembly.checks)
        job = Job(
            plan.dataset,
            contents,
            plan.assembly,
            plan.settings,
            plan.seed,
            plan.budget,
            plan.configuration,
            arguments.output,
            arguments.resume,
            _executor(arguments, files),
        )
        outcome = asyncio.run(_carry_out(job, plan, arguments.format))
        for words in plan.notes():
            note(f"evaluations: {words}\n")
        write_out(_json_line(outcome.line) if arguments.format == "jsonl" else pretty(outcome.summary, outcome.seconds))
    return outcome.summary.exit_code


def _executor(arguments: argparse.Namespace, files: ExitStack) -> Execute:
    if arguments.executor != "ray":
        return ask_and_score
    from evaluations.planning.remote import RemoteCrew  # noqa: PLC0415, late: for clusters only
    from evaluations.running.ray_executor import RayExecutor  # noqa: PLC0415

    return files.enter_context(RayExecutor(RemoteCrew.of(arguments), workers=arguments.workers))


async def _carry_out(job: Job, plan: Plan, form: str) -> Outcome:
    stop, under_way = _stop_on_signals(), UnderWay(job)
    write = _write_line if form == "jsonl" else _pass_over
    async with plan.stack as stack:
        await plan.assembly.open(stack)
        shown = asyncio.create_task(show(under_way.evaluation, live=is_live(form)))
        try:
            return await under_way.carry_out(write, stop)
        finally:
            shown.cancel()
            await asyncio.gather(shown, return_exceptions=True)


def _write_line(result: Result) -> None:
    write_out(_json_line(result_line(result)))


def _pass_over(_result: Result) -> None:
    """Who does not want lines gets the summary alone."""


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
