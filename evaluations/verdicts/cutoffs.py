"""Cutoffs: what a run must reach, on evaluators, on the error rate, and on latency percentiles. Pure."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from enum import Enum

from msgspec import Struct

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.model import Answer, Rating, Result

ERROR_RATE, COST = "error_rate", "cost"
_UNITS = ("a number of seconds", "a sum of money")
_LATENCY = re.compile(r"latency_p(\d{1,2}(?:\.\d+)?)")


def of_every_run(name: str) -> bool:
    """Whether it is what a cutoff on the whole run is called, so that no evaluator can be."""
    return name in (ERROR_RATE, COST) or _LATENCY.fullmatch(name) is not None


class Gate(Enum):
    """What is compared with a cutoff."""

    MEAN = "mean"
    """The mean as it is."""
    BOUND = "bound"
    """The end of its 95 % interval; where the interval holds the cutoff, the run is inconclusive."""
    SEQUENTIAL = "sequential"
    """The same with a confidence sequence, so that one may look at any time and stop."""


class Cutoff(Struct, frozen=True):
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

    least: bool = True
    """Whether `bound` is the least that the metric may be, in words for people; a latency's is the most."""
    summed: bool = False
    """Whether the sum of `value` is meant and not its mean: a fact, which no interval surrounds."""

    def unit(self, value: float) -> float:
        """From the scale to the one from 0 to 1."""
        return (value - self.lowest) / (self.highest - self.lowest)


def parse_cutoffs(texts: Sequence[str]) -> dict[str, float]:
    """`NAME=NUMBER`, each name once. Raises UsageError."""
    bounds: dict[str, float] = {}
    for text in texts:
        where = f"--cutoff {text}"
        name, _equals, value = text.partition("=")
        if name in bounds:
            raise UsageError(f"a second cutoff for {name}", where=where, do="give one cutoff for each metric")
        try:
            bounds[name] = float(value)
        except ValueError:
            raise UsageError(f"{value!r} is no cutoff for {name}", where=where, do="--cutoff NAME=NUMBER") from None
    return bounds


def make_cutoffs(
    bounds: Mapping[str, float], evaluators: Sequence[Evaluator], gate: Gate = Gate.MEAN
) -> tuple[Cutoff, ...]:
    """Cutoffs by the name of a metric of this run, each on its scale and within reach of the gate. UsageError."""
    scales = {evaluator.name: evaluator for evaluator in evaluators}
    return tuple(_cutoff(name, bound, scales, gate) for name, bound in bounds.items())


def _cutoff(name: str, bound: float, scales: Mapping[str, Evaluator], gate: Gate) -> Cutoff:
    where, ends = f"cutoff {name}={bound:g}", (0.0, math.inf)
    if name in scales:
        cutoff, ends = _on_score(scales[name], bound), (scales[name].lowest, scales[name].highest)
    elif name == ERROR_RATE:
        cutoff = Cutoff(name, bound, "the share of errors", bound, _has_error, at_most=True, least=False)
        ends = (0.0, 1.0)
    elif name == COST:
        cutoff = Cutoff(name, bound, "the cost", bound, _cost, at_most=True, least=False, summed=True)
    elif (percent := _LATENCY.fullmatch(name)) and float(percent[1]) > 0:
        subject = f"the share of answers within {bound:g} s"
        cutoff = Cutoff(name, bound, subject, float(Decimal(percent[1]) / 100), _in_time(bound), least=False)
    else:
        raise _unknown(name, [*scales, ERROR_RATE, COST, "latency_p95"], where)
    if not ends[0] <= bound <= ends[1] or math.isinf(bound):
        do = f"give a number from {ends[0]:g} to {ends[1]:g}" if ends[1] < math.inf else f"give {_UNITS[name == COST]}"
        raise UsageError(f"{bound:g} is no cutoff for {name}", where=where, do=do)
    _reachable(cutoff, gate, where)
    return cutoff


def _on_score(evaluator: Evaluator, bound: float) -> Cutoff:
    def value(result: Result) -> float | None:
        rating = result.ratings[evaluator.name]
        return rating.value if isinstance(rating, Rating) else None

    return Cutoff(
        evaluator.name,
        bound,
        "mean",
        bound,
        value,
        at_most=evaluator.smaller_is_better,
        lowest=evaluator.lowest,
        highest=evaluator.highest,
        boolean=evaluator.boolean,
        least=not evaluator.smaller_is_better,
    )


def _has_error(result: Result) -> float:
    return float(result.failure is not None)


def _cost(result: Result) -> float:
    return result.usage.cost


def _in_time(seconds: float) -> Callable[[Result], float | None]:
    """A percentile is at most so many seconds where at least that share of answers came within them."""

    def value(result: Result) -> float | None:
        answer = result.answer
        return float(answer.seconds <= seconds) if isinstance(answer, Answer) else None

    return value


def _unknown(name: str, known: Sequence[str], where: str) -> UsageError:
    near = difflib.get_close_matches(name, known, 1) or list(known)
    return UsageError(f"no metric {name!r} in this run", where=where, do=f"give a cutoff for {near[0]}")


def _reachable(cutoff: Cutoff, gate: Gate, where: str) -> None:
    end = cutoff.lowest if cutoff.at_most else cutoff.highest
    if gate is not Gate.MEAN and not cutoff.summed and cutoff.threshold == end:
        raise UsageError(
            f"no number of datapoints can prove that {cutoff.metric} is {end:g}",
            where=f"{where}, gate {gate.value}",
            do="give a cutoff off the end of the scale, or choose the gate mean",
        )
