"""Reads results folders back, two at a time: what both runs scored, paired by datapoint."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from evaluations.comparison import Pair
from evaluations.errors import UsageError
from evaluations.folder import RESULTS
from evaluations.model import Json


class Line(NamedTuple):
    """What a comparison needs of one datapoint's result."""

    group: str | None
    reference: str
    """As JSON, to tell whether two data sets ask the same."""
    scores: dict[str, float | None]


@dataclass(frozen=True)
class Pairing:
    """Two runs, put side by side."""

    metrics: dict[str, list[Pair]]
    """By evaluator that both runs have, in the order of A."""
    both: int
    """Datapoints in both runs."""
    only_before: int
    only_after: int
    unscored: dict[str, int]
    """By evaluator: datapoints in both runs that lack the score in one of them."""


def read_pairing(before: Path, after: Path) -> Pairing:
    """Pair the results of two folders. UsageError where one is none, or where they have nothing in common."""
    old, new = _read(before), _read(after)
    both = [identity for identity in old if identity in new]
    where = f"{before} and {after}"
    if not both:
        raise UsageError("the runs have no datapoint in common", where=where, do="compare runs on the same data set")
    for identity in both:
        if old[identity].reference != new[identity].reference:
            what = f"datapoint {identity!r} has another reference in each run"
            raise UsageError(what, where=where, do="compare runs on the same data set")
    names = [name for name in old[both[0]].scores if name in new[both[0]].scores]
    if not names:
        raise UsageError("the runs have no evaluator in common", where=where, do="run both with the same --evaluator")
    metrics: dict[str, list[Pair]] = {name: [] for name in names}
    for identity in both:
        left, right = old[identity], new[identity]
        for name in names:
            first, second = left.scores.get(name), right.scores.get(name)
            if first is not None and second is not None:
                metrics[name].append(Pair(identity, left.group, first, second))
    unscored = {name: len(both) - len(pairs) for name, pairs in metrics.items()}
    return Pairing(metrics, len(both), len(old) - len(both), len(new) - len(both), unscored)


def _read(folder: Path) -> dict[str, Line]:
    path = folder / RESULTS
    lines: dict[str, Line] = {}
    number = 1
    try:
        with path.open(encoding="utf-8") as file:
            for text in file:
                fields: dict[str, Json] = json.loads(text)
                reference = json.dumps(fields["reference"], sort_keys=True)
                lines[fields["id"]] = Line(fields.get("group"), reference, fields["scores"])
                number += 1
    except OSError as error:
        what = f"the results can't be read: {error.strerror}"
        raise UsageError(what, where=str(path), do="give folders that `evaluations run --output` wrote") from None
    except (ValueError, LookupError, TypeError):
        where = f"{path}, line {number}"
        raise UsageError("not a line of results", where=where, do="run it again into another folder") from None
    return lines
