"""Exact match: the answer is the reference, as a text, a JSON value, or the blocks of a message."""

from __future__ import annotations

from typing import ClassVar, Literal

from evaluations.errors import Complaint
from evaluations.evaluators.json_values import NotJsonError, difference, parse, unusable
from evaluations.evaluators.messages import MalformedError, is_message, is_output, message_difference, read_message
from evaluations.evaluators.scale import Scale
from evaluations.model import Answer, Datapoint, Json, Rating

_JSON = 'with `compare = "json"` a reference that is a text holds JSON; a text as JSON is in quotes of its own'
_BLOCKS = 'give [{"type": "text", "text": "..."}, ...], or set `compare = "json"` if it is meant as plain JSON'


class ExactMatch(Scale, frozen=True):
    """1 where the answer is the reference, else 0. What kind of reference it is says how they are compared.

    A text is compared character by character: nothing is trimmed and no Unicode form is changed, as in TensorZero.
    TensorZero's content blocks are compared as in `message_difference`: the text, and the tool calls in their order, by
    name and by the value of their arguments. (TensorZero compares the calls' ids and the arguments' spelling too, so
    that no tool call ever matches.) Anything else is JSON, compared by value as in `difference`; of TensorZero's
    `{"raw", "parsed"}` it is `parsed` that counts. In all three the answer is taken whole: a text with a tool call
    beside it is not that text. A refusal matches nothing, and an answer without text is not the empty text.

    `compare` says which of the three it is for every reference; `text` and `json` then look at the text alone.
    """

    kind: ClassVar[str] = "exact_match"
    name: str = "exact_match"
    compare: Literal["auto", "text", "json", "blocks"] = "auto"

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """A reference is needed that can be what `compare` says; the empty text is one."""
        reference = datapoint.reference
        if reference is None:
            return Complaint('"reference" is missing', 'add the right answer: "reference": "..."')
        if isinstance(reference, str) and self.compare != "json":
            return None
        if self.compare == "text":
            return Complaint('"reference" is not a string', "exact_match compares text here: put it in quotes")
        return _check_blocks(reference) if self._by_blocks(reference) else self._check_json(reference)

    async def score(self, datapoint: Datapoint, answer: Answer) -> float | Rating:
        """1.0 or 0.0; with the first difference found, where it is not text that is compared."""
        reference, compare = datapoint.reference, self.compare
        if answer.refusal:
            return 0.0
        if isinstance(reference, str) and compare != "json":
            return float(answer.text == reference and (compare == "text" or not answer.tool_calls))
        if self._by_blocks(reference):
            found = message_difference(read_message(reference), answer)
        elif answer.tool_calls and compare == "auto":
            found = "the answer calls a tool"
        else:
            found = self._json_difference(reference, answer.text)
        return 1.0 if found is None else Rating(0.0, found)

    def _by_blocks(self, reference: Json) -> bool:
        return self.compare == "blocks" or (self.compare == "auto" and is_message(reference))

    def _check_json(self, reference: Json) -> Complaint | None:
        try:
            value = self._value(reference)
        except NotJsonError as error:
            return Complaint(f'"reference" is not JSON: {error}', _JSON)
        if value is None and self.compare == "auto":
            return Complaint('"parsed" of the reference is null', "give the JSON that the answer should be")
        return unusable(value)

    def _json_difference(self, reference: Json, text: str | None) -> str | None:
        try:
            actual = parse(text)
        except NotJsonError as error:
            return f"the answer is not JSON: {error}"
        return difference(self._value(reference), actual)

    def _value(self, reference: Json) -> Json:
        if self.compare == "json":
            return parse(reference) if isinstance(reference, str) else reference
        return reference["parsed"] if is_output(reference) else reference


def _check_blocks(reference: Json) -> Complaint | None:
    try:
        message = read_message(reference)
    except MalformedError as error:
        return Complaint(f'"reference" can\'t be compared as a message: {error}', _BLOCKS)
    if message.text is None and not message.calls:
        return Complaint('"reference" has no text and no tool call', _BLOCKS)
    return None
