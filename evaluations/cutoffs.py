"""Cutoffs: what a run must reach, on evaluators, on the error rate, and on latency percentiles. Pure."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.model import Answer, Failure, Result

ERROR_RATE = "error_rate"
_LATENCY = re.compile(r"latency_p(\d{1,2}(?:\.\d+)?)")


class Gate(Enum):
    """What is compared with a cutoff."""

    MEAN = "mean"
    """The mean as it is."""
    BOUND = "bound"
    """The end of its 95 % interval; where the interval holds the cutoff, the run is inconclusive."""
    SEQUENTIAL = "sequential"
    """The same with a confidence sequence, so that one may look at any time and stop."""


@dataclass(frozen=True)
class Cutoff:
    """The least that a mean must be; or the most, for what had better be small."""

    metric: str
    """An evaluator, `error_rate`, or `latency_p` with a percentage."""
    bound: float
    """As it was given: a score, a share, or seconds."""
    subject: str
    """What the mean of `value` is, in words."""
    threshold: float
    """What the mean of `value` is compared with. For a latency it is the share of answers that come in time."""
    value: Callable[[Result], float | None]
    """What a result adds to the mean; None where it has nothing to say."""
    at_most: bool = False
    """Whether the mean must not be greater, rather than not less."""
    lowest: float = 0.0
    highest: float = 1.0
    """The scale of `value`."""
    boolean: bool = True
    """Whether `value` is one end of the scale or the other."""

    @property
    def on_run(self) -> bool:
        """Whether it is on the run, where small is good, and not on an evaluator's scores."""
        return self.subject != "mean"

    def unit(self, value: float) -> float:
        """From the scale to the one from 0 to 1."""
        return (value - self.lowest) / (self.highest - self.lowest)


def parse_cutoffs(texts: Sequence[str], evaluators: Sequence[Evaluator], gate: Gate = Gate.MEAN) -> tuple[Cutoff, ...]:
    """`NAME=NUMBER` for metrics of this run, each once, on its scale, and within reach of the gate. UsageError."""
    scales = {evaluator.name: evaluator for evaluator in evaluators}
    cutoffs: dict[str, Cutoff] = {}
    for text in texts:
        where = f"--cutoff {text}"
        name, _equals, value = text.partition("=")
        if name in cutoffs:
            raise UsageError(f"a second cutoff for {name}", where=where, do="give one cutoff for each metric")
        try:
            bound = float(value)
        except ValueError:
            bound = math.nan
        if name in scales:
            cutoff, ends = _on_score(scales[name], bound), (scales[name].lowest, scales[name].highest)
        elif name == ERROR_RATE:
            cutoff, ends = Cutoff(name, bound, "the share of errors", bound, _has_error, at_most=True), (0.0, 1.0)
        elif (percent := _LATENCY.fullmatch(name)) and float(percent[1]) > 0:
            subject = f"the share of answers within {bound:g} s"
            cutoff, ends = Cutoff(name, bound, subject, float(percent[1]) / 100, _in_time(bound)), (0.0, math.inf)
        else:
            raise _unknown(name, [*scales, ERROR_RATE, "latency_p95"], where)
        if not ends[0] <= bound <= ends[1] or math.isinf(bound):
            do = f"give a number from {ends[0]:g} to {ends[1]:g}" if ends[1] < math.inf else "give a number of seconds"
            raise UsageError(f"{value!r} is no cutoff for {name}", where=where, do=do)
        _reachable(cutoff, gate, where)
        cutoffs[name] = cutoff
    return tuple(cutoffs.values())


def _on_score(evaluator: Evaluator, bound: float) -> Cutoff:
    def value(result: Result) -> float | None:
        score = result.scores[evaluator.name]
        return None if isinstance(score, Failure) else score

    scale = (evaluator.lowest, evaluator.highest)
    return Cutoff(evaluator.name, bound, "mean", bound, value, False, *scale, evaluator.boolean)  # noqa: FBT003


def _has_error(result: Result) -> float:
    return float(result.failure is not None)


def _in_time(seconds: float) -> Callable[[Result], float | None]:
    """A percentile is at most so many seconds where at least that share of answers came within them."""

    def value(result: Result) -> float | None:
        answer = result.answer
        return float(answer.seconds <= seconds) if isinstance(answer, Answer) else None

    return value


def _unknown(name: str, known: Sequence[str], where: str) -> UsageError:
    near = difflib.get_close_matches(name, known, 1) or list(known)
    return UsageError(f"no metric {name!r} in this run", where=where, do=f"--cutoff {near[0]}=NUMBER")


def _reachable(cutoff: Cutoff, gate: Gate, where: str) -> None:
    end = cutoff.lowest if cutoff.at_most else cutoff.highest
    if gate is not Gate.MEAN and cutoff.threshold == end:
        raise UsageError(
            f"no number of datapoints can prove that {cutoff.metric} is {end:g}",
            where=f"{where} --gate {gate.value}",
            do="give a cutoff off the end of the scale, or --gate mean",
        )
