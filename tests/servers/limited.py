"""The model server with a limit: answers 429 to whatever comes too fast."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from tests.servers.limits import Takes, token_bucket
from tests.servers.model import Fault, ModelServer


@dataclass
class LimitedServer(ModelServer):
    """Takes what `takes` allows, on the wall's clock from the first question; set `retry_after` for the header."""

    takes: Takes = field(default_factory=lambda: token_bucket(100, 20))
    taken: int = 0
    """Questions that were answered."""
    _began: float | None = field(default=None, init=False)

    def fault(self, question: str) -> Fault | None:
        """Refuse where the limit says so; else what the model server does."""
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        if self.takes(now - self._began) is not None:
            return Fault("429")
        self.taken += 1
        return super().fault(question)
