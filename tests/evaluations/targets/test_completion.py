"""Reading chat completions, sound and not."""

from __future__ import annotations

import json
import math

import pytest

from evaluations.model import UNKNOWN, Json, ToolCall, Usage
from evaluations.targets.completion import read_completion
from evaluations.targets.prices import Price, cost
from evaluations.targets.protocol import UnusableAnswerError


def completion(content: Json = None, *, usage: Json = None, finish: Json = "stop", **message: Json) -> bytes:
    """A completion with one choice."""
    choice = {"message": {"role": "assistant", "content": content, **message}, "finish_reason": finish}
    return json.dumps({"choices": [choice]} if usage is None else {"choices": [choice], "usage": usage}).encode()


def call(name: Json, arguments: Json) -> Json:
    """A call as OpenAI writes it."""
    return {"id": "1", "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (completion("42"), "42"),
        (completion(""), ""),
        (completion(None), None),
        (b'{"choices": [{"message": {"refusal": "no"}}]}', None),
        (completion([{"type": "text", "text": "4"}, {"type": "text", "text": "2"}, "x", {"type": "image"}]), "42"),
        (completion([]), None),
        (completion([{"type": "refusal", "refusal": "no"}]), None),
        (b'{"choices": [{"message": {"content": "\\ud83d"}}]}', "\ud83d"),
        (b'{"choices": [{"message": {"content": "42"}, "logprobs": NaN}]}', "42"),
    ],
)
def test_the_text_of_an_answer(content: bytes, expected: str | None) -> None:
    """A refusal or a tool call has none, which is not the empty text."""
    assert expected == read_completion(content).text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"choices": ' + b"9" * 10_000 + b"}",
        b"[]",
        b"null",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{"message": null}]}',
        b'{"choices": [{"message": "text"}]}',
        b'{"choices": [null]}',
        b'{"choices": {"0": 1}}',
        completion(42),
        completion({"text": "42"}),
        completion(tool_calls=5),
        completion(tool_calls=["x"]),
        completion(tool_calls=[{"type": "function"}]),
        completion(tool_calls=[{"function": None}]),
        completion(tool_calls=[{"function": {"arguments": "{}"}}]),
        completion(tool_calls={"0": 1}),
    ],
)
def test_what_is_no_completion_is_an_error(content: bytes) -> None:
    """And never an empty answer."""
    with pytest.raises(UnusableAnswerError) as caught:
        read_completion(content)
    assert "response" == caught.value.cause


def test_tool_calls_refusal_and_finish() -> None:
    """As the server wrote them; arguments that a server gives as an object become a text."""
    calls = [
        call("add", '{"a": 1}'),
        call("add", {"a": "ä"}),
        {"type": "custom", "custom": {"name": "q", "input": "x"}},
    ]
    answer = read_completion(completion(tool_calls=calls, refusal="no", finish="tool_calls"))
    assert (ToolCall("add", '{"a": 1}'), ToolCall("add", '{"a": "ä"}'), ToolCall("q", "x")) == answer.tool_calls
    assert (None, "no", "tool_calls") == (answer.text, answer.refusal, answer.finish)
    odd = read_completion(completion("x", refusal={"why": 1}, finish=7, tool_calls=[]))
    assert (None, None, ()) == (odd.refusal, odd.finish, odd.tool_calls)


def test_the_arguments_of_the_answer_tool_are_the_text() -> None:
    """What `json_mode = "tool"` asks for; a model that writes text instead is taken at its word."""
    answer = read_completion(completion(tool_calls=[call("respond", '{"a": 1}')]), answer_tool="respond")
    assert ('{"a": 1}', ()) == (answer.text, answer.tool_calls)
    assert "text" == read_completion(completion("text"), answer_tool="respond").text
    other = read_completion(completion(tool_calls=[call("add", "{}")]), answer_tool="respond")
    assert (None, (ToolCall("add", "{}"),)) == (other.text, other.tool_calls)


PRICES = (Price("/usage/prompt_tokens", 2.5e-6), Price("/usage/prompt_tokens_details/cached_tokens", -1.25e-6))


def test_usage_and_cost() -> None:
    """Tokens as the server counts them, cost by the configured rates, discounts among them."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 400}}
    answer = read_completion(completion("x", usage=usage), PRICES)
    assert (1000, 7) == (answer.usage.input_tokens, answer.usage.output_tokens)
    assert math.isclose(0.002, answer.usage.cost)
    assert Usage(1000, 7, unpriced=1) == read_completion(completion("x", usage=usage)).usage
    assert UNKNOWN is read_completion(completion("x")).usage
    assert UNKNOWN == read_completion(completion("x"), PRICES).usage
    assert Usage(1000, 0, 0.0025, 1) == read_completion(completion("x", usage={"prompt_tokens": 1000}), PRICES).usage


@pytest.mark.parametrize("tokens", [-1, 1.5, "7", None, True, [1], {}])
def test_odd_token_counts_are_none(tokens: Json) -> None:
    """A server can't make a sum negative, or no number; what it took is then not known."""
    usage = read_completion(completion("x", usage={"prompt_tokens": tokens, "completion_tokens": 1})).usage
    assert Usage(0, 1, uncounted=1, unpriced=1) == usage


def test_odd_amounts_are_not_taken_for_nothing() -> None:
    """Their cost is not known. Neither does a discount make a cost negative."""
    for amount in (-5, math.inf, math.nan, "7", True, None):
        assert cost({"n": amount}, [Price("/n", 1.0)]) is None
        assert cost({"n": amount, "m": 2}, [Price("/n", 1.0), Price("/m", 1.0)]) == 2
    assert cost({"n": 5}, [Price("/n", -1.0)]) == 0
    assert cost({"a~/b": [{"n": 2}]}, [Price("/a~0~1b/0/n", 3.0)]) == 6
    assert cost({"a": [1]}, [Price("/a/9", 1.0), Price("/a/x", 1.0)]) is None


def test_a_price_that_is_required() -> None:
    """Without its number the cost would be wrong, so there is no answer."""
    with pytest.raises(UnusableAnswerError, match="no number at /usage/prompt_tokens"):
        read_completion(completion("x"), [Price("/usage/prompt_tokens", 1.0, required=True)])
