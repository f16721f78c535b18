"""The model server with a limit: a token bucket that answers 429 to whatever comes too fast."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.servers.model import Fault, ModelServer


@dataclass
class LimitedServer(ModelServer):
    """Takes `rate` questions a second after a burst, on the wall's clock; set `retry_after` for the header."""

    rate: float = 100.0
    burst: float = 20.0
    taken: int = 0
    """Questions that were answered."""
    _tokens: float = field(default=0.0, init=False)
    _last: float = field(default=0.0, init=False)

    def fault(self, question: str) -> Fault | None:
        """Refuse for want of a token; else what the model server does."""
        now = time.monotonic()
        self._tokens = min(self.burst, self._tokens + (now - self._last) * self.rate)
        self._last = now
        if self._tokens < 1:
            return Fault("429")
        self._tokens -= 1
        self.taken += 1
        return super().fault(question)
