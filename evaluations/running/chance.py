"""Whether refusals have anything to do with how fast an endpoint is asked. Pure.

A model that others use too may refuse a part of everything, however slowly it is asked. Whoever takes that for a limit
asks ever more slowly, for nothing. It shows in overloads that came just as often at several times the rate.
"""

from __future__ import annotations

from collections import deque

_KEPT = 60
"""Overloads that are remembered."""
_PROOF = 4
"""Overloads, at least, on either side of the comparison."""
_NEAR, _FAR = 2.0, 4.0
"""Up to the first factor of a rate is the same, from the second on it is another one."""
_ALIKE = 1.25
"""Shares of refusals are alike up to this factor."""


class Chance:
    """What was taken before each of the last overloads, at which rate."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque(maxlen=_KEPT)

    def overload(self, rate: float, taken: int) -> None:
        """One began at that rate, requests per second, after so many that were taken since the one before."""
        self._seen.append((rate, taken))

    def explains(self, rate: float) -> bool:
        """Whether refusals are no rarer at this rate than at far higher ones."""
        near = [taken for at, taken in self._seen if at <= _NEAR * rate]
        far = [taken for at, taken in self._seen if at >= _FAR * rate]
        return min(len(near), len(far)) >= _PROOF and _share(far) <= _ALIKE * _share(near)


def _share(taken: list[int]) -> float:
    return len(taken) / (len(taken) + sum(taken))
