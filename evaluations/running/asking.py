"""Puts questions to one target: what every request gets, whatever kind of target it goes to."""

from __future__ import annotations

import asyncio
import json
import math
from typing import TYPE_CHECKING

from evaluations.errors import Complaint
from evaluations.model import Answer, Datapoint, Failure
from evaluations.running.rate import Limiter
from evaluations.running.retries import Retries, insist
from evaluations.targets import Target
from evaluations.targets.sources import UNKNOWN

if TYPE_CHECKING:
    from evaluations.running.cache import Cache, Key

_TURN = 64
"""Answers out of the cache after which other tasks get a turn: a signal, the progress."""


class Asker:
    """An open target with its limiter, retries and cache; variants and judges are asked through one of these each."""

    def __init__(
        self,
        target: Target,
        retries: Retries | None = None,
        *,
        limiter: Limiter | None = None,
        cache: Cache | None = None,
    ) -> None:
        """`limiter` is shared with the other targets of the same endpoint (`Limiters`)."""
        self.target = target
        self._retries = retries or Retries()
        self._limiter = limiter or Limiter()
        self._cache = cache
        self._key = None if cache is None else _keys(cache, target)
        self._hits = 0
        self.not_asked = 0
        """Questions that failed without a request, since the endpoint had been given up."""

    async def ask(self, datapoint: Datapoint, repeat: int = 0) -> Answer | Failure:
        """The answer, or why there is none."""
        target, cache = self.target, self._cache
        request = target.prepare(datapoint)
        if isinstance(request, Complaint):
            return Failure("input", f"{request.what}: {request.do}")
        if cache is None or self._key is None:
            return await self._insist(request)
        key = self._key(request, repeat)
        found = cache.get(key) or await cache.coming(key)
        if found is not None:
            self._hits += 1
            if not self._hits % _TURN:
                await asyncio.sleep(0)
            return found
        with cache.asking(key):
            outcome = await self._insist(request)
            if isinstance(outcome, Answer):
                cache.put(key, outcome)
        return outcome

    async def _insist(self, request: bytes) -> Answer | Failure:
        outcome = await insist(lambda: self.target.attempt(request), self._retries, self._limiter)
        if isinstance(outcome, Failure) and not outcome.attempts:
            self.not_asked += 1
        return outcome


def _keys(cache: Cache, target: Target) -> Key | None:
    """None where the target's code can't be told from other code: its answers are not kept."""
    identity = target.identity
    return None if UNKNOWN in identity.values() else cache.keys(identity)


class Limiters:
    """One limiter for each endpoint: variants and judges behind one address share what it takes."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._limiters: dict[str, Limiter] = {}

    def of(self, target: Target) -> Limiter:
        """The limiter of its endpoint: its `url`, or where it has none its whole identity."""
        identity = target.identity
        endpoint = json.dumps(identity.get("url", dict(identity)), sort_keys=True)
        return self._limiters.setdefault(endpoint, Limiter(self._most))

    def end_at(self, when: float) -> asyncio.TimerHandle:
        """Send nothing more from then on, in the running loop's time; the timer is to be cancelled after the run."""
        for limiter in self._limiters.values():
            limiter.ends = when
        return asyncio.get_running_loop().call_at(when, self._end)

    def _end(self) -> None:
        for limiter in self._limiters.values():
            limiter.end()

    @property
    def sent(self) -> float:
        """When the last request was sent, in the loop's time; minus infinity where none was from this process."""
        return max((limiter.sent for limiter in self._limiters.values()), default=-math.inf)
