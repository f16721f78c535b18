"""Evaluators: each looks at a datapoint and its answer, and gives a score. One Protocol; exact match so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from evaluations.model import Answer, Datapoint


class Complaint(NamedTuple):
    """What an evaluator lacks in a datapoint, and what to do about it."""

    what: str
    do: str


class Evaluator(Protocol):
    """What a run needs of an evaluator."""

    name: str
    lowest: float
    highest: float
    """The ends of the scale, so that a cutoff off the scale is refused."""
    boolean: bool
    """Whether each score is one end or the other: yes or no."""

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """Whether the datapoint has what is needed; asked of every datapoint before the first request."""

    async def score(self, datapoint: Datapoint, answer: Answer) -> float:
        """The score, a finite number on the scale. What it raises is counted as an error of this evaluator."""


class ExactMatch:
    """1 where the answer's text is the reference, character by character, else 0.

    Nothing is trimmed and no Unicode form is changed, as in TensorZero. An answer without text matches nothing.
    """

    name = "exact_match"
    lowest = 0.0
    highest = 1.0
    boolean = True

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """A reference that is text is needed; the empty text is one."""
        if datapoint.reference is None:
            return Complaint('"reference" is missing', 'add the right answer: "reference": "..."')
        if not isinstance(datapoint.reference, str):
            return Complaint('"reference" is not a string', "exact_match compares text: put it in quotes")
        return None

    async def score(self, datapoint: Datapoint, answer: Answer) -> float:
        """1.0 or 0.0."""
        return float(answer.text == datapoint.reference)


EVALUATORS: Mapping[str, Evaluator] = {evaluator.name: evaluator for evaluator in (ExactMatch(),)}
"""By the name that `--evaluator` takes."""
