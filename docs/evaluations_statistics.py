# ruff: noqa: INP001 - a part of a program, not a module of a package
"""The tables and pictures of docs/evaluations/statistics.md, worked out by the package's own functions."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from evaluations_keys import table

from evaluations.statistics.distributions import binomial_cdf, binomial_pmf
from evaluations.statistics.interval import CONFIDENCE, Interval
from evaluations.statistics.means import proves_above, share_interval, wilson
from evaluations.statistics.planning import detectable_share, gate_count
from evaluations.statistics.sequences import ConfidenceSequence, Wealth

_SIZES = (20, 50, 100, 200, 500, 1000, 2000)
_CUTOFF, _MOST, _STEP = 0.9, 500, 5
"""Of the picture of decisions: the cutoff, the most datapoints, and how many from one column to the next."""
_RARE, _BESIDE = 0.001, 1e-9
"""The least true share that coverage is worked out for, and the distance from an end that is beside it."""
_COVERED = 50
"""Datapoints, in the picture of coverage."""
_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640, 320, 60, 30, 45
_BLUE, _ORANGE, _GREY = "#1f5fa8", "#c75b12", "#767676"

Point = tuple[float, float]


def interval_widths() -> str:
    """A row a number of datapoints: the interval of the bound gate, and that of the sequential one."""
    shares = (0.5, 0.8, 0.9)
    rows = []
    for size in _SIZES:
        pairs = ((share_interval(share, size), _sequence(share, size)) for share in shares)
        rows.append((f"{size:,}", *(_ends(interval) for pair in pairs for interval in pair)))
    head = [f"{_percent(share)} right, {kind}" for share in shares for kind in ("interval", "sequence")]
    return table(("datapoints", *head), rows)


def detectable_differences() -> str:
    """A row a number of datapoints, a column a share of them that turn."""
    turning = (0.05, 0.1, 0.2, 0.3)
    rows = [(f"{size:,}", *(_points(detectable_share(each, size)) for each in turning)) for size in _SIZES]
    return table(("datapoints", *(f"{_percent(each)} turn" for each in turning)), rows)


def counts_for_cutoffs() -> str:
    """A row a cutoff, a column how far the model is above it."""
    above = (0.01, 0.02, 0.04, 0.08)
    rows = [
        (f"{cutoff:g}", *(_count(cutoff + each, cutoff) if cutoff + each < 1 else "-" for each in above))
        for cutoff in (0.5, 0.8, 0.9, 0.95)
    ]
    return table(("cutoff", *(f"{each:g} above" for each in above)), rows)


def least_coverage() -> str:
    """A column a number of datapoints: the least share of runs whose interval holds the truth, over all truths."""
    sizes = (10, 20, 50, 100, 200)
    kinds = (("this package", share_interval), ("Wilson alone", wilson))
    rows = [(label, *(f"{100 * _least_covered(kind, size):.1f} %" for size in sizes)) for label, kind in kinds]
    return table(("datapoints", *map(str, sizes)), rows)


BLOCKS: dict[str, Callable[[], str]] = {
    "least coverage": least_coverage,
    "interval widths": interval_widths,
    "detectable differences": detectable_differences,
    "counts for cutoffs": counts_for_cutoffs,
}


def coverage() -> str:
    """How often the interval holds the truth, over all true shares: this package's, and Wilson's alone."""
    shares = [place / 400 for place in range(1, 400)]
    x, y = _scale(0, 1, _LEFT, _WIDTH - 20), _scale(0.85, 1, _HEIGHT - _BOTTOM, _TOP)
    lines = [
        (_curve([(share, _covered(kind, share)) for share in shares], x, y), colour, label)
        for kind, colour, label in ((wilson, _ORANGE, "Wilson alone"), (share_interval, _BLUE, "this package"))
    ]
    title = f"How often the 95 % interval holds the truth, {_COVERED} datapoints"
    axes = ((0, 0.25, 0.5, 0.75, 1), (0.85, 0.9, 0.95, 1), "true share of right answers")
    return _picture(title, lines, axes)


def decisions() -> str:
    """What a number of right answers means at a cutoff of 0.9, for both gates that know of chance."""
    sizes = range(_STEP, _MOST + 1, _STEP)
    x, y = _scale(0, _MOST, _LEFT, _WIDTH - 20), _scale(0.7, 1, _HEIGHT - _BOTTOM, _TOP)
    lines = []
    for proves, colour, label in ((_by_bound, _BLUE, "bound"), (_by_sequence, _ORANGE, "sequential")):
        above = [(size, _least(partial(proves, size, cutoff=_CUTOFF), size) / size) for size in sizes]
        below = [(size, 1 - _least(partial(proves, size, cutoff=1 - _CUTOFF), size) / size) for size in sizes]
        lines.append((_curve(_within(above), x, y), colour, f"{label}: pass above, fail below"))
        lines.append((_curve(_within(below), x, y), colour, ""))
    lines.append((_curve([(0, _CUTOFF), (_MOST, _CUTOFF)], x, y), _GREY, "cutoff 0.9; between the lines: inconclusive"))
    title = "Which share of right answers decides, at a cutoff of 0.9"
    axes = ((0, 100, 200, 300, 400, 500), (0.7, 0.8, 0.9, 1), "datapoints")
    return _picture(title, lines, axes)


PICTURES: dict[str, Callable[[], str]] = {"coverage.svg": coverage, "decisions.svg": decisions}
"""By the name of the file below docs/evaluations/pictures/."""


def _sequence(share: float, size: int) -> Interval:
    sequence, right = ConfidenceSequence(0.0), round(share * size)
    for number in range(size):
        sequence.add(float(number < right))
    return sequence.interval()


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _ends(interval: Interval) -> str:
    return f"{interval.low:.2f} to {interval.high:.2f}"


def _points(difference: float | None) -> str:
    return "none" if difference is None else f"{100 * difference:.1f}"


def _count(mean: float, cutoff: float) -> str:
    count = gate_count(mean, cutoff)
    return "-" if count is None else f"{count:,}"


def _covered(kind: Callable[[float, int], Interval], share: float) -> float:
    intervals = ((right, kind(right / _COVERED, _COVERED)) for right in range(_COVERED + 1))
    return math.fsum(binomial_pmf(right, _COVERED, share) for right, (low, high) in intervals if low <= share <= high)


def _least_covered(kind: Callable[[float, int], Interval], size: int) -> float:
    """Coverage jumps at the ends of intervals, and has no least value between them: it is looked at beside each end."""
    intervals = [kind(right / size, size) for right in range(size + 1)]
    lows, highs = [low for low, _high in intervals], [high for _low, high in intervals]
    least = 1.0
    for end in {*lows, *highs}:
        for share in (end - _BESIDE, end + _BESIDE):
            if _RARE <= share <= 1 - _RARE:
                inside = range(bisect_left(highs, share), bisect_left(lows, share))
                held = binomial_cdf(inside.stop - 1, size, share) - binomial_cdf(inside.start - 1, size, share)
                least = min(least, held)
    return least


def _by_bound(size: int, right: int, *, cutoff: float) -> bool:
    return right > 0 and proves_above(right, size, cutoff)


def _by_sequence(size: int, right: int, *, cutoff: float) -> bool:
    wealth = Wealth(cutoff)
    wealth.add(1.0, right)
    wealth.add(0.0, size - right)
    return wealth.logarithm() >= math.log(2 / (1 - CONFIDENCE))


def _least(proves: Callable[[int], bool], size: int) -> int:
    """The least number of right answers that proves it; one more than there are where none does."""
    return bisect_left(range(size + 1), x=True, key=proves)


def _within(points: Iterable[Point]) -> list[Point]:
    return [(size, share) for size, share in points if 0.7 <= share <= 1]


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: start + (value - low) / (high - low) * (end - start)


def _curve(points: Sequence[Point], x: Callable[[float], float], y: Callable[[float], float]) -> str:
    return " ".join(f"{x(across):.1f},{y(up):.1f}" for across, up in points)


def _picture(
    title: str,
    lines: Sequence[tuple[str, str, str]],
    axes: tuple[Sequence[float], Sequence[float], str],
) -> str:
    across, up, below = axes
    x = _scale(across[0], across[-1], _LEFT, _WIDTH - 20)
    y = _scale(up[0], up[-1], _HEIGHT - _BOTTOM, _TOP)
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" font-size="12"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{title}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="18" font-weight="bold">{title}</text>',
    ]
    for value in up:
        parts.append(f'<path d="M{_LEFT} {y(value):.1f}H{_WIDTH - 20}" stroke="#dddddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{_percent(value)}</text>')
    parts += [f'<text x="{x(value):.1f}" y="{_HEIGHT - 28}" text-anchor="middle">{value:g}</text>' for value in across]
    parts.append(f'<text x="{(_LEFT + _WIDTH) / 2:.0f}" y="{_HEIGHT - 10}" text-anchor="middle">{below}</text>')
    shown = 0
    for points, colour, label in lines:
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        if label:
            place = _HEIGHT - _BOTTOM - 50 + 16 * shown
            parts.append(f'<text x="{_WIDTH - 30}" y="{place}" text-anchor="end" fill="{colour}">{label}</text>')
            shown += 1
    return "\n".join([*parts, "</svg>"]) + "\n"
