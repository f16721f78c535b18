"""Cohen's kappa and its interval."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from evaluations.statistics.agreement import Ratings, added, kappa, kappa_error, kappa_interval, pair

RUNS = 150


def table(both: int, people: int, judge: int, neither: int) -> dict[Ratings, int]:
    """Answers by who says yes; those that are there."""
    counts = {pair(1, 1): both, pair(1, 0): people, pair(0, 1): judge, pair(0, 0): neither}
    return {cell: count for cell, count in counts.items() if count}


def total(clusters: dict[Ratings, int]) -> Ratings:
    """Of all answers."""
    return added(cluster.times(times) for cluster, times in clusters.items())


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ((20, 5, 10, 15), 0.4),
        ((45, 15, 25, 15), 0.13043478260869565),
        ((25, 35, 5, 35), 0.25925925925925924),
        ((10, 0, 0, 10), 1.0),
        ((0, 10, 10, 0), -1.0),
        ((10, 10, 10, 10), 0.0),
        ((10, 5, 0, 0), 0.0),
    ],
)
def test_kappa_is_what_textbooks_say(cells: tuple[int, int, int, int], expected: float) -> None:
    """Of agreement beyond chance."""
    found = kappa(total(table(*cells)))
    assert found is not None
    assert math.isclose(expected, found, abs_tol=1e-12)


@pytest.mark.parametrize("clusters", [{}, table(30, 0, 0, 0), table(0, 0, 0, 1), {pair(0.3, 0.3): 7}])
def test_kappa_of_one_category_is_not_defined(clusters: dict[Ratings, int]) -> None:
    """Agreement by chance can't be told from agreement there; neither it nor its interval is a number."""
    assert kappa(total(clusters)) is None
    assert kappa_error(clusters) is None
    assert kappa_interval(clusters, boolean=True) is None


def test_kappa_of_scores_is_the_quadratically_weighted_one() -> None:
    """As worked out over all pairs; a judge that adds the same to each score does not agree."""
    draw = random.Random(1)
    people = [draw.randint(1, 5) for _ in range(50)]
    judge = [min(5, max(1, each + draw.choice((-1, 0, 0, 1)))) for each in people]
    apart = sum((x - y) ** 2 for x, y in zip(people, judge, strict=True)) / 50
    chance = sum((x - y) ** 2 for x in people for y in judge) / 50**2
    found = kappa(added(map(pair, people, judge)))
    assert found is not None
    assert math.isclose(1 - apart / chance, found)
    shifted = kappa(added(pair(each, each + 2) for each in people))
    assert shifted is not None
    assert shifted < 0.6


@pytest.mark.parametrize("cells", [(20, 5, 10, 15), (45, 15, 25, 15), (80, 5, 3, 12), (50, 50, 0, 100)])
def test_the_standard_error_is_that_of_fleiss_cohen_and_everitt(cells: tuple[int, int, int, int]) -> None:
    """Their formula 13, over the four cells, but for the root of n / (n - 1)."""
    count = sum(cells)
    shares = [[cells[0] / count, cells[1] / count], [cells[2] / count, cells[3] / count]]
    rows, columns = [sum(row) for row in shares], [sum(column) for column in zip(*shares, strict=True)]
    seen = shares[0][0] + shares[1][1]
    chance = rows[0] * columns[0] + rows[1] * columns[1]
    found = (seen - chance) / (1 - chance)
    diagonal = sum(shares[i][i] * (1 - (rows[i] + columns[i]) * (1 - found)) ** 2 for i in (0, 1))
    off = (1 - found) ** 2 * sum(shares[i][1 - i] * (columns[i] + rows[1 - i]) ** 2 for i in (0, 1))
    variance = (diagonal + off - (found - chance * (1 - found)) ** 2) / (count * (1 - chance) ** 2)
    error = kappa_error(table(*cells))
    assert error is not None
    assert math.isclose(math.sqrt(variance * count / (count - 1)), error, rel_tol=1e-9)


def test_full_agreement_is_not_certainty() -> None:
    """The interval reaches 1, and its low end rises with the answers; the usual one would be [1, 1] at once."""
    lows = []
    for half in (5, 20, 100):
        interval = kappa_interval(table(half, 0, 0, half), boolean=True)
        assert interval is not None
        assert 1.0 == interval.high
        lows.append(interval.low)
    assert 0.2 < lows[0] < 0.6 < lows[1] < 0.9 < lows[2] < 1


