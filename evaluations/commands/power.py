"""`evaluations power`: how many datapoints a question needs, or how sure that many make."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from functools import partial

from evaluations.errors import ExitCode, UsageError
from evaluations.statistics.planning import MOST, count_for_power, gate_power, mcnemar_power, mean_power
from evaluations.terminal.output import write_out


def run(arguments: argparse.Namespace) -> ExitCode:
    """Pure arithmetic: no data and no request. Raises UsageError."""
    question, power_at = _question(arguments)
    if arguments.datapoints is not None:
        count, power = arguments.datapoints, power_at(arguments.datapoints)
        answer = f"{count:,} datapoints do so {100 * power:.1f} times in 100"
    else:
        wanted = _POWER if arguments.power is None else arguments.power
        count = count_for_power(power_at, wanted)
        if count is None:
            where = f"{question} {100 * wanted:g} times in 100"
            raise UsageError(f"more than {MOST:,} datapoints are needed", where=where, do="ask for a larger difference")
        power = power_at(count)
        answer = f"{count:,} datapoints do so {100 * power:.1f} times in 100, and {100 * wanted:g} were asked for"
    if arguments.format == "json":
        fields = {"type": "power", "schema": 1, "question": question, "datapoints": count, "power": power}
        write_out(json.dumps(fields, allow_nan=False) + "\n")
    else:
        write_out(f"{question}:\n  {answer}\n")
    return ExitCode.PASSED


def _question(arguments: argparse.Namespace) -> tuple[str, Callable[[int], float]]:
    kinds = [name for name in _KINDS if getattr(arguments, name) is not None]
    if len(kinds) != 1:
        do = "give one of --cutoff, --to and --deviation"
        raise UsageError("it is not clear what is to be found", where="evaluations power", do=do)
    kind, used = kinds[0], _KINDS[kinds[0]]
    for name in ("mean", "turning", "difference"):
        if name not in used and getattr(arguments, name) is not None:
            raise UsageError(f"--{name} says nothing about --{kind}", where=f"--{name}", do=f"leave --{name} out")
    if arguments.power is not None and arguments.datapoints is not None:
        do = "leave one of them out: with --datapoints the power is what comes out"
        raise UsageError("--power and --datapoints are two questions", where="--power", do=do)
    return {"cutoff": _gate, "to": _compare_shares, "deviation": _compare_scores}[kind](arguments)


_KINDS = {"cutoff": ("mean",), "to": ("mean", "turning"), "deviation": ("difference",)}
"""What can be asked, with the other options that belong to each."""
_POWER = 0.8
"""As the help has it."""


def _gate(arguments: argparse.Namespace) -> tuple[str, Callable[[int], float]]:
    mean, cutoff = _needed(arguments, "mean"), arguments.cutoff
    if not 0 < cutoff < 1 or mean <= cutoff:
        raise UsageError("no number of datapoints passes it", where=f"--mean {mean:g} --cutoff {cutoff:g}", do=_INSIDE)
    question = f"pass --cutoff {cutoff:g} --gate bound with a true share of {mean:g}"
    return question, partial(gate_power, mean, cutoff)


_INSIDE = "give a mean above the cutoff, and a cutoff between 0 and 1"


def _compare_shares(arguments: argparse.Namespace) -> tuple[str, Callable[[int], float]]:
    before, after = _needed(arguments, "mean"), arguments.to
    least, most = abs(after - before), min(before + after, 2 - before - after)
    turning = arguments.turning
    if turning is None:  # as for two models that have nothing in common: the most that is likely
        turning = before * (1 - after) + after * (1 - before)
    where = f"--mean {before:g} --to {after:g} --turning {turning:g}"
    if not least:
        raise UsageError("there is no difference to find", where=where, do="give two different shares")
    if not least - 1e-9 <= turning <= most + 1e-9:
        raise UsageError("that share can't turn", where=where, do=f"give --turning from {least:g} to {most:g}")
    question = f"find the difference of {before:g} and {after:g} when {turning:.4g} of the datapoints turn"
    up, down = (turning + after - before) / 2, (turning - after + before) / 2
    return question, partial(mcnemar_power, max(0.0, up), max(0.0, down))


def _compare_scores(arguments: argparse.Namespace) -> tuple[str, Callable[[int], float]]:
    difference, deviation = _needed(arguments, "difference"), arguments.deviation
    if not difference or deviation <= 0:
        where = f"--difference {difference:g} --deviation {deviation:g}"
        raise UsageError("there is no difference to find", where=where, do="give two numbers that are not 0")
    question = f"find a mean difference of {difference:g} when differences have a standard deviation of {deviation:g}"
    return question, partial(mean_power, difference, deviation)


def _needed(arguments: argparse.Namespace, name: str) -> float:
    value = getattr(arguments, name)
    if value is None or not math.isfinite(value):
        raise UsageError(f"--{name} is missing", where="evaluations power", do=f"add --{name} NUMBER")
    return float(value)
