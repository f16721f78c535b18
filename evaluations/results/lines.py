"""A result as a line of results.jsonl: what was asked, what came, and each score or the reason why there is none."""

from __future__ import annotations

from evaluations.model import UNKNOWN, Answer, Failure, Json, Rating, Result, Usage


def result_line(result: Result) -> dict[str, Json]:
    """The line's fields; what has no value is null, never NaN."""
    point, answer = result.datapoint, result.answer
    line: dict[str, Json] = {
        "type": "datapoint",
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
    judging = {
        name: usage_fields(each.usage)
        for name, each in result.ratings.items()
        if isinstance(each, Rating) and each.usage is not UNKNOWN
    }
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
    return fields | {"usage": usage_fields(answer.usage), "cached": answer.cached}


def usage_fields(usage: Usage) -> dict[str, Json]:
    """As every file has them."""
    return {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens, "cost": usage.cost}
