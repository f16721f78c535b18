"""What a datapoint's fields may be."""

from __future__ import annotations

import json

import pytest

from evaluations.data import datapoints
from evaluations.errors import DatasetError, ExitCode
from evaluations.model import Datapoint, Json
from tests.evaluations.data.conftest import Save, read, refused

CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
PARTS = {"role": "user", "content": [{"type": "text", "text": "q"}]}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"id": "a", "input": "q", "reference": "r"}\n', Datapoint("a", "q", "r")),
        (b'{"input": "q", "reference": ""}', Datapoint("2", "q", "")),
        (b'{"id": 12, "input": "q", "tags": [], "more": 1}\r\n', Datapoint("12", "q")),
        ('{"id": null, "input": "q", "reference": "é"}'.encode(), Datapoint("2", "q", "é")),
        (json.dumps({"input": [PARTS, CALL]}).encode(), Datapoint("2", [PARTS, CALL])),
        (
            b'{"input": {"a": 1}, "group": 7, "tags": "x, y", "reference": 2.5}',
            Datapoint("2", {"a": 1}, 2.5, "7", ("x", "y")),
        ),
        (
            b'{"input": "q", "tags": {"k": "v", "b": true}, "metadata": {"m": 1}}',
            Datapoint("2", "q", tags=("k=v", "b=true"), metadata={"m": 1}),
        ),
    ],
)
def test_a_good_line_is_a_datapoint(save: Save, line: bytes, expected: Datapoint) -> None:
    """All fields are taken as they are, the line's number stands in for an id, and empty lines count as lines only."""
    assert [expected] == read(save("d.jsonl", b" \t\r\n" + line))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b'{"input": "q"', "not JSON at column 14"),
        (b'[{"input": "q"}]', "there is an array, not a JSON object"),
        (b"null", "there is null"),
        (b'"q"', "there is a string"),
        (b'{"input": NaN}', "NaN is not JSON"),
        (b'{"input": "q", "reference": 1e999}', "the number 1e999 is too large"),
        (b'{"input": ' + b"1" * 5000 + b"}", "not usable JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"input": "q", "input": "p"}', "'input' is there twice"),
        (b'{"input": {"a" : 1, "a": 2}}', "'a' is there twice"),
        (b'{"input": "\\ud800"}', "half of a surrogate pair"),
        (b'{"input": "\0"}', "NUL"),
        ('{"input": "é"}'.encode("latin-1"), "byte 12 of the line is not UTF-8"),
        (b"{}", '"input" is missing'),
        (b'{"inputs": "q"}', '"input" is missing, "inputs" is there'),
        (b'{"input": "q", "refrence": "r"}', '"reference" is missing, "refrence" is there'),
        (b'{"input": ""}', '"input" is empty'),
        (b'{"input": []}', '"input" is empty'),
        (b'{"input": 5}', '"input" is a number'),
        (b'{"input": null}', '"input" is empty'),
        (b'{"input": ["q"]}', '"input[0]" is a string, not a message'),
        (b'{"input": [{"role": "human", "content": "q"}]}', "has the role 'human'"),
        (b'{"input": [{"role": "user", "content": 5}]}', "has a content that is a number"),
        (b'{"input": [{"role": "user", "content": []}]}', "has a content that is an array"),
        (b'{"input": [{"role": "assistant", "content": null}]}', "has a content that is null"),
        (b'{"input": "q", "id": true}', '"id" is a boolean'),
        (b'{"input": "q", "id": 1.5}', '"id" is a number'),
        (b'{"input": "q", "id": ""}', '"id" is empty'),
        (b'{"input": "q", "group": []}', '"group" is an array'),
        (b'{"input": "q", "tags": [1]}', '"tags" is an array with more than texts in it'),
        (b'{"input": "q", "tags": {"a": null}}', '"tags" is an object with more than texts in it'),
        (b'{"input": "q", "tags": 7}', '"tags" is a number'),
        (b'{"input": "q", "metadata": "m"}', '"metadata" is a string'),
    ],
)
def test_a_bad_line_is_one_clear_error(save: Save, line: bytes, what: str) -> None:
    """It says what is wrong, in which line, and what to do."""
    said, where, _do = refused(save("d.jsonl", b'{"input": "q"}\n' + line))
    assert what in said
    assert where == "d.jsonl, line 2"


@pytest.mark.parametrize("given", [0, -1, 10**30])
def test_whole_numbers_are_ids(given: Json) -> None:
    """Of any size."""
    assert str(given) == datapoints.name(given, "id")


def test_errors_of_data_end_with_their_exit_code() -> None:
    """As the table of exit codes has it."""
    with pytest.raises(DatasetError) as caught:
        datapoints.refuse("what", "do")
    assert ExitCode.BAD_INPUT == caught.value.exit_code
