"""What is tried again, when, and how often. Pure but for the waiting."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from evaluations.model import Answer, Failure, Refusal
from evaluations.running.rate import Limiter

Seconds = Annotated[float, Meta(ge=0)]


class Retries(Struct, frozen=True):
    """Exponential backoff with full jitter (Brooker, 2015), and bounds on everything."""

    attempts: Annotated[int, Meta(ge=1)] = 5
    """In all, the first included."""
    first: Seconds = 0.5
    """Seconds: the longest wait before the second attempt; doubled each time."""
    longest: Seconds = 30.0
    """Seconds: no wait is longer, and a server that asks for more is given up."""
    refusals: Annotated[int, Meta(ge=0)] = 50
    """For overload, in all. They are no failed attempts: the limiter makes all wait, and this one comes again."""
    longest_refusal: Seconds = 120.0
    """Seconds: an overloaded server that asks for more is given up."""

    def delay(self, attempt: int, asked: float | None, draw: float) -> float | None:
        """Seconds to wait after that attempt (counted from 1), or None to give up; `draw` is random in [0, 1).

        Where the server asks for a time: that, and up to a quarter more, so that clients do not come back together.
        """
        if attempt >= self.attempts or (asked is not None and asked > self.longest):
            return None
        if asked is not None:
            return asked * (1 + draw / 4)
        return draw * min(self.longest, self.first * 2.0 ** (attempt - 1))


async def insist(
    attempt: Callable[[], Awaitable[Answer | Refusal]], retries: Retries, limiter: Limiter
) -> Answer | Failure:
    """Try until there is an answer, a refusal that does not pass, or no attempt left; the result counts attempts.

    Raises NotAskedError where the time for asking is over before.
    """
    errors = refusals = 0
    while True:
        place = await limiter.enter()
        if isinstance(place, Failure):
            return replace(place, attempts=errors + refusals)
        outcome = None
        try:
            outcome = await attempt()
        finally:
            limiter.leave(place, outcome)
        if isinstance(outcome, Answer):
            return replace(outcome, attempts=errors + refusals + 1) if errors or refusals else outcome
        delay: float | None = None
        if outcome.overload:
            refusals += 1
            if refusals < retries.refusals and (outcome.wait or 0.0) <= retries.longest_refusal:
                continue
        else:
            errors += 1
            if outcome.passing:
                delay = retries.delay(errors, outcome.wait, random.random())  # noqa: S311, no secret
        if delay is None:
            return replace(outcome.failure, attempts=errors + refusals)
        await limiter.rest(delay)
