"""One line of a data set."""

from __future__ import annotations

import json

import pytest

from evaluations.datapoints import parse_line
from evaluations.errors import DatasetError, ExitCode
from evaluations.model import Datapoint

QUESTION = ({"role": "user", "content": "q"},)
CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
PARTS = {"role": "user", "content": [{"type": "text", "text": "q"}]}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"id": "a", "input": "q", "reference": "r"}\n', Datapoint("a", QUESTION, "r")),
        (b'{"input": "q", "reference": ""}', Datapoint("7", QUESTION, "")),
        (b'{"id": 12, "input": "q", "tags": []}\r\n', Datapoint("12", QUESTION, None)),
        ('{"id": null, "input": "q", "reference": "é"}'.encode(), Datapoint("7", QUESTION, "é")),
        (json.dumps({"input": [PARTS, CALL]}).encode(), Datapoint("7", (PARTS, CALL), None)),
        (b" \t\r\n", None),
        (b"", None),
    ],
)
def test_a_good_line_is_a_datapoint(line: bytes, expected: Datapoint | None) -> None:
    """Ids, messages and references are taken as they are; an empty line is none."""
    assert expected == parse_line(line, 7, "d.jsonl")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b'{"input": "q"', "not JSON at column 14"),
        (b'[{"input": "q"}]', "the line is an array"),
        (b"null", "the line is null"),
        (b'"q"', "the line is a string"),
        (b'{"input": NaN}', "NaN is not JSON"),
        (b'{"input": ' + b"1" * 5000 + b"}", "not usable JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"input": "q", "input": "p"}', "'input' is there twice"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"\xff\xfe{\0}\0", "byte order mark"),
        (b'{"input": "\0"}', "NUL"),
        ('{"input": "é"}'.encode("latin-1"), "byte 12 of the line is not UTF-8"),
        (b"{}", '"input" is missing'),
        (b'{"inputs": "q"}', '"input" is missing, "inputs" is there'),
        (b'{"input": "q", "refrence": "r"}', '"reference" is missing, "refrence" is there'),
        (b'{"input": ""}', '"input" is empty'),
        (b'{"input": []}', '"input" is empty'),
        (b'{"input": 5}', '"input" is a number'),
        (b'{"input": null}', '"input" is null'),
        (b'{"input": ["q"]}', '"input[0]" is a string, not a message'),
        (b'{"input": [{"role": "human", "content": "q"}]}', "has the role 'human'"),
        (b'{"input": [{"role": "user", "content": 5}]}', "has a content that is a number"),
        (b'{"input": [{"role": "user", "content": []}]}', "has a content that is an array"),
        (b'{"input": [{"role": "assistant", "content": null}]}', "has a content that is null"),
        (b'{"input": "q", "id": true}', '"id" is a boolean'),
        (b'{"input": "q", "id": 1.5}', '"id" is a number'),
        (b'{"input": "q", "id": ""}', '"id" is empty'),
    ],
)
def test_a_bad_line_is_one_clear_error(line: bytes, what: str) -> None:
    """It says what is wrong, in which line, and what to do."""
    with pytest.raises(DatasetError) as caught:
        parse_line(line, 7, "d.jsonl")
    assert what in caught.value.what
    assert caught.value.where == "d.jsonl, line 7"
    assert caught.value.do
    assert ExitCode.BAD_INPUT == caught.value.exit_code
