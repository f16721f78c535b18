"""How many requests an endpoint takes at once, where that is what it bounds. Pure; times are seconds of any one clock.

A server of so many slots refuses whatever comes while all are busy, however slowly it comes. It shows in overloads that
begin, several times in a row, at more requests in flight than were ever taken. The window that follows from it grows
again in steps, and is given up for a rate where it turns out to be untrue.
"""

from __future__ import annotations

_EVIDENCE = 3
"""Overloads in a row that look like slots, before there is a window; doubled each time that it was wrong."""
_REST, _LONGEST_REST = 1.0, 30.0
"""Seconds between attempts at a wider window: at first, and at most; doubled each time that one fails."""


class Slots:
    """The window: the most requests in flight."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.window = most
        self._edge = most  # the number in flight at which the last overload began
        self._highest, self._highest_before = 0, 0  # in flight when one was taken: since the last overload, before it
        self._like, self._needed, self._unlike = 0, _EVIDENCE, 0
        self._step, self._rest, self._grows = 1, _REST, 0.0

    @property
    def bound(self) -> bool:
        """Whether a window holds, in place of a rate."""
        return self.window < self._most

    def taken(self, now: float, level: int) -> bool:
        """A request was taken, sent as the `level`-th in flight. False where it was not slots after all."""
        self._highest = max(self._highest, level)
        if level >= self._edge:
            self._like = 0
        if not self.bound:
            return True
        if level > self.window:
            self._unlike += 1
            return self._unlike <= self.window + _EVIDENCE or self._give_up()
        if level == self.window and now >= self._grows:
            self.window = min(self._most, self.window + self._step)
            self._grows = now + _REST
            if self._step > 1:
                self._rest = _REST
            self._step *= 2
        return True

    def overload(self, level: int) -> bool:
        """An overload begins with the `level`-th request in flight. False where it was not slots after all."""
        highest = max(self._highest, self._highest_before, 1)
        answered = self._highest > 0
        self._highest_before, self._highest = self._highest, 0
        if not self.bound:
            same = level <= self._edge + max(1, self._edge // 10)
            self._edge = level
            if answered or not same or level <= highest:
                self._like = (self._like + 1 if same else 1) if level > highest else 0
            if self._like >= self._needed:
                self.window, self._unlike = level - 1, 0
            return True
        if level <= self.window:
            self.window, self._step, self._unlike = max(1, level - 1), 1, 0
            self._rest = min(_LONGEST_REST, 2 * self._rest)
            return level > 1 or self._give_up()
        return True

    def over(self, now: float, shut: float) -> None:
        """The overload is over, after so many seconds."""
        self._grows = now + max(10 * shut, self._rest)

    def _give_up(self) -> bool:
        self.window, self._like, self._needed = self._most, 0, 2 * self._needed
        return False
