"""Records that a program holds, as a data set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from evaluations.data.records import open_records
from evaluations.errors import DatasetError
from evaluations.model import Datapoint

POINT = Datapoint("one", [{"role": "user", "content": "Grüße"}], {"a": [1, None]}, "g", ("x", "y"), {"page": 3})


def test_datapoints_come_out_as_they_went_in() -> None:
    """With every field; a record may leave all but the input out."""
    with open_records([POINT, {"input": "q"}, {"input": "r", "id": "own"}]) as data:
        contents = data.check()
        assert [POINT, Datapoint("2", "q"), Datapoint("own", "r")] == list(data.checked(contents))
    assert (3, True) == (contents.count, contents.grouped)


def test_what_can_be_read_once_is_read_once() -> None:
    """A generator, though a data set is read twice."""
    asked: list[int] = []

    def records() -> Iterator[dict[str, Any]]:
        for number in range(1000):
            asked.append(number)
            yield {"input": f"q{number}"}

    with open_records(records()) as data:
        contents = data.check()
        assert [f"q{number}" for number in range(1000)] == [each.input for each in data.checked(contents)]
    assert list(range(1000)) == asked


@pytest.mark.parametrize(
    ("record", "what"),
    [
        ({"input": {1, 2}}, "the record can't be written as JSON: Object of type set is not JSON serializable"),
        ({"input": "q", "metadata": {"x": float("inf")}}, "the record can't be written as JSON: Out of range float"),
        (("q", "a"), "a tuple is no record"),
        (Datapoint("1", b"q"), "the record can't be written as JSON: Object of type bytes is not JSON serializable"),
    ],
)
def test_what_json_does_not_have_is_refused(record: Any, what: str) -> None:
    """With the record's number."""
    with pytest.raises(DatasetError) as caught, open_records([{"input": "q"}, record]):
        pass
    assert ("record 2", what) == (caught.value.where, caught.value.what[: len(what)])


def test_an_id_that_is_there_twice_names_both_records() -> None:
    """By their numbers, not by lines of a file that nobody has seen."""
    with open_records([POINT, {"input": "q"}, POINT]) as data, pytest.raises(DatasetError) as caught:
        data.check()
    assert ("the id is already that of record 1", "record 3") == (caught.value.what, caught.value.where)
