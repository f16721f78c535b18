"""Reading a chat completion. It comes from a model's server: every field may be missing or of another type."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from evaluations.model import UNKNOWN, Answer, Json, ToolCall, Usage
from evaluations.targets.prices import Price, cost
from evaluations.targets.protocol import UnusableAnswerError, said

_decode = msgspec.json.Decoder().decode


def read_completion(content: bytes, prices: Sequence[Price] = (), answer_tool: str | None = None) -> Answer:
    """The first choice. Raises UnusableAnswerError where the body is no chat completion.

    Where the model called `answer_tool`, the arguments of that call are the text.
    """
    completion = decode(content)
    try:
        choice = completion["choices"][0]
        message = choice["message"]
        calls = message.get("tool_calls")
        text, refusal = _text(message.get("content"))
        refusal = message.get("refusal") or refusal
        tool_calls = tuple(_call(each) for each in calls) if calls else ()
        finish = choice.get("finish_reason")
    except (LookupError, TypeError, AttributeError):
        raise UnusableAnswerError(f"the answer is no chat completion: {said(content)}") from None
    if answer_tool is not None and tool_calls:
        text = next((call.arguments for call in tool_calls if call.name == answer_tool), text)
        tool_calls = tuple(call for call in tool_calls if call.name != answer_tool)
    return Answer(
        text,
        tool_calls=tool_calls,
        refusal=refusal if isinstance(refusal, str) else None,
        finish=finish if isinstance(finish, str) else None,
        usage=_usage(completion, prices),
    )


def decode(content: bytes) -> Json:
    """What the JSON says. Raises UnusableAnswerError where it is none."""
    try:
        return _decode(content)
    except (ValueError, RecursionError, msgspec.MsgspecError):
        pass
    try:
        return json.loads(
            content
        )  # takes what some servers send: NaN among the log-probabilities, halves of surrogates
    except (ValueError, RecursionError):
        raise UnusableAnswerError(f"the answer is not JSON: {said(content)}") from None


def measured(input_tokens: Json, output_tokens: Json, spent: float | None) -> Usage:
    """What a server says of an answer's tokens, and what it cost. What is no number is not known."""
    said = [each if type(each) is int and each >= 0 else None for each in (input_tokens, output_tokens)]
    return Usage(said[0] or 0, said[1] or 0, spent or 0.0, uncounted=int(None in said), unpriced=int(spent is None))


def _usage(completion: Json, prices: Sequence[Price]) -> Usage:
    usage = completion.get("usage")
    if not isinstance(usage, dict):
        usage = {}
    if not usage and not prices:
        return UNKNOWN
    return measured(usage.get("prompt_tokens"), usage.get("completion_tokens"), cost(completion, prices))


def _text(content: Any) -> tuple[str | None, str | None]:
    """Text and refusal. Some servers send parts: those of type `text` and `refusal` count."""
    if content is None or isinstance(content, str):
        return content, None
    if not isinstance(content, list):
        raise UnusableAnswerError("the answer's content is not text")
    parts = [part for part in content if isinstance(part, dict)]
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
    refusals = [part["refusal"] for part in parts if isinstance(part.get("refusal"), str)]
    return "".join(texts) if texts else None, "".join(refusals) or None


def _call(call: Any) -> ToolCall:
    function, arguments = (call["function"], "arguments") if "function" in call else (call["custom"], "input")
    given = function.get(arguments)
    return ToolCall(str(function["name"]), given if isinstance(given, str) else json.dumps(given, ensure_ascii=False))
