"""Data sets in files of every format, and what is read from them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
import pytest

from evaluations.data.dataset import Contents, open_dataset
from evaluations.data.specs import DatasetSpec
from evaluations.errors import EvaluationsError
from evaluations.model import Datapoint, Json


class Save(Protocol):
    """Puts bytes into a file."""

    def __call__(self, name: str, data: bytes) -> Path:
        """Its path."""
        ...


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """A file of this test."""

    def save(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return save


def spec_of(path: Path, **settings: Any) -> DatasetSpec:
    """A spec as a configuration would give it."""
    return msgspec.convert({"path": str(path), **settings}, DatasetSpec)


def read(path: Path, **settings: Any) -> list[Datapoint]:
    """The datapoints, checked and then read once more."""
    with open_dataset(spec_of(path, **settings)) as dataset:
        contents = dataset.check()
        datapoints = list(dataset.checked(contents))
        assert datapoints == list(dataset)
    assert contents.count == len(datapoints)
    return datapoints


def contents_of(path: Path, **settings: Any) -> Contents:
    """What the check says."""
    with open_dataset(spec_of(path, **settings)) as dataset:
        return dataset.check()


def refused(path: Path, **settings: Any) -> tuple[str, str, str]:
    """What, where and what to do; the file's name stands for its path."""
    with pytest.raises(EvaluationsError) as caught:
        contents_of(path, **settings)
    error = caught.value
    assert error.do
    return error.what, error.where.replace(f"{path.parent}/", ""), error.do


def as_format(format_: str, rows: Sequence[dict[str, Json]]) -> bytes:
    """The rows in that format. What is no text is JSON in a CSV cell."""
    if format_ == "jsonl":
        return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
    if format_ == "json":
        return json.dumps(rows, indent=1).encode()
    if format_ == "csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        names = list(rows[0])
        writer.writerow(names)
        cells = ([row.get(name) for name in names] for row in rows)
        writer.writerows([v if isinstance(v, str) or v is None else json.dumps(v) for v in row] for row in cells)
        return text.getvalue().encode()
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows)), file, row_group_size=100)
    return file.getvalue()


FORMATS = ("jsonl", "json", "csv", "parquet")
