"""When to give up an endpoint: dead, or refusing everything. Pure; times are seconds of any one clock."""

from __future__ import annotations

from evaluations.model import Failure


class Breaker:
    """Opens for good after so many failures in a row, over so long, without one answer between them.

    Both numbers have to be reached: a restart of the server brings many failures in a moment, and a few slow ones are
    no proof. Refusals for overload have a patience of their own, longer than the minute for which many servers count.
    """

    def __init__(
        self, errors: int = 50, errors_seconds: float = 30.0, refusals: int = 10, refusals_seconds: float = 120.0
    ) -> None:
        self._errors, self._errors_seconds = errors, errors_seconds
        self._refusals, self._refusals_seconds = refusals, refusals_seconds
        self.failure: Failure | None = None
        """Why the endpoint was given up: what every further question gets."""
        self._row = self._refused = 0
        self._began = 0.0

    def answered(self) -> None:
        """The endpoint gave an answer, or said what is wrong with this request: it is alive."""
        self._row = self._refused = 0

    def failed(self, now: float, failure: Failure, in_flight: int, *, overload: bool) -> None:
        """It gave none, or refused; `in_flight` are the other requests that may yet be answered."""
        if not self._row:
            self._began = now
        self._row += 1
        self._refused += overload
        seconds, errors = now - self._began, self._row - self._refused
        dead = errors >= self._errors and seconds >= self._errors_seconds
        refuses = overload and not in_flight and self._refused >= self._refusals and seconds >= self._refusals_seconds
        if self.failure is None and (dead or refuses):
            said = f"no answer for {seconds:.0f} s in {self._row} attempts; the last: {failure.message}"
            self.failure = Failure("endpoint_down", said, attempts=0)
