"""When an endpoint that refused is asked again. Pure; times are seconds of any one clock.

One request tries whether it takes any; the others wait for what comes of that. Retry-After (RFC 9110, 10.2.3) comes in
whole seconds, and many a server says 1 where a token is there after 5 ms. So a few tries come first, and when all were
in vain, it is waited for. A fraction is not rounded: it is believed at once.
"""

from __future__ import annotations

_FIRST, _LONGER, _LONG, _SHARE, _LONGEST = 0.05, 1.5, 1.0, 0.125, 5.0
"""A pause, seconds, and the factor from one to the next while nothing is taken; from so long on it is that share of the
time that has gone by, at most so long."""
_TRIES = 6
"""Before Retry-After is believed, at first."""
_PATIENCE = 0.5
"""Seconds, at most, after which a request that was not refused counts as taken."""


class Pauses:
    """Open, or shut since the last overload began."""

    def __init__(self) -> None:
        self.shut = False
        self.since = 0.0
        """When it shut."""
        self.tries = 0
        """Requests that tried, and were refused, since then."""
        self._opens = 0.0
        self._tried: float | None = None  # when the request was sent that tries now
        self._delay = 0.0  # seconds until a refusal came back

    def opens(self, least: float) -> float:
        """When the next request may be sent, at `least` so many seconds after the one that tries."""
        return self._opens if self._tried is None else self._tried + max(self._patience(), least)

    def refused(self, now: float, sent: float, wait: float | None, *, anew: bool) -> None:
        """Refused, sent at that time; `anew` where an overload begins that has nothing to do with the one before."""
        self._delay = now - sent
        if not self.shut:
            self.shut = True
            if anew:
                self.since, self.tries = now, -1
        self.tries += 1
        self._tried = None
        pause = min(_FIRST * _LONGER**self.tries, max(_LONG, _SHARE * (now - self.since)), _LONGEST)
        if wait is not None:
            pause = wait if self.tries >= _TRIES or wait % 1 else min(wait, pause)
        self._opens = now + pause

    def tried(self, now: float) -> bool:
        """A request is sent while it is shut. True where the one before has been on its way for long enough."""
        if self._tried is not None:
            return True
        self._tried = now
        return False

    def over(self) -> float:
        """It takes requests again. When the one was sent that was taken."""
        at = self._opens if self._tried is None else self._tried
        self.shut, self._tried = False, None
        return at

    def _patience(self) -> float:
        """Refusals are quick, answers need not be."""
        return min(_PATIENCE, 0.01 + 2 * self._delay)
