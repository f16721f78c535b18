"""An event loop whose clock jumps to the next timer, and servers that live on it: minutes in milliseconds."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from evaluations.model import Answer, Failure, Refusal
from tests.servers.limits import Takes

_T = TypeVar("_T")


class _Jump(selectors.SelectSelector):
    """Waits by moving the clock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everything waits, and nothing will ever happen")
        self.now += max(timeout, 0.0)
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.now


def simulate(main: Coroutine[Any, Any, _T]) -> _T:
    """Run it to its end on a clock of its own, from 0."""
    loop = _Loop()
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()


class Server:
    """Takes a request or refuses it; counts both."""

    def __init__(
        self, takes: Callable[[float, int], float | None], latency: Callable[[], float], refusing: float = 0.0
    ) -> None:
        """`takes` is asked with the time and how many are being worked on: None to take it, else seconds to wait.

        A number below zero refuses without saying how long. `refusing` is how long that takes, seconds.
        """
        self._takes, self._latency, self._refusing = takes, latency, refusing
        self.working = self.taken = self.refused = 0

    async def attempt(self) -> Answer | Refusal:
        """A round trip of 2 ms, and the latency."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.001)
        wait = self._takes(loop.time(), self.working)
        if wait is not None:
            self.refused += 1
            await asyncio.sleep(self._refusing + 0.001)
            return Refusal(Failure("http_429", "no"), passing=True, wait=None if wait < 0 else wait, overload=True)
        self.taken += 1
        self.working += 1
        await asyncio.sleep(self._latency())
        self.working -= 1
        await asyncio.sleep(0.001)
        return Answer("yes")


def limit(takes: Takes) -> Callable[[float, int], float | None]:
    """Whatever is being worked on."""
    return lambda now, _working: takes(now)


def slots(count: int) -> Callable[[float, int], float | None]:
    """So many at once."""
    return lambda _now, working: -1 if working >= count else None


def steady(seconds: float) -> Callable[[], float]:
    """Always the same latency."""
    return lambda: seconds


def varied(seconds: float) -> Callable[[], float]:
    """Exponential: many are quick, some take long."""
    draw = random.Random(0)
    return lambda: draw.expovariate(1 / seconds)
