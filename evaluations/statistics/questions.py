"""The questions that power answers: how many datapoints a cutoff or a difference needs, or how sure that many make."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from evaluations.errors import UsageError
from evaluations.statistics.planning import (
    MOST,
    POWER,
    gate_count,
    gate_power,
    mcnemar_count,
    mean_count,
    mean_power,
)
from evaluations.statistics.turning import mcnemar_power

Share = Annotated[float, Meta(ge=0, le=1)]


class Question(Struct, frozen=True, kw_only=True):
    """One of `cutoff`, `to` and `deviation` says what is to be found."""

    mean: Annotated[Share | None, Meta(description="The true share of right answers; with `to`, before.")] = None
    cutoff: Annotated[Share | None, Meta(description="To be passed by the gate bound.")] = None
    to: Annotated[Share | None, Meta(description="The share of right answers after.")] = None
    turning: Annotated[
        Share | None, Meta(description="Datapoints with another answer; without it, as if by chance.")
    ] = None
    difference: Annotated[float | None, Meta(description="A mean difference of scores.")] = None
    deviation: Annotated[
        float | None, Meta(description="Standard deviation of the differences of single datapoints.")
    ] = None
    power: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None, Meta(description="How often it is to be found; 0.8 by default.")
    ] = None
    datapoints: Annotated[
        Annotated[int, Meta(ge=1, le=MOST)] | None, Meta(description="How often so many find it, instead.")
    ] = None

    @property
    def wanted(self) -> float:
        """How often it is to be found."""
        return POWER if self.power is None else self.power


class Power(Struct, frozen=True):
    """How sure so many datapoints make."""

    question: str
    """What was asked, in words."""
    datapoints: int
    power: float
    """How often, of all runs with so many datapoints, it is found."""


class _Meaning(NamedTuple):
    """A question, made out."""

    words: str
    power_at: Callable[[int], float]
    """Of so many datapoints."""
    count_for: Callable[[float], int | None]
    """Datapoints for that power."""


def answer(question: Question) -> Power:
    """How many datapoints are needed; how often those that are given do. Raises UsageError."""
    words, power_at, count_for = _meant(question)
    if question.datapoints is not None:
        return Power(words, question.datapoints, power_at(question.datapoints))
    count = count_for(question.wanted)
    if count is None:
        where = f"{words} {100 * question.wanted:g} times in 100"
        raise UsageError(f"more than {MOST:,} datapoints are needed", where=where, do="ask for a larger difference")
    return Power(words, count, power_at(count))


def _meant(question: Question) -> _Meaning:
    kinds = [name for name in _KINDS if getattr(question, name) is not None]
    if len(kinds) != 1:
        do = "give one of cutoff, to and deviation"
        raise UsageError("it is not clear what is to be found", where="power", do=do)
    kind = kinds[0]
    meaning, used = _KINDS[kind]
    for name in ("mean", "turning", "difference"):
        if name not in used and getattr(question, name) is not None:
            raise UsageError(f"{name} says nothing about {kind}", where=name, do=f"leave {name} out")
    if question.power is not None and question.datapoints is not None:
        do = "leave one of them out: with datapoints the power is what comes out"
        raise UsageError("power and datapoints are two questions", where="power", do=do)
    return meaning(question)


def _gate(question: Question) -> _Meaning:
    mean, cutoff = _needed(question, "mean"), _needed(question, "cutoff")
    if not 0 < cutoff < 1 or mean <= cutoff:
        do = "give a mean above the cutoff, and a cutoff between 0 and 1"
        raise UsageError("no number of datapoints passes it", where=f"mean {mean:g}, cutoff {cutoff:g}", do=do)
    words = f"pass the cutoff {cutoff:g} by the gate bound with a true share of {mean:g}"
    return _Meaning(words, partial(gate_power, mean, cutoff), partial(gate_count, mean, cutoff))


def _compare_shares(question: Question) -> _Meaning:
    before, after = _needed(question, "mean"), _needed(question, "to")
    least, most = abs(after - before), min(before + after, 2 - before - after)
    turning = question.turning
    if turning is None:  # as for two models that have nothing in common: the most that is likely
        turning = before * (1 - after) + after * (1 - before)
    where = f"mean {before:g}, to {after:g}, turning {turning:g}"
    if not least:
        raise UsageError("there is no difference to find", where=where, do="give two different shares")
    if not least - 1e-9 <= turning <= most + 1e-9:
        raise UsageError("that share can't turn", where=where, do=f"give turning from {least:g} to {most:g}")
    words = f"find the difference of {before:g} and {after:g} when {turning:.4g} of the datapoints turn"
    up, down = max(0.0, (turning + after - before) / 2), max(0.0, (turning - after + before) / 2)
    return _Meaning(words, partial(mcnemar_power, up, down), partial(mcnemar_count, up, down))


def _compare_scores(question: Question) -> _Meaning:
    difference, deviation = _needed(question, "difference"), _needed(question, "deviation")
    if not difference or deviation <= 0:
        where = f"difference {difference:g}, deviation {deviation:g}"
        raise UsageError("there is no difference to find", where=where, do="give two numbers that are not 0")
    words = f"find a mean difference of {difference:g} when differences have a standard deviation of {deviation:g}"
    return _Meaning(words, partial(mean_power, difference, deviation), partial(mean_count, difference, deviation))


def _needed(question: Question, name: str) -> float:
    value = getattr(question, name)
    if value is None or not math.isfinite(value):
        raise UsageError(f"{name} is missing", where="power", do=f"give {name} as a number")
    return float(value)


_KINDS = {
    "cutoff": (_gate, ("mean",)),
    "to": (_compare_shares, ("mean", "turning")),
    "deviation": (_compare_scores, ("difference",)),
}
"""What can be asked, with the other numbers that belong to each."""
