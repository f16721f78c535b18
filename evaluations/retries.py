"""What is tried again, when, and how often. Pure but for the waiting."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from evaluations.model import Answer, Failure


@dataclass(frozen=True)
class Refusal:
    """An attempt that brought no answer."""

    failure: Failure
    passing: bool
    """Whether the same request may succeed later."""
    wait: float | None = None
    """Seconds that the server asks for (Retry-After), or None where it does not say."""


@dataclass(frozen=True)
class Retries:
    """Exponential backoff with full jitter (Brooker, 2015), and bounds on everything."""

    attempts: int = 5
    """In all, the first included."""
    first: float = 0.5
    """Seconds: the longest wait before the second attempt; doubled each time."""
    longest: float = 30.0
    """Seconds: no wait is longer, and a server that asks for more is given up."""

    def delay(self, attempt: int, asked: float | None, draw: float) -> float | None:
        """Seconds to wait after that attempt (counted from 1), or None to give up; `draw` is random in [0, 1).

        Where the server asks for a time: that, and up to a quarter more, so that clients do not come back together.
        """
        if attempt >= self.attempts or (asked is not None and asked > self.longest):
            return None
        if asked is not None:
            return asked * (1 + draw / 4)
        return draw * min(self.longest, self.first * 2.0 ** (attempt - 1))


def seconds_asked(value: str | None, now: datetime) -> float | None:
    """What a Retry-After header asks for (RFC 9110, 10.2.3: seconds or a date); None where it says nothing usable."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        seconds = (date.replace(tzinfo=date.tzinfo or timezone.utc) - now).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


async def insist(attempt: Callable[[], Awaitable[Answer | Refusal]], retries: Retries) -> Answer | Failure:
    """Try until there is an answer, a refusal that does not pass, or no attempt left; the result counts attempts."""
    number = 1
    while True:
        outcome = await attempt()
        if isinstance(outcome, Answer):
            return outcome if number == 1 else replace(outcome, attempts=number)
        delay = retries.delay(number, outcome.wait, random.random()) if outcome.passing else None  # noqa: S311, no secret
        if delay is None:
            return replace(outcome.failure, attempts=number)
        await asyncio.sleep(delay)
        number += 1
