"""How fast an endpoint may be asked: learned from what it refuses. Pure; times are seconds of any one clock.

Nothing is held back before the first refusal. From then on one of two bounds holds, whichever explains the refusals:

- **a rate**, requests per second (a token bucket, or so many a minute). It falls to what the endpoint took in the cycle
  that ends with a refusal, as BBR measures a link (Cardwell and others, 2016), but at most to 0.85 of itself unless the
  endpoint was shut for most of the cycle; and it rises in steps while nothing is refused, as in AIMD (Chiu and Jain,
  1989). That the bound begins with the first refusal is from the adaptive retries of the AWS SDKs.
- **a window**, the most requests in flight (a server of so many slots): where several overloads in a row began at more
  requests in flight than were ever taken. Given up for a rate again where that turns out to be untrue.

After a refusal nothing is sent for Retry-After, or for a pause that grows while everything is refused, and no step up
is taken for ten times as long, so that pauses cost about a tenth at most. Schemes that look at latency (TCP Vegas, and
Gradient2 of Netflix's concurrency-limits) are not used: how long a model takes depends on what it says.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

_FIRST_PAUSE, _LONGEST_PAUSE, _LONGER = 0.05, 5.0, 1.5
"""Seconds, and the factor from one pause to the next while nothing is taken."""
_PROBE = 0.5
"""Seconds after which a request that was not refused counts as taken: refusals are quick, answers need not be."""
_SHUT_FACTOR, _LEAST_FACTOR, _MOST_FACTOR = 0.7, 0.85, 0.95
_STEP, _LEAST_STEP, _LARGEST_STEP = 0.5, 0.02, 0.5
"""Growth of the rate in one interval: at first, at the least and at most."""
_INTERVAL = 0.5
_LONGEST_REST = 30.0
"""Seconds between attempts at a wider window; from `_INTERVAL` on doubled each time that one fails."""
_LATE = 0.01
"""Seconds by which timers and a busy event loop may be late, and which are made up for."""
_EVIDENCE = 3
"""Overloads in a row that look like slots, before a window takes the place of the rate; doubled when it was wrong."""


@dataclass
class _Cycle:
    """From one overload to the next, the pause at its beginning included."""

    began: float
    sent: int = 0
    refused: int = 0
    shut: float = 0.0
    """Seconds of pauses."""
    told: bool = False
    """Whether the endpoint said how long to wait. Many say a whole second where a part of it would do."""
    highest: int = 0
    """The most in flight at which one was taken."""


class Sent(NamedTuple):
    """A request on its way."""

    time: float
    level: int
    """How many were in flight, this one included."""
    cycle: _Cycle


class Pace:
    """What one endpoint takes. Tell it of each request that is sent, and how it came back."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.window = most
        """The most requests in flight."""
        self.rate = math.inf
        """Requests per second."""
        self._next = 0.0  # when the rate lets the next one go
        self._opens = 0.0  # nothing is sent before
        self._pause = _FIRST_PAUSE
        self._probe = -math.inf  # when the one request was sent that tries whether the endpoint takes any
        self._last, self._cycle = _Cycle(0.0), _Cycle(math.nan)
        self._step, self._window_step, self._window_rest = _STEP, 1, _INTERVAL
        self._grows = 0.0  # no step up before
        self._edge = most  # the number in flight at which the last overload began
        self._like_slots, self._needed, self._unlike_slots = 0, _EVIDENCE, 0

    def opens(self) -> float:
        """When the next request may be sent, as far as it is known: now or earlier for at once."""
        return max(self._opens, self._next, self._probe + _PROBE)

    def send(self, now: float, in_flight: int) -> Sent:
        """A request is sent; `in_flight` counts it."""
        cycle = self._cycle
        if not cycle.sent:
            self._start(now)
            self._next = now
        cycle.sent += 1
        if self._pause > _FIRST_PAUSE and cycle.sent == cycle.refused + 1:
            self._probe = now
        if self.rate < math.inf:
            self._grow(now)
            self._next = max(self._next, now - max(1 / self.rate, _LATE)) + 1 / self.rate
        return Sent(now, in_flight, cycle)

    def taken(self, now: float, sent: Sent) -> None:
        """It came back with anything but a refusal for overload."""
        sent.cycle.highest = max(sent.cycle.highest, sent.level)
        if sent.cycle is self._cycle:
            self._probe = -math.inf
        if sent.level >= self._edge:
            self._like_slots = 0
        if sent.level > self.window:
            self._unlike_slots += 1
            if self._unlike_slots > self.window + _EVIDENCE:
                self._keep_rate(now)
        elif self.rate == math.inf and sent.level == self.window < self._most and now >= self._grows:
            self.window = min(self._most, self.window + self._window_step)
            self._grows = now + 2 * _INTERVAL
            if self._window_step > 1:
                self._window_rest = _INTERVAL
            self._window_step *= 2

    def refused(self, now: float, sent: Sent, wait: float | None) -> None:
        """It was refused for overload; `wait` is Retry-After, seconds."""
        sent.cycle.refused += 1
        if sent.time < self._opens:  # sent before the pause that is on: the same overload
            self._opens = max(self._opens, now + (wait or 0.0))
            return
        if self._cycle.sent > self._cycle.refused:
            self._judge(now, sent.level)
            self._last, self._cycle = self._cycle, _Cycle(now)
            self._pause = _FIRST_PAUSE
        else:
            self._pause = min(_LONGEST_PAUSE, self._pause * _LONGER)
        pause = self._pause if wait is None else wait
        self._opens, self._probe = now + pause, -math.inf
        self._cycle.shut += pause
        self._cycle.told = self._cycle.told or wait is not None

    def _start(self, now: float) -> None:
        """The first request of a cycle: the one before has come back by now, and can be added up."""
        if math.isnan(self._cycle.began):
            self._cycle.began = now
            return
        last, span = self._last, max(self._cycle.began - self._last.began, _FIRST_PAUSE)
        self._grows = now + 10 * self._cycle.shut
        if self.window < self._most:
            self._grows = max(self._grows, now + self._window_rest)
            return
        mostly_shut = last.shut > span / 2
        if self.rate == math.inf:
            self.rate = _took(last, span)
        elif not mostly_shut:
            took = _took(last, span - last.shut)
            self.rate = min(max(took, _LEAST_FACTOR * self.rate), _MOST_FACTOR * self.rate)
        elif last.told:
            self.rate *= _SHUT_FACTOR
        else:
            self.rate, self._grows = _took(last, span), now + _INTERVAL
        self._step = max(_LEAST_STEP, self._step / 2)

    def _judge(self, now: float, level: int) -> None:
        """Whether the overload that begins now is one of slots."""
        if self.window < self._most:
            if level <= self.window:
                self.window, self._window_step, self._unlike_slots = max(1, level - 1), 1, 0
                self._window_rest = min(_LONGEST_REST, 2 * self._window_rest)
                if level == 1:
                    self._keep_rate(now)
            return
        self._edge = level
        self._like_slots = self._like_slots + 1 if level > max(self._last.highest, self._cycle.highest, 1) else 0
        if self._like_slots >= self._needed:
            self.window, self.rate, self._next, self._unlike_slots = level - 1, math.inf, 0.0, 0

    def _keep_rate(self, now: float) -> None:
        """It was not slots after all."""
        self.window, self._like_slots, self._needed = self._most, 0, 2 * self._needed
        self.rate = _took(self._cycle, max(now - self._cycle.began, _FIRST_PAUSE))

    def _grow(self, now: float) -> None:
        kept_waiting = now - self._next < 1 / self.rate + _LATE
        if now >= self._grows and kept_waiting:
            self.rate *= 1 + self._step
            self._step = min(_LARGEST_STEP, self._step * 1.25)
            self._grows = now + max(_INTERVAL, 10 / self.rate)


def _took(cycle: _Cycle, seconds: float) -> float:
    return max(cycle.sent - cycle.refused, 1) / seconds
