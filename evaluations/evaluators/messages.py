"""TensorZero's forms of an output, `[{"type": "text", ...}, ...]` and `{"raw": ..., "parsed": ...}`, as references."""

from __future__ import annotations

from typing import NamedTuple

from evaluations.evaluators.json_values import NotJsonError, difference, parse
from evaluations.model import Answer, Json, ToolCall

_BLOCKS = frozenset({"text", "tool_call", "thought", "unknown"})


class MalformedError(ValueError):
    """A content block lacks something, or is of a kind that no answer has."""


class Message(NamedTuple):
    """What a chat function's output says and calls."""

    text: str | None
    """All text blocks, joined, since endpoints of the OpenAI protocol give one text; None where there is no block."""
    calls: tuple[ToolCall | tuple[str, Json], ...]
    """In their order: as written, or a name with arguments that are JSON already."""


def is_message(reference: Json) -> bool:
    """Whether it is a list of content blocks, going by their `type`; an empty list is JSON."""
    return (
        isinstance(reference, list)
        and bool(reference)
        and all(isinstance(block, dict) and block.get("type") in _BLOCKS for block in reference)
    )


def is_output(reference: Json) -> bool:
    """Whether it is the output of a JSON function: `raw`, a text or null, and `parsed`, and nothing else."""
    return (
        isinstance(reference, dict)
        and reference.keys() == {"raw", "parsed"}
        and (reference["raw"] is None or isinstance(reference["raw"], str))
    )


def read_message(blocks: Json) -> Message:
    """The message that content blocks stand for. Thoughts are left out: no answer has them. Raises MalformedError."""
    if not isinstance(blocks, list):
        raise MalformedError("it is not a list of content blocks")
    texts: list[str] = []
    calls: list[ToolCall | tuple[str, Json]] = []
    for index, block in enumerate(blocks):
        kind = block.get("type") if isinstance(block, dict) else None
        if kind == "text" and isinstance(block.get("text"), str):
            texts.append(block["text"])
        elif kind == "tool_call":
            calls.append(_call(block, index))
        elif kind != "thought":
            raise MalformedError(f"block {index} is not a text with `text` or a tool_call with `name` and `arguments`")
    return Message("".join(texts) if texts else None, tuple(calls))


def _call(block: dict[str, Json], index: int) -> ToolCall | tuple[str, Json]:
    name = block.get("name") or block.get("raw_name")
    arguments = block.get("arguments")
    if arguments is None:
        arguments = block.get("raw_arguments")
    if not isinstance(name, str) or arguments is None:
        raise MalformedError(f"block {index}, a tool_call, lacks `name` or `arguments`")
    return ToolCall(name, arguments) if isinstance(arguments, str) else (name, arguments)


def message_difference(expected: Message, answer: Answer) -> str | None:
    """The first difference in words, or None.

    An empty text beside tool calls is no text, since some servers send one. Calls are compared in their order.
    """
    if answer.text != expected.text and (expected.text is not None or answer.text):
        return "the text is not the reference"
    called = ", ".join(call.name for call in answer.tool_calls) or "no tool"
    if len(expected.calls) != len(answer.tool_calls):
        return f"the answer calls {called}"
    for index, (wanted, call) in enumerate(zip(expected.calls, answer.tool_calls, strict=True)):
        name = wanted.name if isinstance(wanted, ToolCall) else wanted[0]
        if name != call.name:
            return f"the answer calls {called}"
        found = _arguments_difference(wanted, call)
        if found is not None:
            return f"arguments of call {index}, {name}: {found}"
    return None


def _arguments_difference(wanted: ToolCall | tuple[str, Json], call: ToolCall) -> str | None:
    try:
        expected = arguments_of(wanted) if isinstance(wanted, ToolCall) else wanted[1]
        actual = arguments_of(call)
    except NotJsonError:  # then all that can be compared is what was written
        same = isinstance(wanted, ToolCall) and wanted.arguments == call.arguments
        return None if same else "not the JSON of the reference"
    return difference(expected, actual)


def arguments_of(call: ToolCall) -> Json:
    """A call's arguments as JSON; an empty text, which some servers send for none, is {}. Raises NotJsonError."""
    return parse(call.arguments) if call.arguments.strip() else {}
