"""Data sets as streams that are read twice."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path

import pytest

from evaluations.data.dataset import open_dataset
from evaluations.data.specs import DatasetSpec, GatewaySpec
from evaluations.errors import ChangedDatasetError, DatasetError, UsageError
from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Datapoint
from tests.evaluations.conftest import Write, sums
from tests.evaluations.data.conftest import FORMATS, Save, as_format


def test_a_file_is_checked_and_read_again(write: Write) -> None:
    """The first pass counts and hashes, the second gives the datapoints; empty lines count as lines only."""
    path = write(*sums(2), b"\n", *sums(1))
    with open_dataset(path) as dataset:
        contents = dataset.check([ExactMatch().check])
        assert (3, hashlib.sha256(path.read_bytes()).hexdigest(), False) == (
            contents.count,
            contents.sha256,
            contents.grouped,
        )
        assert [point.id for point in dataset] == ["1", "2", "4"]
        assert [point.id for point in dataset.checked(contents)] == ["1", "2", "4"]


@pytest.mark.parametrize("format_", FORMATS)
def test_the_bytes_are_summed_whatever_the_format(save: Save, format_: str) -> None:
    """All of them, also those after the last record."""
    data = as_format(format_, sums(3)) + (b"" if format_ == "parquet" else b"\n\n")
    with open_dataset(str(save(f"d.{format_}", data))) as dataset:
        assert hashlib.sha256(data).hexdigest() == dataset.check().sha256


@pytest.mark.parametrize("format_", FORMATS)
def test_a_pipe_is_spooled(tmp_path: Path, format_: str) -> None:
    """What can be read only once is read twice all the same."""
    pipe = tmp_path / f"pipe.{format_}"
    os.mkfifo(pipe)
    data = as_format(format_, sums(3))
    writer = threading.Thread(target=lambda: pipe.write_bytes(data))
    writer.start()
    with open_dataset(str(pipe)) as dataset:
        contents = dataset.check([ExactMatch().check])
        assert len(list(dataset.checked(contents))) == 3
    writer.join()


def test_standard_input_is_read_from_where_it_stands(write: Write) -> None:
    """A shell may have read the first line already."""
    path = write({"header": 1}, *sums(2))
    saved = os.dup(0)
    descriptor = os.open(path, os.O_RDONLY)
    os.lseek(descriptor, len(b'{"header": 1}\n'), os.SEEK_SET)
    os.dup2(descriptor, 0)
    try:
        with open_dataset("-") as dataset:
            assert dataset.name == "standard input"
            assert dataset.check([ExactMatch().check]).count == 2
            assert len(list(dataset)) == 2
    finally:
        os.dup2(saved, 0)
        os.close(saved)
        os.close(descriptor)


@pytest.mark.parametrize("source", ["missing.jsonl", "", "missing.csv", "missing.parquet"])
def test_what_can_not_be_read_is_an_error(tmp_path: Path, source: str) -> None:
    """A missing file and a folder are named."""
    with pytest.raises(DatasetError, match="can't be read") as caught, open_dataset(str(tmp_path / source)):
        pass
    assert str(tmp_path / source) in caught.value.where


@pytest.mark.parametrize(
    "spec",
    [DatasetSpec(), DatasetSpec(path="x", gateway=GatewaySpec(url="http://localhost", dataset_name="d"))],
)
def test_a_data_set_is_a_file_or_in_a_gateway(spec: DatasetSpec) -> None:
    """Neither and both are refused."""
    with pytest.raises(UsageError, match="a file or in a gateway"), open_dataset(spec):
        pass


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b'{"input": "q"}\n', '"reference" is missing'),
        (b'{"id": "2", "input": "q", "reference": "r"}\n', "the id is already that of line 2"),
    ],
)
def test_what_the_run_needs_is_checked(write: Write, line: bytes, what: str) -> None:
    """What an evaluator needs, and ids that differ, also from line numbers that stand in for ids."""
    with open_dataset(str(write(*sums(2), line))) as dataset, pytest.raises(DatasetError) as caught:
        dataset.check([ExactMatch().check])
    assert what == caught.value.what
    assert f"{dataset.name}, line 3" == caught.value.where


def test_what_is_not_taken_needs_nothing(write: Write) -> None:
    """Evaluators are asked of the datapoints that are taken; a reference elsewhere may be missing."""
    spec = DatasetSpec(path=str(write(*sums(2), {"input": "q"})), slice=":2")
    with open_dataset(spec) as dataset:
        assert dataset.check([ExactMatch().check]).count == 2


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("change", ["other", "fewer", "more", "broken", "empty"])
def test_a_data_set_that_changes_during_the_run_is_noticed(save: Save, format_: str, change: str) -> None:
    """The second pass must give what the first has checked, and never more."""
    rows = sums(3)
    other = {"input": "other", "reference": "r"}
    changed = {"other": [*rows[:2], other], "fewer": rows[:2], "more": [*rows, other]}
    path = save(f"d.{format_}", as_format(format_, rows))
    with open_dataset(str(path)) as dataset:
        contents = dataset.check([ExactMatch().check])
        data = as_format(format_, changed[change]) if change in changed else b"{" if change == "broken" else b""
        path.write_bytes(data)
        given: list[Datapoint] = []
        with pytest.raises(ChangedDatasetError):
            given.extend(dataset.checked(contents))
    assert len(given) <= 3


def test_a_change_that_is_not_one_of_datapoints_is_none(write: Write) -> None:
    """White space, or a field that is not read: the run stays right."""
    path = write(*sums(2))
    with open_dataset(str(path)) as dataset:
        contents = dataset.check()
        path.write_bytes(path.read_bytes().replace(b'{"input"', b'{ "remark": 1, "input"') + b"\n")
        assert len(list(dataset.checked(contents))) == 2