def test_the_interval_is_the_same_each_time() -> None:
    """In whatever order cells come, and for scores too."""
    cells = table(20, 5, 10, 15)
    other = dict(reversed(cells.items()))
    assert kappa_interval(cells, boolean=True) == kappa_interval(other, boolean=True)


def test_very_many_different_scores_take_the_large_sample_interval() -> None:
    """Which is then no slower, and about the same."""
    draw = random.Random(3)
    people = [draw.random() for _ in range(2000)]
    clusters = {pair(each, min(1, max(0, each + draw.gauss(0, 0.2)))): 1 for each in people}
    interval, found, error = kappa_interval(clusters, boolean=False), kappa(total(clusters)), kappa_error(clusters)
    assert interval is not None
    assert found is not None
    assert error is not None
    assert math.isclose(3.92 * error, interval.high - interval.low, rel_tol=0.02)


def tables(share: float, true: float, count: int, runs: int) -> Iterator[dict[Ratings, int]]:
    """Drawn where both raters say yes to that share, with that kappa."""
    chance = share**2 + (1 - share) ** 2
    both = (chance + true * (1 - chance) + 2 * share - 1) / 2
    weights = [both, share - both, share - both, 1 - 2 * share + both]
    draw = random.Random(f"{share} {true} {count}")
    for _ in range(runs):
        drawn = Counter(draw.choices(range(4), weights, k=count))
        yield table(drawn[0], drawn[1], drawn[2], drawn[3])


def coverage(share: float, true: float, count: int, runs: int) -> float:
    """How often the interval holds the truth; where kappa is not defined nothing wrong is said."""
    known: dict[frozenset[tuple[Ratings, int]], bool] = {}
    held = 0
    for drawn in tables(share, true, count, runs):
        key = frozenset(drawn.items())
        if key not in known:
            interval = kappa_interval(drawn, boolean=True)
            known[key] = interval is None or interval.low <= true <= interval.high
        held += known[key]
    return held / runs


@pytest.mark.parametrize(
    ("share", "true", "count"),
    [
        pytest.param(0.5, 0.7, 10, marks=pytest.mark.torture),
        pytest.param(0.8, 0.9, 10, marks=pytest.mark.torture),
        (0.95, 0.4, 20),
    ],
)
def test_the_interval_covers_the_truth(share: float, true: float, count: int) -> None:
    """93 % at least, for few answers and rare ones, where the usual one covers 34 to 78 %."""
    assert coverage(share, true, count, RUNS) > 0.93 - 3.5 * math.sqrt(0.93 * 0.07 / RUNS)


@pytest.mark.torture
@pytest.mark.parametrize(("count", "share"), [(10, 0.5), (10, 0.8), (20, 0.5), (20, 0.95), (50, 0.8), (200, 0.95)])
@pytest.mark.parametrize("true", [0.0, 0.7, 0.9, 1.0])
def test_the_interval_covers_the_truth_everywhere(share: float, true: float, count: int) -> None:
    """The same over shares, kappas and numbers of answers."""
    assert coverage(share, true, count, 600) > 0.93 - 3.5 * math.sqrt(0.93 * 0.07 / 600)


@pytest.mark.torture
@pytest.mark.parametrize("count", [10, 20])
@pytest.mark.parametrize("size", [1, 3])
def test_the_interval_for_scores_covers_the_truth(count: int, size: int) -> None:
    """For scores in fifths of which some are far off, each for itself or in clusters that go wrong together."""
    draw = random.Random(count * size)

    def cluster() -> Ratings:
        wrong = draw.random() < 0.1
        people = [round(draw.betavariate(3, 2) * 4) / 4 for _ in range(size)]
        return added(
            pair(each, 0.0 if wrong else min(1, max(0, each + draw.choice((-0.25, 0, 0, 0.25))))) for each in people
        )

    true = kappa(added(cluster() for _ in range(40_000)))
    assert true is not None
    held = 0
    for _ in range(150):
        interval = kappa_interval(Counter(cluster() for _ in range(count)), boolean=False)
        held += interval is None or interval.low <= true <= interval.high
    assert held / 150 > 0.93 - 3.5 * math.sqrt(0.93 * 0.07 / 150)
