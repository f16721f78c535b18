"""How good single results are, and which are the worst. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from math import fsum, inf

from evaluations.results.reading import Line, Run, Scale

UNSCORED = float("-inf")
"""Of a result that lacks a score: before all others."""


def goodness(line: Line, scales: Mapping[str, Scale]) -> float:
    """The mean over its evaluators, from 0 to 1 where their scales have ends; UNSCORED where a score is missing."""
    found = [scale.goodness(line["scores"][name]) for name, scale in scales.items() if _scored(line, name)]
    return fsum(found) / len(found) if found and len(found) == len(scales) else UNSCORED


def worst(run: Run, count: int) -> list[Line]:
    """So many results, the worst first, those without a score at the head; none that is as good as can be.

    Of the repeats of a datapoint, only the worst that a variant gave.
    """
    scales = run.scales
    best = 1.0 if all(scale.ends for scale in scales.values()) else inf
    ranked = ((goodness(line, scales), place, line) for place, line in enumerate(run.lines()))
    # So many hold at least `count` datapoints, since none has more results of one variant than there are repeats.
    found = heapq.nsmallest(count * run.repeats, (each for each in ranked if each[0] < best))
    once: dict[tuple[str, str], Line] = {}
    for _goodness, _place, line in found:
        once.setdefault((line["variant"], line["id"]), line)
    return list(once.values())[:count]


def _scored(line: Line, name: str) -> bool:
    return line["scores"].get(name) is not None
