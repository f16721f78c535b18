"""Which format a data set is in."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Literal

from evaluations.data.formats import Format
from evaluations.data.specs import DatasetSpec

Name = Literal["jsonl", "json", "csv", "parquet"]

ENDINGS: dict[str, Name] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
"""What a file's ending says; any other ending is JSON Lines."""


def format_of(spec: DatasetSpec, file: BinaryIO, name: str) -> Format:
    """The format that reads the file. Raises UsageError for Parquet where pyarrow is not installed."""
    # Late, each: only the one that is used is loaded.
    chosen = spec.format or ENDINGS.get(Path(spec.path or "").suffix.lower(), "jsonl")
    if chosen == "json":
        from evaluations.data.formats.json_list import JsonList  # noqa: PLC0415

        return JsonList(file, name)
    if chosen == "csv":
        from evaluations.data.formats.csv_rows import CsvRows  # noqa: PLC0415

        return CsvRows(file, name, spec.csv)
    if chosen == "parquet":
        from evaluations.data.formats.parquet import ParquetRows  # noqa: PLC0415

        return ParquetRows(file, name)
    from evaluations.data.formats.json_lines import JsonLines  # noqa: PLC0415

    return JsonLines(file, name)
