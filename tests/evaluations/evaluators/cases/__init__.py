"""Hand-made cases: what each evaluator must decide, thought through one by one, not taken from what the code says."""

from __future__ import annotations

from typing import Any, NamedTuple

from evaluations.model import Answer, ToolCall

REFUSED = "refused"
"""`check` complains: the datapoint is of no use to the evaluator."""


class Case(NamedTuple):
    """One decision."""

    why: str
    """The rule that makes it right."""
    settings: dict[str, Any]
    reference: Any
    answer: Answer
    expected: float | str
    """The score, or REFUSED."""


def said(text: str | None) -> Answer:
    """An answer of text."""
    return Answer(text)


def called(*calls: tuple[str, str], text: str | None = None) -> Answer:
    """An answer that calls tools: names, and arguments as the model wrote them."""
    return Answer(text, tool_calls=tuple(ToolCall(*call) for call in calls), finish="tool_calls")


def declined(why: str = "I can't help with that.", text: str | None = None) -> Answer:
    """A refusal, as the protocol has a field for it."""
    return Answer(text, refusal=why)


NOTHING_SAID = Answer(None)
"""`content` was null, without a tool call or a refusal."""
