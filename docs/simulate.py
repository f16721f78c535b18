# ruff: noqa: INP001, S311 - a program, not a module of a package; no secret is drawn
"""Works the simulated numbers of docs/evaluations/statistics.md out again: `python docs/simulate.py`, some minutes.

The models are those of tests/evaluations/statistics/test_known_truth.py, which requires less exact numbers of them.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from evaluations.statistics.distributions import t_quantile
from evaluations.statistics.means import proves_above, share_interval
from evaluations.statistics.pairs import Cluster, mean_difference
from tests.evaluations.statistics import test_known_truth as known

RUNS = 2000


def _rarely_less(draw: random.Random) -> float:
    return 1.0 if draw.random() < 0.95 else draw.random()


def scores(kind: known.Draw, count: int) -> tuple[float, float]:
    """Coverage of this package's interval, and of Student's."""
    draw, ours, student = random.Random(11), 0, 0
    population = [kind(draw) for _ in range(5000)]
    truth, t = math.fsum(population) / 5000, t_quantile(0.975, count - 1)
    for _ in range(RUNS):
        sample = draw.choices(population, k=count)
        mean = sum(sample) / count
        squares = sum(score * score for score in sample) - count * mean * mean
        error = math.sqrt(max(0.0, squares) / (count - 1) / count)
        ours += known.covers(mean, error, count, truth)
        student += abs(mean - truth) <= t * error
    return ours / RUNS, student / RUNS


def groups() -> tuple[float, float]:
    """Coverage where groups are told of, and where they are not."""
    draw, covered, naive = random.Random(5), 0, 0
    for _ in range(RUNS):
        drawn = [
            Cluster(sum(draw.random() < easy for _ in range(size)), size)
            for easy, size in known._groups(draw)  # noqa: SLF001 - the same groups
        ]
        covered += known.covers(*mean_difference(drawn), 40, 0.8)
        right, count = int(sum(group.total for group in drawn)), sum(group.size for group in drawn)
        naive += not (proves_above(right, count, 0.8) or proves_above(count - right, count, 0.2))
    return covered / RUNS, naive / RUNS


def looking() -> float:
    """How often looking at a fixed interval, from the tenth answer on, decides about a model at the cutoff of 0.9."""
    draw, decided, runs = random.Random(3), 0, 500
    for _ in range(runs):
        right = 0
        for count in range(1, 501):
            right += draw.random() < 0.9
            low, high = share_interval(right / count, count) if count >= 10 else (0.0, 1.0)
            if not low <= 0.9 <= high:
                decided += 1
                break
    return decided / runs


def sequential(truth: float) -> tuple[float, int, int]:
    """Of the gate at 0.9: how often 2,000 answers decide, and how many half of the runs and nine tenths take."""
    draw, edges = random.Random(7), known.boundaries(0.9, 2000)
    found = [known.stop(draw, truth, edges) for _ in range(RUNS)]
    counts = sorted(count for count, _right, _side in found)
    return sum(side != 0 for *_rest, side in found) / RUNS, counts[RUNS // 2], counts[RUNS * 9 // 10]


def main() -> None:
    """Print them all."""
    kinds = (_rarely_less, known._partly, known._grade, random.Random.random)  # noqa: SLF001 - the same models
    lines = [f"{kind.__name__}: {[(count, scores(kind, count)) for count in (10, 20, 200)]}" for kind in kinds]
    lines += [f"groups: {groups()}", f"looking: {looking()}"]
    lines += [f"sequential, {truth}: {sequential(truth)}" for truth in (0.9, 0.8, 0.95, 0.93)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
