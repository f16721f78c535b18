"""A data set in random order."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from evaluations.data.dataset import open_dataset
from evaluations.data.shuffle import shuffled
from evaluations.data.specs import DatasetSpec
from evaluations.errors import ChangedDatasetError, DatasetError
from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Datapoint
from tests.evaluations.conftest import Write, sums


def test_the_same_datapoints_in_another_order(write: Write) -> None:
    """The same for the same seed; ids are still the numbers of the lines, empty ones counted."""
    with open_dataset(str(write(b"\n", *sums(50)))) as dataset:
        contents = dataset.check([ExactMatch().check])
        straight = list(dataset.checked(contents))
        orders = [list(shuffled(dataset, contents, seed)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1]
    assert orders[0] not in (orders[2], straight)
    assert sorted(straight, key=str) == sorted(orders[0], key=str) == sorted(orders[2], key=str)


def test_only_what_is_taken_is_shuffled(write: Write) -> None:
    """A sample, in random order."""
    spec = DatasetSpec(path=str(write(*sums(50))), sample=7)
    with open_dataset(spec) as dataset:
        contents = dataset.check()
        assert {point.id for point in dataset} == {point.id for point in shuffled(dataset, contents, 1)}
        assert contents.count == 7


def test_all_fields_come_back_as_they_were(write: Write) -> None:
    """Texts of every kind, large numbers, the order of keys, tags and metadata."""
    row: dict[str, Any] = {"id": "é\u2028", "input": {"z": 1, "a": [10**30, -0.5, None]}, "reference": "\0\n\U0001f600"}
    row |= {"group": "g", "tags": ["t", "u"], "metadata": {"b": 1, "a": {}}}
    with open_dataset(str(write(row))) as dataset:
        (point,) = shuffled(dataset, dataset.check(), 1)
    assert Datapoint(row["id"], row["input"], row["reference"], "g", ("t", "u"), row["metadata"]) == point
    assert ["z", "a"] == list(point.input)


def test_a_change_before_is_noticed(write: Write) -> None:
    """Before the first datapoint."""
    path = write(*sums(50))
    with open_dataset(str(path)) as dataset:
        contents = dataset.check()
        path.write_bytes(b'{"input": "other"}\n')
        with pytest.raises(ChangedDatasetError):
            next(shuffled(dataset, contents, 3))


def test_a_change_during_the_run_changes_nothing(write: Write) -> None:
    """What was checked is what is given."""
    path = write(*sums(50))
    with open_dataset(str(path)) as dataset:
        contents = dataset.check()
        expected = list(shuffled(dataset, contents, 3))
        datapoints = shuffled(dataset, contents, 3)
        first = next(datapoints)
        os.truncate(path, 0)
        assert expected == [first, *datapoints]


def test_a_full_disk_is_an_error(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says where room is missing."""
    with open_dataset(str(write(*sums(2)))) as dataset:
        contents = dataset.check()
        full = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115, closed by what is tested
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda: full)
        with pytest.raises(DatasetError, match="can't be copied") as caught:
            next(shuffled(dataset, contents, 1))
    assert os.strerror(errno.ENOSPC) in caught.value.what
    assert tempfile.gettempdir() == caught.value.where
