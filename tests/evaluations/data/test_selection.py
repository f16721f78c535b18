"""Which datapoints are taken."""

from __future__ import annotations

from typing import Any

import pytest

from evaluations.data.dataset import open_dataset
from evaluations.data.selection import sample_bound, sample_key
from evaluations.data.specs import DatasetSpec
from evaluations.errors import UsageError
from tests.evaluations.data.conftest import Save, as_format, contents_of, read, refused

ROWS: list[dict[str, Any]] = [
    {"id": f"q{n}", "input": "q", "tags": ["even" if n % 2 == 0 else "odd", f"mod3={n % 3}"]} for n in range(30)
]


def ids(save: Save, rows: list[dict[str, Any]] = ROWS, **settings: Any) -> list[int]:
    """The numbers of the datapoints that are taken."""
    return [int(point.id[1:]) for point in read(save("d.jsonl", as_format("jsonl", rows)), **settings)]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"tags": {"include": ["even"]}}, list(range(0, 30, 2))),
        ({"tags": {"include": ["even", "mod3=0"]}}, [n for n in range(30) if n % 2 == 0 or n % 3 == 0]),
        ({"tags": {"include": ["even"], "exclude": ["mod3=0"]}}, [n for n in range(0, 30, 2) if n % 3]),
        ({"slice": "5:8"}, [5, 6, 7]),
        ({"slice": ":3"}, [0, 1, 2]),
        ({"slice": "27:"}, [27, 28, 29]),
        ({"slice": "28:1000"}, [28, 29]),
        ({"tags": {"include": ["odd"]}, "slice": "1:3"}, [3, 5]),
        ({"sample": 30}, list(range(30))),
        ({"sample": 1000}, list(range(30))),
        ({"sample": 4}, [1, 5, 13, 15]),
        ({"sample": 4, "seed": 1}, [6, 13, 16, 27]),
        ({"sample": 2, "tags": {"include": ["even"]}, "slice": "0:10"}, [6, 8]),
    ],
)
def test_tags_then_slice_then_sample(save: Save, settings: dict[str, Any], expected: list[int]) -> None:
    """The datapoints keep their order; the samples are the same on every machine."""
    assert expected == ids(save, **settings)


def test_a_sample_does_not_depend_on_the_order(save: Save) -> None:
    """The same ids are taken from a sorted file and a turned one, and most of them still when it grows."""
    sample = set(ids(save, sample=10))
    assert sample == set(ids(save, ROWS[::-1], sample=10))
    more = [*ROWS, *({"id": f"q{n}", "input": "q"} for n in range(30, 33))]
    assert len(sample & set(ids(save, more, sample=10))) >= 7


def test_every_datapoint_has_the_same_chance(save: Save) -> None:
    """Over 500 seeds each of 30 is taken a third of the time, within five standard errors (0.0211)."""
    names = [row["id"] for row in ROWS]
    taken = dict.fromkeys(names, 0)
    for seed in range(500):
        bound = sample_bound(names, 10, seed) or 0
        chosen = [name for name in names if sample_key(name, seed) <= bound]
        assert 10 == len(chosen)
        for name in chosen:
            taken[name] += 1
    assert all(abs(count / 500 - 1 / 3) < 5 * 0.0211 for count in taken.values())


def test_the_sum_names_what_is_taken(save: Save) -> None:
    """Another selection has another one; the file's is the same."""
    path = save("d.jsonl", as_format("jsonl", ROWS))
    whole, part = contents_of(path), contents_of(path, slice="0:29")
    assert whole.sha256 == part.sha256
    assert whole.datapoints_sha256 != part.datapoints_sha256
    assert (30, 29) == (whole.count, part.count)


@pytest.mark.parametrize("settings", [{"slice": "30:"}, {"slice": "3:3"}, {"tags": {"include": ["none"]}}])
def test_nothing_left_is_an_error(save: Save, settings: dict[str, Any]) -> None:
    """Nothing to evaluate is never a success."""
    said, where, _do = refused(save("d.jsonl", as_format("jsonl", ROWS)), **settings)
    assert ("tags, slice and sample leave no datapoint", "d.jsonl") == (said, where)


def test_what_is_not_taken_is_read_strictly_all_the_same(save: Save) -> None:
    """A broken line is found, and an id that is there twice, wherever they are."""
    assert "d.jsonl, line 31" == refused(save("d.jsonl", as_format("jsonl", ROWS) + b"{"), slice=":3")[1]
    assert "d.jsonl, line 31" == refused(save("d.jsonl", as_format("jsonl", [*ROWS, ROWS[0]])), sample=3)[1]


@pytest.mark.parametrize("part", ["a:b", "1:2:3", "5", "", "-1:", "9" * 5000 + ":"])
def test_what_is_no_slice_is_refused(save: Save, part: str) -> None:
    """Also where no configuration was read that would have refused it."""
    path = save("d.jsonl", as_format("jsonl", ROWS))
    with open_dataset(DatasetSpec(path=str(path), slice=part)) as dataset, pytest.raises(UsageError) as caught:
        dataset.check()
    assert "give START:STOP" in caught.value.do
