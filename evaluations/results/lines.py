"""A result as a line of results.jsonl: what was asked, what came, and each score or the reason why there is none."""

from __future__ import annotations

from evaluations.model import NOTHING, Answer, Failure, Json, Rating, Result
from evaluations.version import SCHEMA


def result_line(result: Result) -> dict[str, Json]:
    """The line's fields; what has no value is null, never NaN."""
    point, answer = result.datapoint, result.answer
    line: dict[str, Json] = {
        "type": "datapoint",
        "schema": SCHEMA,
        "id": point.id,
        "index": result.index,
        "variant": result.variant,
        "repeat": result.repeat,
        "group": point.group,
        "tags": list(point.tags),
        "input": point.input,
        "reference": point.reference,
        "answer": answer.text if isinstance(answer, Answer) else None,
        "scores": {name: each.value if isinstance(each, Rating) else None for name, each in result.ratings.items()},
        "errors": {
            name: {"cause": each.cause, "message": each.message}
            for name, each in result.ratings.items()
            if isinstance(each, Failure)
        },
        "attempts": answer.attempts,
    }
    reasons = {name: each.reason for name, each in result.ratings.items() if isinstance(each, Rating) and each.reason}
    if reasons:
        line["reasons"] = reasons
    details = {
        name: dict(each.details) for name, each in result.ratings.items() if isinstance(each, Rating) and each.details
    }
    if details:
        line["details"] = details
    judging = {name: each.usage.to_json() for name, each in result.ratings.items() if each.usage != NOTHING}
    if judging:
        line["judging"] = judging
    if isinstance(answer, Answer):
        line |= _of_answer(answer)
    return line


def _of_answer(answer: Answer) -> dict[str, Json]:
    fields: dict[str, Json] = {"seconds": round(answer.seconds, 6), "finish": answer.finish}
    if answer.tool_calls:
        fields["tool_calls"] = [{"name": call.name, "arguments": call.arguments} for call in answer.tool_calls]
    if answer.refusal is not None:
        fields["refusal"] = answer.refusal
    return fields | {"usage": answer.usage.to_json(), "cached": answer.cached}
