"""The rate that is found, over HTTP on the wall's clock."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest

from evaluations.evaluators.exact_match import ExactMatch
from evaluations.model import Answer, Datapoint, Result
from evaluations.running.asking import Asker
from evaluations.running.rate import Limiter
from evaluations.running.run import evaluate, questions
from evaluations.targets.chat import ChatTarget
from tests.servers.limited import LimitedServer
from tests.servers.model import MODEL, ModelServer


def _run(server: ModelServer, count: int) -> tuple[float, list[Result]]:
    """Seconds and results of a run of so many, sixty-four at once."""
    results: list[Result] = []
    points = (Datapoint(str(number), f"What is {number} + 1?", str(number + 1)) for number in range(count))

    async def main() -> float:
        async with ChatTarget(server.url, MODEL) as target:
            ask = Asker(target, limiter=Limiter(64)).ask
            started = time.monotonic()
            assert await evaluate(questions(points, ["v"]), {"v": ask}, [ExactMatch()], results.append)
            return time.monotonic() - started

    return asyncio.run(main()), results


@pytest.mark.parametrize(("retry_after", "least"), [(None, 160), ("1", 70)])
def test_a_limited_server_is_used_to_within_a_fifth(retry_after: str | None, least: float) -> None:
    """Every question is answered and few are refused on the way; a short run feels whole seconds of Retry-After."""
    with LimitedServer(latency=0.02, rate=200, burst=50, retry_after=retry_after) as server:
        seconds, results = _run(server, 500)
    assert {Answer} == {type(result.answer) for result in results}
    assert 500 == server.taken == len(results)
    assert 500 / seconds >= least
    assert server.requests <= 1.2 * 500 + 64


def test_an_unlimited_server_is_not_slowed_down() -> None:
    """Sixty-four at once with 50 ms each: 1,280 a second, of which a busy machine leaves the most."""
    with ModelServer(latency=0.05) as server:
        seconds, results = _run(server, 1000)
    assert {1: 1000} == Counter(result.answer.attempts for result in results)
    assert seconds < 3 * 1000 / 1280
    assert 64 == server.most_at_once
