"""What a Ray worker of the tests makes: a chat target and exact match."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from evaluations.evaluators.exact_match import ExactMatch
from evaluations.running.asking import Asker
from evaluations.running.notes import Notes
from evaluations.running.rate import Limiter
from evaluations.running.ray_worker import Crew
from evaluations.targets.chat import ChatTarget
from tests.servers.model import MODEL


@dataclass(frozen=True)
class MakeCrew:
    """Settings only, so that it can be sent."""

    url: str

    @asynccontextmanager
    async def __call__(self, concurrency: int) -> AsyncIterator[Crew]:
        """Open for as long as the worker lives."""
        said = [f"{os.getpid()}: {concurrency} at once"]
        async with ChatTarget(self.url, MODEL) as target:
            asker = Asker(target, limiter=Limiter(concurrency))
            yield Crew({"v": asker.ask}, [ExactMatch()], lambda: Notes(tuple(said), 1))
        said.append(f"{os.getpid()}: closed")
