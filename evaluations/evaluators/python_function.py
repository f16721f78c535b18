"""A Python function as an evaluator."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from evaluations.errors import Complaint
from evaluations.evaluators.scale import Scale, read_score
from evaluations.model import Answer, Datapoint, Failure, Json, Rating
from evaluations.targets.calls import Raised, outcome
from evaluations.targets.sources import function_identity
from evaluations.targets.threads import Threads

Function = Callable[..., Any]
"""Called with the datapoint and the answer."""


class Aside:
    """A thread beside the event loop, for one call at a time. One that takes too long is left behind for a new one."""

    def __init__(self) -> None:
        self._threads = Threads(1)
        self._turn = asyncio.Lock()

    async def call(self, function: Function, datapoint: Datapoint, answer: Answer, timeout: float) -> Any:
        """What it returns or, as Raised, raises. TimeoutError after so many seconds; waiting for its turn is free."""
        async with self._turn:
            called = self._threads.call(lambda given: function(*given), (datapoint, answer))
            try:
                return await asyncio.wait_for(called, timeout)
            except BaseException:  # late, or cancelled: the thread may be busy for long
                self.end()
                self._threads = Threads(1)
                raise

    def end(self) -> None:
        """Let the thread end when it has made its call."""
        self._threads.end()


class PythonFunction(Scale, frozen=True, kw_only=True):
    """What `function(datapoint, answer)` says: a number on the scale, yes or no, or a Rating with one of these.

    An asynchronous function runs in the run's own loop. Any other runs in a thread beside it, one call at a time, so
    that it neither stops the run nor has to be safe for threads.
    """

    kind: ClassVar[str] = "python"
    function: Function
    aside: Aside
    timeout: float
    """Seconds for one call."""
    requires_reference: bool = False
    reference: str | None = None
    """`module:function`, where it was named so."""

    @property
    def identity(self) -> Mapping[str, Json]:
        """The function, and its module's source: another source may give other scores."""
        return {
            "type": self.kind,
            **function_identity(self.function, self.reference),
            "requires_reference": self.requires_reference,
        }

    def check(self, datapoint: Datapoint) -> Complaint | None:
        """A reference, where the settings say that one is required."""
        return self.lacks_reference(datapoint) if self.requires_reference else None

    async def score(self, datapoint: Datapoint, answer: Answer) -> Rating | Failure:
        """What the function returned, or why that is no score; also where it raised or took too long."""
        try:
            if inspect.iscoroutinefunction(self.function):
                score = self.function(datapoint, answer)
            else:
                score = await self.aside.call(self.function, datapoint, answer, self.timeout)
            if inspect.isawaitable(score):
                score = await outcome(score, self.timeout)
        except asyncio.TimeoutError:
            return Failure("evaluator", f"{self.name}: no score within {self.timeout:g} s (timeout)")
        if isinstance(score, Raised):
            return Failure("evaluator", f"{self.name}: {score.error!r}")
        return read_score(self, score)
