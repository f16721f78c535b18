"""Evaluators: each looks at a datapoint and its answer, and gives a score. One module per kind, behind one Protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from evaluations.errors import Complaint
from evaluations.model import Answer, Datapoint, Failure, Json, Rating, Result


class Evaluator(Protocol):
    """What a run needs of an evaluator."""

    @property
    def name(self) -> str:
        """As cutoffs and results call it."""

    @property
    def lowest(self) -> float:
        """The lower end of the scale, so that a cutoff off the scale is refused."""

    @property
    def highest(self) -> float:
        """The upper end."""

    @property
    def boolean(self) -> bool:
        """Whether each score is one end of the scale or the other: yes or no."""

    @property
    def smaller_is_better(self) -> bool:
        """Whether a cutoff is the most that the mean may be; TensorZero's `optimize = "min"`."""

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """Whether the datapoint has what is needed; asked of every datapoint before the first request."""

    async def score(self, datapoint: Datapoint, answer: Answer) -> float | Rating | Failure:
        """The score, a finite number on the scale. What it raises is counted as an error of this evaluator."""


@runtime_checkable
class Identified(Protocol):
    """An evaluator that says what decides its scores, as all of this package do."""

    @property
    def identity(self) -> Mapping[str, Json]:
        """Its kind and settings, digests of the files that it reads, the identities of those that it asks; no secret.

        A run is gone on with by evaluators of the same identity only.
        """
        ...


class Report(Protocol):
    """Adds up what an evaluator tells beside its scores."""

    def add(self, result: Result) -> None:
        """Count a result."""

    def to_json(self) -> dict[str, Json]:
        """Its part of the summary."""
        ...


@runtime_checkable
class Reporting(Protocol):
    """An evaluator that has more to tell than its scores: a judge."""

    def report(self) -> Report:
        """A new one, for the results of one variant."""
        ...
