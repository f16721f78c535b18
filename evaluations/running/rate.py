"""The limiter that all requests to one endpoint share: so many in flight, no faster than the endpoint takes them."""

from __future__ import annotations

import asyncio
import math
from collections import deque

from evaluations.model import Answer, Failure, Refusal
from evaluations.running.breaker import Breaker
from evaluations.running.pace import Pace, Sent


class NotAskedError(BaseException):
    """The time for asking is over: the question is not asked, or not again.

    No Exception, since it is nobody's failure: like a cancellation, it goes through targets and evaluators to the run.
    """


class Limiter:
    """Lets requests go, first come first served. Use it in one event loop only.

    Before the first refusal it only counts. A request that waits costs one future, whatever the rate.
    """

    def __init__(self, most: int = 64, breaker: Breaker | None = None) -> None:
        """`most` requests in flight, whatever the endpoint would take."""
        self.pace = Pace(most)
        self.breaker = breaker or Breaker()
        self.in_flight = 0
        self.ends = math.inf
        """When nothing more is sent, in the loop's time."""
        self.sent = -math.inf
        """When the last request was sent."""
        self._waiting: deque[asyncio.Future[Sent | Failure | None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    async def enter(self) -> Sent | Failure:
        """Wait for this request's turn. Failure where the endpoint has been given up.

        Raises NotAskedError where the time for asking is over before that.
        """
        loop, pace = asyncio.get_running_loop(), self.pace
        now = loop.time()
        if now >= self.ends:
            raise NotAskedError
        if self.breaker.failure is not None:
            return self.breaker.failure
        if not self._waiting and self.in_flight < pace.window and pace.opens() <= now:
            return self._send(now)
        turn: asyncio.Future[Sent | Failure | None] = loop.create_future()
        self._waiting.append(turn)
        self._let_go()
        try:
            place = await turn
        except asyncio.CancelledError:
            sent = None if turn.cancelled() else turn.result()
            if isinstance(sent, Sent):
                self.leave(sent, None)  # its turn came at the same moment
            raise
        if place is None:
            raise NotAskedError
        return place

    async def rest(self, seconds: float) -> None:
        """Wait before the same is asked again. Raises NotAskedError, at once, where that would be too late."""
        if asyncio.get_running_loop().time() + seconds >= self.ends:
            raise NotAskedError
        await asyncio.sleep(seconds)

    def end(self) -> None:
        """It is time: what waits for its turn is not asked."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)

    def leave(self, sent: Sent, outcome: Answer | Refusal | None) -> None:
        """The request came back with that; None where it was given up on this side."""
        now = asyncio.get_running_loop().time()
        self.in_flight -= 1
        if isinstance(outcome, Refusal) and outcome.overload:
            self.pace.refused(now, sent, outcome.wait)
            self.breaker.failed(now, outcome.failure, self.in_flight, overload=True)
        elif outcome is not None:
            self.pace.taken(now, sent)
            if isinstance(outcome, Refusal) and (outcome.passing or outcome.failure.cause == "timeout"):
                self.breaker.failed(now, outcome.failure, self.in_flight, overload=False)
            else:
                self.breaker.answered()
        if self._waiting:
            self._let_go()

    def _send(self, now: float) -> Sent:
        self.in_flight += 1
        self.sent = now
        return self.pace.send(now, self.in_flight)

    def _let_go(self) -> None:
        """Let all go whose turn it is, and come back when the next one's is."""
        loop, waiting, pace = asyncio.get_running_loop(), self._waiting, self.pace
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while waiting and self.in_flight < pace.window:
            now = loop.time()
            if now >= self.ends:
                self.end()
                return
            failure = self.breaker.failure
            if failure is None and pace.opens() > now:
                self._timer = loop.call_at(pace.opens(), self._let_go)
                return
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(failure or self._send(now))
