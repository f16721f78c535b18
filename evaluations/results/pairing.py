"""Puts two variants side by side, of two runs or of one: what both scored, paired by datapoint, and what lacks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from math import fsum

from msgspec import Struct, field

from evaluations.errors import UsageError
from evaluations.model import Json
from evaluations.results.sides import Side, other_evaluators
from evaluations.verdicts.comparison import Pair


class Pairing(Struct, frozen=True):
    """Two variants, put side by side."""

    before: Side
    after: Side
    metrics: dict[str, list[Pair]]
    """By evaluator that both have, in the order of A. Repeats of one datapoint are one pair: of their means.

    Pairs are in the order in which A was to ask, so that nothing depends on how long an answer took."""
    both: int
    """Datapoints in both."""
    only_before: int
    only_after: int
    unscored: dict[str, int]
    """By evaluator: datapoints in both that lack the score in one of them."""
    planned: int
    """Datapoints that could be in both: those of the run that was to ask fewer."""
    asked: float
    """Share of these that were asked in both runs; one that lacks some of its repeats counts in part."""
    coverage: dict[str, float]
    """By evaluator: share of these that have the score in both runs, counted like that."""
    notes: tuple[str, ...]
    """What differs between the runs without making them incomparable."""

    @property
    def smaller_is_better(self) -> frozenset[str]:
        """The evaluators of which less is better."""
        return frozenset(name for name, scale in self.before.run.scales.items() if scale.smaller_is_better)


class _Asked(Struct):
    """One datapoint of one side, with the scores of all its repeats."""

    index: int
    """Its place in what was to be asked."""
    group: str | None
    question: bytes
    """Digests of input and reference, to tell whether two data sets ask the same."""
    reference: bytes
    times: int = 0
    """How often it was asked."""
    scores: dict[str, list[float]] = field(default_factory=dict)


def read_pairing(before: Side, after: Side) -> Pairing:
    """Pair the results of both sides. UsageError where one is unreadable, or where they can't be compared."""
    where = f"{before}; {after}"
    names = [name for name in before.run.scales if name in after.run.scales]
    if not names:
        raise UsageError("the runs have no evaluator in common", where=where, do="run both with the same evaluators")
    notes = [*other_evaluators(before, after, names)]
    if before.planned != after.planned:
        notes.append(f"A was to ask {before.planned:,} datapoints, and B {after.planned:,}")
    old, new = _read(before), _read(after)
    both = sorted((identity for identity in old if identity in new), key=lambda identity: old[identity].index)
    if not both:
        raise UsageError("the runs have no datapoint in common", where=where, do="compare runs on the same data set")
    alone = 0
    for identity in both:
        _refuse_another(identity, old[identity], new[identity], where)
        alone += (old[identity].group is None) != (new[identity].group is None)
    if alone:
        notes.append(f"only one of the runs knows the group of {alone:,} datapoints; it counts for both")
    metrics: dict[str, list[Pair]] = {name: [] for name in names}
    shares = dict.fromkeys(names, 0.0)
    for identity in both:
        left, right = old[identity], new[identity]
        group = right.group if left.group is None else left.group
        for name in names:
            first, second = left.scores.get(name), right.scores.get(name)
            if first and second:
                metrics[name].append(Pair(identity, group, _mean(first), _mean(second)))
                shares[name] += min(len(first) / before.run.repeats, len(second) / after.run.repeats)
    planned = min(before.planned, after.planned)
    asked = sum(min(old[each].times / before.run.repeats, new[each].times / after.run.repeats) for each in both)
    return Pairing(
        before,
        after,
        metrics,
        len(both),
        len(old) - len(both),
        len(new) - len(both),
        {name: len(both) - len(pairs) for name, pairs in metrics.items()},
        planned,
        asked / planned,
        {name: share / planned for name, share in shares.items()},
        tuple(notes),
    )


def _refuse_another(identity: str, old: _Asked, new: _Asked, where: str) -> None:
    """Raise UsageError where the datapoint is not the same one in both runs."""
    parts: list[tuple[str, object, object]] = [
        ("input", old.question, new.question),
        ("reference", old.reference, new.reference),
    ]
    if old.group is not None and new.group is not None:
        parts.append(("group", old.group, new.group))
    for part, first, second in parts:
        if first != second:
            what = f"datapoint {identity!r} has another {part} in each run"
            do = "compare runs on the same data set, or give a datapoint that was changed another id and run it again"
            raise UsageError(what, where=where, do=do)


def _read(side: Side) -> dict[str, _Asked]:
    found: dict[str, _Asked] = {}
    for line in side.run.lines():
        if line["variant"] != side.variant:
            continue
        asked = found.get(line["id"])
        if asked is None:
            question, reference = _digest(line.get("input")), _digest(line.get("reference"))
            asked = found[line["id"]] = _Asked(line["index"], line.get("group"), question, reference)
        asked.times += 1
        for name, score in line["scores"].items():
            if score is not None:
                asked.scores.setdefault(name, []).append(score)
    return found


def _digest(value: Json) -> bytes:
    return sha256(json.dumps(value, sort_keys=True).encode()).digest()


def _mean(scores: Sequence[float]) -> float:
    return fsum(scores) / len(scores)
