"""Columns of any name."""

from __future__ import annotations

from typing import Any

import pytest

from evaluations.model import Datapoint
from tests.evaluations.data.conftest import Save, read, refused

LINE = (
    b'{"q": {"text": "Why?", "parts": [{"t": "x"}]}, "a.b": "dot", "n": 7, "c": "context", "flat": "y", "j": "[1]"}\n'
)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"input": "q.text"}, Datapoint("1", "Why?")),
        ({"input": "q.parts.0.t", "id": "n"}, Datapoint("7", "x")),
        ({"input": "a.b", "reference": "q.text", "group": "c"}, Datapoint("1", "dot", "Why?", "context")),
        ({"input": ["c", "n"], "metadata": ["flat"]}, Datapoint("1", {"c": "context", "n": 7}, metadata={"flat": "y"})),
        ({"input": "flat", "reference": {"column": "j", "json": True}}, Datapoint("1", "y", [1])),
        ({"input": "flat", "tags": "c", "metadata": "q"}, Datapoint(
            "1", "y", None, None, ("context",), {"text": "Why?", "parts": [{"t": "x"}]})),
    ],
)  # fmt: skip
def test_fields_are_found(save: Save, columns: dict[str, Any], expected: Datapoint) -> None:
    """By name, by dotted path, several as an object, and JSON in a text."""
    assert [expected] == read(save("d.jsonl", LINE), columns=columns)


@pytest.mark.parametrize(
    ("columns", "what", "do"),
    [
        ({"input": "flt"}, '"flt" is missing, "flat" is there', "map input to it"),
        ({"input": "zzz"}, '"zzz" is missing', 'map it to what is there: "q", "a.b", "n"'),
        ({"input": "q.texts"}, '"q.texts" is missing', "map it to what is there"),
        ({"input": "flat", "reference": "zzz"}, '"zzz" is nowhere, and reference is mapped to it', "map it to what is"),
        ({"input": "flat", "group": "q.z"}, '"q.z" is nowhere, and group is mapped to it', "leave it out"),
        ({"input": "flat", "id": "flatt"}, '"flatt" is missing, "flat" is there', "map id to it"),
        ({"input": ["flat", "zzz"]}, '"zzz" is missing', "map it to what is there"),
        ({"input": "flat", "metadata": ["c", "zzz"]}, '"zzz" is missing', "map it to what is there"),
        ({"input": "flat", "reference": {"column": "c", "json": True}}, '"c" is not JSON at column 1', "as a text"),
        ({"input": "n"}, '"n" is a number', "give the question as a text"),
    ],
)
def test_what_is_not_there_is_named(save: Save, columns: dict[str, Any], what: str, do: str) -> None:
    """With the nearest column, or those that there are."""
    said, where, advice = refused(save("d.jsonl", LINE), columns=columns)
    assert said.startswith(what)
    assert do in advice
    assert ("d.jsonl" if "nowhere" in what else "d.jsonl, line 1") == where


def test_a_field_may_be_missing_in_some_records(save: Save) -> None:
    """A reference that only some have is no error; each is found where it is."""
    data = b'{"input": "q", "gold": "r"}\n{"input": "q"}\n'
    assert ["r", None] == [point.reference for point in read(save("d.jsonl", data), columns={"reference": "gold"})]


def test_a_misspelling_is_found_in_any_record(save: Save) -> None:
    """Not only in the first one."""
    data = b'{"input": "q", "reference": "r"}\n' * 5 + b'{"input": "q", "referense": "r"}\n'
    assert ('"reference" is missing, "referense" is there', "d.jsonl, line 6") == refused(save("d.jsonl", data))[:2]


def test_endlessly_many_sets_of_fields_are_not_remembered(save: Save) -> None:
    """Each record may have fields of its own."""
    data = b"".join(b'{"input": "q", "field%d": 1}\n' % number for number in range(1500))
    assert 1500 == len(read(save("d.jsonl", data)))
