"""How fast an endpoint may be asked: learned from what it refuses. Pure; times are seconds of any one clock.

Nothing is held back before the first refusal. From then on one of two bounds holds, whichever explains the refusals: a
window, where the server has so many slots (`Slots`), and else a rate, requests per second.

After each overload the rate follows from what was taken since the one before, as BBR measures a link (Cardwell and
others, 2016). Over the whole time that is the least that the server allows, since what it saves up while nothing comes
is bounded; over the time in which it was asked it is the most. Where the server was shut for long (a window of time
was used up), the first is the truth; else the geometric mean of both, which the next overload corrects. While nothing
is refused the rate rises: half the way to where it was refused the last time, as in BIC (Xu, Harfoush and Rhee, 2004),
and in growing steps from there on. Where refusals turn out to come at random (`Chance`), it rises as well.

Schemes that look at latency (TCP Vegas, and Gradient2 of Netflix's concurrency-limits) are not used: how long a model
takes depends on what it says.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from msgspec import Struct

from evaluations.running.chance import Chance
from evaluations.running.pauses import Pauses
from evaluations.running.slots import Slots

_LEAST_STEP, _LARGEST_STEP, _LARGER = 0.02, 0.5, 1.5
"""Growth of the rate in one interval beyond what was refused: at first and at most, and from one to the next."""
_NEAR = 1.1
"""Within this factor of what was refused, steps are small and rare."""
_QUICK, _SLOW = 0.1, 0.5
"""Seconds between steps: far from what was refused, and near it."""
_REST = 1.0
"""Seconds without a step after an overload, at most; else twice as long as it lasted."""
_FALL = 0.97
"""After an overload the rate is lower, at least by this factor."""
_FEW, _FEW_FALL = 10, 0.7
"""So few that were taken prove little: the rate falls by this factor at most."""
_RISE = 4.0
"""The factor by which it rises instead, where refusals have nothing to do with it."""
_SHORTEST = 0.001
"""Seconds in which something was taken, at least."""
_LATE = 0.01
"""Seconds by which timers and a busy event loop may be late, and which are made up for."""


class _Cycle(Struct):
    """From the end of one overload to the end of the next."""

    began: float = math.nan
    sent: int = 0
    refused: int = 0

    @property
    def taken(self) -> int:
        return self.sent - self.refused


class Sent(NamedTuple):
    """A request on its way."""

    time: float
    level: int
    """How many were in flight, this one included."""
    cycle: _Cycle


class Pace:
    """What one endpoint takes. Tell it of each request that is sent, and how it came back."""

    def __init__(self, most: int) -> None:
        """`most` requests in flight, whatever the endpoint would take."""
        self.rate = math.inf
        """Requests per second."""
        self._slots, self._pauses, self._chance = Slots(most), Pauses(), Chance()
        self._last, self._cycle = _Cycle(), _Cycle()
        self._next = 0.0  # when the rate lets the next one go
        self._ceiling = math.inf  # the rate at which the last overload began
        self._step, self._grows = _LEAST_STEP, 0.0

    @property
    def window(self) -> int:
        """The most requests in flight."""
        return self._slots.window

    def opens(self) -> float:
        """When the next request may be sent, as far as it is known: now or earlier for at once."""
        # The one that tries may have been the last for which there was room: the next one keeps its distance.
        return max(self._pauses.opens(1.5 / self.rate), self._next)

    def send(self, now: float, in_flight: int) -> Sent:
        """A request is sent; `in_flight` counts it."""
        cycle = self._cycle
        if not cycle.sent:
            cycle.began = self._next = now
        if self._pauses.shut and self._pauses.tried(now):
            self._open(now)
        cycle.sent += 1
        if self.rate < math.inf:
            self._grow(now)
            self._next = max(self._next, now - max(1 / self.rate, _LATE)) + 1 / self.rate
        return Sent(now, in_flight, cycle)

    def taken(self, now: float, sent: Sent) -> None:
        """It came back with anything but a refusal for overload."""
        if sent.cycle is self._cycle and self._pauses.shut:
            self._open(now)
        if not self._slots.taken(now, sent.level):
            self._measure(now)

    def refused(self, now: float, sent: Sent, wait: float | None) -> None:
        """It was refused for overload; `wait` is Retry-After, seconds."""
        sent.cycle.refused += 1
        if sent.cycle is not self._cycle:  # sent before the pause that is on: the same overload
            return
        anew = self._cycle.taken > 0
        self._pauses.refused(now, sent.time, wait, anew=anew)
        if anew:
            if not self._slots.overload(sent.level):
                self._measure(now)
            self._last = self._cycle
        self._cycle = _Cycle()

    def _open(self, now: float) -> None:
        """The overload is over. All that was sent before it has come back by now, and can be added up."""
        opened, tries = self._pauses.over(), self._pauses.tries
        shut = opened - self._pauses.since
        self._slots.over(now, shut)
        if self._slots.bound:
            self.rate, self._next = math.inf, 0.0
            return
        took, asked = max(self._last.taken, 1), max(self._pauses.since - self._last.began, _SHORTEST)
        least, before = took / (asked + shut), self.rate
        self._ceiling = before if before < math.inf else took / asked
        if tries > 1:
            self.rate = self._ceiling = min(least, _FALL * before)
        else:
            self.rate = min(math.sqrt(least * min(before, took / asked)), _FALL * before)
        if took < _FEW and before < math.inf:
            self.rate = max(self.rate, _FEW_FALL * before)
            self._chance.overload(before, took)
            if self._chance.explains(before):
                self.rate = self._ceiling = _RISE * before
        self._step, self._next = _LEAST_STEP, max(now, opened + 1 / self.rate)
        self._grows = now + max(_QUICK, min(2 * shut, _REST), 4 / self.rate)

    def _measure(self, now: float) -> None:
        """A rate in place of a window."""
        self.rate = max(self._cycle.taken, 1) / max(now - self._cycle.began, _QUICK)

    def _grow(self, now: float) -> None:
        kept_waiting = now - self._next < 1 / self.rate + _LATE
        if now < self._grows or not kept_waiting:
            return
        if self.rate * _NEAR < self._ceiling:
            self.rate = math.sqrt(self.rate * self._ceiling)
            self._grows = now + max(_QUICK, 4 / self.rate)
            return
        self.rate *= 1 + self._step
        self._step = min(_LARGEST_STEP, self._step * _LARGER)
        self._grows = now + max(_SLOW, 10 / self.rate)
