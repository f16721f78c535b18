"""From records to datapoints, by the columns that a spec names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from evaluations.data import datapoints
from evaluations.data.datapoints import kind, nearest, refuse
from evaluations.data.specs import Column, ColumnSpec, ColumnsSpec
from evaluations.data.strict_json import explain, strict
from evaluations.model import Datapoint, Json

Fields = dict[str, Json]
_MISSING: Any = object()
_FIELDS = ("input", "reference", "id", "group", "tags", "metadata")
_WITHOUT_IS_LIKELY_WRONG = ("input", "reference")
_MOST_KINDS = 1000
"""How many different sets of fields are remembered as seen."""


class Columns:
    """Makes datapoints of records. Names are looked at once for each set of fields that the data set has."""

    def __init__(self, spec: ColumnsSpec) -> None:
        mapping = {field: getattr(spec, field) for field in _FIELDS}
        self._names = {field: _names(given) for field, given in mapping.items()}
        self._labels = {field: ", ".join(names) for field, names in self._names.items()}
        self._read = _reader(tuple(mapping.values()))
        self._mapped = {name: field for field, names in self._names.items() for name in names if name != field}
        self._unseen = dict(self._mapped)
        self._seen: set[tuple[str, ...]] = set()

    def datapoint(self, record: Json, number: int) -> Datapoint:
        """The datapoint that a record holds. Raises DatasetError, without a place."""
        if type(record) is not dict:
            refuse(f"there is {kind(record)}, not a JSON object", "each datapoint is an object with an input")
        keys = tuple(record)
        if keys not in self._seen:
            self._look(record, keys)
        if self._unseen:
            self._unseen = {name: self._unseen[name] for name in self._unseen if _find(record, name) is _MISSING}
        question, reference, identity, group, tags, metadata = self._read(record)
        labels = self._labels
        return Datapoint(
            str(number) if identity is None else datapoints.name(identity, labels["id"]),
            datapoints.question(question, labels["input"]),
            reference,
            None if group is None else datapoints.name(group, labels["group"]),
            () if tags is None else datapoints.tags(tags, labels["tags"]),
            datapoints.metadata(metadata, labels["metadata"]),
        )

    def finish(self) -> None:
        """Raise DatasetError where a column that the spec names was nowhere; to be asked after the last record."""
        for name, field in self._unseen.items():
            columns = sorted({key for keys in self._seen for key in keys})
            refuse(f'"{name}" is nowhere, and {field} is mapped to it', f"{_choose(name, columns)}, or leave it out")

    def _look(self, record: Fields, keys: tuple[str, ...]) -> None:
        """Refuse misspelt names, and an input that is missing."""
        for field, names in self._names.items():
            for name in names:
                if field not in _WITHOUT_IS_LIKELY_WRONG and name not in self._mapped:
                    continue
                if _find(record, name) is not _MISSING:
                    continue
                near = nearest(name, keys)
                if near:
                    refuse(f'"{name}" is missing, "{near}" is there', f'rename it to "{name}", or map {field} to it')
                if field == "input":
                    refuse(f'"{name}" is missing', _choose(name, keys))
        if len(self._seen) < _MOST_KINDS:
            self._seen.add(keys)


def _choose(name: str, columns: Any) -> str:
    near = nearest(name, columns)
    there = ", ".join(f'"{column}"' for column in list(columns)[:20]) or "nothing"
    return f'write "{near}"' if near else f"map it to what is there: {there}"


def _names(given: Column | tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(given, tuple):
        return given
    return (given.column if isinstance(given, ColumnSpec) else given,)


def _reader(mapping: tuple[Column | tuple[str, ...], ...]) -> Callable[[Fields], Sequence[Json]]:
    """Reads all fields of a record. Plain names, the usual case, take one call together."""
    plain = [given for given in mapping if isinstance(given, str) and "." not in given]
    if len(plain) == len(mapping):
        return lambda record: list(map(record.get, plain))
    getters = [_getter(given) for given in mapping]
    return lambda record: [get(record) for get in getters]


def _getter(given: Column | tuple[str, ...]) -> Callable[[Fields], Json]:
    if isinstance(given, tuple):
        return lambda record: {name: _required(record, name) for name in given}
    if isinstance(given, ColumnSpec):
        plain = _getter(given.column)
        return (lambda record: _read_json(plain(record), given.column)) if given.json else plain
    if "." not in given:
        return lambda record: record.get(given)

    def dotted(record: Fields) -> Json:
        value = _find(record, given)
        return None if value is _MISSING else value

    return dotted


def _required(record: Fields, name: str) -> Json:
    value = _find(record, name)
    if value is _MISSING:
        refuse(f'"{name}" is missing', _choose(name, record))
    return value


def _find(record: Fields, path: str) -> Json:
    """The field of that name, else what the dotted path leads to, with numbers for places in lists; else _MISSING."""
    if path in record:
        return record[path]
    value: Json = record
    for key in path.split("."):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return _MISSING
    return value


def _read_json(value: Json, column: str) -> Json:
    if not isinstance(value, str):
        return value
    try:
        return strict(value)
    except ValueError as error:
        refuse(f'"{column}" is {explain(error)}', "write JSON into it, or map it as a text")
