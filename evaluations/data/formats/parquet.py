"""Parquet, through pyarrow (the extra `parquet`), a few rows at a time."""

from __future__ import annotations

import hashlib
import importlib
import math
import os
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Any, BinaryIO

from evaluations.data.formats import LONGEST, Record
from evaluations.errors import DatasetError, UsageError
from evaluations.model import Json

_IN_MEMORY = 8 << 20
"""Bytes, about, of the rows that are in memory at a time."""
_MOST_ROWS = 1000
_CHUNK = 1 << 20
_MARGIN = 1 << 16
"""Bytes that the file may add to a value: heads of pages, lengths."""


class ParquetRows:
    """A Parquet file. Rows are numbered from 1; there are no lines."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._arrow = _load("pyarrow", name)
        self._parquet = _load("pyarrow.parquet", name)

    def records(self, digest: hashlib._Hash) -> Iterator[Record]:
        number = 0
        try:
            if not self._hash(digest):
                return
            with os.fdopen(os.dup(self._file.fileno()), "rb") as file:
                for row in self._rows(file):
                    number += 1
                    yield number, 0, _plain_row(row, self.where(number, 0))
        except (self._arrow.ArrowException, OSError, ValueError, OverflowError) as error:
            reason = str(error).split("\n", 1)[0] or type(error).__name__
            raise DatasetError(
                f"not readable as Parquet: {reason}",
                where=self.where(number + 1, 0) if number else self._name,
                do="write it again: it is damaged, cut short, no Parquet, or holds what Python can't (the year 10000)",
            ) from None

    def where(self, number: int, line: int) -> str:
        del line
        return f"{self._name}, row {number}"

    def _hash(self, digest: hashlib._Hash) -> int:
        """The file's size, after the digest has seen all of it."""
        size = self._file.seek(0)
        while data := self._file.read(_CHUNK):
            digest.update(data)
            size += len(data)
        self._file.seek(0)
        return size

    def _rows(self, file: BinaryIO) -> Iterator[dict[str, Json]]:
        parquet = self._parquet.ParquetFile(file, buffer_size=_CHUNK)
        names = parquet.schema_arrow.names
        for name in names:
            if names.count(name) > 1:
                raise DatasetError(f'two columns are named "{name}"', where=self._name, do="rename one of them")
        for index in range(parquet.metadata.num_row_groups):
            group = parquet.metadata.row_group(index)
            self._refuse_longest(group)
            width = group.total_byte_size // max(group.num_rows, 1) + 1
            rows = min(max(_IN_MEMORY // width, 1), _MOST_ROWS)
            for batch in parquet.iter_batches(batch_size=rows, row_groups=[index], use_threads=False):
                yield from self._fine(batch).to_pylist()

    def _fine(self, batch: Any) -> Any:
        """With times in nanoseconds, which Python can't hold, as texts (ISO 8601)."""
        columns = [self._texts(each) if _in_nanoseconds(each.type) else each for each in batch.columns]
        return self._arrow.RecordBatch.from_arrays(columns, names=batch.schema.names)

    def _texts(self, column: Any) -> Any:
        text = self._arrow.string()
        return self._arrow.array([each and each.replace(" ", "T") for each in column.cast(text).to_pylist()], text)

    def _refuse_longest(self, group: Any) -> None:
        """By the footer, before Arrow reads it: values that are too long on average, so that one of them must be."""
        for number in range(group.num_columns):
            column = group.column(number)
            if column.total_uncompressed_size > (LONGEST + _MARGIN) * max(column.num_values, 1):
                what = f'"{column.path_in_schema}" is longer than {LONGEST >> 20} MiB'
                raise DatasetError(what, where=self._name, do="leave it out, or give a shorter one")


def _in_nanoseconds(kind: Any) -> bool:
    return str(kind).startswith(("timestamp[ns", "time64[ns"))


def _load(module: str, name: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise UsageError(
            "Parquet files are read through pyarrow, which is not installed",
            where=name,
            do='pip install "model-evaluations[parquet]"',
        ) from None


def _plain_row(row: dict[str, Any], where: str) -> dict[str, Json]:
    try:
        return {name: _plain(value, name) for name, value in row.items()}
    except DatasetError as error:
        error.where = where
        raise


def _plain(value: Any, column: str) -> Json:
    """As JSON has it. Structs have no absent fields, so one that is null is taken as absent; maps become objects."""
    plain = value
    if isinstance(value, dict):
        plain = {key: _plain(each, column) for key, each in value.items() if each is not None}
    elif isinstance(value, list) and value and all(isinstance(each, tuple) for each in value):
        plain = {str(key): _plain(each, column) for key, each in value}
    elif isinstance(value, list):
        plain = [_plain(each, column) for each in value]
    elif isinstance(value, (date, time)):
        plain = value.isoformat()
    elif isinstance(value, Decimal):
        plain = str(value)
    elif isinstance(value, str) and len(value) > LONGEST:
        raise DatasetError(f'"{column}" is longer than {LONGEST >> 20} MiB', do="leave it out, or give a shorter one")
    elif isinstance(value, float) and not math.isfinite(value):
        raise DatasetError(f'"{column}" is {value}, which JSON does not have', do="write null")
    elif value is not None and not isinstance(value, (str, int, float)):
        kind = type(value).__name__
        raise DatasetError(f'"{column}" holds {kind}, which JSON does not have', do="write it as a text")
    return plain
