"""A data set in random order."""

from __future__ import annotations

import os

import pytest

from evaluations.dataset import open_dataset
from evaluations.errors import ChangedDatasetError
from evaluations.evaluators import ExactMatch
from evaluations.shuffle import shuffled
from tests.evaluations.conftest import Write, sums


def test_the_same_datapoints_in_another_order(write: Write) -> None:
    """The same for the same seed; ids are still the numbers of the lines, empty ones counted."""
    with open_dataset(str(write(b"\n", *sums(50)))) as dataset:
        contents = dataset.check([ExactMatch()])
        straight = list(dataset.checked(contents))
        orders = [list(shuffled(dataset, contents, seed)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1]
    assert orders[0] not in (orders[2], straight)
    assert sorted(straight, key=str) == sorted(orders[0], key=str) == sorted(orders[2], key=str)


@pytest.mark.parametrize("when", ["before", "during"])
@pytest.mark.parametrize("change", [b'{"input": "other"}\n', b"x" * (33 << 20)])
def test_a_change_is_noticed(write: Write, when: str, change: bytes) -> None:
    """Before the first datapoint, or at the first that is not what it was."""
    path = write(*sums(50))
    with open_dataset(str(path)) as dataset:
        contents = dataset.check([ExactMatch()])
        datapoints = shuffled(dataset, contents, 3)
        if when == "during":
            next(datapoints)
        os.truncate(path, 0)
        path.write_bytes(change)
        with pytest.raises(ChangedDatasetError):
            list(datapoints)
