"""An interval for a quantity that is not known."""

from __future__ import annotations

from typing import NamedTuple

CONFIDENCE = 0.95
"""Of every interval, unless something else is asked for."""


class Interval(NamedTuple):
    """Both ends belong to it."""

    low: float
    high: float

    def scaled(self, lowest: float, highest: float) -> Interval:
        """From the scale 0 to 1 to another one."""
        return Interval(lowest + self.low * (highest - lowest), lowest + self.high * (highest - lowest))
