"""A worker of a Ray cluster: the process that asks and scores, and what the driver holds of it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Any, NamedTuple

from evaluations.errors import UsageError
from evaluations.evaluators import Evaluator
from evaluations.model import Result
from evaluations.running.notes import Notes
from evaluations.running.run import Ask, Question, answer_and_score
from evaluations.version import installed_version

BATCHES = 4
"""Batches that a worker has at the same time, at most, so that it never waits for the driver."""
_START_SECONDS = 120.0
"""In which a worker must have started; a cluster without room for it would keep the run waiting for ever."""
_END_SECONDS = 15.0
"""In which a worker must have closed what it holds: a cache waits 10 s for another process that writes to it."""


class Crew(NamedTuple):
    """What a worker needs: open targets by variant, and evaluators."""

    asks: Mapping[str, Ask]
    evaluators: Sequence[Evaluator]
    notes: Callable[[], Notes] = Notes
    """What the user should know so far; also asked when all is closed."""


Make = Callable[[int], AbstractAsyncContextManager[Crew]]
"""Makes the crew, in the worker, for so many questions at once. It is pickled, so it should hold specs and settings,
no connections."""


class Worker:
    """An actor, and the one that takes its place when it dies."""

    def __init__(self, ray: Any, make: Make, share: int) -> None:
        self._ray = ray
        self._make = make
        self._share = share
        self._lock = asyncio.Lock()
        self._before, self._latest = Notes(), Notes()  # of those that died, and of the one that lives
        self._runs = False
        self.actor = self._new()
        self.pid = 0

    @property
    def notes(self) -> Notes:
        return self._before + self._latest

    def _new(self) -> Any:
        remote = self._ray.remote(num_cpus=1, scheduling_strategy="SPREAD", max_concurrency=2 * BATCHES)(_Actor)
        return remote.remote(self._make, self._share)

    async def started(self) -> None:
        """Wait until it runs. Raises UsageError where it does not, or runs another version of this package."""
        try:
            version, self.pid = await asyncio.wait_for(self.actor.introduce.remote(), _START_SECONDS)
        except asyncio.TimeoutError:
            do = "use fewer workers, or a cluster with a free CPU for each"
            raise UsageError(f"a worker did not start in {_START_SECONDS:g} s", where="Ray", do=do) from None
        self._runs = True
        here = installed_version()
        if version != here:
            what = f"a worker has version {version or 'unknown'} of this package, and this is {here or 'unknown'}"
            raise UsageError(what, where="Ray", do="install the same version on every machine")

    async def evaluate(self, batch: list[Question]) -> list[Result] | None:
        """The results, or None where it died; then there is a new one."""
        actor = self.actor
        try:
            results: list[Result]
            results, notes = await actor.evaluate.remote(batch)
        except self._ray.exceptions.RayActorError:
            async with self._lock:
                if self.actor is actor:
                    self.actor, self._runs = self._new(), False
                    self._before, self._latest = self.notes, Notes()
                    await self.started()
            return None
        if self.actor is actor:
            self._latest = notes
        return results

    async def end(self) -> None:
        """Give up what it does, and let it close what it holds, if it runs."""
        if self._runs:
            with suppress(asyncio.TimeoutError, self._ray.exceptions.RayError):
                self._latest = await asyncio.wait_for(self.actor.close.remote(), _END_SECONDS)
        self._ray.kill(self.actor)


class _Actor:
    """Asks and scores, in a process of its own."""

    def __init__(self, make: Make, share: int) -> None:
        self._make = make
        self._share = share
        self._stack = AsyncExitStack()
        self._crew: asyncio.Future[Crew] | None = None
        self._under_way = set[asyncio.Future[Any]]()

    async def introduce(self) -> tuple[str | None, int]:
        return installed_version(), os.getpid()

    async def evaluate(self, batch: list[Question]) -> tuple[list[Result], Notes]:
        if self._crew is None:
            self._crew = asyncio.ensure_future(self._stack.enter_async_context(self._make(self._share)))
        crew = await self._crew
        work = asyncio.gather(*(answer_and_score(each, crew.asks[each.variant], crew.evaluators) for each in batch))
        self._under_way.add(work)
        try:
            return list(await work), crew.notes()
        finally:
            self._under_way.discard(work)

    async def close(self) -> Notes:
        under_way = {*self._under_way, *(() if self._crew is None else (self._crew,))}
        for work in under_way:
            work.cancel()  # a crew that is there stays
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._stack.aclose()
        made = self._crew is not None and not self._crew.cancelled() and self._crew.exception() is None
        return self._crew.result().notes() if self._crew is not None and made else Notes()
