"""An event loop whose clock jumps to the next timer, and servers that live on it: minutes in milliseconds."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from evaluations.model import Answer, Failure, Refusal

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

    def __init__(self, takes: Callable[[float, int], float | None], latency: Callable[[], float]) -> None:
        """`takes` is asked with the time and how many are being worked on: None to take it, else seconds to wait.

        A number below zero refuses without saying how long.
        """
        self._takes, self._latency = takes, latency
        self.working = self.taken = self.refused = 0

    async def attempt(self) -> Answer | Refusal:
        """A round trip of 2 ms, and the latency where it is taken."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.001)
        wait = self._takes(loop.time(), self.working)
        if wait is not None:
            self.refused += 1
            await asyncio.sleep(0.001)
            return Refusal(Failure("http_429", "no"), passing=True, wait=None if wait < 0 else wait, overload=True)
        self.taken += 1
        self.working += 1
        await asyncio.sleep(self._latency())
        self.working -= 1
        await asyncio.sleep(0.001)
        return Answer("yes")


def token_bucket(rate: float, burst: float, wait: float = -1) -> Callable[[float, int], float | None]:
    """So many a second, after a burst."""
    tokens, last = burst, 0.0

    def takes(now: float, _working: int) -> float | None:
        nonlocal tokens, last
        tokens, last = min(burst, tokens + (now - last) * rate), now
        if tokens < 1:
            return wait
        tokens -= 1
        return None

    return takes


def fixed_window(count: int, seconds: float, *, says: bool) -> Callable[[float, int], float | None]:
    """So many in each span of time; Retry-After is the rest of it."""
    used, number = 0, 0

    def takes(now: float, _working: int) -> float | None:
        nonlocal used, number
        if int(now // seconds) != number:
            used, number = 0, int(now // seconds)
        if used >= count:
            return seconds - now % seconds if says else -1
        used += 1
        return None

    return takes


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
