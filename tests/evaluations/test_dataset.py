"""Data sets as streams."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from evaluations.dataset import LONGEST_LINE, Contents, Dataset, open_dataset
from evaluations.errors import ChangedDatasetError, DatasetError
from evaluations.evaluators import ExactMatch
from tests.evaluations.conftest import Write, sums


class Endless(io.RawIOBase):
    """A line that never ends, without the memory for it."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Nothing moves."""
        del whence
        return offset

    def readline(self, size: int | None = -1, /) -> bytes:
        """As many letters as asked for."""
        self.asked = size or 0
        return b"x" * self.asked

    def tell(self) -> int:
        """Always at the start."""
        return 0


def test_a_file_is_checked_and_read_again(write: Write) -> None:
    """The first pass counts and hashes, the second gives the datapoints; empty lines count as lines only."""
    path = write(*sums(2), b"\n", *sums(1))
    with open_dataset(str(path)) as dataset:
        contents = dataset.check([ExactMatch()])
        assert Contents(3, hashlib.sha256(path.read_bytes()).hexdigest()) == contents
        assert [point.id for point in dataset] == ["1", "2", "4"]
        assert [point.id for point in dataset.checked(contents)] == ["1", "2", "4"]


def test_a_pipe_is_spooled(tmp_path: Path, write: Write) -> None:
    """What can be read only once is read twice all the same."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = write(*sums(3)).read_bytes()
    writer = threading.Thread(target=lambda: pipe.write_bytes(data))
    writer.start()
    with open_dataset(str(pipe)) as dataset:
        contents = dataset.check([ExactMatch()])
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
            assert dataset.check([ExactMatch()]).count == 2
            assert len(list(dataset)) == 2
    finally:
        os.dup2(saved, 0)
        os.close(saved)
        os.close(descriptor)


@pytest.mark.parametrize("source", ["missing.jsonl", ""])
def test_what_can_not_be_read_is_an_error(tmp_path: Path, source: str) -> None:
    """A missing file and a folder are named."""
    with pytest.raises(DatasetError, match="can't be read") as caught, open_dataset(str(tmp_path / source)):
        pass
    assert str(tmp_path / source) in caught.value.where


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b'{"input": "q"}\n', '"reference" is missing'),
        (b'{"input": "q", "reference": 3}\n', '"reference" is not a string'),
        (b'{"id": "2", "input": "q", "reference": "r"}\n', "the id is already that of line 2"),
    ],
)
def test_what_the_run_needs_is_checked(write: Write, line: bytes, what: str) -> None:
    """What an evaluator needs, and ids that differ, also from line numbers that stand in for ids."""
    with open_dataset(str(write(*sums(2), line))) as dataset, pytest.raises(DatasetError) as caught:
        dataset.check([ExactMatch()])
    assert what == caught.value.what
    assert f"{dataset.name}, line 3" == caught.value.where


def test_an_endless_line_is_refused_before_it_is_in_memory() -> None:
    """No more is read than the longest line that is allowed, and one byte."""
    file = Endless()
    dataset = Dataset(cast("io.BufferedReader", file), "endless")
    with pytest.raises(DatasetError, match="longer than 32 MiB"):
        next(iter(dataset))
    assert LONGEST_LINE + 1 == file.asked


@pytest.mark.parametrize("change", [b'{"input": "other", "reference": "r"}\n', b"broken\n"])
def test_a_data_set_that_changes_during_the_run_is_noticed(write: Write, change: bytes) -> None:
    """The second pass must see what the first has checked."""
    path = write(*sums(2))
    with open_dataset(str(path)) as dataset:
        contents = dataset.check([ExactMatch()])
        path.write_bytes(change)
        points: Iterator[object] = dataset.checked(contents)
        with pytest.raises(ChangedDatasetError):
            list(points)
