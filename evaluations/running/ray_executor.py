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
from typing import TYPE_CHECKING, Any

from evaluations.errors import EvaluationsError, UsageError
from evaluations.evaluators import Evaluator
from evaluations.model import Result
from evaluations.running.notes import Notes
from evaluations.running.ray_worker import BATCHES, Make, Worker
from evaluations.running.run import Ask, Question, until_stopped

if TYPE_CHECKING:
    from typing_extensions import Self

_WORKERS = 2
_DEATHS = 5
"""Deaths of workers without a result between them, after which the run ends: they would die for ever."""


class RayExecutor:
    """Takes the place of `ask_and_score`, with the same promises. A context manager; holds the cluster while open."""

    def __init__(self, make: Make, *, workers: int | None = None, address: str | None = None) -> None:
        """`workers` are two by default, as the help says.

        `address` is the cluster's; without it that of RAY_ADDRESS, or a cluster on this machine for this run. Where
        the program has joined one already, it is that one.
        """
        self._make = make
        self._workers = _WORKERS if workers is None else workers
        self._address = address or os.environ.get("RAY_ADDRESS") or None
        self._deaths = 0
        self._batches = BATCHES
        self._crews: list[Worker] = []

    @property
    def notes(self) -> Notes:
        """Those of all workers, also of those that died, as far as they had come."""
        return sum((worker.notes for worker in self._crews), Notes())

    @property
    def pids(self) -> list[int]:
        """The processes of the run's workers, on whatever machine they are."""
        return [worker.pid for worker in self._crews]

    def __enter__(self) -> Self:
        """Join the cluster, unless the program has. Raises UsageError where Ray is missing or there is no cluster."""
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError:
            do = "install model-evaluations[ray], or leave the executor out"
            raise UsageError("Ray is not installed", where="executor ray", do=do) from None
        self._joins = not self._ray.is_initialized()
        if not self._joins:
            return self
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
        """Leave the cluster, or end it if it was for this run only; what the program joined stays joined."""
        if self._joins:
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
        """Ask and score every question, `concurrency` of them at once in all; what `ask_and_score` says of it holds.

        Each worker has its share of them, and one at least.
        """
        share = max(1, concurrency // self._workers)
        self._batches = min(BATCHES, share)
        size = share // self._batches
        source, self._deaths = iter(asked), 0
        self._crews = [Worker(self._ray, self._make, share) for _ in range(self._workers)]
        try:
            await asyncio.gather(*(worker.started() for worker in self._crews))
            each = range(self._batches)
            loops = [self._work(worker, source, size, on_result) for worker in self._crews for _ in each]
            return await until_stopped(loops, stop)
        finally:
            await asyncio.gather(*(worker.end() for worker in self._crews))

    async def _work(
        self, worker: Worker, source: Iterator[Question], size: int, on_result: Callable[[Result], None]
    ) -> None:
        while batch := list(itertools.islice(source, size)):
            while (results := await worker.evaluate(batch)) is None:
                self._deaths += 1
                if self._deaths > _DEATHS * self._batches:
                    what = f"workers died {self._deaths // self._batches} times without a result between"
                    raise EvaluationsError(what, where="executor ray", do="look at Ray's logs for the reason: memory?")
            self._deaths = 0
            for result in results:
                on_result(result)
