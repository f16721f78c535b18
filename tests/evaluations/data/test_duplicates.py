"""Finding an id that was given twice."""

from __future__ import annotations

import random
import tracemalloc
from contextlib import closing

import pytest

from evaluations.data.duplicates import Duplicates


def find(ids: list[str], run_length: int) -> tuple[int, int] | None:
    """What is found in ids that stand on lines 1, 2, 3..."""
    with closing(Duplicates(run_length)) as duplicates:
        for line, key in enumerate(ids, 1):
            duplicates.add(key, line)
        return duplicates.first()


@pytest.mark.parametrize("run_length", [1, 3, 7, 1000])
@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([], None),
        (["a", "b", "c", "d"], None),
        (["a", "b", "a"], (1, 3)),
        (["a", "b", "c", "c", "b", "a", "c"], (3, 4)),
        (["\ud800", "x", "\ud800"], (1, 3)),
    ],
)
def test_the_first_repeat_is_found(ids: list[str], expected: tuple[int, int] | None, run_length: int) -> None:
    """However many of the ids are in memory."""
    assert expected == find(ids, run_length)


@pytest.mark.parametrize("run_length", [100, 2000, 100_000])
def test_one_repeat_among_many(run_length: int) -> None:
    """Runs longer than what is read at once are merged right."""
    ids = [f"id-{number}" for number in range(5000)]
    random.Random(1).shuffle(ids)
    assert find(ids, run_length) is None
    assert find([*ids, ids[1234]], run_length) == (1235, 5001)


def test_memory_does_not_grow_with_the_ids() -> None:
    """30,000 ids in runs of 500 stay under a quarter of what the digests alone would take."""
    tracemalloc.start()
    try:
        with closing(Duplicates(500)) as duplicates:
            for line in range(30_000):
                duplicates.add(str(line), line)
            peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30_000 * 24 / 4
