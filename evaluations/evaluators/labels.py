"""Human labels: what people say of an answer to a datapoint, from a JSON Lines file."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated

import msgspec

from evaluations.errors import UsageError
from evaluations.evaluators.judge_prompts import shown
from evaluations.model import Answer, ToolCall
from evaluations.targets.sources import text_sha256

_DO = 'each line is a JSON object: {"id": "datapoint", "answer": "its text", "label": LABEL}'


class _Line(msgspec.Struct):
    """Other fields are left unread, so that a line of results.jsonl becomes a label by adding `label` to it."""

    id: str | int
    label: bool | float | None = None
    answer: str | None = None
    answer_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None
    evaluator: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None


class Labels:
    """By datapoint and answer: a label says nothing of another answer to the same datapoint."""

    def __init__(self, labels: dict[tuple[str, str], float]) -> None:
        """Keys are the datapoint's id and the sha256 of the answer's text."""
        self._labels = labels

    @property
    def sha256(self) -> str:
        """Of all labels, in whatever order the file has them."""
        return text_sha256(json.dumps(sorted([*key, label] for key, label in self._labels.items())))

    def __len__(self) -> int:
        """How many answers have a label."""
        return len(self._labels)

    def find(self, identity: str, answer: str) -> float | None:
        """The label of that answer to that datapoint; None where there is none."""
        return self._labels.get((identity, fingerprint(answer)))


def fingerprint(answer: str) -> str:
    """The sha256 of an answer's text in UTF-8, hexadecimal."""
    return text_sha256(answer)


def read_labels(path: Path, evaluator: str, *, boolean: bool, lowest: float, highest: float) -> Labels:
    """Labels for that evaluator: those that name it, and those that name none. Lines without a label are left out.

    Raises UsageError with the line for what is no label, is off the scale, or gainsays an earlier line; and where no
    label is left: whoever names a file of labels counts on them.
    """
    labels: dict[tuple[str, str], tuple[float, int]] = {}
    decoder, do = msgspec.json.Decoder(_Line), _DO.replace("LABEL", "true" if boolean else f"{highest:g}")
    try:
        with path.open("rb") as file:
            for number, text in enumerate(file, 1):
                where = f"{path}, line {number}"
                if not text.strip():
                    continue
                try:
                    line = decoder.decode(text)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                    raise UsageError(f"the line is no label: {error}", where=where, do=do) from None
                if line.label is None or line.evaluator not in (None, evaluator):
                    continue
                value = _value(line.label, where, do, boolean=boolean, lowest=lowest, highest=highest)
                known = labels.setdefault((str(line.id), _key(line, where, do)), (value, number))
                if known[0] != value:
                    what = f"another label for the same answer than on line {known[1]}"
                    raise UsageError(what, where=where, do="keep the label that holds")
    except OSError as error:
        raise UsageError(f"the labels can't be read: {error.strerror}", where=str(path), do="name a file") from None
    if not labels:
        do = f"label some answers: {do}; or leave the labels out"
        raise UsageError(f"there is no label for {evaluator} in the file", where=str(path), do=do)
    return Labels({key: value for key, (value, _number) in labels.items()})


def _value(label: bool | float, where: str, do: str, *, boolean: bool, lowest: float, highest: float) -> float:  # noqa: FBT001, it is what a label may be
    if isinstance(label, bool) != boolean:
        raise UsageError(f'"label" is not {"true or false" if boolean else "a number"}', where=where, do=do)
    if not (lowest <= label <= highest and math.isfinite(label)):
        raise UsageError(f'"label" is {label}, off the scale from {lowest:g} to {highest:g}', where=where, do=do)
    return float(label)


def _key(line: _Line, where: str, do: str) -> str:
    if line.answer is None and not line.tool_calls and line.refusal is None:
        if line.answer_sha256 is None:
            raise UsageError('"answer" and "answer_sha256" are missing', where=where, do=do)
        return line.answer_sha256
    key = fingerprint(shown(Answer(line.answer, tool_calls=line.tool_calls, refusal=line.refusal)))
    if line.answer_sha256 not in (None, key):
        raise UsageError('"answer_sha256" is not that of "answer"', where=where, do="leave one of them out")
    return key
