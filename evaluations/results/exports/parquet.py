"""Parquet, a row for each result. Needs pyarrow, the extra `parquet`."""

from __future__ import annotations

from importlib import import_module
from itertools import islice
from typing import Any, BinaryIO

from evaluations.errors import UsageError
from evaluations.results.exports.rows import columns
from evaluations.results.reading import Run

_ROWS = 1000
"""Rows in memory at a time."""


def write_parquet(run: Run, file: BinaryIO) -> None:
    """Typed columns: text, 64-bit integers and floats, booleans; null where nothing is. UsageError without pyarrow."""
    try:
        arrow: Any = import_module("pyarrow")
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError:
        do = "pip install 'model-evaluations[parquet]'"
        raise UsageError("Parquet needs the package pyarrow", where="parquet", do=do) from None
    types = {str: arrow.string(), int: arrow.int64(), float: arrow.float64(), bool: arrow.bool_()}
    wanted, lines = columns(run), run.lines()
    schema = arrow.schema([(column.name, types[column.kind]) for column in wanted])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(islice(lines, _ROWS)):
            arrays = [arrow.array([column.value(line) for line in batch], types[column.kind]) for column in wanted]
            writer.write_batch(arrow.record_batch(arrays, schema=schema))
