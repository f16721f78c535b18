"""Spreads one run over a Ray cluster: the driver reads, adds up and writes; workers ask and score. Needs extra `ray`.

The results are those of a run in one process. A worker that dies loses nothing: what it had not handed back is asked
again by the one that takes its place. Every machine needs this version of the package, the files that targets read,
and the API keys in its environment; nothing of these is sent.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple

from evaluations.errors import EvaluationsError, UsageError
from evaluations.evaluators import Evaluator
from evaluations.model import Result
from evaluations.running.run import Ask, Question, answer_and_score, until_stopped

if TYPE_CHECKING:
    from typing_extensions import Self

_START_SECONDS = 120.0
"""In which a worker must have started; a cluster without room for it would keep the run waiting for ever."""
_DEATHS = 5
"""Deaths of workers without a result between them, after which the run ends: they would die for ever."""
_BATCHES = 4
"""Batches that a worker has at the same time, so that it never waits for the driver."""


class Crew(NamedTuple):
    """What a worker needs: open targets by variant, and evaluators."""

    asks: Mapping[str, Ask]
    evaluators: Sequence[Evaluator]


Make = Callable[[], AbstractAsyncContextManager[Crew]]
"""Makes the crew, in the worker. It is pickled, so it should hold specs and settings, no connections."""


class RayExecutor:
    """Takes the place of `ask_and_score`, with the same promises. A context manager; holds the cluster while open."""

    def __init__(self, make: Make, *, workers: int = 2, address: str | None = None) -> None:
        """`address` is the cluster's; without it that of RAY_ADDRESS, or a cluster on this machine for this run."""
        self._make = make
        self._workers = workers
        self._address = address or os.environ.get("RAY_ADDRESS") or None
        self._deaths = 0
        self._crews: list[_Worker] = []

    @property
    def pids(self) -> list[int]:
        """The processes of the run's workers, on whatever machine they are."""
        return [worker.pid for worker in self._crews]

    def __enter__(self) -> Self:
        """Join the cluster. Raises UsageError where Ray is missing or there is no cluster."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError:
            do = "install model-evaluations[ray], or leave the executor out"
            raise UsageError("Ray is not installed", where="executor ray", do=do) from None
        room = (
            {} if self._address else {"num_cpus": max(self._workers, os.cpu_count() or 1), "include_dashboard": False}
        )
        try:
            self._ray.init(self._address, log_to_driver=False, logging_level="ERROR", **room)
        except (ConnectionError, RuntimeError, ValueError) as error:
            where, do = f"Ray at {self._address or 'this machine'}", "start the cluster, or correct RAY_ADDRESS"
            raise UsageError(f"the cluster can't be joined: {error}", where=where, do=do) from None
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the cluster, or end it if it was for this run only."""
        self._ray.shutdown()

    async def __call__(
        self,
        asked: Iterable[Question],
        _variants: Mapping[str, Ask],
        _evaluators: Sequence[Evaluator],
        on_result: Callable[[Result], None],
        *,
        concurrency: int = 64,
        stop: asyncio.Event | None = None,
    ) -> bool:
        """Ask and score every question, `concurrency` of them at once in all; what `ask_and_score` says of it holds."""
        size = max(1, concurrency // (self._workers * _BATCHES))
        source, self._deaths = iter(asked), 0
        self._crews = [_Worker(self._ray, self._make) for _ in range(self._workers)]
        try:
            await asyncio.gather(*(worker.started() for worker in self._crews))
            loops = [self._work(worker, source, size, on_result) for worker in self._crews for _ in range(_BATCHES)]
            return await until_stopped(loops, stop)
        finally:
            for worker in self._crews:
                worker.end()

    async def _work(
        self, worker: _Worker, source: Iterator[Question], size: int, on_result: Callable[[Result], None]
    ) -> None:
        while batch := list(itertools.islice(source, size)):
            while (results := await worker.evaluate(batch)) is None:
                self._deaths += 1
                if self._deaths > _DEATHS * _BATCHES:
                    what = f"workers died {self._deaths // _BATCHES} times without a result between"
                    raise EvaluationsError(what, where="executor ray", do="look at Ray's logs for the reason: memory?")
            self._deaths = 0
            for result in results:
                on_result(result)


class _Worker:
    """An actor, and the one that takes its place when it dies."""

    def __init__(self, ray: Any, make: Make) -> None:
        self._ray = ray
        self._make = make
        self._lock = asyncio.Lock()
        self.actor = self._new()
        self.pid = 0

    def _new(self) -> Any:
        remote = self._ray.remote(num_cpus=1, scheduling_strategy="SPREAD", max_concurrency=2 * _BATCHES)(_Actor)
        return remote.remote(self._make)

    async def started(self) -> None:
        """Wait until it runs. Raises UsageError where it does not, or runs another version of this package."""
        try:
            version, self.pid = await asyncio.wait_for(self.actor.introduce.remote(), _START_SECONDS)
        except asyncio.TimeoutError:
            do = "use fewer workers, or a cluster with a free CPU for each"
            raise UsageError(f"a worker did not start in {_START_SECONDS:g} s", where="Ray", do=do) from None
        if version != _version():
            what = f"a worker has version {version or 'unknown'} of this package, and this is {_version() or 'unknown'}"
            raise UsageError(what, where="Ray", do="install the same version on every machine")

    async def evaluate(self, batch: list[Question]) -> list[Result] | None:
        """The results, or None where it died; then there is a new one."""
        actor = self.actor
        try:
            results: list[Result] = await actor.evaluate.remote(batch)
        except self._ray.exceptions.RayActorError:
            async with self._lock:
                if self.actor is actor:
                    self.actor = self._new()
                    await self.started()
            return None
        return results

    def end(self) -> None:
        """Give up what it does."""
        self._ray.kill(self.actor)


class _Actor:
    """Asks and scores, in a process of its own."""

    def __init__(self, make: Make) -> None:
        self._make = make
        self._stack = AsyncExitStack()
        self._crew: asyncio.Future[Crew] | None = None

    async def introduce(self) -> tuple[str, int]:
        return _version(), os.getpid()

    async def evaluate(self, batch: list[Question]) -> list[Result]:
        if self._crew is None:
            self._crew = asyncio.ensure_future(self._stack.enter_async_context(self._make()))
        crew = await self._crew
        results = (answer_and_score(each, crew.asks[each.variant], crew.evaluators) for each in batch)
        return list(await asyncio.gather(*results))


def _version() -> str:
    try:
        return metadata.version("model-evaluations")
    except metadata.PackageNotFoundError:
        return ""  # run from its sources
