"""What a Ray worker of the tests makes: a chat target and exact match."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from evaluations.evaluators.exact_match import ExactMatch
from evaluations.running.asking import Asker
from evaluations.running.rate import Limiter
from evaluations.running.ray_executor import Crew
from evaluations.targets.chat import ChatTarget
from tests.servers.model import MODEL


@dataclass(frozen=True)
class MakeCrew:
    """Settings only, so that it can be sent."""

    url: str

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Crew]:
        """Open for as long as the worker lives."""
        async with ChatTarget(self.url, MODEL) as target:
            yield Crew({"v": Asker(target, limiter=Limiter(64)).ask}, [ExactMatch()])
