"""What a run tells a program: where it is, after each result, and what it found."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from evaluations.model import Result, Usage
from evaluations.verdicts.summary import RunSummary

if TYPE_CHECKING:
    from evaluations.job import UnderWay


class Progress(Struct, frozen=True):
    """Where a run is, after each result."""

    result: Result
    done: int
    """Results that are there, those of an earlier part of the run included."""
    planned: int
    failed: int
    """Of those that are there: how many lack at least one score."""
    usage: Usage
    """Tokens and cost so far, of answers and judges, the cache left out."""
    seconds: float
    """Since this part of the run began to ask."""
    earlier: int = 0
    """Of those that are there: how many an earlier part of the run has left."""

    @property
    def rate(self) -> float:
        """Results a second in this part of the run; 0 before it can be told."""
        return (self.done - self.earlier) / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds until the end at that rate; None before it can be told."""
        return (self.planned - self.done) / self.rate if self.rate else None


class Evaluated(Struct, frozen=True):
    """A run that has ended."""

    summary: RunSummary
    """The verdict, its reasons, and each variant's scores; `to_json` is the command's summary."""
    results: Sequence[Result]
    """Those that were counted, in that order: as they came, or under a sequential gate as they were asked. Those of an
    earlier part of the run lack metadata, which is in no run's folder. Empty with `keep=False`, so that memory does not
    grow."""
    seconds: float
    """Of this part of the run."""
    notes: tuple[str, ...] = ()
    """What is no result and should be known, such as a cache that could not be written."""


class Watcher:
    """Collects results, and tells a caller of each."""

    def __init__(self, under_way: UnderWay, on_progress: Callable[[Progress], None] | None, *, keep: bool) -> None:
        self._under_way = under_way
        self._on_progress = on_progress
        self._keep = keep
        self._earlier = 0
        self.results: list[Result] = []

    def earlier(self, result: Result) -> None:
        """A result that was read back."""
        self._earlier += 1
        if self._keep:
            self.results.append(result)

    def take(self, result: Result) -> None:
        """A new result, which the evaluation has counted."""
        if self._keep:
            self.results.append(result)
        if self._on_progress is not None:
            known, seconds = self._under_way.evaluation, time.monotonic() - self._under_way.started
            self._on_progress(
                Progress(result, known.done, known.planned, known.failed, known.usage, seconds, self._earlier)
            )
