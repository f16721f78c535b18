"""Threads for functions that can't wait. They do not keep the program from ending: a function may be stuck for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any

from evaluations.targets.calls import Raised

Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[[Any], Any], Any]


class Threads:
    """At most so many, started when they are needed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._started = 0
        self._busy = 0

    async def call(self, function: Callable[[Any], Any], argument: Any) -> Any:
        """What the function returns or, as Raised, raises. When it is cancelled, the thread is busy until it ends."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        if self._busy == self._started < self._most:
            Thread(target=self._work, name="evaluations", daemon=True).start()
            self._started += 1
        self._busy += 1
        self._jobs.put((loop, future, function, argument))
        return await future

    def end(self) -> None:
        """Let them end when they are done."""
        for _ in range(self._started):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            loop, future, function, argument = job
            try:
                outcome = function(argument)
            except BaseException as error:  # noqa: BLE001, whatever it is, the caller must not go on waiting
                outcome = Raised(error)
            with suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(self._settle, future, outcome)

    def _settle(self, future: asyncio.Future[Any], outcome: Any) -> None:
        self._busy -= 1
        if not future.done():
            future.set_result(outcome)
