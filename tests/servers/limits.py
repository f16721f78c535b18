"""What a server allows: each of these says of a request at a time whether it is taken, or how long to wait.

Times are seconds of any one clock, from 0. None is to take it; a number is what Retry-After says; a number below zero
refuses without saying how long.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable

Takes = Callable[[float], float | None]
Says = Callable[[float], float]
"""What Retry-After says, from the seconds that there would really be to wait."""


def nothing(_seconds: float) -> float:
    """No Retry-After."""
    return -1.0


def exactly(seconds: float) -> float:
    """The truth, as a number with a fraction."""
    return seconds


def whole_seconds(seconds: float) -> float:
    """As RFC 9110 has it: rounded up."""
    return float(max(1, math.ceil(seconds)))


def always(seconds: float) -> Says:
    """The same, whatever is true."""
    return lambda _seconds: seconds


def token_bucket(rate: float, burst: float, says: Says = nothing) -> Takes:
    """So many a second, after a burst."""
    tokens, last = burst, 0.0

    def takes(now: float) -> float | None:
        nonlocal tokens, last
        tokens, last = min(burst, tokens + (now - last) * rate), now
        if tokens < 1 - 1e-9:
            return says((1 - tokens) / rate)
        tokens -= 1
        return None

    return takes


def fixed_window(count: int, seconds: float, says: Says = nothing) -> Takes:
    """So many in each span of time. The first has begun a third of it ago."""
    used, number = 0, 0

    def takes(now: float) -> float | None:
        nonlocal used, number
        now += seconds / 3
        if int(now // seconds) != number:
            used, number = 0, int(now // seconds)
        if used >= count:
            return says(seconds - now % seconds)
        used += 1
        return None

    return takes


def sliding_window(count: int, seconds: float, says: Says = nothing) -> Takes:
    """So many in any span of time: a log of those that were taken."""
    log: deque[float] = deque()

    def takes(now: float) -> float | None:
        while log and log[0] <= now - seconds:
            log.popleft()
        if len(log) >= count:
            return says(log[0] + seconds - now)
        log.append(now)
        return None

    return takes


def two_windows(count: int, seconds: float, says: Says = nothing) -> Takes:
    """A sliding window as proxies estimate it: from the counts of this window and of the one before."""
    used, before, number = 0, 0, 0

    def takes(now: float) -> float | None:
        nonlocal used, before, number
        current = int(now // seconds)
        if current != number:
            before, used, number = used if current == number + 1 else 0, 0, current
        if before * (1 - now % seconds / seconds) + used >= count:
            opens = (1 - (count - used) / before) * seconds if used < count else seconds
            return says(max(opens - now % seconds, 0.0) + 0.001)
        used += 1
        return None

    return takes
