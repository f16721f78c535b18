"""CSV (RFC 4180), a row for each result."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from evaluations.model import Json
from evaluations.results.exports.rows import columns
from evaluations.results.reading import Run

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell's text."""


def pieces(run: Run) -> Iterator[str]:
    """The header, then row by row. What is missing is empty; text that a spreadsheet would run begins with `'`,
    and NUL is U+FFFD.
    """
    wanted = columns(run)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([_cell(column.name) for column in wanted])
    for line in run.lines():
        writer.writerow([_cell(column.value(line)) for column in wanted])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Json) -> Json:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return value
    value = value.replace("\0", "\ufffd")  # many readers refuse a NUL, and Python 3.10 can't write one
    return f"'{value}" if value.startswith(_FORMULA) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
