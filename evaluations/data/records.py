"""A data set that a program holds: its records, put into a temporary file, so that they can be read twice."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO, cast

from evaluations.data.dataset import Dataset
from evaluations.data.formats.json_lines import JsonLines
from evaluations.data.specs import DatasetSpec
from evaluations.errors import DatasetError
from evaluations.model import Datapoint, Json

Record = Mapping[str, Json] | Datapoint
"""`input`, and what else a line of a file may have; or a datapoint."""

_NAME = "the records"


class _Lines(JsonLines):
    """A record is known by its number: its line is in a file that nobody has seen."""

    def where(self, number: int, line: int) -> str:
        del line
        return _place(number)


@contextmanager
def open_records(records: Iterable[Record]) -> Iterator[Dataset]:
    """The data set of these records; memory does not grow with them. Raises DatasetError for what JSON does not have.

    Whether they are datapoints is for `Dataset.check` to say, as for files.
    """
    with tempfile.TemporaryFile() as opened:
        file = cast("BinaryIO", opened)
        for number, record in enumerate(records, 1):
            file.write(_line(record, number))
        file.flush()
        file.seek(0)
        yield Dataset(_Lines(file, _NAME), _NAME, DatasetSpec())


def _line(record: object, number: int) -> bytes:
    where = _place(number)
    if isinstance(record, Datapoint):
        record = _fields(record)
    if not isinstance(record, Mapping):
        what = f"a {type(record).__name__} is no record"
        raise DatasetError(what, where=where, do='give a Datapoint, or a dictionary with "input" and "reference"')
    try:
        return json.dumps(dict(record), allow_nan=False).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        what = f"the record can't be written as JSON: {error}"
        do = "use what JSON has: texts, finite numbers, true, false, lists and dictionaries"
        raise DatasetError(what, where=where, do=do) from None


def _fields(datapoint: Datapoint) -> dict[str, Json]:
    fields = {
        "id": datapoint.id,
        "input": datapoint.input,
        "reference": datapoint.reference,
        "group": datapoint.group,
        "tags": list(datapoint.tags),
        "metadata": dict(datapoint.metadata),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _place(number: int) -> str:
    return f"record {number}"
