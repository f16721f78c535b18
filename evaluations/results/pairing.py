"""Puts two variants side by side, of two runs or of one: what both scored, paired by datapoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import fsum
from typing import NamedTuple

from msgspec import Struct, field

from evaluations.errors import UsageError
from evaluations.results.reading import Run
from evaluations.verdicts.comparison import Pair


class Side(NamedTuple):
    """One variant of a run."""

    run: Run
    variant: str

    def __str__(self) -> str:
        """For messages."""
        return f"{self.run.path}, variant {self.variant}"


class Pairing(Struct, frozen=True):
    """Two variants, put side by side."""

    before: Side
    after: Side
    metrics: dict[str, list[Pair]]
    """By evaluator that both have, in the order of A. Repeats of one datapoint are one pair: of their means."""
    both: int
    """Datapoints in both."""
    only_before: int
    only_after: int
    unscored: dict[str, int]
    """By evaluator: datapoints in both that lack the score in one of them."""


class _Asked(Struct):
    """One datapoint of one side, with the scores of all its repeats."""

    group: str | None
    reference: str
    """As JSON, to tell whether two data sets ask the same."""
    scores: dict[str, list[float]] = field(default_factory=dict)


def choose(before: Run, after: Run | None, names: Sequence[str] | None) -> tuple[Side, Side]:
    """A's variant and B's, or two variants of one run. UsageError where it is not clear which are meant.

    Names are needed where there is a choice: none where each run has one variant, or the only run has two.
    """
    other = before if after is None else after
    if not names:
        names = before.variants if after is None else (*before.variants, *after.variants)
    if len(names) != 2 or (after is None and names[0] == names[1]):
        have = ", ".join(dict.fromkeys((*before.variants, *other.variants)))
        what, do = "two variants are compared", "add --variants BEFORE AFTER"
        raise UsageError(f"{what}, and there are: {have}", where="--variants", do=do)
    sides = Side(before, names[0]), Side(other, names[1])
    for run, name in sides:
        if name not in run.variants:
            do = f"give one of these: {', '.join(run.variants)}"
            raise UsageError(f"there is no variant {name!r} in {run.path}", where="--variants", do=do)
    return sides


def read_pairing(before: Side, after: Side) -> Pairing:
    """Pair the results of both sides. UsageError where one is unreadable, or where they have nothing in common."""
    old, new = _read(before), _read(after)
    both = [identity for identity in old if identity in new]
    where = f"{before}; {after}"
    if not both:
        raise UsageError("the runs have no datapoint in common", where=where, do="compare runs on the same data set")
    for identity in both:
        if old[identity].reference != new[identity].reference:
            what = f"datapoint {identity!r} has another reference in each run"
            raise UsageError(what, where=where, do="compare runs on the same data set")
    names = [name for name in before.run.scales if name in after.run.scales]
    if not names:
        raise UsageError("the runs have no evaluator in common", where=where, do="run both with the same evaluators")
    metrics: dict[str, list[Pair]] = {name: [] for name in names}
    for identity in both:
        left, right = old[identity], new[identity]
        for name in names:
            first, second = left.scores.get(name), right.scores.get(name)
            if first and second:
                metrics[name].append(Pair(identity, left.group, _mean(first), _mean(second)))
    unscored = {name: len(both) - len(pairs) for name, pairs in metrics.items()}
    return Pairing(before, after, metrics, len(both), len(old) - len(both), len(new) - len(both), unscored)


def _read(side: Side) -> dict[str, _Asked]:
    found: dict[str, _Asked] = {}
    for line in side.run.lines():
        if line["variant"] != side.variant:
            continue
        asked = found.get(line["id"])
        if asked is None:
            reference = json.dumps(line.get("reference"), sort_keys=True)
            asked = found[line["id"]] = _Asked(line.get("group"), reference)
        for name, score in line["scores"].items():
            if score is not None:
                asked.scores.setdefault(name, []).append(score)
    return found


def _mean(scores: Sequence[float]) -> float:
    return fsum(scores) / len(scores)
