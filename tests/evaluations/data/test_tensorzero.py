"""Datapoints as TensorZero exports them."""

from __future__ import annotations

from typing import Any

import pytest

from evaluations.data.tensorzero import datapoint
from evaluations.errors import DatasetError
from evaluations.model import Datapoint, Json
from tests.evaluations.data.conftest import Save, as_format, read, refused

TEXT = {"type": "text", "text": "q"}
ASKED = {"messages": [{"role": "user", "content": [TEXT]}]}
PNG = {"type": "file", "mime_type": "image/png", "data": "AAAA"}


def exported(**fields: Json) -> dict[str, Json]:
    """A chat datapoint as the gateway lists it."""
    whole: dict[str, Json] = {
        "type": "chat",
        "dataset_name": "d",
        "function_name": "f",
        "id": "019a",
        "episode_id": "019b",
        "input": ASKED,
        "output": [{"type": "text", "text": "r"}],
        "tags": {"topic": "sums"},
        "is_deleted": False,
        "is_custom": True,
        "staled_at": None,
        "updated_at": "2026-01-01T00:00:00Z",
    }
    return whole | fields


def test_a_chat_datapoint() -> None:
    """The output is the reference, tags are an object, and the episode says nothing."""
    messages = [{"role": "user", "content": "q"}]
    expected = Datapoint("019a", messages, "r", None, ("topic=sums",), {"function_name": "f"})
    assert expected == datapoint(exported(), 1)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        (None, None),
        ([TEXT], "q"),
        ([TEXT, TEXT], [TEXT, TEXT]),
        ([{"type": "tool_call", "name": "t"}], [{"type": "tool_call", "name": "t"}]),
        ({"raw": '{"a": 1}', "parsed": {"a": 1}}, {"a": 1}),
        ({"raw": "oops", "parsed": None}, {"raw": "oops", "parsed": None}),
        ({"raw": '"x"', "parsed": "x"}, {"raw": '"x"', "parsed": "x"}),
    ],
)
def test_references(output: Json, expected: Json) -> None:
    """One text is a text; JSON objects and lists are values; anything else stays what evaluators know."""
    assert expected == datapoint(exported(output=output), 1).reference


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"system": "s", **ASKED}, [{"role": "system", "content": "s"}, {"role": "user", "content": "q"}]),
        ({"messages": [{"role": "user", "content": "q"}]}, [{"role": "user", "content": "q"}]),
        ({"messages": [{"role": "user", "content": [TEXT, {"type": "raw_text", "value": "p"}]}]}, [
            {"role": "user", "content": [TEXT, {"type": "text", "text": "p"}]}]),
        ({"messages": [{"role": "user", "content": [PNG]}]}, [
            {"role": "user", "content": [
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}]),
        ({"messages": [{"role": "user", "content": [{"type": "file", "url": "http://x/y"}]}]}, [
            {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x/y"}}]}]),
        ({"messages": [{"role": "user", "content": [{"type": "template", "name": "user", "arguments": {"a": 1}}]}]}, {
            "a": 1}),
        ({"messages": [{"role": "user", "content": [{"type": "text", "arguments": {"a": 1}}]}]}, {"a": 1}),
        ({"messages": [{"role": "user", "content": {"a": 1}}]}, {"a": 1}),
        ({"messages": [
            {"role": "user", "content": [TEXT]},
            {"role": "assistant", "content": [
                {"type": "thought", "text": "hm"},
                {"type": "tool_call", "id": "1", "raw_name": "t", "name": "t", "raw_arguments": '{"x": 1}',
                 "arguments": {"x": 1}},
                {"type": "tool_call", "id": "2", "name": "u", "arguments": {"y": 2}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "id": "1", "name": "t", "result": "5"}, TEXT]},
        ]}, [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": None, "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "t", "arguments": '{"x": 1}'}},
                {"id": "2", "type": "function", "function": {"name": "u", "arguments": '{"y":2}'}}]},
            {"role": "tool", "tool_call_id": "1", "content": "5"},
            {"role": "user", "content": "q"},
        ]),
    ],
)  # fmt: skip
def test_inputs(given: Json, expected: Json) -> None:
    """Messages of the OpenAI protocol, or the arguments of a template."""
    assert expected == datapoint(exported(input=given), 1).input


@pytest.mark.parametrize(
    ("given", "what"),
    [
        (None, '"input" is null'),
        ({"system": "s"}, '"input" is without messages'),
        ({"messages": []}, '"input" is empty'),
        ({"messages": ["q"]}, '"input.messages[0]" is a string, not a message'),
        ({"messages": [{"role": "user", "content": ["q"]}]}, "has a block that is a string"),
        ({"messages": [{"role": "user", "content": [{"type": "unknown"}]}]}, "a block of the type 'unknown'"),
        ({"messages": [{"role": "user", "content": [PNG | {"mime_type": "audio/wav"}]}]}, "of the type 'file'"),
        ({"system": {"a": 1}, **ASKED}, '"input.system" has the arguments of a template'),
        ({"messages": [{"role": "nobody", "content": "q"}]}, "has the role 'nobody'"),
    ],
)  # fmt: skip
def test_what_can_not_be_said_is_refused(given: Json, what: str) -> None:
    """Rather than asking another question than was exported."""
    with pytest.raises(DatasetError) as caught:
        datapoint(exported(input=given), 1)
    assert what in caught.value.what
    assert caught.value.do


@pytest.mark.parametrize("format_", ["jsonl", "json"])
def test_the_shape_is_named_in_the_spec(save: Save, format_: str) -> None:
    """With the line of what is wrong."""
    rows: list[dict[str, Any]] = [exported(id="a"), exported(id="b", tags=None)]
    found = read(save(f"d.{format_}", as_format(format_, rows)), shape="tensorzero", tags={"include": ["topic=sums"]})
    assert ["a"] == [point.id for point in found]
    path = save("e.jsonl", as_format("jsonl", [*rows, exported(input=5)]))
    assert ('"input" is a number', "e.jsonl, line 3") == refused(path, shape="tensorzero")[:2]
    assert refused(save("f.jsonl", b"[]"), shape="tensorzero")[1] == "f.jsonl, line 1"


def test_by_mapping_too(save: Save) -> None:
    """Columns with dotted paths reach the same fields."""
    row = exported(input={"messages": [{"role": "user", "content": "q"}]}, output=[{"type": "text", "text": "r"}])
    columns = {"input": "input.messages", "reference": "output.0.text"}
    (point,) = read(save("d.jsonl", as_format("jsonl", [row])), columns=columns)
    assert Datapoint("019a", [{"role": "user", "content": "q"}], "r", None, ("topic=sums",)) == point
