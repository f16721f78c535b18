"""Exact match: what it tells people. What it decides is in cases/exact_match.py."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Rating, ToolCall


def test_is_called_by_its_kind_unless_named() -> None:
    """Without a configuration it has the name that options and results know."""
    assert "exact_match" == ExactMatch().name
    assert "strict" == ExactMatch("strict").name


@pytest.mark.parametrize(
    ("reference", "answer", "reason"),
    [
        ({"a": [1, {"b": 2}]}, Answer('{"a": [1, {"b": 3}]}'), "$.a[1].b is 3 instead of 2"),
        ({"a": 1}, Answer("{}"), "$.a is missing"),
        ({}, Answer('{"a": 1}'), "$.a should not be there"),
        ([1], Answer("[]"), "$ has 0 items instead of 1"),
        ("x" * 99, Answer("[]"), None),
        (["x" * 99], Answer("[1]"), '$[0] is 1 instead of "' + "x" * 56 + "..."),
        ({}, Answer("NaN"), "the answer is not JSON: NaN is not JSON"),
        ({}, Answer(None), "the answer is not JSON: there is no text"),
        ({}, Answer("{}", tool_calls=(ToolCall("f", "{}"),)), "the answer calls a tool"),
        ([{"type": "text", "text": "a"}], Answer("b"), "the text is not the reference"),
        (
            [{"type": "tool_call", "name": "f", "arguments": {"a": 1}}],
            Answer(None, tool_calls=(ToolCall("f", '{"a": 2}'),)),
            "arguments of call 0, f: $.a is 2 instead of 1",
        ),
        ([{"type": "tool_call", "name": "f", "arguments": {}}], Answer(None), "the answer calls no tool"),
    ],
)
def test_names_the_first_difference(reference: Any, answer: Answer, reason: str | None) -> None:
    """A score of 0 comes with what differs and where; for plain text the two speak for themselves."""
    score = asyncio.run(ExactMatch().score(Datapoint("1", "?", reference), answer))

    assert (Rating(0.0, reason) if reason else 0.0) == score
