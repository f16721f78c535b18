"""What Python functions and programs may answer: a text, or an object with the parts of an Answer."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping

from msgspec import convert, to_builtins
from msgspec.structs import replace

from evaluations.model import UNKNOWN, Answer, Failure, Json, Refusal, ToolCall, Usage
from evaluations.targets.protocol import UnusableAnswerError, readable

_FIELDS = frozenset({"text", "tool_calls", "refusal", "finish", "usage"})
_SHAPE = 'give {"text": ...} with JSON of your own in it, or say that the function is of type = "json"'
_PARTS = "give text, tool_calls, refusal, finish or usage"


def answer_of(reply: object, seconds: float, *, json_function: bool = False) -> Answer:
    """The answer that was meant. Raises UnusableAnswerError where there is none.

    Of a JSON function, what is neither that nor a text nor None is the JSON that it answers with.
    `reply` is a text, an Answer, or an object: `text` (a text, or JSON, which becomes its text), `tool_calls` (objects
    with `name` and `arguments`), `refusal`, `finish` and `usage` (`input_tokens`, `output_tokens`, `cost`).
    """
    if isinstance(reply, Answer):
        return _checked(replace(reply, seconds=seconds))
    if isinstance(reply, str):
        return Answer(reply, seconds)
    own = reply is not None and not (isinstance(reply, Mapping) and reply and reply.keys() <= _FIELDS)
    if json_function and own:
        try:
            return Answer(_written(reply), seconds)
        except (TypeError, ValueError, RecursionError) as error:
            raise UnusableAnswerError(f"the answer can't be written as JSON: {error}") from None
    if not isinstance(reply, Mapping):
        raise UnusableAnswerError(f"the answer is neither text nor object but {type(reply).__name__}")
    if not reply or not reply.keys() <= _FIELDS:
        unknown = ", ".join(sorted(str(key) for key in reply.keys() - _FIELDS)) or "nothing"
        raise UnusableAnswerError(f"the answer has {unknown}: {_SHAPE}")
    try:
        return _answer(reply, seconds)
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise UnusableAnswerError(f"the answer has parts of a wrong kind ({error}): {_PARTS}") from None


def refusal_of(error: UnusableAnswerError) -> Refusal:
    """The same as a value."""
    return Refusal(Failure(error.cause, readable(str(error))), error.passing)


def _checked(answer: Answer) -> Answer:
    """With its parts of the kinds that they are said to be, which Python does not look at."""
    usage = answer.usage
    try:
        _usage(usage.input_tokens, usage.output_tokens, usage.cost)
        return convert(to_builtins(answer), Answer)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:  # msgspec's too
        raise UnusableAnswerError(f"the answer has parts of a wrong kind ({error})") from None


def _answer(reply: Mapping[str, Json], seconds: float) -> Answer:
    text = reply.get("text")
    return Answer(
        text if text is None else _written(text),
        seconds,
        tool_calls=tuple(
            ToolCall(_words(call["name"]), _written(call["arguments"])) for call in reply.get("tool_calls") or ()
        ),
        refusal=_words(reply["refusal"]) if reply.get("refusal") is not None else None,
        finish=_words(reply["finish"]) if reply.get("finish") is not None else None,
        usage=_usage(**reply["usage"]) if reply.get("usage") is not None else UNKNOWN,
    )


def _written(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, allow_nan=False)


def _words(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _usage(input_tokens: Json = None, output_tokens: Json = None, cost: Json = None) -> Usage:
    for value, kinds in ((input_tokens, int), (output_tokens, int), (cost, (int, float))):
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value < math.inf:
            raise ValueError(f"{value!r} is no amount")
    uncounted = input_tokens is None or output_tokens is None
    return Usage(input_tokens or 0, output_tokens or 0, float(cost or 0), int(uncounted), int(cost is None))
